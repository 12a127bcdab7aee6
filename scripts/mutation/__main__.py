"""Mutate areas of the code and print what their tests killed; the unchanged code must pass first.

A sample is drawn per area with a seed, since all mutants take hours. Without ``--sample`` all are tried.
"""

import argparse
import random
import sys
from collections.abc import Sequence
from pathlib import Path
from subprocess import CalledProcessError
from tempfile import TemporaryDirectory

from scripts.mutation.areas import AREAS, Area, area_by
from scripts.mutation.report import Tally, table
from scripts.mutation.workplace import Workplace, prepared


def main(arguments: Sequence[str] | None = None) -> int:
    """Run from the command line; 1 where the share killed is below ``--at-least`` or an area could not be tried."""
    parser = argparse.ArgumentParser(prog="scripts/mutate", description=__doc__)
    names = [area.name for area in AREAS]
    parser.add_argument("areas", nargs="*", metavar="area", help=f"of {', '.join(names)}; all by default")
    parser.add_argument("--sample", type=int, help="mutants per area, drawn without replacement")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--name", action="append", default=[], help="mutants by name, in place of a sample")
    parser.add_argument("--at-least", type=float, default=0.0, help="share to be killed, in percent")
    wanted = parser.parse_args(arguments)
    try:
        areas = [area_by(name) for name in wanted.areas] or list(AREAS)
    except KeyError as error:
        parser.error(str(error.args[0]))
    found = [_tried(area, wanted) for area in areas]
    tallies = [tally for tally, _ in found]
    failures = [failure for _, failure in found if failure is not None]
    print(table(tallies), *failures, sep="\n")
    tried, killed = (sum(counts) for counts in zip(*((t.tried, t.killed) for t in tallies), strict=True))
    return int(bool(failures) or 100 * killed < wanted.at_least * tried)


def _tried(area: Area, wanted: argparse.Namespace) -> tuple[Tally, str | None]:
    """Try an area's mutants and print what became of them; also what went wrong, with the verdicts until then."""
    failure = None
    with TemporaryDirectory(prefix=f"mutate-{area.name}-") as folder:
        place = prepared(Path(folder), area)
        names = place.names()
        drawn = [name for name in names if name in wanted.name] if wanted.name else sample(names, wanted)
        try:
            place.run(drawn)
        except CalledProcessError as error:
            failure = f"FAILED: mutmut ended {area.name} with {error.returncode}; its words are above"
        verdicts = place.verdicts()
        tally = Tally(area.name, len(names), {name: verdicts.get(name, "not run") for name in drawn})
        print(table([tally]), *_others(place, tally), sep="\n", flush=True)
    return tally, failure


def sample(names: Sequence[str], wanted: argparse.Namespace) -> list[str]:
    """Return the mutants drawn, all where no number is given or fewer exist."""
    if wanted.sample is None or wanted.sample >= len(names):
        return list(names)
    return sorted(random.Random(wanted.seed).sample(list(names), wanted.sample))


def _others(place: Workplace, tally: Tally) -> list[str]:
    """Show what lives, and name what could not be tried."""
    changed = [name for name in tally.others if tally.verdicts[name] != "not run"]
    shown = [f"\n{name} ({tally.verdicts[name]})\n{place.change(name)}" for name in changed]
    return shown + [f"{name} (not run)" for name in tally.others if name not in changed]


if __name__ == "__main__":
    sys.exit(main())
