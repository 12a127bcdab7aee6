"""All accounts of the exchange: who calls, is the call signed well, and which listen keys are alive."""

import hashlib
import itertools
from collections.abc import Callable
from dataclasses import dataclass

from utils.sandbox.exchange.account.keys import has_key_form
from utils.sandbox.exchange.account.model import Account
from utils.sandbox.exchange.market.intervals import MINUTE_MS
from utils.sandbox.exchange.rest.errors import ApiError

LISTEN_KEY_MS = 60 * MINUTE_MS
DEFAULT_WINDOW_MS, LONGEST_WINDOW_MS = 5_000, 60_000
AHEAD_MS = 1_000
"""A timestamp may lie less than this ahead of the server (spec/binance.md, section 13)."""
KEY_FORMAT = 401

Changed = Callable[[Account], None]


def key_missing() -> ApiError:
    """-2014: no key, or one that cannot be one."""
    return ApiError(-2014, "API-key format invalid.", status=KEY_FORMAT)


def key_rejected() -> ApiError:
    """-2015: unknown key, or one without the right."""
    return ApiError(-2015, "Invalid API-key, IP, or permissions for action.", status=KEY_FORMAT)


def bad_signature() -> ApiError:
    """-1022: the signature does not belong to the request."""
    return ApiError(-1022, "Signature for this request is not valid.")


@dataclass(slots=True)
class ListenKey:
    """A key to a private stream."""

    text: str
    account: Account
    until_ms: int


class Accounts:
    """Accounts by the name of their API key. `changed` is told whenever one is put."""

    def __init__(self, seed: int) -> None:
        self._seed = seed
        self._numbers = itertools.count(1)
        self._accounts: dict[str, Account] = {}
        self._listen_keys: dict[str, ListenKey] = {}
        self.listeners: list[Changed] = []

    def put(self, account: Account) -> None:
        """Set an account; one with the same key is replaced, its listen keys stay."""
        self._accounts[account.key.name] = account
        for listen_key in self._listen_keys.values():
            if listen_key.account.key.name == account.key.name:
                listen_key.account = account
        for listener in self.listeners:
            listener(account)

    def caller(self, key_name: str | None, market: str) -> Account:
        """The account behind a key that may use the market. Raises -2014 or -2015."""
        if key_name is None or not has_key_form(key_name):
            raise key_missing()
        account = self._accounts.get(key_name)
        if account is None or not (account.key.futures if market == "futures" else account.key.spot):
            raise key_rejected()
        return account

    def listen_key(self, account: Account, now_ms: int) -> ListenKey:
        """The account's listen key, made or extended."""
        alive = self._alive(account, now_ms)
        if alive is None:
            told = f"{self._seed}/{account.key.name}/{next(self._numbers)}"
            text = hashlib.sha256(told.encode()).hexdigest()
            alive = self._listen_keys[text] = ListenKey(text, account, 0)
        alive.until_ms = now_ms + LISTEN_KEY_MS
        return alive

    def extend(self, account: Account, now_ms: int) -> ListenKey:
        """Extend the account's listen key. Raises -1125 when it has none."""
        if self._alive(account, now_ms) is None:
            raise ApiError(-1125, "This listenKey does not exist.")
        return self.listen_key(account, now_ms)

    def close(self, account: Account) -> None:
        """Forget the account's listen keys."""
        name = account.key.name
        for text in [t for t, key in self._listen_keys.items() if key.account.key.name == name]:
            del self._listen_keys[text]

    def heard(self, text: str, now_ms: int) -> ListenKey | None:
        """A listen key that is alive."""
        key = self._listen_keys.get(text)
        return key if key is not None and key.until_ms > now_ms else None

    def _alive(self, account: Account, now_ms: int) -> ListenKey | None:
        name = account.key.name
        return next(
            (k for k in self._listen_keys.values() if k.account.key.name == name and k.until_ms > now_ms),
            None,
        )


def check_time(timestamp: int | None, window: int | float | None, now_ms: int) -> None:
    """Refuse a request that is too old or from the future. Raises -1102, -1131 or -1021."""
    if timestamp is None:
        raise ApiError(-1102, "Mandatory parameter 'timestamp' was not sent, was empty/null, or malformed.")
    span = DEFAULT_WINDOW_MS if window is None else window
    if not 0 < span <= LONGEST_WINDOW_MS:
        raise ApiError(-1131, "recvWindow must be less than 60000.")
    if timestamp >= now_ms + AHEAD_MS:
        raise ApiError(-1021, "Timestamp for this request was 1000ms ahead of the server's time.")
    if now_ms - timestamp > span:
        raise ApiError(-1021, "Timestamp for this request is outside of the recvWindow.")
