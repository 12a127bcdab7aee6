from pathlib import Path

from scripts.check_names import duplicates, public_classes, read_sources

MODULE = """
class Book:
    class Inner: ...

class _Hidden: ...

def make() -> None:
    class Local: ...

class Tape: ...
"""


def test_only_public_classes_at_the_top_level_count() -> None:
    assert public_classes(MODULE) == [("Book", 2), ("Tape", 10)]


def test_a_name_that_two_modules_define_is_found_with_its_places() -> None:
    sources = {"a/one.py": MODULE, "b/two.py": "class Tape: ...\n", "b/three.py": "class _Hidden: ...\n"}
    assert duplicates(sources) == {"Tape": ["a/one.py:10", "b/two.py:1"]}


def test_the_sandbox_and_other_folders_are_left_out(tmp_path: Path) -> None:
    for path in ("utils/sandbox/x.py", "utils/x.py", "tests/x.py"):
        file = tmp_path / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text("class Same: ...\n")
    assert set(read_sources(tmp_path, ["utils"])) == {"utils/x.py"}
