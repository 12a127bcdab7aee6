"""How many requests a host is sent at a time so that none waits until it times out.

A host that takes its requests one after the other keeps the last of forty waiting for all the others; once that is
longer than a request may take, all fail, are repeated, and nothing gets through. The number is halved when an answer is
slow, and grows by a few with every number of answers that are not (additive increase, multiplicative decrease: Chiu
and Jain 1989).
"""

from typing import Final

SLOW_S: Final = 4.0
"""How long an answer takes in a queue that is too long: less than half of the ten seconds that a request may take."""
GROWTH: Final = 4.0
"""By how much the number grows while as many requests are answered."""


class Crowding:
    """The number of requests at a time, from ``least`` to ``most``; times are measured on the monotonic clock."""

    def __init__(self, least: int, most: int) -> None:
        self._least = least
        self._most = most
        self._halved_s = float("-inf")
        self._number = float(most)

    @property
    def room(self) -> int:
        """The number of requests at a time."""
        return int(self._number)

    def ended(self, began_s: float, now_s: float) -> None:
        """Take note of a request that was answered or has timed out.

        One that began before the number was halved says nothing about the new one.
        """
        if now_s - began_s <= SLOW_S:
            self._number = min(self._most, self._number + GROWTH / self._number)
        elif began_s >= self._halved_s:
            self._number = max(self._least, self._number / 2)
            self._halved_s = now_s
