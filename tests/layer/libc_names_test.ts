/** The layer exports what `libc_names.ts` says, and no function that a program may reach the target by is forgotten. */
import { deepStrictEqual, ok } from "node:assert/strict";
import { namesThatReach } from "./libc_headers.ts";
import { hooked, namesIn, native } from "./libc_names.ts";
import { layer } from "./programs.ts";

const hookedNames = new Set(Object.values(hooked).flatMap(namesIn));
const nativeNames = new Set(native.flatMap(({ names }) => namesIn(names)));

/** What the original hooks, and what a library that is preloaded must hook beside that. */
const reference = namesIn(`
  close __close __close_nocancel uv_fs_close fork vfork execv execve dlopen socket bind listen accept accept4 uv__accept4
  connect getpeername getsockname fcntl dup dup2 dup3 recvfrom sendto recvmsg sendmsg gethostname getifaddrs getaddrinfo
  freeaddrinfo gethostbyname open open64 openat openat64 read readv pread preadv write pwrite lseek access faccessat fsync
  fdatasync realpath readlink mkdir mkdirat rmdir unlink unlinkat rename stat lstat fstat fstatat __xstat __xstat64
  __lxstat __lxstat64 statx statfs fstatfs statfs64 fstatfs64 opendir fdopendir readdir readdir64 readdir_r readdir64_r
  closedir dirfd sendfile ftruncate futimens fchown fchmod getnameinfo gethostbyname_r gethostbyname2 gethostbyaddr
  getservbyname send recv shutdown setsockopt sendmmsg recvmmsg close_range closefrom socketpair uname writev pwritev
  readlinkat renameat renameat2 link symlink truncate chmod chown utimes statvfs mmap copy_file_range splice flock lockf
  getcwd chdir rewinddir seekdir telldir inotify_add_watch creat syscall creat64 stat64 lstat64 fstat64 fstatat64 pread64
  pwrite64 preadv64 pwritev64 lseek64 ftruncate64 truncate64 sendfile64 statvfs64 fstatvfs64 scandir64 fopen64 freopen64
  __fxstat __fxstat64 __fxstatat __fxstatat64 __open_2 __open64_2 __openat_2 __openat64_2 __read_chk __pread_chk
  __pread64_chk __readlink_chk __readlinkat_chk __realpath_chk __recv_chk __recvfrom_chk __gethostname_chk __fread_chk
  fopen fdopen freopen fopencookie scandir scandirat glob glob64 nftw ftw fts_open fts_read fts_children fts_set fts_close
  execvp execvpe execl execlp execle fexecve execveat posix_spawn posix_spawnp popen system gethostbyname2_r
  gethostbyaddr_r res_query res_search res_nquery getdomainname`);

async function symbols(file: string, which: "--defined-only" | "--undefined-only"): Promise<string[]> {
  const { stdout } = await new Deno.Command("nm", { args: ["-D", which, file], stderr: "null" }).output();
  const lines = new TextDecoder().decode(stdout).trim().split("\n");
  return lines.map((line) => line.trim().split(/\s+/).at(-1)!.replace(/@.*/, "")).filter(Boolean);
}

Deno.test("the layer exports the names of the table, and no others", async () => {
  const exported = await symbols((await layer()).library, "--defined-only");
  deepStrictEqual(exported.filter((name) => name !== "mirrord_constructor").sort(), [...hookedNames].sort());
});

Deno.test("every name of the reference is hooked, or native for a reason", () => {
  deepStrictEqual(reference.filter((name) => !hookedNames.has(name) && !nativeNames.has(name)), []);
  deepStrictEqual([...nativeNames].filter((name) => hookedNames.has(name)), []);
});

Deno.test("every function that libc's headers declare with a path, a host or a peer is in the table", async () => {
  const declared = await namesThatReach();
  ok(declared.size > 150, `only ${declared.size} names were found in the headers`);
  deepStrictEqual([...declared].filter((name) => !hookedNames.has(name) && !nativeNames.has(name)), []);
});

/** Programs as Debian has them; those that this machine lacks are no concern of ours. */
const programs =
  `python3 node java bash ls cat cp mv rm find grep tar rsync git curl wget sqlite3 perl ruby php gcc make sed
  awk gzip xz ssh psql nginx busybox dig nc ip ps`.split(/\s+/);
const mustBeHere = ["bash", "python3", "node", "ls", "git", "curl", "tar", "perl"];

/** The program behind a name, and the libraries that it is linked with, libc excepted. */
async function objectsOf(name: string): Promise<string[]> {
  const script = name === "python3" ? `python3 -c 'import sys; print(sys.executable)'` : `command -v ${name}`;
  const found = new TextDecoder().decode((await new Deno.Command("sh", { args: ["-c", script] }).output()).stdout)
    .trim();
  if (found === "") return [];
  const file = await Deno.realPath(found);
  if (!await isElf(file)) return [];
  const { stdout } = await new Deno.Command("ldd", { args: [file], stderr: "null" }).output();
  const own = name === "java" ? ["java", "net", "nio", "server/jvm"].map(javaLibrary(file)) : [];
  const libraries = [...own, ...new TextDecoder().decode(stdout).matchAll(/=> (\/\S+)/g).map((match) => match[1]!)];
  return [
    file,
    ...libraries.filter((library) => !/\/(libc|ld-linux|libm|libpthread|libdl|libresolv)[-.]/.test(library)),
  ];
}

/** Some stand behind a script. */
async function isElf(path: string): Promise<boolean> {
  using file = await Deno.open(path);
  const magic = new Uint8Array(4);
  await file.read(magic);
  return new TextDecoder().decode(magic) === "\x7fELF";
}

/** What Java loads by itself. */
function javaLibrary(program: string): (name: string) => string {
  const folder = program.slice(0, program.lastIndexOf("/"));
  return (name) => `${folder}/../lib/${name.replace(/(\w+)$/, "lib$1.so")}`;
}

/** The name that a header declares: without what a compiler or an older libc puts around it. */
function declaredName(name: string): string {
  return name.replace(/^(__|_IO_)/, "").replace(/(_chk|_2)$/, "").replace(/^(l|f)?xstat/, "$1stat").replace(
    /^xmknod/,
    "mknod",
  );
}

Deno.test("what real programs import is in the table", async () => {
  const declared = await namesThatReach();
  const forgotten = new Map<string, string>();
  const seen = new Set<string>();
  const importing = new Set<string>();
  const here: string[] = [];
  for (const program of programs) {
    const objects = await objectsOf(program);
    if (objects.length > 0) here.push(program);
    for (const object of objects.filter((object) => !seen.has(object))) {
      seen.add(object);
      for (const name of await symbols(object, "--undefined-only")) {
        importing.add(object);
        if (!declared.has(name) && !declared.has(declaredName(name))) continue;
        if (!hookedNames.has(name) && !nativeNames.has(name)) forgotten.set(name, object);
      }
    }
  }
  deepStrictEqual(Object.fromEntries(forgotten), {});
  deepStrictEqual(mustBeHere.filter((program) => !here.includes(program)), []);
  ok(importing.size > 30, `only ${importing.size} programs and libraries import anything`);
});
