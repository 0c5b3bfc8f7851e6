"""Objects of buckets that machines run: scripts, archives of what they are set up with, user data.

Of an archive each script and each unit is judged as user data is, and so is whatever lies under
etc/, where machines and what runs on them look; of other texts what a program would call by them
(setting_texts.py), and the images of Kubernetes' objects. An object that is neither script nor
archive is not read. Which machine fetches it, is not asked.
"""

import base64
import binascii
import io
import tarfile
import zlib
from collections.abc import Iterator
from functools import lru_cache
from typing import Any, Final

from rules.named_hosts import hosts_in
from rules.setting_texts import called, is_prose, is_silent, objects_in, paths_of
from rules.told import Told, told_by, told_of
from rules.user_data import Part, Unreadable, kind_of

OBJECTS: Final = ("aws:s3/bucketObject:BucketObject", "aws:s3/bucketObjectv2:BucketObjectv2")
CONTENTS: Final = ("content", "contentBase64", "source")  # inputs that say what one holds
LONGEST: Final = 64 * 1024 * 1024  # bytes that an archive unfolds to
_GZIP: Final = b"\x1f\x8b"
_UNITS: Final = (".service", ".timer", ".socket", ".path")
_OF_MACHINES: Final = "etc/"
_FETCHED: Final = ("cloud-config", "node-config", "bottlerocket")


def told_by_object(content: Any, encoded: Any, source: Any = None) -> list[tuple[str, Told]]:
    """What the content of an object tells a machine, by the input that it stands in.

    source: an asset; one that a program gives as a text is content as well.
    """
    text = source.get("text") if isinstance(source, dict) else getattr(source, "text", None)
    for key, given in (("content", content), ("source", text)):
        if isinstance(given, str) and given.startswith("#!"):
            return [(key, told_of((Part("", "script", given),)))]
        if isinstance(given, str) and _is_user_data(given):
            return _told_as_user_data(key, given)
    if isinstance(encoded, str) and encoded:
        return [("contentBase64", _told(encoded))]
    return []


def told_by_parameter(name: Any, *values: Any) -> list[tuple[str, Told]]:
    """What a parameter of Systems Manager tells a machine that reads it, as clear text: a script, a
    setting, or a host under a name that says that somebody is called. values: value, insecureValue.
    """
    found = []
    for key, value in zip(("value", "insecureValue"), values, strict=True):
        if isinstance(value, str):
            last = name.rpartition("/")[2] if isinstance(name, str) else ""
            told = Told()
            told.hosts += [("", host) for host in dict.fromkeys(called(value, last))]
            found += told_by_object(value, None) or [(key, told)]
    return found


def _is_user_data(text: str) -> bool:
    """Whether a text is what user data fetches to go on with."""
    return kind_of(text) in _FETCHED or (text.lstrip().startswith("{") and '"ignition"' in text)


def _told_as_user_data(key: str, text: str) -> list[tuple[str, Told]]:
    try:
        return [(key, told_by(text, False))]
    except Unreadable:
        return []


@lru_cache(maxsize=64)
def _told(encoded: str) -> Told:
    parts = _parts(encoded)
    told = told_of(part for part in parts if part.kind == "script")
    for part in parts:
        if part.kind != "script":
            _settings(part, told)
    return told


def _settings(part: Part, told: Told) -> None:
    """What a text sets up: structured ones value by value, so that words for people do not count.

    hosts without a scheme, such as servers for names, count where machines look for them.
    """
    where, name = part.where, part.where.rstrip()
    of_machines = f"/{name}".find(f"/{_OF_MACHINES}") >= 0
    objects = objects_in(part.text)
    told.images += [
        (f"{where}{path} ", value)
        for read in objects
        if isinstance(read, dict) and {"apiVersion", "kind"} <= read.keys()
        for path, key, value in paths_of(read)
        if key == "image" and isinstance(value, str)
    ]
    if not of_machines:
        found = dict.fromkeys(called(part.text, name.rpartition("/")[2]))
        told.hosts += [(where, host) for host in found]
    elif not objects:
        read = told_of((part,))
        told.hosts += read.hosts
        told.images += read.images
        told.proxies += read.proxies
    else:
        for path, key, value in ((*each,) for read in objects for each in paths_of(read)):
            if isinstance(value, str) and not is_silent(key):
                texts = called(value, key) if "\n" in value else (h for _, h in hosts_in(value))
                told.hosts += [(f"{where}{path} ", host) for host in dict.fromkeys(texts)]


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
                base = entry.name.rpartition("/")[2]
                if kind_of(text) == "script" or (text and entry.name.endswith(_UNITS)):
                    yield Part(f"{entry.name} ", "script", text)
                elif text and "\0" not in text and not is_prose(base):
                    yield Part(f"{entry.name} ", "text", text)
    except (zlib.error, tarfile.TarError, OSError):
        return


def _text(data: bytes) -> str:
    try:
        return data.decode()
    except UnicodeDecodeError:
        return ""
