"""Debian's chromium driven by Playwright, patient on a slow machine."""

import os
import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest
from playwright.async_api import Browser, BrowserContext, async_playwright, expect

from tests.support.limits import PATIENCE_MS

PHONE: Any = {"width": 390, "height": 844}
FLAGS = (
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)


@asynccontextmanager
async def running_chromium() -> AsyncIterator[Browser]:
    """A started browser; where there is none the test is skipped aloud, in continuous integration it fails."""
    program = shutil.which("chromium")
    if program is None:
        if os.environ.get("CI"):
            pytest.fail("chromium is missing; scripts/test installs it as root")
        pytest.skip("chromium is missing: apt-get install chromium")
    expect.set_options(timeout=PATIENCE_MS)
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(
            executable_path=program, args=list(FLAGS), chromium_sandbox=False, timeout=PATIENCE_MS
        )
        yield browser
        await browser.close()


@asynccontextmanager
async def phone(browser: Browser, **how: Any) -> AsyncIterator[BrowserContext]:
    """A session of its own on a phone's screen."""
    context = await browser.new_context(viewport=PHONE, **how)
    context.set_default_timeout(PATIENCE_MS)
    yield context
    await context.close()
