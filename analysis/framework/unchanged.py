"""Answers for composites that stand although the price has moved: all that their scalars rest on is as it was.

Scalars of batch modules rest on closed bars, which stay as they are until the next close, while the price of the
answer, its moment and when its sources were read are others with every question: until that close only the price is
read. A module that reads what is published between closes (``async``) is computed anew each minute beside, since facts
grow old.
"""

from collections.abc import Iterable
from dataclasses import dataclass, fields, replace
from hashlib import blake2b
from typing import Final

from analysis.framework.answer import CANDLES, price_notes
from analysis.framework.bar_rules import missed_bars
from analysis.framework.content import content_of
from analysis.framework.missing import PART_FAILED
from analysis.framework.module import AnyModule
from analysis.framework.question import Listing, MarketInputs, PriceChanges, SourceStamp
from analysis.framework.reasons import OLDER_PRICE, Message
from analysis.framework.result import Analysis
from analysis.framework.size import answer_bytes
from analysis.sources.degrading import FAULTS
from utils.binance_api.bars import Bars
from utils.binance_api.intervals import MINUTE, next_open
from utils.caching import LruMap

OF_THE_MOMENT: Final = frozenset({"as_of", "price", "price_time", "changes", "stamps"})
"""Fields of `MarketInputs` that no scalar rests on but by way of how old something is."""
FETCHED_AT: Final = frozenset({"fetched_at"})
UNSETTLED: Final = FAULTS | {PART_FAILED.code}
"""Codes of reasons that the next question may not have."""
OF_READING: Final = FETCHED_AT | {"as_of"}
"""Fields of bars that say when they were read."""


@dataclass(frozen=True, slots=True)
class OfTheMoment:
    """What is new in an answer that stands; ``sources`` are those read for it, ``None`` where none had to be.

    ``notes`` say where the price is not that of the moment.
    """

    as_of: int
    price: float
    changes: PriceChanges
    sources: tuple[SourceStamp, ...] | None = None
    notes: tuple[Message, ...] = ()


@dataclass(frozen=True, slots=True)
class _Kept:
    basis: bytes
    answer: Analysis
    listing: Listing | None
    until: int


class UnchangedAnswers:
    """Keeps the newest answer of each question with a digest of what it rests on, at most ``most_bytes`` in all."""

    def __init__(self, most_bytes: int) -> None:
        self._kept: LruMap[object, _Kept] = LruMap(most_bytes, weigh=lambda kept: answer_bytes(kept.answer))

    def find(self, key: object, basis: bytes, inputs: MarketInputs) -> Analysis | None:
        """Return the kept answer as of the moment of ``inputs``, ``None`` where it rests on something else."""
        kept = self._kept.get(key)
        if kept is None or kept.basis != basis:
            return None
        price = float(inputs.bars.close[-1]) if inputs.price is None else inputs.price
        return _as_of(
            kept.answer, OfTheMoment(inputs.as_of, price, inputs.changes, inputs.stamps, price_notes(inputs))
        )

    def stands(self, key: object, listing: Listing, moment: int) -> bool:
        """Return whether there is an answer that rests on nothing that is not there yet at a moment (UTC ms)."""
        kept = self._kept.peek(key)
        return kept is not None and kept.listing == listing and moment < kept.until

    def standing(self, key: object, now: OfTheMoment) -> Analysis:
        """Return an answer that stands as of another moment; ``KeyError`` where there is none."""
        kept = self._kept.get(key)
        if kept is None:
            raise KeyError(key)
        return _as_of(kept.answer, now)

    def keep(
        self, key: object, basis: bytes, answer: Analysis, *, listing: Listing | None = None, until: int = 0
    ) -> None:
        """Keep an answer about a listing; before ``until`` (UTC ms) nothing it rests on is another."""
        self._kept.put(key, _Kept(basis, answer, listing, until))


def stands_until(module: AnyModule, inputs: MarketInputs, interval: str) -> int:
    """Return before which moment (UTC ms) all that an answer's scalars rest on is as it was.

    That is the next close, where they rest on closed bars and every source answered; otherwise at no moment: 0.
    """
    reasons = (*inputs.missing.values(), *filter(None, (note.because for note in inputs.notes)))
    if module.job != "batch" or any(reason.code in UNSETTLED for reason in reasons):
        return 0
    return next_open(int(inputs.bars.close_time[-1]) + 1, interval)


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


def _as_of(answer: Analysis, now: OfTheMoment) -> Analysis:
    """Return an answer as of another moment; a scalar that describes the moment asked describes the new one."""
    scalars = (replace(one, as_of=now.as_of) if one.as_of == answer.as_of else one for one in answer.scalars)
    return replace(
        answer,
        as_of=now.as_of,
        price=now.price,
        notes=now.notes + tuple(note for note in answer.notes if note.code != OLDER_PRICE),
        changes=now.changes,
        sources=answer.sources if now.sources is None else now.sources,
        scalars=tuple(scalars),
    )


def _left_out(value: object) -> frozenset[str]:
    return OF_READING if isinstance(value, Bars) else FETCHED_AT
