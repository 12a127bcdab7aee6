"""``/config [module] [key]`` shows, ``/config trend.rsi_period=21`` overrides, ``/config undo`` takes that back."""

from collections.abc import Mapping
from typing import Final

from config.base import unit_of
from config.changes import value_text, values_of
from config.overlay import field_of
from handlers.admin.answers import administration, answer, doer_of, listed, said
from handlers.admin.ports import ConfigurationPort
from handlers.chat.context import RequestContext
from handlers.commands.reload import outcome_text
from handlers.locale.messages import N_, Translator
from handlers.ports import MessageContent
from handlers.registry import CommandSpec
from handlers.render.html import Html, bold, code, esc, fill, join
from handlers.render.sentences import quoted

SPEC = CommandSpec(
    name="config",
    aliases=(),
    role="admin",
    quota=1,
    help_key="config",
    title=N_("Configuration"),
    summary=N_("show or override the configuration"),
    private=True,
)
EXAMPLE: Final = "/config trend.rsi_period=21"
UNDO: Final = "undo"


async def run(context: RequestContext) -> MessageContent:
    """Show, set or undo."""
    configuration, tr = administration(context).configuration, context.tr
    words = " ".join(context.words)
    key, sets, text = words.partition("=")
    if sets:
        outcome = await configuration.override(key.strip(), text.strip(), doer_of(context))
        return answer(outcome_text(outcome, tr))
    if context.words == (UNDO,):
        undone = await configuration.undo(doer_of(context))
        return (
            said(tr.gettext("There is no override.")) if undone is None else answer(outcome_text(undone, tr))
        )
    name = ".".join(context.words)
    return answer(_shown(configuration, name, tr) if name else _overview(configuration, tr))


def _overview(configuration: ConfigurationPort, tr: Translator) -> Html:
    sections = ", ".join(configuration.newest.sections)
    overrides = [code(f"{key} = {value_text(value)}") for key, value in configuration.overrides.items()]
    return join(
        "\n\n",
        [
            join("\n", [bold(tr.gettext("Sections")), esc(sections)]),
            listed(tr.gettext("Overrides"), overrides)
            if overrides
            else esc(tr.gettext("There is no override.")),
            fill(
                tr.gettext("{show} shows a section, {set} sets a value, {undo} takes the last one back."),
                show=code("/config trend"),
                set=code(EXAMPLE),
                undo=code("/config undo"),
            ),
        ],
    )


def _shown(configuration: ConfigurationPort, name: str, tr: Translator) -> Html:
    """Return one value with what it means, or all values below a section or table."""
    values = values_of(configuration.newest)
    if name in values:
        return _value(configuration, name, values[name], tr)
    below = {key: value for key, value in values.items() if key.startswith(f"{name}.")}
    if not below:
        return fill(
            tr.gettext("There is no setting {word}. {command} lists the sections."),
            word=quoted(name),
            command=code("/config"),
        )
    return listed(name, _lines(below, configuration.overrides))


def _lines(values: Mapping[str, object], overrides: Mapping[str, object]) -> list[Html]:
    return [
        code(f"{key} = {value_text(value)}{' *' if key in overrides else ''}")
        for key, value in values.items()
    ]


def _value(configuration: ConfigurationPort, key: str, value: object, tr: Translator) -> Html:
    sections = {name: type(section) for name, section in configuration.newest.sections.items()}
    field = field_of(sections, key)
    lines = [code(f"{key} = {value_text(value)}")]
    if field is not None:
        unit = unit_of(field)
        lines.append(esc(f"{field.description or ''}{f' ({unit})' if unit else ''}"))
    if key in configuration.overrides:
        lines.append(esc(tr.gettext("It is an override; the file says otherwise.")))
    return join("\n", lines)
