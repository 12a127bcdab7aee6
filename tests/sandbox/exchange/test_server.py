"""Starting, resetting and stopping, in process and as a program."""

import json
import os
import signal
import socket
import subprocess
import sys
from pathlib import Path
from urllib.request import urlopen

import pytest

from tests.sandbox.exchange.conftest import Client
from tests.support.limits import PATIENCE_S
from utils.sandbox.exchange import ExchangeSandbox

ROOT = Path(__file__).resolve().parents[3]
START = [sys.executable, "-m", "utils.sandbox", "--no-chat"]


def run(*arguments: str) -> "subprocess.Popen[str]":
    return subprocess.Popen(  # noqa: S603 - our own program
        [*START, *arguments],
        cwd=ROOT,
        text=True,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )


def test_one_ready_line_then_answers_then_stops_with_its_parent() -> None:
    with run("--exchange", "127.0.0.1:0", "--parent-pipe", "--now", "2026-05-01T00:00:00Z") as process:
        assert process.stdout is not None
        ready = json.loads(process.stdout.readline())
        assert ready["ready"] is True
        with urlopen(ready["futures"] + "/fapi/v1/time") as answer:  # noqa: S310 - loopback
            told = json.loads(answer.read())["serverTime"]
        assert 0 <= told - 1_777_593_600_000 < 60_000
        assert os.getpriority(os.PRIO_PROCESS, process.pid) > os.getpriority(os.PRIO_PROCESS, 0)
        out, err = process.communicate(timeout=PATIENCE_S)
    assert (process.returncode, out, err) == (0, "", "")


def test_a_signal_stops_it_cleanly() -> None:
    with run("--exchange", "127.0.0.1:0") as process:
        assert process.stdout is not None
        process.stdout.readline()
        process.send_signal(signal.SIGTERM)
        _, err = process.communicate(timeout=PATIENCE_S)
    assert (process.returncode, err) == (0, "")


def test_a_taken_port_is_one_clear_line() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        with run("--exchange", f"127.0.0.1:{port}") as process:
            _, err = process.communicate(timeout=PATIENCE_S)
    assert process.returncode == 2
    assert len(err.splitlines()) == 1
    assert str(port) in err


def test_a_missing_data_folder_is_one_clear_line() -> None:
    with run("--exchange", "127.0.0.1:0", "--data", "/nowhere/at/all") as process:
        _, err = process.communicate(timeout=PATIENCE_S)
    assert process.returncode == 2
    assert "/nowhere/at/all" in err


async def test_ports_follow_each_other() -> None:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = min(probe.getsockname()[1], 65_000)
    sandbox = ExchangeSandbox(f"127.0.0.1:{port}")
    try:
        await sandbox.start()
    except OSError:
        pytest.skip("one of three neighbouring ports is taken by another program")
    assert [
        url.rsplit(":", 1)[1] for url in (sandbox.spot_url, sandbox.futures_url, sandbox.options_url)
    ] == [str(port + offset) for offset in range(3)]
    await sandbox.stop()


async def test_light_symbols_are_drawn_in_the_background_and_do_not_hold_up_the_end() -> None:
    sandbox = ExchangeSandbox(symbols=40)
    await sandbox.start()
    assert len(sandbox.market.listings("spot", sandbox.clock.now_ms())) == 52
    await sandbox.stop()


async def test_reset_with_another_seed_changes_the_market(own_client: Client) -> None:
    query = {"symbol": "BTCUSDT", "interval": "1d", "limit": 3}
    before = await own_client.get("/api/v3/klines", **query)
    await own_client.control("POST", "/reset", seed=2)
    assert await own_client.get("/api/v3/klines", **query) != before
    await own_client.control("POST", "/reset", seed=1)
    assert await own_client.get("/api/v3/klines", **query) == before
