"""`/settings` as people type it: what is shown, what each value becomes, and what is said where it cannot be."""

import pytest

from handlers.ports import ChatRef
from handlers.settings.choices import CHOICE_NAMES, choice_text
from handlers.settings.declared import SETTINGS
from tests.handlers.harness import ALI, ALONE, ANN, GROUP, Harness, ScriptedSymbols
from utils.http.errors import Unavailable
from utils.sandbox.telegram.text.html import parse_html

COLUMNS = 32


class Symbols(ScriptedSymbols):
    """Knows two quotes alone."""

    async def resolve(self, word: str, *, quote: str):  # type: ignore[no-untyped-def]
        return await super().resolve(word, quote=quote if quote in {"USDT", "TRY"} else "USDT")


async def typed(text: str, chat: ChatRef = ALONE) -> tuple[Harness, dict[str, str]]:
    """The harness after a message, and what the chat has chosen then."""
    harness = Harness(symbols=Symbols())
    await harness.type(text, chat=chat)
    choices = await harness.choices.of(chat.chat_id)
    kept = {str(name): choice_text(choices, name) for name in CHOICE_NAMES}
    return harness, {name: text for name, text in kept.items() if text is not None}


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ("/settings zone Europe/Istanbul", {"time_zone": "Europe/Istanbul"}),
        ("/settings zone istanbul", {"time_zone": "Europe/Istanbul"}),
        ("/settings time zone new york", {"time_zone": "America/New_York"}),
        ("/ayarlar saat dilimi İstanbul", {"time_zone": "Europe/Istanbul"}),
        ("/settings tz UTC", {"time_zone": "UTC"}),
        ("/settings tz argentina/buenos_aires", {}),
        ("/settings quiet 23:00-07:00", {"quiet_hours": "23:00-07:00"}),
        ("/settings quiet hours 22.30 - 7", {"quiet_hours": "22:30-07:00"}),
        ("/ayarlar sessiz 23-8", {"quiet_hours": "23:00-08:00"}),
        ("/settings quiet off", {}),
        ("/settings symbol eth", {"default_symbol": "ETHUSDT"}),
        ("/settings symbol shib", {"default_symbol": "1000SHIBUSDT.P"}),
        ("/settings symbol btcc", {}),
        ("/settings symbol nothing", {}),
        ("/settings quote try", {"quote": "TRY"}),
        ("/settings quote shoes", {}),
        ("/settings interval 1 day", {"default_interval": "1d"}),
        ("/ayarlar aralık 4 saat", {"default_interval": "4h"}),
        ("/settings interval 7h", {}),
        ("/settings theme light", {"theme": "light"}),
        ("/ayarlar tema açık", {"theme": "light"}),
        ("/settings theme pink", {}),
        ("/settings language Türkçe", {"language": "tr"}),
        ("/language tr", {"language": "tr"}),
        ("/dil ingilizce", {"language": "en"}),
        ("/language klingon", {}),
        ("/settings shoes 42", {}),
        ("/settings", {}),
        ("/settings theme", {}),
    ],
)
async def test_what_is_typed_is_kept_or_refused_in_one_answer(text: str, kept: dict[str, str]) -> None:
    harness, choices = await typed(text)
    assert choices == kept
    assert len(harness.notifier.sent) == 1
    answer = harness.answer
    assert parse_html(answer.text).text == answer.plain


@pytest.mark.parametrize("word", ["default", "reset", "varsayılan"])
async def test_a_choice_is_taken_back(word: str) -> None:
    harness = Harness()
    await harness.choose("time_zone", "Asia/Tokyo")
    await harness.type(f"/settings zone {word}")
    assert (await harness.choices.of(7)).time_zone is None
    assert "UTC" in harness.answer.plain


@pytest.mark.parametrize(
    ("text", "word", "says", "near"),
    [
        ("/settings zone istambul", "istambul", "/settings zone", "Europe/Istanbul"),
        ("/settings zone buenos", "buenos", "/settings zone", ""),
        ("/settings symbol btcc", "btcc", "/settings symbol", "BTCUSDT"),
        ("/settings symbol bt", "bt", "/settings symbol", "BTCTRY"),
        ("/settings interval 7h", "7h", "/settings interval", "8h"),
        ("/settings theme <b>", "<b>", "/settings theme", ""),
        ("/settings quiet night", "night", "/settings quiet", ""),
        ("/settings hat red", "hat", "/settings zone", ""),
    ],
)
async def test_an_unknown_value_is_quoted_with_what_to_type_and_what_is_near(
    text: str, word: str, says: str, near: str
) -> None:
    harness, _ = await typed(text)
    assert word in harness.answer.plain
    assert says in harness.answer.plain
    assert near in [*harness.buttons, ""]


async def test_what_is_near_can_be_pressed() -> None:
    harness, _ = await typed("/settings zone istambul")
    await harness.press(harness.buttons["Europe/Istanbul"], picture=False)
    assert (await harness.choices.of(7)).time_zone == "Europe/Istanbul"


async def test_a_change_is_answered_in_what_holds_from_then_on() -> None:
    harness, _ = await typed("/language tr")
    assert "Türkçe" in harness.answer.plain
    assert "Dil" in harness.answer.plain


@pytest.mark.parametrize("language", ["en", "tr"])
@pytest.mark.parametrize("zone", ["Europe/Istanbul", "America/Argentina/ComodRivadavia", "UTC"])
async def test_the_card_names_every_setting_within_the_columns_of_a_phone(language: str, zone: str) -> None:
    harness = Harness()
    await harness.choose("language", language)
    await harness.choose("time_zone", zone)
    await harness.choose("default_symbol", "1000000MOGUSDT.P")
    await harness.type("/settings")
    table = harness.answer.text.split("<pre>")[1].split("</pre>")[0]
    lines = table.splitlines()
    assert len(lines) == len(SETTINGS) == len(harness.buttons)
    assert max(map(len, lines)) <= COLUMNS


async def test_in_a_group_admins_alone_change_and_all_may_look() -> None:
    harness = Harness()
    await harness.type("/settings theme light", ANN, GROUP)
    await harness.type("/settings", ANN, GROUP)
    refused, card = (content for _, content, _ in harness.notifier.sent)
    assert "admins" in refused.plain
    assert "<pre>" in card.text
    assert (await harness.choices.of(GROUP.chat_id)).theme is None
    harness.notifier.admins.add(ALI.id)
    await harness.type("/settings theme light", ALI, GROUP)
    assert (await harness.choices.of(GROUP.chat_id)).theme == "light"


async def test_what_cannot_be_kept_or_looked_up_is_said() -> None:
    class Closed:
        async def find(self, chat_id: int) -> dict[str, str]:
            raise Unavailable("database", "gone")

        async def change(self, chat_id: int, changes: object) -> None:
            raise Unavailable("database", "gone")

    harness = Harness(choice_rows=Closed())
    await harness.type("/settings theme light")
    assert "cannot keep" in harness.answer.plain
    other = Harness()
    other.symbols.error = Unavailable("binance.spot.symbols", "gone")
    await other.type("/settings symbol eth")
    assert "exchange" in other.answer.plain
