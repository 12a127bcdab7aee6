"""Where each page of the repository stands on the site, and its links as they read there.

The pages read in the repository as they are: links lead from file to file. On the site ``docs/`` is the root, the pages
beside it move below it, a link to a folder leads to the list of its pages, and one to another file downloads it.
"""

import os
import re
import shutil
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path, PurePosixPath
from typing import Final

ROOT: Final = Path(__file__).resolve().parents[2]
DOCS: Final = "docs"
BESIDE: Final[Mapping[str, str]] = {
    "README.md": "overview.md",
    "README.tr.md": "tr/overview.md",
    "CONTRIBUTING.md": "contributing.md",
    "CHANGELOG.md": "changelog.md",
}
"""Pages outside ``docs/`` and where they stand on the site."""
LISTS: Final[Mapping[str, str]] = {"docs/adr": "Decisions", "docs/modules": "The modules explained"}
"""Folders whose pages are listed on a page of their own, which is named so."""
FILES: Final = "files"
"""Where other files that are linked stand."""
NOT_PAGES: Final = ("docs/site",)

_CODE: Final = re.compile(r"^(`{3,})[^\n]*\n.*?^\1[ \t]*$|(`+)[^`].*?\2", re.M | re.S)
_LINK: Final = re.compile(r'(\]\()([^)\s]+)(\))|(src=")([^"]+)(")')
_ELSEWHERE: Final = re.compile(r"[a-z]+:|#|//")
_TITLE: Final = re.compile(r"^# (.+)$", re.M)


class BrokenLinkError(ValueError):
    """A link of a page leads to no file."""


def pages(root: Path) -> dict[str, str]:
    """Return the place on the site of every page, by its path in the repository."""
    found = {name: place for name, place in BESIDE.items() if (root / name).exists()}
    for path in sorted((root / DOCS).rglob("*.md")):
        name = path.relative_to(root).as_posix()
        if not name.startswith(NOT_PAGES):
            found[name] = name.removeprefix(f"{DOCS}/")
    return found


def gather(root: Path, sources: Path) -> None:
    """Write every page and the files it links into ``sources``; `BrokenLinkError` names the first wrong link."""
    places = pages(root)
    for name, place in places.items():
        text = (root / name).read_text(encoding="utf-8")
        _write(
            sources / place, moved(text, name, place, lambda target: _on_site(root, sources, places, target))
        )
    for folder, title in LISTS.items():
        inside = [name for name in places if PurePosixPath(name).parent == PurePosixPath(folder)]
        _write(sources / _list_of(folder), _listing(title, [PurePosixPath(name).stem for name in inside]))


def moved(text: str, name: str, place: str, on_site: Callable[[str], str | None]) -> str:
    """Return a page with its links as they read at ``place``; ``on_site`` tells where a file stands there."""

    def rewritten(match: re.Match[str]) -> str:
        before, target, after = (part for part in match.groups() if part is not None)
        if _ELSEWHERE.match(target):
            return match.group()
        path, hash_, anchor = target.partition("#")
        linked = os.path.normpath(PurePosixPath(name).parent / path)
        found = on_site(linked)
        if found is None:
            raise BrokenLinkError(f"{name} links to {target}, which is not there")
        return f"{before}{os.path.relpath(found, PurePosixPath(place).parent)}{hash_}{anchor}{after}"

    return "".join(part if is_code else _LINK.sub(rewritten, part) for is_code, part in split_code(text))


def split_code(text: str) -> Iterator[tuple[bool, str]]:
    """Yield a page in parts, each with whether it is code: a fenced block or a span."""
    start = 0
    for match in _CODE.finditer(text):
        yield False, text[start : match.start()]
        yield True, match.group()
        start = match.end()
    yield False, text[start:]


def title_of(text: str) -> str:
    """Return the heading of a page, empty where it has none."""
    found = _TITLE.search(text)
    return found.group(1) if found else ""


def _on_site(root: Path, sources: Path, places: Mapping[str, str], target: str) -> str | None:
    if target in places:
        return places[target]
    if target in LISTS:
        return _list_of(target)
    path = root / target
    if path.is_dir():
        return _folder(root, sources, target)
    if not path.is_file():
        return None
    place = target.removeprefix(f"{DOCS}/") if target.startswith(f"{DOCS}/") else f"{FILES}/{target}"
    (sources / place).parent.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(path, sources / place)
    return place


def _folder(root: Path, sources: Path, folder: str) -> str:
    """Write the page of a folder of the program, from which its files can be had, and return its place."""
    names = [path.name for path in sorted((root / folder).iterdir()) if path.is_file()]
    for name in names:
        (sources / FILES / folder).mkdir(parents=True, exist_ok=True)
        shutil.copyfile(root / folder / name, sources / FILES / folder / name)
    links = "\n".join(f"- [{name}]({name})" for name in names)
    place = f"{FILES}/{folder}/index.md"
    _write(sources / place, f"---\norphan: true\n---\n\n# {folder}\n\n{links}\n")
    return place


def _list_of(folder: str) -> str:
    return f"{folder.removeprefix(f'{DOCS}/')}/index.md"


def _listing(title: str, names: list[str]) -> str:
    return f"# {title}\n\n" + toctree(names)


def toctree(names: list[str]) -> str:
    """Return the list of these pages as the generator reads it."""
    return "\n".join(["```{toctree}", ":maxdepth: 1", "", *names, "```", ""])


def _write(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
