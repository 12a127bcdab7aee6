"""The faults that the exchange knows, with the types of their settings (spec/sandbox.md, controls)."""

from utils.sandbox.control.faults import Known

NUMBER = (int, float)

KNOWN_FAULTS: Known = {
    "latency": {"ms": NUMBER, "jitter": NUMBER},
    "status": {"code": (int,), "body": (str, dict, list), "headers": (dict,)},
    "ban": {"until": NUMBER},
    "truncate": {"bytes": (int,)},
    "not_json": {},
    "close": {"code": (int,)},
    "half_open": {},
    "silence": {},
    "gap": {"n": (int,)},
    "duplicate": {},
    "reorder": {},
    "stale_snapshot": {"ms": NUMBER},
    "unknown_field": {},
    "clock_skew": {"ms": NUMBER},
    "maintenance": {},
    "high_low_swapped": {},
    "zero_price": {},
    "empty_page": {},
    "odd_field": {"symbol": (str,), "field": (str,), "value": (str, *NUMBER, list, dict, type(None))},
    "huge": {"mb": (int,)},
    "drip": {"ms": NUMBER},
    "redirect": {"to": (str,)},
    "server_shutdown": {"ms": NUMBER},
}
