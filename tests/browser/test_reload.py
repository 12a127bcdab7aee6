"""The owner changes the configuration file and reloads it from a phone; a member cannot."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Final

import pytest
import pytest_asyncio
from playwright.async_api import Browser, expect

from tests.browser.pages import newest, phone_of, say
from tests.support.app_under_test import AppUnderTest

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.asyncio(loop_scope="module")]

OWNER: Final = 424_242
BEFORE: Final = "[trend]\nrsi_period = 20\n"
AFTER: Final = '[trend]\nrsi_period = 21\n[chat]\ntheme = "light"\n'


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def owned(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[tuple[AppUnderTest, Path]]:
    """A bot with an owner, and the file that it is configured by."""
    folder = tmp_path_factory.mktemp("owned")
    file = folder / "bot.toml"
    file.write_text(BEFORE, encoding="utf-8")
    async with AppUnderTest(folder, {"BOT_CONFIG": str(file), "BOT_OWNER_IDS": str(OWNER)}) as running:
        await running.call("POST", running.chat_url, "/users", {"id": OWNER, "first_name": "Olga"})
        yield running, file


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("[trend", "expected valid TOML"),
        ("[trend]\nrsi_period = 1\n", "trend.rsi_period = 1: expected greater than or equal to"),
    ],
)
async def test_a_wrong_file_changes_nothing(
    owned: tuple[AppUnderTest, Path], browser: Browser, shots: Path, text: str, said: str
) -> None:
    app, file = owned
    async with phone_of(browser, app, OWNER) as page:
        file.write_text(text, encoding="utf-8")
        await say(page, "/reload")
        await expect(newest(page)).to_contain_text("Refused; the configuration stays as it was")
        await expect(newest(page)).to_contain_text(said)
        await expect(newest(page).locator("code")).to_have_count(1)
        await page.screenshot(path=shots / f"reload-refused-{len(text)}.png")
        await say(page, "/config trend.rsi_period")
        await expect(newest(page)).to_contain_text("trend.rsi_period = 20")


async def test_a_right_file_is_in_force_and_its_difference_shown(
    owned: tuple[AppUnderTest, Path], browser: Browser, shots: Path
) -> None:
    app, file = owned
    async with phone_of(browser, app, OWNER) as page:
        file.write_text(BEFORE, encoding="utf-8")
        await say(page, "/reload")
        await expect(newest(page)).to_contain_text("In force; nothing is different.")
        file.write_text(AFTER, encoding="utf-8")
        await say(page, "/reload")
        await expect(newest(page)).to_contain_text("In force; 2 keys are different")
        await expect(newest(page)).to_contain_text('chat.theme: "dark" → "light"')
        await expect(newest(page)).to_contain_text("trend.rsi_period: 20 → 21")
        await page.screenshot(path=shots / "reload-done.png")
        await say(page, "/config trend.rsi_period")
        await expect(newest(page)).to_contain_text("trend.rsi_period = 21")


async def test_to_a_member_there_is_no_such_command(
    owned: tuple[AppUnderTest, Path], browser: Browser, shots: Path
) -> None:
    app, file = owned
    async with phone_of(browser, app, await app.person("Mia", "en")) as page:
        file.write_text("[trend", encoding="utf-8")
        await say(page, "/reload")
        await expect(newest(page)).to_contain_text("There is no command")
        await expect(newest(page)).not_to_contain_text("TOML")
        await page.screenshot(path=shots / "reload-member.png")
