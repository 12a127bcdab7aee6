"""`python -m utils.sandbox`: the exchange, other providers and the Telegram sandbox as one process on loopback."""

import argparse
import asyncio
import json
import os
import signal
import sys
from collections.abc import Sequence
from contextlib import AsyncExitStack
from pathlib import Path

from utils.sandbox.control import SandboxClock
from utils.sandbox.control.routes import moment_ms
from utils.sandbox.deribit import DeribitSandbox
from utils.sandbox.exchange.server import REPLAY_START_MS, ExchangeSandbox
from utils.sandbox.onchain import OnchainSandbox

DEFAULT_EXCHANGE = "127.0.0.1:8091"
DEFAULT_CHAT = "127.0.0.1:8090"
DERIBIT_OFFSET, ONCHAIN_OFFSET = 3, 4
EXIT_BIND = 2
YIELDS = 5
"""How much (nice) the sandbox of a program goes behind that program."""


def parse(arguments: Sequence[str] | None = None) -> argparse.Namespace:
    """The command line."""
    parser = argparse.ArgumentParser(prog="python -m utils.sandbox", description=__doc__)
    parser.add_argument(
        "--exchange",
        default=os.environ.get("SANDBOX_EXCHANGE_BIND", DEFAULT_EXCHANGE),
        metavar="HOST:PORT",
        help="spot; the next four ports are futures, options, deribit and on-chain providers",
    )
    parser.add_argument(
        "--chat",
        default=os.environ.get("SANDBOX_CHAT_BIND", DEFAULT_CHAT),
        metavar="HOST:PORT",
        help="bot api and chat page",
    )
    parser.add_argument(
        "--no-chat", action="store_true", help="start the exchange and the other providers only"
    )
    parser.add_argument(
        "--data",
        type=Path,
        default=os.environ.get("SANDBOX_DATA") or None,
        help="replay the recordings of this folder",
    )
    parser.add_argument("--seed", type=int, default=1, help="what the simulated market is drawn from")
    parser.add_argument("--symbols", type=int, default=0, help="further light symbols (at most 400)")
    parser.add_argument(
        "--light-rate",
        type=float,
        default=0.0,
        metavar="PER_SECOND",
        help="messages a second of each best-price stream of a light symbol, for load (0: when it changes)",
    )
    parser.add_argument("--now", type=_moment, help="start the clock here (iso 8601, utc)")
    parser.add_argument(
        "--local", action="store_true", help="take webhooks on any address, as a local bot api server does"
    )
    parser.add_argument("--parent-pipe", action="store_true", help="stop when standard input closes")
    return parser.parse_args(arguments)


async def serve(options: argparse.Namespace) -> None:
    """Start what was asked for, say so in one JSON line, and run until told to stop."""
    stop = _stop_event(watch_input=options.parent_pipe)
    start_ms = options.now
    if start_ms is None and options.data is not None:
        start_ms = REPLAY_START_MS
    clock = SandboxClock(start_ms)
    async with AsyncExitStack() as stack:
        exchange = ExchangeSandbox(
            options.exchange,
            options.data,
            options.seed,
            clock,
            options.symbols,
            light_rate=options.light_rate,
        )
        await exchange.start()
        stack.push_async_callback(exchange.stop)
        ready: dict[str, object] = {
            "ready": True,
            "spot": exchange.spot_url,
            "futures": exchange.futures_url,
            "options": exchange.options_url,
            "deribit": await _start_deribit(stack, options, exchange),
            **await _start_onchain(stack, options, exchange),
        }
        if not options.no_chat:
            ready |= await _start_chat(stack, options, clock)
        print(json.dumps(ready), flush=True)  # noqa: T201 - the line a parent process waits for
        await stop.wait()


def main(arguments: Sequence[str] | None = None) -> int:
    """Run; 2 when an address cannot be bound or the data folder is not there."""
    options = parse(arguments)
    if options.parent_pipe:  # a real exchange takes nothing of the machine of the program that asks it
        os.nice(YIELDS)
    try:
        asyncio.run(serve(options))
    except OSError as error:
        sys.stderr.write(f"sandbox cannot start: {error}\n")
        return EXIT_BIND
    return 0


async def _start_deribit(
    stack: AsyncExitStack, options: argparse.Namespace, exchange: ExchangeSandbox
) -> str:
    """Start Deribit on the third port after the exchange's first; return its address."""
    deribit = DeribitSandbox(exchange, _after(options.exchange, DERIBIT_OFFSET))
    stack.push_async_callback(deribit.stop)
    await deribit.start()
    return deribit.url


async def _start_onchain(
    stack: AsyncExitStack, options: argparse.Namespace, exchange: ExchangeSandbox
) -> dict[str, str]:
    """Start the on-chain providers on the fourth port after the exchange's first; return their addresses by name."""
    onchain = OnchainSandbox(exchange, _after(options.exchange, ONCHAIN_OFFSET))
    stack.push_async_callback(onchain.stop)
    await onchain.start()
    return onchain.addresses


def _after(bind: str, offset: int) -> str:
    """An address some ports after another; any free one where that has none."""
    host, _, port = bind.rpartition(":")
    return f"{host}:{int(port) + offset if int(port) else 0}"


async def _start_chat(
    stack: AsyncExitStack, options: argparse.Namespace, clock: SandboxClock
) -> dict[str, object]:
    # imported here so that the exchange alone needs nothing of it
    from utils.sandbox.telegram.server import TelegramSandbox  # noqa: PLC0415

    chat = TelegramSandbox(options.chat, seed=options.seed, clock=clock, local=options.local, limits=True)
    await chat.start()
    stack.push_async_callback(chat.stop)
    return {"telegram": chat.api_url, "chat": chat.page_url}


def _stop_event(*, watch_input: bool) -> asyncio.Event:
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stop.set)
    if watch_input:
        loop.add_reader(sys.stdin.fileno(), _read_until_closed, loop, stop)
    return stop


def _read_until_closed(loop: asyncio.AbstractEventLoop, stop: asyncio.Event) -> None:
    if not os.read(sys.stdin.fileno(), 4096):
        loop.remove_reader(sys.stdin.fileno())
        stop.set()


def _moment(text: str) -> int:
    return moment_ms(text)
