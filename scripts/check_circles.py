"""Refuse import circles anywhere in the tree: a module must not be needed by what it needs itself.

Imports for type checking and inside functions count as well. Prints one circle and fails if there is any.
"""

import sys
from collections.abc import Iterable, Mapping
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

import grimp

PACKAGES = ("bot", "handlers", "composite", "analysis", "utils", "config")
EXCEPTIONS = (("analysis.anomaly", "analysis.regime_anomal"),)
"""Groups of packages whose modules may still import one another in a circle."""


def import_graph() -> dict[str, set[str]]:
    """Return, for every module of ours, the modules of ours that it imports."""
    first, *others = PACKAGES
    graph = grimp.build_graph(first, *others, cache_dir=None)
    return {name: graph.find_modules_directly_imported_by(name) for name in graph.modules}


def without_exceptions(
    imports: Mapping[str, set[str]], groups: Iterable[tuple[str, ...]]
) -> dict[str, set[str]]:
    """Return the graph without the imports between two modules of the same one of ``groups``."""
    kept = {name: set(imported) for name, imported in imports.items()}
    for group in groups:
        inside = {name for name in kept if f"{name}.".startswith(tuple(f"{prefix}." for prefix in group))}
        for name in inside:
            kept[name] -= inside
    return kept


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
    if found := circle(without_exceptions(import_graph(), EXCEPTIONS)):
        sys.exit("import circle: " + " -> ".join(found))
