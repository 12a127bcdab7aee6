"""One page a module: what it answers, how its score is made, and every metric."""

from analysis.framework.metric import MetricSpec, bars_needed
from analysis.framework.module import AnyModule
from handlers.locale.messages import Translator
from handlers.modules.registry import LOOKS
from scripts.pages.reference.markdown import bullets, code, codes, defined, esc, number, page
from scripts.pages.reference.wording import Wording

INTERVAL = "4h"
"""Where the number of bars depends on the interval, it is that of this one."""


def module_page(module: AnyModule, tr: Translator, wording: Wording, explained: str) -> str:
    """Return the page of a module; ``explained`` is where the page with its formulas stands."""
    return page(
        f"# {esc(tr.gettext(module.title))}",
        esc(tr.gettext(module.question)),
        f"{wording.asked_by} {codes('/' + name for name in sorted(module.commands, key=len))}, "
        f"{code(f'GET /analysis/{module.id}')}. [{wording.explained}]({explained}).",
        _scales(module, tr, wording),
        f"## {wording.how}\n\n{esc(tr.gettext(module.explanation))}",
        f"## {wording.know}\n\n{_known(module, tr)}" if LOOKS[module.id].caveats else "",
        _labels(module, wording),
        *_groups(module, tr, wording),
    )


def _scales(module: AnyModule, tr: Translator, wording: Wording) -> str:
    lines = [
        wording.scale.format(
            low=number(score.low, tr),
            high=number(score.high, tr),
            neutral=number(score.neutral, tr),
            name=score.name,
        )
        for score in (module.score, *module.headlines)
    ]
    if module.interval is not None:
        lines.append(wording.on_interval.format(interval=module.interval))
    return "\n".join(lines)


def _known(module: AnyModule, tr: Translator) -> str:
    return bullets(esc(tr.gettext(caveat)) for caveat in LOOKS[module.id].caveats)


def _labels(module: AnyModule, wording: Wording) -> str:
    if not module.labels:
        return ""
    return f"## {wording.labels}\n\n" + bullets(
        f"{code(name)}: {codes(words)}" for name, words in module.labels.items()
    )


def _groups(module: AnyModule, tr: Translator, wording: Wording) -> list[str]:
    """Every metric once: group by group as the card has them, multipliers after, those beside the score last."""
    names = dict.fromkeys(metric.group for metric in module.metrics if metric.group is not None)
    ordered = sorted(names, key=lambda group: group not in module.groups)
    blocks: list[str] = []
    for group in ordered:
        blocks.append(f"## {esc(tr.gettext(LOOKS[module.id].group_title(group)))}")
        blocks += [_entry(metric, module, tr, wording) for metric in module.metrics if metric.group == group]
    beside = [metric for metric in module.metrics if metric.group is None]
    if beside:
        blocks.append(f"## {wording.beside}")
        blocks += [_entry(metric, module, tr, wording) for metric in beside]
    return blocks


def _entry(metric: MetricSpec, module: AnyModule, tr: Translator, wording: Wording) -> str:
    unit = f" ({esc(tr.gettext(metric.unit))})" if metric.unit else ""
    bars = bars_needed(metric.bars, module.config(), module.interval_of(INTERVAL))
    facts = [
        wording.weight.format(weight=number(metric.weight, tr)) if metric.group is not None else "",
        wording.bars.format(bars=bars) if bars > 1 else "",
        wording.needs.format(sources=codes(metric.needs)) if metric.needs else "",
    ]
    return defined(
        f"{code(metric.id)} · {esc(tr.gettext(metric.title))}{unit}",
        [esc(tr.gettext(metric.help)), "; ".join(fact for fact in facts if fact)],
    )
