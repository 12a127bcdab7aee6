"""One page a composite score: what it answers, what it reads with which weight and why, and what withholds it."""

from composite.declared import DeclaredScore
from composite.defaults import default_specs
from config.c_composite import InputSpec
from handlers.composites.inputs import input_help, input_title
from handlers.composites.registry import ONE
from handlers.composites.topic import CompositeLook, look_of
from handlers.locale.messages import SOURCE_LANGUAGE, Translator
from scripts.pages.reference.markdown import bullets, code, codes, defined, esc, number, page
from scripts.pages.reference.wording import Wording


def score_page(score: DeclaredScore, tr: Translator, wording: Wording) -> str:
    """Return the page of a score."""
    topic, spec = ONE[score.name], default_specs()[score.name]
    look = look_of(topic)
    gates = [
        defined(
            f"{code(gate.name)} · {esc(tr.gettext(look.gate_title(gate.name)))}",
            [f"> {number(gate.limit, tr)}", _why(gate.why, tr)],
        )
        for gate in spec.gates
    ]
    return page(
        f"# {esc(tr.gettext(topic.title))}",
        esc(tr.gettext(topic.question)),
        f"{wording.asked_by} {codes('/' + name for name in topic.commands)}, "
        f"{code(f'GET /composite/{score.name}')}.",
        _scale(score, tr, wording),
        wording.on_interval.format(interval=topic.interval) if topic.interval else "",
        f"## {wording.how}\n\n{esc(tr.gettext(topic.explanation))}",
        f"## {wording.know}\n\n{bullets(esc(tr.gettext(caveat)) for caveat in (*topic.caveats, look.remark))}",
        f"## {wording.inputs}",
        *(_input(one, look, tr, wording) for one in spec.inputs),
        f"## {wording.gates}" if gates else "",
        *gates,
    )


def _scale(score: DeclaredScore, tr: Translator, wording: Wording) -> str:
    if score.is_weights:
        return ""
    return wording.scale.format(
        low=number(score.low, tr),
        high=number(score.high, tr),
        neutral=number(score.neutral, tr),
        name=score.score_name,
    )


def _input(one: InputSpec, look: CompositeLook, tr: Translator, wording: Wording) -> str:
    place = wording.input_roles[one.role].format(group=esc(tr.gettext(look.group_title(one.group))))
    return defined(
        f"{code(one.scalar)} · {esc(tr.gettext(input_title(one.scalar)))}",
        [
            esc(tr.gettext(input_help(one.scalar))),
            f"{wording.weight.format(weight=number(one.weight, tr))}; {place}",
            _why(one.why, tr),
        ],
    )


def _why(reason: str, tr: Translator) -> str:
    """Return the reason of a weight or limit; they are kept in English alone."""
    return esc(reason) if tr.language == SOURCE_LANGUAGE else ""
