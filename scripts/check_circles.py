"""Refuse import circles anywhere in the tree: a module must not be needed by what it needs itself.

Imports for type checking and inside functions count as well. Prints one circle and fails if there is any.
"""

import sys
from collections.abc import Mapping
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

import grimp

PACKAGES = ("bot", "handlers", "composite", "analysis", "utils", "config")


def import_graph() -> dict[str, set[str]]:
    """Return, for every module of ours, the modules of ours that it imports."""
    first, *others = PACKAGES
    graph = grimp.build_graph(first, *others, cache_dir=None)
    return {name: graph.find_modules_directly_imported_by(name) for name in graph.modules}


def circle(imports: Mapping[str, set[str]]) -> list[str]:
    """Return one circle as a chain of modules, each importing the next; empty where there is none."""
    try:
        TopologicalSorter(imports).prepare()
    except CycleError as error:
        chain: list[str] = error.args[1]
        return chain[::-1]
    return []


if __name__ == "__main__":
    sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
    if found := circle(import_graph()):
        sys.exit("import circle: " + " -> ".join(found))
