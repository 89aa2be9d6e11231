/* Functions of libc that open, look or execute inside themselves, on the tree of insides_test.ts. */
#include "report.h"
#include <dirent.h>
#include <fcntl.h>
#include <spawn.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

extern char **environ;

static void directories(void) {
  struct dirent **list;
  SAY("scandirat", scandirat(AT_FDCWD, "/app/sub", &list, NULL, alphasort));
  int fd = open("/app", O_RDONLY | O_DIRECTORY);
  SAY("scandirat-relative", scandirat(fd, "sub", &list, NULL, alphasort));
  SAY("scandirat-missing", scandirat(fd, "nothing", &list, NULL, alphasort));
  SAY("scandirat-local", scandirat(AT_FDCWD, "/usr/forbidden", &list, NULL, alphasort));
  close(fd);
}

static void limits(void) {
  SAY("pathconf-name", pathconf("/app/hello.txt", _PC_NAME_MAX));
  SAY("pathconf-missing", pathconf("/app/missing", _PC_NAME_MAX));
  SAY("pathconf-path", pathconf("/app", _PC_PATH_MAX));
}

static void spawn(const char *name, const char *path) {
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_addopen(&actions, 0, path, O_RDONLY, 0);
  char *arguments[] = {"cat", NULL};
  pid_t child;
  int result = posix_spawnp(&child, "cat", &actions, NULL, arguments, environ);
  posix_spawn_file_actions_destroy(&actions);
  int status = 0;
  if (result == 0) waitpid(child, &status, 0);
  TELL(name, "%d %d", result, status);
}

static void commands(void) {
  clearenv();
  SAY("system", system("/bin/cat /app/sub/deep; echo"));
  FILE *pipe = popen("/bin/cat /app/hello.txt", "r");
  char line[64] = "";
  if (pipe && fgets(line, sizeof line, pipe)) line[strcspn(line, "\n")] = 0;
  TELL("popen", "%s", line);
  if (pipe) pclose(pipe);
  TELL("still-clear", "%d", environ == NULL || environ[0] == NULL);
}

int main(void) {
  directories();
  limits();
  spawn("spawn-open", "/app/sub/deep");
  spawn("spawn-open-missing", "/app/missing");
  spawn("spawn-open-local", "/dev/null");
  commands();
  return 0;
}
