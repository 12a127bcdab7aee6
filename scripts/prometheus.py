"""A Prometheus of one's own as a process: it scrapes one address by the rules of docs/monitoring, and is asked."""

import asyncio
import os
import re
import shutil
import sys
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import aiohttp

from tests.support.app_under_test import free_ports

RULES: Final = Path(__file__).resolve().parent.parent / "docs" / "monitoring" / "rules.yml"
RULE_TESTS: Final = RULES.with_name("rules_test.yml")
SCRAPE_S: Final = 2
READY_S: Final = 60.0
LOOK_S: Final = 0.5
CONFIG: Final = """\
global: {{scrape_interval: {every}s, scrape_timeout: {every}s, evaluation_interval: {every}s}}
rule_files: [rules.yml]
scrape_configs:
  - job_name: bot
    static_configs: [{{targets: ["{target}"]}}]
"""
Series = tuple[Mapping[str, str], float]
"""The labels of a series and its value."""


class MissingError(Exception):
    """A program is not installed."""


def program(name: str) -> str:
    """Return the path of ``prometheus`` or ``promtool``. Raises `MissingError`."""
    found = shutil.which(name, path=os.environ.get("PROMETHEUS_BIN") or os.environ["PATH"])
    if found is None:
        raise MissingError(
            f"{name} is missing: apt-get install prometheus, or set PROMETHEUS_BIN to its folder"
        )
    return found


def quickened(rules: str, thresholds: Mapping[str, str]) -> str:
    """Return rules that tell at once and are looked at with every scrape, with other thresholds by the text of theirs.

    ``ValueError`` for a threshold that they do not have.
    """
    for text, other in thresholds.items():
        if text not in rules:
            raise ValueError(f"the rules have no {text!r}")
        rules = rules.replace(text, other)
    rules = re.sub(r"(?m)^( +)for: \w+$", r"\1for: 0s", rules)
    return re.sub(r"(?m)^( +)interval: \w+$", rf"\1interval: {SCRAPE_S}s", rules)


async def promtool(*arguments: str) -> tuple[int, str]:
    """Run promtool; return its status and what it says."""
    process = await asyncio.create_subprocess_exec(
        program("promtool"), *arguments, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT
    )
    said, _ = await process.communicate()
    return process.returncode or 0, said.decode()


@dataclass(frozen=True, slots=True)
class Prometheus:
    """One that runs at ``url``."""

    session: aiohttp.ClientSession
    url: str

    async def query(self, expr: str) -> Sequence[Series]:
        """Return what an expression finds now, a scalar without labels. ``ValueError`` where it is refused."""
        async with self.session.get(f"{self.url}/api/v1/query", params={"query": expr}) as answer:
            body = await answer.json()
        if body["status"] != "success":
            raise ValueError(f"{expr}: {body['error']}")
        return _series(body["data"])

    async def firing(self) -> set[str]:
        """Return the names of the alerts that fire now."""
        found = await self.query('ALERTS{alertstate="firing"}')
        return {labels["alertname"] for labels, _ in found}

    async def rules(self) -> Sequence[Mapping[str, Any]]:
        """Return all rules with what has become of them: ``name``, ``query``, ``type``, ``health``."""
        async with self.session.get(f"{self.url}/api/v1/rules") as answer:
            body = await answer.json()
        return [rule for group in body["data"]["groups"] for rule in group["rules"]]


def _series(data: Mapping[str, Any]) -> Sequence[Series]:
    if data["resultType"] == "scalar":
        return [({}, float(data["result"][1]))]
    return [(one["metric"], float(one["value"][1])) for one in data["result"]]


@asynccontextmanager
async def scraping(url: str, folder: Path, thresholds: Mapping[str, str]) -> AsyncIterator[Prometheus]:
    """Let one scrape the bot at ``url`` until the end of the context; its files lie in ``folder``."""
    port = free_ports(1)[0]
    (folder / "rules.yml").write_text(quickened(RULES.read_text(encoding="utf-8"), thresholds))
    config = folder / "prometheus.yml"
    config.write_text(CONFIG.format(every=SCRAPE_S, target=url.removeprefix("http://")))
    with (folder / "prometheus.log").open("wb") as log:
        process = await asyncio.create_subprocess_exec(
            program("prometheus"),
            f"--config.file={config}",
            f"--storage.tsdb.path={folder / 'data'}",
            f"--web.listen-address=127.0.0.1:{port}",
            stdout=log,
            stderr=log,
        )
    try:
        async with aiohttp.ClientSession() as session:
            made = Prometheus(session, f"http://127.0.0.1:{port}")
            await asyncio.wait_for(_ready(made, process, folder / "prometheus.log"), READY_S)
            yield made
    finally:
        if process.returncode is None:
            process.terminate()
        await process.wait()


async def _ready(made: Prometheus, process: asyncio.subprocess.Process, log: Path) -> None:
    while process.returncode is None:
        try:
            async with made.session.get(f"{made.url}/-/ready") as answer:
                if answer.ok:
                    return
        except aiohttp.ClientConnectionError:
            pass  # it does not listen yet
        await asyncio.sleep(LOOK_S)
    sys.stderr.write(await asyncio.to_thread(log.read_text))
    raise RuntimeError("prometheus has ended")
