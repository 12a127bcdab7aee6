"""What module J reads: bars of both markets, open interest and settled funding, as known at the requested moment."""

import asyncio
from dataclasses import dataclass
from math import ceil, log
from typing import Final

from analysis.anomaly.settings import AnomalySettings
from analysis.framework.bar_rules import refit_times
from analysis.framework.look_back import DRAWN_BARS, look_back_bars
from analysis.framework.module import FitKey
from analysis.framework.question import Listing, MarketInputs, Request, Scope, Sources, SourceStamp, stamp
from analysis.framework.recorded import Recorded
from analysis.sources.bars import fetch_bars, fetch_counterpart
from analysis.sources.degrading import known, or_reason, reasons_of
from analysis.sources.funding import PAGE, SettledFunding, fetch_funding
from analysis.sources.open_interest import fetch_open_interest
from analysis.sources.quotes import fetch_price
from utils.binance_api.bars import Bars
from utils.binance_api.intervals import DAY, SHORTEST_MS
from utils.binance_api.positioning.rows import OpenInterestHistory

FUNDING_PAGES: Final = 3
"""Pages of settlements read for the latest answer."""
EWMA_WARM_UP: Final = 50
"""Returns below which there is no smoothed variance."""
NEGLIGIBLE_WEIGHT: Final = 1e-9
"""Weight in the smoothed variance below which a return no longer matters."""


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class AnomalyInputs(MarketInputs):
    """Bars of the counterpart, open interest and settled funding; ``None`` where absent, and ``missing`` says why.

    ``from_listing``: the bars begin where the listing does, so that a fit may read fewer than usual.
    """

    counterpart: Bars | None
    counterpart_scale: float
    open_interest: OpenInterestHistory | None
    funding: SettledFunding | None
    from_listing: bool


def scored_rows(scope: Scope) -> int | None:
    """Return how many last rows are scored: those a chart shows, ``None`` for all of them."""
    return None if scope.is_history else DRAWN_BARS


def history(config: AnomalySettings, interval: str) -> int:
    """Return how many closed bars one answer needs: a fit's, those up to the next fit, and the drawn ones."""
    return fit_rows(config, interval) + refit_every(config, interval) + DRAWN_BARS


def refit_every(config: AnomalySettings, interval: str) -> int:
    """Return how many bars lie between two fits: a week's, within the configured limits."""
    week = round(config.refit_days * DAY / SHORTEST_MS[interval])
    return min(config.refit_bars, max(config.refit_bars_least, week))


def look_back(config: AnomalySettings, interval: str) -> int:
    """Return how many past bars a channel is ranked among: a year, and at least ``rank_bars_least``."""
    return max(look_back_bars(interval, config.rank_days), config.rank_bars_least)


def lead_bars(config: AnomalySettings) -> int:
    """Return how many bars before a row its channels depend on."""
    deviation = config.deviation_bars + config.deviation_reference_bars
    spectral = 2 * config.spectral_bars
    forgotten = ceil(log(NEGLIGIBLE_WEIGHT) / log(config.ewma_decay))
    sums = config.cusum_bars + EWMA_WARM_UP + forgotten
    level = config.spectral_bars + max(config.basis_bars, config.volume_bars)
    return max(sums, deviation, spectral, level) + 1


def fit_rows(config: AnomalySettings, interval: str) -> int:
    """Return how many bars before a refit time its fit reads."""
    return look_back(config, interval) + lead_bars(config)


async def fetch(
    sources: Sources, listing: Listing, request: Request, config: AnomalySettings
) -> AnomalyInputs:
    """Read the bars and every further source; one that fails becomes a reason in ``missing``."""
    rows = request.scope.rows or history(config, request.interval)
    since = sources.moment(request) - rows * SHORTEST_MS[request.interval]
    pages = max(FUNDING_PAGES, rows // PAGE + 1) if request.scope.is_history else FUNDING_PAGES
    found, counterpart, price, interest, settled = await asyncio.gather(
        fetch_bars(sources, request, listing.instrument, rows),
        fetch_counterpart(sources, request, listing, rows),
        fetch_price(sources, request, listing),
        or_reason(fetch_open_interest(sources, request, listing, rows)),
        or_reason(fetch_funding(sources, request, listing, since=since, pages=pages)),
    )
    bars, other, positions, funding = found.bars, known(counterpart), known(interest), known(settled)
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
        price=price.price,
        price_time=price.time,
        changes=price.changes,
        scope=request.scope,
        notes=listing.notes + found.notes,
        stamps=tuple(stamps),
        missing=reasons_of(counterpart=counterpart, open_interest=interest, funding=settled),
        counterpart=other,
        counterpart_scale=listing.counterpart_scale,
        open_interest=None if positions is None else positions.value,
        funding=funding,
        from_listing=len(bars) < rows,
    )


def recorded(record: Recorded, config: AnomalySettings) -> AnomalyInputs:
    """Return the inputs of recorded bars, without open interest and funding."""
    del config
    return AnomalyInputs(
        bars=record.bars,
        as_of=record.as_of,
        price=None,
        scope=record.scope,
        missing=record.missing("counterpart", "open_interest", "funding"),
        counterpart=record.counterpart,
        counterpart_scale=1.0,
        open_interest=None,
        funding=None,
        from_listing=record.from_listing,
    )


def fit_keys(inputs: AnomalyInputs, config: AnomalySettings) -> tuple[FitKey, ...]:
    """Return the estimates that the scored rows use.

    A fit reads a fixed number of bars before its refit time; fewer only where the listing begins inside them. The
    variant names the absent sources, so that a fit made without one is not reused once it answers again.
    """
    bars = inputs.bars
    needed = config.fit_min_bars if inputs.from_listing else fit_rows(config, bars.interval)
    absent = {
        "counterpart": inputs.counterpart is None,
        "funding": inputs.funding is None,
        "open_interest": inputs.open_interest is None,
    }
    variant = "without " + ", ".join(name for name, is_absent in absent.items() if is_absent)
    every = refit_every(config, bars.interval)
    times = (
        *first_fit(inputs, config),
        *refit_times(bars, needed, every, last=scored_rows(inputs.scope)),
    )
    return tuple(FitKey(time, variant if any(absent.values()) else "") for time in times)


def first_fit(inputs: AnomalyInputs, config: AnomalySettings) -> tuple[int, ...]:
    """Return the moment of a young symbol's first fit: once its listing is ``fit_min_bars`` old, whenever that is.

    So the first score need not wait for the next regular moment. None where its rows are not scored any more.
    """
    bars, rows = inputs.bars, scored_rows(inputs.scope)
    if not inputs.from_listing or len(bars) <= config.fit_min_bars:
        return ()
    moment = int(bars.close_time[config.fit_min_bars - 1]) + 1
    step = refit_every(config, bars.interval) * SHORTEST_MS[bars.interval]
    scored_from = int(bars.close_time[0 if rows is None else max(0, len(bars) - rows)])
    is_scored = moment // step * step + step > scored_from
    return (moment,) if moment % step and is_scored else ()
