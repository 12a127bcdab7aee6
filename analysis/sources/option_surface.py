"""The options on a coin as a source lists them now or as they were recorded then, and the skew recorded before.

Deribit is asked first, since most open interest in coin options is there, and Binance where Deribit lists none or does
not answer. The two are never mixed: a surface has the history of its own source beside it.
"""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

import numpy as np

from analysis.arrays import Floats, Times
from analysis.framework.question import Listing, Request, Sources, SourceStamp
from analysis.framework.reasons import Reason
from analysis.sources.degrading import if_displayed, known, or_reason, reasons_of
from analysis.sources.positioning import STATISTIC_AGE
from utils.binance_api.answers import Answer
from utils.binance_api.intervals import HOUR
from utils.http.errors import Rejected, SourceError
from utils.option_chain import OptionChain
from utils.providers import OptionProvider, ProviderSeries
from utils.recorder.names import BINANCE_OPTIONS, DERIBIT_OPTIONS, STORE_SOURCE
from utils.recorder.smiles import RecordedChain, Smile, smiles_of

REVERSAL: Final = "risk_reversal_25d_30d_pts"
TITLES: Final = {DERIBIT_OPTIONS: "Deribit", BINANCE_OPTIONS: "Binance"}
"""Sources by their name in the record, in the order in which they are preferred."""


INDEXED: Final = {"BTC": "dvol_btc", "ETH": "dvol_eth"}
"""Coins with a volatility index, and the provider's name of it."""


@dataclass(frozen=True, slots=True, eq=False)
class OptionSurface:
    """What one source knows of the options on a coin.

    ``source`` is its title (Deribit). ``known_at`` (UTC ms, ascending; n) and ``reversal`` (vol points) are the risk
    reversals of 25 delta at 30 days that were recorded of it. ``chain`` is what it lists at ``as_of`` (UTC ms); for a
    past moment it is ``None``, and ``record`` what was recorded last before it, at ``as_of``, if that is not too old.
    """

    source: str
    known_at: Times
    reversal: Floats
    chain: OptionChain | None
    as_of: int
    stamp: SourceStamp | None
    record: RecordedChain | None = None

    @property
    def smiles(self) -> list[Smile]:
        """What is known of each expiry at ``as_of``, the nearest first; empty without a chain and a record."""
        if self.chain is not None:
            return smiles_of(self.chain)
        return [] if self.record is None else list(self.record.smiles)


@dataclass(frozen=True, slots=True, eq=False)
class OptionsRead:
    """The surface of options on a coin and the volatility index; ``missing`` says why one of them is absent."""

    surface: OptionSurface | None
    index: ProviderSeries | None
    stamps: tuple[SourceStamp, ...]
    missing: Mapping[str, Reason]


async def fetch_options(sources: Sources, request: Request, listing: Listing, hours: int) -> OptionsRead:
    """Return both, the reasons under ``options`` and ``dvol``; never raises ``SourceError``.

    The index is displayed only.
    """
    surface, index = await asyncio.gather(
        fetch_option_surface(sources, request, listing, hours),
        if_displayed(request, lambda: fetch_volatility_index(sources, request, listing, hours)),
    )
    stamps = []
    if isinstance(surface, OptionSurface) and surface.stamp is not None:
        stamps.append(surface.stamp)
    if isinstance(index, ProviderSeries):
        stamps.append(SourceStamp(index.source, int(index.known_at[-1]), index.fetched_at, len(index.value)))
    return OptionsRead(known(surface), known(index), tuple(stamps), reasons_of(options=surface, dvol=index))


async def fetch_option_surface(
    sources: Sources, request: Request, listing: Listing, hours: int
) -> OptionSurface | Reason:
    """Return the surface of the first source that has one, with what was recorded in the last ``hours``.

    Both sources are asked at once, and the second is not waited for where the first answers. For a past moment there
    is what was recorded alone. Never raises ``SourceError``: where no source has options, the reason says so.
    """
    asset = listing.asset
    if asset is None:
        return Reason("no_data", {"what": "symbol table"})
    asked = [asyncio.ensure_future(_surface(sources, request, asset, source, hours)) for source in TITLES]
    reasons: list[Reason] = []
    try:
        for answer in asked:
            found = await answer
            if isinstance(found, OptionSurface):
                return found
            reasons.append(found)
    finally:
        for answer in asked:
            answer.cancel()
    return next((reason for reason in reasons if reason.code != "no_options"), reasons[0])


async def _surface(
    sources: Sources, request: Request, asset: str, source: str, hours: int
) -> OptionSurface | Reason:
    if request.as_of is not None:
        (known_at, reversal), record = await asyncio.gather(
            _recorded(sources, request, asset, source, hours),
            _newest_record(sources, request.as_of, asset, source),
        )
        if record is None and not len(known_at):
            return Reason("no_history", {"what": "option surface"})
        moment, stamp = request.as_of, None
        if record is not None:
            moment, rows = record.ts, len(record.smiles)
            stamp = SourceStamp(f"{STORE_SOURCE}.{source}.options", record.ts, record.known_at, rows)
        return OptionSurface(TITLES[source], known_at, reversal, None, moment, stamp, record)
    answer, (known_at, reversal) = await asyncio.gather(
        or_reason(_chain(sources, asset, source)), _recorded(sources, request, asset, source, hours)
    )
    if isinstance(answer, Reason):
        return answer
    stamp = SourceStamp(answer.source, answer.as_of, answer.fetched_at, len(answer.value))
    return OptionSurface(TITLES[source], known_at, reversal, answer.value, answer.as_of, stamp)


async def _chain(sources: Sources, asset: str, source: str) -> Answer[OptionChain] | Reason:
    """Return the chain of now; raises ``SourceError``."""
    if source == DERIBIT_OPTIONS:
        return await _deribit(sources, asset)
    underlying = _underlying(asset, source)
    names = await sources.exchange.options.underlyings()
    if underlying not in names.value:
        return Reason("no_options", {"asset": asset})
    return await sources.exchange.options.option_chain(underlying)


async def _deribit(sources: Sources, asset: str) -> Answer[OptionChain] | Reason:
    provider = sources.providers.get(DERIBIT_OPTIONS)
    if not isinstance(provider, OptionProvider):
        return Reason("no_options", {"asset": asset})
    try:
        return await provider.option_chain(asset)
    except Rejected:  # it lists none on this coin
        return Reason("no_options", {"asset": asset})


def _underlying(asset: str, source: str) -> str:
    """Return what a source calls the options on a coin; at Binance they are quoted in USDT."""
    return asset if source == DERIBIT_OPTIONS else f"{asset}USDT"


async def _recorded(
    sources: Sources, request: Request, asset: str, source: str, hours: int
) -> tuple[Times, Floats]:
    moment = sources.moment(request)
    try:
        window = await sources.history.option_figure(
            _underlying(asset, source),
            REVERSAL,
            max(0, moment - hours * HOUR),
            moment + 1,
            as_of=moment,
            source=source,
        )
    except SourceError:  # the store counts and logs it; the chain of now is read alone
        window = None
    if window is None:
        return np.empty(0, np.int64), np.empty(0)
    finite = np.isfinite(window.value)
    return window.known_at[finite], window.value[finite]


async def _newest_record(sources: Sources, moment: int, asset: str, source: str) -> RecordedChain | None:
    """Return what was recorded last before a moment, ``None`` where that is too old to stand for it."""
    try:
        found = await sources.history.option_chain(_underlying(asset, source), as_of=moment, source=source)
    except SourceError:  # the store counts and logs it
        return None
    return found if found is not None and moment - found.ts <= STATISTIC_AGE else None


async def fetch_volatility_index(
    sources: Sources, request: Request, listing: Listing, hours: int
) -> ProviderSeries | Reason:
    """Return Deribit's volatility index of the coin over the last ``hours``, or why there is none.

    Raises ``SourceError`` where the provider does not answer.
    """
    asset, moment = listing.asset, sources.moment(request)
    if asset is None:
        return Reason("no_data", {"what": "symbol table"})
    provider = sources.providers.get(DERIBIT_OPTIONS)
    if provider is None or asset not in INDEXED:
        return Reason("no_index", {"asset": asset})
    series = await provider.series(INDEXED[asset], moment - hours * HOUR, moment, as_of=request.as_of)
    return series if len(series.value) else Reason("no_data", {"what": "volatility index"})
