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


def test_what_is_set_nowhere_else_comes_from_files_of_credentials(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "telegram_bot_token").write_text("9:file\n")
    (tmp_path / "HTTP_TOKEN").write_text(" from-file ")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("CREDENTIALS_DIRECTORY", str(tmp_path))
    monkeypatch.setenv("HTTP_TOKEN", "from-environment")
    settings = Settings()
    assert settings.telegram_bot_token is not None
    assert settings.telegram_bot_token.get_secret_value() == "9:file"
    assert settings.http_token is not None
    assert settings.http_token.get_secret_value() == "from-environment"


@pytest.mark.parametrize("folder", ["", "not/there"])
def test_without_a_folder_of_credentials_there_are_none(
    folder: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("CREDENTIALS_DIRECTORY", folder)
    assert Settings().telegram_bot_token is None


def test_secrets_are_not_in_the_repr(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("TELEGRAM_BOT_TOKEN", "7:hush-hush")
    for name in ("BINANCE_API_SECRET", "HTTP_TOKEN", "WEBHOOK_SECRET", "HTTPS_PROXY"):
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


@pytest.mark.parametrize("bind", ["::1:8080", "[::1]", "[::1:8080"])
def test_an_address_without_brackets_is_refused(bind: str) -> None:
    with pytest.raises(ValueError, match=r"brackets|host:port"):
        split_bind(bind)


@pytest.mark.parametrize("written", ['"42:Ab_-9"', " 42:Ab_-9", "'42:Ab_-9' ", "42:Ab_-9\n"])
def test_quotes_and_blanks_do_not_belong_to_a_token(written: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TELEGRAM_BOT_TOKEN", written)
    token = Settings().telegram_bot_token
    assert token is not None
    assert token.get_secret_value() == "42:Ab_-9"


def test_an_empty_pair_of_quotes_is_as_if_unset(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BOT_CONFIG", '""')
    assert "bot_config" not in Settings().model_fields_set


@pytest.mark.parametrize(
    ("name", "value", "words"),
    [
        ("TELEGRAM_BOT_TOKEN", "42:with blank", "as @BotFather wrote it"),
        ("TELEGRAM_BOT_TOKEN", "<your-secret-token>", "as @BotFather wrote it"),
        ("TELEGRAM_API_URL", "api.telegram.org", "https://example.org"),
        ("BINANCE_SPOT_REST_URL", "wss://x.org", "https://example.org"),
        ("BINANCE_FUTURES_WS_URL", "https://x.org", "wss://example.org"),
        ("DERIBIT_URL", "www.deribit.com", "https://example.org"),
        ("WEBHOOK_URL", "bot.example.org/updates", "https://example.org"),
        ("HTTPS_PROXY", "socks5://secret:pass@127.0.0.1:1080", "SOCKS proxies cannot be used"),
        ("HTTPS_PROXY", "ftp://secret@127.0.0.1", "an HTTP proxy such as"),
        ("HTTPS_PROXY", "127.0.0.1:secret", "an HTTP proxy such as"),
    ],
)
def test_what_is_refused_says_what_is_expected_without_the_value(
    name: str, value: str, words: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(name, value)
    with pytest.raises(ValidationError) as caught:
        Settings()
    (problem,) = caught.value.errors()
    assert words in problem["msg"]
    assert "secret" not in problem["msg"]


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("127.0.0.1:7890", "http://127.0.0.1:7890"),
        ("user:pass@proxy:3128", "http://user:pass@proxy:3128"),
        ("http://[::1]:3128/", "http://[::1]:3128"),
    ],
)
def test_a_proxy_without_a_scheme_is_an_http_proxy(
    written: str, read: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HTTPS_PROXY", written)
    proxy = Settings().https_proxy
    assert proxy is not None
    assert proxy.get_secret_value() == read


def test_an_env_file_may_begin_with_a_byte_order_mark(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / ".env").write_text("\ufeffBOT_OWNER_IDS=5\n", encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    assert Settings().bot_owner_ids == (5,)


@pytest.mark.parametrize("ids", ["abc", "1;2", "1 2", "-5"])
def test_owner_ids_that_are_none_are_refused_in_words(ids: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BOT_OWNER_IDS", ids)
    with pytest.raises(ValidationError, match="ids separated by commas"):
        Settings()
