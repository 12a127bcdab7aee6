"""The version of this software, which stands in ``pyproject.toml`` and nowhere else."""

import tomllib
from importlib.metadata import version
from pathlib import Path
from typing import Final

DISTRIBUTION: Final = "market-view-bot"
PROJECT_FILE: Final = Path(__file__).resolve().parent.parent / "pyproject.toml"


def own_version(project_file: Path = PROJECT_FILE) -> str:
    """Return the version of this software: of the checkout it runs from, else of the installed package.

    Raises ``PackageNotFoundError`` where there is neither.
    """
    try:
        project = tomllib.loads(project_file.read_text("utf-8"))["project"]
    except FileNotFoundError:
        return version(DISTRIBUTION)
    return str(project["version"])
