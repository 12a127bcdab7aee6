"""Both option sources about one simulated market: the same smile, open interest and zero-gamma level, in one unit."""

import random
from collections.abc import AsyncIterator
from dataclasses import dataclass

import aiohttp
import numpy as np
import pytest

from analysis.features.gamma_exposure import by_strike, open_options, zero_gamma
from tests.support.clock import FakeClock
from utils.binance_api.answers import Answer
from utils.binance_api.binance_a import BinanceAggregator
from utils.binance_api.urls import BinanceUrls
from utils.http.errors import SourceError
from utils.http.retry import RetryPolicy
from utils.http.session import open_session
from utils.option_chain import OptionChain
from utils.options_api.deribit import Deribit
from utils.options_api.deribit_client import DeribitTuning
from utils.recorder.smiles import figures, smile
from utils.sandbox.deribit import DeribitSandbox
from utils.sandbox.deribit.answers import HELD_TIMES
from utils.sandbox.exchange import ExchangeSandbox

NOW = 1_795_178_096_789
HOUR, DAY = 3_600_000, 86_400_000
NO_RETRIES = DeribitTuning(retry=RetryPolicy(attempts=1))


@dataclass(frozen=True, slots=True)
class Both:
    binance: BinanceAggregator
    deribit: Deribit
    exchange: ExchangeSandbox
    server: DeribitSandbox
    session: aiohttp.ClientSession

    async def order(self, fault: object) -> None:
        url = f"{self.server.url}/_sandbox/faults"
        async with self.session.post(url, json={"fault": fault}) as answer:
            assert answer.status == 200


@pytest.fixture
async def both() -> AsyncIterator[Both]:
    clock, rng = FakeClock(NOW), random.Random(1)
    exchange = ExchangeSandbox(clock=clock)
    server = DeribitSandbox(exchange)
    await exchange.start()
    await server.start()
    urls = BinanceUrls(exchange.spot_url, exchange.futures_url, exchange.options_url)
    async with open_session() as session:
        binance = BinanceAggregator(urls, session=session, clock=clock, rng=rng)
        deribit = Deribit(server.url, session=session, clock=clock, now_ms=clock.now_ms, rng=rng)
        yield Both(binance, deribit, exchange, server, session)
        await deribit.close()
        await binance.close()
    await server.stop()
    await exchange.stop()


def skew(answer: Answer[OptionChain]) -> dict[str, float | None]:
    chain = answer.value
    smiles = [smile(chain, chain.expiry == expiry) for expiry in chain.expiries]
    return dict(figures(chain, smiles, answer.as_of))


async def test_the_two_sources_agree(both: Both) -> None:
    one, two = await both.binance.options.option_chain("BTCUSDT"), await both.deribit.option_chain("BTC")
    here, there = skew(one), skew(two)
    for name, tolerance in (
        ("atm_iv_30d_pct", 0.3),
        ("risk_reversal_25d_30d_pts", 0.3),
        ("butterfly_25d_30d_pts", 0.2),
    ):
        assert there[name] == pytest.approx(here[name], abs=tolerance)
        assert here[name] != 0
    assert there["open_interest_base"] == pytest.approx(
        HELD_TIMES * (here["open_interest_base"] or 0), rel=1e-3
    )
    np.testing.assert_array_equal(one.value.expiry, two.value.expiry)
    np.testing.assert_allclose(two.value.mark_iv, one.value.mark_iv, atol=6e-5)
    small, large = (
        by_strike(open_options(one.value, one.as_of)),
        by_strike(open_options(two.value, two.as_of)),
    )
    assert large.gross == pytest.approx(HELD_TIMES * small.gross, rel=0.03)
    assert large.net_share == pytest.approx(small.net_share, abs=0.05)
    levels = [zero_gamma(open_options(answer.value, answer.as_of)) for answer in (one, two)]
    assert (levels[0] is None) == (levels[1] is None)


async def test_linear_options_are_read_for_no_coin_that_has_inverse_ones(both: Both) -> None:
    names = (await both.deribit.option_chain("BTC")).value.symbols
    assert not any("USDC" in name for name in names)
    with pytest.raises(SourceError, match="no options are listed"):
        await both.deribit.option_chain("SOL")


async def test_the_volatility_index_is_that_of_the_market(both: Both) -> None:
    found = await both.deribit.series("dvol_btc", NOW - 60 * DAY, NOW, as_of=None)
    assert len(found.time) == 60 * 24 - 1
    assert set(np.diff(found.time)) == {HOUR}
    assert found.known_at[-1] <= NOW
    now = both.exchange.market.volatility_index("BTC", int(found.time[-1]), NOW, NOW)
    assert found.value[-1] == pytest.approx(100 * now[int(found.time[-1])], abs=1e-3)
    at_the_money = skew(await both.deribit.option_chain("BTC"))["atm_iv_30d_pct"]
    assert at_the_money is not None
    assert abs(found.value[-1] - at_the_money) < 10


@pytest.mark.parametrize("fault", [{"not_json": {}}, {"truncate": {"bytes": 50}}, {"maintenance": {}}])
async def test_what_it_sends_wrong_is_an_error_of_the_tree(both: Both, fault: object) -> None:
    await both.order(fault)
    once = Deribit(
        both.server.url,
        session=both.session,
        clock=FakeClock(NOW),
        now_ms=lambda: NOW,
        rng=random.Random(1),
        tuning=NO_RETRIES,
    )
    with pytest.raises(SourceError):
        await once.option_chain("BTC")
    await once.close()
