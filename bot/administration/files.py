"""The files that the configuration is read from, and the snapshot that they make with the overrides over them."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import Any, Final

from analysis.registry import MODULES
from bot.sections import EVENTS, config_sections
from config.events import EventFile, load_events
from config.loader import ConfigError, ConfigProblem, Snapshot, read_table, validated
from config.overlay import Overrides, field_of, overlaid, table_of
from config.settings import Settings

OVERRIDE: Final = "override"
"""What problems name instead of a file where the value was set from the chat."""
NO_OVERRIDES: Final[Overrides] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class ConfigFiles:
    """What the files say: the table of the configuration and, read and checked, the dated events."""

    name: str
    table: Mapping[str, Any]
    events: EventFile

    def snapshot(self, overrides: Overrides = NO_OVERRIDES) -> Snapshot:
        """Return the validated configuration. Raises ``ConfigError`` with every problem; no file is read."""
        sections = config_sections(MODULES)
        tables = [
            ConfigProblem(OVERRIDE, key, value, "expected one value, not a table; name one of its keys")
            for key, value in overrides.items()
            if key in sections or ((field := field_of(sections, key)) is not None and table_of(field))
        ]
        if tables:
            raise ConfigError(tuple(tables))
        try:
            made = validated(overlaid(self.table, overrides), self.name, sections)
        except ConfigError as error:
            raise ConfigError(tuple(_named(problem, overrides) for problem in error.problems)) from error
        return Snapshot({**made.sections, EVENTS: self.events})


def read_files(settings: Settings) -> ConfigFiles:
    """Read the configuration file and the dated events. Raises ``ConfigError`` with every problem of both."""
    path, named = settings.bot_config, "bot_config" in settings.model_fields_set
    table: dict[str, Any] = {}
    events = EventFile()
    problems: list[ConfigProblem] = []
    try:
        table = read_table(path, required=named)
        validated(table, str(path), config_sections(MODULES))
    except ConfigError as error:
        problems += error.problems
    try:
        events = load_events()
    except ConfigError as error:
        problems += error.problems
    if problems:
        raise ConfigError(tuple(problems))
    return ConfigFiles(str(path), table, events)


def _named(problem: ConfigProblem, overrides: Overrides) -> ConfigProblem:
    """Return a problem as one of an override where it is about a key of it, or about a table that holds it."""
    place = f"{problem.key}."
    ours = any(place.startswith(f"{key}.") or key.startswith(place) for key in overrides)
    return replace(problem, file=OVERRIDE) if ours else problem
