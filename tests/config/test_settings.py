"""The process settings: names, forms, and secrets that stay secret."""

from pathlib import Path

import pytest
from pydantic import ValidationError

from config.settings import Settings, split_bind


def test_values_come_from_environment_and_env_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / ".env").write_text("BOT_OWNER_IDS=1,2\nTELEGRAM_BOT_TOKEN=9:file\n")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("TELEGRAM_BOT_TOKEN", "7:environment")
    settings = Settings()
    assert settings.bot_owner_ids == (1, 2)
    assert settings.telegram_bot_token is not None
    assert settings.telegram_bot_token.get_secret_value() == "7:environment"


def test_secrets_are_not_in_the_repr(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    for name in ("TELEGRAM_BOT_TOKEN", "BINANCE_API_SECRET", "HTTP_TOKEN", "WEBHOOK_SECRET", "HTTPS_PROXY"):
        monkeypatch.setenv(name, "hush-hush")
    assert "hush-hush" not in repr(Settings())
    assert "hush-hush" not in Settings().model_dump_json()


def test_empty_values_are_as_if_unset(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("TELEGRAM_BOT_TOKEN", "")
    assert Settings().telegram_bot_token is None


@pytest.mark.parametrize("bind", ["nonsense", "127.0.0.1:", ":80", "127.0.0.1:70000", "localhost:x"])
def test_a_bind_that_is_none_is_refused(bind: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTP_BIND", bind)
    with pytest.raises(ValidationError, match="host:port"):
        Settings()


def test_split_bind_understands_brackets() -> None:
    assert split_bind("[::1]:8080") == ("::1", 8080)


@pytest.mark.parametrize("ids", ["abc", "1;2", "1 2", "-5"])
def test_owner_ids_that_are_none_are_refused_in_words(ids: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BOT_OWNER_IDS", ids)
    with pytest.raises(ValidationError, match="ids separated by commas"):
        Settings()
