"""The private futures stream of a listen key: what changes in the account, and the end of the key."""

from utils.sandbox.exchange.account.accounts import Accounts
from utils.sandbox.exchange.account.model import Account
from utils.sandbox.exchange.streams.frames import encoded
from utils.sandbox.exchange.streams.names import PRIVATE, StreamName
from utils.sandbox.exchange.streams.source import Stretch

USER_PERIOD_MS = 50


class UserSource:
    """Account updates for a listen key; `events` are the wanted kinds, all of them when empty."""

    def __init__(self, accounts: Accounts, listen_key: str, events: frozenset[str], known: Account) -> None:
        self._accounts = accounts
        self._listen_key = listen_key
        self._events = events
        self._known = known
        self._is_over = False

    def tell(self, stretch: Stretch) -> list[bytes]:
        """See `Source`."""
        key = self._accounts.heard(self._listen_key, stretch.to_ms)
        if key is None:
            return self._ending(stretch.to_ms)
        known, self._known = self._known, key.account
        wanted = not self._events or "ACCOUNT_UPDATE" in self._events
        return [encoded(_update(key.account, stretch.to_ms))] if known is not key.account and wanted else []

    def _ending(self, now_ms: int) -> list[bytes]:
        if self._is_over:
            return []
        self._is_over = True
        return [encoded({"e": "listenKeyExpired", "E": now_ms, "listenKey": self._listen_key})]


def private_stream(accounts: Accounts, name: str, now_ms: int) -> tuple[StreamName, UserSource] | None:
    """The stream behind `<listenKey>` or `<listenKey>@<events>`, `None` when the key is not alive."""
    text, _, events = name.partition("@")
    key = accounts.heard(text, now_ms)
    if key is None:
        return None
    source = UserSource(accounts, text, frozenset(filter(None, events.split("/"))), key.account)
    return StreamName(name, "user", PRIVATE, USER_PERIOD_MS), source


def _update(account: Account, now_ms: int) -> dict[str, object]:
    return {
        "e": "ACCOUNT_UPDATE",
        "E": now_ms,
        "T": account.updated_ms,
        "a": {
            "m": "ADJUSTMENT",
            "B": [
                {"a": asset, "wb": f"{wallet:.8f}", "cw": f"{wallet:.8f}", "bc": "0"}
                for asset, wallet in account.wallets.items()
            ],
            "P": [
                {
                    "s": one.symbol,
                    "pa": f"{one.amount:f}",
                    "ep": f"{one.entry:f}",
                    "bep": f"{one.entry:f}",
                    "cr": "0",
                    "up": "0.00000000",
                    "mt": "isolated" if one.isolated else "cross",
                    "iw": "0.00000000",
                    "ps": one.side,
                }
                for one in account.positions
            ],
        },
    }
