"""Whether every part can do its work now, for `/readyz`."""

from collections.abc import Mapping

from bot.storage import Storage
from bot.telegram.receive.transport import TelegramTransport


class Readiness:
    """Names each part and why it is not ready; warm-up tells what it managed."""

    def __init__(self, transport: TelegramTransport, storage: Storage) -> None:
        self._transport = transport
        self._storage = storage
        self._exchange: str | None = "symbols are not loaded yet"
        self._charts: str | None = "no chart worker has started yet"

    def exchange(self, why: str | None) -> None:
        """Note that the exchange answers (``None``) or why not."""
        self._exchange = why

    def charts(self, why: str | None) -> None:
        """Note that charts can be drawn (``None``) or why not."""
        self._charts = why

    def checks(self) -> Mapping[str, str | None]:
        """Return each part's trouble, ``None`` where there is none."""
        return {
            "telegram": self._telegram(),
            "exchange": self._exchange,
            "charts": self._charts,
            "database": self._storage.trouble,
        }

    def _telegram(self) -> str | None:
        poller = self._transport.poller
        if not self._transport.is_open or (poller is not None and not poller.ready.is_set()):
            return "not logged in yet"
        return None if poller is None else poller.last_error
