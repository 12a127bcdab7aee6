"""The longer past of scalars over the sandbox's sockets: each row is what an answer at its close said."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import numpy as np
import pytest

from analysis.framework.past_reader import PastReader
from analysis.framework.question import Request, Sources
from analysis.framework.runner import Runner
from analysis.registry import MODULES
from tests.analysis.sandboxed import break_path
from utils.binance_api.binance_a import BinanceAggregator
from utils.http.errors import SourceError
from utils.recorder.history import History
from utils.sandbox.exchange import ExchangeSandbox

ASKED = Request("BTCUSDT", "4h")
ROWS = 1_100
SAME = 1e-9
CONFIGS = {module.id: module.config() for module in MODULES}


@pytest.fixture
def reader(exchange: BinanceAggregator) -> PastReader:
    return PastReader(Sources(exchange, History(exchange, lambda: None)), MODULES, lambda: CONFIGS)


async def test_a_row_is_what_an_answer_said_at_its_close(reader: PastReader, runner: Runner) -> None:
    read = await reader.read("trend", ASKED, ROWS)
    past, live = read.past, await runner.run("trend", ASKED)
    assert (read.config_hash, len(past.time)) == (live.config_hash, ROWS)
    assert past.time[-1] == live.bar_close
    for row in (0, 1, 499, 700):
        then = await runner.run("trend", replace(ASKED, as_of=int(past.time[row]) + 1))
        assert then.bar_close == past.time[row]
        for scalar in then.scalars:
            assert scalar.value == pytest.approx(past.values[scalar.name][row], abs=SAME, rel=0), scalar.name


async def test_it_goes_on_into_the_past_of_an_answer(reader: PastReader, runner: Runner) -> None:
    past, live = (await reader.read("trend", ASKED, ROWS)).past, (await runner.run("trend", ASKED)).past
    rows = len(live.time)
    assert 300 < rows < ROWS
    np.testing.assert_array_equal(past.time[-rows:], live.time)
    for name, column in live.values.items():
        assert np.isfinite(column).mean() > 0.9
        # the oldest rows of an answer have fewer closes before them than its last, which the slowest average feels
        near = 0.005 if name == "trend.slow" else SAME
        np.testing.assert_allclose(past.values[name][-rows:], column, rtol=0, atol=near, err_msg=name)


async def test_a_young_coin_has_what_it_has(reader: PastReader) -> None:
    past = (await reader.read("trend", replace(ASKED, interval="1w"), ROWS)).past
    assert 0 < len(past.time) < ROWS


async def test_an_executor_changes_nothing(reader: PastReader, exchange: BinanceAggregator) -> None:
    sources = Sources(exchange, History(exchange, lambda: None))
    with ThreadPoolExecutor(1) as executor:
        other = PastReader(sources, MODULES, lambda: CONFIGS, executor=executor)
        found = (await other.read("trend", ASKED, 50)).past
    alone = (await reader.read("trend", ASKED, 50)).past
    np.testing.assert_array_equal(found.values["trend.strength"], alone.values["trend.strength"])


async def test_bars_that_cannot_be_read_are_an_error(reader: PastReader, sandbox: ExchangeSandbox) -> None:
    await break_path(sandbox.spot_url, "/api/v3/klines")
    with pytest.raises(SourceError):
        await reader.read("trend", ASKED, ROWS)
