"""Messages that nobody has asked for now: what sends them, and what writes them."""

from collections.abc import Coroutine
from typing import Any

from bot.build import Core
from bot.scheduler.digest_look import DigestLook
from bot.scheduler.outbox_sender import OutboxSender
from bot.scheduler.push_room import PushRoom, RoomLender
from bot.telegram_side import TelegramParts


def outbox_sender(core: Core, telegram: TelegramParts) -> OutboxSender:
    """Make the sender of the outbox; it is to run as soon as the bot is logged in."""
    room = PushRoom(
        lambda: telegram.leadership.is_elected, core.clock, core.rng, bot_id=lambda: telegram.api.id
    )
    return OutboxSender(
        lambda: core.storage.store,
        telegram.notifier,
        core.messages,
        core.clock,
        bot_id=lambda: telegram.api.id,
        has_room=telegram.limiter.has_room,
        on_gone=telegram.chats.note_gone,
        takes_pushes=telegram.access.takes_pushes,
        room_taken=room.taken,
    )


def leaders_pushes(
    core: Core, telegram: TelegramParts, digests: DigestLook, sender: OutboxSender
) -> dict[str, Coroutine[Any, Any, None]]:
    """Return by name what writes pushes, and lends others room to send them, as long as the process leads."""
    lead = telegram.leadership.lead
    lender = RoomLender(
        lambda: core.storage.store, telegram.limiter, core.clock, bot_id=lambda: telegram.api.id
    )
    return {
        "digests": lead(lambda: digests.run(sender.wake)),
        "alerts": lead(lambda: telegram.alerts.run(sender.wake)),
        "room for pushes": lead(lender.run),
    }


def digest_look(core: Core, telegram: TelegramParts) -> DigestLook:
    """Make what sends digests at their time; it is to run in the process that leads."""
    return DigestLook(
        lambda: core.storage.store,
        core.composites,
        core.messages,
        telegram.choices,
        core.clock,
        chat_config=lambda: core.chat,
        bot_id=lambda: telegram.api.id,
        scope=core.config.pinned,
    )
