"""Print the figures of modules, or of the account, on recorded market data.

A module's are those of the file that bears its id; without one, those that every module has.
"""

import argparse
import pkgutil
import sys
from collections.abc import Sequence
from importlib import import_module
from pathlib import Path
from typing import Final

from analysis.framework.module import module_by
from analysis.registry import MODULES
from scripts import figures
from scripts.figures import plain

OTHERS: Final = ("account", "options", "promise", "variance", "withheld")
"""What is measured and is no module."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run from the command line."""
    names = [*(module.id for module in MODULES), *OTHERS]
    parser = argparse.ArgumentParser(prog="scripts/figures", description=__doc__)
    parser.add_argument("modules", nargs="*", metavar="module", help=f"of {', '.join(names)}; all by default")
    parser.add_argument(
        "--data", type=Path, default=Path("../shared/data"), help="folder of the recorded data"
    )
    asked = parser.parse_args(arguments)
    if not asked.data.is_dir():
        parser.error(f"no folder {asked.data}: name the recorded data with --data")
    if unknown := sorted(set(asked.modules) - set(names)):
        parser.error(f"no figures of {', '.join(unknown)}; there are {', '.join(names)}")
    for name in asked.modules or names:
        print(*rows(name, asked.data), sep="\n", flush=True)
    return 0


def rows(name: str, data: Path) -> list[str]:
    """Return a module's figures as lines of text."""
    if name in {found.name for found in pkgutil.iter_modules(figures.__path__)}:
        lines: list[str] = import_module(f"scripts.figures.{name}").rows(data)
        return lines
    return plain.rows(module_by(name, MODULES), data)


if __name__ == "__main__":
    sys.exit(main())
