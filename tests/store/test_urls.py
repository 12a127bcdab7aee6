"""Which addresses are understood, and that none of them is ever shown whole."""

import pytest

from utils.http.errors import Misconfigured
from utils.store.urls import database_url, shown, sqlite_path

SECRET = "hunter2secret"


@pytest.mark.parametrize(
    ("text", "driver"),
    [
        ("sqlite:///var/bot.db", "sqlite+aiosqlite"),
        ("sqlite+aiosqlite:////srv/bot.db", "sqlite+aiosqlite"),
        ("postgres://u:p@h/n", "postgresql+asyncpg"),
        ("postgresql://u:p@h:5433/n", "postgresql+asyncpg"),
        ("postgresql+asyncpg://u:p@h/n", "postgresql+asyncpg"),
    ],
)
def test_every_usual_form_names_the_async_driver(text: str, driver: str) -> None:
    assert database_url(text).drivername == driver


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "cannot be read"),
        ("var/bot.db", "cannot be read"),
        (f"postgresql://u:{SECRET}@h:port/n", "cannot be read"),
        (f"mysql://u:{SECRET}@h/n", "'mysql' is not"),
        (f"postgresql+psycopg://u:{SECRET}@h/n", r"'postgresql\+psycopg' is not"),
        (f"postgresql://u:{SECRET}@h/n?sslmod=require", "unknown options sslmod"),
        (f"postgresql://u:{SECRET}@h/n?sslmode=maybe", "sslmode is not known"),
        ("sqlite://", "needs a plain file"),
        ("sqlite:///:memory:", "needs a plain file"),
        ("sqlite:///file:bot.db?uri=true", "needs a plain file"),
        ("sqlite:///bot.db?cache=shared", "takes no options"),
    ],
)
def test_what_cannot_be_used_is_refused_with_the_way_out_and_without_the_password(
    text: str, says: str
) -> None:
    with pytest.raises(Misconfigured, match=says) as refused:
        database_url(text)
    assert refused.value.what_to_do
    assert SECRET not in f"{refused.value} {refused.value.what_to_do} {refused.value.__cause__}"


def test_the_ssl_mode_of_libpq_is_told_to_asyncpg_by_its_own_name() -> None:
    assert dict(database_url("postgresql://u@h/n?sslmode=require").query) == {"ssl": "require"}


def test_an_address_is_shown_without_user_and_password() -> None:
    url = database_url(f"postgresql://someone:{SECRET}@db.example:5433/market?sslmode=require")
    assert shown(url) == "postgresql://db.example:5433/market"
    assert shown(database_url("sqlite:///var/bot.db")) == "var/bot.db"


def test_the_path_of_a_file_is_absolute_whatever_the_folder_later() -> None:
    path = sqlite_path(database_url("sqlite:///var/bot.db"))
    assert path.is_absolute()
    assert path.parts[-2:] == ("var", "bot.db")
