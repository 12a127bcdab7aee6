"""A copy of the working tree in which mutmut may write, and mutmut run inside it."""

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from scripts.mutation.areas import Area
from scripts.mutation.report import Verdict, verdict_of

ROOT: Final = Path(__file__).resolve().parent.parent.parent
ROOMS: Final = ("analysis", "bot", "composite", "config", "handlers", "utils")
NOT_BEHAVIOUR: Final = (r"\b_?log\.\w+\(", r"\braise \w+")
"""Lines whose texts are read by people: what is logged, and what an error says."""
PYTEST: Final = ("-p", "no:cacheprovider", "--hypothesis-profile=ci", "--timeout=0")
"""Examples are the same at each run and may take their time: a slow machine must not look like a killed mutant."""
CONSTANT_S: Final = 10.0
MULTIPLE: Final = 4.0
"""A mutant's tests may take (their usual time + constant) times multiple: only what hangs takes as long."""
PATIENCE_S: Final = 20.0
"""How long a test waits for what should come; the unchanged code must pass with it, and takes milliseconds."""


@dataclass(frozen=True, slots=True)
class Workplace:
    """A copy of the tree for one area."""

    folder: Path
    area: Area

    def names(self) -> list[str]:
        """Return the names of all mutants of the area, in order of the code."""
        said = self._python("scripts.mutation.names", *self.area.sources(self.folder))
        return said.splitlines()

    def run(self, names: Sequence[str]) -> None:
        """Test these mutants, one at a time; ``CalledProcessError`` where the unchanged code fails its tests."""
        subprocess.run(
            [sys.executable, "-m", "mutmut", "run", "--max-children", "1", *names],
            cwd=self.folder,
            env=environment(),
            check=True,
            stdout=sys.stderr,
        )

    def verdicts(self) -> dict[str, Verdict]:
        """Return what became of each mutant that was tried."""
        found: dict[str, Verdict] = {}
        for file in self.area.sources(self.folder):
            meta = self.folder / "mutants" / f"{file}.meta"
            if not meta.is_file():
                continue
            codes = json.loads(meta.read_text(encoding="utf-8"))["exit_code_by_key"]
            found |= {name: verdict_of(code) for name, code in codes.items() if code is not None}
        return found

    def change(self, name: str) -> str:
        """Return the lines that a mutant changes."""
        lines = self._python("mutmut", "show", name).splitlines()
        return "\n".join(line for line in lines if line[:1] in "+-" and line[:3] not in {"+++", "---"})

    def _python(self, module: str, *arguments: str) -> str:
        done = subprocess.run(
            [sys.executable, "-m", module, *arguments],
            cwd=self.folder,
            env=environment(),
            check=True,
            capture_output=True,
            text=True,
        )
        return done.stdout


def prepared(folder: Path, area: Area) -> Workplace:
    """Copy the working tree, and configure mutmut there."""
    copy_tree(folder)
    with (folder / "pyproject.toml").open("a", encoding="utf-8") as file:
        file.write(_configuration(folder, area))
    return Workplace(folder, area)


def copy_tree(folder: Path) -> None:
    """Copy what git knows of the working tree and would know."""
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        check=True,
        capture_output=True,
        text=True,
    )
    for name in filter(None, listed.stdout.split("\0")):
        if (ROOT / name).is_file():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(ROOT / name, folder / name)


def _configuration(folder: Path, area: Area) -> str:
    others = sorted(path.name for path in folder.iterdir() if path.name not in ROOMS)
    options = {
        "source_paths": list(ROOMS),
        "only_mutate": area.sources(folder),
        "also_copy": others,
        "do_not_mutate_patterns": list(NOT_BEHAVIOUR),
        "pytest_add_cli_args_test_selection": area.suite(folder),
        "pytest_add_cli_args": list(PYTEST),
        "process_isolation": "forkserver",
        "forkserver_warmup": "collect",
        "timeout_constant": CONSTANT_S,
        "timeout_multiplier": MULTIPLE,
        "use_git_change_detection": False,
    }
    return "\n[tool.mutmut]\n" + "".join(f"{name} = {json.dumps(value)}\n" for name, value in options.items())


def environment() -> dict[str, str]:
    """The environment of this process, the recorded data named, since the copy lies elsewhere, and less patience."""
    data = Path(os.environ.get("SANDBOX_DATA") or ROOT.parent / "shared" / "data").resolve()
    recorded = {"SANDBOX_DATA": str(data)} if data.is_dir() else {}
    return {**os.environ, **recorded, "TEST_PATIENCE_S": str(PATIENCE_S)}
