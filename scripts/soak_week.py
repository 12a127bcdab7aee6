"""A week of the bot under a quick clock: alerts, digests and commands of many chats, with faults of every kind.

The real parts (alert watch, digest look, outbox, notifier with its limiter, update receiver, exchange client) run in
this process against the sandbox's Telegram and exchange on sockets and a real database. Exchange, Telegram and bot
share one clock, which goes on as soon as nothing is under way, so their limits are counted in its time. What analyses
say is drawn by seed, so it is known when each alert must fire; pushes are compared with that one by one. The exit
status is 1 when one was lost or doubled, a limit was broken, an answer is missing, or memory grew. What is real and
what is not stands in docs/soak.md.
"""

import argparse
import asyncio
import sys
from collections.abc import Sequence

from bot.logs import configure_logging
from bot.memory import keep_heaps_small
from bot.redaction import Redactor
from scripts.week.judge import lines, wrong
from scripts.week.plan import WeekPlan
from scripts.week.run import run_week


def main(arguments: Sequence[str] | None = None) -> int:
    """Run from the command line; 1 when anything was wrong."""
    whole = WeekPlan()
    parser = argparse.ArgumentParser(prog="scripts/soak_week", description=__doc__)
    parser.add_argument("--days", type=float, default=whole.days)
    parser.add_argument("--symbols", type=int, default=whole.symbols)
    parser.add_argument("--chats", type=int, default=whole.chats)
    parser.add_argument("--alerts", type=int, default=whole.alerts)
    parser.add_argument("--seed", type=int, default=whole.seed)
    parser.add_argument("--interval", choices=("5m", "15m", "1h"), default=whole.interval)
    parser.add_argument("--commands", type=int, default=whole.commands, help="in 24 bars of the interval")
    parser.add_argument(
        "--priced", type=int, default=whole.priced, help="symbols with alerts about their price"
    )
    parser.add_argument("--database", default="", help="its address; a file of a temporary folder by default")
    parser.add_argument("--log", choices=("INFO", "WARNING", "ERROR"), default="ERROR")
    asked = vars(parser.parse_args(arguments))
    keep_heaps_small()
    configure_logging(asked.pop("log"), "console", Redactor(()))
    seen = asyncio.run(run_week(WeekPlan(**asked), print))
    faults = list(wrong(seen))
    print(*lines(seen), *(f"WRONG: {one}" for one in faults), sep="\n")
    return int(bool(faults))


if __name__ == "__main__":
    sys.exit(main())
