"""Plays recorded messages to whoever listens to their streams."""

import asyncio
from collections.abc import Callable
from itertools import count

from utils.sandbox.exchange.replay.frames import RecordingFile
from utils.sandbox.exchange.streams.switchboard import BEAT_S, Switchboard

Book = dict[str, object]
BREATH_LINES = 200
"""After so many lines at full speed the listeners get their turn."""
FULL_BYTES = 1 << 20


class Player:
    """One recording on its way. `note_book` is given the recorded REST snapshots when their moment comes."""

    def __init__(
        self, recording: RecordingFile, board: Switchboard, rate: float, note_book: Callable[[Book], None]
    ) -> None:
        self.told = 0
        self.is_over = False
        self._recording = recording
        self._board = board
        self._rate = rate
        self._note_book = note_book

    async def play(self) -> None:
        """All messages at `rate` times the recorded pace by the sandbox's clock, or as fast as read with rate 0."""
        start_ms = self._board.now_ms()
        first_ms: float | None = None
        for line in self._recording.read():
            first_ms = line.at_ms if first_ms is None else first_ms
            if self._rate:
                await self._wait_until(start_ms + (line.at_ms - first_ms) / self._rate)
            elif self.told % BREATH_LINES == 0:
                await self._breathe()
            if line.message is not None:
                self._board.tell_all(line.message)
            elif line.snapshot is not None:
                self._note_book(line.snapshot)
            self.told += 1
        self._board.flush_all()
        self.is_over = True

    async def _wait_until(self, moment_ms: float) -> None:
        while self._board.now_ms() < moment_ms:
            self._board.flush_all()
            await asyncio.sleep(BEAT_S)

    async def _breathe(self) -> None:
        self._board.flush_all()
        await asyncio.sleep(0)
        await self._until_taken()

    async def _until_taken(self) -> None:
        for _ in count():
            if self._board.waiting_bytes() <= FULL_BYTES:
                return
            await asyncio.sleep(BEAT_S)
