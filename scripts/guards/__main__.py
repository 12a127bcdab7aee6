"""Take away the guards of docs/security.md one at a time, in a copy, and print whose test noticed.

``python -m scripts.guards [word…]`` tries those whose name, attack or file holds one of the words, without words all.
The tests must pass with every guard in place first. Ends with 1 where a guard is gone and a test passes, with 2 where
the tests fail beforehand. ``--write`` writes the table of the page anew and tries nothing.
"""

import argparse
import os
import re
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final, Literal

from scripts.guards.guard import Guard
from scripts.guards.table import ATTACKS, FILE, written
from scripts.mutation.workplace import copy_tree, environment

PASSED: Final = 0
FAILED: Final = 1
"""What pytest ends with."""
NOTICED: Final = "noticed"
Outcome = Literal["noticed", "NOT NOTICED", "NOT RUN"]
_OUTCOMES: Final[Mapping[int, Outcome]] = {PASSED: "NOT NOTICED", FAILED: NOTICED}
_WHICH: Final = re.compile(r"^(?:FAILED|ERROR) (\S+)", re.MULTILINE)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run from the command line; 1 where a test does not notice, 2 where the unchanged code fails."""
    parser = argparse.ArgumentParser(prog="python -m scripts.guards", description=__doc__)
    parser.add_argument("words", nargs="*")
    parser.add_argument("--write", action="store_true")
    asked = parser.parse_args(arguments)
    if asked.write:
        FILE.write_text(written(FILE.read_text(encoding="utf-8")), encoding="utf-8")
        return 0
    wanted = _named(asked.words)
    if not wanted:
        parser.error("no guard has such a name")
    with TemporaryDirectory(prefix="guards-") as name:
        copy_tree(Path(name))
        return tried(Path(name), wanted)


def tried(folder: Path, wanted: Sequence[Guard]) -> int:
    """Try guards in a copy of the tree and print what became of each; return what the process ends with."""
    code, said = _tested(folder, sorted({test for guard in wanted for test in guard.tests}))
    if code != PASSED:
        print(said, "the tests fail with every guard in place", sep="\n")
        return 2
    outcomes = [outcome for guard in wanted for outcome in _without(folder, guard)]
    print(f"{outcomes.count(NOTICED)} of {len(outcomes)} noticed")
    return int(outcomes.count(NOTICED) < len(outcomes))


def _named(words: Sequence[str]) -> list[Guard]:
    return [
        guard
        for attack in ATTACKS
        for guard in attack.guards
        if not words or any(word in f"{attack.what} {guard.name} {guard.file}" for word in words)
    ]


def _without(folder: Path, guard: Guard) -> list[Outcome]:
    """Take a guard away, ask each of its tests, and put it back."""
    path = folder / guard.file
    before, status = path.read_text(encoding="utf-8"), path.stat()
    path.write_text(guard.removed(before), encoding="utf-8")
    outcomes: list[Outcome] = []
    for test in guard.tests:
        code, said = _tested(folder, [test], keeps_compiled=False)
        outcomes.append(_OUTCOMES.get(code, "NOT RUN"))
        which = " ".join(_WHICH.findall(said))
        print(f"{outcomes[-1]:11}  {guard.name}  ({guard.file}; {which or test})", flush=True)
    path.write_text(before, encoding="utf-8")
    # what was compiled before is that of this text
    os.utime(path, ns=(status.st_atime_ns, status.st_mtime_ns))
    return outcomes


def _tested(folder: Path, tests: Sequence[str], *, keeps_compiled: bool = True) -> tuple[int, str]:
    """Return what pytest ends with in a folder, and what it says."""
    compiling = {"PYTHONDONTWRITEBYTECODE": "" if keeps_compiled else "1"}
    command = [sys.executable, "-m", "pytest", "-x", "-q", "--tb=no", "-p", "no:cacheprovider", *tests]
    environs = environment() | compiling
    done = subprocess.run(command, cwd=folder, env=environs, stdout=subprocess.PIPE, check=False, text=True)
    return done.returncode, done.stdout


if __name__ == "__main__":
    sys.exit(main())
