"""When an answer leaves: the moment at which the last of a request that sends or edits a message has been written."""

import time
from types import SimpleNamespace
from typing import Final

import aiohttp

ANSWERS: Final = ("send", "edit")
"""How the methods begin that answer somebody."""
NOT_YET: Final = ("sendChatAction",)


class Leaving:
    """Notes when the last answer left over a session that it watches; ``at_s`` is a time of `time.perf_counter`."""

    def __init__(self) -> None:
        self.at_s = float("nan")

    def watch(self, session: aiohttp.ClientSession) -> None:
        """Note the answers of a session from now on."""
        config = aiohttp.TraceConfig()
        config.on_request_chunk_sent.append(self._note)
        config.freeze()
        session.trace_configs.append(config)

    async def _note(
        self,
        _session: aiohttp.ClientSession,
        _context: SimpleNamespace,
        sent: aiohttp.TraceRequestChunkSentParams,
    ) -> None:
        method = sent.url.path.rpartition("/")[2]
        if method.startswith(ANSWERS) and method not in NOT_YET:
            self.at_s = time.perf_counter()
