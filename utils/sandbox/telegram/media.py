"""Files and photos: what is stored, how photos are checked, and the sizes they get."""

import base64
import io
import random
from dataclasses import dataclass, field
from typing import Any

from PIL import Image, UnidentifiedImageError

from utils.sandbox.telegram.errors import bad_request

# https://core.telegram.org/bots/api#sendphoto
MAX_PHOTO_BYTES = 10 * 1024 * 1024
MAX_PHOTO_SIDES = 10_000
MAX_PHOTO_RATIO = 20
# https://core.telegram.org/bots/api#sending-files and #getfile
MAX_UPLOAD_BYTES = 50 * 1024 * 1024
MAX_DOWNLOAD_BYTES = 20 * 1024 * 1024
_BOXES_PX = (90, 320, 800, 1280)
_LARGEST_PX = 2560


@dataclass(frozen=True, slots=True)
class StoredFile:
    """One downloadable file; `shrink_to` set means: `data` scaled so that its longer side is that many px."""

    id: str
    unique_id: str
    path: str
    name: str
    mime: str
    data: bytes
    size: tuple[int, int] | None = None
    shrink_to: int | None = None

    def content(self) -> bytes:
        """The bytes as downloaded."""
        if self.shrink_to is None:
            return self.data
        with Image.open(io.BytesIO(self.data)) as image:
            image.thumbnail((self.shrink_to, self.shrink_to))
            out = io.BytesIO()
            image.convert("RGB").save(out, "JPEG", quality=87)
        return out.getvalue()

    def json(self) -> dict[str, Any]:
        """The Bot API file identity."""
        return {"file_id": self.id, "file_unique_id": self.unique_id, "file_size": len(self.data)}


@dataclass(frozen=True, slots=True)
class Photo:
    """A photo: its sizes, smallest first."""

    sizes: tuple[StoredFile, ...]

    def json(self) -> list[dict[str, Any]]:
        """The Bot API list of `PhotoSize`."""
        return [f.json() | {"width": f.size[0], "height": f.size[1]} for f in self.sizes if f.size]


@dataclass
class FileStore:
    """All files by file id; ids come from the seeded generator."""

    random: random.Random
    files: dict[str, StoredFile] = field(default_factory=dict)
    photos: dict[str, Photo] = field(default_factory=dict)

    def by_path(self, path: str) -> StoredFile | None:
        """The file served under `path`."""
        return next((f for f in self.files.values() if f.path == path), None)

    def add_photo(self, data: bytes) -> Photo:
        """Check and keep an uploaded photo. Raises `BotApiError` as Telegram does."""
        width, height, mime = _measured(data)
        longest = max(width, height)
        boxes = [box for box in _BOXES_PX if box < longest]
        sizes = [self._photo_size(data, (width, height), mime, box) for box in boxes]
        largest = _LARGEST_PX if longest > _LARGEST_PX else None
        sizes.append(self._photo_size(data, (width, height), mime, largest))
        photo = Photo(tuple(sizes))
        for size in sizes:
            self.files[size.id] = size
            self.photos[size.id] = photo
        return photo

    def add_document(self, data: bytes, name: str, mime: str) -> StoredFile:
        """Keep an uploaded document. Raises `BotApiError` for an empty or too big one."""
        if not data:
            raise bad_request("file must be non-empty")
        file_id, unique = self._ids("BQAC")
        stored = StoredFile(file_id, unique, f"documents/file_{len(self.files)}_{name}", name, mime, data)
        self.files[file_id] = stored
        return stored

    def _photo_size(self, data: bytes, whole: tuple[int, int], mime: str, box: int | None) -> StoredFile:
        file_id, unique = self._ids("AgAC")
        scale = 1.0 if box is None else box / max(whole)
        size = (max(1, round(whole[0] * scale)), max(1, round(whole[1] * scale)))
        kind = "image/jpeg" if box else mime
        path = f"photos/file_{unique}.{'jpg' if kind == 'image/jpeg' else kind.removeprefix('image/')}"
        return StoredFile(file_id, unique, path, path.rpartition("/")[2], kind, data, size, box)

    def _ids(self, prefix: str) -> tuple[str, str]:
        whole = base64.urlsafe_b64encode(self.random.randbytes(36)).decode()
        return prefix + whole, "AQAD" + base64.urlsafe_b64encode(self.random.randbytes(9)).decode()


def _measured(data: bytes) -> tuple[int, int, str]:
    if not data:
        raise bad_request("file must be non-empty")
    if len(data) > MAX_PHOTO_BYTES:
        limit = f"the maximum size is {MAX_PHOTO_BYTES} bytes"
        raise bad_request(f"file of size {len(data)} bytes is too big for a photo; {limit}")
    try:
        with Image.open(io.BytesIO(data)) as image:
            image.load()
            width, height, kind = image.width, image.height, image.format or "PNG"
    except (UnidentifiedImageError, OSError, SyntaxError) as error:
        raise bad_request("IMAGE_PROCESS_FAILED") from error
    if width + height > MAX_PHOTO_SIDES or max(width, height) > MAX_PHOTO_RATIO * min(width, height):
        raise bad_request("PHOTO_INVALID_DIMENSIONS")
    return width, height, f"image/{kind.lower()}"
