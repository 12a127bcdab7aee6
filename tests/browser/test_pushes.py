"""What comes unasked on a phone: an alert that the market sets off, and a digest at its time."""

from pathlib import Path

import pytest
from playwright.async_api import Browser, Page, expect

from tests.browser.pages import kept, newest, phone_of, press, press_until, say
from tests.support.app_under_test import AppUnderTest
from tests.support.digests_due import make_digests_due

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.asyncio(loop_scope="module")]


async def test_an_alert_fires_when_the_market_moves(app: AppUnderTest, browser: Browser, shots: Path) -> None:
    async with phone_of(browser, app, await app.person("Ada", "en")) as page:
        level = round(await price(page, app) * 1.05)
        await say(page, f"/alert btc price > {level} cooldown 2h")
        await expect(newest(page)).to_contain_text("It is not true now.")
        await expect(newest(page)).to_contain_text(f"price above {level:,}")
        await page.screenshot(path=shots / "alert-made.png")
        await app.call("POST", app.exchange_url, "/market/BTCUSDT", {"event": "jump", "size": 0.1})
        await expect(newest(page).get_by_test_id("button").filter(has_text="Seen")).to_be_visible()
        push = await kept(newest(page))
        await expect(push).to_contain_text("Alert 1")
        await page.screenshot(path=shots / "alert-fired.png")
        await press_until(push, "Seen", "seen: silent")
        await press(push, "Chart")
        await expect(newest(page).get_by_test_id("photo")).to_be_visible()
        await page.screenshot(path=shots / "alert-chart.png")
        await press_until(push, "Delete", "Delete alert 1?")
        await press_until(push, "Delete", "is deleted")
        await say(page, "/alerts")
        await expect(newest(page)).to_contain_text("There is no alert")
        await page.screenshot(path=shots / "alert-deleted.png")


@pytest.mark.parametrize(
    ("language", "made", "sent", "ended"),
    [
        ("en", "Digest 1 is set", "Digest 1 · ", "Digest 1 has ended."),
        ("tr", "Özet 1 kuruldu", "Özet 1 · ", "Özet 1 sona erdi."),
    ],
)
async def test_a_digest_comes_at_its_time(
    app: AppUnderTest, browser: Browser, shots: Path, language: str, made: str, sent: str, ended: str
) -> None:
    person = await app.person("Bea", language)
    async with phone_of(browser, app, person, "light") as page:
        await say(page, "/digest 08:00 btc eth 4h weekdays")
        await expect(newest(page)).to_contain_text(made)
        await page.screenshot(path=shots / f"digest-made-{language}.png")
        assert make_digests_due(app.folder / "bot.db", person) == 1
        await expect(newest(page)).to_contain_text(sent)
        for coin in ("BTCUSDT", "ETHUSDT"):
            await expect(newest(page)).to_contain_text(coin)
        await newest(page).screenshot(path=shots / f"digest-sent-{language}.png")
        await say(page, "/digest off 1")
        await expect(newest(page)).to_contain_text(ended)


async def price(page: Page, app: AppUnderTest) -> float:
    """What a bitcoin costs on the sandbox's exchange, in USDT."""
    answer = await page.request.get(f"{app.exchange_url}/api/v3/ticker/price?symbol=BTCUSDT")
    return float((await answer.json())["price"])
