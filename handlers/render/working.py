"""What stands in a chat for an answer that is being made: what it waits for and how much of that is done."""

from collections.abc import Mapping
from typing import Final

from handlers.locale.messages import N_, Translator
from handlers.modules.registry import LOOKS
from handlers.ports import MessageContent
from handlers.render.html import esc
from utils.waiting import StepKind, Work, WorkStep

HISTORY: Final = N_("Fetching {symbol} {interval} history")
_SENTENCES: Final[Mapping[StepKind, str]] = {
    "symbols": N_("Reading the list of symbols"),
    "history": HISTORY,
    "sources": N_("Asking the exchange about {symbol}"),
    "score": N_("Working out the {interval} score"),
    "account": N_("Reading your account"),
    "chart": N_("Drawing the chart"),
    "scan": N_("Scoring symbols on {interval} bars"),
}
_HISTORIES: Final[Mapping[str, str]] = {
    "perpetual": N_("Fetching {symbol} {interval} history of the perpetual"),
    "premium": N_("Fetching {symbol} {interval} premium"),
    "mark": N_("Fetching {symbol} {interval} mark prices"),
    "index": N_("Fetching {symbol} {interval} index prices"),
    "continuous": N_("Fetching {symbol} {interval} futures history"),
}


def working_message(work: Work, tr: Translator) -> MessageContent:
    """Return the placeholder for an answer: that it is being made, and the step that it waits for."""
    lines = [tr.gettext("Working on it …")]
    step = next(work.steps(), None)
    if step is not None:
        lines.append(step_words(step, tr))
    text = "\n".join(lines)
    return MessageContent(esc(text), text)


def stopped_message(tr: Translator) -> MessageContent:
    """Return the answer that its reader has stopped."""
    text = tr.gettext("Stopped. Send the command again for the answer.")
    return MessageContent(esc(text), text)


def working_words(work: Work, tr: Translator) -> str:
    """Return the same on one line, for a notice over the chat."""
    return working_message(work, tr).plain.replace("\n", " ")


def step_words(step: WorkStep, tr: Translator) -> str:
    """Return what a step does and, of one in several parts, how many are done: ``… history 3/11``."""
    if step.kind == "fit":
        sentence = f"{tr.gettext(LOOKS[step.of['module']].fitting)} · {step.of['interval']}"
    else:
        sentence = tr.gettext(_sentence(step)).format(**step.of)
    return f"{sentence} {step.done}/{step.total}" if step.total > 1 else sentence


def _sentence(step: WorkStep) -> str:
    if step.kind == "history":
        return _HISTORIES.get(step.of["series"], HISTORY)
    return _SENTENCES[step.kind]
