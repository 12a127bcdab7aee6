"""Limits per address: weight in calendar minutes, request counts in five minutes, 429 and then bans."""

from collections import Counter
from dataclasses import dataclass, field

from utils.sandbox.exchange.rest.errors import ApiError

MINUTE_MS = 60_000
FIVE_MINUTES_MS = 300_000
BAN_AFTER_REFUSALS = 10
"""How many further requests after a 429 bring a ban; the exchange names no number."""
FIRST_BAN_MS = 120_000
LONGEST_BAN_MS = 3 * 86_400_000
"""Bans grow from two minutes to three days (spec/binance.md, section 11)."""


@dataclass(slots=True)
class Window:
    """What each address used in the current calendar window."""

    length_ms: int
    limit: int
    opened: int = -1
    used: Counter[str] = field(default_factory=Counter)

    def add(self, address: str, amount: int, now_ms: int) -> int:
        """Use `amount`; returns what has been used in the window."""
        opened = now_ms // self.length_ms
        if opened != self.opened:
            self.opened = opened
            self.used.clear()
        self.used[address] += amount
        return self.used[address]

    def left_s(self, now_ms: int) -> int:
        """Seconds until the window ends, rounded up."""
        return -(-(self.length_ms - now_ms % self.length_ms) // 1000)


@dataclass(slots=True)
class _Offender:
    refusals: int = 0
    bans: int = 0
    banned_until_ms: int = 0


class Limits:
    """The limits of one pool (spot, futures or options).

    `tells_retry_after`: spot sends the header `Retry-After`, the futures pages do not mention it.
    """

    def __init__(self, weight: int, counts: dict[str, int], *, tells_retry_after: bool) -> None:
        self.weight = Window(MINUTE_MS, weight)
        self._counts = {name: Window(FIVE_MINUTES_MS, limit) for name, limit in counts.items()}
        self._tells_retry_after = tells_retry_after
        self._offenders: dict[str, _Offender] = {}

    def charge(self, address: str, weight: int, bucket: str | None, now_ms: int) -> int:
        """Spend `weight`, or one request of `bucket`; returns the weight used this minute.

        Raises `ApiError` 429 above a limit and 418 during a ban.
        """
        self._check_ban(address, now_ms)
        used = self.weight.add(address, weight, now_ms)
        if used > self.weight.limit:
            raise self._refusal(
                address, self.weight, f"{self.weight.limit} request weight per 1 MINUTE", now_ms
            )
        for name, window in self._counts.items():
            if name in (bucket, "raw") and window.add(address, 1, now_ms) > window.limit:
                raise self._refusal(address, window, f"{window.limit} requests per 5 MINUTES", now_ms)
        return used

    def ban(self, address: str, until_ms: int) -> None:
        """Shut an address out until a moment."""
        offender = self._offenders.setdefault(address, _Offender())
        offender.banned_until_ms = until_ms

    def _check_ban(self, address: str, now_ms: int) -> None:
        offender = self._offenders.get(address)
        if offender is None or offender.banned_until_ms <= now_ms:
            return
        until_ms = offender.banned_until_ms
        text = (
            f"Way too much request weight used; IP banned until {until_ms}. "
            "Please use WebSocket Streams for live updates to avoid bans."
        )
        raise ApiError(-1003, text, 418, self._retry_after(-(-(until_ms - now_ms) // 1000)))

    def _refusal(self, address: str, window: Window, limit: str, now_ms: int) -> ApiError:
        offender = self._offenders.setdefault(address, _Offender())
        offender.refusals += 1
        if offender.refusals > BAN_AFTER_REFUSALS:
            offender.refusals = 0
            length_ms = min(FIRST_BAN_MS * 2**offender.bans, LONGEST_BAN_MS)
            offender.bans += 1
            offender.banned_until_ms = now_ms + length_ms
        text = (
            f"Too many requests; current limit is {limit}. "
            "Please use WebSocket Streams for live updates to avoid polling the API."
        )
        return ApiError(-1003, text, 429, self._retry_after(window.left_s(now_ms)))

    def _retry_after(self, seconds: int) -> dict[str, str]:
        return {"Retry-After": str(seconds)} if self._tells_retry_after else {}
