"""An option chain as the row that is recorded of it."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Final

from utils.binance_api.answers import Answer
from utils.option_chain import OptionChain
from utils.recorder.smiles import RecordedChain, Smile, figures, percent, smiles_of
from utils.store.option_summaries import JsonObject, OptionSummary
from utils.units import PERCENT

Beside = tuple[Mapping[str, float | None], Sequence[JsonObject]]
"""Further figures of a chain, and objects to keep beside those of its expiries."""
NOTHING_BESIDE: Final[Beside] = ({}, ())
MeasureChain = Callable[[OptionChain, int], Awaitable[Beside]]
"""Measures what is kept beside a chain at a moment (UTC ms)."""


async def nothing_beside(chain: OptionChain, now: int) -> Beside:
    """Measure nothing."""
    del chain, now
    return NOTHING_BESIDE


def summary_of(answer: Answer[OptionChain], source: str, measured: Beside = NOTHING_BESIDE) -> OptionSummary:
    """Return the row to keep under ``source`` (``names``), with what was measured beside the chain.

    Volatility is in percent, skew and butterfly in its points, open interest in coins.
    """
    chain = answer.value
    smiles = smiles_of(chain)
    further, beside = measured
    return OptionSummary(
        source=source,
        underlying=chain.underlying,
        ts=answer.as_of,
        known_at=max(answer.fetched_at, answer.as_of),
        index_price=chain.index_price,
        figures={**figures(chain, smiles, answer.as_of), **further},
        surface=[*(_surface(smile) for smile in smiles), *beside],
    )


def recorded_chain(summary: OptionSummary) -> RecordedChain:
    """Return what a summary keeps of the chain."""
    return RecordedChain(
        ts=summary.ts,
        known_at=summary.known_at,
        figures=summary.figures,
        smiles=tuple(
            _recorded(row, expiry) for row in summary.surface if isinstance(expiry := row.get("expiry"), int)
        ),
        beside=tuple(row for row in summary.surface if "expiry" not in row),
    )


def _recorded(row: JsonObject, expiry: int) -> Smile:
    def number(name: str, unit: float = 1.0) -> float | None:
        value = row.get(name)
        return value / unit if isinstance(value, int | float) else None

    return Smile(
        expiry=expiry,
        forward=number("forward"),
        atm_iv=number("atm_iv_pct", PERCENT),
        risk_reversal=number("risk_reversal_25d_pts", PERCENT),
        butterfly=number("butterfly_25d_pts", PERCENT),
        call_open_interest=number("call_open_interest_base"),
        put_open_interest=number("put_open_interest_base"),
    )


def _surface(smile: Smile) -> Mapping[str, object]:
    return {
        "expiry": smile.expiry,
        "forward": smile.forward,
        "atm_iv_pct": percent(smile.atm_iv),
        "risk_reversal_25d_pts": percent(smile.risk_reversal),
        "butterfly_25d_pts": percent(smile.butterfly),
        "call_open_interest_base": smile.call_open_interest,
        "put_open_interest_base": smile.put_open_interest,
    }
