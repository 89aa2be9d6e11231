/* statfs and fstatfs tell the same. Argument: a file. */
#include <fcntl.h>
#include <stdio.h>
#include <sys/vfs.h>

int main(int argc, char **argv) {
  struct statfs by_path = {0}, by_descriptor = {0};
  int path = statfs(argv[argc - 1], &by_path);
  int descriptor = fstatfs(open(argv[argc - 1], O_RDONLY), &by_descriptor);
  printf("%d %lx %ld %ld\n", path, (long)by_path.f_type, (long)by_path.f_bsize, (long)by_path.f_namelen);
  printf("%d %d\n", descriptor, by_path.f_type == by_descriptor.f_type && by_path.f_blocks == by_descriptor.f_blocks);
  return 0;
}
