"""A server that cannot be used, each way as the error a caller can act on, and never with the password in it."""

import socket
import traceback

import pytest
from sqlalchemy import make_url

from tests.store.databases import execute
from utils.http.errors import Misconfigured, SourceError, Unavailable
from utils.store.store import open_store

SECRET = "hunter2secret"


def changed(address: str, **parts: object) -> str:
    """The address with some parts exchanged."""
    return make_url(address).set(**parts).render_as_string(hide_password=False)  # type: ignore[arg-type]


async def refusal(address: str) -> SourceError:
    """Try to open the address and return how it was refused, having looked for passwords in what could be logged."""
    with pytest.raises(SourceError) as refused:
        async with open_store(address):
            pass
    told = "".join(traceback.format_exception(refused.value)) + getattr(refused.value, "what_to_do", "")
    assert (make_url(address).password or SECRET) not in told
    return refused.value


async def refusal_of_role(address: str, options: str) -> SourceError:
    """Make a role without rights, and return how it was refused."""
    role = f"role_{make_url(address).database}"
    await execute(address, f"CREATE ROLE {role} LOGIN PASSWORD '{SECRET}' {options}")
    try:
        return await refusal(changed(address, username=role, password=SECRET))
    finally:
        await execute(address, f"DROP ROLE {role}")


async def test_a_wrong_password_or_user_is_for_a_person_to_mend(address: str) -> None:
    for wrong in ({"password": SECRET}, {"username": "nobody_here"}):
        fault = await refusal(changed(address, **wrong))
        assert isinstance(fault, Misconfigured)
        assert "user and password in DATABASE_URL" in fault.what_to_do


async def test_a_database_that_does_not_exist_is_to_be_made(address: str) -> None:
    fault = await refusal(changed(address, database="not_here"))
    assert isinstance(fault, Misconfigured)
    assert "create the database" in fault.what_to_do


async def test_a_user_without_rights_is_told_which(address: str) -> None:
    fault = await refusal_of_role(address, "")
    assert isinstance(fault, Misconfigured)
    assert "grant" in fault.what_to_do


async def test_nobody_listening_is_an_outage(address: str) -> None:
    with socket.socket() as taken:  # bound and not listening: connections are refused
        taken.bind(("127.0.0.1", 0))
        fault = await refusal(changed(address, port=taken.getsockname()[1]))
    assert isinstance(fault, Unavailable)
    assert "cannot be reached" in fault.detail


async def test_a_host_without_an_address_is_an_outage(address: str) -> None:
    assert isinstance(await refusal(changed(address, host="no-such-host.invalid")), Unavailable)


async def test_too_many_connections_are_an_outage(address: str) -> None:
    assert isinstance(await refusal_of_role(address, "CONNECTION LIMIT 0"), Unavailable)


async def test_a_server_without_tls_is_refused_when_the_address_demands_it(address: str) -> None:
    assert isinstance(await refusal(f"{address}?sslmode=require"), Unavailable)
