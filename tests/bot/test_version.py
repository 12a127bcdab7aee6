"""One home for the version."""

import re
from importlib.metadata import PackageNotFoundError
from pathlib import Path

import pytest

from bot.version import PROJECT_FILE, own_version


def test_a_checkout_has_the_version_of_its_project_file() -> None:
    assert f'\nversion = "{own_version()}"\n' in PROJECT_FILE.read_text()
    assert re.fullmatch(r"\d+\.\d+\.\d+", own_version())


def test_without_a_project_file_the_installed_package_is_asked(tmp_path: Path) -> None:
    with pytest.raises(PackageNotFoundError):
        own_version(tmp_path / "pyproject.toml")
