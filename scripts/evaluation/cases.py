"""One case of the evaluation: a score on recorded markets, what it claims there and what it has to beat."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cached_property
from typing import Final

import numpy as np

from analysis.arrays import Floats
from composite.defaults import default_specs
from config.c_composite import CompositeSpec
from scripts.evaluation.markets import Markets
from scripts.evaluation.study import Ahead, Kind, Span, ahead_of, momentum_of, surprises
from scripts.evaluation.variants import of_known, single, untested, variant_name
from utils.binance_api.intervals import DAY

BASE: Final = "as it stands"
MONTH_DAYS: Final = 30


def day_start(day: str) -> int:
    """Return a UTC day's first millisecond."""
    return int(datetime.fromisoformat(day).replace(tzinfo=UTC).timestamp() * 1000)


TRAINING: Final = Span("2020-2023", day_start("2020-01-01"), day_start("2024-01-01"))
AFTER: Final = Span("2024", day_start("2024-01-01"), day_start("2025-01-01"))
SPANS: Final = (TRAINING, AFTER)


@dataclass(frozen=True, slots=True)
class Claim:
    """What a score claims and what it has to beat; of a direction momentum over bars, or over ``momentum_days``."""

    kind: Kind
    benchmark: str
    momentum_days: int = 0


CLAIMS: Final[Mapping[str, Claim]] = {
    "trend_strength": Claim("direction", "12-bar momentum"),
    "buy_opportunity": Claim("direction", "12-bar momentum"),
    "risk_exposure": Claim("size", "HAR on ranges with hour-of-week factors"),
    "macro_sentiment": Claim("direction", "30-day momentum", MONTH_DAYS),
    "anomaly_alert": Claim("alarm", "|return| / HAR forecast"),
}
MOMENTUM_BARS: Final = 12


@dataclass(frozen=True, eq=False)
class Case:
    """A score, reduced to the scalars that the ``markets`` know; ``label`` says which markets these are."""

    base: CompositeSpec
    claim: Claim
    markets: Markets
    untested: tuple[str, ...]
    label: str = ""

    @property
    def variant(self) -> str:
        """The name of the variant: its inputs, and the markets where they are not the usual ones."""
        known = self.markets.labels
        return ", ".join(part for part in (variant_name(self.base, known), self.label) if part)

    @cached_property
    def horizon(self) -> int:
        """How far ahead the score looks, in bars."""
        step_ms = self.markets.step_ms
        return max(1, round(self.base.horizon(step_ms / 1000) * 1000 / step_ms))

    @cached_property
    def ahead(self) -> Ahead:
        """What comes after."""
        return ahead_of(self.markets, self.horizon)

    @property
    def benchmark_column(self) -> Floats:
        """What the score has to beat, on the grid (n, k)."""
        if self.claim.kind == "size":
            return self.ahead.har
        if self.claim.kind == "alarm":
            return surprises(self.ahead)
        days = self.claim.momentum_days
        return momentum_of(self.markets, days * DAY // self.markets.step_ms if days else MOMENTUM_BARS)

    def shown(self, score: Floats) -> dict[str, Floats]:
        """Return the columns that are studied: the score, each averaged input alone, the benchmark."""
        alone = {
            f"{one.scalar} alone": single(one.scalar, one.polarity, self.markets)
            for one in self.base.counted
            if one.role == "averaged"
        }
        return {BASE: score, **alone, self.claim.benchmark: self.benchmark_column}

    def share_known(self, column: Floats, rows: slice) -> float:
        """Return the share of the rows with a price in which a column is known."""
        there = np.isfinite(self.ahead.opened[rows])
        return float(np.isfinite(column[rows])[there].mean())


def case_of(name: str, markets: Markets, label: str = "") -> Case:
    """Return a score on markets, reduced to the scalars that all of them know."""
    spec, known = default_specs()[name], markets.known
    return Case(of_known(spec, known), CLAIMS[name], markets, untested(spec, known), label)
