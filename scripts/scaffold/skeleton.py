"""What a new module consists of: files made from templates, and the lines that register it."""

import keyword
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from string import Template

TEMPLATES = Path(__file__).parent / "templates"
REGISTRY = "analysis/registry.py"
LINE_LENGTH = 110
IMPORTED = re.compile(
    r"^from analysis import (?P<bracket>\()?(?P<names>(?(bracket)[^)]+|.+))(?(bracket)\))$", re.M
)
ID = re.compile(r"^[a-z][a-z0-9_]*$")


@dataclass(frozen=True, slots=True)
class Skeleton:
    """The names of a module: ``id`` is its route, folder and section, ``face`` the file of its declaration.

    ``config`` is what its configuration file ``c_*.py`` is called after, ``config_class`` the class in it.
    """

    id: str
    face: str
    code: str
    command: str
    title: str
    question: str
    config: str
    config_class: str

    @property
    def fields(self) -> dict[str, str]:
        """What the templates are filled with."""
        own = {field: getattr(self, field) for field in self.__slots__}
        return own | {"name": capitalised(self.id), "question_tr": "Son mumların getirisi ne?"}

    @property
    def places(self) -> Mapping[str, str]:
        """The template of each file by its path."""
        folder = f"analysis/{self.id}"
        parts = ("inputs", "metrics", "fit", "trace", "words")
        return {
            f"analysis/{self.face}.py": "face.py",
            **{f"{folder}/{part}.py": f"{part}.py" for part in parts},
            f"config/c_{self.config}.py": "config.py",
            f"handlers/modules/{self.id}.py": "look.py",
            f"handlers/locale/tr/LC_MESSAGES/{self.id}.po": "tr.po",
            f"docs/modules/{self.id}.md": "docs.md",
            f"tests/modules/samples/{self.id}.py": "sample.py",
            f"tests/modules/inputs/{self.id}.py": "test_inputs.py",
        }


@dataclass(frozen=True, slots=True)
class Changes:
    """Texts of new files and of edited ones by path; ``lines_outside`` counts the lines changed in the latter."""

    files: Mapping[str, str]
    edits: Mapping[str, str]
    lines_outside: int


def capitalised(name: str) -> str:
    """Return a lower-case name as that of a class."""
    return "".join(part.capitalize() for part in name.split("_"))


def plan(skeleton: Skeleton, root: Path) -> Changes:
    """Return everything that would be written; ``ValueError`` names what is wrong with a name or already there."""
    for name in (skeleton.id, skeleton.face, skeleton.config):
        if not ID.match(name) or keyword.iskeyword(name):
            raise ValueError(f"{name!r} is no name: use lower-case letters, digits and underscores")
    if skeleton.face == skeleton.id:
        raise ValueError(
            f"the declaration cannot be called {skeleton.face!r} as the folder is: name another --face"
        )
    taken = [path for path in skeleton.places if (root / path).exists()]
    if taken:
        raise ValueError(f"{taken[0]} is there already: choose another id or face")
    files = {path: _filled(template, skeleton) for path, template in skeleton.places.items()}
    files[f"analysis/{skeleton.id}/__init__.py"] = ""
    before = (root / REGISTRY).read_text(encoding="utf-8")
    after = registered(before, skeleton.face)
    changed = len(set(after.splitlines()) - set(before.splitlines()))
    return Changes(files, {REGISTRY: after}, changed)


def registered(text: str, face: str) -> str:
    """Return the registry with one more module; ``ValueError`` where it does not look as expected."""
    found = IMPORTED.search(text)
    end = text.rfind("\n)\n")
    if found is None or end < 0:
        raise ValueError(f"{REGISTRY} is not laid out as expected: add {face} by hand")
    names = {name.strip() for name in found["names"].split(",")} - {""}
    grown = f"{text[:end]}\n    {face}.MODULE,{text[end:]}"
    return grown.replace(found[0], _imported(sorted({*names, face})), 1)


def _imported(names: Sequence[str]) -> str:
    """Return the import on one line, or one line a name where it would be too long."""
    line = f"from analysis import {', '.join(names)}"
    if len(line) <= LINE_LENGTH:
        return line
    return "from analysis import (\n" + "".join(f"    {name},\n" for name in names) + ")"


def write(changes: Changes, root: Path) -> None:
    """Write everything below a checkout."""
    for path, text in {**changes.files, **changes.edits}.items():
        target = root / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(text, encoding="utf-8")


def _filled(template: str, skeleton: Skeleton) -> str:
    text = (TEMPLATES / f"{template}.tmpl").read_text(encoding="utf-8")
    return Template(text).substitute(skeleton.fields)
