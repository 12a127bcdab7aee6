"""A commit's subject: short, without a dot, set off from what follows."""

from pathlib import Path

import pytest

from scripts.check_subject import LONGEST, faults, main


@pytest.mark.parametrize(
    "message",
    [
        "Add a thing",
        "Add a thing\n",
        "x" * LONGEST,
        "Add a thing\n\nWhy it is there.",
        "Add a thing\n# a comment\n",
    ],
)
def test_a_plain_message_passes(message: str) -> None:
    assert faults(message) == []


@pytest.mark.parametrize(
    ("message", "words"),
    [
        ("", "empty"),
        ("# only a comment\n", "empty"),
        ("x" * (LONGEST + 1), "61 characters"),
        ("Add a thing.", "dot"),
        ("Add a thing\nand another", "second line"),
    ],
)
def test_what_is_wrong_is_named(message: str, words: str) -> None:
    (found,) = faults(message)
    assert words in found


def test_a_file_is_judged_as_the_hook_gives_it(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "COMMIT_EDITMSG"
    file.write_text("Add a thing\n")
    assert main(str(file)) == 0
    file.write_text("Add a thing.\n")
    assert main(str(file)) == 1
    assert capsys.readouterr().out == "'Add a thing.': the subject ends with a dot\n"
