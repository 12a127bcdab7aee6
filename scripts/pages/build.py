"""From the pages of the repository to a folder of HTML: gathered, completed by the reference, built by Sphinx."""

import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Final

from scripts.pages.gather import gather
from scripts.pages.reference import reference_pages

FROM_ELSEWHERE: Final = re.compile(
    r"""<(?:script|link|img|iframe|source|audio|video)\b[^>]*?(?:src|href)=["']?(?:https?:)?//[^"'\s>]+"""
    r"""|(?:url\(|@import\s)["'\s]*(?:https?:)?//[^"')\s]+""",
    re.I,
)
"""What a page makes a browser fetch from somebody else; a link that a reader follows is none of it."""


def write_sources(root: Path, sources: Path) -> None:
    """Write all that the site is built from into ``sources``; `BrokenLinkError` where a link leads nowhere."""
    gather(root, sources)
    for name, text in reference_pages().items():
        path = sources / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")


def fetched_elsewhere(site: Path) -> list[str]:
    """Return what pages and styles of a built site fetch from other hosts, which would learn of readers by it."""
    files = (path for path in sorted(site.rglob("*")) if path.suffix in {".html", ".css"})
    return [
        f"{path.relative_to(site)}: {match.group()}"
        for path in files
        for match in FROM_ELSEWHERE.finditer(path.read_text(encoding="utf-8"))
    ]


def build(root: Path, sources: Path, site: Path, builder: str = "html") -> str:
    """Build ``site`` from what was written into ``sources``; return what the generator complained of, empty if nothing.

    The builder ``dummy`` reads and checks everything and writes nothing.
    """
    how = ["-b", builder, "-c", str(root / "docs" / "site"), "-d", str(sources / ".doctrees"), "-E", "-q"]
    done = subprocess.run(
        [sys.executable, "-m", "sphinx", *how, "--fail-on-warning", str(sources), str(site)],
        env={**os.environ, "PYTHONPATH": str(root)},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    return (
        done.stdout if done.returncode == 0 else done.stdout or f"the generator ended with {done.returncode}"
    )
