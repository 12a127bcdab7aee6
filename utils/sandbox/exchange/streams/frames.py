"""Messages as bytes, made once and shared by every socket that gets them."""

import struct
from dataclasses import dataclass, field

import msgspec

TEXT = 0x81
PING = 0x89
PONG = 0x8A
SHORT, MEDIUM = 125, 65_535


def encoded(value: object) -> bytes:
    """Compact JSON."""
    return msgspec.json.encode(value)


def frame(payload: bytes, opcode: int = TEXT) -> bytes:
    """One unmasked, unfragmented frame as a server sends it (RFC 6455, section 5.2)."""
    length = len(payload)
    if length <= SHORT:
        return bytes((opcode, length)) + payload
    if length <= MEDIUM:
        return struct.pack("!BBH", opcode, 126, length) + payload
    return struct.pack("!BBQ", opcode, 127, length) + payload


@dataclass(slots=True)
class Message:
    """What one stream says at one moment: the stream's name and the JSON of its data."""

    stream: str
    data: bytes
    _raw: bytes | None = field(default=None, repr=False)
    _combined: bytes | None = field(default=None, repr=False)

    def text(self, *, combined: bool) -> bytes:
        """The JSON text, wrapped with the stream's name in combined mode."""
        return b'{"stream":"%s","data":%s}' % (self.stream.encode(), self.data) if combined else self.data

    def framed(self, *, combined: bool) -> bytes:
        """The whole frame."""
        if combined:
            if self._combined is None:
                self._combined = frame(self.text(combined=True))
            return self._combined
        if self._raw is None:
            self._raw = frame(self.data)
        return self._raw
