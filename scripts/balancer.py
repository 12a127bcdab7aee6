"""An nginx in front of several processes that take a webhook: each delivery goes to one that listens."""

import asyncio
import shutil
from asyncio.subprocess import DEVNULL
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Final

START_S: Final = 10.0
CONFIG: Final = """\
daemon off;
worker_processes 1;
pid {folder}/nginx.pid;
error_log {folder}/error.log;
events {{}}
http {{
  access_log off;
  {temporary}
  upstream bots {{
    {servers}
  }}
  server {{
    listen 127.0.0.1:{port};
    location / {{
      proxy_pass http://bots;
      proxy_connect_timeout 1s;
      # an update that was delivered twice is one row: asking the next process again does no harm
      proxy_next_upstream error timeout non_idempotent;
    }}
  }}
}}
"""
TEMPORARY: Final = ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")


def config(folder: Path, port: int, behind: Sequence[int]) -> str:
    """Return nginx's configuration for a port of loopback and those behind it."""
    return CONFIG.format(
        folder=folder,
        port=port,
        temporary="\n  ".join(f"{name}_temp_path {folder}/{name};" for name in TEMPORARY),
        servers="\n    ".join(f"server 127.0.0.1:{one} max_fails=0;" for one in behind),
    )


@asynccontextmanager
async def balancer(folder: Path, port: int, behind: Sequence[int]) -> AsyncIterator[None]:
    """Run nginx on a port of loopback inside. Raises ``RuntimeError`` where it is not installed or does not start."""
    program = shutil.which("nginx", path="/usr/sbin:/usr/bin:/usr/local/sbin:/usr/local/bin")
    if program is None:
        raise RuntimeError("nginx is not installed; run as root: apt-get install nginx-light")
    file = folder / "nginx.conf"
    await asyncio.to_thread(file.write_text, config(folder, port, behind))
    process = await asyncio.create_subprocess_exec(
        program, "-c", str(file), "-p", str(folder), stdout=DEVNULL, stderr=DEVNULL
    )
    try:
        await _listening(process, port, folder / "error.log")
        yield
    finally:
        if process.returncode is None:
            process.terminate()
        await process.wait()


async def _listening(process: asyncio.subprocess.Process, port: int, said: Path) -> None:
    async with asyncio.timeout(START_S):
        while process.returncode is None:
            try:
                _, writer = await asyncio.open_connection("127.0.0.1", port)
            except OSError:
                await asyncio.sleep(0.05)
            else:
                writer.close()
                return
    raise RuntimeError(f"nginx ended by itself: {await asyncio.to_thread(_text, said)}")


def _text(file: Path) -> str:
    return file.read_text() if file.exists() else "it said nothing"
