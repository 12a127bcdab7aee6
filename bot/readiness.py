"""Whether each part is ready, for `/readyz`."""

from collections.abc import Callable, Mapping

from bot.storage import Storage
from bot.telegram.receive.update_receiver import UpdateReceiver


class Readiness:
    """The reason per part why it is not ready; the warm-up reports on the exchange and the charts.

    ``redact`` takes secrets out of the reasons, which anybody may read. ``stands_by`` says whether another process
    receives from Telegram; this one is ready to.
    """

    def __init__(
        self,
        receiver: UpdateReceiver,
        storage: Storage,
        *,
        redact: Callable[[str], str] = str,
        stands_by: Callable[[], bool] = lambda: False,
    ) -> None:
        self._stands_by = stands_by
        self._redact = redact
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
        reasons = {
            "telegram": self._telegram(),
            "exchange": self._exchange,
            "charts": self._charts,
            "database": self._storage.problem,
        }
        return {part: None if why is None else self._redact(why) for part, why in reasons.items()}

    def _telegram(self) -> str | None:
        poller = self._receiver.poller
        fault = self._receiver.login_error or (None if poller is None else poller.last_error)
        if self._stands_by():
            return self._receiver.login_error
        if self._receiver.is_open and (poller is None or poller.ready.is_set()):
            return fault
        return "not logged in yet" if fault is None else f"not logged in yet: {fault}"
