"""The on-chain providers of the settings, in the order in which they are preferred."""

import random
from collections.abc import Callable

import aiohttp

from bot.network import proxy_for
from config.settings import Settings
from utils.clock import Clock
from utils.onchain_api.bgeometrics import BGeometrics
from utils.onchain_api.client import USUAL, DailyTuning, Network
from utils.onchain_api.coinglass import CoinGlass
from utils.onchain_api.coinmetrics import CoinMetrics
from utils.onchain_api.cryptoquant import CryptoQuant
from utils.onchain_api.defillama import DefiLlama
from utils.onchain_api.facts import OnchainProvider
from utils.onchain_api.farside import Farside
from utils.onchain_api.glassnode import Glassnode


def onchain_providers(
    settings: Settings,
    session: aiohttp.ClientSession,
    clock: Clock,
    now_ms: Callable[[], int],
    rng: random.Random,
    tuning: DailyTuning = USUAL,
) -> tuple[OnchainProvider, ...]:
    """Return all providers, those without their key too; ``now_ms`` is market time.

    Keyless ones come first where they are as good, so that a plan's calls are left for what only it has.
    """

    def network(url: str) -> Network:
        return Network(session, clock, now_ms, rng, proxy_for(settings, url), tuning)

    def key(name: str) -> str | None:
        value = getattr(settings, name)
        return None if value is None else str(value.get_secret_value())

    return (
        CoinMetrics(settings.coinmetrics_url, network(settings.coinmetrics_url)),
        DefiLlama(settings.defillama_url, network(settings.defillama_url)),
        CoinGlass(
            settings.coinglass_url,
            key("coinglass_api_key"),
            network(settings.coinglass_url),
            per_minute=settings.coinglass_calls_per_minute,
        ),
        Farside(settings.farside_url, network(settings.farside_url)),
        Glassnode(
            settings.glassnode_url,
            key("glassnode_api_key"),
            network(settings.glassnode_url),
            per_day=settings.glassnode_calls_per_day,
        ),
        CryptoQuant(
            settings.cryptoquant_url,
            key("cryptoquant_api_key"),
            network(settings.cryptoquant_url),
            per_minute=settings.cryptoquant_calls_per_minute,
        ),
        BGeometrics(settings.bgeometrics_url, network(settings.bgeometrics_url)),
    )
