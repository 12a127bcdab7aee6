"""``/help alert``: how an alert reads, every name that it can watch, and what happens when it comes true."""

from collections.abc import Iterable

from handlers.alerts.condition import MOVES
from handlers.alerts.grammar import EXAMPLE
from handlers.composites.registry import ONE
from handlers.locale.messages import Translator
from handlers.registry import CommandSpec, Registry
from handlers.render.html import Html, bold, code, esc, fill, glue, join


def alert_help(spec: CommandSpec, registry: Registry, tr: Translator) -> Html:
    """Return the page of the commands about alerts."""
    names = " ".join(f"/{name}" for name in spec.names)
    blocks = [
        join("\n", [glue(bold(tr.gettext(spec.title)), esc(f" – {names}")), esc(tr.gettext(spec.summary))]),
        join("\n", [code(f"/alert {EXAMPLE} & price > 60k for 5m"), *_grammar(tr)]),
        glue(bold(tr.gettext("Names")), Html("\n"), join("\n", _names(registry, tr))),
        glue(bold(tr.gettext("What happens")), Html("\n"), join("\n", _course(tr))),
        join("\n", _commands(tr)),
    ]
    return join("\n\n", blocks)


def _grammar(tr: Translator) -> list[Html]:
    signs = _codes((">", "<", ">=", "<=", *MOVES))
    return [
        fill(tr.gettext("Signs: {signs}"), signs=signs),
        fill(tr.gettext("Joined by {joins}, with brackets."), joins=_codes(("&", "|"))),
        fill(
            tr.gettext("{hold}: it must stay true for so long."),
            hold=code("for 5m"),
        ),
        fill(
            tr.gettext("{pause}: no sooner again; two hours where nothing is said."),
            pause=code("cooldown 2h"),
        ),
        fill(tr.gettext("{end}: it ends then."), end=code("until 2026-12-31")),
    ]


def _names(registry: Registry, tr: Translator) -> list[Html]:
    """The price, the composite scores, the modules, and how a metric is named."""
    scores = [topic.id for topic in ONE.values() if topic.basket is None]
    modules = [
        spec.module.id
        for spec in registry.analyses
        if spec.module is not None and (spec.module.basket is None or spec.module.basket.unnamed == "default")
    ]
    return [
        glue(code("price"), esc(" · "), _codes(scores)),
        fill(tr.gettext("Scores of modules: {names}"), names=_codes(modules)),
        fill(tr.gettext("With an interval: {example}"), example=code("trend.4h")),
        fill(
            tr.gettext("A metric: {example}; {page} lists those of a module."),
            example=code("trend.rsi_14.4h"),
            page=code("/help t 1"),
        ),
    ]


def _course(tr: Translator) -> list[Html]:
    said = (
        tr.gettext("Bars are looked at when they close, prices and order flow every few seconds."),
        tr.gettext("What stays true is said again after each cooldown, until you press Seen."),
        tr.gettext("Quiet hours hold messages back and bring them afterwards in one."),
    )
    return [esc(f"– {line}") for line in said]


def _commands(tr: Translator) -> list[Html]:
    return [
        fill(tr.gettext("{list} shows the alerts of this chat."), list=esc("/alerts")),
        fill(tr.gettext("{command} changes one."), command=code("/alert edit 3 btc price > 70k")),
        fill(
            tr.gettext("{command} deletes one; in a group only its admins may."), command=code("/alert off 3")
        ),
    ]


def _codes(words: Iterable[str]) -> Html:
    return join(" ", [code(word) for word in words])
