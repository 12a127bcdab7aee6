"""Hide secrets in everything that is written: log lines and messages on the screen pass through here last."""

import json
import re
from collections.abc import Iterable
from urllib.parse import quote

from pydantic import SecretStr

from config.settings import Settings

HIDDEN = "***"
# shorter values would hide ordinary words; no key of any source is that short
MIN_SECRET_LENGTH = 6

_PATTERNS = (
    # the bot token, in an address and by itself: https://core.telegram.org/bots/api#authorizing-your-bot
    (re.compile(r"(/bot|/file/bot)\d+(:|%3A)[^/\s'\"?]+", re.IGNORECASE), rf"\1{HIDDEN}"),
    (re.compile(r"\b\d{6,12}:[A-Za-z0-9_-]{30,}"), HIDDEN),
    (re.compile(r"(?i)\b(bearer|basic)\s+[A-Za-z0-9._~+/=-]{6,}"), rf"\1 {HIDDEN}"),
    (
        re.compile(
            r"(?i)\b(signature|api[_-]?key|x-mbx-apikey|listen_?key|secret(?:_token)?|passphrase|password|token)"
            r"(\\*['\"]?\s*[=:]\s*\\*['\"]?)[^\s&'\",}\]\\]+"
        ),
        rf"\1\2{HIDDEN}",
    ),
    # the listen key of a user stream: https://developers.binance.com/docs/derivatives/usds-margined-futures/user-data-streams
    (re.compile(r"(?i)(/ws/|/stream\?streams=|listenKey=)[A-Za-z0-9]{40,}"), rf"\1{HIDDEN}"),
    # user and password of a database or proxy address
    (re.compile(r"(\w+://)[^/\s:@'\"]*:[^/\s@'\"]+@"), rf"\1{HIDDEN}@"),
)


class Redactor:
    """Replaces known secret values, plain or URL-encoded, and everything that has the form of a secret."""

    def __init__(self, secrets: Iterable[str] = ()) -> None:
        forms = {
            form
            for value in secrets
            if len(value) >= MIN_SECRET_LENGTH
            for form in (
                value,
                quote(value, ""),
                json.dumps(value)[1:-1],
                json.dumps(json.dumps(value))[3:-3],
            )
        }
        longest_first = sorted(forms, key=len, reverse=True)
        self._known = re.compile("|".join(map(re.escape, longest_first))) if forms else None

    def __call__(self, text: str) -> str:
        """Return the text without secrets."""
        if self._known is not None:
            text = self._known.sub(HIDDEN, text)
        for pattern, replacement in _PATTERNS:
            text = pattern.sub(replacement, text)
        return text


def secrets_of(settings: Settings) -> tuple[str, ...]:
    """Return every secret value of the settings, except the database address: a pattern hides its password."""
    values = (getattr(settings, name) for name in type(settings).model_fields if name != "database_url")
    return tuple(value.get_secret_value() for value in values if isinstance(value, SecretStr))
