"""Every module, score and command about odd coins: new ones, without a perpetual, without spot, in thousands."""

from collections.abc import AsyncIterator, Mapping, Sequence
from typing import Final

import pytest
import pytest_asyncio

from analysis.framework.module import AnyModule
from analysis.registry import MODULES
from bot.http_api.times import rfc3339
from composite.declared import SCORES, DeclaredScore
from handlers.composites.registry import TOPICS
from handlers.ports import MessageContent
from tests.odd.holds import faults
from tests.odd.world import NOW, Event, World, odd_world
from utils.binance_api.intervals import DAY, HOUR

pytestmark = [pytest.mark.slow, pytest.mark.asyncio(loop_scope="module")]

ORDERS: Final[Mapping[str, Sequence[Event]]] = {
    "TRXUSDT": [{"event": "list", "days": 34}, {"event": "spot_only"}],
    "LTCUSDT": [{"event": "list", "days": 34}, {"event": "perpetual_only"}],
    "SHIBUSDT": [{"event": "list", "days": 6}],
    "LINKUSDT": [{"event": "list", "hours": 3}],
    "XRPUSDT": [{"event": "delist"}],
}
COINS: Final = {
    "spot alone, 68 bars": ("TRX", "12h"),
    "perpetual alone, 30 bars": ("LTC", "1d"),
    "thousands, 5 bars": ("SHIB", "1d"),
    "three hours, 1 bar": ("LINK", "2h"),
}
BESIDE: Final = {"TRX": "LTC", "LTC": "TRX", "SHIB": "TRX", "LINK": "TRX"}
"""The other coin of a basket."""
PERPETUAL: Final = frozenset(
    {"funding", "running", "open_interest", "open_interest_now", "supply", "mark", "brackets", "premium"}
    | {"global_accounts", "top_accounts", "top_positions", "taker", "liquidations", "quarterly"}
)
"""What only a perpetual has, as modules call it."""
EARLIER: Final = {"survives_covid_2020": "not_traded_then"}
"""Why a value is missing that a perpetual would not bring either."""
every_coin = pytest.mark.parametrize(("coin", "interval"), COINS.values(), ids=COINS)
COMMANDS: Final = [min(module.commands, key=len) for module in MODULES] + [
    name for topic in TOPICS for name in topic.commands[:1]
]


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def world() -> AsyncIterator[World]:
    async with odd_world(ORDERS) as made:
        yield made


def is_sound(content: MessageContent) -> bool:
    """Whether a message has neither holes nor the sentence of a defect."""
    words = content.plain.replace(",", " ").split()
    return "my fault" not in content.plain and not {"nan", "inf", "-inf", "None"} & set(words)


@every_coin
@pytest.mark.parametrize("module", MODULES, ids=lambda module: module.id)
async def test_a_module_says_truly_what_is_missing(
    world: World, coin: str, interval: str, module: AnyModule
) -> None:
    status, body = await world.get(f"/analysis/{module.id}?symbol={coin}&interval={interval}")
    if body.get("status") == 503:  # no bar of the module's own interval has closed
        assert f"no {module.interval_of(interval)} bar of {coin}USDT has closed yet" in body["detail"]
        return
    assert status == 200, body
    assert faults(body) == []


@every_coin
@pytest.mark.parametrize("score", SCORES, ids=lambda score: score.name)
async def test_a_score_says_truly_what_is_missing(
    world: World, coin: str, interval: str, score: DeclaredScore
) -> None:
    asked = f"symbol={coin}" if score.basket is None else f"symbols={coin},{BESIDE[coin]}"
    status, body = await world.get(f"/composite/{score.name}?{asked}&interval={interval}")
    assert status == 200, body
    assert faults(body) == []


@pytest.mark.parametrize("command", COMMANDS)
async def test_a_command_answers(world: World, command: str) -> None:
    """About the coin with one bar, of which some have something to say and some not."""
    beside = "btc " if command in {"scan", "oa"} else ""
    said = await world.say(f"/{command} {beside}link 2h")
    assert is_sound(said), said.plain
    assert world.dispatcher.failures == 0
    refused = said.plain.startswith("No ") and "has closed yet" in said.plain.splitlines()[0]
    assert (said.picture is not None) != refused, said.plain


async def test_a_coin_without_a_perpetual_is_said_to_have_none(world: World) -> None:
    for module in MODULES:
        status, body = await world.get(f"/analysis/{module.id}?symbol=TRX&interval=12h")
        assert status == 200
        needs = {spec.id for spec in module.metrics if PERPETUAL & set(spec.needs)}
        told = {one["id"]: one["reason"] for one in body["metrics"] if one["id"] in needs}
        codes = {name: why and why["code"] for name, why in told.items()}
        assert codes == {name: EARLIER.get(name, "no_perpetual") for name in needs}


async def test_without_a_closed_bar_a_shorter_interval_is_offered(world: World) -> None:
    status, body = await world.get("/analysis/trend?symbol=LINK&interval=1d")
    assert (status, body["detail"]) == (503, "binance.spot.klines: no 1d bar of LINKUSDT has closed yet")
    said = await world.say("/t link 1d")
    assert said.plain.startswith("No 1d bar of LINKUSDT has closed yet; the first one closes ")
    assert said.plain.endswith(" Example: /t LINKUSDT 15m")


@pytest.mark.parametrize("module", MODULES, ids=lambda module: module.id)
async def test_before_the_listing_there_is_nothing_and_it_is_said(world: World, module: AnyModule) -> None:
    before = rfc3339(NOW - 6 * DAY - HOUR)
    status, body = await world.get(f"/analysis/{module.id}?symbol=1000SHIB&interval=4h&at={before}")
    assert (status, body.get("parameter")) == (400, "at"), body
    said = await world.say(f"/{min(module.commands, key=len)} 1000SHIB 4h @{before[:16]}")
    assert "had closed by then. Example: /" in said.plain
    assert len(said.plain.splitlines()) == 1


async def test_the_exchange_is_asked_nothing_that_it_refuses(world: World) -> None:
    seen = world.last_call
    for coin, interval in COINS.values():
        await world.say(f"/s {coin} {interval}")
        await world.get(f"/analysis/redet?symbol={coin}&interval={interval}")
    refused = [call for call in world.sandbox.calls.after(seen) if call.status >= 400]
    assert refused == []


async def test_a_coin_that_is_delisted_between_two_questions_is_said_to_be_gone() -> None:
    async with odd_world({"DOGEUSDT": [{"event": "list", "days": 3}]}) as world:
        assert (await world.say("/t doge 1h")).picture is not None
        await world.order("DOGEUSDT", event="delist")
        await world.clock.advance(400_000)
        refused = await world.say("/r doge 5m")
        assert refused.plain == "The exchange does not list that symbol now."
        gone = await world.say("/r doge 1h")
        assert gone.plain.startswith("doge is no longer listed on Binance.")
        status, body = await world.get("/analysis/risk?symbol=DOGEUSDT")
        assert (status, body["detail"]) == (404, "symbol is delisted")
        assert world.dispatcher.failures == 0
        await world.order("DOGEUSDT", event="list", hours=1)
        await world.clock.advance(400_000)
        assert (await world.say("/t doge 5m")).picture is not None
