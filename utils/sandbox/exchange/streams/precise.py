"""Spot messages with their moments in microseconds, as `timeUnit=MICROSECOND` in an address asks for."""

import json

from utils.sandbox.exchange.streams.frames import Message, encoded

MOMENTS = frozenset({"E", "T", "O", "C"})
"""Event, trade, and the ends of a rolling window; a trade's `t` is its id."""


def precise(message: Message) -> Message:
    """The same message in microseconds."""
    return Message(message.stream, encoded(_precise(json.loads(message.data))))


def _precise(event: object) -> object:
    if isinstance(event, list):
        return [_precise(one) for one in event]
    if not isinstance(event, dict):
        return event
    told = {name: value * 1000 if name in MOMENTS else value for name, value in event.items()}
    if event.get("e") == "kline":
        bar = event["k"]
        told["k"] = bar | {"t": bar["t"] * 1000, "T": (bar["T"] + 1) * 1000 - 1}
    if event.get("e") == "referencePrice":
        told["t"] = event["t"] * 1000
    return told
