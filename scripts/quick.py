"""Check what was changed: format and lint of those files, types of everything by a daemon, the tests nearest to them.

Nearest are the test modules that import a changed module in the fewest steps; slow tests and those of a browser are
left out, and what else imports it is counted. ``scripts/check`` runs the rest.
"""

import argparse
import subprocess
import sys
import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import grimp

ROOT: Final = Path(__file__).resolve().parent.parent
PACKAGES: Final = ("analysis", "bot", "composite", "config", "handlers", "scripts", "tests", "utils")
TOOLS: Final = Path(sys.executable).parent
MOST_TESTS: Final = 8
"""Test modules of one run: more of them take longer than one waits for."""
PARALLEL_FROM: Final = 4
"""From so many test modules on, two workers are faster than one process."""
DAEMON_BROKEN: Final = 2
NONE_LEFT: Final = 5
"""What pytest returns where all tests of these modules are slow ones."""

Importers = Mapping[str, Iterable[str]]
"""The modules that import each module directly."""


@dataclass(frozen=True, slots=True)
class Choice:
    """The test modules to run, and how many more reach what was changed."""

    tests: tuple[str, ...] = ()
    others: int = 0


def changed_files(root: Path, base: str) -> list[str]:
    """Return the files that differ from ``base`` or are new and not ignored; removed ones are left out."""
    differ = git(root, "diff", "--name-only", "--diff-filter=d", base)
    new = git(root, "ls-files", "--others", "--exclude-standard")
    return sorted({*differ, *new})


def git(root: Path, *command: str) -> list[str]:
    """Return the lines that git prints."""
    done = subprocess.run(["git", *command], cwd=root, check=True, stdout=subprocess.PIPE, text=True)
    return done.stdout.splitlines()


def module_name(path: str) -> str:
    """Return the name under which ``analysis/features/windows.py`` is imported."""
    return path.removesuffix(".py").removesuffix("/__init__").replace("/", ".")


def is_test(module: str) -> bool:
    """Whether pytest collects the module."""
    return module.startswith("tests.") and module.rpartition(".")[2].startswith("test_")


def tests_of(module: str, importers: Importers) -> list[set[str]]:
    """Return the test modules that reach a module, nearest first: in no step (itself), in one, in two, ..."""
    rings, seen, edge = [], {module}, {module}
    while edge:
        rings.append({name for name in edge if is_test(name)})
        edge = {name for one in edge for name in _users(one, importers)} - seen
        seen |= edge
    return rings


def _users(module: str, importers: Importers) -> set[str]:
    """Return who imports a module; pytest gives the fixtures of a conftest to all tests beside and below it."""
    found = set(importers.get(module, ()))
    folder, _, name = module.rpartition(".")
    return found | {
        one for one in importers if name == "conftest" and is_test(one) and one.startswith(f"{folder}.")
    }


def nearest(changed: Iterable[str], importers: Importers, most: int = MOST_TESTS) -> Choice:
    """Choose for each changed module the tests that reach it in the fewest steps; at most ``most`` of all together.

    Tests of a like-named module come first where there are too many.
    """
    chosen: dict[str, bool] = {}
    every: set[str] = set()
    for module in changed:
        rings = [ring for ring in tests_of(module, importers) if ring]
        every.update(*rings)
        name = module.rpartition(".")[2]
        for test in sorted(rings[0] if rings else ()):
            chosen[test] = chosen.get(test, False) or test == module or name in test
    tests = sorted(chosen, key=lambda test: not chosen[test])[:most]
    return Choice(tuple(tests), len(every) - len(tests))


def importers_of_everything() -> dict[str, set[str]]:
    """Return who imports each of our modules, the tests included; unchanged files come from a cache."""
    first, *others = PACKAGES
    graph = grimp.build_graph(first, *others, cache_dir=str(ROOT / ".import_linter_cache"))
    return {module: graph.find_modules_that_directly_import(module) for module in graph.modules}


def start(*command: str) -> subprocess.Popen[str]:
    """Start a tool of the virtual environment; what it writes is kept for the end."""
    command = (str(TOOLS / command[0]), *command[1:])
    return subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)


def finish(name: str, process: subprocess.Popen[str]) -> int:
    """Wait for a tool, print what it said and return its code."""
    said, _ = process.communicate()
    print(f"--- {name}: {'passed' if process.returncode == 0 else 'FAILED'}\n{said.rstrip()}")
    return process.returncode


def types() -> int:
    """Check types by the daemon; one that broke on renamed modules is started again."""
    code = finish("types", start("dmypy", "run", "--"))
    if code == DAEMON_BROKEN:
        finish("types: the daemon broke, ended", start("dmypy", "kill"))
        code = finish("types", start("dmypy", "run", "--"))
    return code


def pytest_command(tests: Sequence[str]) -> list[str]:
    """Return the command that runs test modules, without the slow ones."""
    paths = [name.replace(".", "/") + ".py" for name in tests]
    workers = ["-n", "2", "--dist", "loadfile"] if len(paths) >= PARALLEL_FROM else []
    return ["pytest", "-q", "-x", "-m", "not slow and not browser", *workers, *paths]


def check(files: Sequence[str]) -> int:
    """Check changed files; 1 where anything failed."""
    sources = [file for file in files if file.endswith(".py")]
    print(f"changed: {', '.join(files)}")
    codes = []
    if sources:
        codes.append(finish("format", start("ruff", "format", *sources)))
        codes.append(finish("lint", start("ruff", "check", *sources)))
    choice = nearest(map(module_name, sources), importers_of_everything())
    print(
        f"tests: {', '.join(choice.tests) or 'none'}; {choice.others} more reach it and are left to scripts/check"
    )
    running = start(*pytest_command(choice.tests)) if choice.tests else None
    codes.append(types())
    if running is not None:
        code = finish("tests", running)
        codes.append(0 if code == NONE_LEFT else code)
    return int(any(codes))


def main(arguments: Sequence[str] | None = None) -> int:
    """Run from the command line."""
    parser = argparse.ArgumentParser(prog="scripts/quick", description=__doc__)
    parser.add_argument("--main", action="store_true", help="everything since the branch left main")
    base = git(ROOT, "merge-base", "main", "HEAD")[0] if parser.parse_args(arguments).main else "HEAD"
    began = time.monotonic()
    files = changed_files(ROOT, base)
    if not files:
        print("nothing was changed since the last commit; --main checks what the branch changed")
        return 0
    code = check(files)
    print(f"{'FAILED' if code else 'passed'} in {time.monotonic() - began:.0f} s")
    return code


if __name__ == "__main__":
    sys.exit(main())
