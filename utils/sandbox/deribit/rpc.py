"""JSON-RPC as Deribit speaks it over HTTP: envelopes, errors, parameters and the credit of a caller."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field

REQUESTS_PER_S = 20
BURST = 100
"""50,000 credits at most, 10,000 a second anew, 500 for a request (docs.deribit.com, rate limits)."""


class RpcError(Exception):
    """A refusal with Deribit's own code; `data` names the reason."""

    def __init__(self, code: int, message: str, status: int = 400, **data: str) -> None:
        super().__init__(message)
        self.code = code
        self.status = status
        self.data = data

    def body(self) -> dict[str, object]:
        """The envelope."""
        error: dict[str, object] = {"code": self.code, "message": str(self)}
        if self.data:
            error["data"] = self.data
        return {"jsonrpc": "2.0", "error": error, "testnet": False}


def too_many_requests() -> RpcError:
    """The refusal of a caller without credit."""
    return RpcError(10028, "too_many_requests", 429)


def method_not_found() -> RpcError:
    """The refusal of an unknown method."""
    return RpcError(-32601, "Method not found")


def under_maintenance() -> RpcError:
    """The refusal while nothing is served."""
    return RpcError(11051, "system_maintenance", 503)


def invalid(param: str, reason: str) -> RpcError:
    """The refusal of a parameter."""
    return RpcError(-32602, "Invalid params", param=param, reason=reason)


def envelope(result: object, now_ms: int) -> dict[str, object]:
    """The answer around a result."""
    return {
        "jsonrpc": "2.0",
        "result": result,
        "usIn": now_ms * 1000,
        "usOut": now_ms * 1000 + 250,
        "usDiff": 250,
        "testnet": False,
    }


@dataclass(slots=True)
class Credits:
    """What each address may still ask: a burst at once, then a number a second."""

    left: dict[str, tuple[float, int]] = field(default_factory=dict)

    def spend(self, address: str, now_ms: int) -> None:
        """Take one request. Raises `RpcError` 10028 where nothing is left."""
        had, at_ms = self.left.get(address, (float(BURST), now_ms))
        has = min(float(BURST), had + max(0, now_ms - at_ms) / 1000 * REQUESTS_PER_S)
        if has < 1:
            raise too_many_requests()
        self.left[address] = (has - 1, now_ms)


@dataclass(frozen=True, slots=True)
class Asked:
    """The parameters of a request; every reader raises `RpcError` for one that is missing or wrong."""

    params: Mapping[str, str]

    def only(self, names: Collection[str]) -> None:
        """Refuse what the method does not take: a misspelt parameter must not pass."""
        for name in self.params:
            if name not in names:
                raise invalid(name, "unknown parameter")

    def choice(self, name: str, among: Collection[str], default: str | None = None) -> str:
        """One of a few words."""
        value = self.params.get(name, default)
        if value is None:
            raise invalid(name, "value required")
        if value not in among:
            raise invalid(name, "wrong format")
        return value

    def moment(self, name: str) -> int:
        """UTC milliseconds."""
        value = self.params.get(name)
        if value is None:
            raise invalid(name, "value required")
        if not value.isdecimal():
            raise invalid(name, "wrong format")
        return int(value)
