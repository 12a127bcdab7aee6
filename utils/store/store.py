"""The database with everything that is kept in it."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

from utils.store.alerts import Alerts
from utils.store.audit import AuditLog
from utils.store.bans import Bans
from utils.store.chat_settings import ChatSettings
from utils.store.chats import Chats
from utils.store.cursors import Cursors
from utils.store.database import Database
from utils.store.digests import Digests
from utils.store.favourites import Favourites
from utils.store.known_chats import KnownChats
from utils.store.leases import Leases
from utils.store.liquidations import Liquidations
from utils.store.listening import Listening
from utils.store.observations import Observations
from utils.store.option_summaries import OptionSummaries
from utils.store.outbox import Outbox
from utils.store.overrides import Overrides
from utils.store.principals import Principals
from utils.store.provider_values import ProviderValues
from utils.store.scores import PublishedScores
from utils.store.send_rooms import SendRooms
from utils.store.telegram_cards import TelegramCards
from utils.store.telegram_updates import TelegramUpdates
from utils.store.views import Views


@dataclass(frozen=True, slots=True)
class Store:
    """An open, upgraded database and one small repository per table."""

    database: Database
    observations: Observations
    liquidations: Liquidations
    option_summaries: OptionSummaries
    cursors: Cursors
    listening: Listening
    telegram_updates: TelegramUpdates
    telegram_cards: TelegramCards
    provider_values: ProviderValues
    views: Views
    scores: PublishedScores
    alerts: Alerts
    outbox: Outbox
    known_chats: KnownChats
    principals: Principals
    bans: Bans
    overrides: Overrides
    audit: AuditLog
    chat_settings: ChatSettings
    favourites: Favourites
    chats: Chats
    leases: Leases
    digests: Digests
    send_rooms: SendRooms


@asynccontextmanager
async def open_store(address: str) -> AsyncIterator[Store]:
    """Open the database of ``DATABASE_URL``, bring its tables to the newest version, and close it at the end.

    Raises ``Misconfigured`` or ``Unavailable`` as ``Database.open`` and ``Database.upgrade`` do.
    """
    database = await Database.open(address)
    try:
        await database.upgrade()
        yield Store(
            database,
            Observations(database),
            Liquidations(database),
            OptionSummaries(database),
            Cursors(database),
            Listening(database),
            TelegramUpdates(database),
            TelegramCards(database),
            ProviderValues(database),
            Views(database),
            PublishedScores(database),
            Alerts(database),
            Outbox(database),
            KnownChats(database),
            Principals(database),
            Bans(database),
            Overrides(database),
            AuditLog(database),
            ChatSettings(database),
            Favourites(database),
            Chats(database),
            Leases(database),
            Digests(database),
            SendRooms(database),
        )
    finally:
        await database.close()
