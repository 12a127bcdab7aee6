"""The connection to a Dask cluster: kept by a thread, made anew when it is lost, with the number of its workers.

Whoever reaches the scheduler can run code on every worker: beyond one machine only ``tls://`` is for use, with
certificates from Dask's own settings.
"""

import threading
from collections.abc import Callable
from concurrent.futures import Executor
from typing import Any, Final, Protocol

import structlog

from bot.far_job import code_fingerprint
from utils.http.errors import Misconfigured

SOURCE: Final = "dask"
CONNECT_S: Final = 5.0
RETRY_S: Final = 5.0
LOOK_S: Final = 1.0
"""Seconds between two looks at how many workers there are."""
LARGEST_JOB: Final = "100MB"
"""Of what is larger Dask warns."""
NO_DASK: Final = "DASK_SCHEDULER needs the package distributed: pip install -r requirements-dask.lock"
log = structlog.get_logger(__name__)


class Client(Protocol):
    """What is used of ``distributed.Client``."""

    status: str

    def scheduler_info(self, n_workers: int) -> Any:
        """Return what the scheduler knows, with ``total_threads``."""
        ...

    def get_executor(self, *, pure: bool) -> Executor:
        """Return an executor of the cluster."""
        ...

    def close(self, timeout: float) -> object:
        """Leave the cluster."""
        ...


def connected(address: str) -> Client:
    """Return a client of the scheduler at an address. Raises ``OSError`` where none answers."""
    code_fingerprint()  # a thousand files, read in this thread and not when the first job is sent
    import dask  # noqa: PLC0415 - 33 MB, for those who use a cluster
    from distributed import Client as DaskClient  # noqa: PLC0415

    # a job is one lump of bytes; years of bars are 15 MB, of which Dask would warn each time
    dask.config.set({"distributed.admin.large-graph-warning-threshold": LARGEST_JOB})
    client: Client = DaskClient(  # type: ignore[no-untyped-call]
        address, timeout=CONNECT_S, set_as_default=False, name="market-view-bot"
    )
    return client


def check_installed() -> None:
    """Raise ``Misconfigured`` where Dask is not installed."""
    try:
        import distributed  # noqa: F401, PLC0415 - see `connected`
    except ImportError as error:
        raise Misconfigured(SOURCE, "the package distributed is not installed", what_to_do=NO_DASK) from error


class Cluster:
    """Stays connected to the scheduler at ``address`` from `open` to `close`.

    ``threads`` is how many jobs the workers do at once, 0 while there is none or no scheduler. Watchers are told in
    a thread of the connection whenever that changes.
    """

    def __init__(self, address: str, connect: Callable[[str], Client] = connected) -> None:
        self._address = address
        self._connect = connect
        self._closing = threading.Event()
        self._thread = threading.Thread(target=self._keep, name="cluster", daemon=True)
        self._executor: Executor | None = None
        self._watchers: list[Callable[[], None]] = []
        self.threads = 0

    @property
    def executor(self) -> Executor | None:
        """What the workers are given work by; ``None`` while there are none."""
        return self._executor if self.threads else None

    def watch(self, changed: Callable[[], None]) -> None:
        """Call ``changed`` whenever the number of threads is another."""
        self._watchers.append(changed)

    def open(self) -> None:
        """Begin to connect; work goes to the cluster once it answers."""
        self._thread.start()

    def close(self) -> None:
        """Leave the cluster; jobs that it has are not waited for."""
        self._closing.set()
        self._thread.join(CONNECT_S)

    def _keep(self) -> None:
        has_failed = False
        while not self._closing.is_set():
            try:
                client = self._connect(self._address)
            except Exception as error:  # the end of this thread would leave the cluster unused for good
                if not has_failed:
                    log.warning(
                        "cluster does not answer, computing here", exc_info=not isinstance(error, OSError)
                    )
                has_failed = True
                self._closing.wait(RETRY_S)
            else:
                has_failed = False
                self._use(client)

    def _use(self, client: Client) -> None:
        """Follow the number of workers until the connection is lost or the program ends."""
        self._executor = client.get_executor(pure=False)
        try:
            while client.status == "running" and not self._closing.is_set():
                self._set_threads(int(client.scheduler_info(n_workers=0)["total_threads"]))
                self._closing.wait(LOOK_S)
        except Exception:  # it is left, and joined anew
            log.warning("cluster told nothing of its workers", exc_info=True)
        self._set_threads(0)
        self._executor = None
        client.close(timeout=LOOK_S)

    def _set_threads(self, threads: int) -> None:
        if threads == self.threads:
            return
        self.threads = threads
        log.info(
            "workers of the cluster" if threads else "cluster has no workers, computing here", threads=threads
        )
        for changed in self._watchers:
            changed()
