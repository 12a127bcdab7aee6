"""Time zones as people write them: every IANA name in any case, a city alone, and what is similar to the rest."""

import difflib
import unicodedata
from collections.abc import Mapping
from functools import cache
from typing import Final
from zoneinfo import available_timezones

MOST_NEAR: Final = 3
SIMILAR: Final = 0.6
_TURKISH: Final = {
    "ankara": "Europe/Istanbul",
    "izmir": "Europe/Istanbul",
    "turkiye": "Europe/Istanbul",
    "berlin": "Europe/Berlin",
    "londra": "Europe/London",
    "lefkosa": "Asia/Nicosia",
    "baku": "Asia/Baku",
    "moskova": "Europe/Moscow",
    "pekin": "Asia/Shanghai",
    "atina": "Europe/Athens",
    "viyana": "Europe/Vienna",
    "bruksel": "Europe/Brussels",
    "kahire": "Africa/Cairo",
    "singapur": "Asia/Singapore",
    "zurih": "Europe/Zurich",
}
"""Cities of other names in Turkish, and what people in Turkey call their own zone."""


def find_zone(text: str) -> str | None:
    """Return the IANA name that a text means, ``None`` if it means none."""
    return _names().get(_plain(text))


def near_zones(text: str) -> tuple[str, ...]:
    """Return the IANA names of the zones and cities that are most similar to a text."""
    names = _names()
    wanted = _plain(text)
    close = difflib.get_close_matches(wanted, names, n=2 * MOST_NEAR, cutoff=SIMILAR)
    inside = [name for name in names if len(wanted) > 2 and name.startswith(wanted)]
    return tuple(dict.fromkeys(names[name] for name in (*sorted(inside, key=len), *close)))[:MOST_NEAR]


@cache
def _names() -> Mapping[str, str]:
    """Every zone by its whole name and, where no other is called so, by its city."""
    zones = sorted(available_timezones(), key=_rank)
    names = {_plain(zone): zone for zone in zones}
    for zone in zones:
        names.setdefault(_plain(zone.rsplit("/", maxsplit=1)[-1]), zone)
    return names | _TURKISH


def _rank(zone: str) -> tuple[bool, bool, int, str]:
    """Of zones of one city the first is meant: places before offsets, Europe/Istanbul before Asia/Istanbul, new names
    (America/Argentina/Buenos_Aires) before old ones (America/Buenos_Aires)."""
    is_odd = "/" not in zone or zone.startswith(("Etc/", "US/", "SystemV/"))
    return is_odd, not zone.startswith("Europe/"), -zone.count("/"), zone


def _plain(text: str) -> str:
    """Return a text without case, accents and the signs between its words."""
    letters = unicodedata.normalize("NFKD", text.replace("ı", "i").casefold())
    kept = "".join(char for char in letters if not unicodedata.combining(char))
    return "_".join(kept.replace("_", " ").split())
