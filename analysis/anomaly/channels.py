"""Module J's channels: what can be unusual in a bar, each declared once."""

from dataclasses import dataclass
from typing import Final

BASIS, CHANNEL, FUNDING, INTEREST, JOINT = "basis", "channel", "funding", "open_interest", "joint"
NO_CHANNEL: Final = "none"


@dataclass(frozen=True, slots=True)
class Channel:
    """One thing that can be unusual: id, group, name in a sentence, and the title of its p-value.

    ``needs`` and ``family`` are those of its metric. A bar after a gap has no value ``from_returns``; without trades
    there is none ``on_volume``.
    """

    id: str
    group: str
    words: str
    title: str
    needs: tuple[str, ...] = ()
    family: str = CHANNEL
    from_returns: bool = False
    on_volume: bool = False


PRICE_WAVE: Final = Channel(
    "price_wave", "spectral", "the shape of the price", "p price wave", from_returns=True
)
VOLUME_WAVE: Final = Channel(
    "volume_wave", "spectral", "the shape of the volume", "p volume wave", on_volume=True
)
CHANNELS: Final = (
    Channel("returns", "price", "the return", "p return", from_returns=True),
    Channel("range", "price", "the range", "p range"),
    Channel("deviation", "price", "the cumulative return", "p deviation", from_returns=True),
    Channel("volume", "volume", "the volume", "p volume", on_volume=True),
    Channel(
        "open_interest",
        "positioning",
        "the change of open interest",
        "p open int.",
        needs=("open_interest",),
        family=INTEREST,
    ),
    Channel(
        "funding", "positioning", "the change of funding", "p funding", needs=("funding",), family=FUNDING
    ),
    Channel("basis", "positioning", "the basis", "p basis", needs=("counterpart",), family=BASIS),
    Channel("joint", "joint", "the combination", "p joint", family=JOINT),
    PRICE_WAVE,
    VOLUME_WAVE,
    Channel("change", "change", "a change of level or volatility", "p change", from_returns=True),
)
"""In the order of the series ``driver``."""

IDS: Final = tuple(channel.id for channel in CHANNELS)
GROUPS: Final = tuple(dict.fromkeys(channel.group for channel in CHANNELS))

FEATURE_WORDS: Final = {
    "returns": "return over one bar",
    "range": "range",
    "volume": "volume",
    "basis": "basis",
    "open_interest": "open interest at this close",
    "funding": "settled funding",
}
"""Names of the features that the isolation forest reads."""
USUAL_SIZE: Final = "usual size to compare with"


def p_metric(channel: str) -> str:
    """Return the id of the metric that holds a channel's p-value."""
    return f"p_{channel}"
