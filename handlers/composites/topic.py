"""What a composite command is about: one of the scores, all of them, or a ranking by one; and how each looks."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Final, Literal, TypedDict, Unpack

from analysis.account.result import AccountRisk
from analysis.framework.module import AnyModule, TakesBasket
from analysis.framework.reasons import Reason
from composite.declared import DeclaredScore
from composite.result import Composite
from handlers.locale.messages import Translator
from handlers.render.html import Block
from handlers.render.look import Chart, ScoreLook

TopicKind = Literal["one", "all", "scan"]
INTERVALS: Final = ("15m", "1h", "4h", "1d")


@dataclass(frozen=True, slots=True, kw_only=True)
class CompositeLook(ScoreLook):
    """How one composite score looks; every text is a message id.

    ``row`` is its title where seven stand below each other, at most eight letters. ``ends`` are the words of the lowest
    and the highest score, ``parts`` and ``gates`` the titles of what its answer names so. ``remark`` says on every card
    what the score is and what it is not. ``chart`` draws it. ``personal`` makes what the owner of the account reads
    beside it, in private alone.
    """

    chart: Chart[Composite]
    row: str
    remark: str
    ends: tuple[str, str] = ("", "")
    parts: Mapping[str, str] = field(default_factory=dict)
    gates: Mapping[str, str] = field(default_factory=dict)
    personal: Callable[[Composite, AccountRisk | Reason, Translator], tuple[Block, ...]] | None = None

    def part_title(self, name: str) -> str:
        """Return the title of a number beside the score, made of its name where it has none."""
        return self.parts.get(name, name.replace("_", " "))

    def gate_title(self, name: str) -> str:
        """Return the title of a gate, made of its name where it has none."""
        return self.gates.get(name, name.replace("_", " "))


@dataclass(frozen=True, slots=True, kw_only=True)
class CompositeTopic:
    """The declaration of a composite command; every text is a message id.

    ``id`` is the short name of the score where ``kind`` is ``one``, which alone has a ``look``. ``interval`` is the one
    it is answered on whatever interval is asked, ``basket`` how many symbols it takes at once, ``account`` whether an
    owner sees the own account beside it. ``reads_live`` says that it rests on readings of which no history is kept: an
    old card of it cannot be made again. ``quota`` are the units that it costs.
    """

    kind: TopicKind
    id: str
    commands: tuple[str, ...]
    title: str
    question: str
    explanation: str
    caveats: tuple[str, ...] = ()
    look: CompositeLook | None = None
    interval: str | None = None
    other_timeframes: tuple[str, ...] = INTERVALS
    basket: TakesBasket | None = None
    account: bool = False
    reads_live: bool = False
    quota: int = 1

    def interval_of(self, asked: str) -> str:
        """Return the interval of an answer: the score's own one, else that asked."""
        return asked if self.interval is None else self.interval


class _Told(TypedDict, total=False):
    caveats: tuple[str, ...]
    interval: str | None
    other_timeframes: tuple[str, ...]
    account: bool
    reads_live: bool


def topic_of_score(
    declared: DeclaredScore,
    *,
    commands: tuple[str, ...],
    explanation: str,
    look: CompositeLook,
    **told: Unpack[_Told],
) -> CompositeTopic:
    """Return the topic about one declared score."""
    return CompositeTopic(
        kind="one",
        id=declared.name,
        commands=commands,
        title=declared.title,
        question=declared.question,
        explanation=explanation,
        basket=declared.basket,
        look=look,
        **told,
    )


Topic = AnyModule | CompositeTopic
"""What an analysis command answers about."""


def reads_live(topic: Topic) -> bool:
    """Return whether a card of a moment that has passed can be made again only while its answer is kept."""
    return topic.reads_live if isinstance(topic, CompositeTopic) else topic.job == "stream"


def look_of(topic: CompositeTopic) -> CompositeLook:
    """Return the look of a topic about one score; ``LookupError`` for another."""
    if topic.look is None:
        raise LookupError(f"{topic.id!r} is no single score: it has no look")
    return topic.look
