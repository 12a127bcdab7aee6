"""Addresses as TDLib keeps them: completed, and people named by `tg://user?id=`."""

import re

_MENTION = re.compile(r"tg://user/?\?id=(\d{1,19})", re.IGNORECASE)
_INTERNAL = ("tg://", "ton://", "tonsite://")


def link_argument(target: str) -> tuple[str, tuple[str, str]] | None:
    """Kind and argument of the entity that a link makes, `None` where Telegram ignores the address."""
    person = _MENTION.fullmatch(target)
    if person is not None:
        return "text_mention", ("user", person[1])
    url = _completed(target)
    return None if url is None else ("text_link", ("url", url))


def _completed(target: str) -> str | None:
    if target.lower().startswith(_INTERNAL) or target.startswith("tg:"):
        return target
    if any(c.isspace() for c in target) or "." not in target.partition("://")[2] + target:
        return None
    url = target if "://" in target else f"http://{target}"
    return url if url.count("/") > 2 else f"{url}/"
