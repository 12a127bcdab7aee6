"""`/fav`: lists of symbols are filled, emptied, shown, bounded, and used as baskets; in a group admins change them."""

from collections.abc import Mapping, Sequence

import pytest

from handlers.favourites.changes import Wish, read_wish
from handlers.favourites.lists import ChatSymbols, UnkeptLists
from handlers.services import NamedBasket, SymbolFound
from tests.handlers.harness import ALI, ALONE, ANN, GROUP, Harness, ScriptedSymbols
from tests.handlers.test_baskets import harness as basket_harness
from utils.http.errors import Unavailable
from utils.sandbox.telegram.text.html import parse_html

Lists = Mapping[str, Sequence[str]]


async def after(*texts: str, **settings: object) -> tuple[Harness, Lists]:
    """The harness after messages in a private chat, and the lists of the chat then."""
    harness = Harness(**settings)  # type: ignore[arg-type]
    for text in texts:
        await harness.type(text)
    lists = await harness.lists.find(ALONE.chat_id)
    return harness, {name: list(symbols) for name, symbols in lists.items()}


@pytest.mark.parametrize(
    ("words", "wish"),
    [
        ("", Wish("show", None)),
        ("add sol avax", Wish("add", "fav", ("sol", "avax"))),
        ("sol", Wish("add", "fav", ("sol",))),
        ("EKLE sol", Wish("add", "fav", ("sol",))),
        ("sil sol", Wish("remove", "fav", ("sol",))),
        ("- sol", Wish("remove", "fav", ("sol",))),
        ("clear", Wish("clear", "fav")),
        ("Alts add sol", Wish("add", "alts", ("sol",))),
        ("alts sol", Wish("add", "alts", ("sol",))),
        ("alts", Wish("show", "alts")),
        ("other", Wish("add", "fav", ("other",))),
        ("other ekle sol", Wish("add", "other", ("sol",))),
        ("favori", Wish("show", "fav")),
        ("fav rm sol", Wish("remove", "fav", ("sol",))),
    ],
)
def test_words_ask_for_a_deed_with_a_list(words: str, wish: Wish) -> None:
    assert read_wish(words.split(), ("alts",)) == wish


@pytest.mark.parametrize(
    ("texts", "lists"),
    [
        (["/fav add btc eth"], {"fav": ["BTCUSDT", "ETHUSDT"]}),
        (["/fav eth,btc", "/fav shib btc"], {"fav": ["ETHUSDT", "BTCUSDT", "1000SHIBUSDT.P"]}),
        (["/fav btc eth", "/fav remove btc"], {"fav": ["ETHUSDT"]}),
        (["/fav btc eth", "/favori temizle"], {}),
        (["/fav alts add eth", "/fav btc"], {"alts": ["ETHUSDT"], "fav": ["BTCUSDT"]}),
        (["/fav add btc nothing"], {}),
        (["/fav add"], {}),
        (["/fav btc add eth"], {}),
        (["/fav top2 add eth"], {}),
        (["/fav add add btc"], {}),
        (["/fav"], {}),
    ],
)
async def test_lists_are_filled_and_emptied(texts: list[str], lists: Lists) -> None:
    harness, kept = await after(*texts)
    assert kept == lists
    assert len(harness.notifier.sent) == len(texts)
    for _, content, _ in harness.notifier.sent:
        assert parse_html(content.text).text == content.plain


async def test_a_list_and_their_number_are_bounded() -> None:
    harness, kept = await after(
        "/fav btc eth", "/fav shib", "/fav a1 add btc", symbols_per_list=2, lists_per_chat=1
    )
    assert kept == {"fav": ["BTCUSDT", "ETHUSDT"]}
    too_long, too_many = (content.plain for _, content, _ in harness.notifier.sent[1:])
    assert "at most 2" in too_long
    assert "1 lists already" in too_many


async def test_a_button_of_a_list_gives_the_scores_of_its_symbol() -> None:
    harness, _ = await after("/fav btc eth")
    await harness.press(harness.buttons["ETHUSDT"], picture=False)
    assert harness.runner.asked[-1].symbol == "ETHUSDT"


async def test_a_group_has_lists_of_its_own_that_admins_change() -> None:
    harness = Harness()
    harness.notifier.admins.add(ALI.id)
    await harness.type("/fav btc", ANN, GROUP)
    assert "admins" in harness.notifier.sent[-1][1].plain
    await harness.type("/fav btc", ALI, GROUP)
    await harness.type("/fav", ANN, GROUP)
    assert "BTCUSDT" in harness.buttons
    await harness.type("/fav", ANN, ALONE)
    assert "BTCUSDT" not in harness.buttons


async def test_a_list_is_a_basket_by_its_name() -> None:
    harness = basket_harness()
    await harness.type("/fav btc eth")
    await harness.type("/t fav")
    basket = harness.runner.asked[-1].basket
    assert basket is not None
    assert (basket.name, [one.symbol for one in basket.members]) == ("fav", ["BTCUSDT", "ETHUSDT"])
    refresh = next(data for text, data in harness.buttons.items() if "Refresh" in text)
    await harness.type("/fav eth shib")
    await harness.type("/fav remove btc")
    await harness.press(refresh)
    changed = harness.runner.asked[-1].basket
    assert changed is not None
    assert {one.symbol for one in changed.members} == {"ETHUSDT", "1000SHIBUSDT"}


async def test_without_favourites_the_basket_says_how_to_have_some() -> None:
    harness = basket_harness()
    await harness.type("/t favoriler")
    assert "/fav add" in harness.answer.plain
    assert harness.runner.asked == []


class Closed(UnkeptLists):
    async def find(self, chat_id: int) -> Lists:
        raise Unavailable("database", "gone")


async def test_a_database_that_fails_is_said_and_costs_no_other_basket() -> None:
    harness = Harness(lists=Closed())
    await harness.type("/fav")
    assert "try again" in harness.answer.plain
    symbols = ChatSymbols(ScriptedSymbols(), Closed(), 7)
    assert await symbols.basket("alts", quote="USDT") is None
    assert await symbols.basket("top2", quote="USDT") is not None
    with pytest.raises(Unavailable):
        await symbols.basket("fav", quote="USDT")


async def test_the_exchanges_baskets_come_before_a_list() -> None:
    lists = UnkeptLists()
    await lists.replace(7, {"top2": ["SOLUSDT"], "alts": ["SOLUSDT.P"]})
    symbols = ChatSymbols(ScriptedSymbols(), lists, 7)
    named = await symbols.basket("top2", quote="USDT")
    assert named is not None
    assert len(named.found) == 2
    assert await symbols.basket("ALTS", quote="USDT") == NamedBasket(
        "alts", (SymbolFound("SOLUSDT", "futures"),)
    )
