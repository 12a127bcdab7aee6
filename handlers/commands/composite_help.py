"""``/help ts``: a composite command in ten lines; ``/help ts 1``: what its score reads, each input in one sentence."""

from handlers.composites.topic import CompositeTopic
from handlers.locale.messages import Translator
from handlers.registry import CommandSpec
from handlers.render.html import Html, bold, code, esc, fill, glue, join

_EXAMPLES = {"one": "BTC 4h", "all": "BTC 4h", "scan": "20 ts 4h"}
_BASKET = "BTC ETH SOL"


def composite_help(spec: CommandSpec, topic: CompositeTopic, word: str, tr: Translator) -> Html:
    """Return the page of a composite command; with a ``word`` the second level where it has one."""
    return _page(spec, topic, tr)


def _page(spec: CommandSpec, topic: CompositeTopic, tr: Translator) -> Html:
    names = " ".join(f"/{name}" for name in spec.names)
    caveats = join("\n", [esc("– " + tr.gettext(caveat)) for caveat in topic.caveats])
    head = glue(bold(tr.gettext(topic.title)), esc(f" – {names}"))
    blocks = [
        join("\n", [head, esc(tr.gettext(topic.question))]),
        glue(bold(tr.gettext("How it is made")), Html("\n"), esc(tr.gettext(topic.explanation))),
        glue(bold(tr.gettext("What to know")), Html("\n"), caveats) if topic.caveats else Html(""),
        fill(tr.gettext("Example: {example}"), example=code(f"/{spec.name} {_example(topic)}")),
    ]
    return join("\n\n", blocks)


def _example(topic: CompositeTopic) -> str:
    return _EXAMPLES[topic.kind] if topic.basket is None else _BASKET
