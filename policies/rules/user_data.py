"""User data of machines, taken apart as the machines take it apart.

Base64 or plain, compressed or not, one document or many (MIME). What remains are texts, each with
the kind that decides who reads it. What no reader here understands is Unreadable, and never empty.
(cloud-init user_data.py and handlers/__init__.py, 24.4; nodeadm internal/configprovider/userdata.go
at 81fec2e; Bottlerocket early-boot-config; read 2026-11-28.)
"""

import base64
import binascii
import re
import zlib
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Literal

from rules.shell_words import words_of

Kind = Literal["script", "cloud-config", "node-config", "bottlerocket", "text"]

LONGEST = 1024 * 1024  # bytes of what user data unfolds to; EC2 takes 16 KiB of it
MOST_PARTS = 64
DEEPEST = 4
_GZIP = b"\x1f\x8b"
_TYPES: dict[str, Kind] = {
    "application/node.eks.aws": "node-config",
    "text/cloud-config": "cloud-config",
    "text/cloud-config-archive": "cloud-config",
    "text/cloud-boothook": "script",
    "text/x-shellscript": "script",
    "text/x-shellscript-per-boot": "script",
    "text/x-shellscript-per-instance": "script",
    "text/x-shellscript-per-once": "script",
}
_TEXTS = words_of(
    "text/plain text/jinja2 text/x-include-url text/x-include-once-url text/part-handler "
    "text/upstart-job text/x-not-multipart application/json application/toml"
)
_BEGINNINGS: tuple[tuple[str, Kind], ...] = (
    ("#!", "script"),
    ("#cloud-boothook", "script"),
    ("#cloud-config", "cloud-config"),  # the archive of several begins so too
    ("<powershell>", "script"),
    ("<script>", "script"),
)


# A table of Bottlerocket's settings, or a key of one, as TOML may write it.
_SETTINGS = re.compile(r"""\s*(?:\[{1,2}\s*["']?settings\b|["']?settings["']?\s*\.)""")


class Unreadable(ValueError):
    """Why user data cannot be read; nothing of it is quoted."""


@dataclass(frozen=True, slots=True)
class Part:
    """where: "" for the only part, else which one, with a space behind it."""

    where: str
    kind: Kind
    text: str


@lru_cache(maxsize=64)
def parts_of(given: str, encoded: bool) -> tuple[Part, ...]:
    """The texts of user data. encoded: whether it must be base64, as launch templates have it.

    Where it need not be, what is base64 all through is taken for it, as the provider does.
    """
    data = _decoded(given)
    if data is None:
        if encoded:
            raise Unreadable("is not base64")
        data = given.encode()
    found = _unfolded(data, "", "text/plain", 0)
    return tuple(found)


def _decoded(given: str) -> bytes | None:
    try:
        return base64.b64decode("".join(given.split()).encode(), validate=True)
    except (binascii.Error, ValueError):
        return None


def _unfolded(data: bytes, where: str, content_type: str, depth: int) -> list[Part]:
    if depth > DEEPEST:
        raise Unreadable(f"is folded more than {DEEPEST} times")
    if data.startswith(_GZIP):
        return _unfolded(inflated(data), where, content_type, depth + 1)
    if len(data) > LONGEST:
        raise Unreadable(f"unfolds to more than {LONGEST} bytes")
    if b"mime-version:" in data[:4096].lower():
        return _multipart(data, where, depth)
    if content_type not in _TYPES and content_type not in _TEXTS:
        raise Unreadable(f"{where}is of a content type that no rule here reads")
    try:
        text = data.decode()
    except UnicodeDecodeError:
        raise Unreadable(f"{where}is no text") from None
    return [Part(where, _TYPES.get(content_type) or kind_of(text), text)] if text.strip() else []


def inflated(data: bytes) -> bytes:
    """What is compressed, up to a length: few bytes may stand for very many."""
    unfolding = zlib.decompressobj(wbits=31)
    try:
        found = unfolding.decompress(data, LONGEST + 1)
    except zlib.error:
        raise Unreadable("is compressed and broken") from None
    if len(found) > LONGEST:
        raise Unreadable(f"unfolds to more than {LONGEST} bytes")
    if not unfolding.eof:
        raise Unreadable("is compressed and cut off")
    return found


def _multipart(data: bytes, where: str, depth: int) -> list[Part]:
    import email  # here, since few user data are MIME

    try:
        leaves = [part for part in email.message_from_bytes(data).walk() if not part.is_multipart()]
        contents = [(part.get_content_type(), _payload(part)) for part in leaves]
    except (ValueError, LookupError, TypeError, AttributeError, RecursionError):
        raise Unreadable("is MIME that cannot be parsed") from None
    if not contents or len(contents) > MOST_PARTS:
        raise Unreadable(f"is MIME of no part, or of more than {MOST_PARTS}")
    found = []
    for number, (content_type, content) in enumerate(contents, start=1):
        found += _unfolded(content, f"{where}part {number} ", content_type, depth + 1)
    return found


def _payload(part: Any) -> bytes:
    content = part.get_payload(decode=True)
    if not isinstance(content, bytes):
        raise ValueError("a part without content")
    if str(part.get("content-transfer-encoding", "")).strip().lower() == "base64":
        # The parser gives what is no base64 back as it stands; a machine would not.
        base64.b64decode("".join(part.get_payload().split()), validate=True)
    return content


def kind_of(text: str) -> Kind:
    """Who reads a text that does not come with a type, by how it begins."""
    begin = text.lstrip("\ufeff \t\r\n")
    if begin.startswith("## template:"):
        begin = begin.partition("\n")[2].lstrip()
    for beginning, kind in _BEGINNINGS:
        if begin.startswith(beginning):
            return kind
    code = [line for line in text.splitlines() if line.strip() and not line.startswith("#")]
    if any(_SETTINGS.match(line) for line in code):
        return "bottlerocket"
    if any("node.eks.aws/" in line and line.lstrip("{ ").startswith(("apiVersion", '"apiVersion'))
           for line in code):  # fmt: skip
        return "node-config"
    return "text"
