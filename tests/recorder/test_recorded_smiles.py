"""The smile of recorded chains: parity of its quotes, nothing extrapolated, and the skew of that day."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from tests.support import recorded_options
from utils.option_chain import OptionChain
from utils.recorder.smiles import figures, smile

DAY = 86_400_000


@pytest.fixture(scope="module")
def chains(shared_data: Path) -> dict[int, OptionChain]:
    frames = recorded_options.btc_chains(shared_data)
    return {now: recorded_options.btc_chain(frame, now) for now, frame in frames.items()}


def flipped(chain: OptionChain) -> OptionChain:
    """Each option as its partner of the other side: by parity it has the partner's volatility at its strike."""
    return replace(chain, is_call=~chain.is_call, delta=chain.delta + np.where(chain.is_call, -1, 1))


def bounds(chain: OptionChain, expiry: int) -> tuple[float, float]:
    """The least and the greatest risk reversal of 25 delta that the quoted volatilities allow; NaN without quotes."""
    found = []
    for call, put in ((chain.bid_iv, chain.ask_iv), (chain.ask_iv, chain.bid_iv)):
        quoted = replace(chain, mark_iv=np.where(chain.is_call, call, put))
        value = smile(quoted, quoted.expiry == expiry).risk_reversal
        found.append(np.nan if value is None else value)
    return found[0], found[1]


def test_out_of_the_money_and_in_the_money_quotes_allow_one_risk_reversal(
    chains: dict[int, OptionChain],
) -> None:
    """Parity on quotes: what calls of 25 and puts of -25 delta allow must overlap what their partners allow."""
    judged = 0
    for chain in chains.values():
        for expiry in chain.expiries:
            low, high = bounds(chain, expiry)
            partner_low, partner_high = bounds(flipped(chain), expiry)
            marked = smile(chain, chain.expiry == expiry).risk_reversal
            if marked is not None and np.isfinite([low, high]).all():
                assert low - 2e-3 <= marked <= high + 2e-3
            if np.isfinite([low, high, partner_low, partner_high]).all():
                judged += 1
                assert max(low, partner_low) <= min(high, partner_high)
    assert judged > 40


def test_a_side_taken_for_the_other_would_show(chains: dict[int, OptionChain]) -> None:
    """Without the partner's delta the sides are exchanged, and the quotes contradict each other."""
    wrong = 0
    for chain in chains.values():
        exchanged = replace(chain, is_call=~chain.is_call, delta=-chain.delta)
        for expiry in chain.expiries:
            (low, high), (other_low, other_high) = bounds(chain, expiry), bounds(exchanged, expiry)
            wrong += max(low, other_low) > min(high, other_high)
    assert wrong > 20


def test_the_risk_reversal_of_that_day_was_negative(chains: dict[int, OptionChain]) -> None:
    """Market facts: -2 to -6 vol points in January 2026."""
    for now, chain in chains.items():
        smiles = [smile(chain, chain.expiry == expiry) for expiry in chain.expiries]
        found = figures(chain, smiles, now)
        reversal, butterfly = found["risk_reversal_25d_30d_pts"], found["butterfly_25d_30d_pts"]
        assert reversal is not None
        assert butterfly is not None
        assert -6.5 < reversal < -2
        assert 0 < butterfly < 3


def test_nothing_is_read_beyond_the_outermost_delta_or_expiry(chains: dict[int, OptionChain]) -> None:
    now, chain = next(iter(chains.items()))
    expiry = int(chain.expiries[-1])
    lines = chain.expiry == expiry
    assert smile(chain, lines).risk_reversal is not None
    near = lines & ~(chain.is_call & (chain.delta < 0.3))
    assert smile(chain, near).risk_reversal is None
    short = [smile(chain, chain.expiry == e) for e in chain.expiries if e - now < 30 * DAY]
    long = [smile(chain, chain.expiry == e) for e in chain.expiries if e - now > 30 * DAY]
    for part in (short, long):
        assert figures(chain, part, now)["risk_reversal_25d_30d_pts"] is None
        assert figures(chain, part, now)["atm_iv_30d_pct"] is None
