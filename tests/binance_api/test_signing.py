"""Signatures against published examples, keys in every form, and nothing of a key in any text."""

import base64
import copy
import pickle
from pathlib import Path
from urllib.parse import parse_qsl

import pytest
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, padding, rsa
from hypothesis import given
from hypothesis import strategies as st

from utils.binance_api.http.signing import (
    Credentials,
    Ed25519Signer,
    HmacSigner,
    RsaSigner,
    credentials,
    encoded,
)
from utils.http.errors import Misconfigured

# the example key of the exchange's spot documentation ("Request security")
API_KEY = "vmPUZE6mv9SD5VNHk4HlWFsOr6aKE2zvsw0MuIgwCIPy6utIco14y7Ju91duEh8A"
SECRET = "NhqPtmdSJYdKjVHjA7PZj4Mge3R5YNiP1e3UZjInClVN65XAbvqqM6A7H5fATj0j"
REST: dict[str, str | int] = {
    "side": "BUY",
    "type": "LIMIT",
    "timeInForce": "GTC",
    "quantity": 1,
    "price": "0.1",
}
PAYLOAD = "side=BUY&type=LIMIT&timeInForce=GTC&quantity=1&price=0.1&recvWindow=5000&timestamp=1499827319559"
# the signature of its RSA example, plain and as it must stand in a query
DOCUMENTED_RSA = (
    "HZ8HOjiJ1s/igS9JA+n7+7Ti/ihtkRF5BIWcPIEluJP6tlbFM/Bf44LfZka/iemtahZAZzcO9TnI5uaXh3++lrqtNonCwp6/245UFWkiW1elpgtV"
    "AmJPbogcAv6rSlokztAfWk296ZJXzRDYAtzGH0gq7CgSJKfH+XxaCmR0WcvlKjNQnp12/eKXJYO4tDap8UCBLuyxDnR7oJKLHQHJLP0r0EAVOOSI"
    "brFang/1WOq+Jaq4Efc4XpnTgnwlBbWTmhWDR1pvS9iVEzcSYLHT/fNnMRxFc7u+j3qI//5yuGuu14KR0MuQKKCSpViieD+fIti46sxPTsjSemoU"
    "Kp0oXA=="
)
ENCODED_HEAD = "HZ8HOjiJ1s%2FigS9JA%2Bn7%2B7Ti%2FihtkRF5BIWcPIEluJP6tlbFM%2FBf44LfZka%2Fiemtah"


def pem(
    key: rsa.RSAPrivateKey | ed25519.Ed25519PrivateKey | ec.EllipticCurvePrivateKey, word: str = ""
) -> str:
    lock: serialization.KeySerializationEncryption = serialization.NoEncryption()
    if word:
        lock = serialization.BestAvailableEncryption(word.encode())
    return key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, lock).decode()


@pytest.fixture(scope="module")
def rsa_key() -> rsa.RSAPrivateKey:
    return rsa.generate_private_key(public_exponent=65537, key_size=2048)


@pytest.mark.parametrize(
    ("symbol", "written", "signature"),
    [
        ("LTCBTC", "LTCBTC", "c8db56825ae71d6d79447849e617115f4a920fa2acdcab2b053c4b2838bd6b71"),
        (
            "１２３４５６",
            "%EF%BC%91%EF%BC%92%EF%BC%93%EF%BC%94%EF%BC%95%EF%BC%96",
            "e1353ec6b14d888f1164ae9af8228a3dbd508bc82eb867db8ab6046442f33ef3",
        ),
    ],
)
def test_the_documented_hmac_examples(symbol: str, written: str, signature: str) -> None:
    key = Credentials(API_KEY, HmacSigner(SECRET))
    query = key.query({"symbol": symbol, **REST}, 1_499_827_319_559, 5000)
    assert query == f"symbol={written}&{PAYLOAD}&signature={signature}"
    assert key.headers == {"X-MBX-APIKEY": API_KEY}
    assert not key.supports_logon


@pytest.mark.parametrize(  # RFC 8032, section 7.1, tests 1 and 2
    ("secret", "message", "signature"),
    [
        (
            "9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60",
            "",
            "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e39701cf9b46bd25bf5f0"
            "595bbe24655141438e7a100b",
        ),
        (
            "4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb",
            "r",
            "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da085ac1e43e15996e458f3613d0f11d8c387b2eae"
            "b4302aeeb00d291612bb0c00",
        ),
    ],
)
def test_the_published_ed25519_examples(secret: str, message: str, signature: str) -> None:
    key = ed25519.Ed25519PrivateKey.from_private_bytes(bytes.fromhex(secret))
    signer = Ed25519Signer(key)
    assert base64.b64decode(signer.sign(message)).hex() == signature
    assert signer.supports_logon


def test_an_rsa_signature_is_what_its_public_key_expects(rsa_key: rsa.RSAPrivateKey) -> None:
    query = Credentials("k", RsaSigner(rsa_key)).query({"symbol": "ŞBTC"}, 1, 5000)
    payload, _, signature = query.partition("&signature=")
    assert payload == "symbol=%C5%9EBTC&recvWindow=5000&timestamp=1"
    raw = base64.b64decode(
        signature.replace("%2F", "/").replace("%2B", "+").replace("%3D", "="), validate=True
    )
    rsa_key.public_key().verify(raw, payload.encode(), padding.PKCS1v15(), hashes.SHA256())


def test_a_base64_signature_is_encoded_as_documented() -> None:
    class Fixed:
        supports_logon = False

        def sign(self, payload: str) -> str:
            return DOCUMENTED_RSA

    signature = Credentials("k", Fixed()).query({}, 1, 5000).partition("&signature=")[2]
    assert signature.startswith(ENCODED_HEAD)
    assert signature.endswith("XA%3D%3D")
    assert not set(signature) & set("+/=")


def test_websocket_parameters_are_sorted_and_signed_unencoded() -> None:
    key = Credentials(API_KEY, HmacSigner(SECRET))
    message = key.message({"symbol": "１２", "recvWindow": 100}, 1_645_423_376_532)
    assert list(message) == ["apiKey", "recvWindow", "symbol", "timestamp", "signature"]
    text = f"apiKey={API_KEY}&recvWindow=100&symbol=１２&timestamp=1645423376532"
    assert message["signature"] == HmacSigner(SECRET).sign(text)
    assert message["timestamp"] == 1_645_423_376_532


def test_encoding_leaves_no_reserved_character() -> None:
    assert encoded({"a": 'x y+z/["B"]', "n": 1}) == "a=x%20y%2Bz%2F%5B%22B%22%5D&n=1"


@given(st.dictionaries(st.text(min_size=1), st.text(min_size=1) | st.integers(), max_size=5))
def test_whatever_is_encoded_is_plain_ascii_and_reads_back(params: dict[str, str | int]) -> None:
    text = encoded(params)
    assert text.isascii()
    assert dict(parse_qsl(text, strict_parsing=bool(params))) == {k: str(v) for k, v in params.items()}


@pytest.mark.parametrize("word", ["", "open sesame"])
@pytest.mark.parametrize("kind", ["rsa", "ed25519"])
@pytest.mark.parametrize("form", ["text", "line", "file"])
def test_keys_come_as_text_or_file_with_or_without_passphrase(
    tmp_path: Path, rsa_key: rsa.RSAPrivateKey, word: str, kind: str, form: str
) -> None:
    key = rsa_key if kind == "rsa" else ed25519.Ed25519PrivateKey.generate()
    secret = pem(key, word)
    if form == "line":
        secret = secret.replace("\n", "\\n")
    elif form == "file":
        (tmp_path / "read only.pem").write_text(secret)
        secret = str(tmp_path / "read only.pem")
    made = credentials(" k ", secret, word or None)
    assert made is not None
    assert made.supports_logon is (kind == "ed25519")
    assert made.headers == {"X-MBX-APIKEY": "k"}


def test_neither_half_means_no_credentials() -> None:
    assert credentials(None, None) is None
    assert credentials(" ", "") is None


@pytest.mark.parametrize(
    ("key", "secret", "passphrase", "words"),
    [
        ("topkey", None, None, "BINANCE_API_SECRET is not set"),
        (None, "hushhush", None, "BINANCE_API_KEY is not set"),
        ("topkey", "/no/such/hushhush.pem", None, "cannot be read"),
        (
            "topkey",
            "-----BEGIN PRIVATE KEY-----\nhushhush\n-----END PRIVATE KEY-----",
            None,
            "cannot be read",
        ),
        ("topkeyş", "hushhush", None, "characters"),
        ("topkey\n\rX: 1", "hushhush", None, "characters"),
    ],
)
def test_unusable_keys_say_what_to_do_and_nothing_of_themselves(
    key: str | None, secret: str | None, passphrase: str | None, words: str
) -> None:
    with pytest.raises(Misconfigured, match=words) as raised:
        credentials(key, secret, passphrase)
    told = f"{raised.value} {raised.value.what_to_do}"
    assert "hushhush" not in told
    assert "topkey" not in told


def test_a_wrong_passphrase_and_foreign_keys_are_refused(rsa_key: rsa.RSAPrivateKey) -> None:
    locked = pem(rsa_key, "right")
    for passphrase in (None, "wrong"):
        with pytest.raises(Misconfigured, match="passphrase"):
            credentials("k", locked, passphrase)
    with pytest.raises(Misconfigured, match="neither ed25519 nor rsa"):
        credentials("k", pem(ec.generate_private_key(ec.SECP256R1())))


def test_credentials_show_and_give_away_nothing() -> None:
    key = Credentials(API_KEY, HmacSigner(SECRET))
    assert API_KEY not in repr(key)
    assert SECRET not in repr(key)
    assert SECRET not in repr(key.query({}, 1, 5000))
    for leave in (pickle.dumps, copy.copy, copy.deepcopy):
        with pytest.raises(TypeError, match="stay in the process"):
            leave(key)
