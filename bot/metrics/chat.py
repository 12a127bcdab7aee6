"""What is measured of Telegram: receiving, refusals, and the outbox."""

from collections.abc import Sequence
from typing import Final

from bot.metrics.registry import PartMetric
from bot.scheduler.outbox_sender import OutboxSender
from bot.telegram.send.api_errors import ApiErrorKind
from bot.telegram.send.limiter import FLOOD
from bot.telegram_side import TelegramParts

REFUSALS: Final = (FLOOD, *(kind.name.lower() for kind in ApiErrorKind))


def chat_metrics(telegram: TelegramParts, sender: OutboxSender) -> Sequence[PartMetric]:
    """Return what is read from the Telegram side."""
    receiver, limiter = telegram.receiver, telegram.limiter
    return (
        PartMetric(
            "bot_leading",
            "whether this process receives from Telegram and looks at alerts and digests (1), or stands by (0)",
            (),
            lambda: {(): float(not telegram.leadership.stands_by)},
        ),
        PartMetric(
            "bot_poll_timestamp_seconds",
            "when Telegram last answered a poll for updates (Unix time), 0 before; missing with a webhook",
            (),
            lambda: {} if receiver.poller is None else {(): receiver.poller.answered_ms / 1000},
        ),
        PartMetric(
            "bot_updates_unreadable",
            "updates of Telegram that are kept and not understood",
            (),
            lambda: {(): receiver.unreadable.total()},
            is_counter=True,
        ),
        PartMetric(
            "bot_answers_undelivered",
            "answers that a chat did not accept",
            (),
            lambda: {(): receiver.undelivered},
            is_counter=True,
        ),
        PartMetric(
            "bot_questions_over_quota",
            "questions of chat that were not answered because somebody asked too much",
            (),
            lambda: {(): telegram.dispatcher.over_quota},
            is_counter=True,
        ),
        PartMetric(
            "bot_telegram_refusals",
            "calls that Telegram refused or did not answer, by kind; flood asks to wait",
            ("kind",),
            lambda: {(kind,): limiter.refusals[kind] for kind in REFUSALS},
            is_counter=True,
        ),
        PartMetric(
            "bot_telegram_wait_seconds",
            "time that calls waited for Telegram's limits, summed over calls",
            (),
            lambda: {(): limiter.waited_s},
            is_counter=True,
        ),
        *_pushes(sender),
    )


def _pushes(sender: OutboxSender) -> Sequence[PartMetric]:
    return (
        PartMetric(
            "bot_pushes_waiting",
            "messages in the outbox that are not sent yet, of all processes",
            (),
            lambda: {(): sender.waiting},
        ),
        PartMetric(
            "bot_pushes_due",
            "messages in the outbox that are due and not sent yet, of all processes",
            (),
            lambda: {(): sender.backlog.due},
        ),
        PartMetric(
            "bot_pushes_overdue_seconds",
            "for how long the oldest message in the outbox has been due, 0 where none is; of all processes",
            (),
            lambda: {(): sender.overdue_s},
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
