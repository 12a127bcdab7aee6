"""What a source beyond the exchange delivers: series of values, and for some of them whole option chains."""

from dataclasses import dataclass
from typing import Protocol, runtime_checkable

import numpy as np
from numpy.typing import NDArray

from utils.binance_api.answers import Answer
from utils.option_chain import OptionChain


@dataclass(frozen=True, slots=True, eq=False)
class ProviderSeries:
    """A provider's values: the moment each describes and the moment it became known (UTC ms, ascending)."""

    time: NDArray[np.int64]
    known_at: NDArray[np.int64]
    value: NDArray[np.float64]
    source: str
    fetched_at: int


class Provider(Protocol):
    """A source beyond the exchange, such as an on-chain or option data provider."""

    async def series(self, name: str, start: int, end: int, *, as_of: int | None) -> ProviderSeries:
        """Return one series of ``[start, end)`` (UTC ms) as known at ``as_of``; raises ``SourceError``."""
        ...


@runtime_checkable
class OptionProvider(Provider, Protocol):
    """A provider that also delivers the options listed on a coin."""

    async def option_chain(self, asset: str) -> Answer[OptionChain]:
        """Return the options on a coin (``BTC``) as they stand now; raises ``SourceError``."""
        ...
