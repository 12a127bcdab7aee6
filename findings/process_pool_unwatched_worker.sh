#!/bin/sh
# CPython 3.11 (seen with 3.11.7): a ProcessPoolExecutor that starts its workers when they are needed ("spawn" and
# "forkserver") does not see the death of the worker that it started last. `submit` wakes the thread that waits for
# results and deaths first and starts the worker afterwards, so that the thread mostly waits again without it.
# BrokenProcessPool is then raised only when something else happens in the pool, such as another worker's result: here
# after three seconds, and never where the other worker does not end. A busy machine may wake the thread late enough.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cat >"$folder/unwatched.py" <<'PYTHON'
import os
import platform
import time
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from multiprocessing import get_context

BUSY_S = 3
TRIES = 20


def noticed_after_s(method: str) -> float:
    """How long after its work was given to it the death of a second worker is told, while the first one is busy."""
    with ProcessPoolExecutor(2, mp_context=get_context(method)) as pool:
        pool.submit(os.getpid).result()  # the first worker is there
        began = time.monotonic()
        pool.submit(time.sleep, BUSY_S)
        try:
            pool.submit(os._exit, 1).result()
        except BrokenProcessPool:
            return time.monotonic() - began
    raise SystemExit("no death was told")


if __name__ == "__main__":
    print("Python", platform.python_version())
    for name in ("spawn", "forkserver"):
        for number in range(1, TRIES + 1):
            waited = noticed_after_s(name)
            print(f"{name}, try {number}: the death was told after {waited:.1f} s; the other worker was busy for {BUSY_S} s")
            if waited > BUSY_S - 0.5:
                break
        else:
            raise SystemExit("every death was told at once")
    print("as described")
PYTHON
python3 "$folder/unwatched.py"
