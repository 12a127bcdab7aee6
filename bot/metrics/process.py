"""What is measured of the process itself: version, configuration, readiness, memory."""

import platform
from collections.abc import Sequence

from bot.administration.configuration import Configuration
from bot.memory_use import MemoryUse
from bot.metrics.registry import Numbers, PartMetric
from bot.readiness import Readiness
from bot.version import own_version


def process_metrics(
    readiness: Readiness, configuration: Configuration, memory: MemoryUse
) -> Sequence[PartMetric]:
    """Return what is read of the process."""
    build = (own_version(), platform.python_version())
    return (
        PartMetric(
            "bot_build_info",
            "the version of this software and of Python, as labels; always 1",
            ("version", "python"),
            lambda: {build: 1.0},
        ),
        PartMetric(
            "bot_ready",
            "whether a part is ready (1) or not (0)",
            ("part",),
            lambda: {(part,): float(why is None) for part, why in readiness.checks().items()},
        ),
        *_configuration_metrics(configuration),
        PartMetric(
            "bot_memory_bytes",
            "memory of this process and of those it has started, what they share counted once; on Linux alone",
            (),
            lambda: _known(memory.used),
        ),
        PartMetric(
            "bot_memory_limit_bytes",
            "memory that this process may use with all others of its control group, or of the machine",
            (),
            lambda: _known(memory.limit),
        ),
    )


def _configuration_metrics(configuration: Configuration) -> Sequence[PartMetric]:
    return (
        PartMetric(
            "bot_config_info",
            "the version of the configuration in force, as a label; always 1",
            ("digest",),
            lambda: {(configuration.newest.digest,): 1.0},
        ),
        PartMetric(
            "bot_config_reloads",
            "reloads of the configuration that were asked for, by outcome",
            ("outcome",),
            lambda: {(outcome,): count for outcome, count in configuration.reloads.items()},
            is_counter=True,
        ),
        PartMetric(
            "bot_config_last_reload_successful",
            "whether the last reload was accepted (1) or refused (0); 1 before the first",
            (),
            lambda: {(): float(not configuration.last_refused)},
        ),
        PartMetric(
            "bot_config_read_timestamp_seconds",
            "when the files of the configuration in force were read (Unix time)",
            (),
            lambda: {(): configuration.read_ms / 1000},
        ),
        PartMetric(
            "bot_config_overrides_refused",
            "whether the database has overrides that are refused (1)",
            (),
            lambda: {(): float(configuration.overrides_refused)},
        ),
    )


def _known(number: int | None) -> Numbers:
    return {} if number is None else {(): number}
