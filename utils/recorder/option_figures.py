"""An option chain as the row that is recorded of it."""

from collections.abc import Mapping

from utils.binance_api.answers import Answer
from utils.option_chain import OptionChain
from utils.recorder.smiles import Smile, figures, percent, smile
from utils.store.option_summaries import OptionSummary


def summary_of(answer: Answer[OptionChain], source: str) -> OptionSummary:
    """Return the row to keep under ``source`` (``names``).

    Volatility is in percent, skew and butterfly in its points, open interest in coins.
    """
    chain = answer.value
    smiles = [smile(chain, chain.expiry == expiry) for expiry in chain.expiries]
    return OptionSummary(
        source=source,
        underlying=chain.underlying,
        ts=answer.as_of,
        known_at=max(answer.fetched_at, answer.as_of),
        index_price=chain.index_price,
        figures=figures(chain, smiles, answer.as_of),
        surface=[_surface(smile) for smile in smiles],
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
