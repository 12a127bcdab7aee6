"""Several coins in one question: by their names or a basket's, each once, and one clear line where it cannot be."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

import pytest

from analysis.framework.module import TakesBasket
from analysis.framework.question import Basket, Instrument, Request
from analysis.framework.result import Analysis
from handlers.chat.callback_data import MAX_BYTES, CallbackData, parse_callback_data
from handlers.chat.keyboard import basket_key
from handlers.commands.routes import build_registry
from handlers.ports import ChatRef
from handlers.render.html import DOT
from handlers.render.subject import subject_words
from handlers.render.words import price
from handlers.services import BasketRows, HoldingsPort, SymbolFound
from tests.handlers.harness import ALI, ANN, NOW_MS, Harness, ScriptedRunner
from tests.handlers.sample import MODULE, analysis

GROUP = ChatRef(-100, "supergroup")
THREE = TakesBasket(most=3)
BOTH = Basket((Instrument("spot", "BTCUSDT"), Instrument("spot", "ETHUSDT")))


@dataclass
class Baskets:
    """Rows that outlive the process."""

    rows: dict[str, Basket] = field(default_factory=dict)

    async def keep(self, key: str, basket: Basket) -> None:
        self.rows[key] = basket

    async def find(self, key: str) -> Basket | None:
        return self.rows.get(key)


class Runner(ScriptedRunner):
    """Answers about the basket asked."""

    async def run(self, module_id: str, request: Request, **options: object) -> Analysis:
        self.asked.append(request)
        return replace(analysis(request, as_of=request.as_of or NOW_MS), basket=request.basket)


def harness(
    takes: TakesBasket = THREE, *, baskets: BasketRows | None = None, holdings: HoldingsPort | None = None
) -> Harness:
    registry = build_registry((replace(MODULE, basket=takes),))
    return Harness(registry=registry, runner=Runner(), baskets=baskets, holdings=holdings)


async def asked(words: str) -> Request:
    made = harness()
    await made.type(f"/t {words}")
    (request,) = made.runner.asked
    return request


@pytest.mark.parametrize(
    "words",
    ["btc eth", "eth btc", "btc,eth", "BTCUSDT ETHUSDT btc", "$btc 4h eth", "btc eth 4 h", "btc, eth; BTC"],
)
async def test_the_same_coins_are_the_same_question(words: str) -> None:
    request = await asked(words)
    assert request == Request("BTCUSDT", "4h", basket=BOTH)


async def test_intervals_and_past_moments_are_read_as_for_one_coin() -> None:
    request = await asked("eth 1h btc @2024-01-02")
    assert (request.interval, request.as_of, request.basket) == ("1h", 1_704_153_600_000, BOTH)


@pytest.mark.parametrize("words", ["eth", "eth ETHUSDT", ""])
async def test_one_coin_or_none_is_no_basket(words: str) -> None:
    request = await asked(words)
    assert request.basket is None
    assert request.symbol == ("ETHUSDT" if words else "BTCUSDT")


async def test_a_basket_goes_by_its_name_and_mixes_with_coins() -> None:
    assert (await asked("top2")).basket == replace(BOTH, name="top2")
    assert (await asked("top 2")).basket == replace(BOTH, name="top2")
    mixed = (await asked("top2 shib")).basket
    assert mixed is not None
    assert (mixed.name, mixed.symbols) == (None, ("1000SHIBUSDT", "BTCUSDT", "ETHUSDT"))


async def test_a_typo_is_named_beside_the_answer() -> None:
    made = harness()
    await made.type("/t btcc eth")
    assert "Showing BTCUSDT for btcc." in made.answer.plain


async def test_every_word_that_is_no_coin_is_named_and_the_rest_is_offered() -> None:
    made = harness()
    await made.type("/t btc nonesuch eth gone")
    assert not made.runner.asked
    assert "I find no nonesuch" in made.answer.plain
    assert "gone is no longer listed" in made.answer.plain
    assert made.answer.plain.count("Example:") == 1
    await made.press(made.buttons["BTC ETH 4h"])
    assert made.runner.asked == [Request("BTCUSDT", "4h", basket=BOTH)]


@pytest.mark.parametrize(
    ("takes", "words", "said"),
    [
        (TakesBasket(most=2), "btc eth shib", "3 symbols are too many; I take 2 at once."),
        (TakesBasket(single=False), "btc", "Name at least 2 symbols."),
        (TakesBasket(single=False, unnamed="holdings"), "", "Name at least 2 symbols."),
    ],
)
async def test_too_many_or_too_few_are_one_line(takes: TakesBasket, words: str, said: str) -> None:
    made = harness(takes)
    await made.type(f"/t {words}")
    assert not made.runner.asked
    assert made.answer.plain == f"{said} Example: /t BTC ETH SOL"


async def test_turkish_is_told_in_turkish() -> None:
    made = harness(TakesBasket(most=2))
    await made.type("/t btc eth shib", ALI)
    assert "symbols" not in made.answer.plain


async def test_the_card_names_the_coins_and_has_no_price() -> None:
    made = harness()
    await made.type("/t btc eth")
    alone = harness()
    await alone.type("/t eth")
    assert made.answer.plain.startswith(f"BTC ETH{DOT}4h")
    shown = price(analysis().price, "en")
    assert shown in alone.answer.plain
    assert shown not in made.answer.plain


async def test_buttons_name_the_basket_by_a_key_that_outlives_the_process() -> None:
    rows = Baskets()
    made = harness(baskets=rows)
    await made.type("/t eth btc")
    data = [parse_callback_data(one) for one in made.buttons.values()]
    assert {one.subject for one in data if isinstance(one, CallbackData)} == {basket_key(BOTH)}
    assert all(len(one.encode()) <= MAX_BYTES for one in made.buttons.values())
    later = harness(baskets=rows)
    await later.press(made.buttons["1h"])
    assert later.runner.asked == [Request("BTCUSDT", "1h", basket=BOTH)]


async def test_a_key_that_nobody_kept_is_said_to_be_unknown() -> None:
    made = harness()
    await made.press(f"1|r|t|{basket_key(BOTH)}|4h|-|-")
    assert not made.runner.asked
    assert "no longer know this button" in made.notifier.callback_answers[-1][1]


async def test_refresh_asks_for_the_members_of_today() -> None:
    made = harness()
    await made.type("/t top2")
    made.symbols.top = ("ETHUSDT", "SOLUSDT")
    await made.press(made.buttons["↻ Refresh"])
    fresh = made.runner.asked[-1].basket
    assert fresh is not None
    assert fresh.symbols == ("ETHUSDT", "SOLUSDT")


async def test_an_explanation_is_of_the_members_that_the_card_shows() -> None:
    made = harness()
    await made.type("/t top2")
    made.symbols.top = ("ETHUSDT", "SOLUSDT")
    await made.press(made.buttons["Why?"])
    assert len(made.runner.asked) == 1


@dataclass
class Holdings:
    held: Sequence[SymbolFound] = (SymbolFound("BTCUSDT", "spot"), SymbolFound("ETHUSDT", "spot"))

    async def symbols(self) -> tuple[SymbolFound, ...]:
        return tuple(self.held)


@pytest.mark.parametrize(
    ("chat", "owner", "shown"),
    [(ChatRef(7, "private"), True, True), (ChatRef(7, "private"), False, False), (GROUP, True, False)],
)
async def test_the_owners_coins_are_for_the_owner_in_private_alone(
    chat: ChatRef, owner: bool, shown: bool
) -> None:
    made = harness(TakesBasket(single=False, unnamed="holdings"), holdings=Holdings())
    made.owners = {ANN.id} if owner else set()
    await made.type("/t", chat=chat)
    assert made.runner.asked == ([Request("BTCUSDT", "4h", basket=BOTH)] if shown else [])


def test_many_coins_are_named_shortly() -> None:
    coins = tuple(Instrument("spot", f"{coin}USDT") for coin in ("BTC", "ETH", "SOL", "XRP", "ADA", "LTC"))
    assert subject_words(Basket(coins)) == "ADA BTC ETH LTC +2"
    assert subject_words(Basket(coins, "majors")) == "majors"
    mixed = Basket((Instrument("spot", "BTCUSDT"), Instrument("spot", "ETHTRY")))
    assert subject_words(mixed) == "BTCUSDT ETHTRY"
