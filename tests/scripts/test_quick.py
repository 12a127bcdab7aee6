"""What the quick check finds changed, and which tests it takes for nearest."""

from pathlib import Path

import pytest

from scripts.quick import (
    Choice,
    changed_files,
    git,
    importers_of_everything,
    module_name,
    nearest,
    pytest_command,
)

IMPORTERS = {
    "analysis.sums": {"analysis.means", "tests.analysis.test_sums", "tests.analysis.test_means"},
    "analysis.means": {"handlers.card", "tests.analysis.test_means"},
    "handlers.card": {"tests.support.cards"},
    "tests.support.cards": {"tests.handlers.test_card"},
    "tests.conftest": set[str](),
    "tests.handlers.conftest": set[str](),
    "tests.analysis.test_sums": set[str](),
    "tests.analysis.test_means": set[str](),
    "tests.handlers.test_card": set[str](),
}


@pytest.mark.parametrize(
    ("changed", "tests", "others"),
    [
        ("analysis.sums", ("test_sums", "test_means"), 1),
        ("analysis.means", ("test_means",), 1),
        ("handlers.card", ("test_card",), 0),
        ("tests.handlers.test_card", ("test_card",), 0),
        ("tests.handlers.conftest", ("test_card",), 0),
        ("tests.conftest", ("test_means", "test_sums", "test_card"), 0),
        ("unknown.module", (), 0),
    ],
)
def test_the_tests_in_the_fewest_steps_are_chosen(changed: str, tests: tuple[str, ...], others: int) -> None:
    choice = nearest([changed], IMPORTERS)
    assert tuple(name.rpartition(".")[2] for name in choice.tests) == tests
    assert choice.others == others


def test_too_many_tests_leave_those_of_other_names_out() -> None:
    assert nearest(["analysis.sums"], IMPORTERS, most=1) == Choice(("tests.analysis.test_sums",), 2)


def test_every_changed_module_brings_its_own() -> None:
    choice = nearest(["handlers.card", "analysis.means"], IMPORTERS)
    assert set(choice.tests) == {"tests.handlers.test_card", "tests.analysis.test_means"}


def test_this_test_is_found_from_what_it_tests() -> None:
    assert nearest(["scripts.quick"], importers_of_everything()).tests == (__name__,)


@pytest.mark.parametrize(
    ("path", "name"), [("bot/cli.py", "bot.cli"), ("utils/store/__init__.py", "utils.store"), ("a.py", "a")]
)
def test_a_path_is_imported_under_its_name(path: str, name: str) -> None:
    assert module_name(path) == name


def test_many_test_modules_share_two_workers() -> None:
    few, many = pytest_command(["tests.a"]), pytest_command(["tests.a", "tests.b", "tests.c", "tests.d"])
    assert "-n" not in few
    assert "-n" in many
    assert many[-1] == "tests/d.py"


def test_edited_staged_and_new_files_are_changed_and_removed_ones_are_not(tmp_path: Path) -> None:
    git(tmp_path, "init", "-q")
    for name in ("edited.py", "staged.py", "removed.py", "same.py", ".gitignore"):
        (tmp_path / name).write_text("ignored.py\n")
    git(tmp_path, "add", ".")
    git(tmp_path, "-c", "user.name=a", "-c", "user.email=a@b", "commit", "-qm", "first")
    for name in ("edited.py", "staged.py", "new.py", "ignored.py"):
        (tmp_path / name).write_text("x = 1\n")
    (tmp_path / "removed.py").unlink()
    git(tmp_path, "add", "staged.py")
    assert changed_files(tmp_path, "HEAD") == ["edited.py", "new.py", "staged.py"]
