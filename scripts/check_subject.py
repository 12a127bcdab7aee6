"""Refuse a commit whose subject is longer than 60 characters, ends with a dot or is not set off by an empty line.

``check_subject.py FILE`` reads a message as git's hook ``commit-msg`` gives it; ``check_subject.py BASE..HEAD`` reads
the commits of a range.
"""

import subprocess
import sys
from pathlib import Path
from typing import Final

LONGEST: Final = 60


def faults(message: str) -> list[str]:
    """Return what is wrong with a message; comments that git removes are no part of it."""
    lines = [line for line in message.splitlines() if not line.startswith("#")]
    subject = lines[0].rstrip() if lines else ""
    found = []
    if not subject:
        found.append("the subject is empty")
    if len(subject) > LONGEST:
        found.append(f"the subject has {len(subject)} characters, {LONGEST} at most")
    if subject.endswith("."):
        found.append("the subject ends with a dot")
    if len(lines) > 1 and lines[1].strip():
        found.append("the second line is not empty")
    return found


def messages(span: str) -> list[str]:
    """Return the messages of a range of commits, merges left out."""
    command = ["git", "log", "--no-merges", "-z", "--format=%B", span]
    done = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True)
    return [message for message in done.stdout.split("\0") if message]


def main(given: str) -> int:
    """Print what is wrong and return 1 where anything is."""
    told = messages(given) if ".." in given else [Path(given).read_text(encoding="utf-8")]
    lines = [f"{message.partition(chr(10))[0]!r}: {fault}" for message in told for fault in faults(message)]
    print("\n".join(lines), end="\n" if lines else "")
    return 1 if lines else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
