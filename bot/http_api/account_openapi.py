"""The own account in the OpenAPI document."""

from bot.http_api.operations import JsonSchema, reference


def account_properties() -> JsonSchema:
    """Return the additional properties of an answer to a request with the token."""
    level = {"type": "number", "minimum": 0, "maximum": 1}
    return {
        "account_risk": {
            "description": "danger of the own account, 1 = high; only with the bearer token",
            "anyOf": [level, {"type": "null"}],
        },
        "account": {
            "description": "the own account; only with the bearer token",
            "anyOf": [reference("AccountShape"), {"type": "null"}],
        },
        "account_reason": {
            "description": "why there is no account; only with the bearer token",
            **reference("ReasonShape"),
        },
    }
