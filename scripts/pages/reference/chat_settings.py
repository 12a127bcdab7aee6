"""The page of what a chat can set for itself."""

from handlers.locale.messages import Translator
from handlers.settings.declared import SETTINGS, Setting
from scripts.pages.reference.markdown import code, codes, defined, esc, page
from scripts.pages.reference.wording import Wording


def chat_settings_page(tr: Translator, wording: Wording) -> str:
    """Return the page."""
    entries = [_entry(setting, tr, wording) for setting in SETTINGS]
    return page(f"# {wording.chat_settings}", wording.chat_settings_intro, *entries)


def _entry(setting: Setting, tr: Translator, wording: Wording) -> str:
    return defined(
        f"{code(setting.word)} · {esc(tr.gettext(setting.title))}",
        [
            esc(tr.gettext(setting.help)),
            f"{wording.also} {codes(setting.others)}; {wording.values} {codes(setting.options)}",
            f"{wording.example} {code(f'/settings {setting.word} {setting.example}')}",
        ],
    )
