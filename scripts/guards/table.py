"""The table of guards in docs/security.md: what each stands against, and the test that notices when it is gone."""

from collections.abc import Iterator
from pathlib import Path
from typing import Final

from scripts.guards import account, administration, asking, groups, outside
from scripts.guards.guard import Attack

FILE: Final = Path(__file__).resolve().parents[2] / "docs" / "security.md"
BEGIN: Final = "<!-- guards: written by python -m scripts.guards --write -->"
END: Final = "<!-- end of guards -->"
ATTACKS: Final = (
    *asking.ATTACKS,
    *account.ATTACKS,
    *groups.ATTACKS,
    *administration.ATTACKS,
    *outside.ATTACKS,
)
GUARDS: Final = tuple(guard for attack in ATTACKS for guard in attack.guards)


def written(text: str) -> str:
    """Return the page with the table between its marks; ``ValueError`` where these are missing."""
    before, found, rest = text.partition(BEGIN)
    _, ended, after = rest.partition(END)
    if not found or not ended:
        raise ValueError(f"no place for the table: {BEGIN} and {END} are missing")
    rows = (row for attack in ATTACKS for row in _rows(attack))
    table = "\n".join(("| attack | guard | tests that must notice |", "|---|---|---|", *rows))
    return f"{before}{BEGIN}\n{table}\n{END}{after}"


def _rows(attack: Attack) -> Iterator[str]:
    for number, guard in enumerate(attack.guards):
        tests = ", ".join(f"`{test}`" for test in guard.tests)
        yield f"| {'' if number else attack.what} | {guard.name} (`{guard.file}`) | {tests} |"
