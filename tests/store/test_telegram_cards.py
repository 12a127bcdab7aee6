"""How a card is written is kept per message and bot, replaced by a later style, and forgotten after a year and more."""

from utils.store.store import Store
from utils.store.telegram_cards import KEPT_MS, CardPlace, CardRow

PLACE = CardPlace(77, -1_001_234_567_890, 42)
ENGLISH = CardRow("en", "UTC", "dark")
TURKISH = CardRow("tr", "Europe/Istanbul", "light")


async def test_the_last_style_of_a_message_is_found(store: Store) -> None:
    assert await store.telegram_cards.get(PLACE) is None
    await store.telegram_cards.put(PLACE, ENGLISH, now_ms=1)
    await store.telegram_cards.put(PLACE, TURKISH, now_ms=2)
    assert await store.telegram_cards.get(PLACE) == TURKISH


async def test_other_bots_chats_and_messages_have_their_own(store: Store) -> None:
    places = [PLACE, CardPlace(78, PLACE.chat_id, 42), CardPlace(77, 7, 42), CardPlace(77, PLACE.chat_id, 43)]
    for number, place in enumerate(places):
        await store.telegram_cards.put(place, CardRow(f"l{number}", "UTC", "dark"), now_ms=1)
    found = [await store.telegram_cards.get(place) for place in places]
    assert [row.language for row in found if row is not None] == ["l0", "l1", "l2", "l3"]


async def test_old_rows_go_and_rewritten_ones_stay(store: Store) -> None:
    other = CardPlace(77, 7, 1)
    for place in (PLACE, other):
        await store.telegram_cards.put(place, ENGLISH, now_ms=1)
    await store.telegram_cards.put(other, ENGLISH, now_ms=KEPT_MS)
    assert await store.telegram_cards.prune(KEPT_MS + 1) == 0
    assert await store.telegram_cards.prune(KEPT_MS + 2) == 1
    assert await store.telegram_cards.get(other) == ENGLISH
