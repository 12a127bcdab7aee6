"""What differs between two records, once what tells only of the time of computing is masked."""

import difflib
import re
from collections.abc import Iterator
from itertools import islice
from pathlib import Path

SHOWN_LINES = 12
MASKED = re.compile(r'"(computed_at|fetched_at|error_id)": ("[^"]*"|\d+)')
# a source younger than the asked past moment is stamped with the time at which it was read
READ_AT = re.compile(r'"as_of": "[^"]*",(\s+)"age_s": -[\d.]+')


def differences(before: Path, after: Path) -> Iterator[str]:
    """Yield one paragraph a file that is missing on a side or differs, in the order of their names."""
    sides = [
        {path.relative_to(side): path for path in side.rglob("*") if path.is_file()}
        for side in (before, after)
    ]
    if not all(sides):
        raise FileNotFoundError(f"no record in {before if not sides[0] else after}")
    for name in sorted(sides[0].keys() | sides[1].keys()):
        missing = [side for side, files in zip((before, after), sides, strict=True) if name not in files]
        if missing:
            yield f"{name}: not in {missing[0]}"
        elif difference := _difference(sides[0][name], sides[1][name]):
            yield f"{name}: {difference}"


def masked(text: str) -> str:
    """Return the text without times of computing and reading, and without ids of errors."""
    return READ_AT.sub(r'"as_of": "*",\1"age_s": "*"', MASKED.sub(r'"\1": "*"', text))


def _difference(before: Path, after: Path) -> str:
    if before.read_bytes() == after.read_bytes():
        return ""
    if before.suffix == ".png":
        return "another picture"
    old, new = (masked(path.read_text()).splitlines() for path in (before, after))
    lines = difflib.unified_diff(old, new, lineterm="", n=0)
    return "\n  ".join(islice((line for line in lines if not line.startswith(("---", "+++"))), SHOWN_LINES))
