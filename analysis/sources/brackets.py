"""Margin brackets of the perpetual: the exchange's with a key and for the present, approximate ones otherwise."""

from dataclasses import dataclass

import numpy as np
from msgspec.structs import asdict

from analysis.features.liquidation import Brackets
from analysis.framework.question import Listing, Request, Sources
from analysis.framework.reasons import Reason
from utils.binance_api.account.schemas import SymbolBrackets
from utils.http.errors import SourceError


@dataclass(frozen=True, slots=True, eq=False)
class MarginBrackets:
    """A margin table and whether it is the approximate one."""

    table: Brackets
    approximate: bool


async def fetch_brackets(
    sources: Sources, request: Request, listing: Listing, approximate: Brackets
) -> MarginBrackets | Reason:
    """Read the perpetual's brackets; ``approximate`` ones where they cannot be read, a reason without a perpetual."""
    perpetual, account = listing.perpetual, sources.exchange.account
    stand_in = MarginBrackets(approximate, approximate=True)
    if isinstance(perpetual, Reason):
        return perpetual if perpetual.code == "no_perpetual" else stand_in
    if request.as_of is not None or not account.available:
        return stand_in
    try:
        received = (await account.brackets(perpetual.symbol)).value.get(perpetual.symbol)
    except SourceError:  # counted and logged by the exchange's client
        return stand_in
    return stand_in if received is None else MarginBrackets(exchange_brackets(received), approximate=False)


def exchange_brackets(received: SymbolBrackets) -> Brackets:
    """Return the exchange's brackets of one symbol; an account's coefficient widens them, which keeps them joined."""
    rows = sorted((asdict(row) for row in received.brackets), key=lambda row: float(row["notional_floor"]))
    columns = {name: np.array([float(row[name]) for row in rows]) for name in rows[0]}
    wider = received.notional_coef
    return Brackets(
        floor=columns["notional_floor"] * wider,
        cap=columns["notional_cap"] * wider,
        mmr=columns["maint_margin_ratio"],
        cum=columns["cum"] * wider,
        max_leverage=columns["initial_leverage"],
    )
