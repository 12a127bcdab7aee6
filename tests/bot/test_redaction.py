"""No secret is written: neither a known value nor anything with the form of one, in text, traceback or JSON."""

import io
import json
import logging
from pathlib import Path

import pytest
import structlog

from bot.logs import configure_logging
from bot.redaction import HIDDEN, Redactor, secrets_of
from config.settings import Settings

TOKEN = "123456789:AAF-abcdefghijklmnopqrstuvwxyz0123456"
KEY = "vmPUZE6mv9SD5VNHk4HlWFsOr6aKE2zvsw0MuIgwCIPy6utIco14y6Ju91duEh8A"


@pytest.mark.parametrize(
    ("text", "left"),
    [
        (
            f"POST https://api.telegram.org/bot{TOKEN}/sendMessage failed",
            "POST https://api.telegram.org/bot***/",
        ),
        ("http://127.0.0.1:8090/bot1:sandbox/getMe", "/bot***/getMe"),
        (f"The token `{TOKEN}` was rejected", "The token `***` was rejected"),
        ("GET /fapi/v3/account?timestamp=1&signature=deadbeefcafe&x=2", "signature=***&x=2"),
        ("{'X-MBX-APIKEY': 'abcdefabcdef'}", "'X-MBX-APIKEY': '***'"),
        ("{'X-Api-Key': 'abcdefabcdef'}", "'X-Api-Key': '***'"),
        ("CG-API-KEY: abcdefabcdef", "CG-API-KEY: ***"),
        ("Authorization: Bearer abc.def-123456", "Bearer ***"),
        ("postgresql+asyncpg://bot:hunter22@db/x", "postgresql+asyncpg://***@db/x"),
        ("Authorization: Basic dXNlcjpwYXNz", "Basic ***"),
        ("https://api.telegram.org/file/bot1:secret-part/photo.png", "/file/bot***/photo.png"),
        ("listenKey=pqia91ma19a5s61cv6a81va65sdf", "listenKey=***"),
        ("listen_key: abcdef", "listen_key: ***"),
        ('{"api_key": "abcdef", "n": 1}', '"api_key": "***", "n": 1'),
        (r'"body": "{\"api_key\": \"abcdef\", \"n\": 1}"', r"\"api_key\": \"***\", \"n\": 1"),
        (f"wss://fstream.binance.com/ws/{'pqia91ma19a5s61c' * 4}", "/ws/***"),
        (f"/stream?streams={'pqia91ma19a5s61c' * 4}/x", "/stream?streams=***/x"),
        ("secret_token=abcdef&url=x", "secret_token=***&url=x"),
        ("passphrase='abc def'", "passphrase='*** def'"),
        ("password: hunter2, user: bot", "password: ***, user: bot"),
        ("token=abcdef", "token=***"),
        ("http://user:pw@proxy:3128", "http://***@proxy:3128"),
        ("http://proxy:3128/a@b", "http://proxy:3128/a@b"),
        ("price 50412.31 at 12:30:15 for BTCUSDT", "price 50412.31 at 12:30:15 for BTCUSDT"),
    ],
)
def test_everything_with_the_form_of_a_secret_is_hidden(text: str, left: str) -> None:
    assert left in Redactor()(text)


def test_known_values_are_hidden_in_every_form() -> None:
    redact = Redactor(["s3cr/et+value"])
    assert redact("a s3cr/et+value b s3cr%2Fet%2Bvalue") == f"a {HIDDEN} b {HIDDEN}"
    pem = '-- "KEY" --\nMC4CAQAw\n'
    once = json.dumps({"key": pem, "n": 1})
    twice = json.dumps({"body": once})
    hidden = Redactor([pem])
    assert hidden(f"{pem}{once}") == f'{HIDDEN}{{"key": "{HIDDEN}", "n": 1}}'
    assert json.loads(json.loads(hidden(twice))["body"]) == {"key": HIDDEN, "n": 1}


def test_a_secret_within_another_leaves_no_rest() -> None:
    assert Redactor(["abcdef", "abcdefghi"])("abcdefghi abcdef") == f"{HIDDEN} {HIDDEN}"


def test_values_shorter_than_any_key_are_words() -> None:
    assert Redactor(["trend"])("a trend") == "a trend"
    assert Redactor(["trends"])("two trends") == f"two {HIDDEN}"


def test_every_secret_of_the_settings_is_known(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("TELEGRAM_BOT_TOKEN", TOKEN)
    monkeypatch.setenv("BINANCE_API_SECRET", KEY)
    monkeypatch.setenv("WEBHOOK_SECRET", "hook-secret")
    monkeypatch.setenv("DATABASE_URL", "postgresql://bot:hunter22@db/x")
    monkeypatch.chdir(tmp_path)
    assert set(secrets_of(Settings())) == {TOKEN, KEY, "hook-secret"}


@pytest.fixture
def restored_logging() -> object:
    root = logging.getLogger()
    before = (root.handlers[:], root.level)
    yield
    root.handlers[:], root.level = before
    structlog.reset_defaults()


@pytest.mark.parametrize("style", ["console", "json"])
@pytest.mark.usefixtures("restored_logging")
def test_no_log_line_shows_a_secret(style: str) -> None:
    out = io.StringIO()
    configure_logging("DEBUG", style, Redactor([TOKEN, KEY]), stream=out)  # type: ignore[arg-type]
    log = structlog.get_logger("ours")
    try:
        raise ConnectionError(f"cannot reach https://api.telegram.org/bot{TOKEN}/getMe?apiKey={KEY}")
    except ConnectionError:
        log.exception("send failed", url=f"https://x/bot{TOKEN}/y", nested={"secret": KEY})
        logging.getLogger("library").exception("theirs %s", KEY)
    text = out.getvalue()
    assert "send failed" in text
    assert "ConnectionError" in text
    assert "theirs" in text
    assert TOKEN not in text
    assert KEY not in text


@pytest.mark.usefixtures("restored_logging")
def test_json_lines_are_json_with_time_and_level() -> None:
    out = io.StringIO()
    configure_logging("INFO", "json", Redactor(), stream=out)
    structlog.get_logger("ours").warning("watch out", n=3)
    structlog.get_logger("ours").debug("not shown")
    (line,) = out.getvalue().splitlines()
    row = json.loads(line)
    assert (row["event"], row["level"], row["n"]) == ("watch out", "warning", 3)
    assert row["timestamp"].endswith("Z")
