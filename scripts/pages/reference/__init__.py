"""The reference, written from what the program declares: each page by its place on the site."""

from collections.abc import Iterator, Mapping
from typing import Final

from analysis.registry import MODULES
from composite.declared import SCORES
from handlers.locale.messages import SOURCE_LANGUAGE, Translator, load_messages
from scripts.pages.gather import toctree
from scripts.pages.reference.chat_settings import chat_settings_page
from scripts.pages.reference.commands import commands_page
from scripts.pages.reference.configuration import configuration_page
from scripts.pages.reference.http_api import http_page
from scripts.pages.reference.modules import module_page
from scripts.pages.reference.scores import score_page
from scripts.pages.reference.wording import WORDINGS, Wording

FOLDERS: Final[Mapping[str, str]] = {"en": "reference", "tr": "tr/reference"}
"""Where the pages of each language stand."""


def reference_pages() -> dict[str, str]:
    """Return every page of the reference by its place on the site; what chats show is there in both languages."""
    pages = {
        "reference/configuration.md": configuration_page(),
        "reference/http_api.md": http_page(),
    }
    messages = load_messages()
    for language, folder in FOLDERS.items():
        pages |= dict(_in_language(messages.of(language), WORDINGS[language], folder))
    return pages


def _in_language(tr: Translator, wording: Wording, folder: str) -> Iterator[tuple[str, str]]:
    yield f"{folder}/commands.md", commands_page(tr, wording)
    yield f"{folder}/chat_settings.md", chat_settings_page(tr, wording)
    # the pages that explain the modules are English
    explained = "../../modules" if tr.language == SOURCE_LANGUAGE else "../../../modules"
    for module in MODULES:
        yield (
            f"{folder}/modules/{module.id}.md",
            module_page(module, tr, wording, f"{explained}/{module.id}.md"),
        )
    for score in SCORES:
        yield f"{folder}/scores/{score.name}.md", score_page(score, tr, wording)
    for name, title, ids in (
        ("modules", wording.modules, [module.id for module in MODULES]),
        ("scores", wording.scores, [score.name for score in SCORES]),
    ):
        yield f"{folder}/{name}/index.md", f"# {title}\n\n{toctree(ids)}"
