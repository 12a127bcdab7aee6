"""What pages tell people to type: commands for the chat, for a shell, and questions over HTTP."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Literal

from scripts.pages.gather import ROOT, split_code

Kind = Literal["chat", "inline", "shell", "http"]
SHELL_FENCE, CHAT_FENCE = "sh", "text"
OF_BOTFATHER: Final = frozenset({"/newbot", "/setinline"})
"""What is typed to another bot."""
HTTP_ADDRESS: Final = "http://127.0.0.1:8080"
_HTTP_PATH: Final = re.compile(r"/(?:analysis|composite|docs|metrics|healthz|readyz|openapi\.json)\b")
_SHELL: Final = re.compile(r"(?:[A-Z_]+=\S+ )*(?:scripts/|\.venv/bin/)[a-z]")
_INLINE: Final = re.compile(r"@(?:bot|YourBot) (.+)")
_CHAT: Final = re.compile(r"/[a-z]+(?:@\w+)?(?: .*)?")


@dataclass(frozen=True, slots=True)
class Typed:
    """One thing to type: as it is written, and for whom.

    ``text`` of an HTTP question is its path, of an inline question what stands after the bot's name.
    """

    kind: Kind
    text: str

    @property
    def words(self) -> list[str]:
        """The command and what stands after it."""
        return self.text.split()


def pages_with_commands() -> tuple[Path, ...]:
    """Return both READMEs, the tutorial and the how-tos."""
    docs = ROOT / "docs"
    readmes = (ROOT / "README.md", ROOT / "README.tr.md")
    return (
        *readmes,
        docs / "tutorial.md",
        docs / "guide" / "new_module.md",
        *sorted((docs / "howto").glob("*.md")),
    )


def typed_on(page: Path) -> tuple[Typed, ...]:
    """Return what a page tells people to type, in its order and as often as it does."""
    return tuple(
        found
        for is_code, part in split_code(page.read_text(encoding="utf-8"))
        if is_code
        for found in (_of_block(part) if part.startswith("```") else _of_span(part.strip("`")))
    )


def blocks_of(page: Path, language: str) -> tuple[str, ...]:
    """Return the contents of a page's fenced blocks of one language."""
    text = page.read_text(encoding="utf-8")
    parts = [part for is_code, part in split_code(text) if is_code and part.startswith("```")]
    return tuple(part.split("\n", 1)[1].rsplit("\n", 1)[0] for part in parts if _language(part) == language)


def _language(block: str) -> str:
    return block.split("\n", 1)[0].strip("`").strip()


def _of_block(block: str) -> Iterator[Typed]:
    language = _language(block)
    for line in (line.strip() for line in block.split("\n")[1:-1]):
        if language == CHAT_FENCE:
            yield Typed("chat", line)
        elif language == SHELL_FENCE:
            yield _of_shell(line)


def _of_shell(line: str) -> Typed:
    if line.startswith("curl "):
        address = line.split("'")[1]
        return Typed("http", address.removeprefix(HTTP_ADDRESS))
    return Typed("shell", line)


def _of_span(span: str) -> Iterator[Typed]:
    span = span.removeprefix("GET ").removeprefix(HTTP_ADDRESS)
    if _HTTP_PATH.match(span):
        yield Typed("http", span)
    elif span.startswith("curl ") or _SHELL.match(span):
        yield _of_shell(span)
    elif inline := _INLINE.fullmatch(span):
        yield Typed("inline", inline.group(1))
    elif _CHAT.fullmatch(span) and span not in OF_BOTFATHER:
        yield Typed("chat", span)
