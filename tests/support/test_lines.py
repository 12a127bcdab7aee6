"""Lines of any length arrive whole, and the last one without an end too."""

import asyncio
import sys

from tests.support.lines import lines_of

WRITE = "import sys; sys.stdout.write('first\\n' + 'ş' * 300_000 + '\\n\\nlast')"


async def test_lines_of_any_length_arrive_whole() -> None:
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-c", WRITE, stdout=asyncio.subprocess.PIPE
    )
    assert process.stdout is not None
    assert [line async for line in lines_of(process.stdout)] == ["first", "ş" * 300_000, "", "last"]
    assert await process.wait() == 0
