"""All composite scores of one question together: what the card and the chart of ``/score`` are made from."""

from dataclasses import dataclass, replace

from composite.result import Composite


@dataclass(frozen=True, slots=True, eq=False)
class Board:
    """The scores in their order (at least one), asked for ``interval``; some have intervals of their own."""

    interval: str
    scores: tuple[Composite, ...]

    @property
    def leading(self) -> Composite:
        """The score that gives symbol, price and times: the first one on the asked interval, else the first."""
        same = (score for score in self.scores if score.interval == self.interval)
        return next(same, self.scores[0])

    @property
    def headed(self) -> Composite:
        """The same on the asked interval, for headlines."""
        return replace(self.leading, interval=self.interval)

    @property
    def as_of(self) -> int:
        """The moment asked (UTC ms)."""
        return self.leading.as_of

    @property
    def bar_close(self) -> int:
        """The close of the last bar read (UTC ms)."""
        return self.leading.bar_close
