"""Errors of on-chain providers by HTTP status.

SourceError
├── Retryable       408, 5xx
├── Unavailable     402 403 451 (refused to this address or plan), 429 (limit), 3xx, other codes and shapes
└── Misconfigured   401 (the key), 404 (the address)

What a provider writes beside its status is never repeated: it may quote the request, key included.
"""

import math
from dataclasses import dataclass
from typing import Final

from utils.http.errors import Misconfigured, Retryable, SourceError, Unavailable
from utils.http.transport import Reply

PAUSE_S: Final = 60.0
"""Pause after too many requests where the provider names no wait."""
LONGEST_PAUSE_S: Final = 86_400.0
REFUSING: Final = frozenset({402, 403, 451})


@dataclass(frozen=True, slots=True)
class Refused:
    """The error to raise, and for how many seconds calls to the provider pause."""

    error: SourceError
    pause_s: float = 0.0


@dataclass(frozen=True, slots=True)
class Names:
    """How errors name a provider: its title, the setting of its address and that of its key."""

    title: str
    url_setting: str
    key_setting: str | None


def refusal(reply: Reply, source: str, names: Names) -> Refused | None:
    """Return the error that a status stands for, ``None`` for an answer."""
    return (
        None if reply.status in (200, 304) else by_status(reply.status, source, names, _asked_wait_s(reply))
    )


def by_status(status: int, source: str, names: Names, pause_s: float = PAUSE_S) -> Refused:
    """Return the error of a status, which some providers send inside the body."""
    detail = f"{names.title} answered status {status}"
    if status == 429:
        return Refused(
            Unavailable(source, f"the request limit of {names.title} is reached", code=status), pause_s
        )
    if status == 401 and names.key_setting is not None:
        todo = f"check {names.key_setting}"
        return Refused(Misconfigured(source, f"{names.title} refuses the key", what_to_do=todo, code=status))
    if status in REFUSING or status == 401:
        return Refused(Unavailable(source, f"{names.title} refuses this address or plan", code=status))
    if status == 404:
        return Refused(Misconfigured(source, detail, what_to_do=f"check {names.url_setting}", code=status))
    if status == 408 or status >= 500:
        return Refused(Retryable(source, detail, code=status))
    return Refused(Unavailable(source, detail, code=status))


def _asked_wait_s(reply: Reply) -> float:
    """Return the wait of ``Retry-After`` or ``X-RateLimit-Reset`` in seconds, within bounds."""
    for name in ("Retry-After", "X-RateLimit-Reset"):
        try:
            seconds = float(reply.headers.get(name, ""))
        except ValueError:
            continue
        if math.isfinite(seconds) and 0 < seconds <= LONGEST_PAUSE_S:  # larger ones are moments, not waits
            return seconds
    return PAUSE_S
