"""``/help``: every command; ``/help rg``: a module in ten lines; ``/help rg 2`` or ``/help rg er_20``: its metrics."""

import difflib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from analysis.framework.metric import MetricSpec
from analysis.framework.module import AnyModule
from handlers.admin.roles import role_of
from handlers.alerts.buttons import ALERT_COMMANDS
from handlers.chat.context import RequestContext
from handlers.commands import digest
from handlers.commands.alert_help import alert_help
from handlers.commands.composite_help import composite_help
from handlers.commands.own_help import own_help
from handlers.locale.messages import N_, Translator
from handlers.modules.registry import LOOKS
from handlers.ports import MessageContent
from handlers.registry import CommandSpec, Role
from handlers.render.html import Html, bold, code, esc, fill, glue, join, plain
from handlers.render.sentences import quoted
from handlers.render.words import unit_words

SPEC = CommandSpec(
    name="help",
    aliases=(),
    role="anyone",
    quota=1,
    help_key="help",
    title=N_("Help"),
    summary=N_("what every command does"),
    for_asker=True,
)

PAGE_METRICS: Final = 20
"""Metrics of a page beside the score."""
SIMILAR: Final = 0.5
BESIDE: Final = N_("Beside the score")
_ACCOUNT: Final = N_("With an exchange key, owners see their account in a private chat.")


@dataclass(frozen=True, slots=True)
class _Page:
    """Some metrics of a module under one title, a message id."""

    title: str
    metrics: Sequence[MetricSpec]


async def run(context: RequestContext) -> MessageContent:
    """Answer with the list of commands, with the page of the command named after ``/help``, or one of its metrics."""
    if not context.words:
        return _content(_overview(context))
    word = context.words[0]
    spec = context.services.registry.by_name.get(word.lstrip("/").lower())
    if spec is None or not spec.is_for(_role(context)):
        line = fill(
            context.tr.gettext("There is no command {word}. {help} lists all."),
            word=quoted(word),
            help=esc("/help"),
        )
        return _content(line)
    if spec.name == digest.SPEC.name:
        return _content(digest.digest_help(spec, context.tr))
    if spec.name in ALERT_COMMANDS:
        return _content(alert_help(spec, context.services.registry, context.tr))
    if spec.composite is not None:
        return _content(composite_help(spec, spec.composite, " ".join(context.words[1:]), context.tr))
    if spec.module is not None and len(context.words) > 1:
        return _content(_detail(spec, spec.module, " ".join(context.words[1:]), context.tr))
    return _content(_page(spec, context.tr))


def _role(context: RequestContext) -> Role:
    """Return what a reader may see: the commands of administrators are shown in a private chat alone."""
    private = context.chat is not None and context.chat.kind == "private"
    return role_of(context.services.access, context.person.id) if private else "anyone"


def _content(text: Html) -> MessageContent:
    return MessageContent(text, plain(text))


def _overview(context: RequestContext) -> Html:
    tr = context.tr
    role = _role(context)
    visible = [spec for spec in context.services.registry.specs if spec.is_for(role)]
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
        return own_help(spec, tr)
    module: AnyModule = spec.module
    caveats = [*LOOKS[module.id].caveats, *([_ACCOUNT] if module.account else [])]
    known = join("\n", [esc("– " + tr.gettext(caveat)) for caveat in caveats])
    names = " ".join(f"/{name}" for name in spec.names)
    blocks = [
        join(
            "\n",
            [glue(bold(tr.gettext(module.title)), esc(f" – {names}")), esc(tr.gettext(module.question))],
        ),
        glue(bold(tr.gettext("How the score is made")), Html("\n"), esc(tr.gettext(module.explanation))),
        glue(bold(tr.gettext("What to know")), Html("\n"), known) if caveats else Html(""),
        join("\n", [_contents(module, tr), _examples(spec, module, tr)]),
    ]
    return join("\n\n", blocks)


def _contents(module: AnyModule, tr: Translator) -> Html:
    """What it measures, page by page: the groups by their numbers, those beside the score as one range."""
    pages = _pages(module)
    groups = [page.title for page in pages if page.metrics[0].group is not None]
    parts = [f"{number} {tr.gettext(title)}" for number, title in enumerate(groups, 1)]
    if rest := len(pages) - len(groups):
        first = len(groups) + 1
        numbers = str(first) if rest == 1 else f"{first}–{len(pages)}"
        parts.append(f"{numbers} {tr.gettext(BESIDE)}")
    return glue(bold(tr.gettext("What it measures")), Html("\n"), esc(" · ".join(parts)))


def _examples(spec: CommandSpec, module: AnyModule, tr: Translator) -> Html:
    scored = [metric.id for metric in module.metrics if metric.group is not None]
    return fill(
        tr.gettext("Each metric: {page} or {metric}. Example: {example}"),
        page=code(f"/help {spec.name} 1"),
        metric=code(f"/help {spec.name} {scored[0] if scored else module.metrics[0].id}"),
        example=code(spec.example),
    )


def _pages(module: AnyModule) -> list[_Page]:
    """Every metric once: group by group, those outside the score last and twenty at a time."""
    groups = dict.fromkeys(metric.group for metric in module.metrics if metric.group is not None)
    ordered = sorted(groups, key=lambda group: group not in module.groups)
    pages = [
        _Page(
            LOOKS[module.id].group_title(group),
            [metric for metric in module.metrics if metric.group == group],
        )
        for group in ordered
    ]
    beside = [metric for metric in module.metrics if metric.group is None]
    starts = range(0, len(beside), PAGE_METRICS)
    return pages + [_Page(BESIDE, beside[start : start + PAGE_METRICS]) for start in starts]


def _detail(spec: CommandSpec, module: AnyModule, word: str, tr: Translator) -> Html:
    """Return the page of a number, or the metric of an id or title; else what is similar."""
    pages = _pages(module)
    if word.isascii() and word.isdecimal() and 1 <= int(word) <= len(pages):
        page = pages[int(word) - 1]
        title = f"{tr.gettext(module.title)} · {tr.gettext(page.title)} ({word}/{len(pages)})"
        return join("\n", [bold(title), *(_metric(metric, tr) for metric in page.metrics)])
    by_name = {name: metric for metric in module.metrics for name in _names(metric, tr)}
    found = by_name.get(word.casefold())
    if found is not None:
        return _whole(found, module, tr)
    near = difflib.get_close_matches(word.casefold(), by_name, n=3, cutoff=SIMILAR)
    ids = dict.fromkeys(by_name[name].id for name in near) or {"1": None}
    return fill(
        tr.gettext("{module} has no metric {word}. Try {examples}."),
        module=esc(tr.gettext(module.title)),
        word=quoted(word),
        examples=join(", ", [code(f"/help {spec.name} {name}") for name in ids]),
    )


def _names(metric: MetricSpec, tr: Translator) -> tuple[str, ...]:
    return metric.id, metric.title.casefold(), tr.gettext(metric.title).casefold()


def _whole(metric: MetricSpec, module: AnyModule, tr: Translator) -> Html:
    unit = unit_words(metric.unit, tr)
    if metric.group is None:
        place = tr.gettext("It is shown beside the score and does not count in it.")
    else:
        group = tr.gettext(LOOKS[module.id].group_title(metric.group))
        place = tr.gettext("It counts in the score, in the group {group}.", group=group)
    head = glue(
        bold(tr.gettext(metric.title)), esc(f" ({unit})" if unit else ""), esc(" · "), code(metric.id)
    )
    return join("\n", [head, esc(tr.gettext(metric.help)), esc(place)])


def _metric(metric: MetricSpec, tr: Translator) -> Html:
    return glue(bold(tr.gettext(metric.title)), esc(f": {tr.gettext(metric.help)}"))
