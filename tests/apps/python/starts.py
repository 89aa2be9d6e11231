"""Starts small programs, many at a time: COUNT SEED FILE CONTENT. Some are killed on their way, all others must print CONTENT.

Says how it went as a line of JSON after a tenth of them and at the end, and waits for SIGUSR1 each time. Signals come all the
while: a timer's, every 5 ms.
"""
import json, os, random, signal, subprocess, sys

count, seed, path, content = int(sys.argv[1]), int(sys.argv[2]), sys.argv[3], sys.argv[4]
chance = random.Random(seed)
at_once = 8
ways = [
    ["cat", path],
    ["busybox", "cat", path],
    ["env", "-i", "/bin/cat", path],
    ["sh", "-c", f"cat {path}"],
    ["busybox", "sh", "-c", f"cat {path}"],
    ["dash", "-c", f"read -r line < {path}; echo $line"],
]
started = killed = 0
wrong: list[str] = []


def start():
    """Every twentieth is killed after a moment."""
    doomed = chance.random() < 0.05
    child = subprocess.Popen(chance.choice(ways), stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    if doomed:
        signal.sigtimedwait([], chance.random() * 0.01)
        child.send_signal(chance.choice([signal.SIGTERM, signal.SIGKILL, signal.SIGINT]))
    return child, doomed


def end(child, doomed):
    global killed
    output, errors = child.communicate(timeout=60)
    if doomed:
        killed += 1
        return
    if child.returncode != 0 or output.decode().strip() != content:
        wrong.append(f"{child.args}: {child.returncode} {output!r} {errors!r}")


def servants():
    """The supervisors above this process."""
    found, pid = [], os.getppid()
    while pid > 1:
        with open(f"/proc/{pid}/stat") as file:
            name, rest = file.read().rsplit(")", 1)
        if "mirrord-superv" in name and not found:
            found.append(pid)
        pid = int(rest.split()[1])
    return found


def report():
    print(json.dumps({"starts": started, "killed": killed, "wrong": wrong[:5], "servants": servants()}), flush=True)
    signal.setitimer(signal.ITIMER_REAL, 0)
    signal.sigwait([signal.SIGUSR1])
    signal.setitimer(signal.ITIMER_REAL, 0.005, 0.005)


signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGUSR1])
signal.signal(signal.SIGALRM, lambda *_: None)
signal.setitimer(signal.ITIMER_REAL, 0.005, 0.005)
running = []
while started < count:
    running.append(start())
    started += 1
    if len(running) == at_once:
        end(*running.pop(0))
    if started == count // 10:
        while running:
            end(*running.pop(0))
        report()
while running:
    end(*running.pop(0))
report()
