"""``/help``: every command in one line; ``/help t``: what a module measures and how its score is made."""

from analysis.framework.metric import MetricSpec
from analysis.framework.module import AnyModule
from handlers.chat.context import RequestContext
from handlers.locale.messages import N_, Translator
from handlers.modules.registry import LOOKS
from handlers.ports import MessageContent
from handlers.registry import CommandSpec
from handlers.render.html import Html, bold, code, esc, fill, glue, join, plain
from handlers.render.sentences import quoted

SPEC = CommandSpec(
    name="help",
    aliases=(),
    role="anyone",
    quota=1,
    help_key="help",
    title=N_("Help"),
    summary=N_("what every command does"),
)

_ACCOUNT = N_("With an exchange key, owners see their account in a private chat.")


async def run(context: RequestContext) -> MessageContent:
    """Answer with the list of commands, or with the page of the command named after ``/help``."""
    if not context.words:
        return _content(_overview(context))
    word = context.words[0]
    spec = context.services.registry.by_name.get(word.lstrip("/").lower())
    if spec is None:
        line = fill(
            context.tr.gettext("There is no command {word}. {help} lists all."),
            word=quoted(word),
            help=esc("/help"),
        )
        return _content(line)
    return _content(_page(spec, context.tr))


def _content(text: Html) -> MessageContent:
    return MessageContent(text, plain(text))


def _overview(context: RequestContext) -> Html:
    tr = context.tr
    visible = [
        s
        for s in context.services.registry.specs
        if s.role == "anyone" or context.person.id in context.services.owners()
    ]
    grammar = fill(
        tr.gettext("An analysis takes a coin, an interval and a moment, in any order: {example}"),
        example=code("/t BTC 4h @2024-08-05"),
    )
    intervals = esc(tr.gettext("Intervals: 15m, 1h, 4h, 1d …; 1m is a minute and 1M a month."))
    moments = esc(tr.gettext("Moments: @2024-08-05, @2024-08-05T12:00, @-3d."))
    more = fill(tr.gettext("{example} explains one command in full."), example=code("/help t"))
    return join(
        "\n\n",
        [
            bold(tr.gettext("Commands")),
            join("\n", [_line(spec, tr) for spec in visible]),
            join("\n", [grammar, intervals, moments]),
            more,
        ],
    )


def _line(spec: CommandSpec, tr: Translator) -> Html:
    names = " ".join(f"/{name}" for name in spec.names)
    return fill("{names} – {summary}", names=bold(names), summary=esc(tr.gettext(spec.summary)))


def _page(spec: CommandSpec, tr: Translator) -> Html:
    if spec.module is None:
        return _line(spec, tr)
    module: AnyModule = spec.module
    blocks = [
        glue(bold(tr.gettext(module.title)), esc(" – " + " ".join(f"/{name}" for name in spec.names))),
        esc(tr.gettext(module.question)),
        glue(bold(tr.gettext("How the score is made")), Html("\n"), esc(tr.gettext(module.explanation))),
        *([esc(tr.gettext(_ACCOUNT))] if module.account else []),
        bold(tr.gettext("What it measures")),
        *_metrics(module, tr),
        fill(tr.gettext("Example: {example}"), example=code(f"/{spec.name} BTC 4h")),
    ]
    return join("\n\n", blocks)


def _metrics(module: AnyModule, tr: Translator) -> list[Html]:
    """Every metric in one sentence, group by group, those outside the score last."""
    groups = dict.fromkeys(metric.group for metric in module.metrics)
    ordered = sorted(groups, key=lambda group: (group is None, group not in module.groups))
    return [_group(group, module, tr) for group in ordered]


def _group(group: str | None, module: AnyModule, tr: Translator) -> Html:
    title = N_("Beside the score") if group is None else LOOKS[module.id].group_title(group)
    metrics = [metric for metric in module.metrics if metric.group == group]
    return join("\n", [bold(tr.gettext(title)), *(_metric(metric, tr) for metric in metrics)])


def _metric(metric: MetricSpec, tr: Translator) -> Html:
    return glue(bold(tr.gettext(metric.title)), esc(f": {tr.gettext(metric.help)}"))
