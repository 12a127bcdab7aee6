"""Every text a person can read, collected from the code and the modules' declarations: what the catalogues need."""

import ast
from collections.abc import Iterator
from pathlib import Path

from babel.messages.extract import extract_from_dir

from analysis.framework.module import AnyModule
from analysis.framework.reasons import MESSAGES
from analysis.registry import MODULES
from handlers.composites.registry import TOPICS
from handlers.modules.registry import LOOKS
from handlers.render.words import is_silent
from tests.modules.samples import SAMPLES

ROOT = Path(__file__).resolve().parents[2]
KEYWORDS = {"gettext": None, "translate": None, "N_": None, "ngettext": (1, 2)}


def from_code() -> Iterator[str | tuple[str, ...]]:
    """Texts marked in ``handlers``; a pair is a singular with its plural."""
    for _, _, message, _, _ in extract_from_dir(str(ROOT / "handlers"), keywords=KEYWORDS):
        yield message


def from_module(module: AnyModule) -> Iterator[str]:
    """Texts of one module: those of its declaration, its groups' titles, and the words in its messages."""
    yield from (module.title, module.question, module.explanation)
    yield from SAMPLES[module.id].WORDS
    yield from (LOOKS[module.id].group_title(group) for group in module.groups)
    for metric in module.metrics:
        yield from (metric.title, metric.help)
        if not is_silent(metric.unit):
            yield metric.unit


def from_composites() -> Iterator[str]:
    """Texts of the declared composite scores."""
    for topic in TOPICS:
        yield from (topic.title, topic.question)


def from_reasons() -> Iterator[str]:
    """The reasons' sentences and the words that ``analysis`` and ``composite`` fill into them."""
    yield from MESSAGES.values()
    for path in (file for room in ("analysis", "composite") for file in sorted((ROOT / room).rglob("*.py"))):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Dict):
                yield from _whats(node)


def _whats(node: ast.Dict) -> Iterator[str]:
    for key, value in zip(node.keys, node.values, strict=True):
        match (key, value):
            case (ast.Constant(value="what" | "why"), ast.Constant(value=str(words))):
                yield words


def needed() -> set[str | tuple[str, ...]]:
    """Every text that must have an entry in every catalogue."""
    texts: set[str | tuple[str, ...]] = {*from_code(), *from_composites(), *from_reasons()}
    for module in MODULES:
        texts |= set(from_module(module))
    return texts
