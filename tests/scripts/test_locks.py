"""The pinned locks carry hashes and no addresses, agree with each other and their sources, and lack nothing needed."""

import tomllib
from collections.abc import Iterator
from importlib.metadata import PackageNotFoundError, distribution
from itertools import combinations
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).resolve().parent.parent.parent
LOCKS = sorted(path.name for path in ROOT.glob("requirements*.lock"))
INSTALLED = ("requirements.lock", "requirements-dev.lock", "requirements-uv.lock")

ALONE = sorted(str(path.relative_to(ROOT)) for path in ROOT.glob("scripts/stranger/*.lock"))
"""Locks of environments of their own, which need not agree with the others."""

every_lock = pytest.mark.parametrize("lock", LOCKS + ALONE)


def test_the_locks_are_these() -> None:
    assert [
        f"requirements{name}.lock" for name in ("-bench", "-build", "-dask", "-dev", "-mutate", "-uv", "")
    ] == LOCKS
    assert [f"scripts/stranger/{name}.lock" for name in ("exchange", "telegram")] == ALONE


@every_lock
def test_every_pin_has_hashes_and_no_line_an_address(lock: str) -> None:
    lines = (ROOT / lock).read_text().splitlines()
    assert not [line for line in lines if "://" in line or "index-url" in line]
    entries = [line for line in lines if not line.startswith((" ", "#"))]
    assert entries
    assert [line for line in entries if "==" not in line or not line.endswith("\\")] == []


@pytest.mark.parametrize("pair", list(combinations(LOCKS, 2)), ids="+".join)
def test_locks_agree_where_they_overlap(pair: tuple[str, str]) -> None:
    first, second = (
        {name: [p.specifier for p in pins] for name, pins in _pins(lock).items()} for lock in pair
    )
    assert {name: first[name] for name in first.keys() & second.keys()} == {
        name: second[name] for name in first.keys() & second.keys()
    }


@every_lock
def test_a_lock_pins_what_its_source_asks_for(lock: str) -> None:
    pins = _pins(lock)
    asked = list(_asked(lock))
    assert asked
    assert [str(wanted) for wanted in asked if not _satisfied(wanted, pins)] == []


@pytest.mark.parametrize("lock", INSTALLED)
def test_a_lock_pins_what_its_packages_need_extras_included(lock: str) -> None:
    pins = _pins(lock)
    needed = [(name, wanted) for name in pins for wanted in _needed(name, pins[name])]
    assert [f"{name} needs {wanted}" for name, wanted in needed if not _satisfied(wanted, pins)] == []


def test_a_pin_without_the_extra_asked_for_is_found() -> None:
    pins = {"coverage": [Requirement("coverage==7.17.3")]}
    assert _satisfied(Requirement("coverage>=7.10.6"), pins)
    assert not _satisfied(Requirement("coverage[toml]>=7.10.6"), pins)
    assert not _satisfied(Requirement("coverage>=8"), pins)
    assert not _satisfied(Requirement("pluggy"), pins)


Pins = dict[str, list[Requirement]]


def _pins(lock: str) -> Pins:
    """Every pin of a lock by the package's normalised name; several where they are for different Pythons."""
    pins: Pins = {}
    for line in (ROOT / lock).read_text().splitlines():
        if not line.startswith((" ", "#")):
            pin = Requirement(line.rstrip(" \\"))
            pins.setdefault(canonicalize_name(pin.name), []).append(pin)
    return pins


def _asked(lock: str) -> Iterator[Requirement]:
    """What the source of a lock names."""
    if lock == "requirements.lock":
        lines = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["dependencies"]
    else:
        lines = (ROOT / lock).with_suffix(".in").read_text().splitlines()
    yield from (Requirement(line) for line in lines if line and not line.startswith("#"))


def _needed(name: str, pins: list[Requirement]) -> Iterator[Requirement]:
    """What the package of these pins needs here, by its own metadata: nothing where it is for other machines."""
    extras = {"", *(extra for pin in pins for extra in pin.extras)}
    try:
        lines = distribution(name).requires or []
    except PackageNotFoundError:
        assert not any(pin.marker is None or pin.marker.evaluate() for pin in pins), (
            f"{name} is not installed"
        )
        return
    for wanted in map(Requirement, lines):
        if wanted.marker is None or any(wanted.marker.evaluate({"extra": extra}) for extra in extras):
            yield wanted


def _satisfied(wanted: Requirement, pins: Pins) -> bool:
    found = pins.get(canonicalize_name(wanted.name), [])
    return any(wanted.extras <= pin.extras and _within(wanted, pin) for pin in found)


def _within(wanted: Requirement, pin: Requirement) -> bool:
    return all(wanted.specifier.contains(one.version, prereleases=True) for one in pin.specifier)
