"""The server that workers are forked from: a fork of this process, which shares with it all that it has imported."""

import multiprocessing
import os
import sys
import threading
import traceback
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from itertools import pairwise
from multiprocessing import forkserver, resource_tracker, util
from typing import Any, Final, NoReturn

PRELOAD: Final = ("bot.preload",)
"""What the fork server imports, so that the workers share the memory of it."""


def start_fork_server(preload: Sequence[str] = PRELOAD) -> None:
    """Let the fork server of this process import ``preload`` from now on, while this process does other things.

    To be called before threads and event loops start, and once what both processes need is imported: half of what
    workers import, which a new interpreter would import and hold a second time. The server ends with its parent.
    Whoever does not call this has the first pool start one, in a new interpreter.
    """
    multiprocessing.get_context("forkserver").set_forkserver_preload(list(preload))
    resource_tracker.ensure_running()  # a program of its own, which stays a small one
    with _forked_programs():
        forkserver.ensure_running()


@contextmanager
def _forked_programs() -> Iterator[None]:
    """Have `multiprocessing` run the programs that it starts in forks of this process."""
    spawn: Any = util.spawnv_passfds
    util.spawnv_passfds = _fork  # type: ignore[assignment]
    try:
        yield
    finally:
        util.spawnv_passfds = spawn


def _fork(_: object, arguments: Sequence[str], passed: Iterable[int]) -> int:
    """Run the program after ``-c``, the last argument, in a fork with the descriptors ``passed``; return its pid."""
    for stream in (sys.stdout, sys.stderr):
        stream.flush()
    pid = os.fork()
    if pid == 0:
        _become(arguments[-1], passed)
    return pid


def _become(program: str, passed: Iterable[int]) -> NoReturn:
    """Run ``program`` instead of all that this process would have done, and end."""
    status = 1
    try:
        # a pipe that another process waits at must not stay open here
        for below, above in pairwise([*sorted({*range(3), *passed}), os.sysconf("SC_OPEN_MAX")]):
            os.closerange(below + 1, above)
        # held by the parent, which forks inside of it
        forkserver._forkserver._lock = threading.Lock()  # type: ignore[attr-defined]
        exec(program, {"__name__": "__main__"})  # noqa: S102 - what a new interpreter would run
        status = 0
    except SystemExit:  # how the server ends
        status = 0
    except BaseException:
        traceback.print_exc()
    finally:
        sys.stderr.flush()
        os._exit(status)
