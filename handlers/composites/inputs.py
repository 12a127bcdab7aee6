"""What the inputs of composite scores are called, by the names of the scalars that modules hand over."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Final, TypeVar

from analysis.framework.reasons import Message
from composite.result import Composite
from handlers.locale.messages import N_

MaybeMessageT = TypeVar("MaybeMessageT", bound=Message | None)


@dataclass(frozen=True, slots=True)
class InputWords:
    """An input: a title of at most fourteen letters and one sentence, both message ids."""

    title: str
    help: str


INPUTS: Final[Mapping[str, InputWords]] = {
    "trend.direction": InputWords(N_("Trend dir."), N_("Which way the price has been going: -1 down, 1 up.")),
    "trend.strength": InputWords(N_("Strength"), N_("How strongly it moves, either way.")),
    "trend.stretch": InputWords(
        N_("Stretch"), N_("How far the price is above its middle average, in its usual range.")
    ),
    "trend.pullback": InputWords(N_("Pullback"), N_("How deep the price has gone against its slow trend.")),
    "trend.slow": InputWords(N_("Slow trend"), N_("How far the middle average is above the slow one.")),
    "regime.p_trend": InputWords(N_("P(trend)"), N_("Probability that the market is in a trend now.")),
    "regime.p_ahead": InputWords(
        N_("P(straight)"), N_("Probability that the next bars go straighter than usual.")
    ),
    "regime.vol_percentile": InputWords(N_("Vol. rank"), N_("Share of its own year that was less volatile.")),
    "regime.stress": InputWords(N_("Stress"), N_("Probability of the stressed state of volatility.")),
    "sentiment.tilt": InputWords(
        N_("Sentiment"), N_("How far traders of futures lean long (1) or short (-1).")
    ),
    "sentiment.crowding": InputWords(N_("Crowding"), N_("How crowded longs (1) or shorts (-1) are.")),
    "sentiment.surprise": InputWords(N_("Positioning"), N_("How rarely positioning has been like this.")),
    "flow.pressure": InputWords(N_("Flow pressure"), N_("Who takes liquidity now: 1 buyers, -1 sellers.")),
    "flow.fragility": InputWords(N_("Fragility"), N_("How little liquidity stands in the way of the price.")),
    "flow.absorption": InputWords(
        N_("Absorption"), N_("Whether selling (1) or buying (-1) is absorbed without moving the price.")
    ),
    "flow.bar_imbalance": InputWords(
        N_("Bar imbalance"), N_("How much more is bought than sold at market over the interval.")
    ),
    "corr.leader_pull": InputWords(N_("Leader pull"), N_("Which way the coins that lead it have gone.")),
    "corr.concentration": InputWords(
        N_("Concentration"), N_("Share of all coins' movement that is one common movement.")
    ),
    "macro.backdrop": InputWords(
        N_("Backdrop"), N_("Whether money on chain and in funds supports the market.")
    ),
    "risk.market": InputWords(N_("Market risk"), N_("Share of its past year that was less risky.")),
    "risk.tail": InputWords(N_("Tail losses"), N_("How large a loss is to be reckoned with.")),
    "risk.surprise": InputWords(
        N_("Loss surprise"), N_("How unexpected the latest loss was by its own forecast.")
    ),
    "micro.alpha": InputWords(N_("Micro alpha"), N_("Which way the book leans over the next seconds.")),
    "redet.surprise": InputWords(N_("Rarity"), N_("How rarely a bar like this has been met in the past.")),
}


def input_title(name: str) -> str:
    """Return the title of an input, made of its name where it has none."""
    known = INPUTS.get(name)
    return name.rpartition(".")[2].replace("_", " ") if known is None else known.title


def input_help(name: str) -> str:
    """Return the sentence about an input, its name where there is none."""
    known = INPUTS.get(name)
    return name if known is None else known.help


def with_titles(composite: Composite) -> Composite:
    """Return a composite whose sentences name inputs by their titles."""
    return replace(
        composite,
        verdict=_titled(composite.verdict),
        notes=tuple(map(_titled, composite.notes)),
        null_reasons=tuple(map(_titled, composite.null_reasons)),
        contributions=tuple(replace(one, reason=_titled(one.reason)) for one in composite.contributions),
        multipliers=tuple(replace(one, reason=_titled(one.reason)) for one in composite.multipliers),
        gates=tuple(replace(one, reason=_titled(one.reason)) for one in composite.gates),
        parts=tuple(replace(one, reason=_titled(one.reason)) for one in composite.parts),
    )


def _titled(message: MaybeMessageT) -> MaybeMessageT:
    if message is None:
        return message
    params = {
        name: ", ".join(_input_name(word) for word in value.split(", ")) if isinstance(value, str) else value
        for name, value in message.params.items()
    }
    return replace(message, params=params, because=_titled(message.because))


def _input_name(word: str) -> str:
    return INPUTS[word].title if word in INPUTS else word


STEPS: Final[Mapping[str, str]] = {
    "rank": N_("Rank in its year"),
}


def step_title(name: str) -> str:
    """Return the title of a step taken after the inputs, made of its id where it has none."""
    return STEPS.get(name, name.replace("_", " "))


INPUT_WORDS: Final = frozenset({*(words.title for words in INPUTS.values()), *STEPS.values()})
"""Every title above, for charts."""
