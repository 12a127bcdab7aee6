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
    tallies, failed = [], []
    for area in areas:
        with TemporaryDirectory(prefix=f"mutate-{area.name}-") as folder:
            place = prepared(Path(folder), area)
            try:
                tallies.append(_tallied(place, area, wanted))
            except CalledProcessError as error:
                failed.append(f"FAILED: {area.name}, {error.cmd[2]} ended with {error.returncode}")
                continue
            print(table(tallies[-1:]), *_survivors(place, tallies[-1]), sep="\n", flush=True)
    print(table(tallies), *failed, sep="\n")
    tried = sum(tally.tried for tally in tallies)
    too_few = 100 * sum(tally.killed for tally in tallies) < wanted.at_least * tried
    return int(too_few or bool(failed))


def _tallied(place: Workplace, area: Area, wanted: argparse.Namespace) -> Tally:
    names = place.names()
    some = [name for name in names if name in wanted.name] if wanted.name else sample(names, wanted)
    place.run(some)
    verdicts = place.verdicts()
    return Tally(area.name, len(names), {name: verdicts[name] for name in some})


def sample(names: Sequence[str], wanted: argparse.Namespace) -> list[str]:
    """Return the mutants drawn, all where no number is given or fewer exist."""
    if wanted.sample is None or wanted.sample >= len(names):
        return list(names)
    return sorted(random.Random(wanted.seed).sample(list(names), wanted.sample))


def _survivors(place: Workplace, tally: Tally) -> list[str]:
    return [f"\n{name} ({tally.verdicts[name]})\n{place.change(name)}" for name in tally.others]


if __name__ == "__main__":
    sys.exit(main())
