"""The server of the workers is a fork: it has what its parent imported, and nothing else of it."""

import os
import subprocess
import sys
from pathlib import Path

from tests.support.limits import PATIENCE_S

ROOT = Path(__file__).resolve().parents[2]
PROGRAM = """
import os, signal, sys
from bot.executors import ProcessPool, worker_pid
from bot.fork_server import start_fork_server
from bot.memory_use import children

def beside(name: str) -> int:
    import multiprocessing
    process = multiprocessing.get_context("forkserver").Process(target=exec, args=(name,))
    process.start()
    process.join()
    return process.exitcode

if __name__ == "__main__":
    import bot.version
    sys.marked = "by the parent"
    reading, writing = os.pipe()
    os.set_blocking(reading, False)
    sys.stdout.write("written once\\n")
    start_fork_server(("bot.redaction",))
    early = children(os.getpid())
    os.close(writing)
    pool = ProcessPool(1, ("bot.executors",))
    worker = pool.submit(worker_pid).result()
    assert any(worker in children(pid) for pid in early), early
    assert os.read(reading, 1) == b"", "somebody else holds the pipe"
    assert pool.submit(eval, "__import__('sys').marked").result() == "by the parent"
    assert pool.submit(eval, "'bot.redaction' in __import__('sys').modules").result()
    assert "bot.redaction" not in sys.modules
    assert pool.submit(beside, "import bot.redaction").result() == 0
    pool.shutdown()
    print("done")
"""
FAILING = """
import os, sys
from bot.fork_server import start_fork_server
from bot.memory_use import children

if __name__ == "__main__":
    start_fork_server(("failing",))
    server, = [pid for pid in children(os.getpid()) if b"resource" not in open(f"/proc/{pid}/cmdline", "rb").read()]
    print(os.waitstatus_to_exitcode(os.waitpid(server, 0)[1]))
"""


def test_a_fork_server_that_was_started_early_makes_the_workers(tmp_path: Path) -> None:
    told = run(tmp_path, PROGRAM)
    assert (told.returncode, told.stdout, told.stderr) == (0, "written once\ndone\n", "")


def test_a_fork_server_that_fails_says_why_and_does_nothing_of_its_parent(tmp_path: Path) -> None:
    (tmp_path / "failing.py").write_text('raise ValueError("not to be imported")')
    told = run(tmp_path, FAILING)
    assert (told.returncode, told.stdout) == (0, "1\n")
    assert told.stderr.endswith("ValueError: not to be imported\n")


def run(folder: Path, text: str) -> subprocess.CompletedProcess[str]:
    program = folder / "program.py"
    program.write_text(text)
    return subprocess.run(  # noqa: S603 - our own program
        [sys.executable, str(program)],
        env=os.environ | {"PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        timeout=PATIENCE_S,
        check=False,
    )
