"""``/help ts``: a composite command in ten lines; ``/help ts 1``: its inputs; ``/help ts risk.tail``: one of them."""

import difflib
from typing import Final

from composite.defaults import default_specs
from config.c_composite import InputSpec, Role
from handlers.composites.inputs import input_help, input_title
from handlers.composites.topic import CompositeTopic, look_of
from handlers.locale.messages import N_, Translator
from handlers.registry import EXAMPLE_BASKET, CommandSpec
from handlers.render.html import Html, bold, code, esc, fill, glue, join
from handlers.render.sentences import quoted

SIMILAR: Final = 0.5
_EXAMPLES: Final = {"one": "BTC 4h", "all": "BTC 4h", "scan": "20 ts 4h"}
_ROLES: Final[dict[Role, str]] = {
    "averaged": N_("It counts in the score, in the group {group}."),
    "multiplier": N_("It multiplies or mixes what the others add, and adds nothing by itself."),
    "beside": N_("It is shown beside the score and does not count in it."),
}


def composite_help(spec: CommandSpec, topic: CompositeTopic, word: str, tr: Translator) -> Html:
    """Return the page of a composite command; with a ``word`` its inputs, or the one of that id or title."""
    if topic.kind != "one" or not word:
        return _page(spec, topic, tr)
    inputs = default_specs()[topic.id].inputs
    if word == "1":
        title = f"{tr.gettext(topic.title)} · {tr.gettext('What it reads')}"
        return join("\n", [bold(title), *(_line(one, tr) for one in inputs)])
    by_name = {name: one for one in inputs for name in _names(one, tr)}
    found = by_name.get(word.casefold())
    return _unknown(spec, topic, word, by_name, tr) if found is None else _whole(found, topic, tr)


def _page(spec: CommandSpec, topic: CompositeTopic, tr: Translator) -> Html:
    names = " ".join(f"/{name}" for name in spec.names)
    caveats = join("\n", [esc("– " + tr.gettext(caveat)) for caveat in topic.caveats])
    head = glue(bold(tr.gettext(topic.title)), esc(f" – {names}"))
    blocks = [
        join("\n", [head, esc(tr.gettext(topic.question))]),
        glue(bold(tr.gettext("How it is made")), Html("\n"), esc(tr.gettext(topic.explanation))),
        glue(bold(tr.gettext("What to know")), Html("\n"), caveats),
        join("\n", [_reads(spec, topic, tr), _example(spec, topic, tr)]),
    ]
    return join("\n\n", blocks)


def _reads(spec: CommandSpec, topic: CompositeTopic, tr: Translator) -> Html:
    if topic.kind != "one":
        return Html("")
    titles = ", ".join(tr.gettext(input_title(one.scalar)) for one in default_specs()[topic.id].inputs)
    more = fill(tr.gettext("each in a sentence: {page}"), page=code(f"/help {spec.name} 1"))
    return glue(bold(tr.gettext("What it reads")), Html("\n"), esc(f"{titles}; "), more)


def _example(spec: CommandSpec, topic: CompositeTopic, tr: Translator) -> Html:
    words = _EXAMPLES[topic.kind] if topic.basket is None else EXAMPLE_BASKET
    return fill(tr.gettext("Example: {example}"), example=code(f"/{spec.name} {words}"))


def _line(one: InputSpec, tr: Translator) -> Html:
    return glue(bold(tr.gettext(input_title(one.scalar))), esc(f": {tr.gettext(input_help(one.scalar))}"))


def _names(one: InputSpec, tr: Translator) -> tuple[str, ...]:
    title = input_title(one.scalar)
    return one.scalar, title.casefold(), tr.gettext(title).casefold()


def _whole(one: InputSpec, topic: CompositeTopic, tr: Translator) -> Html:
    group = tr.gettext(look_of(topic).group_title(one.group))
    head = glue(bold(tr.gettext(input_title(one.scalar))), esc(" · "), code(one.scalar))
    place = tr.gettext(_ROLES[one.role], group=group)
    return join("\n", [head, esc(tr.gettext(input_help(one.scalar))), esc(place)])


def _unknown(
    spec: CommandSpec, topic: CompositeTopic, word: str, by_name: dict[str, InputSpec], tr: Translator
) -> Html:
    near = difflib.get_close_matches(word.casefold(), by_name, n=3, cutoff=SIMILAR)
    ids = dict.fromkeys(by_name[name].scalar for name in near) or {"1": None}
    return fill(
        tr.gettext("{score} has no input {word}. Try {examples}."),
        score=esc(tr.gettext(topic.title)),
        word=quoted(word),
        examples=join(", ", [code(f"/help {spec.name} {name}") for name in ids]),
    )
