"""Import, from an environment of its own, all that a lock was made for; needs nothing but Python.

Prints how many modules were imported; what cannot be imported raises.
"""

import re
import sys
import tomllib
from collections.abc import Iterator
from importlib import import_module
from importlib.metadata import packages_distributions
from importlib.util import find_spec
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent


def asked_for(lock: str) -> set[str]:
    """Return the normalised names in the source of a lock (``requirements-dev.lock``)."""
    if lock == "requirements.lock":
        lines = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"][
            "dependencies"
        ]
    else:
        lines = (ROOT / lock).with_suffix(".in").read_text(encoding="utf-8").splitlines()
    return {normalised(line) for line in lines if line and not line.startswith("#")}


def normalised(requirement: str) -> str:
    """Return the name of a requirement as PEP 503 compares names."""
    name = re.split(r"[^A-Za-z0-9._-]", requirement, maxsplit=1)[0]
    return re.sub(r"[-_.]+", "-", name).lower()


def modules_of(names: set[str]) -> Iterator[tuple[str, str]]:
    """Yield (distribution, module) of what is installed under these names.

    A name in a package's list of modules that is none is passed over: some list folders of their build.
    """
    for module, distributions in packages_distributions().items():
        for name in names.intersection(map(normalised, distributions)):
            if module.isidentifier() and find_spec(module) is not None:
                yield name, module


def main(lock: str) -> int:
    """Import every module of every package that a lock was made for; 1 where a package other than stubs has none."""
    names = asked_for(lock)
    found = sorted(modules_of(names))
    for _, module in found:
        import_module(module)
    empty = sorted(name for name in names - {name for name, _ in found} if not name.endswith("-stubs"))
    print(f"{lock}: imported {len(found)} modules" + (f", but none of {', '.join(empty)}" if empty else ""))
    return 1 if empty else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
