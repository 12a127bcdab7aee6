"""Who may call what: keys in the header, signatures at the end of the query (spec/binance.md, section 13)."""

from collections.abc import Mapping
from urllib.parse import unquote

from utils.sandbox.exchange.account.accounts import Accounts, bad_signature, check_time
from utils.sandbox.exchange.account.model import Account
from utils.sandbox.exchange.rest import errors
from utils.sandbox.exchange.rest.params import Params

PUBLIC, KEYED, SIGNED = "NONE", "KEY", "SIGNED"
KEY_HEADER = "X-MBX-APIKEY"


def admitted(
    security: str,
    accounts: Accounts,
    market: str,
    headers: Mapping[str, str],
    signed_text: str,
    params: Params,
    now_ms: int,
) -> Account | None:
    """The caller of an endpoint, `None` for a public one.

    `signed_text` is the raw query directly followed by the raw body, still percent-encoded.
    """
    if security == PUBLIC:
        return None
    account = accounts.caller(headers.get(KEY_HEADER), market)
    if security == SIGNED:
        _check_signature(account, signed_text, params, now_ms)
    return account


def _check_signature(account: Account, text: str, params: Params, now_ms: int) -> None:
    # the time is looked at first, as the real exchange does
    check_time(params.time("timestamp"), params.decimal("recvWindow"), now_ms)
    payload, mark, signature = text.rpartition("signature=")
    if not mark:
        raise errors.missing("signature")
    if "&" in signature:
        # anything behind the signature was not signed
        raise bad_signature()
    if not account.key.verifies(payload.removesuffix("&").encode(), unquote(signature)):
        raise bad_signature()
