"""``/help settings``, ``/help fav``: what a command of the bot's own does, and how it is typed."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from handlers.locale.messages import N_, Translator
from handlers.registry import CommandSpec
from handlers.render.html import Html, bold, code, esc, glue, join


@dataclass(frozen=True, slots=True)
class OwnHelp:
    """Sentences (message ids) and examples of one command."""

    sentences: tuple[str, ...]
    examples: tuple[str, ...]


_ADMINS: Final = N_("In a group only admins change it.")
_HELP: Final[Mapping[str, OwnHelp]] = {
    "settings": OwnHelp(
        (N_("In private they are yours, also inline; in a group they are the group's."), _ADMINS),
        (
            "/settings",
            "/settings zone Europe/Istanbul",
            "/settings quiet 23:00-07:00",
            "/settings symbol ETH",
            "/settings quote TRY",
            "/settings interval 1h",
            "/settings theme light",
            "/settings zone default",
        ),
    ),
    "language": OwnHelp(
        (N_("Answers are written in it; automatic follows each reader's own Telegram."), _ADMINS),
        ("/language tr", "/language auto"),
    ),
    "fav": OwnHelp(
        (N_("A list's name is a basket wherever several coins are taken."), _ADMINS),
        ("/fav BTC ETH", "/fav remove BTC", "/fav alts add SOL AVAX", "/fav alts", "/c fav", "/fav clear"),
    ),
}


def own_help(spec: CommandSpec, tr: Translator) -> Html:
    """Return the page of a command; its summary alone where there is no more to say."""
    names = " ".join(f"/{name}" for name in spec.names)
    head = glue(bold(names), esc(f" – {tr.gettext(spec.summary)}"))
    more = _HELP.get(spec.name)
    if more is None:
        return head
    said = esc(" ".join(tr.gettext(sentence) for sentence in more.sentences))
    return join("\n\n", [head, said, join("\n", [code(example) for example in more.examples])])
