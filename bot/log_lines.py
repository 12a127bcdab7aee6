"""Log lines on their way out: written by a thread of their own, so that nobody waits for who reads them.

The queue is bounded and never blocks: while the reader of the stream is stuck, lines are dropped and counted, and the
count is the first line when it reads again.
"""

import os
import threading
from collections import deque
from typing import Final, Protocol, TextIO

CAPACITY: Final = 5_000  # lines
FLUSH_S: Final = 1.0
"""How long the end of the process waits for the lines that are still queued."""
LONGEST_LINE: Final = 8_192  # characters


class LineSink(Protocol):
    """Takes text; may block for as long as its reader likes."""

    def write(self, text: str, /) -> object:
        """Write all of the text."""
        ...


class Descriptor:
    """Writes to a copy of a stream's descriptor: a stream that is blocked in a write also blocks who closes it."""

    def __init__(self, stream: TextIO) -> None:
        self._number = os.dup(stream.fileno())

    def write(self, text: str) -> None:
        """Write all of the text; a reader that has gone loses it."""
        data = memoryview(text.encode(errors="backslashreplace"))
        try:
            while data:
                data = data[os.write(self._number, data) :]
        except OSError:
            return


class LineQueue:
    """At most ``capacity`` lines that wait for ``sink``; ``dropped`` counts those that found no place."""

    def __init__(self, sink: LineSink, *, capacity: int = CAPACITY) -> None:
        self._sink = sink
        self._capacity = capacity
        self._lines: deque[str] = deque()
        self._changed = threading.Condition()
        self._writing = False
        self._unreported = 0
        self.dropped = 0
        threading.Thread(target=self._run, name="log lines", daemon=True).start()

    def put(self, line: str) -> None:
        """Queue a line, cut to `LONGEST_LINE`; never waits."""
        text = "\n".join(map(_cut, line.split("\n")))
        with self._changed:
            if len(self._lines) >= self._capacity:
                self.dropped += 1
                self._unreported += 1
                return
            if self._unreported:
                self._lines.append(f"{self._unreported} log lines were dropped: their reader was too slow\n")
                self._unreported = 0
            self._lines.append(f"{text}\n")
            self._changed.notify_all()

    def flush(self, limit_s: float = FLUSH_S) -> bool:
        """Wait until everything is written, at most ``limit_s``; return whether it is."""
        with self._changed:
            return self._changed.wait_for(lambda: not self._lines and not self._writing, limit_s)

    def _run(self) -> None:
        while True:
            with self._changed:
                self._changed.wait_for(lambda: self._lines)
                text = "".join(self._lines)
                self._lines.clear()
                self._writing = True
            self._sink.write(text)
            with self._changed:
                self._writing = False
                self._changed.notify_all()


def _cut(line: str) -> str:
    left_out = len(line) - LONGEST_LINE
    return line if left_out <= 0 else f"{line[:LONGEST_LINE]}… ({left_out} more characters)"
