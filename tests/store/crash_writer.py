"""A process to be killed: appends batches without end and says after each commit how many there are."""

import asyncio
import itertools
import sys

from utils.store.observations import Observation
from utils.store.store import open_store

BATCH_ROWS = 500


async def write_until_killed(address: str) -> None:
    """Append batch after batch; batch n holds the stamps n * BATCH_ROWS and following."""
    async with open_store(address) as store:
        for batch in itertools.count():
            stamps = range(batch * BATCH_ROWS, (batch + 1) * BATCH_ROWS)
            await store.observations.append(Observation("crash", "X", ts, ts, float(ts)) for ts in stamps)
            sys.stdout.write(f"{batch + 1}\n")
            sys.stdout.flush()


if __name__ == "__main__":
    asyncio.run(write_until_killed(sys.argv[1]))
