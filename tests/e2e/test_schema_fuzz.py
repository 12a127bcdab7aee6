"""Generated requests to a running bot: every answer is one that the OpenAPI document allows."""

from pathlib import Path

import pytest

from scripts.schema_fuzz import Plan, fuzz
from tests.support.app_under_test import AppUnderTest

pytestmark = [pytest.mark.slow, pytest.mark.asyncio(loop_scope="module")]

FEW = r"^/(healthz|readyz|metrics|analysis/trend|composite/trend_strength(/record)?)$"


async def test_nothing_is_found(app: AppUnderTest, tmp_path: Path) -> None:
    code, written = await fuzz(app.http_url, Plan(examples=3, paths=FEW), tmp_path)
    assert code == 0, written
    assert "6 selected" in written
    assert app.alive
    status, body = await app.get("/healthz")
    assert (status, body["status"]) == (200, "ok")
