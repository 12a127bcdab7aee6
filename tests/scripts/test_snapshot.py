"""Records of answers: what counts as a difference, and a small record of the program as it is."""

import json
from pathlib import Path

import pytest

from analysis.registry import MODULES
from handlers.render.html import DOT
from scripts.snapshot.compare import differences
from scripts.snapshot.record import RUN_A_MODULE, record
from scripts.snapshot.worlds import SIMULATED_NOW, Question, World

ROOT = Path(__file__).resolve().parent.parent.parent
ANSWER = '200\n{\n "computed_at": "2026-11-29T04:39:29.633Z",\n "price": 1.5\n}\n'


def written(folder: Path, files: dict[str, str]) -> Path:
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return folder


def test_only_the_time_of_computing_is_masked(tmp_path: Path) -> None:
    before = written(tmp_path / "a", {"http/one.json": ANSWER})
    later = written(tmp_path / "b", {"http/one.json": ANSWER.replace("04:39", "05:40")})
    other = written(tmp_path / "c", {"http/one.json": ANSWER.replace("1.5", "1.6")})
    assert list(differences(before, later)) == []
    assert [line.splitlines()[0] for line in differences(before, other)] == ["http/one.json: @@ -4 +4 @@"]


def test_a_missing_answer_and_another_picture_are_differences(tmp_path: Path) -> None:
    before = written(tmp_path / "a", {"card.png": "one", "card.txt": "same", "old.txt": "x"})
    after = written(tmp_path / "b", {"card.png": "two", "card.txt": "same", "new.txt": "x"})
    assert list(differences(before, after)) == [
        "card.png: another picture",
        f"new.txt: not in {before}",
        f"old.txt: not in {after}",
    ]


def test_an_empty_record_is_refused(tmp_path: Path) -> None:
    before = written(tmp_path / "a", {"card.txt": "x"})
    (tmp_path / "b").mkdir()
    with pytest.raises(FileNotFoundError, match="no record in"):
        list(differences(before, tmp_path / "b"))


@pytest.mark.slow
async def test_every_module_is_recorded_in_chat_and_over_http(tmp_path: Path) -> None:
    question = Question("BTCUSDT", "4h", "2026-06-10")
    world = World("small", SIMULATED_NOW, None, "dark", (question,), words=False)
    files, _ = await record(world, ROOT, tmp_path)
    assert files == len([path for path in tmp_path.rglob("*") if path.is_file()]) > 0
    commands = [entry["command"] for entry in json.loads((tmp_path / "menu.json").read_text())]
    assert set(commands) > {"scan", "score"}
    run = set(commands) & RUN_A_MODULE
    for command in run:
        card = (tmp_path / "en" / command / f"{question.name}.txt").read_text()
        assert card.startswith(f"BTCUSDT{DOT}")
        assert (tmp_path / "en" / command / f"{question.name}.png").read_bytes().startswith(b"\x89PNG")
    answers = sorted((tmp_path / "http").rglob("*.json"))
    assert len(answers) == len(run) == len(MODULES)
    assert all(path.read_text().startswith("200\n") for path in answers)
