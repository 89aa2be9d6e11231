"""Loads an echo service, round by round. Arguments: host, port, connections at a time, short ones a second, seconds.

A round: all connections are opened and exchange data, and are closed when the last has; then short ones, each opened,
used and closed. After each round one line of JSON is printed: {"failed": [...], "short": times in ms, "openMs": ...}; the
next begins with SIGUSR1, another signal ends the program.
"""
import asyncio, collections, json, resource, signal, sys, time

host, port, wide, rate, seconds = sys.argv[1], *map(int, sys.argv[2:6])
TIMEOUT = 30

_, most = resource.getrlimit(resource.RLIMIT_NOFILE)
resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))

async def echo(text, until=None):
    reader, writer = await asyncio.open_connection(host, port)
    try:
        for turn in (text, text[::-1]):
            writer.write(turn)
            answer = await reader.readexactly(len(turn))
            if answer != turn: raise ValueError(f"{turn} came back as {answer}")
            if until: await until()
            until = None
    finally:
        writer.close()
        await writer.wait_closed()

async def bounded(work, failed):
    try:
        await asyncio.wait_for(work, TIMEOUT)
    except Exception as error:
        failed[f"{type(error).__name__}: {error}"] += 1

async def at_once(failed):
    """All are open at the same time: each waits, having got an answer, until all have."""
    barrier = asyncio.Barrier(wide)
    began = time.monotonic()
    opened = []
    async def all_open():
        await barrier.wait()
        opened.append(time.monotonic() - began)
    await asyncio.gather(*(bounded(echo(b"connection %d" % index, all_open), failed) for index in range(wide)))
    return round(opened[0] * 1000) if len(opened) == wide else None

async def in_turn(failed):
    times, running, began = [], set(), time.monotonic()
    async def one(index):
        started = time.monotonic()
        await bounded(echo(b"request %d" % index), failed)
        times.append((time.monotonic() - started) * 1000)
    for index in range(rate * seconds):
        await asyncio.sleep(max(0, began + index / rate - time.monotonic()))
        task = asyncio.create_task(one(index))
        running.add(task)
        task.add_done_callback(running.discard)
    await asyncio.gather(*running)
    times.sort()
    return {"count": len(times), "p50": times[len(times) // 2], "p99": times[len(times) * 99 // 100], "max": times[-1]}

async def main():
    go_on = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGUSR1, go_on.set)
    while True:
        failed = collections.Counter()
        open_ms = await at_once(failed)
        short = await in_turn(failed)
        print(json.dumps({"failed": failed, "openMs": open_ms, "short": short}), flush=True)
        await go_on.wait()
        go_on.clear()

asyncio.run(main())
