"""Signing of private reads: HMAC-SHA256, RSA (PKCS#1 v1.5, SHA-256) and Ed25519.

The parameters are percent-encoded first and exactly that text is signed and sent; symbols may be non-ASCII. Source:
Binance spot REST "Request security" (encoding before signing since 2026-01-15), USD-M general information.
"""

import base64
import hmac
from pathlib import Path
from typing import Final, Protocol
from urllib.parse import quote, urlencode

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.serialization import load_pem_private_key

from utils.binance_api.weights import Params
from utils.http.errors import Misconfigured

KEY_HEADER: Final = "X-MBX-APIKEY"
SOURCE: Final = "binance.key"
_PEM: Final = "-----BEGIN"
_SMALLEST_RSA_BITS: Final = 2048
_WHAT_TO_DO: Final = (
    "set BINANCE_API_SECRET to the HMAC secret, or to the text or path of an unencrypted or passphrase-protected "
    "PKCS#8 PEM key (RSA or Ed25519), with BINANCE_API_KEY_PASSPHRASE where it has one"
)


class Signer(Protocol):
    """One kind of key; ``supports_logon`` is true if WebSocket sessions accept it (``session.logon``: Ed25519 only)."""

    supports_logon: bool

    def sign(self, payload: str) -> str:
        """Return the signature of a text: hexadecimal for HMAC, base64 for key pairs."""
        ...


class HmacSigner:
    """A shared secret."""

    supports_logon = False

    def __init__(self, secret: str) -> None:
        self._secret = secret.encode()

    def sign(self, payload: str) -> str:
        """Return the hexadecimal HMAC-SHA256."""
        return hmac.digest(self._secret, payload.encode(), "sha256").hex()


class RsaSigner:
    """An RSA key pair whose public half the exchange holds."""

    supports_logon = False

    def __init__(self, key: RSAPrivateKey) -> None:
        self._key = key

    def sign(self, payload: str) -> str:
        """Return the base64 RSASSA-PKCS1-v1_5 signature over SHA-256."""
        return _base64(self._key.sign(payload.encode(), padding.PKCS1v15(), hashes.SHA256()))


class Ed25519Signer:
    """An Ed25519 key pair whose public half the exchange holds."""

    supports_logon = True

    def __init__(self, key: Ed25519PrivateKey) -> None:
        self._key = key

    def sign(self, payload: str) -> str:
        """Return the base64 Ed25519 signature."""
        return _base64(self._key.sign(payload.encode()))


class Credentials:
    """An API key with its signer; neither appears in ``repr``, and neither can be pickled or copied by accident."""

    __slots__ = ("_api_key", "_signer")

    def __init__(self, api_key: str, signer: Signer) -> None:
        self._api_key = api_key
        self._signer = signer

    def __repr__(self) -> str:
        return f"Credentials({type(self._signer).__name__}, key hidden)"

    def __reduce__(self) -> str:
        raise TypeError("credentials stay in the process that read them")

    @property
    def supports_logon(self) -> bool:
        """Whether this key can log on a WebSocket session (Ed25519 only)."""
        return self._signer.supports_logon

    @property
    def headers(self) -> dict[str, str]:
        """The request header that names the key."""
        return {KEY_HEADER: self._api_key}

    def query(self, params: Params, timestamp_ms: int, recv_window_ms: int) -> str:
        """Return the signed query string of a REST request, to be sent unchanged."""
        payload = encoded({**params, "recvWindow": recv_window_ms, "timestamp": timestamp_ms})
        return f"{payload}&signature={quote(self._signer.sign(payload), safe='')}"

    def message(self, params: Params, timestamp_ms: int) -> dict[str, str | int]:
        """Return the signed parameters of a WebSocket API request: sorted by name, signed without encoding."""
        named = {**params, "apiKey": self._api_key, "timestamp": timestamp_ms}
        ordered = dict(sorted(named.items()))
        payload = "&".join(f"{name}={value}" for name, value in ordered.items())
        return {**ordered, "signature": self._signer.sign(payload)}


def encoded(params: Params) -> str:
    """Return ``name=value&…`` with UTF-8 percent-encoding of everything but letters, digits and ``-._~``."""
    return urlencode({name: str(value) for name, value in params.items()}, quote_via=quote, safe="")


def credentials(api_key: str | None, secret: str | None, passphrase: str | None = None) -> Credentials | None:
    """Return the credentials in the settings, ``None`` if they contain neither key nor secret.

    ``secret`` is an HMAC secret, a PEM text or the path of a PEM file. Raises ``Misconfigured`` if one of
    the two is missing or a key cannot be read; no message contains any part of them.
    """
    key, text = (api_key or "").strip(), (secret or "").strip()
    if not key and not text:
        return None
    if not key or not text:
        absent = "BINANCE_API_KEY" if not key else "BINANCE_API_SECRET"
        raise _unusable(f"{absent} is not set although the other half of the pair is")
    if not (key.isascii() and key.isprintable()):
        raise _unusable("the api key holds characters no key has")
    return Credentials(key, _signer(text, passphrase))


def _signer(secret: str, passphrase: str | None) -> Signer:
    if secret.startswith(_PEM):
        return _pair(secret.replace("\\n", "\n").encode(), passphrase)
    if secret.endswith((".pem", ".key")) or "/" in secret or "\\" in secret:
        return _pair(_read(secret), passphrase)
    return HmacSigner(secret)


def _read(path: str) -> bytes:
    try:
        return Path(path).expanduser().read_bytes()
    except (OSError, ValueError, RuntimeError) as error:  # RuntimeError: a home directory that is not known
        raise _unusable(f"the key file cannot be read ({type(error).__name__})") from None


def _pair(pem: bytes, passphrase: str | None) -> Signer:
    try:
        key = load_pem_private_key(pem, passphrase.encode() if passphrase else None)
    except (ValueError, TypeError):  # their texts may quote the key's content
        raise _unusable("the private key cannot be read; is the passphrase right?") from None
    if isinstance(key, Ed25519PrivateKey):
        return Ed25519Signer(key)
    if isinstance(key, RSAPrivateKey) and key.key_size >= _SMALLEST_RSA_BITS:
        return RsaSigner(key)
    raise _unusable("the private key is neither ed25519 nor rsa of 2048 bits or more")


def _base64(raw: bytes) -> str:
    return base64.b64encode(raw).decode()


def _unusable(detail: str) -> Misconfigured:
    return Misconfigured(SOURCE, detail, what_to_do=_WHAT_TO_DO)
