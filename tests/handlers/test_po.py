"""``.po`` files are read as Babel reads them."""

import re
from pathlib import Path

import pytest
from babel.messages.pofile import read_po as read_by_babel

from handlers.locale.messages import FOLDER
from handlers.locale.po import compiled, read_po

SAMPLE = r"""
# a comment
msgid ""
msgstr ""
"Language: pl\n"
"Content-Type: text/plain; charset=utf-8\n"
"Plural-Forms: nplurals=2; plural=(n != 1);\n"

#: code.py:3
#, python-brace-format
msgid "over "
"two \"lines\"\n"
msgstr "na\t"
"dwie \\ linie\n"

msgid "one"
msgid_plural "many"
msgstr[0] "jeden"
msgstr[1] "wiele"

#, fuzzy
msgid "guessed"
msgstr "zgadnięte"

#~ msgid "old"
#~ msgstr "stare"

msgid "not yet"
msgstr ""
"""


@pytest.mark.parametrize("path", sorted(FOLDER.rglob("*.po")), ids=lambda path: path.stem)
def test_every_file_is_read_as_babel_reads_it(path: Path) -> None:
    with path.open("rb") as file:
        catalogue = read_by_babel(file, abort_invalid=True)
    read = {message: text for message, text in read_po(path).items() if message}
    assert read == {_joined(one.id): _joined(one.string) for one in catalogue if one.id}


def test_what_a_file_may_hold(tmp_path: Path) -> None:
    texts = compiled(read_po(written(tmp_path, SAMPLE)))
    assert texts.gettext('over two "lines"\n') == "na\tdwie \\ linie\n"
    assert [texts.ngettext("one", "many", count) for count in (1, 2)] == ["jeden", "wiele"]
    untranslated = ["guessed", "old", "not yet", "unknown"]
    assert [texts.gettext(text) for text in untranslated] == untranslated
    assert texts.info()["language"] == "pl"


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ('msgid "a"\nmsgstr "b"\nnonsense', "line 3 is not of a text: nonsense"),
        ('"a"', 'line 1 is not of a text: "a"'),
        ('msgid "a\nmsgstr "b"', 'line 1 is not of a text: msgid "a'),
        ('msgctxt "x"\nmsgid "a"\nmsgstr "b"', 'line 1 is not of a text: msgctxt "x"'),
        ('msgid "a"\nmsgstr "b"\nmsgstr "c"', "line 3 gives msgstr again"),
        ('msgid "a"\nmsgid "b"\nmsgstr "c"', "the entry before line 2 is not one id and its translation"),
        ('msgstr "c"', "the entry before line 2 is not one id and its translation"),
        ('msgid "a"\nmsgstr "b"\n\nmsgid "a"\nmsgstr "b"', "the entry before line 6 is not one id"),
    ],
)
def test_a_broken_file_is_refused(tmp_path: Path, text: str, problem: str) -> None:
    with pytest.raises(ValueError, match=re.escape(problem)):
        read_po(written(tmp_path, text))


def written(folder: Path, text: str) -> Path:
    path = folder / "messages.po"
    path.write_text(text, encoding="utf-8")
    return path


def _joined(text: str | tuple[str, ...] | list[str] | None) -> str:
    return text if isinstance(text, str) else "\0".join(text or ())
