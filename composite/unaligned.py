"""What a panel is made of, before it is: small enough to be handed to a worker, which aligns it there."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass

from analysis.framework.reasons import Reason
from analysis.framework.result import Analysis, Scalar
from analysis.framework.scalar_past import ScalarPast
from composite.alignment import NOTHING_EARLIER, panel_of
from composite.panel import Panel


@dataclass(frozen=True, slots=True, eq=False)
class ModuleScalars:
    """The scalars of one answer and their past; see `composite.alignment.WithScalars`."""

    module: str
    interval: str
    bar_close: int
    scalars: tuple[Scalar, ...]
    past: ScalarPast


@dataclass(frozen=True, slots=True, eq=False)
class Unaligned:
    """The answers of a question's modules as `composite.alignment.panel_of` reads them."""

    answers: tuple[ModuleScalars, ...]
    absent: Mapping[str, Reason]
    interval: str
    now: int
    earlier: Mapping[str, ScalarPast]
    only: frozenset[str] | None

    def panel(self) -> Panel:
        """Return the panel."""
        return panel_of(
            self.answers,
            self.absent,
            interval=self.interval,
            now=self.now,
            earlier=self.earlier,
            only=self.only,
        )


def unaligned(
    answers: Iterable[Analysis],
    absent: Mapping[str, Reason],
    *,
    interval: str,
    now: int,
    earlier: Mapping[str, ScalarPast] = NOTHING_EARLIER,
    only: Collection[str] | None = None,
) -> Unaligned:
    """Return what `panel_of` makes the same panel of, without anything else that the answers carry."""
    names = None if only is None else frozenset(only)
    return Unaligned(
        tuple(
            ModuleScalars(one.module, one.interval, one.bar_close, one.scalars, _only(one.past, names))
            for one in answers
        ),
        absent,
        interval,
        now,
        {module: _only(past, names) for module, past in earlier.items()},
        names,
    )


def _only(past: ScalarPast, names: frozenset[str] | None) -> ScalarPast:
    if names is None:
        return past
    return ScalarPast(past.time, {name: column for name, column in past.values.items() if name in names})
