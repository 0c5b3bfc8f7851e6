"""Objects of buckets that machines run: scripts, and archives of what they are set up with.

Of an archive each script and each unit is judged, as user data is. What programs are set up with
beside them is not, and neither is an object that is no archive. Which machine fetches it, is not
asked.
"""

import base64
import binascii
import io
import tarfile
import zlib
from collections.abc import Iterator
from functools import lru_cache
from typing import Any, Final

from rules.told import Told, told_of
from rules.user_data import Part, kind_of

OBJECTS: Final = ("aws:s3/bucketObject:BucketObject", "aws:s3/bucketObjectv2:BucketObjectv2")
LONGEST: Final = 64 * 1024 * 1024  # bytes that an archive unfolds to
_GZIP: Final = b"\x1f\x8b"
_UNITS: Final = (".service", ".timer", ".socket", ".path")


def told_by_object(content: Any, encoded: Any) -> list[tuple[str, Told]]:
    """What the content of an object tells a machine, by the input that it stands in."""
    if isinstance(content, str) and content.startswith("#!"):
        return [("content", told_of((Part("", "script", content),)))]
    if isinstance(encoded, str) and encoded:
        return [("contentBase64", told_of(_parts(encoded)))]
    return []


@lru_cache(maxsize=64)  # several rules ask, one after the other
def _parts(encoded: str) -> tuple[Part, ...]:
    try:
        data = base64.b64decode(encoded, validate=True)
    except (binascii.Error, ValueError):
        return ()
    if data.startswith(b"#!"):
        text = _text(data)
        return (Part("", "script", text),) if text else ()
    return tuple(_unpacked(data)) if data.startswith(_GZIP) else ()


def _unpacked(data: bytes) -> Iterator[Part]:
    """The texts of an archive; of one that cannot be read as an archive, none."""
    unfolding = zlib.decompressobj(wbits=31)
    try:
        unfolded = unfolding.decompress(data, LONGEST)
        with tarfile.open(fileobj=io.BytesIO(unfolded), mode="r:") as archive:
            for entry in archive:
                file = archive.extractfile(entry) if entry.isfile() else None
                text = _text(file.read()) if file is not None else ""
                if kind_of(text) == "script" or (text and entry.name.endswith(_UNITS)):
                    yield Part(f"{entry.name} ", "script", text)
    except (zlib.error, tarfile.TarError, OSError):
        return


def _text(data: bytes) -> str:
    try:
        return data.decode()
    except UnicodeDecodeError:
        return ""
