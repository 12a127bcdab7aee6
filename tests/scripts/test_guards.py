"""Each guard stands where the list says, the security page shows all, and what became of each is told."""

import ast
import re
from collections.abc import Sequence
from functools import cache
from pathlib import Path

import pytest

from scripts.guards import __main__ as command
from scripts.guards import table
from scripts.guards.guard import Guard

ROOT = Path(__file__).resolve().parents[2]
PAGE = table.FILE.read_text(encoding="utf-8")
NAMED = re.compile(r"`((?:tests/[\w/]+\.py)?)((?:::\w+)*)`")
NAMED_PARTS = (ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)
NOTHING_TO_REMOVE = {
    "test_alerts_tell_the_account_to_nobody",
    "test_digests_tell_the_account_to_nobody",
    "test_any_text_is_a_rule_or_a_fault",
    "test_configuration_is_shown_by_section_and_key_and_never_with_secrets",
}
"""Tests of what no code does, so that none can be taken away."""
NOTICING = "from gate import may\n\ndef test_may() -> None:\n    assert not may()\n"
BLIND = "def test_may() -> None:\n    pass\n"


@cache
def parts(path: str) -> Sequence[ast.stmt]:
    return ast.parse((ROOT / path).read_text(encoding="utf-8")).body


@pytest.mark.parametrize("guard", table.GUARDS, ids=lambda guard: guard.name)
def test_a_guard_stands_once_and_its_tests_exist(guard: Guard) -> None:
    without = guard.removed((ROOT / guard.file).read_text(encoding="utf-8"))
    compile(without, guard.file, "exec")
    for test in guard.tests:
        path, *names = test.split("::")
        body = parts(path)
        for name in names:
            (found,) = (one for one in body if isinstance(one, NAMED_PARTS) and one.name == name)
            body = found.body


def test_every_test_of_the_security_page_has_a_guard() -> None:
    path, named = "", set[str]()
    for file, function in NAMED.findall(PAGE):
        path = file or path
        named.add(f"{path}{function}")
    asked = {test for guard in table.GUARDS for test in guard.tests}
    assert {test for test in named - asked if test.partition("::")[2] not in NOTHING_TO_REMOVE} == set()


def test_the_page_shows_every_guard() -> None:
    assert table.written(PAGE) == PAGE, "run python -m scripts.guards --write"
    with pytest.raises(ValueError, match="no place"):
        table.written("")


def test_a_guard_that_is_not_where_it_should_be_is_an_error() -> None:
    guard = Guard("g", "f.py", "x", "y", "t")
    for source in ("", "x x"):
        with pytest.raises(ValueError, match=r"f\.py has"):
            guard.removed(source)
    with pytest.raises(ValueError, match="no test"):
        Guard("g", "f.py", "x", "y")


def test_what_became_of_each_guard_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("PYTEST_DISABLE_PLUGIN_AUTOLOAD", "1")
    (tmp_path / "gate.py").write_text("def may() -> bool:\n    return False\n")
    (tmp_path / "test_seen.py").write_text(NOTICING)
    (tmp_path / "test_blind.py").write_text(BLIND)
    before = (tmp_path / "gate.py").stat()
    guards = [
        Guard("kept", "gate.py", "return False", "return True", "test_seen.py::test_may", "test_blind.py"),
        Guard("broken", "gate.py", "return False", "return", "test_seen.py::test_gone"),
    ]
    assert command.tried(tmp_path, guards[:1]) == 1
    assert capsys.readouterr().out.splitlines() == [
        "noticed      kept  (gate.py; test_seen.py::test_may)",
        "NOT NOTICED  kept  (gate.py; test_blind.py)",
        "1 of 2 noticed",
    ]
    after = (tmp_path / "gate.py").stat()
    assert (after.st_mtime_ns, after.st_size) == (before.st_mtime_ns, before.st_size)
    assert command.tried(tmp_path, guards[1:]) == 2
    assert "fail with every guard in place" in capsys.readouterr().out
