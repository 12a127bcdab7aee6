"""Where numbers come from, in words for readers; the endpoint stands in the JSON answer and in the log."""

from collections.abc import Mapping
from typing import Final

from handlers.locale.messages import N_, Translator

_NAMES: Final[Mapping[str, str]] = {
    "binance": "Binance",
    "binance.spot": "Binance spot",
    "binance.futures": "Binance futures",
    "binance.options": "Binance options",
    "bgeometrics": "BGeometrics",
    "coinglass": "CoinGlass",
    "coinmetrics": "Coin Metrics",
    "cryptoquant": "CryptoQuant",
    "deribit": "Deribit",
    "defillama": "DefiLlama",
    "farside": "Farside",
    "glassnode": "Glassnode",
    "onchain": N_("On-chain data"),
    "database": N_("The database"),
    "composites": N_("This part"),
}


def source_words(source: str, tr: Translator) -> str:
    """Return a source such as ``binance.futures.fundingRate`` as who gives the data; one without a name as it is."""
    parts = source.split(".")
    for end in range(len(parts), 0, -1):
        if (name := _NAMES.get(".".join(parts[:end]))) is not None:
            return tr.gettext(name)
    return source
