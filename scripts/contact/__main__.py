"""``scripts/contact_sheet FOLDER``: every card of every command as a picture, and sheets of them.

The cards of modules and composites are ``FOLDER/<id>/<world>-<theme>-<language>.png`` and ``FOLDER/<id>.png``; what the
other commands, errors and buttons answer are talks; their steps are ``FOLDER/<id>/<step>-<theme>-<language>.png``.
The cards are photographed on the sandbox's own chat page by Debian's chromium, 390 pixels wide.
"""

import argparse
import asyncio
import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TypeVar

from analysis.registry import MODULES
from handlers.composites.registry import TOPICS
from handlers.composites.topic import Topic
from scripts.contact.compose import contact_sheet
from scripts.contact.shoot import LANGUAGES, LOOKS, THEMES, Scenery, shoot, talk_files
from scripts.contact.talks import TALKS, Talk, explained

ROOT = Path(__file__).resolve().parent.parent.parent
Named = TypeVar("Named", Topic, Talk)
LIVE_NOW, PAST_NOW = "2026-06-17T13:37:00+00:00", "2025-01-01T00:00:00+00:00"


def main() -> int:
    """Photograph the chosen cards and write their sheets."""
    options = _parse()
    topics: tuple[Topic, ...] = (*TOPICS, *MODULES)
    chosen = _chosen(topics, options.module, options)
    talks = _chosen((*map(explained, topics), *TALKS), options.talk, options)
    sceneries = [Scenery("live", LIVE_NOW, None, options.live)]
    if options.data.is_dir():
        sceneries.append(Scenery("past", PAST_NOW, options.data.resolve(), options.past))
    else:
        print(f"no recordings in {options.data}: past cards are left out", file=sys.stderr)
    folder = options.folder.resolve()
    asyncio.run(shoot(ROOT, chosen, talks, sceneries, folder, options.scale, options.look))
    for topic in chosen:
        cells = [
            [folder / topic.id / f"{scenery.name}-{theme}-{language}.png" for scenery in sceneries]
            for theme in THEMES
            for language in LANGUAGES
        ]
        _save(cells, folder / f"{topic.id}.png")
    for talk in talks:
        cells = [talk_files(folder, talk, theme, language) for theme in THEMES for language in LANGUAGES]
        _save(cells, folder / f"{talk.id}.png")
    return 0


def _chosen(among: Sequence[Named], ids: Sequence[str] | None, options: argparse.Namespace) -> list[Named]:
    """Return those with the ids that were named, all where nothing of any kind was named."""
    if ids is None:
        return [] if options.module or options.talk else list(among)
    unknown = sorted(set(ids) - {one.id for one in among})
    if unknown:
        sys.exit(f"no {unknown[0]}; there are {', '.join(one.id for one in among)}")
    return [one for one in among if one.id in ids]


def _save(cells: Sequence[Sequence[Path]], file: Path) -> None:
    contact_sheet(cells).save(file)
    print(file)


def _parse() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="scripts/contact_sheet", description=__doc__)
    recordings = Path(os.environ.get("SANDBOX_DATA") or ROOT.parent / "shared" / "data")
    parser.add_argument("folder", type=Path)
    parser.add_argument(
        "--module", action="append", help="id of a module or composite (default: all); may be repeated"
    )
    parser.add_argument(
        "--talk",
        action="append",
        help="id of a talk (default: all), ID-why for what a card explains; may be repeated",
    )
    parser.add_argument("--data", type=Path, default=recordings, help="the folder of recordings")
    parser.add_argument("--live", default="btc 4h", help="what is asked of the simulated market")
    parser.add_argument("--past", default="btc 4h @2024-08-05", help="what is asked of the recordings")
    parser.add_argument("--look", choices=LOOKS, default=LOOKS[0], help="how cards look, with all folds open")
    parser.add_argument("--scale", type=float, default=2.0, help="device pixels for each of the page's")
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
