"""Everything that is read from the running parts."""

from dataclasses import dataclass

from bot.administration.configuration import Configuration
from bot.administration.errors import RecentErrors
from bot.background import BackgroundWork
from bot.build import Core
from bot.memory_use import MemoryUse
from bot.metrics.chat import chat_metrics
from bot.metrics.process import process_metrics
from bot.metrics.registry import Metrics
from bot.metrics.sources import source_metrics
from bot.metrics.work import work_metrics
from bot.readiness import Readiness
from bot.scheduler.digest_look import DigestLook
from bot.scheduler.outbox_sender import OutboxSender
from bot.telegram_side import TelegramParts


@dataclass(frozen=True, slots=True)
class MeasuredParts:
    """The parts that are read."""

    core: Core
    telegram: TelegramParts
    readiness: Readiness
    configuration: Configuration
    sender: OutboxSender
    digests: DigestLook
    background: BackgroundWork
    errors: RecentErrors
    memory: MemoryUse


def measure(metrics: Metrics, parts: MeasuredParts) -> None:
    """Let ``metrics`` read the parts, and count the commands that there are."""
    core, telegram = parts.core, parts.telegram
    metrics.expect_commands(spec.name for spec in core.registry.specs)
    metrics.read(
        (
            *process_metrics(parts.readiness, parts.configuration, parts.memory),
            *work_metrics(core, telegram, parts.sender, parts.digests, parts.background, parts.errors),
            *chat_metrics(telegram, parts.sender),
            *source_metrics(core.exchange, core.deribit, core.onchain),
        )
    )
