"""Print a module's, or the account's, figures on recorded market data."""

import argparse
import sys
from collections.abc import Sequence
from importlib import import_module
from pathlib import Path
from typing import Final

MODULES: Final = ("regime", "risk", "redet", "account")


def main(arguments: Sequence[str] | None = None) -> int:
    """Run from the command line."""
    parser = argparse.ArgumentParser(prog="scripts/figures", description=__doc__)
    parser.add_argument(
        "modules", nargs="*", metavar="module", help=f"of {', '.join(MODULES)}; all by default"
    )
    parser.add_argument(
        "--data", type=Path, default=Path("../shared/data"), help="folder of the recorded data"
    )
    asked = parser.parse_args(arguments)
    if not asked.data.is_dir():
        parser.error(f"no folder {asked.data}: name the recorded data with --data")
    if unknown := sorted(set(asked.modules) - set(MODULES)):
        parser.error(f"no figures of {', '.join(unknown)}; there are {', '.join(MODULES)}")
    for name in asked.modules or MODULES:
        for line in import_module(f"scripts.figures.{name}").rows(asked.data):
            print(line)
    return 0


if __name__ == "__main__":
    sys.exit(main())
