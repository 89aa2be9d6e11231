"""What unusual opens of files answer, line by line, for comparison. Argument: a directory to work in."""
import ctypes, errno, fcntl, mmap, os, stat, struct, sys

base = sys.argv[1]
os.umask(0o022)
O_TMPFILE = os.O_TMPFILE
OPENAT2 = 437
AT_EMPTY_PATH, AT_SYMLINK_FOLLOW = 0x1000, 0x400
library = ctypes.CDLL(None, use_errno=True)


def say(name, act):
    try:
        result = act()
    except OSError as error:
        result = errno.errorcode.get(error.errno, str(error))
    print(f"{name}: {result}", flush=True)


def at(name):
    return f"{base}/{name}"


def write(name, content=b"content", mode=0o644):
    fd = os.open(at(name), os.O_WRONLY | os.O_CREAT | os.O_TRUNC, mode)
    os.write(fd, content)
    os.close(fd)


def content(name):
    with open(at(name), "rb") as file:
        return file.read()


def facts(fd):
    found = os.fstat(fd)
    return oct(found.st_mode), found.st_size, found.st_nlink


def opened(name, flags, mode=0o644, then=facts):
    fd = os.open(name if name.startswith("/") else at(name), flags, mode)
    try:
        return then(fd)
    finally:
        os.close(fd)


def again(fd, flags):
    return os.open(f"/proc/self/fd/{fd}", flags)


def in_child(act):
    """The exit code of `act` in a child."""
    pid = os.fork()
    if pid == 0:
        code = 99
        try:
            code = act() or 0
        finally:
            os._exit(code)
    return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])


def openat2(name, flags, mode=0, resolve=0, directory=-100):
    how = struct.pack("QQQ", flags, mode, resolve)
    fd = library.syscall(OPENAT2, directory, name.encode(), how, len(how))
    if fd < 0:
        raise OSError(ctypes.get_errno(), "")
    return fd


def places():
    write("plain", b"0123456789")
    os.mkdir(at("dir"))
    write("dir/inner", b"inner")
    os.symlink("plain", at("link"))
    os.symlink("dir", at("dirlink"))
    os.symlink("nowhere", at("dangling"))
    say("O_PATH of a file", lambda: opened("plain", os.O_PATH))
    say("reading it", lambda: opened("plain", os.O_PATH, then=lambda fd: os.read(fd, 1)))
    say("its flags", lambda: opened("plain", os.O_PATH, then=lambda fd: oct(fcntl.fcntl(fd, fcntl.F_GETFL))))
    say("opened again", lambda: opened("plain", os.O_PATH, then=lambda fd: os.read(again(fd, os.O_RDONLY), 99)))
    say("for writing", lambda: opened("plain", os.O_PATH, then=lambda fd: os.write(again(fd, os.O_WRONLY), b"new")))
    say("what is there", lambda: content("plain"))
    say("O_PATH of a directory", lambda: opened("dir", os.O_PATH, then=lambda fd: oct(os.fstat(fd).st_mode)))
    below = lambda fd: os.read(os.open("inner", os.O_RDONLY, dir_fd=fd), 99)
    say("a name below it", lambda: opened("dir", os.O_PATH, then=below))
    say("a new one", lambda: opened("dir", os.O_PATH, then=lambda fd: facts(os.open("new", os.O_CREAT | os.O_RDWR, 0o600, dir_fd=fd))))
    say("O_PATH of nothing", lambda: opened("nothing", os.O_PATH))
    say("O_PATH | O_DIRECTORY of a file", lambda: opened("plain", os.O_PATH | os.O_DIRECTORY))
    say("O_DIRECTORY of a file", lambda: opened("plain", os.O_DIRECTORY))
    say("O_DIRECTORY of a link to a directory", lambda: opened("dirlink", os.O_DIRECTORY, then=lambda fd: sorted(os.listdir(fd))))
    say("and O_NOFOLLOW", lambda: opened("dirlink", os.O_DIRECTORY | os.O_NOFOLLOW))
    say("O_DIRECTORY | O_CREAT", lambda: opened("dir2", os.O_DIRECTORY | os.O_CREAT))
    say("O_NOFOLLOW of a link", lambda: opened("link", os.O_NOFOLLOW))
    say("to be written", lambda: opened("link", os.O_NOFOLLOW | os.O_WRONLY))
    say("O_NOFOLLOW of a file", lambda: opened("plain", os.O_NOFOLLOW))
    say("a directory for writing", lambda: opened("dir", os.O_WRONLY))
    say("a name with a slash behind", lambda: opened("plain/", os.O_RDONLY))
    say("created with one", lambda: opened("fresh/", os.O_RDWR | os.O_CREAT))
    say("O_CREAT through a dangling link", lambda: opened("dangling", os.O_RDWR | os.O_CREAT))
    say("which made", lambda: os.path.exists(at("nowhere")))
    say("O_EXCL of a dangling link", lambda: opened("dangling", os.O_RDWR | os.O_CREAT | os.O_EXCL))
    say("O_EXCL of a directory", lambda: opened("dir", os.O_CREAT | os.O_EXCL))


def nameless():
    def give_name(fd):
        os.write(fd, b"nameless")
        code = library.linkat(-100, f"/proc/self/fd/{fd}".encode(), -100, at("named").encode(), AT_SYMLINK_FOLLOW)
        return code if code == 0 else errno.errorcode[ctypes.get_errno()]

    def kept(fd):
        os.write(fd, b"kept")
        return os.pread(fd, 9, 0), facts(fd)

    say("O_TMPFILE", lambda: opened("dir", O_TMPFILE | os.O_RDWR, 0o640, kept))
    say("to be read only", lambda: opened("dir", O_TMPFILE | os.O_RDONLY))
    say("in a file", lambda: opened("plain", O_TMPFILE | os.O_RDWR))
    say("in nothing", lambda: opened("nothing", O_TMPFILE | os.O_RDWR))
    say("given a name", lambda: opened("dir", O_TMPFILE | os.O_RDWR, 0o640, give_name))
    say("which leads to", lambda: content("named"))


def truncated():
    write("cut", b"x" * 5000)
    holder = os.open(at("cut"), os.O_RDONLY)
    say("O_TRUNC by another process", lambda: in_child(lambda: os.close(os.open(at("cut"), os.O_WRONLY | os.O_TRUNC))))
    say("seen by a reader", lambda: (os.fstat(holder).st_size, os.read(holder, 9)))
    writer = os.open(at("cut"), os.O_RDWR)
    os.write(writer, b"before")
    say("again", lambda: in_child(lambda: os.close(os.open(at("cut"), os.O_WRONLY | os.O_TRUNC))))
    os.write(writer, b"after")
    say("seen by a writer", lambda: os.pread(writer, 99, 0))
    say("O_TRUNC for reading", lambda: opened("cut", os.O_TRUNC))


def race():
    """Two processes create the same name: one wins, each time."""
    (read_go, go), (read_won, won) = os.pipe(), os.pipe()

    def contend():
        wins = 0
        for turn in range(200):
            try:
                os.close(os.open(at(f"race{turn}"), os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))
                wins += 1
            except FileExistsError:
                pass
        os.write(won, struct.pack("i", wins))

    first, second = os.fork(), None
    if first == 0:
        contend()
        os._exit(0)
    contend()
    os.waitpid(first, 0)
    wins = sum(struct.unpack("ii", os.read(read_won, 8)))
    print(f"O_EXCL by two processes: {wins} won, {sum(name.startswith('race') for name in os.listdir(base))} files")


def appends():
    def append(letter):
        fd = os.open(at("appended"), os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o644)
        for turn in range(300):
            os.write(fd, f"{letter}{turn:06}\n".encode())
        os.close(fd)

    first = os.fork()
    if first == 0:
        append("a")
        os._exit(0)
    append("b")
    os.waitpid(first, 0)
    lines = content("appended").decode().splitlines()
    in_order = all([line for line in lines if line[0] == letter] == [f"{letter}{turn:06}" for turn in range(300)] for letter in "ab")
    print(f"O_APPEND by two processes: {len(lines)} lines, in order {in_order}")


def others():
    write("direct", b"d" * 8192)
    aligned = [mmap.mmap(-1, 4096)]
    say("O_DIRECT", lambda: opened("direct", os.O_DIRECT, then=lambda fd: os.preadv(fd, aligned, 4096)))
    say("O_SYNC", lambda: opened("direct", os.O_WRONLY | os.O_SYNC, then=lambda fd: os.write(fd, b"e")))
    say("O_NOATIME", lambda: opened("direct", os.O_NOATIME, then=lambda fd: os.read(fd, 2)))
    say("access mode 3", lambda: opened("direct", 3, then=lambda fd: os.read(fd, 1)))
    say("creat", lambda: library.creat(at("creat").encode(), 0o604) >= 0 and oct(os.stat(at("creat")).st_mode))
    say("openat2", lambda: os.read(openat2(at("direct"), os.O_RDONLY), 3))
    say("openat2 that creates", lambda: facts(openat2(at("by2"), os.O_RDWR | os.O_CREAT, 0o666)))
    say("openat2 with a mode too much", lambda: openat2(at("direct"), os.O_RDONLY, 0o666))
    say("openat2 with unknown flags", lambda: openat2(at("direct"), 1 << 40))
    say("openat2 below a descriptor", lambda: os.read(openat2("inner", os.O_RDONLY, 0, 0x08, os.open(at("dir"), os.O_DIRECTORY)), 9))
    say("openat2 that stays below", lambda: openat2("../plain", os.O_RDONLY, 0, 0x08, os.open(at("dir"), os.O_DIRECTORY)))
    say("openat2 without links", lambda: openat2(at("link"), os.O_RDONLY, 0, 0x04))
    fd = os.open(at("direct"), os.O_RDWR)
    say("reopened for reading", lambda: os.read(again(fd, os.O_RDONLY), 3))
    say("reopened to append", lambda: os.write(again(fd, os.O_WRONLY | os.O_APPEND), b"END"))
    say("seen by the first", lambda: os.pread(fd, 9, 8190))
    say("reopened with O_TRUNC", lambda: facts(again(fd, os.O_WRONLY | os.O_TRUNC)))
    say("at the target", lambda: os.stat(at("direct")).st_size)
    os.close(fd)


def sparse():
    fd = os.open(at("sparse"), os.O_RDWR | os.O_CREAT, 0o644)
    os.pwrite(fd, b"begin", 0)
    os.pwrite(fd, b"end", 1 << 20)
    say("size of a sparse file", lambda: os.fstat(fd).st_size)
    say("its first hole", lambda: os.lseek(fd, 0, os.SEEK_HOLE))
    say("data behind it", lambda: os.lseek(fd, 8192, os.SEEK_DATA))
    say("fallocate", lambda: os.posix_fallocate(fd, 0, 2 << 20))
    say("its size", lambda: os.stat(at("sparse")).st_size)
    say("punched", lambda: library.fallocate(fd, 3, ctypes.c_long(0), ctypes.c_long(4096)))
    os.fsync(fd)
    os.close(fd)
    say("begins with", lambda: content("sparse")[:5])


def replaced():
    write("old", b"old content")
    write("new", b"new content")
    fd = os.open(at("old"), os.O_RDWR)
    os.rename(at("new"), at("old"))
    say("a replaced file", lambda: (os.pread(fd, 99, 0), os.fstat(fd).st_nlink))
    say("written to", lambda: os.write(fd, b"OLD"))
    os.fsync(fd)
    say("is still itself", lambda: os.pread(fd, 99, 0))
    say("and the new one", lambda: content("old"))
    os.mkdir(at("gone"))
    directory = os.open(at("gone"), os.O_DIRECTORY)
    os.rmdir(at("gone"))
    say("a removed directory", lambda: os.fstat(directory).st_nlink)
    say("its names", lambda: os.listdir(directory))
    say("a new name in it", lambda: os.open("x", os.O_CREAT | os.O_WRONLY, dir_fd=directory))
    say("a name in it", lambda: os.open("x", os.O_RDONLY, dir_fd=directory))


def locks():
    write("locked")
    one, two = os.open(at("locked"), os.O_RDWR), os.open(at("locked"), os.O_RDWR)
    fcntl.flock(one, fcntl.LOCK_EX)
    say("flock by another opening", lambda: fcntl.flock(two, fcntl.LOCK_EX | fcntl.LOCK_NB))
    fcntl.flock(one, fcntl.LOCK_UN)
    fcntl.lockf(one, fcntl.LOCK_EX, 10, 5)
    question = struct.pack("hhqqi4x", fcntl.F_WRLCK, 0, 0, 0, 0)
    own = os.getpid()

    def ask():
        kind, _, start, length, pid = struct.unpack("hhqqi4x", fcntl.fcntl(os.open(at("locked"), os.O_RDWR), fcntl.F_GETLK, question))
        print(f"fcntl lock seen by a child: {kind} {start} {length} {pid == own}", flush=True)

    in_child(ask)
    F_OFD_SETLK = 37
    wanted = struct.pack("hhqqi4x", fcntl.F_WRLCK, 0, 20, 5, 0)
    fcntl.fcntl(one, F_OFD_SETLK, wanted)
    say("OFD lock by another opening", lambda: bool(fcntl.fcntl(two, F_OFD_SETLK, wanted)))
    os.close(one)
    say("after the first is closed", lambda: bool(fcntl.fcntl(two, F_OFD_SETLK, wanted)))


for act in (places, nameless, truncated, race, appends, others, sparse, replaced, locks):
    print(f"== {act.__name__}", flush=True)
    act()
