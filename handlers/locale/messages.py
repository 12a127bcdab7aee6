"""Translations: gettext catalogues read from ``.po`` files. English is the source language."""

import gettext
import io
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po

SOURCE_LANGUAGE = "en"
AUTO = "auto"
FOLDER = Path(__file__).parent
DOMAIN = "messages"


def N_(message: str) -> str:  # noqa: N802 - gettext's own name for "translate later"
    """Mark a text for translation where it is declared; it is translated where it is shown."""
    return message


@dataclass(frozen=True, slots=True)
class Translator:
    """One language. Texts are message ids in English; ``{names}`` in them are filled after translation."""

    language: str
    catalogue: gettext.NullTranslations

    def gettext(self, message: str, **values: object) -> str:
        """Return a text in this language, the English one where the catalogue lacks it."""
        text = self.catalogue.gettext(message) if message else ""
        return text.format(**values) if values else text

    def ngettext(self, one: str, many: str, count: int, **values: object) -> str:
        """Return the form of a text that fits ``count``, which fills ``{count}``."""
        return self.catalogue.ngettext(one, many, count).format(count=count, **values)


class Messages:
    """All languages; for an unknown one the English translator is returned."""

    def __init__(self, catalogues: Mapping[str, gettext.NullTranslations]) -> None:
        self._translators = {
            language: Translator(language, catalogue) for language, catalogue in catalogues.items()
        }

    @property
    def languages(self) -> tuple[str, ...]:
        """Every language there is, English first."""
        return tuple(self._translators)

    def of(self, language: str | None) -> Translator:
        """Return the translator for a language code as Telegram gives it (``tr``, ``en-GB``, ``None``)."""
        primary = (language or SOURCE_LANGUAGE).replace("_", "-").split("-")[0].lower()
        return self._translators.get(primary, self._translators[SOURCE_LANGUAGE])

    def for_person(self, reported: str | None, chosen: str) -> Translator:
        """Return the translator for the chat's language, or for the person's if the chat's setting is ``auto``."""
        return self.of(reported if chosen == AUTO else chosen)


def load_messages(folder: Path = FOLDER) -> Messages:
    """Read the ``.po`` files of every ``<language>/LC_MESSAGES`` below ``folder``, compiled in memory.

    ``messages.po`` holds the plural forms and most texts; another file, such as a module's, adds its own.
    """
    catalogues: dict[str, gettext.NullTranslations] = {SOURCE_LANGUAGE: gettext.NullTranslations()}
    for path in sorted(folder.glob(f"*/LC_MESSAGES/{DOMAIN}.po")):
        catalogues[path.parent.parent.name] = _compiled(read_language(path.parent))
    return Messages(catalogues)


def read_language(folder: Path) -> Catalog:
    """Return all texts of one language: those of ``messages.po`` and of the files beside it."""
    merged = _read(folder / f"{DOMAIN}.po")
    for path in sorted(folder.glob("*.po")):
        for message in _read(path):
            if message.id and path.stem != DOMAIN:
                merged[message.id] = message
    return merged


def _read(path: Path) -> Catalog:
    with path.open("rb") as file:
        return read_po(file, locale=path.parent.parent.name, domain=DOMAIN, abort_invalid=True)


def _compiled(catalogue: Catalog) -> gettext.NullTranslations:
    binary = io.BytesIO()
    write_mo(binary, catalogue)
    binary.seek(0)
    return gettext.GNUTranslations(binary)
