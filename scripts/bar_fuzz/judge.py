"""What is wrong with an answer: numbers that JSON cannot hold, nulls without a reason, reasons that are not true."""

import math
from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np

from analysis.framework.bar_rules import continuous, follows
from analysis.framework.reasons import Message
from analysis.framework.result import Analysis
from bot.http_api.shapes import analysis_answer
from scripts.bar_fuzz.series import ORDINARY
from utils.binance_api.bars import Bars


def complaints(answer: Analysis, kind: str, bars: Bars) -> Iterator[str]:
    """Yield everything that is wrong with an answer about these bars."""
    yield from (f"not finite: {path}" for path in _not_finite(analysis_answer(answer), "json"))
    read = continuous(bars).bars
    for where, reason in _nulls(answer):
        if reason is None:
            yield f"{where}: null without a reason"
        elif (lie := _untrue(reason, kind, read)) is not None:
            yield f"{where}: untrue, {reason.code}: {lie}"


def _not_finite(value: Any, path: str) -> Iterator[str]:
    if isinstance(value, float) and not math.isfinite(value):
        yield path
    elif isinstance(value, Mapping):
        for name, part in value.items():
            yield from _not_finite(part, f"{path}.{name}")
    elif isinstance(value, list | tuple):
        for part in value:
            yield from _not_finite(part, f"{path}[]")


def _nulls(answer: Analysis) -> Iterator[tuple[str, Message | None]]:
    for metric in answer.metrics:
        if metric.value is None or metric.reason is not None:
            yield metric.id, metric.reason
    for scalar in answer.scalars:
        if scalar.value is None:
            yield scalar.name, scalar.reason
    if answer.score is None:
        yield from (("score", reason) for reason in answer.null_reasons or (None,))
    for headline in answer.headlines:
        if headline.value is None:
            yield from ((headline.name, reason) for reason in headline.null_reasons or (None,))


def _untrue(reason: Message, kind: str, bars: Bars) -> str | None:
    """Return why a reason cannot be true of these bars."""
    needs, has = reason.params.get("needs"), reason.params.get("has")
    if needs is not None and has is not None and _number(has) >= _number(needs):
        return reason.text
    if reason.code == "too_few_bars" and has is not None and _number(has) > len(bars):
        return f"{reason.text}, but there are {len(bars)} bars"
    traded = bool((bars.volume > 0).all())
    lies = {
        "part_failed": True,
        "constant": kind in ORDINARY and traded and len(bars) > 1,
        "no_volume": traded,
        "after_gap": bool(follows(bars)[-1]),
        "hardly_traded": traded,
    }
    return reason.text if lies.get(reason.code, False) else None


def _number(text: str | float) -> float:
    return float(np.float64(str(text).rstrip("%")))
