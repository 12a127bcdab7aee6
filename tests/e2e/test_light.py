"""The process that talks to Telegram and the exchange computes nothing: its workers carry the libraries for that."""

from pathlib import Path

import pytest

from analysis.registry import MODULES
from tests.support.app_under_test import AppUnderTest

pytestmark = [pytest.mark.slow, pytest.mark.asyncio(loop_scope="module")]

COMPUTING = ("scipy", "sklearn", "pandas", "talib", "pywt", "statsmodels", "arch", "matplotlib")
"""Packages with compiled parts, which a process maps into its memory when it imports them."""


async def test_the_main_process_answers_without_numerical_libraries(app: AppUnderTest) -> None:
    person = await app.person()
    chat = await app.chat([person])
    for module in MODULES:
        # on a busy machine the sandbox may still be making the bars that a first question asks for
        while not (await app.ask(chat, person, f"/{min(module.commands, key=len)} btc 4h")).has_photo:
            pass
    assert loaded(app.pid, ("numpy",)) == ["numpy"]
    assert loaded(app.pid, COMPUTING) == []


def loaded(pid: int, packages: tuple[str, ...]) -> list[str]:
    mapped = Path(f"/proc/{pid}/maps").read_text()
    return [name for name in packages if f"/site-packages/{name}/" in mapped]
