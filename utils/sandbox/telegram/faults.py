"""Faults of the Bot API: 429, error answers, answers lost before or after the work, refused markup."""

from collections.abc import Mapping
from typing import Any

from utils.sandbox.control import ControlError, Fault, FaultTable
from utils.sandbox.telegram.errors import BotApiError, bad_request, too_many_requests
from utils.sandbox.telegram.params import Params

KNOWN = frozenset({"retry_after", "status", "timeout_before", "timeout_after", "parse_error"})
DEFAULT_HOLD_S = 60.0
_PARSE_ERROR = "can't parse entities: Can't find end tag corresponding to start tag \"b\""
_REASONS = {
    400: "Bad Request",
    401: "Unauthorized",
    403: "Forbidden",
    404: "Not Found",
    409: "Conflict",
    500: "Internal Server Error",
    502: "Bad Gateway",
    503: "Service Unavailable",
    504: "Gateway Timeout",
}


class TelegramFaults(FaultTable):
    """Faults matched by `method`, `chat`, `path` and `kind` (`call`, or `poll` for getUpdates)."""

    def add(
        self,
        match: Mapping[str, object],
        fault: str | Mapping[str, object],
        *,
        count: int | None = None,
        for_ms: int | None = None,
        probability: float = 1.0,
    ) -> Fault:
        """Order a fault. Raises `ControlError` for an unknown one.

        A match that names no method, path or kind leaves getUpdates alone, or its poll would eat the fault;
        `parse_error` bites only calls with a parse mode, so that the same text sent plainly passes.
        """
        names = {fault} if isinstance(fault, str) else set(fault)
        if unknown := sorted(names - KNOWN):
            raise ControlError(f"unknown fault {unknown[0]}; known are {', '.join(sorted(KNOWN))}")
        wanted = dict(match)
        if not {"method", "path", "kind"} & wanted.keys():
            wanted["kind"] = "call"
        if "parse_error" in names:
            wanted.setdefault("parse_mode", "?*")
        return super().add(wanted, fault, count=count, for_ms=for_ms, probability=probability)

    def take_for(self, method: str, params: Params) -> dict[str, dict[str, object]]:
        """The faults that bite this call, by name; empty when none does."""
        kind = "poll" if method.lower() == "getupdates" else "call"
        facts: dict[str, object] = {"method": method, "path": f"/{method}", "kind": kind}
        if chat := params.text("chat_id"):
            facts["chat"] = chat
        if mode := _parse_mode(params):
            facts["parse_mode"] = mode
        taken = self.take(**facts)
        return {} if taken is None else taken.fault


def refusal_of(faults: Mapping[str, Mapping[str, object]]) -> BotApiError | None:
    """The error answer that the faults order, if they order one."""
    if "retry_after" in faults:
        return too_many_requests(int(_number(faults["retry_after"], "s", 1)))
    if "status" in faults:
        code = int(_number(faults["status"], "code", 500))
        text = faults["status"].get("description")
        parameters = faults["status"].get("parameters")
        if not isinstance(parameters, dict | None):
            raise ControlError("fault setting parameters must be an object")
        return BotApiError(code, str(text) if text else _REASONS.get(code, "Error"), parameters)
    return bad_request(_PARSE_ERROR) if "parse_error" in faults else None


def hold_s(settings: Mapping[str, object]) -> float:
    """How long a lost answer keeps the connection open, in seconds."""
    return _number(settings, "s", DEFAULT_HOLD_S)


def _parse_mode(params: Params) -> str:
    media: Any = params.json("media")
    items = media if isinstance(media, list) else [media]
    modes = [str(item["parse_mode"]) for item in items if isinstance(item, dict) and item.get("parse_mode")]
    return params.text("parse_mode") or next(iter(modes), "")


def _number(settings: Mapping[str, object], name: str, default: float) -> float:
    value = settings.get(name, default)
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise ControlError(f"fault setting {name} must be a number")
    return float(value)
