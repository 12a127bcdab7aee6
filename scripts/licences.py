"""``python -m scripts.licences [--write]``: the licences of all run-time packages.

What a package says of itself counts: its licence expression, else a field or classifier that names one licence. Where
it names none or several, the licence stands in ``READ_IN_FILES``, read in its licence file. Libraries inside a package
count as it lists them. ``--write`` writes ``docs/licences.md``; the exit status is 1 if a licence is unknown or may not
be used.
"""

import re
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.metadata import Distribution, distribution
from pathlib import Path
from typing import Final

from license_expression import (  # type: ignore[import-untyped]
    ExpressionError,
    Licensing,
    get_spdx_licensing,
)

from scripts.locked import CLUSTER_LOCK, RUN_TIME_LOCK, pins_for_here

PAGE: Final = Path(__file__).resolve().parent.parent / "docs" / "licences.md"
PERMISSIVE: Final = frozenset(
    {
        *("0BSD", "AFL-2.1", "Apache-2.0", "BSD-2-Clause", "BSD-3-Clause", "BSD-3-Clause-Open-MPI"),
        *("Bitstream-Charter", "CC0-1.0", "FTL", "ISC", "LicenseRef-BaKoMa-Fonts", "MIT", "MIT-0", "MIT-CMU"),
        *("MIT-Modern-Variant", "OFL-1.1", "PSF-2.0", "Python-2.0", "Qhull", "Unlicense", "Zlib"),
    }
)
"""Whoever passes the package on keeps its notice with it."""
WITH_CONDITIONS: Final = {
    "GPL-3.0-or-later WITH GCC-exception-3.1": "the exception lets programs of any licence use it",
    "LGPL-2.1-or-later": "used as it is and as a library of its own, which anybody may replace",
    "LGPL-3.0-only": "used as it is and as a library of its own, which anybody may replace",
    "MPL-2.0": "covers its own files, which are used as they are",
}
READ_IN_FILES: Final = {
    "contourpy": "BSD-3-Clause",
    "cycler": "BSD-3-Clause",
    "jinja2": "BSD-3-Clause",
    "kiwisolver": "BSD-3-Clause",
    "matplotlib": "PSF-2.0",  # its own text, after that of Python
    "partd": "BSD-3-Clause",
    "scipy": "BSD-3-Clause",
    "ta-lib": "BSD-2-Clause",
    "zict": "BSD-3-Clause",
}
_BY_OTHER_NAMES: Final = {
    "Apache 2.0": "Apache-2.0",
    "Apache Software License": "Apache-2.0",
    "BaKoMa Fonts Licence": "LicenseRef-BaKoMa-Fonts",
    "ISC License (ISCL)": "ISC",
    "MIT License": "MIT",
    "Mozilla Public License 2.0 (MPL 2.0)": "MPL-2.0",
}
_INSIDE: Final = re.compile(r"^Name: (.+)\n(?:.*\n){0,6}?License: (.+)$", re.MULTILINE)
_LICENCE_FILE: Final = re.compile(r"licen[cs]e|copying|notice", re.IGNORECASE)
# the run-time of OpenMP, which some packages bring along without a word
_GOMP: Final = ("GCC runtime library", "GPL-3.0-or-later WITH GCC-exception-3.1")


@dataclass(frozen=True, slots=True)
class Licensed:
    """A package or a library inside it, and its licence as an SPDX expression; ``None``: it names none."""

    package: str
    inside: str
    licence: str | None


def licensed_packages() -> list[Licensed]:
    """Return the run-time packages and what they bring along, as they are installed here, those of a cluster too."""
    names = {pin.name for lock in (RUN_TIME_LOCK, CLUSTER_LOCK) for pin in pins_for_here(lock)}
    return [found for name in sorted(names) for found in _of(name, distribution(name))]


def objections(found: list[Licensed]) -> list[str]:
    """Return one line for each licence that is not known or may not be used."""
    licensing = get_spdx_licensing()
    return [
        f"{one.package} {one.inside}".strip() + f": {one.licence or 'names no licence'}"
        for one in found
        if one.licence is None or not may_be_used(one.licence, licensing)
    ]


def may_be_used(expression: str, licensing: Licensing) -> bool:
    """Return whether an SPDX expression leaves a choice of licences that are all allowed."""
    if expression in WITH_CONDITIONS:
        return True
    try:
        parsed = licensing.parse(expression)
    except ExpressionError:
        return False
    operator = getattr(parsed, "operator", None)
    if operator is None:
        return str(parsed) in PERMISSIVE | WITH_CONDITIONS.keys()
    parts = (may_be_used(str(part), licensing) for part in parsed.args)
    return any(parts) if operator.strip() == "OR" else all(parts)


def page(found: list[Licensed]) -> str:
    """Return ``docs/licences.md``."""
    rows = [f"| {one.package} | {one.inside} | {one.licence or 'unknown'} |" for one in found]
    conditions = [f"- **{name}**: {why}." for name, why in sorted(WITH_CONDITIONS.items())]
    return "\n".join((*_BEFORE, *conditions, "", *_HEAD, *rows, ""))


_BEFORE: Final = (
    "# Licences of what the bot runs with",
    "",
    "Written by `python -m scripts.licences --write` from the packages of `requirements.lock` and, where a",
    "cluster is used, `requirements-dask.lock`, on Python 3.11. A test fails where a package has no known licence,",
    "one that may not be used, or where this page is old. Versions and hashes:",
    "`scripts/sbom` ([running.md](running.md#what-it-is-made-of)).",
    "",
    "May be used: licences that ask no more than to keep their notices (they stay in the packages, in an image too),",
    "and with conditions that the bot keeps, as it changes no package and links none into itself:",
    "",
)
_HEAD: Final = ("| package | brings along | licence (SPDX) |", "|---|---|---|")


def _of(name: str, package: Distribution) -> Iterator[Licensed]:
    yield Licensed(name, "", _declared(name, package))
    inside = dict(_inside(package))
    if any("libgomp" in file.name for file in package.files or ()):
        inside.setdefault(*_GOMP)
    for library, licence in sorted(inside.items()):
        yield Licensed(name, library, _BY_OTHER_NAMES.get(licence, licence))


def _declared(name: str, package: Distribution) -> str | None:
    if name in READ_IN_FILES:
        return READ_IN_FILES[name]
    metadata = package.metadata
    classified = [line for line in metadata.get_all("Classifier") or () if line.startswith("License ::")]
    told = [*metadata.get_all("License-Expression", []), *metadata.get_all("License", [])]
    if len(classified) == 1:
        told.append(classified[0].rpartition(" :: ")[2])
    first = next((words.strip() for words in told if words), None)
    return None if first is None else _BY_OTHER_NAMES.get(first, first)


def _inside(package: Distribution) -> Iterator[tuple[str, str]]:
    for file in package.files or ():
        if ".dist-info" in str(file) and _LICENCE_FILE.search(file.name):
            text = Path(str(file.locate())).read_text("utf-8", errors="replace")
            yield from ((library.strip(), licence.strip()) for library, licence in _INSIDE.findall(text))


def main(arguments: list[str]) -> int:
    """Print or write the page; return 1 if something may not be used."""
    found = licensed_packages()
    against = objections(found)
    for line in against:
        sys.stderr.write(f"{line}\n")
    if "--write" in arguments:
        PAGE.write_text(page(found), "utf-8")
    else:
        sys.stdout.write(page(found))
    return int(bool(against))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
