"""Whether each part is ready, for `/readyz`."""

from collections.abc import Mapping

from bot.storage import Storage
from bot.telegram.receive.update_receiver import UpdateReceiver


class Readiness:
    """The reason per part why it is not ready; the warm-up reports on the exchange and the charts."""

    def __init__(self, receiver: UpdateReceiver, storage: Storage) -> None:
        self._receiver = receiver
        self._storage = storage
        self._exchange: str | None = "symbols are not loaded yet"
        self._charts: str | None = "no chart worker has started yet"

    def set_exchange(self, why: str | None) -> None:
        """Note why the exchange does not answer, ``None``: it does."""
        self._exchange = why

    def set_charts(self, why: str | None) -> None:
        """Note why charts cannot be drawn, ``None``: they can."""
        self._charts = why

    def checks(self) -> Mapping[str, str | None]:
        """Return for each part why it is not ready, ``None`` if it is."""
        return {
            "telegram": self._telegram(),
            "exchange": self._exchange,
            "charts": self._charts,
            "database": self._storage.problem,
        }

    def _telegram(self) -> str | None:
        poller = self._receiver.poller
        if not self._receiver.is_open or (poller is not None and not poller.ready.is_set()):
            return "not logged in yet"
        return None if poller is None else poller.last_error
