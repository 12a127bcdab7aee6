"""The skeleton of a module: it counts what it touches, refuses bad names, and passes what every module promises."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from scripts.scaffold.__main__ import main
from scripts.scaffold.skeleton import registered

ROOT = Path(__file__).resolve().parents[2]
MOST_LINES_OUTSIDE = 2


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    tracked = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],  # noqa: S607
        cwd=ROOT,
        capture_output=True,
        check=True,
        text=True,
    )
    for name in filter(None, tracked.stdout.split("\0")):
        if (ROOT / name).is_file():
            (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(ROOT / name, tmp_path / name)
    return tmp_path


def test_a_dry_run_counts_and_writes_nothing(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["demo", "--dry-run"]) == 0
    assert f"{MOST_LINES_OUTSIDE} lines outside them: analysis/registry.py" in capsys.readouterr().out
    assert not (ROOT / "analysis" / "demo").exists()


@pytest.mark.parametrize("words", [["Demo"], ["1st"], ["class"], ["trend"], ["demo", "--face", "demo"]])
def test_a_name_that_cannot_be_is_refused_in_one_line(
    words: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert main([*words, "--dry-run"]) == 2
    assert capsys.readouterr().err.count("\n") == 1


def test_a_registry_of_another_layout_is_left_alone() -> None:
    with pytest.raises(ValueError, match="by hand"):
        registered("MODULES = ()\n", "demo_module")


def test_the_import_is_broken_into_lines_where_it_grows_too_long() -> None:
    names = [f"a_long_module_name_{letter}" for letter in "abd"]
    text = f"from analysis import {', '.join(names)}\n\nMODULES = (\n    x.MODULE,\n)\n"
    grown = registered(text, "a_long_module_name_c")
    assert grown.startswith(
        "from analysis import a_long_module_name_a, a_long_module_name_b, a_long_module_name_c"
    )
    longer = registered(grown, "a_long_module_name_e")
    lines = longer.split("\n")
    assert lines[0] == "from analysis import ("
    assert lines[1:7] == [*(f"    a_long_module_name_{letter}," for letter in "abcde"), ")"]
    again = registered(longer, "a_long_module_name_f")
    assert "    a_long_module_name_f,\n)\n" in again
    assert again.endswith("    a_long_module_name_e.MODULE,\n    a_long_module_name_f.MODULE,\n)\n")


@pytest.mark.slow
def test_the_skeleton_passes_what_every_module_promises(checkout: Path) -> None:
    assert main(["demo", "--root", str(checkout)]) == 0
    tests = ["tests/modules", "tests/handlers/test_locale.py", "tests/handlers/commands"]
    options = ["-q", "-x", "-p", "no:cacheprovider", "-k", "demo or locale or registry"]
    done = subprocess.run(  # noqa: S603
        [sys.executable, "-m", "pytest", *options, *tests],
        cwd=checkout,
        env={**os.environ, "PYTHONPATH": str(checkout)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout
    assert "passed" in done.stdout
    lint = [sys.executable, "-m", "ruff"]
    for step in (["check", "."], ["format", "--check", "."]):
        clean = subprocess.run([*lint, *step], cwd=checkout, capture_output=True, text=True, check=False)  # noqa: S603
        assert clean.returncode == 0, clean.stdout
