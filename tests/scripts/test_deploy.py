"""The unit, the image and the compose file fit the bot: its stop, its exit status, its settings, its folders."""

import os
import re
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
import yaml

from bot.cli import EXIT_MISCONFIGURED
from bot.process import LAST_S
from config.settings import CREDENTIALS_DIRECTORY, Settings
from tests.conftest import ROOT

DEPLOY = ROOT / "scripts" / "deploy"
UNITS = sorted(path.name for path in DEPLOY.glob("*.service"))
CONTAINERFILE = (DEPLOY / "Containerfile").read_text("utf-8")
MOST_EXPOSED = 2.0
"""Of 10, as `systemd-analyze security` counts; a service without any protection has 9.6."""


def values(unit: str, key: str) -> list[str]:
    return re.findall(rf"^#?{key}=(.*)$", (DEPLOY / unit).read_text("utf-8"), re.MULTILINE)


@pytest.fixture
def units(tmp_path: Path) -> Path:
    """The units as they would be on a machine with the bot in its place."""
    if shutil.which("systemd-analyze") is None:
        if os.environ.get("CI") == "true":
            pytest.fail("systemd-analyze is not installed; scripts/test installs it")
        pytest.skip("no systemd-analyze here: run scripts/test as root, or install systemd")
    for path in (*DEPLOY.glob("*.service"), *DEPLOY.glob("*.timer")):
        text = path.read_text("utf-8").replace("/opt/market-view-bot/.venv/bin/python", sys.executable)
        (tmp_path / path.name).write_text(text)
    return tmp_path


def analyze(*arguments: str) -> subprocess.CompletedProcess[str]:
    command = ["systemd-analyze", *arguments]
    return subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603


def test_systemd_understands_every_line_of_the_units(units: Path) -> None:
    verified = analyze("verify", "--man=no", *map(str, sorted(units.iterdir())))
    assert (verified.returncode, verified.stderr) == (0, "")


def test_a_line_that_systemd_does_not_understand_would_be_found(units: Path) -> None:
    unit = units / "market-view-bot.service"
    unit.write_text(unit.read_text().replace("NoNewPrivileges=", "NoNewPrivilege="))
    assert "NoNewPrivilege" in analyze("verify", "--man=no", str(unit)).stderr


@pytest.mark.parametrize("unit", UNITS)
def test_the_services_are_hardened(unit: str, units: Path) -> None:
    told = analyze("security", "--offline=true", "--no-pager", str(units / unit)).stdout
    exposed = re.search(r"Overall exposure level for \S+: ([0-9.]+)", told)
    assert exposed
    assert float(exposed[1]) <= MOST_EXPOSED


def test_the_service_waits_for_the_bots_own_stop_and_repeats_no_mistake_of_a_person() -> None:
    assert [float(value) > LAST_S for value in values("market-view-bot.service", "TimeoutStopSec")] == [True]
    assert values("market-view-bot.service", "RestartPreventExitStatus") == [str(EXIT_MISCONFIGURED)]


@pytest.mark.parametrize("unit", UNITS)
def test_credentials_of_the_units_are_settings(unit: str) -> None:
    named = [value.partition(":")[0] for value in values(unit, "LoadCredential")]
    assert named
    assert [name for name in named if name not in Settings.model_fields] == []


def test_the_image_has_the_rooms_of_the_program_and_runs_without_rights() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
    rooms = set(project["tool"]["importlinter"]["root_packages"])
    copied = {
        word
        for line in re.findall(r"^COPY (?!--)(.*) \S+$", CONTAINERFILE, re.MULTILINE)
        for word in line.split()
    }
    assert rooms | {"pyproject.toml", "requirements.lock"} <= copied
    assert [name for name in copied if not (ROOT / name).exists()] == []
    allowed = (DEPLOY / "Containerfile.dockerignore").read_text("utf-8").splitlines()
    assert [name for name in copied if f"!{name}" not in allowed] == []
    last = CONTAINERFILE.rpartition("\nFROM ")[2]
    assert "\nUSER market-view-bot\n" in last
    assert '"python", "-m", "bot.health"' in last
    assert f"{CREDENTIALS_DIRECTORY}=/run/secrets" in last


def test_compose_fits_the_image_and_the_bot() -> None:
    compose = yaml.safe_load((DEPLOY / "compose.yaml").read_text("utf-8"))
    bot, database = compose["services"]["bot"], compose["services"]["database"]
    assert float(bot["stop_grace_period"].removesuffix("s")) > LAST_S
    assert bot["read_only"] is True
    assert bot["cap_drop"] == ["ALL"]
    assert (ROOT / bot["build"]["dockerfile"]).is_file()
    assert [name for name in bot["secrets"] if name not in Settings.model_fields] == []
    assert {*bot["secrets"], *database["secrets"]} == set(compose["secrets"])
    server = re.search(r"postgres:(\d+)", database["image"])
    assert server
    assert f"postgresql-client-{server[1]}" in CONTAINERFILE
