"""API keys and the signatures made with them (spec/binance.md, section 13)."""

import base64
import binascii
import hashlib
import hmac
from dataclasses import dataclass

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey

HMAC, RSA, ED25519 = "HMAC", "RSA", "ED25519"
KEY_LENGTH = 64


@dataclass(frozen=True, slots=True)
class ApiKey:
    """A key: its name, and the shared secret or the public half (PEM) that checks signatures.

    `futures` and `spot` tell which markets it may read.
    """

    name: str
    secret: str | None = None
    public: RSAPublicKey | Ed25519PublicKey | None = None
    spot: bool = True
    futures: bool = True

    @property
    def kind(self) -> str:
        """`HMAC`, `RSA` or `ED25519`."""
        if isinstance(self.public, RSAPublicKey):
            return RSA
        return ED25519 if isinstance(self.public, Ed25519PublicKey) else HMAC

    def verifies(self, payload: bytes, signature: str) -> bool:
        """Whether `signature` belongs to `payload`: hexadecimal for HMAC (any case), base64 for the others."""
        if self.public is None:
            expected = hmac.new((self.secret or "").encode(), payload, hashlib.sha256).hexdigest()
            return hmac.compare_digest(expected, signature.lower())
        try:
            raw = base64.b64decode(signature, validate=True)
        except (binascii.Error, ValueError):
            return False
        return self._public_verifies(raw, payload)

    def _public_verifies(self, signature: bytes, payload: bytes) -> bool:
        try:
            if isinstance(self.public, Ed25519PublicKey):
                self.public.verify(signature, payload)
            elif isinstance(self.public, RSAPublicKey):
                self.public.verify(signature, payload, padding.PKCS1v15(), hashes.SHA256())
        except InvalidSignature:
            return False
        return True


def has_key_form(name: str) -> bool:
    """Whether a text has the form of the keys that the exchange hands out."""
    return len(name) == KEY_LENGTH and name.isascii() and name.isalnum()


def read_key(body: object) -> ApiKey:
    """A key from `{"api_key": …, "secret": …}` or `{"api_key": …, "public_key": PEM}`, and `spot`, `futures`.

    Raises `ValueError` or `TypeError` when the object is not that.
    """
    if not isinstance(body, dict) or not isinstance(body.get("api_key"), str):
        raise TypeError("key must be an object with api_key and secret or public_key")
    if not has_key_form(body["api_key"]):
        raise ValueError(f"api_key must be {KEY_LENGTH} letters and digits")
    secret, pem = body.get("secret"), body.get("public_key")
    if isinstance(secret, str) == isinstance(pem, str):
        raise ValueError("a key has either a secret or a public_key")
    public = _public(pem) if isinstance(pem, str) else None
    markets = {name: bool(body.get(name, True)) for name in ("spot", "futures")}
    return ApiKey(body["api_key"], secret if isinstance(secret, str) else None, public, **markets)


def _public(pem: str) -> RSAPublicKey | Ed25519PublicKey:
    key = serialization.load_pem_public_key(pem.encode())
    if not isinstance(key, RSAPublicKey | Ed25519PublicKey):
        raise TypeError("public_key must be an rsa or ed25519 key")
    return key
