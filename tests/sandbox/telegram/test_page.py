"""The chat page in a real browser, on a phone's screen."""

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio
from playwright.async_api import Browser, Page, expect

from tests.sandbox.telegram.conftest import StepTime, running_driver
from tests.sandbox.telegram.driver import Driver, png
from tests.support.chromium import PHONE, phone, running_chromium

LONGEST_POLL_S = 50
KEYBOARD = {"inline_keyboard": [[{"text": "1h", "callback_data": "1"}, {"text": "4h", "callback_data": "2"}]]}

pytestmark = [
    pytest.mark.browser,
    pytest.mark.asyncio(loop_scope="module"),
]


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def browser() -> AsyncIterator[Browser]:
    async with running_chromium() as started:
        yield started


@pytest_asyncio.fixture(loop_scope="module")
async def driver() -> AsyncIterator[Driver]:
    """A sandbox in the loop that the browser lives in."""
    async with running_driver(StepTime()) as made:
        yield made


@pytest_asyncio.fixture(loop_scope="module")
async def page(driver: Driver, browser: Browser) -> AsyncIterator[Page]:
    problems: list[str] = []
    async with phone(browser, has_touch=True, locale="tr-TR") as context:
        opened = await context.new_page()
        opened.on("pageerror", lambda error: problems.append(str(error)))
        opened.on("console", lambda m: problems.append(m.text) if m.type == "error" else None)
        await opened.goto(driver.sandbox.page_url)
        yield opened
    assert [p for p in problems if "ERR_CONNECTION" not in p and "ERR_INCOMPLETE" not in p] == []


async def _guest(driver: Driver, page: Page) -> int:
    await expect(page.get_by_test_id("title")).to_have_text("Sandbox Bot")
    return int((await driver.control("GET", "/state"))["users"][0]["id"])


async def test_a_stranger_types_presses_and_zooms(driver: Driver, page: Page) -> None:
    user = await _guest(driver, page)
    await page.get_by_test_id("composer").fill("/t btc 4h")
    await page.get_by_test_id("send").click()
    update = (await driver.updates(timeout=LONGEST_POLL_S))[0]["message"]
    assert (update["text"], update["from"]["language_code"]) == ("/t btc 4h", "tr")
    await driver.result("sendChatAction", chat_id=user, action="typing")
    await expect(page.get_by_test_id("status")).to_have_text("typing")
    await driver.upload("sendPhoto", "photo", png(), chat_id=str(user), caption="a chart")
    bot = page.locator('[data-testid="message"][data-from="bot"]')
    await expect(bot).to_contain_text("a chart")
    await expect(page.get_by_test_id("status")).to_have_text("bot")
    await page.get_by_test_id("photo").click()
    zoom = page.get_by_test_id("zoom")
    await expect(zoom).to_be_visible()
    await page.mouse.move(195, 422)
    await page.mouse.wheel(0, -600)
    await expect(zoom).not_to_have_attribute("data-scale", "1.00")
    await page.keyboard.press("Escape")
    await expect(zoom).to_be_hidden()
    assert await page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]


async def test_buttons_spin_until_answered_and_edits_appear(driver: Driver, page: Page) -> None:
    user = await _guest(driver, page)
    sent = await driver.result("sendMessage", chat_id=user, text="4h reading", reply_markup=KEYBOARD)
    button = page.locator('[data-testid="button"][data-text="1h"]')
    await button.click()
    await expect(button).to_have_attribute("aria-busy", "true")
    query = (await driver.updates(timeout=LONGEST_POLL_S))[0]["callback_query"]
    assert query["data"] == "1"
    await driver.result("answerCallbackQuery", callback_query_id=query["id"], text="refreshed")
    await expect(page.get_by_test_id("toast")).to_have_text("refreshed")
    await expect(button).to_have_attribute("aria-busy", "false")
    target = {"chat_id": user, "message_id": sent["message_id"]}
    await driver.result("editMessageText", **target, text="1h reading")
    bubble = page.get_by_test_id("message")
    await expect(bubble).to_contain_text("1h reading")
    await expect(bubble).to_contain_text("edited")
    await driver.result("deleteMessage", **target)
    await expect(bubble).to_have_count(0)


async def test_text_is_never_markup_and_entities_are(driver: Driver, page: Page) -> None:
    user = await _guest(driver, page)
    evil = "<b>bold</b> &lt;img src=x onerror=alert(1)&gt; <a href='javascript:a.b'>x</a>\n<pre>a  b\n</pre>"
    await driver.result("sendMessage", chat_id=user, text=evil, parse_mode="HTML")
    bubble = page.get_by_test_id("message")
    await expect(bubble).to_contain_text("<img src=x onerror=alert(1)>")
    assert await bubble.locator("b").inner_text() == "bold"
    assert await bubble.locator("pre").inner_text() == "a  b"
    assert await bubble.locator("img, a[href^='javascript']").count() == 0


async def test_command_menu_filters_and_sends(driver: Driver, page: Page) -> None:
    await _guest(driver, page)
    commands = [{"command": "t", "description": "eğilim"}, {"command": "rg", "description": "rejim"}]
    await driver.result("setMyCommands", commands=commands, language_code="tr")
    composer = page.get_by_test_id("composer")
    await composer.fill("")
    await expect(page.get_by_test_id("command-menu")).to_be_hidden()
    await page.reload()
    await composer.fill("/r")
    item = page.get_by_test_id("command-item")
    await expect(item).to_have_text("/rgrejim")
    await item.click()
    await expect(page.get_by_test_id("message")).to_contain_text("/rg")
    await expect(composer).to_have_value("")


async def test_the_page_comes_back_after_a_restart(driver: Driver, page: Page) -> None:
    user = await _guest(driver, page)
    await driver.sandbox.stop()
    await expect(page.get_by_test_id("offline")).to_be_visible()
    await driver.sandbox.start()
    await expect(page.get_by_test_id("offline")).to_be_hidden()
    await driver.result("sendMessage", chat_id=user, text="here again")
    await expect(page.get_by_test_id("message")).to_contain_text("here again")


async def test_group_with_topics_is_made_on_the_page(driver: Driver, page: Page) -> None:
    await _guest(driver, page)
    await page.get_by_test_id("back").click()
    await page.get_by_test_id("new-chat").click()
    await page.locator("select").select_option("forum")
    await page.get_by_test_id("dialog-ok").click()
    await expect(page.get_by_test_id("title")).to_have_text("Charts · Trading desk")
    await page.get_by_test_id("composer").fill("/t")
    await page.keyboard.press("Enter")
    await expect(page.locator('[data-testid="message"][data-from="user"]')).to_contain_text("/t")
    message = (await driver.updates(offset=-1, timeout=LONGEST_POLL_S))[0]["message"]
    assert message["is_topic_message"]
    assert message["chat"]["is_forum"]


async def test_a_new_person_is_picked_with_a_language(driver: Driver, page: Page) -> None:
    await _guest(driver, page)
    await page.get_by_test_id("back").click()
    await page.get_by_test_id("user-picker").click()
    await page.get_by_test_id("new-user").click()
    await page.get_by_label("Name").fill("Ada")
    await page.get_by_label("Language").select_option("en")
    await page.get_by_label("Telegram Premium").check()
    await page.get_by_test_id("dialog-ok").click()
    await expect(page.get_by_test_id("user-picker")).to_contain_text("English · Premium")
    await expect(page.get_by_test_id("chat-list").get_by_test_id("chat")).to_have_count(1)
    ada = (await driver.control("GET", "/state"))["users"][1]
    assert (ada["first_name"], ada["is_premium"]) == ("Ada", True)
