"""The command line reads its arguments and its settings before it imports what answers questions."""

import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
HEAVY = ("numpy", "sqlalchemy", "alembic", "aiohttp", "telegram", "analysis", "handlers")
IMPORTED = f"""
import sys
import bot.cli
print([name for name in {HEAVY!r} if name in sys.modules])
"""


def test_the_command_line_loads_nothing_that_answers() -> None:
    told = subprocess.run(  # noqa: S603 - our own program
        [sys.executable, "-c", IMPORTED],
        check=True,
        capture_output=True,
        text=True,
        env=os.environ | {"PYTHONPATH": str(ROOT)},
    )
    assert told.stdout.strip() == "[]"
