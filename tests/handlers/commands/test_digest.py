"""The command that makes, lists and ends digests."""

from collections.abc import AsyncIterator

import pytest

from bot.scheduler.stored_digests import StoredDigests
from handlers.commands.digest import MOST_COINS, MOST_PER_CHAT
from tests.handlers.harness import ALI, ALONE, ANN, GROUP, Harness
from tests.support.clock import FakeClock
from utils.store.store import Store, open_store

BOT = 7


@pytest.fixture
async def store(database_address: str) -> AsyncIterator[Store]:
    async with open_store(database_address) as opened:
        yield opened


@pytest.fixture
def harness(store: Store) -> Harness:
    clock = FakeClock()
    made = Harness(digests=StoredDigests(lambda: store, clock, lambda: BOT))
    made.clock = clock
    return made


def said(harness: Harness) -> str:
    return harness.notifier.sent[-1][1].plain


async def test_a_digest_is_made_listed_and_ended(harness: Harness, store: Store) -> None:
    await harness.choose("time_zone", "Europe/Istanbul")
    await harness.type("/digest 08:00 btc eth 4h weekdays")
    assert said(harness).startswith("Digest 1 is set\n08:00 on weekdays · BTC ETH · 4h\nnext: ")
    assert said(harness).endswith("by the clocks of Europe/Istanbul")
    (kept,) = await store.digests.of_chat(BOT, ALONE.chat_id)
    assert kept.definition.symbols == (("BTCUSDT", "spot"), ("ETHUSDT", "spot"))
    assert (kept.definition.minute, kept.definition.interval, kept.turn.zone) == (
        480,
        "4h",
        "Europe/Istanbul",
    )
    await harness.type("/digests")
    assert "1 08:00 on weekdays · BTC ETH · 4h" in said(harness)
    assert "/digest off 1 ends one." in said(harness)
    await harness.type("/digest off 1")
    assert said(harness) == "Digest 1 has ended."
    assert await store.digests.of_chat(BOT, ALONE.chat_id) == ()
    await harness.type("/digest off 1")
    assert "is the number of no digest here" in said(harness)


async def test_without_coins_it_is_about_the_chats_own(harness: Harness, store: Store) -> None:
    await harness.type("/digest 7:30")
    (kept,) = await store.digests.of_chat(BOT, ALONE.chat_id)
    assert kept.definition.symbols == (("BTCUSDT", "spot"),)
    assert (kept.definition.minute, kept.definition.days) == (450, (0, 1, 2, 3, 4, 5, 6))


async def test_a_list_of_the_chat_is_taken_by_its_name(harness: Harness, store: Store) -> None:
    await harness.type("/fav add eth btc")
    await harness.type("/digest 7:30 fav")
    (kept,) = await store.digests.of_chat(BOT, ALONE.chat_id)
    assert {symbol for symbol, _ in kept.definition.symbols} == {"BTCUSDT", "ETHUSDT"}


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("/digest", "There is no digest in this chat"),
        ("/digest btc eth", "Name a time of day"),
        ("/digest 08:00 btc @2024-08-05", "@2024-08-05"),
        ("/digest 08:00 Bzz", "Did you mean"),
        ("/digest off", "is the number of no digest here"),
        (f"/digest 08:00 {' '.join(f'c{number}' for number in range(MOST_COINS + 1))}", "too many"),
    ],
)
async def test_what_cannot_be_made_is_said_in_a_line(
    harness: Harness, store: Store, text: str, words: str
) -> None:
    await harness.type(text)
    assert words in said(harness)
    assert await store.digests.live(BOT) == ()


async def test_a_chat_has_only_so_many(harness: Harness, store: Store) -> None:
    for hour in range(MOST_PER_CHAT + 1):
        await harness.type(f"/digest {hour}:00 btc")
    assert said(harness) == f"This chat has {MOST_PER_CHAT} digests and may have no more."
    assert len(await store.digests.live(BOT)) == MOST_PER_CHAT


async def test_in_a_group_only_admins_make_and_end_them(harness: Harness, store: Store) -> None:
    harness.notifier.admins = {ALI.id}
    for text in ("/digest 08:00 btc", "/digest off 1"):
        await harness.type(text, ANN, GROUP)
        assert said(harness) == "In a group only its admins may make or end digests."
    await harness.type("/digest 08:00 btc", ALI, GROUP)
    (kept,) = await store.digests.of_chat(BOT, GROUP.chat_id)
    assert (kept.definition.to.thread_id, kept.definition.language) == (GROUP.thread_id, "tr")
    await harness.type("/digest", ANN, GROUP)
    assert "BTC" in said(harness)


async def test_without_a_database_it_says_so() -> None:
    harness = Harness()
    await harness.type("/digest 08:00 btc")
    assert said(harness) == "I cannot reach my notes of digests now; try again in a minute."


async def test_its_help_tells_the_rules(harness: Harness) -> None:
    await harness.type("/help digest")
    assert "A time that the clocks skip comes right after the gap" in said(harness)
