"""Which addresses are reached by the proxy, on a real one."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import aiohttp
import pytest
from aiohttp import web

from bot.connections import exchange_proxy, tuning_of
from bot.network import proxy_for
from config.settings import Settings
from utils.binance_api.klines.parked import MAX_PARKED
from utils.binance_api.klines.reader import MAX_ROWS
from utils.http.errors import Misconfigured

PROXY = "http://127.0.0.1:7890"


def settings(no_proxy: str, **others: str) -> Settings:
    return Settings.model_validate({"https_proxy": PROXY, "no_proxy": no_proxy, **others})


@pytest.mark.parametrize(
    ("no_proxy", "address", "direct"),
    [
        ("", "https://api.telegram.org", False),
        ("*", "https://api.telegram.org", True),
        ("telegram.org", "https://api.telegram.org", True),
        (".telegram.org", "https://api.telegram.org", True),
        ("*.telegram.org", "https://api.telegram.org", True),
        ("gram.org", "https://api.telegram.org", False),
        ("localhost, API.Telegram.ORG", "https://api.telegram.org", True),
        ("localhost:8081", "http://localhost:8081", True),
        ("localhost:8082", "http://localhost:8081", False),
        ("127.0.0.0/8,10.0.0.0/8", "http://127.0.0.1:8081", True),
        ("10.0.0.0/8", "http://11.0.0.1", False),
        ("10.0.0.0/8", "https://api.telegram.org", False),
        ("::1", "http://[::1]:8081", True),
        ("[::1]", "http://[::1]:8081", True),
        (",, ,.", "http://localhost", False),
    ],
)
def test_no_proxy_names_hosts_domains_and_networks(no_proxy: str, address: str, direct: bool) -> None:
    assert proxy_for(settings(no_proxy), address) == (None if direct else PROXY)


def test_as_many_bars_are_kept_as_the_settings_say(tmp_path: Path) -> None:
    assert tuning_of(Settings(kept_bars=2_000_000)).max_rows == 2_000_000
    chosen = tuning_of(Settings(parked_bars=0, parked_folder=tmp_path))
    assert (chosen.max_parked, chosen.parked_in) == (0, tmp_path)
    usual = tuning_of(Settings())
    assert (usual.max_rows, usual.max_parked, usual.parked_in) == (MAX_ROWS, MAX_PARKED, None)
    with pytest.raises(ValueError, match="parked_folder"):
        Settings(parked_folder=tmp_path / "absent")


def test_without_a_proxy_everything_is_direct() -> None:
    assert proxy_for(Settings.model_validate({"no_proxy": "x"}), "https://api.telegram.org") is None


def test_an_exchange_half_of_which_is_direct_is_refused_with_what_to_do() -> None:
    assert exchange_proxy(settings("telegram.org")) == PROXY
    assert exchange_proxy(settings("binance.com")) is None
    with pytest.raises(Misconfigured) as caught:
        exchange_proxy(settings("api.binance.com"))
    assert "fapi.binance.com" in caught.value.what_to_do
    assert "NO_PROXY" in str(caught.value)


@pytest.fixture
async def proxy() -> AsyncIterator[tuple[str, list[str]]]:
    """An HTTP proxy that answers everything itself, and what it was asked for."""
    asked: list[str] = []

    async def answer(request: web.BaseRequest) -> web.StreamResponse:
        asked.append(str(request.url))
        return web.Response(text="by the proxy")

    server = await asyncio.get_running_loop().create_server(web.Server(answer), "127.0.0.1", 0)
    yield f"127.0.0.1:{server.sockets[0].getsockname()[1]}", asked
    server.close()


async def test_a_proxy_without_a_scheme_is_used(
    proxy: tuple[str, list[str]], session: aiohttp.ClientSession
) -> None:
    address, asked = proxy
    found = proxy_for(Settings.model_validate({"https_proxy": address}), "http://telegram.invalid")
    async with session.get("http://telegram.invalid/botX/getMe", proxy=found) as answer:
        assert await answer.text() == "by the proxy"
    assert asked == ["http://telegram.invalid/botX/getMe"]
