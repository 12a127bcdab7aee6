"""What the tests noticed: the share of mutants killed with its interval, and those that live."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from math import sqrt
from typing import Final, Literal

Z95: Final = 1.959964
Verdict = Literal["killed", "hung", "survived", "no test", "not run"]
SURVIVED: Final = 0
NO_TEST: Final = frozenset({5, 33})
HUNG: Final = frozenset({24, -24, 36, 152})
"""Ended at the time limit."""
NOTICED: Final = frozenset({"killed", "hung"})
NOT_RUN: Final = 255
"""What a worker of mutmut exits with where pytest could not be started, and where it gave up itself."""


def verdict_of(exit_code: int) -> Verdict:
    """Return what an exit code of mutmut's worker says; tests that fail or that end the process have killed."""
    if exit_code == NOT_RUN:
        return "not run"
    if exit_code in NO_TEST:
        return "no test"
    if exit_code in HUNG:
        return "hung"
    return "survived" if exit_code == SURVIVED else "killed"


@dataclass(frozen=True, slots=True)
class Tally:
    """One area: how many mutants there are, and the verdict on each that was drawn."""

    area: str
    mutants: int
    verdicts: Mapping[str, Verdict]

    @property
    def tried(self) -> int:
        """How many have been decided."""
        return sum(verdict != "not run" for verdict in self.verdicts.values())

    @property
    def killed(self) -> int:
        """How many were noticed, those among them that hang the tests."""
        return sum(verdict in NOTICED for verdict in self.verdicts.values())

    @property
    def hung(self) -> int:
        """How many ended at the time limit, which a machine too busy would make more."""
        return sum(verdict == "hung" for verdict in self.verdicts.values())

    @property
    def others(self) -> list[str]:
        """The names of those that nobody noticed, that no test runs, and that could not be tried."""
        return sorted(name for name, verdict in self.verdicts.items() if verdict not in NOTICED)


def wilson(successes: int, trials: int, z: float = Z95) -> tuple[float, float]:
    """Return the interval (Wilson 1927) of a share, (0, 1) without trials."""
    if trials == 0:
        return 0.0, 1.0
    share, slack = successes / trials, z * z / trials
    centre, reach = share + slack / 2, z * sqrt(share * (1 - share) / trials + slack / (4 * trials))
    return (centre - reach) / (1 + slack), (centre + reach) / (1 + slack)


def table(tallies: Iterable[Tally]) -> str:
    """Return the areas as lines of a Markdown table, shares in percent, the interval 95 %."""
    lines = [
        "| area | mutants | tried | killed | of these hung | survived | share | 95 % interval |",
        "|---" * 8 + "|",
    ]
    return "\n".join(lines + [_line(tally) for tally in tallies])


def _line(tally: Tally) -> str:
    tried, killed = tally.tried, tally.killed
    low, high = wilson(killed, tried)
    share = f"{killed / tried:.1%}" if tried else "-"
    cells = [
        tally.area,
        tally.mutants,
        tried,
        killed,
        tally.hung,
        tried - killed,
        share,
        f"{low:.1%} to {high:.1%}",
    ]
    return "| " + " | ".join(map(str, cells)) + " |"
