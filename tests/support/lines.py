"""Lines of a process, however long: a ``StreamReader`` read by lines gives up at 64 KiB and blocks the writer."""

from asyncio import StreamReader
from collections.abc import AsyncIterator

CHUNK_BYTES = 65_536


async def lines_of(stream: StreamReader) -> AsyncIterator[str]:
    """Yield each line without its end, until the stream ends; what is not UTF-8 is replaced."""
    begun = b""
    while chunk := await stream.read(CHUNK_BYTES):
        *whole, begun = (begun + chunk).split(b"\n")
        for line in whole:
            yield line.decode(errors="replace")
    if begun:
        yield begun.decode(errors="replace")
