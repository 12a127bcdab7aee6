"""What module J reads: bars of both markets, open interest and settled funding known at the asked moment."""

import asyncio
from dataclasses import dataclass
from typing import Final

from analysis.anomaly.settings import AnomalySettings
from analysis.framework.look_back import look_back_bars
from analysis.framework.module import FitKey
from analysis.framework.question import Listing, MarketInputs, Request, Sources, SourceStamp, stamp
from analysis.framework.refit import refit_times
from analysis.sources.bars import fetch_bars, fetch_counterpart
from analysis.sources.degrading import known, or_reason, reasons_of
from analysis.sources.funding import PAGE, SettledFunding, fetch_funding
from analysis.sources.open_interest import fetch_open_interest
from analysis.sources.quotes import fetch_price
from utils.binance_api.bars import Bars
from utils.binance_api.intervals import SHORTEST_MS
from utils.binance_api.positioning.rows import OpenInterestHistory

SCORED_BARS: Final = 300
"""Last rows that are scored for an answer: those a chart shows."""
FUNDING_PAGES: Final = 3


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class AnomalyInputs(MarketInputs):
    """Bars of the counterpart, open interest and settled funding, ``None`` where ``missing`` says why.

    ``whole``: the bars begin where the listing does, so that fits may read fewer than usual.
    """

    counterpart: Bars | None
    counterpart_scale: float
    open_interest: OpenInterestHistory | None
    funding: SettledFunding | None
    whole: bool

    @property
    def scored(self) -> int | None:
        """How many last rows are scored, ``None`` for all of them."""
        return None if self.scope.is_history else SCORED_BARS


def history(config: AnomalySettings, interval: str) -> int:
    """Return how many closed bars one reading needs: a fit's, those up to the next fit, and the scored ones."""
    return fit_rows(config, interval) + config.refit_bars + SCORED_BARS


def look_back(config: AnomalySettings, interval: str) -> int:
    """Return how many past bars a channel is ranked among: a year, and at least ``rank_bars_least``."""
    return max(look_back_bars(interval, config.rank_days), config.rank_bars_least)


def lead_bars(config: AnomalySettings) -> int:
    """Return how many bars before a row its channels depend on."""
    deviation = config.deviation_bars + config.deviation_reference_bars
    waves = 2 * config.spectral_bars
    return max(config.warm_bars, deviation, waves, config.spectral_bars + config.basis_bars) + 1


def fit_rows(config: AnomalySettings, interval: str) -> int:
    """Return how many bars before a refit time its fit reads."""
    return look_back(config, interval) + lead_bars(config)


async def fetch(
    sources: Sources, listing: Listing, request: Request, config: AnomalySettings
) -> AnomalyInputs:
    """Read everything for the needed bars; what fails beside the asked bars is a reason."""
    rows = request.scope.rows or history(config, request.interval)
    since = sources.moment(request) - rows * SHORTEST_MS[request.interval]
    pages = max(FUNDING_PAGES, rows // PAGE + 1) if request.scope.is_history else FUNDING_PAGES
    bars, counterpart, price, interest, settled = await asyncio.gather(
        fetch_bars(sources, request, listing.instrument, rows),
        fetch_counterpart(sources, request, listing, rows),
        fetch_price(sources, request, listing),
        or_reason(fetch_open_interest(sources, request, listing, rows)),
        or_reason(fetch_funding(sources, request, listing, since=since, pages=pages)),
    )
    other, positions, funding = known(counterpart), known(interest), known(settled)
    stamps = [stamp(read) for read in (bars, other) if read is not None]
    if positions is not None:
        stamps.append(
            SourceStamp(positions.source, positions.as_of, positions.fetched_at, len(positions.value))
        )
    if funding is not None:
        stamps.append(funding.stamp)
    return AnomalyInputs(
        bars=bars,
        as_of=sources.moment(request),
        price=price,
        scope=request.scope,
        notes=listing.notes,
        stamps=tuple(stamps),
        missing=reasons_of(counterpart=counterpart, open_interest=interest, funding=settled),
        counterpart=other,
        counterpart_scale=listing.counterpart_scale,
        open_interest=None if positions is None else positions.value,
        funding=funding,
        whole=len(bars) < rows,
    )


def fit_keys(inputs: AnomalyInputs, config: AnomalySettings) -> tuple[FitKey, ...]:
    """Return the estimates that the scored rows use.

    A fit reads a fixed number of bars before its refit time; fewer only where the listing begins inside them. What was
    fitted without a source must not be taken for the fit of the same time once it answers again: the absent sources
    are the variant.
    """
    bars = inputs.bars
    needed = config.fit_min_bars if inputs.whole else fit_rows(config, bars.interval)
    absent = {
        "counterpart": inputs.counterpart is None,
        "funding": inputs.funding is None,
        "open_interest": inputs.open_interest is None,
    }
    variant = "without " + ", ".join(name for name, is_absent in absent.items() if is_absent)
    times = refit_times(bars, needed, config.refit_bars, last=inputs.scored)
    return tuple(FitKey(time, variant if any(absent.values()) else "") for time in times)
