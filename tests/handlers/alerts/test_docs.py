"""The page about alerts names everything that can be watched, and every sign."""

from pathlib import Path

from handlers.alerts.catalogue import Catalogue
from handlers.alerts.condition import BOUNDS, MOVES

PAGE = (Path(__file__).resolve().parents[3] / "docs" / "alerts.md").read_text()


def test_the_table_of_names_is_whole(everything: Catalogue) -> None:
    names = {name for name in everything.by_name if "." not in name}
    assert sorted(name for name in names if f"`{name}`" not in PAGE) == []


def test_every_sign_is_explained() -> None:
    assert [sign for sign in (*BOUNDS, *MOVES) if f"`{sign}`" not in PAGE] == []
