"""Every request that a sandbox server saw, without its secrets."""

import re
from collections import Counter, deque
from collections.abc import Mapping
from dataclasses import asdict, dataclass

from utils.sandbox.control.clock import TimeSource

KEPT_CALLS = 50_000
HIDDEN = "***"
SECRET_PARAMETERS = frozenset(
    {"signature", "apikey", "api_key", "listenkey", "token", "secret", "secret_token", "key"}
)
_BOT_TOKEN = re.compile(r"/bot\d+:[^/]+")


@dataclass(frozen=True, slots=True)
class CallRecord:
    """One request: running number, sandbox time in ms, what was asked, its weight and how it was answered."""

    n: int
    time_ms: int
    method: str
    path: str
    query: dict[str, str]
    weight: int
    status: int
    market: str | None
    symbol: str | None


class CallLog:
    """The last calls of a server, their counts and the breaches of its limits."""

    def __init__(self, clock: TimeSource, kept: int = KEPT_CALLS) -> None:
        self._clock = clock
        self._calls: deque[CallRecord] = deque(maxlen=kept)
        self._violations: deque[dict[str, object]] = deque(maxlen=kept)
        self._next = 1
        self.counts: Counter[tuple[str, str]] = Counter()

    def record(
        self,
        method: str,
        path: str,
        query: Mapping[str, str] | None = None,
        *,
        weight: int = 0,
        status: int = 200,
        market: str | None = None,
        symbol: str | None = None,
    ) -> CallRecord:
        """Note one call; secrets in path and query are replaced. Returns the record."""
        call = CallRecord(
            n=self._next,
            time_ms=self._clock.now_ms(),
            method=method,
            path=without_token(path),
            query=without_secrets(query or {}),
            weight=weight,
            status=status,
            market=market,
            symbol=symbol,
        )
        self._next += 1
        self._calls.append(call)
        self.counts[(call.path, symbol or "")] += 1
        return call

    def violation(self, **facts: object) -> None:
        """Note that the caller broke a limit."""
        self._violations.append({"time_ms": self._clock.now_ms(), **facts})

    @property
    def violations(self) -> tuple[dict[str, object], ...]:
        """All noted breaches of limits."""
        return tuple(self._violations)

    def after(self, n: int = 0) -> list[CallRecord]:
        """Calls with a running number above `n`."""
        return [call for call in self._calls if call.n > n]

    def clear(self) -> None:
        """Forget everything except the running number."""
        self._calls.clear()
        self._violations.clear()
        self.counts.clear()

    def describe(self, after: int = 0) -> dict[str, object]:
        """Calls after `after`, counts per (path, symbol) and violations as JSON."""
        counts = [{"path": p, "symbol": s or None, "count": c} for (p, s), c in sorted(self.counts.items())]
        return {
            "calls": [asdict(call) for call in self.after(after)],
            "counts": counts,
            "violations": list(self._violations),
            "last": self._next - 1,
        }


def without_secrets(query: Mapping[str, str]) -> dict[str, str]:
    """The query with the values of secret parameters hidden."""
    return {k: HIDDEN if k.lower() in SECRET_PARAMETERS else v for k, v in query.items()}


def without_token(path: str) -> str:
    """The path with a bot token hidden."""
    return _BOT_TOKEN.sub(f"/bot{HIDDEN}", path)
