"""One TOML file into validated, frozen sections; the caller brings the mapping of section to class."""

import hashlib
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar, get_args

from pydantic import ValidationError

from config.base import ConfigModel

Sections = Mapping[str, type[ConfigModel]]
SectionT = TypeVar("SectionT", bound=ConfigModel)
LONGEST_SHOWN = 80


@dataclass(frozen=True, slots=True)
class ConfigProblem:
    """One thing wrong in a configuration file: where, what stood there, and what is expected instead.

    An empty ``key`` means the whole file.
    """

    file: str
    key: str
    value: object
    expected: str

    def __str__(self) -> str:
        where = f": {self.key} = {_shown(self.value)}" if self.key else ""
        return f"{self.file}{where}: {self.expected}"


class ConfigError(Exception):
    """The configuration is refused; ``problems`` lists everything that is wrong with it."""

    def __init__(self, problems: tuple[ConfigProblem, ...]) -> None:
        super().__init__("\n".join(str(problem) for problem in problems))
        self.problems = problems


@dataclass(frozen=True, slots=True)
class Snapshot:
    """All sections as one immutable object; swapping a snapshot is swapping the whole configuration."""

    sections: Mapping[str, ConfigModel]

    def section(self, name: str, kind: type[SectionT]) -> SectionT:
        """Return a section as its class; ``TypeError`` when it is of another class."""
        found = self.sections[name]
        if not isinstance(found, kind):
            raise TypeError(f"section {name} is a {type(found).__name__}, not a {kind.__name__}")
        return found

    @property
    def digest(self) -> str:
        """Twelve hex digits that change exactly when a value of any section changes."""
        joined = ";".join(f"{name}={self.sections[name].digest}" for name in sorted(self.sections))
        return hashlib.sha256(joined.encode()).hexdigest()[:12]


def load_config(path: Path | None, sections: Sections, *, required: bool = False) -> Snapshot:
    """Read, validate and freeze; a missing file means all defaults unless it is ``required``.

    Raises ``ConfigError`` with every problem.
    """
    return validated(read_table(path, required=required), str(path), sections)


def read_table(path: Path | None, *, required: bool = False) -> dict[str, Any]:
    """Return what a file says, nothing if it is missing and not ``required``; raises ``ConfigError`` as `read_toml`."""
    return read_toml(path) if path is not None and (required or path.exists()) else {}


def validated(table: Mapping[str, Any], file: str, sections: Sections) -> Snapshot:
    """Return the frozen sections of a table that ``file`` says. Raises ``ConfigError`` with every problem."""
    problems: list[ConfigProblem] = []
    loaded: dict[str, ConfigModel] = {}
    for name in table:
        if name not in sections:
            known = ", ".join(sorted(sections))
            problems.append(ConfigProblem(file, name, table[name], f"unknown section; known are {known}"))
    for name, kind in sections.items():
        try:
            loaded[name] = kind.model_validate(table.get(name, {}))
        except ValidationError as error:
            problems.extend(problems_of(file, name, kind, error))
    if problems:
        raise ConfigError(tuple(problems))
    return Snapshot(loaded)


def read_toml(path: Path) -> dict[str, Any]:
    """Return what a file says; raises ``ConfigError`` in one line where it cannot be read."""
    try:
        return tomllib.loads(path.read_text(encoding="utf-8-sig"))  # editors on Windows begin it with a mark
    except UnicodeDecodeError as error:
        raise _unreadable(path, "expected UTF-8; save it in this encoding") from error
    except OSError as error:
        raise _unreadable(path, f"cannot be read: {error.strerror}; correct BOT_CONFIG") from error
    except (ValueError, RecursionError) as error:
        raise _unreadable(path, f"expected valid TOML: {error}") from error


def _unreadable(path: Path, why: str) -> ConfigError:
    return ConfigError((ConfigProblem(str(path), "", None, why),))


def _shown(value: object) -> str:
    """Return a value in at most ``LONGEST_SHOWN`` characters; an integer may have too many digits to write."""
    try:
        text = repr(value)
    except ValueError:
        return "a number too long to show"
    return text if len(text) <= LONGEST_SHOWN else f"{text[:LONGEST_SHOWN]}…"


def problems_of(
    file: str, section: str, kind: type[ConfigModel], error: ValidationError
) -> list[ConfigProblem]:
    """Return one problem for each fault of a section, of the whole file where ``section`` is empty."""
    found = []
    for item in error.errors():
        path = [str(part) for part in item["loc"]]
        key = ".".join(filter(None, [section, *path]))
        found.append(
            ConfigProblem(file, key, item["input"], _expected(kind, path, item["type"], item["msg"]))
        )
    return found


def _expected(kind: type[ConfigModel], path: list[str], code: str, message: str) -> str:
    if code == "extra_forbidden":
        return f"unknown key; known are {', '.join(_known_keys(kind, path[:-1]))}"
    if code == "int_parsing_size":
        return "expected a whole number of ordinary size"
    return message.removeprefix("Value error, ").replace("Input should be", "expected")


def _known_keys(kind: type[ConfigModel], path: list[str]) -> list[str]:
    for part in path:
        field = kind.model_fields.get(part)
        annotation = field.annotation if field else None
        for inner in (annotation, *get_args(annotation)):  # a table, or a list of them
            if isinstance(inner, type) and issubclass(inner, ConfigModel):
                kind = inner
    return sorted(kind.model_fields)
