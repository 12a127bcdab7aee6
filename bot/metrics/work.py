"""What is measured of the work of the process: answers, what waits, what failed, what was looked at."""

from collections.abc import Mapping, Sequence
from itertools import product
from typing import get_args

from analysis.framework.result import Origin
from bot.administration.errors import RecentErrors
from bot.background import BackgroundWork
from bot.build import Core
from bot.metrics.registry import Numbers, PartMetric
from bot.scheduler.alert_watch import AlertWatch
from bot.scheduler.digest_look import DigestLook
from bot.scheduler.outbox_sender import OutboxSender
from bot.telegram_side import TelegramParts


def work_metrics(
    core: Core,
    telegram: TelegramParts,
    sender: OutboxSender,
    digests: DigestLook,
    background: BackgroundWork,
    errors: RecentErrors,
) -> Sequence[PartMetric]:
    """Return what is read from the parts that work."""
    return (
        PartMetric(
            "bot_answers",
            "answers of modules, by where they came from",
            ("module", "origin"),
            lambda: _answers(core),
            is_counter=True,
        ),
        PartMetric(
            "bot_fits",
            "fits of modules that were made",
            (),
            lambda: {(): core.runner.counts["fitted"]},
            is_counter=True,
        ),
        PartMetric(
            "bot_queue_length",
            "what waits for its turn",
            ("queue",),
            lambda: {
                ("answers",): core.workers.answers.waiting,
                ("fits",): core.workers.fits.waiting,
                ("updates",): telegram.receiver.waiting,
                ("scores",): core.publisher.waiting,
                ("longer_pasts",): core.longer_past.waiting,
            },
        ),
        *_looks_and_failures(core, telegram, sender, digests, background, errors),
    )


def _looks_and_failures(
    core: Core,
    telegram: TelegramParts,
    sender: OutboxSender,
    digests: DigestLook,
    background: BackgroundWork,
    errors: RecentErrors,
) -> Sequence[PartMetric]:
    looks: Mapping[str, OutboxSender | AlertWatch | DigestLook] = {
        "pushes": sender,
        "alerts": telegram.alerts,
        "digests": digests,
    }
    return (
        PartMetric(
            "bot_worker_deaths",
            "how often worker processes died and new ones were started",
            (),
            lambda: {(): core.workers.processes.deaths},
            is_counter=True,
        ),
        PartMetric(
            "bot_look_timestamp_seconds",
            "when a look for what is due last succeeded (Unix time), 0 before; alerts and digests by the leader alone",
            ("work",),
            lambda: {(work,): part.looked_ms / 1000 for work, part in looks.items()},
        ),
        PartMetric(
            "bot_errors",
            "errors of this program, by what they were in",
            ("kind",),
            lambda: _errors(core, telegram, sender, digests, background),
            is_counter=True,
        ),
        PartMetric(
            "bot_logged_errors",
            "lines in the log at level error and above",
            (),
            lambda: {(): errors.count},
            is_counter=True,
        ),
    )


def _answers(core: Core) -> Numbers:
    zero: dict[tuple[str, ...], float] = {
        pair: 0.0 for pair in product(core.registry.module_ids, get_args(Origin))
    }
    return zero | dict(core.runner.answers)


def _errors(
    core: Core,
    telegram: TelegramParts,
    sender: OutboxSender,
    digests: DigestLook,
    background: BackgroundWork,
) -> Numbers:
    streams = core.exchange.streams.supervisor.counts
    return {
        ("answers",): telegram.dispatcher.failures,
        ("updates",): telegram.receiver.failed,
        ("alerts",): telegram.alerts.failures,
        ("digests",): digests.failures,
        ("pushes",): sender.failures,
        ("streams",): streams["connection_crashes"] + streams["tick_errors"],
        ("background",): background.failed,
    }
