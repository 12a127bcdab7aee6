"""The settings of a chat that people see, each declared once: names, words for it, help, and values on buttons."""

from dataclasses import dataclass
from typing import Final

from handlers.locale.messages import AUTO, N_
from handlers.settings.choices import ChoiceName

DEFAULT: Final = "default"
"""The value that takes a choice back."""
OFF: Final = "off"
CLASSIC: Final = "classic"
RICH: Final = "rich"


@dataclass(frozen=True, slots=True)
class Setting:
    """One setting: ``word`` names it in commands and buttons, as ``others`` do in commands.

    ``title`` and ``help`` are message ids; ``options`` are the values on its buttons, written as people type them;
    ``example`` is one of them.
    """

    name: ChoiceName
    word: str
    others: tuple[str, ...]
    title: str
    help: str
    example: str
    options: tuple[str, ...]


LANGUAGE: Final = Setting(
    "language",
    "language",
    ("lang", "dil"),
    N_("Language"),
    N_("Answers are written in it; automatic follows each reader's own Telegram."),
    "tr",
    (AUTO, "en", "tr"),
)
LOOK: Final = Setting(
    "look",
    "look",
    ("cards", "görünüm", "kart", "kartlar"),
    N_("Look"),
    N_("How cards are built: of text and picture, or of the tables that newer Telegrams show."),
    RICH,
    (CLASSIC, RICH),
)
SETTINGS: Final[tuple[Setting, ...]] = (
    LANGUAGE,
    Setting(
        "default_symbol",
        "symbol",
        ("coin", "sembol", "parite"),
        N_("Symbol"),
        N_("A command that names no coin is about this symbol."),
        "ETH",
        ("BTC", "ETH", "BNB", "SOL", "XRP", "DOGE"),
    ),
    Setting(
        "quote",
        "quote",
        ("birim", "karşılık"),
        N_("Quote"),
        N_("A coin without a quote is looked up in this one: BTC in USDT is BTCUSDT."),
        "USDT",
        ("USDT", "USDC", "FDUSD", "TRY", "EUR", "BTC"),
    ),
    Setting(
        "default_interval",
        "interval",
        ("timeframe", "tf", "aralık", "periyot", "zaman"),
        N_("Interval"),
        N_("A command that names no interval takes this one."),
        "1h",
        ("15m", "30m", "1h", "2h", "4h", "6h", "12h", "1d", "1w"),
    ),
    Setting(
        "time_zone",
        "zone",
        ("timezone", "tz", "saat", "dilim", "saatdilimi"),
        N_("Time zone"),
        N_("Times on cards are in this zone, and so are the times that you type."),
        "Europe/Istanbul",
        (
            "UTC",
            "Europe/Istanbul",
            "Europe/London",
            "Europe/Berlin",
            "Europe/Moscow",
            "Asia/Dubai",
            "Asia/Kolkata",
            "Asia/Singapore",
            "Asia/Tokyo",
            "America/New_York",
            "America/Chicago",
            "America/Los_Angeles",
        ),
    ),
    Setting(
        "theme",
        "theme",
        ("tema",),
        N_("Theme"),
        N_("The colours of the charts."),
        "light",
        ("dark", "light"),
    ),
    Setting(
        "quiet_hours",
        "quiet",
        ("sessiz", "sessizlik"),
        N_("Quiet hours"),
        N_("Alerts and digests wait until these hours are over."),
        "23:00-07:00",
        (OFF, "22:00-07:00", "23:00-07:00", "23:00-08:00", "00:00-08:00"),
    ),
    LOOK,
)
_BY_WORD: Final = {word: setting for setting in SETTINGS for word in (setting.word, *setting.others)}
_SECOND_WORDS: Final = frozenset({"dilimi", "saatler", "saatleri", "hours", "zone"})
"""``time zone``, ``saat dilimi``, ``quiet hours`` are one name each."""


def setting_of(words: tuple[str, ...]) -> tuple[Setting, tuple[str, ...]] | None:
    """Return the setting that words begin with, and the words after its name; ``None`` if they name none."""
    if not words:
        return None
    first, rest = words[0].casefold(), words[1:]
    if first == "time" and rest:
        first = "zone"
    setting = _BY_WORD.get(first)
    if setting is None:
        return None
    if rest and rest[0].casefold() in _SECOND_WORDS:
        rest = rest[1:]
    return setting, rest
