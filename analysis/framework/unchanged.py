"""Answers for composites that stand although the price has moved: all that their scalars rest on is as it was.

Scalars of batch modules rest on closed bars, which stay as they are until the next close, while the price of the
answer, its moment and when its sources were read are others with every question. A module that reads what is published
between closes (``async``) is computed anew each minute beside, since facts grow old.
"""

from collections.abc import Iterable
from dataclasses import dataclass, fields, replace
from hashlib import blake2b
from typing import Final

from analysis.framework.answer import CANDLES
from analysis.framework.bar_rules import missed_bars
from analysis.framework.content import content_of
from analysis.framework.module import AnyModule
from analysis.framework.question import MarketInputs
from analysis.framework.result import Analysis
from analysis.framework.size import answer_bytes
from utils.binance_api.bars import Bars
from utils.binance_api.intervals import MINUTE
from utils.caching import LruMap

OF_THE_MOMENT: Final = frozenset({"as_of", "price", "price_time", "changes", "stamps"})
"""Fields of `MarketInputs` that no scalar rests on but by way of how old something is."""
FETCHED_AT: Final = frozenset({"fetched_at"})
OF_READING: Final = FETCHED_AT | {"as_of"}
"""Fields of bars that say when they were read."""


@dataclass(frozen=True, slots=True)
class _Kept:
    basis: bytes
    answer: Analysis


class UnchangedAnswers:
    """Keeps the newest answer of each question with a digest of what it rests on, at most ``most_bytes`` in all."""

    def __init__(self, most_bytes: int) -> None:
        self._kept: LruMap[object, _Kept] = LruMap(most_bytes, weigh=lambda kept: answer_bytes(kept.answer))

    def find(self, key: object, basis: bytes, inputs: MarketInputs) -> Analysis | None:
        """Return the kept answer as of the moment of ``inputs``, ``None`` where it rests on something else."""
        kept = self._kept.get(key)
        return None if kept is None or kept.basis != basis else _as_of(kept.answer, inputs)

    def keep(self, key: object, basis: bytes, answer: Analysis) -> None:
        """Keep an answer."""
        self._kept.put(key, _Kept(basis, answer))


def basis_of(module: AnyModule, inputs: MarketInputs, refit_times: Iterable[int]) -> bytes:
    """Return a digest of all that the scalars of an answer rest on, the fits told by their times; equal for equal."""
    minute = inputs.as_of // MINUTE if module.job != "batch" else None
    digest = blake2b(repr((minute, missed_bars(inputs), sorted(refit_times))).encode(), digest_size=16)
    for field in fields(inputs):
        if field.name not in OF_THE_MOMENT:
            digest.update(f"{field.name}=".encode())
            for part in content_of(getattr(inputs, field.name), _left_out):
                digest.update(part)
    return digest.digest()


def for_composites(answer: Analysis) -> Analysis:
    """Return what composites read of an answer: all but what only its own card and chart show."""
    series = {name: answer.series[name] for name in ("time", *CANDLES) if name in answer.series}
    return replace(answer, series=series, curves={}, heatmaps=(), matrices=())


def _as_of(answer: Analysis, inputs: MarketInputs) -> Analysis:
    """Return an answer as of another moment; a scalar that describes the moment asked describes the new one."""
    scalars = (
        replace(one, as_of=inputs.as_of) if one.as_of == answer.as_of else one for one in answer.scalars
    )
    return replace(
        answer,
        as_of=inputs.as_of,
        price=float(inputs.bars.close[-1]) if inputs.price is None else inputs.price,
        changes=inputs.changes,
        sources=inputs.stamps,
        scalars=tuple(scalars),
    )


def _left_out(value: object) -> frozenset[str]:
    return OF_READING if isinstance(value, Bars) else FETCHED_AT
