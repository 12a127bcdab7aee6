"""Refuse a public class name that two modules define: whoever searches for a name must find one meaning.

Looks at module-level classes whose name has no leading underscore, outside ``utils/sandbox`` and the tests. Prints each
duplicate with its places and fails if there is any.
"""

import ast
import sys
from collections import defaultdict
from collections.abc import Iterable, Mapping
from pathlib import Path

ROOMS = ("analysis", "bot", "composite", "config", "handlers", "utils")
EXEMPT = "utils/sandbox/"


def public_classes(source: str) -> list[tuple[str, int]]:
    """Return name and line of every public class at the top level of a module."""
    return [
        (node.name, node.lineno)
        for node in ast.parse(source).body
        if isinstance(node, ast.ClassDef) and not node.name.startswith("_")
    ]


def duplicates(sources: Mapping[str, str]) -> dict[str, list[str]]:
    """Return the places (``path:line``) of every name that several of ``sources`` (by path) define."""
    places: defaultdict[str, list[str]] = defaultdict(list)
    for path, source in sources.items():
        for name, line in public_classes(source):
            places[name].append(f"{path}:{line}")
    return {name: found for name, found in sorted(places.items()) if len(found) > 1}


def read_sources(root: Path, rooms: Iterable[str]) -> dict[str, str]:
    """Return the text of every module below ``rooms`` by its path below ``root``."""
    paths = sorted(path for room in rooms for path in (root / room).rglob("*.py"))
    named = {path.relative_to(root).as_posix(): path for path in paths}
    return {name: path.read_text("utf-8") for name, path in named.items() if not name.startswith(EXEMPT)}


if __name__ == "__main__":
    found = duplicates(read_sources(Path(__file__).resolve().parents[1], ROOMS))
    if found:
        sys.exit(
            "\n".join(f"class {name} is defined in {', '.join(places)}" for name, places in found.items())
        )
