"""The page of everything that can be configured: the environment's names and every key of the file."""

from collections.abc import Iterator

from pydantic import SecretStr
from pydantic.fields import FieldInfo

from analysis.registry import MODULES
from bot.sections import config_sections
from config.base import ConfigModel, unit_of
from config.example import keys_of, range_of, sections_in, summary_of, toml_value
from config.settings import Settings
from scripts.pages.reference.markdown import code, defined, esc, page


def configuration_page() -> str:
    """Return the page."""
    return page(
        "# Configuration",
        "Secrets and addresses come from the environment or a file `.env`; what each is for stands in "
        "[the overview](../overview.md#configuration). Behaviour comes from one TOML file; every key below stands at "
        "its default and may be left out.",
        "## Environment",
        *_environment(),
        *(block for name, kind in config_sections(MODULES).items() for block in _section(name, kind)),
    )


def _environment() -> Iterator[str]:
    for name, info in Settings.model_fields.items():
        yield defined(code(name.upper()), [_default_of(info)])


def _default_of(info: FieldInfo) -> str:
    value = info.get_default(call_default_factory=True)
    if isinstance(value, SecretStr):
        value = value.get_secret_value()
    return f"default {code(str(value))}" if value not in {None, "", ()} else "not set by default"


def _section(name: str, kind: type[ConfigModel]) -> Iterator[str]:
    yield f"## {code(f'[{name}]')}"
    yield esc(summary_of(kind))
    for key, info in keys_of(kind).items():
        facts = "; ".join(text for text in (unit_of(info), range_of(info)) if text)
        default = toml_value(info.get_default(call_default_factory=True))
        yield defined(code(f"{key} = {default}"), [esc(info.description or ""), esc(facts)])
    for key, inner in sections_in(kind).items():
        yield from _section(f"{name}.{key}", inner)
