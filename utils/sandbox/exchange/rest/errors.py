"""Answers that are errors, with the codes and texts of the real exchange (spec/binance.md, section 12)."""

from collections.abc import Mapping


class ApiError(Exception):
    """An error answer: HTTP status, Binance code, message and extra headers."""

    def __init__(
        self, code: int, message: str, status: int = 400, headers: Mapping[str, str] | None = None
    ) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.status = status
        self.headers = dict(headers or {})

    def body(self) -> dict[str, object]:
        """The JSON answer."""
        return {"code": self.code, "msg": self.message}


def illegal_characters(name: str, legal: str) -> ApiError:
    """-1100: a parameter does not match its pattern."""
    return ApiError(-1100, f"Illegal characters found in parameter '{name}'; legal range is '{legal}'.")


def repeated() -> ApiError:
    """-1101 (spot): a parameter is sent twice."""
    return ApiError(-1101, "Duplicate values for a parameter detected.")


def too_many(received: int) -> ApiError:
    """-1101 (spot): parameters for an endpoint that has none."""
    return ApiError(-1101, f"Too many parameters; expected '0' and received '{received}'.")


def missing(name: str) -> ApiError:
    """-1102: a mandatory parameter is absent."""
    return ApiError(-1102, f"Mandatory parameter '{name}' was not sent, was empty/null, or malformed.")


def unread(read: int, sent: int) -> ApiError:
    """-1104 (spot): a parameter that the endpoint does not know."""
    return ApiError(
        -1104, f"Not all sent parameters were read; read '{read}' parameter(s) but was sent '{sent}'."
    )


def empty(name: str) -> ApiError:
    """-1105 (spot): a parameter without a value."""
    return ApiError(-1105, f"Parameter '{name}' was empty.")


def invalid_interval() -> ApiError:
    """-1120: no such kline interval."""
    return ApiError(-1120, "Invalid interval.")


def invalid_symbol() -> ApiError:
    """-1121: no such symbol."""
    return ApiError(-1121, "Invalid symbol.")


def span_too_long(hours: int) -> ApiError:
    """-1127: too much time between start and end."""
    return ApiError(-1127, f"More than {hours} hours between startTime and endTime.")


def bad_combination() -> ApiError:
    """-1128: parameters that exclude each other."""
    return ApiError(-1128, "Combination of optional parameters invalid.")


def invalid_value(name: str) -> ApiError:
    """-1130: a value outside its range."""
    return ApiError(-1130, f"Data sent for parameter '{name}' is not valid.")


def invalid_parameter(name: str) -> ApiError:
    """-1130 in the words of the statistics."""
    return ApiError(-1130, f"parameter '{name}' is invalid.")


def invalid_ticker_type() -> ApiError:
    """-1139: `type` is neither FULL nor MINI."""
    return ApiError(-1139, "Invalid ticker type.")


def duplicate_symbol() -> ApiError:
    """-1151: a symbol stands twice in `symbols`."""
    return ApiError(-1151, "Symbol is present multiple times in the list.")


def invalid_time_unit() -> ApiError:
    """-1194 (spot): the header `X-MBX-TIME-UNIT` names no unit."""
    return ApiError(-1194, "Invalid value for time unit; expected either MICROSECOND or MILLISECOND.")


def status_mismatch(symbol: str, status: str) -> ApiError:
    """-1220: the one symbol asked for does not have the wanted status."""
    return ApiError(
        -1220, f"The symbol's status does not match the requested symbolStatus ({symbol}: {status})."
    )


def start_after_end() -> ApiError:
    """-1023 (futures): startTime lies after endTime."""
    return ApiError(-1023, "Start time is greater than end time.")


def invalid_depth_limit() -> ApiError:
    """-4021 (futures): the depth limit is not one of the allowed values."""
    return ApiError(-4021, "Invalid depth limit. Please select one of: 5, 10, 20, 50, 100, 500, 1000.")


def invalid_contract_type() -> ApiError:
    """-4104 (futures): no such contract type."""
    return ApiError(-4104, "Invalid contract type.")


def no_reference_price() -> ApiError:
    """-2043 (spot): the symbol has no reference price."""
    return ApiError(-2043, "This symbol doesn't have a reference price.")


def not_recorded(reason: str) -> ApiError:
    """503: the replay holds no such data; the sandbox says so instead of inventing it."""
    return ApiError(-1016, f"This service is no longer available. {reason}", status=503)


def unknown_path(path: str, method: str) -> ApiError:
    """404 of the futures gateway."""
    return ApiError(-5000, f"Path {path}, Method {method} is invalid", status=404)
