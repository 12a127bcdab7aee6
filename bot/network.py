"""The one HTTP session of the process, and which addresses it reaches by the proxy."""

import ipaddress
from contextlib import suppress
from urllib.parse import urlsplit

import aiohttp

from config.settings import Settings
from utils.http.errors import Misconfigured

# enough for many chats at once; Telegram and the exchange are two or three hosts
CONNECTIONS = 128
CONNECTIONS_PER_HOST = 64
# below the servers' idle limits (Telegram: about a minute), so that no request uses a connection they have closed
KEEP_ALIVE_S = 20.0


def open_session() -> aiohttp.ClientSession:
    """Return a new session without cookies; every request sets its own timeout."""
    connector = aiohttp.TCPConnector(
        limit=CONNECTIONS, limit_per_host=CONNECTIONS_PER_HOST, keepalive_timeout=KEEP_ALIVE_S
    )
    return aiohttp.ClientSession(connector=connector, cookie_jar=aiohttp.DummyCookieJar())


def proxy_for(settings: Settings, *addresses: str) -> str | None:
    """Return the proxy that these addresses are reached by, ``None``: directly.

    They belong to one source; `Misconfigured` if ``NO_PROXY`` names some of them and not others.
    """
    if settings.https_proxy is None:
        return None
    direct = {address: _is_direct(address, settings.no_proxy) for address in addresses}
    if not any(direct.values()):
        return settings.https_proxy.get_secret_value()
    if not all(direct.values()):
        missing = sorted({urlsplit(address).hostname or "" for address, found in direct.items() if not found})
        raise Misconfigured(
            "proxy",
            "NO_PROXY names some of the exchange's addresses and not all",
            what_to_do=f"add {', '.join(missing)} to NO_PROXY, or take the others out",
        )
    return None


def _is_direct(address: str, no_proxy: str) -> bool:
    """Whether ``NO_PROXY`` names the host: by name, by a domain it is in, by network, or by a star."""
    parts = urlsplit(address)
    host = parts.hostname or ""
    entries = [entry.strip().lower() for entry in no_proxy.split(",")]
    return any(_names(entry, host, parts.port) for entry in entries if entry)


def _names(entry: str, host: str, port: int | None) -> bool:
    with suppress(ValueError):
        return ipaddress.ip_address(host) in ipaddress.ip_network(entry.strip("[]"), strict=False)
    name, _, number = entry.partition(":")
    domain = name.removeprefix("*").removeprefix(".")
    if number and number != str(port):
        return False
    return entry == "*" or host == domain or (bool(domain) and host.endswith(f".{domain}"))
