"""``scripts/contact_sheet FOLDER``: the card of every module and composite as a picture, and a sheet of them.

They are ``FOLDER/<id>/<world>-<theme>-<language>.png`` and ``FOLDER/<id>.png``.
The cards are photographed on the sandbox's own chat page by Debian's chromium, 390 pixels wide.
"""

import argparse
import asyncio
import os
import sys
from pathlib import Path

from analysis.registry import MODULES
from handlers.composites.registry import TOPICS
from handlers.composites.topic import Topic
from scripts.contact.compose import contact_sheet
from scripts.contact.shoot import LANGUAGES, THEMES, Scenery, shoot

ROOT = Path(__file__).resolve().parent.parent.parent
LIVE_NOW, PAST_NOW = "2026-06-17T13:37:00+00:00", "2025-01-01T00:00:00+00:00"


def main() -> int:
    """Photograph the chosen cards and write their sheets."""
    options = _parse()
    topics: tuple[Topic, ...] = (*TOPICS, *MODULES)
    chosen = [topic for topic in topics if not options.module or topic.id in options.module]
    sceneries = [Scenery("live", LIVE_NOW, None, options.live)]
    if options.data.is_dir():
        sceneries.append(Scenery("past", PAST_NOW, options.data.resolve(), options.past))
    else:
        print(f"no recordings in {options.data}: past cards are left out", file=sys.stderr)
    folder = options.folder.resolve()
    asyncio.run(shoot(ROOT, chosen, sceneries, folder, options.scale))
    for topic in chosen:
        cells = [
            [folder / topic.id / f"{scenery.name}-{theme}-{language}.png" for scenery in sceneries]
            for theme in THEMES
            for language in LANGUAGES
        ]
        contact_sheet(cells).save(folder / f"{topic.id}.png")
        print(folder / f"{topic.id}.png")
    return 0


def _parse() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="scripts/contact_sheet", description=__doc__)
    recordings = Path(os.environ.get("SANDBOX_DATA") or ROOT.parent / "shared" / "data")
    parser.add_argument("folder", type=Path)
    parser.add_argument(
        "--module", action="append", help="id of a module or composite (default: all); may be repeated"
    )
    parser.add_argument("--data", type=Path, default=recordings, help="the folder of recordings")
    parser.add_argument("--live", default="btc 4h", help="what is asked of the simulated market")
    parser.add_argument("--past", default="btc 4h @2024-08-05", help="what is asked of the recordings")
    parser.add_argument("--scale", type=float, default=2.0, help="device pixels for each of the page's")
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
