"""Build the site: ``python -m scripts.pages [FOLDER]``."""

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

from scripts.pages.build import build, fetched_elsewhere, write_sources
from scripts.pages.gather import ROOT, BrokenLinkError


def main(arguments: Sequence[str]) -> int:
    """Build and say where the site is; 1 where a link leads nowhere or the generator warns."""
    parser = argparse.ArgumentParser(prog="scripts/site", description="Builds the documentation as a site.")
    parser.add_argument("folder", nargs="?", type=Path, default=ROOT / "var" / "site")
    folder: Path = parser.parse_args(arguments).folder
    with TemporaryDirectory() as sources:
        try:
            write_sources(ROOT, Path(sources))
        except BrokenLinkError as error:
            print(error, file=sys.stderr)
            return 1
        problems = build(ROOT, Path(sources), folder)
    if problems := problems or "\n".join(fetched_elsewhere(folder)):
        print(problems, file=sys.stderr)
        return 1
    print(f"open {folder / 'index.html'} in a browser")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
