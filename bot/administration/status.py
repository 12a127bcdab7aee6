"""What ``/status`` tells, read from the running parts."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass

from bot.administration.errors import RecentErrors
from bot.build import Core
from bot.readiness import Readiness
from bot.scheduler.outbox_sender import OutboxSender
from bot.telegram_side import TelegramParts
from bot.version import own_version
from handlers.admin.ports import StatusReport


class LateStatus:
    """Stands for a report until the parts that it tells of are all made; ``source`` then makes it."""

    def __init__(self) -> None:
        self.source: Callable[[], Awaitable[StatusReport]] | None = None

    async def report(self) -> StatusReport:
        """Return the report; ``LookupError`` before there is a source."""
        if self.source is None:
            raise LookupError("nothing can be told of the process before it is built")
        return await self.source()


@dataclass(frozen=True, slots=True)
class ProcessStatus:
    """Reads the parts whenever it is asked."""

    core: Core
    telegram: TelegramParts
    readiness: Readiness
    sender: OutboxSender
    errors: RecentErrors

    async def report(self) -> StatusReport:
        """Return how the process is now."""
        core, kept = self.core, self.core.exchange.kept
        hits, misses = kept.get("hit", 0), kept.get("miss", 0)
        return StatusReport(
            version=own_version(),
            uptime_s=core.clock.monotonic() - core.questions.started_s,
            config=core.config.newest.digest,
            not_ready={part: why for part, why in self.readiness.checks().items() if why is not None},
            weights={str(pool): used for pool, used in core.exchange.weight_used().items()},
            streams=self._streams(),
            hit_rate=hits / (hits + misses) if hits + misses else None,
            queues=self._queues(),
            jobs=self._jobs(),
            errors=self.errors.lines,
        )

    def _streams(self) -> Mapping[str, float | None]:
        return {
            f"{one.product} {one.name}": None if one.lag_ms is None else one.lag_ms / 1000
            for one in self.core.exchange.streams.supervisor.status()
        }

    def _queues(self) -> Mapping[str, int]:
        return {
            "answers": self.core.workers.answers.waiting,
            "fits": self.core.workers.fits.waiting,
            "updates": self.telegram.receiver.waiting,
            "scores": self.core.publisher.waiting,
            "pushes": self.sender.waiting,
            "longer pasts": self.core.longer_past.waiting,
        }

    def _jobs(self) -> Mapping[str, str]:
        questions, runs = self.core.questions, self.core.runner.counts
        jobs = {
            "questions": f"{questions.answered} answered, {questions.failed} failed",
            "analyses": f"{runs['computed']} computed, {runs['remembered']} remembered, {runs['fitted']} fits",
            "pushes": f"{self.sender.sent} sent, {sum(self.sender.dropped.values())} dropped",
        }
        if (cluster := self.core.workers.cluster) is not None:
            jobs["cluster"] = f"{cluster.threads} workers"
        return jobs
