"""The refusals of the Bot API, with the exact words that clients match on."""

from typing import Any


class BotApiError(Exception):
    """One refusal: HTTP status and `error_code`, full `description`, optional `parameters`."""

    def __init__(self, code: int, description: str, parameters: dict[str, Any] | None = None) -> None:
        super().__init__(description)
        self.code = code
        self.description = description
        self.parameters = parameters

    def body(self) -> dict[str, Any]:
        """The JSON answer."""
        answer: dict[str, Any] = {"ok": False, "error_code": self.code, "description": self.description}
        return answer if self.parameters is None else answer | {"parameters": self.parameters}


def bad_request(text: str) -> BotApiError:
    """A 400 with Telegram's prefix."""
    return BotApiError(400, f"Bad Request: {text}")


def forbidden(text: str) -> BotApiError:
    """A 403 with Telegram's prefix: the bot may not be there."""
    return BotApiError(403, f"Forbidden: {text}")


def conflict(text: str) -> BotApiError:
    """A 409 with Telegram's prefix: another consumer of updates."""
    return BotApiError(409, f"Conflict: {text}")


def too_many_requests(retry_after_s: int) -> BotApiError:
    """A 429 that says when to come back, in seconds."""
    text = f"Too Many Requests: retry after {retry_after_s}"
    return BotApiError(429, text, {"retry_after": retry_after_s})


def migrated(new_chat_id: int) -> BotApiError:
    """The 400 of a group that lives on under another id."""
    text = "Bad Request: group chat was upgraded to a supergroup chat"
    return BotApiError(400, text, {"migrate_to_chat_id": new_chat_id})


NOT_MODIFIED = (
    "message is not modified: specified new message content and reply markup are exactly the same "
    "as a current content and reply markup of the message"
)
QUERY_TOO_OLD = "query is too old and response timeout expired or query ID is invalid"
OTHER_POLL = "terminated by other getUpdates request; make sure that only one bot instance is running"
POLL_ENDED_BY_WEBHOOK = "terminated by setWebhook request"
WEBHOOK_IS_SET = (
    "can't use getUpdates method while webhook is active; use deleteWebhook to delete the webhook first"
)
