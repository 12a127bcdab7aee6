"""The configuration in force: a snapshot that is exchanged whole, while each question keeps the one it began with."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar

from config.loader import SectionT, Snapshot

Listener = Callable[[Snapshot, Snapshot], None]
"""Receives the snapshot before an exchange and that after it."""

_pinned: "ContextVar[tuple[ConfigHolder, Snapshot] | None]" = ContextVar("pinned configuration", default=None)


class ConfigHolder:
    """Holds the snapshot in force; `swap` exchanges it, and `pinned` shields a question from exchanges."""

    def __init__(self, snapshot: Snapshot) -> None:
        self._newest = snapshot
        self._listeners: list[Listener] = []

    @property
    def newest(self) -> Snapshot:
        """The snapshot that questions which begin now are answered with."""
        return self._newest

    @property
    def current(self) -> Snapshot:
        """The snapshot of the question that is being answered; outside of any the newest one."""
        pinned = _pinned.get()
        return pinned[1] if pinned is not None and pinned[0] is self else self._newest

    def section(self, name: str, kind: type[SectionT]) -> SectionT:
        """Return a section of `current` as its class; ``TypeError`` when it is of another class."""
        return self.current.section(name, kind)

    @contextmanager
    def pinned(self) -> Iterator[Snapshot]:
        """Inside, and in tasks that begin there, `current` stays what it is now."""
        snapshot = self.current
        token = _pinned.set((self, snapshot))
        try:
            yield snapshot
        finally:
            _pinned.reset(token)

    def listen(self, listener: Listener) -> None:
        """Call ``listener`` after every exchange that changes something."""
        self._listeners.append(listener)

    def swap(self, snapshot: Snapshot) -> None:
        """Put another snapshot in force for all questions that begin from now on."""
        before, self._newest = self._newest, snapshot
        if snapshot.digest != before.digest:
            for listener in tuple(self._listeners):
                listener(before, snapshot)
