/** Which functions of libc take a path, a host's name or a socket's address: read off its headers. */

const headers = `stdio stdlib unistd fcntl dirent glob ftw fts spawn wordexp utime dlfcn netdb resolv ifaddrs mntent
  semaphore mqueue pty utmp pwd aliases arpa/inet sys/stat sys/statvfs sys/vfs sys/xattr sys/inotify sys/fanotify
  sys/mount sys/swap sys/quota sys/time sys/socket sys/mman sys/acct sys/utsname sys/sendfile sys/shm sys/uio sys/epoll
  stdio_ext`.split(/\s+/);

const named =
  /\bconst char \*\s*(?:__restrict\s+)?_*(?:path|file|filename|name|dir|special_file|fspec|template|pattern)\w*\b/;
const alsoNamed =
  /\b(?:const )?char \*\s*(?:__restrict\s+)?_*(?:from|to|old|new|command|dev|target|words|template|root|source)\w*\b/;
const address = /\bstruct sockaddr\b|__SOCKADDR_ARG|__CONST_SOCKADDR_ARG/;

/** The names of the functions that are declared so. */
export async function namesThatReach(): Promise<Set<string>> {
  const source = headers.map((header) => `#include <${header}.h>\n`).join("");
  const compiler = new Deno.Command("gcc", {
    args: ["-E", "-P", "-D_GNU_SOURCE", "-x", "c", "-"],
    stdin: "piped",
    stdout: "piped",
  }).spawn();
  const writer = compiler.stdin.getWriter();
  await writer.write(new TextEncoder().encode(source));
  await writer.close();
  const { stdout } = await compiler.output();
  const found = new Set<string>();
  for (const statement of new TextDecoder().decode(stdout).replaceAll(/\s+/g, " ").split(";")) {
    const [, name, parameters] = statement.match(/(\w+) ?\(([^()]*(?:\([^()]*\)[^()]*)*)\)/) ?? [];
    if (name === undefined || parameters === undefined || name === "sizeof") continue;
    if ([named, alsoNamed, address].some((pattern) => pattern.test(parameters))) found.add(name);
  }
  return found;
}
