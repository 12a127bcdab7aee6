"""HTML for Telegram, escaped at the leaf: a text becomes ``Html`` only here, and only ``Html`` is ever joined."""

import html
import re
import unicodedata
from typing import NewType

Html = NewType("Html", str)

_TAG = re.compile(r"</?[a-z]+>")
_SHOWN_CONTROLS = "\n"


def clean(text: str) -> str:
    """Return ``text`` without what Telegram refuses or hides: controls, lone surrogates, direction marks."""
    if text.replace(_SHOWN_CONTROLS, "").isprintable():  # as nearly always; none of these is
        return text
    kept = (char for char in text if char in _SHOWN_CONTROLS or unicodedata.category(char)[0] != "C")
    return "".join(kept)


def esc(text: str) -> Html:
    """Escape one leaf."""
    return Html(html.escape(clean(text), quote=False))


def bold(text: str | Html) -> Html:
    """Mark a leaf as bold; the text is escaped."""
    return Html(f"<b>{esc(text)}</b>")


def italic(text: str) -> Html:
    """Mark a leaf as italic; the text is escaped."""
    return Html(f"<i>{esc(text)}</i>")


def code(text: str) -> Html:
    """Mark a leaf as monospace; the text is escaped."""
    return Html(f"<code>{esc(text)}</code>")


def pre(text: str) -> Html:
    """Mark lines as a monospace block; the text is escaped."""
    return Html(f"<pre>{esc(text)}</pre>")


def join(separator: str, parts: list[Html]) -> Html:
    """Join pieces of markup, leaving out the empty ones; the separator is escaped."""
    return Html(esc(separator).join(part for part in parts if part))


def glue(*parts: Html) -> Html:
    """Put pieces of markup one behind the other."""
    return Html("".join(parts))


def fill(template: str, **values: Html | str) -> Html:
    """Fill a sentence's ``{names}`` with markup; the sentence itself is escaped.

    A plain ``str`` must already be safe, which ``esc``, ``code`` and ``bold`` make it: numbers aside, pass those.
    """
    return Html(esc(template).format(**values))


def plain(markup: str) -> str:
    """Return what a reader sees of our own markup: no tags, nothing escaped."""
    return html.unescape(_TAG.sub("", markup))


def utf16_units(text: str) -> int:
    """Count ``text`` as Telegram counts: in UTF-16 code units."""
    return len(text.encode("utf-16-le", "surrogatepass")) // 2


def visible_units(markup: str) -> int:
    """Count a message after its entities are parsed, the length Telegram's limits are about."""
    return utf16_units(plain(markup))


def shorten(text: str, width: int) -> str:
    """Return one line of at most ``width`` characters, ended by an ellipsis where something was left out."""
    line = " ".join(clean(text.replace("\n", " ")).split())
    return line if len(line) <= width else line[: width - 1].rstrip() + "…"
