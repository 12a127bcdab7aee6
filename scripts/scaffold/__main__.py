"""Write the skeleton of an analysis module: scripts/new_module demo --code X --command dm [--dry-run]."""

import argparse
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from scripts.scaffold.skeleton import Skeleton, capitalised, plan, write

ROOT = Path(__file__).resolve().parents[2]


def main(arguments: Sequence[str] | None = None) -> int:
    """Run from the command line; 2 where a name is taken or cannot be one."""
    parser = argparse.ArgumentParser(prog="scripts/new_module", description=__doc__)
    parser.add_argument("id", help="lower-case name: route, folder, configuration section")
    parser.add_argument("--face", help="file of the declaration in analysis/, default ID_module")
    parser.add_argument("--code", default="X", help="letter of the module in the specification")
    parser.add_argument("--command", help="short command, default the first two letters of ID")
    parser.add_argument("--title", help="title on cards, default ID with capitals")
    parser.add_argument("--question", default="What did the last bars return?")
    parser.add_argument("--config", help="file c_CONFIG.py of its configuration, default ID")
    parser.add_argument("--config-class", help="class in that file, default ID with capitals and Config")
    parser.add_argument("--root", type=Path, default=ROOT, help="the checkout")
    parser.add_argument("--dry-run", action="store_true", help="only count what would be written")
    asked = parser.parse_args(arguments)
    skeleton = Skeleton(
        id=asked.id,
        face=asked.face or f"{asked.id}_module",
        code=asked.code,
        command=asked.command or asked.id[:2],
        title=asked.title or asked.id.replace("_", " ").title(),
        question=asked.question,
        config=asked.config or asked.id,
        config_class=asked.config_class or f"{capitalised(asked.id)}Config",
    )
    try:
        changes = plan(skeleton, asked.root)
    except ValueError as error:
        print(f"new_module: {error}", file=sys.stderr)
        return 2
    if not asked.dry_run:
        write(changes, asked.root)
        _formatted(asked.root, [path for path in changes.files if path.endswith(".py")])
    own = sum(text.count("\n") for text in changes.files.values())
    print(f"{len(changes.files)} files of its own, {own} lines: {', '.join(sorted(changes.files))}")
    print(f"{changes.lines_outside} lines outside them: {', '.join(changes.edits)}")
    if not asked.dry_run:
        print("next: scripts/write_example, then docs/guide/new_module.md")
    return 0


def _formatted(root: Path, paths: list[str]) -> None:
    """Sort imports and break lines as the checks ask: both depend on the names."""
    for task in (["check", "--select", "I", "--fix"], ["format"]):
        subprocess.run([sys.executable, "-m", "ruff", *task, "--quiet", *paths], cwd=root, check=True)


if __name__ == "__main__":
    sys.exit(main())
