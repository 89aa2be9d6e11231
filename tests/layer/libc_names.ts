/**
 * What the layer does about each function of libc that names a file, a host or a peer, or that works on what was opened so:
 * it is hooked, in a file of `layer/preload/hooks`, or it is left to libc, for a reason.
 */

/** Names by the file of `layer/preload/hooks` that hooks them. */
export const hooked: Record<string, string> = {
  asynchronous: `getaddrinfo_a`,
  access: `__readlink_chk __readlinkat_chk __realpath_chk access canonicalize_file_name eaccess euidaccess faccessat
    readlink readlinkat realpath`,
  attributes:
    `chmod chown fchmod fchmodat fchown fchownat futimens futimes futimesat lchmod lchown lutimes utime utimensat
    utimes`,
  changing:
    `__xmknod __xmknodat link linkat mkdir mkdirat mkfifo mkfifoat mknod mknodat remove rename renameat renameat2
    rmdir symlink symlinkat truncate truncate64 unlink unlinkat`,
  commands: `popen system`,
  datagrams: `__recvfrom_chk recvfrom recvmmsg recvmsg sendmmsg sendmsg sendto`,
  directories: `opendir scandir scandir64 scandirat scandirat64`,
  ending: `_Exit __wait __waitpid _exit pclose wait wait3 wait4 waitid waitpid`,
  executing: `execl execle execlp execv execve execveat execvp execvpe fexecve pidfd_spawn pidfd_spawnp posix_spawn
    posix_spawnp`,
  extended_attributes:
    `fgetxattr flistxattr fremovexattr fsetxattr getxattr lgetxattr listxattr llistxattr lremovexattr lsetxattr
    removexattr setxattr`,
  filesystem: `fstatfs fstatfs64 fstatvfs fstatvfs64 statfs statfs64 statvfs statvfs64`,
  flushing: `close close_range closefrom dup2 dup3 fclose fdatasync fsync`,
  fts: `fts64_children fts64_close fts64_open fts64_read fts64_set fts_children fts_close fts_open fts_read fts_set`,
  host: `__gethostname_chk gethostname uname`,
  hosts: `gethostbyaddr gethostbyaddr_r gethostbyname gethostbyname2 gethostbyname2_r gethostbyname_r`,
  interfaces: `getifaddrs socket`,
  limits: `pathconf`,
  opening: `__open __open64 __open64_2 __open_2 __openat64_2 __openat_2 creat creat64 open open64 openat openat64`,
  queries: `res_nquery res_nquerydomain res_nsearch res_nsend res_query res_querydomain res_search res_send
    __res_nquery __res_nquerydomain __res_nsearch __res_nsend __res_query __res_querydomain __res_search __res_send`,
  raw: `syscall`,
  resolving: `freeaddrinfo getaddrinfo getnameinfo`,
  rings: `io_uring_get_probe io_uring_queue_init io_uring_queue_init_mem io_uring_queue_init_params io_uring_setup`,
  root: `chroot`,
  sockets: `accept accept4 bind connect getpeername getsockname getsockopt listen`,
  spawn_actions: `posix_spawn_file_actions_addopen posix_spawn_file_actions_destroy`,
  status: `__fxstat __fxstat64 __fxstatat __fxstatat64 __lxstat __lxstat64 __xstat __xstat64 fstat fstat64 fstatat
    fstatat64 lstat lstat64 stat stat64 statx`,
  stdio: `_IO_fopen fopen fopen64 freopen freopen64`,
  temporary: `mkdtemp mkostemp mkostemp64 mkostemps mkostemps64 mkstemp mkstemp64 mkstemps mkstemps64`,
  walking: `ftw ftw64 glob glob64 nftw nftw64`,
  watching: `inotify_add_watch`,
  working_directory: `__getcwd_chk chdir fchdir get_current_dir_name getcwd getwd
    posix_spawn_file_actions_addchdir posix_spawn_file_actions_addchdir_np`,
};

/** Names that the layer leaves alone. */
export const native: { because: string; names: string }[] = [
  {
    because: "what libc reads for itself: this machine's users, services, locale and mail",
    names: `getpwnam getpwnam_r getaliasbyname getaliasbyname_r getprotobyname getprotobyname_r getrpcbyname
      getrpcbyname_r getservbyname getservbyname_r getnetbyname getnetbyname_r utmpname rexec rexec_af`,
  },
  {
    because: "names in memory of this machine, not files of the target",
    names: `mq_open mq_unlink sem_open sem_unlink shm_open shm_unlink memfd_create ftok`,
  },
  {
    because: "mounts and limits of this machine",
    names: `acct fspick mount mount_setattr move_mount open_tree swapoff swapon umount umount2 fanotify_mark
      name_to_handle_at revoke setmntent`,
  },
  {
    because: "libraries are always this machine's",
    names: `dlopen dlmopen dlsym dlvsym`,
  },
  {
    because: "no file is named",
    names: `getenv secure_getenv setenv unsetenv glob_pattern_p setdomainname sethostname setlogin getsourcefilter
      setsourcefilter`,
  },
  {
    because: "a name is only proposed: whoever opens it, is hooked",
    names: `mktemp tempnam tmpnam tmpnam_r`,
  },
  {
    because: "temporary files are this machine's",
    names: `tmpfile tmpfile64`,
  },
  {
    because: "no pod has such a name of its own",
    names: `getdomainname`,
  },
  {
    because: "it expands for a shell, which is in the session; its patterns are this machine's",
    names: `wordexp`,
  },
  {
    because: "the descriptor is real: a file of memory, a shadow directory, a socket",
    names: `read readv pread preadv write writev pwrite pwritev lseek pread64 pwrite64 preadv64 pwritev64 lseek64
      ftruncate ftruncate64 fallocate posix_fallocate sendfile sendfile64 copy_file_range splice mmap flock lockf
      fcntl dup __read_chk __pread_chk __pread64_chk __fread_chk __recv_chk recv send shutdown
      setsockopt socketpair syncfs sync_file_range fdopen fopencookie fread fwrite __close __close_nocancel`,
  },
  {
    because: "the stream of the shadow is real",
    names: `fdopendir readdir readdir64 readdir_r readdir64_r closedir dirfd rewinddir telldir seekdir`,
  },
  {
    because: "the state is keyed by the kernel's identity of a file or socket, which a child shares",
    names: `fork vfork`,
  },
  {
    because: "libuv's own functions end in system calls on real descriptors",
    names: `uv_fs_close uv__accept4`,
  },
];

/** The names of a list. */
export function namesIn(list: string): string[] {
  return list.split(/\s+/).filter(Boolean);
}
