"""The worker processes: how many there are, what they share, and who gives them work."""

from contextlib import AsyncExitStack
from functools import partial
from typing import Final

from bot.executors import ProcessPool, RebuildingPool
from bot.turns import PeopleFirst, Seats

WORKERS: Final = 3
"""Processes that compute, draw and fit: one more than answers and fits keep busy on two cores."""
FITTING: Final = 2
"""How many of them fit at once: a fit takes up to seconds, and no answer should wait for one."""
PRELOAD: Final = ("bot.preload",)
"""What the fork server imports, so that the workers share the memory of it."""


def shared_workers(stack: AsyncExitStack) -> tuple[PeopleFirst, PeopleFirst]:
    """Return who gives the processes answers and charts, and who gives them fits; ``stack`` ends them.

    The last free process is for answers.
    """
    processes, seats = RebuildingPool(partial(ProcessPool, WORKERS, PRELOAD)), Seats(WORKERS)
    answers = PeopleFirst(processes, WORKERS, seats=seats)
    fits = PeopleFirst(processes, FITTING, seats=seats, answers=False)
    for turns in (answers, fits):
        stack.callback(turns.shutdown, wait=False, cancel_futures=True)
    return answers, fits
