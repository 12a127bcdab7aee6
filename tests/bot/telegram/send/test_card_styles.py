"""Styles of cards in the database, and that a database which fails costs no answer."""

from pathlib import Path

from bot.telegram.send.card_styles import StoredCardStyles
from handlers.ports import CardStyle, ChatRef, MessageRef
from tests.support.clock import FakeClock
from utils.store.store import Store, open_store

CARD = MessageRef(ChatRef(-100, "supergroup", 5), 42, has_picture=True)
STYLE = CardStyle("tr", "Europe/Istanbul", "light")


def styles_of(store: Store | None, clock: FakeClock) -> StoredCardStyles:
    return StoredCardStyles(lambda: store, clock, lambda: 77)


async def test_a_style_is_known_to_the_next_process(tmp_path: Path, clock: FakeClock) -> None:
    address = f"sqlite:///{tmp_path / 'bot.db'}"
    async with open_store(address) as store:
        await styles_of(store, clock).keep(CARD, STYLE)
    async with open_store(address) as store:
        assert await styles_of(store, clock).find(CARD) == STYLE
        assert await styles_of(store, clock).find(MessageRef(CARD.chat, 43)) is None


async def test_without_a_database_nothing_is_known_and_nothing_fails(
    tmp_path: Path, clock: FakeClock
) -> None:
    closed = styles_of(None, clock)
    await closed.keep(CARD, STYLE)
    assert await closed.find(CARD) is None
    async with open_store(f"sqlite:///{tmp_path / 'bot.db'}") as store:
        async with store.database.write() as connection:
            await connection.exec_driver_sql("DROP TABLE telegram_card")
        broken = styles_of(store, clock)
        await broken.keep(CARD, STYLE)
        assert await broken.find(CARD) is None
