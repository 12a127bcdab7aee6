"""The catalogues: every text has a translation, with the same placeholders."""

import re
from gettext import NullTranslations

import pytest

from analysis.registry import MODULES
from handlers.locale.messages import FOLDER, Messages, Translator, read_language
from tests.handlers.catalogue import needed
from tests.handlers.harness import MESSAGES

LANGUAGES = [language for language in MESSAGES.languages if language != "en"]
Text = str | tuple[str, ...]

NAMES = re.compile(r"\{(\w*)[^}]*\}")
NEEDED = sorted(needed(), key=str)


def entries(language: str) -> dict[Text, Text]:
    catalogue = read_language(FOLDER / language / "LC_MESSAGES")
    return {_text(entry.id): _text(entry.string) for entry in catalogue if entry.id and not entry.fuzzy}


def test_turkish_is_among_the_languages() -> None:
    assert LANGUAGES == ["tr"]


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_text_lacks_an_entry(language: str) -> None:
    have = entries(language)
    missing = [text for text in NEEDED if text not in have or not all(_strings(have[text]))]
    assert missing == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_placeholders_are_the_same_in_every_language(language: str) -> None:
    for source, target in entries(language).items():
        wanted = set(NAMES.findall(_strings(source)[-1]))
        assert all(set(NAMES.findall(text)) == wanted for text in _strings(target)), source


@pytest.mark.parametrize("language", LANGUAGES)
def test_metric_titles_fit_the_card(language: str) -> None:
    tr = MESSAGES.of(language)
    titles = [tr.gettext(spec.title) for module in MODULES for spec in module.metrics]
    assert [title for title in titles if len(title) > 14] == []


@pytest.mark.parametrize(
    ("reported", "chosen", "language"),
    [
        ("tr", "auto", "tr"),
        ("tr-TR", "auto", "tr"),
        ("TR", "auto", "tr"),
        ("de", "auto", "en"),
        (None, "auto", "en"),
        ("en-GB", "auto", "en"),
        ("tr", "en", "en"),
        ("en", "tr", "tr"),
    ],
)
def test_the_language_is_the_chats_choice_or_the_persons(
    reported: str | None, chosen: str, language: str
) -> None:
    assert MESSAGES.for_person(reported, chosen).language == language


def test_plural_forms_follow_the_language() -> None:
    one, many = (
        "{source} is busy; try again in {count} second.",
        "{source} is busy; try again in {count} seconds.",
    )
    english = [MESSAGES.of("en").ngettext(one, many, n, source="X") for n in (1, 2)]
    turkish = [MESSAGES.of("tr").ngettext(one, many, n, source="X") for n in (1, 2)]
    assert english == ["X is busy; try again in 1 second.", "X is busy; try again in 2 seconds."]
    assert turkish == ["X meşgul; 1 saniye sonra yeniden dene.", "X meşgul; 2 saniye sonra yeniden dene."]


def test_a_text_without_an_entry_is_shown_in_english() -> None:
    messages = Messages({"en": NullTranslations(), "tr": NullTranslations()})
    assert isinstance(messages.of("tr"), Translator)
    assert messages.of("tr").gettext("no such text {n}", n=3) == "no such text 3"


def _text(value: str | list[str] | tuple[str, ...] | None) -> Text:
    return value if isinstance(value, str) else tuple(value or ())


def _strings(value: Text) -> tuple[str, ...]:
    return (value,) if isinstance(value, str) else value
