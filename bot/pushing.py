"""Messages that nobody has asked for now: the part that sends them, and its numbers."""

from collections.abc import Coroutine, Sequence
from typing import Any

from bot.build import Core
from bot.metrics.registry import PartMetric
from bot.scheduler.digest_look import DigestLook
from bot.scheduler.outbox_sender import OutboxSender
from bot.telegram_side import TelegramParts


def outbox_sender(core: Core, telegram: TelegramParts) -> OutboxSender:
    """Make the sender of the outbox; it is to run as soon as the bot is logged in."""
    return OutboxSender(
        lambda: core.storage.store,
        telegram.notifier,
        core.messages,
        core.clock,
        bot_id=lambda: telegram.api.id,
        has_room=telegram.limiter.has_room,
        on_gone=telegram.chats.note_gone,
        takes_pushes=telegram.access.takes_pushes,
    )


def leaders_pushes(
    core: Core, telegram: TelegramParts, sender: OutboxSender
) -> dict[str, Coroutine[Any, Any, None]]:
    """Return by name what writes pushes as long as the process leads."""
    digests, lead = digest_look(core, telegram), telegram.leadership.lead
    return {
        "digests": lead(lambda: digests.run(sender.wake)),
        "alerts": lead(lambda: telegram.alerts.run(sender.wake)),
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


def push_metrics(sender: OutboxSender) -> Sequence[PartMetric]:
    """Return what is read from the sender of the outbox."""
    return (
        PartMetric(
            "bot_pushes_waiting",
            "messages in the outbox that are not sent yet, of all processes",
            (),
            lambda: {(): sender.waiting},
        ),
        PartMetric(
            "bot_pushes_sent",
            "messages of the outbox that this process has sent",
            (),
            lambda: {(): sender.sent},
            is_counter=True,
        ),
        PartMetric(
            "bot_pushes_dropped",
            "messages of the outbox that were not sent, by why",
            ("why",),
            lambda: {(why,): count for why, count in sender.dropped.items()},
            is_counter=True,
        ),
    )
