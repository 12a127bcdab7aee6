"""What a composite score is made of, as data: inputs with group, polarity and weight, gates, floors and method."""

from collections.abc import Mapping
from typing import Final, Literal, Self

from pydantic import model_validator

from config.base import ConfigModel, setting

Group = Literal[
    "trend",
    "flow",
    "positioning",
    "leaders",
    "volatility",
    "tail",
    "slow",
    "surprise",
    "micro",
    "regime",
    "concentration",
]
"""Which raw facts an input mostly rests on: views of one fact share one vote."""
Method = Literal["weighted_mean", "normalised_mean", "min_max_mean", "pca", "ensemble"]
Role = Literal["averaged", "multiplier", "beside"]
Reads = Literal["value", "age", "event"]

HIGHEST_WEIGHT: Final = 1000
PARENT_LIMIT: Final = 0.35
"""Share of a score's weight that one raw fact may carry without a reason."""


class InputSpec(ConfigModel):
    """One scalar in a score.

    ``averaged`` inputs enter the average of their group; a ``multiplier`` multiplies or mixes and adds nothing by
    itself; one ``beside`` is published and counts in nothing. With a ``setup`` it belongs to that sub-score alone.
    """

    scalar: str = setting(..., "name of the scalar")
    group: Group = setting(..., "group whose vote it shares")
    polarity: Literal[-1, 1] = setting(1, "+1 where a higher value raises the score, -1 where it lowers it")
    weight: float = setting(..., "how much it counts", ge=0, le=HIGHEST_WEIGHT)
    why: str = setting(..., "reason of the weight in a sentence", min_length=10)
    role: Role = setting("averaged", "how it enters")
    setup: str = setting("", "sub-score that it belongs to alone")

    @property
    def key(self) -> str:
        """The configuration key of its weight."""
        return self.scalar.replace(".", "_")


class GateSpec(ConfigModel):
    """A condition that withholds the score: a scalar's ``value``, or its ``age`` in half-lives, lies above ``limit``.

    One that reads an ``event`` withholds while a dated event is nearer than ``limit`` hours, with 0 never.
    """

    name: str = setting(..., "name of the gate", pattern=r"^[a-z_]+$")
    reads: Reads = setting("value", "what is held to the limit")
    scalar: str = setting("", "scalar that is read")
    limit: float = setting(..., "highest value that leaves it open", ge=0)
    high: float = setting(1.0, "highest limit that makes sense", ge=0, le=1000)
    why: str = setting(..., "reason of the limit in a sentence", min_length=10)


class CompositeSpec(ConfigModel):
    """A composite score as data; a weight of 0 leaves an input out."""

    name: str = setting("", "short name of the score; that of its table")
    modules: tuple[str, ...] = setting(..., "modules that are asked", min_length=1)
    intervals: dict[str, str] = setting({}, "interval of a module that is not the asked one")
    horizon_bars: float = setting(0.0, "how far ahead it looks", unit="bars", ge=0, le=1000)
    horizon_s: float = setting(0.0, "the same where the interval does not matter", unit="s", ge=0, le=1e8)
    method: Method = setting("weighted_mean", "how inputs are averaged")
    tau: float = setting(2.0, "how fast a mismatch of horizons takes weight", gt=0, le=20)
    min_coverage: float = setting(0.6, "share of the weights that a score needs", ge=0, le=1)
    min_groups: int = setting(2, "groups that a score needs, 0 where none are averaged", ge=0, le=10)
    parent_limit: float = setting(PARENT_LIMIT, "share of the weight on one raw fact", gt=0, le=1)
    parent_reason: str = setting("", "reason of a higher limit in a sentence")
    inputs: tuple[InputSpec, ...] = setting(..., "what it is made of", min_length=1)
    gates: tuple[GateSpec, ...] = setting((), "what withholds it")
    target_volatility: float | None = setting(
        None, "volatility a year beyond which an allocation keeps cash", gt=0, le=5
    )

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        self.check()
        return self

    def check(self) -> None:
        """Raise ``ValueError`` with one line about the first thing that does not fit together."""
        names = [one.scalar for one in self.inputs]
        repeated = next((name for name in names if names.count(name) > 1), None)
        if repeated:
            raise ValueError(f"expected {repeated} once")
        if (self.horizon_bars > 0) == (self.horizon_s > 0):
            raise ValueError("expected either horizon_bars or horizon_s above 0")
        if self.min_groups > 0 and not any(one.role == "averaged" for one in self.counted):
            raise ValueError("expected a positive weight for at least one averaged input")
        if self.parent_limit > PARENT_LIMIT and not self.parent_reason:
            raise ValueError(f"expected parent_reason for a parent_limit above {PARENT_LIMIT}")
        for gate in self.gates:
            _check_gate(gate)

    @property
    def counted(self) -> tuple[InputSpec, ...]:
        """The inputs that count: those of positive weight, in the order of declaration."""
        return tuple(one for one in self.inputs if one.weight > 0 and one.role != "beside")

    def horizon(self, bar_s: float) -> float:
        """Return the seconds ahead that the score looks, with bars of ``bar_s`` seconds."""
        return self.horizon_s or self.horizon_bars * bar_s

    def interval_of(self, module: str, asked: str) -> str:
        """Return the interval that a module is asked on."""
        return self.intervals.get(module, asked)

    def scalars(self) -> tuple[str, ...]:
        """Return every scalar that is read: inputs in their order, then those of gates alone."""
        gates = (gate.scalar for gate in self.gates if gate.scalar)
        return tuple(dict.fromkeys([*(one.scalar for one in self.inputs), *gates]))

    def with_weights(self, weights: Mapping[str, float]) -> "CompositeSpec":
        """Return it with other weights by scalar; what is not named keeps its own, 0 leaves an input out.

        ``ValueError`` for an unknown scalar and where nothing would count.
        """
        unknown = set(weights) - {one.scalar for one in self.inputs}
        if unknown:
            raise ValueError(f"no input {', '.join(sorted(unknown))}")
        inputs = tuple(
            one.model_copy(update={"weight": weights.get(one.scalar, one.weight)}) for one in self.inputs
        )
        return self.changed(inputs=inputs)

    def only(self, scalars: frozenset[str]) -> "CompositeSpec":
        """Return the variant with just these scalars; its floors are those of its own weights."""
        return self.with_weights({one.scalar: 0.0 for one in self.inputs if one.scalar not in scalars})

    def changed(self, **fields: object) -> "CompositeSpec":
        """Return it with some fields replaced; ``ValueError`` where they do not fit together."""
        made = self.model_copy(update=fields)
        made.__dict__.pop("digest", None)
        made.check()
        return made


def _check_gate(gate: GateSpec) -> None:
    if gate.limit > gate.high:
        raise ValueError(f"expected the limit of {gate.name} from 0 to {gate.high}")
    if (gate.reads != "event") != bool(gate.scalar):
        raise ValueError(f"expected a scalar for the gate {gate.name} exactly where it reads one")
