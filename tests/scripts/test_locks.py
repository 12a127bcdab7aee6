"""The pinned locks carry hashes and no addresses, and every package stands in them."""

from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent.parent
LOCKS = sorted(ROOT.glob("requirements*.lock"))


@pytest.mark.parametrize("lock", LOCKS, ids=lambda lock: lock.name)
def test_lock_has_hashes_and_no_addresses(lock: Path) -> None:
    text = lock.read_text()
    assert "://" not in text
    assert "index-url" not in text
    pins = [line for line in text.splitlines() if "==" in line and not line.startswith((" ", "#"))]
    assert len(pins) > 30
    assert all(line.endswith("\\") for line in pins)


def test_both_locks_agree_where_they_overlap() -> None:
    run_time, dev = (_pins(ROOT / name) for name in ("requirements.lock", "requirements-dev.lock"))
    assert {name: dev[name] for name in run_time.keys() & dev.keys()} == {
        name: run_time[name] for name in run_time.keys() & dev.keys()
    }


def _pins(lock: Path) -> dict[str, set[str]]:
    pins: dict[str, set[str]] = {}
    for line in lock.read_text().splitlines():
        if "==" in line and not line.startswith((" ", "#")):
            name, rest = line.split("==", 1)
            pins.setdefault(name.split("[")[0], set()).add(rest.split()[0].rstrip("\\;"))
    return pins
