"""Spot's unit of time: milliseconds, or microseconds on request (spec/binance.md, section 14)."""

from utils.sandbox.exchange.rest import errors

TIME_UNIT_HEADER = "X-MBX-TIME-UNIT"
MICROSECONDS_FROM = 10**14
"""Moments from this number on are microseconds: in milliseconds it would be the year 5138."""
MOMENTS = frozenset({"serverTime", "time", "T", "openTime", "closeTime", "updateTime", "timestamp"})
OPEN_TIME, CLOSE_TIME = 0, 6
"""Columns of a kline."""


def wants_microseconds(unit: str | None) -> bool:
    """Whether a request asks for microseconds. Raises -1194 for anything but the two units."""
    if unit is None or unit in {"MILLISECOND", "millisecond"}:
        return False
    if unit not in {"MICROSECOND", "microsecond"}:
        raise errors.invalid_time_unit()
    return True


def in_milliseconds(moment: int, *, up: bool = False) -> int:
    """A moment that may be sent in either unit, rounded down or `up`."""
    if moment < MICROSECONDS_FROM:
        return moment
    return -(-moment // 1000) if up else moment // 1000


def in_microseconds(answer: object) -> object:
    """The answer with every moment in microseconds; a kline closes in the last one before the next opens."""
    if isinstance(answer, dict):
        return {name: _field(name, value) for name, value in answer.items()}
    if isinstance(answer, list):
        return [_kline(row) if _is_kline(row) else in_microseconds(row) for row in answer]
    return answer


def _field(name: str, value: object) -> object:
    if name in MOMENTS and isinstance(value, int):
        return value * 1000
    return in_microseconds(value)


def _is_kline(row: object) -> bool:
    return isinstance(row, list) and len(row) > CLOSE_TIME and isinstance(row[CLOSE_TIME], int)


def _kline(row: list[object]) -> list[object]:
    moved = list(row)
    moved[OPEN_TIME] = int(str(row[OPEN_TIME])) * 1000
    moved[CLOSE_TIME] = (int(str(row[CLOSE_TIME])) + 1) * 1000 - 1
    return moved
