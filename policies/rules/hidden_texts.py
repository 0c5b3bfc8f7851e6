"""Texts that a line hides from whoever only reads it: in base64 of either alphabet, base32,
hexadecimal, escapes of the shell or of a data URL; compressed, if at all, by gzip.

No machine is asked to run anything. What decodes to no text is taken for what it looks like: a
digest, a certificate, an id.
"""

import base64
import binascii
import codecs
import re
import zlib
from collections.abc import Callable, Iterator
from typing import Final
from urllib.parse import unquote

SHORTEST: Final = 16  # characters of a line that may hide a host
LONGEST: Final = 1024 * 1024  # characters of what one of them unfolds to
_BASE64: Final = re.compile(r"(?<![\w+/=-])[A-Za-z0-9+/_-]{24,}={0,2}(?![\w+/=-])")
_BASE32: Final = re.compile(r"(?<![\w=])[A-Z2-7]{24,}={0,6}(?![\w=])")
_HEXADECIMAL: Final = re.compile(r"(?<!\w)(?:[0-9a-f]{2}){12,}(?!\w)", re.IGNORECASE)
_ESCAPE: Final = re.compile(r"\\x([0-9a-fA-F]{2})|\\(?:0)?([0-3][0-7]{2})")
_FEWEST_ESCAPES: Final = 4
_DATA_URL: Final = re.compile(r"data:[\w/+.;=-]*,([^\s\"']+)")
_FOLDED: Final = re.compile(r"\s*([A-Za-z0-9+/]{4,}={0,2})\s*")
_ALPHABET: Final = str.maketrans("-_", "+/")


def hidden_in(line: str) -> Iterator[str]:
    """The texts that a line holds in another writing, such as a script piped into a shell."""
    for match in _BASE64.finditer(line):
        yield from _text_of(_unpacked(match[0].translate(_ALPHABET), base64.b64decode))
    for form, unpack in ((_BASE32, base64.b32decode), (_HEXADECIMAL, bytes.fromhex)):
        for match in form.finditer(line):
            yield from _text_of(_unpacked(match[0], unpack))
    if "\\" in line and len(_ESCAPE.findall(line)) >= _FEWEST_ESCAPES:
        yield _ESCAPE.sub(lambda m: chr(int(m[1], 16) if m[1] else int(m[2], 8)), line)
    if "data:" in line and "%" in line:
        yield from (unquote(match[1]) for match in _DATA_URL.finditer(line))


def folded_in(text: str) -> Iterator[tuple[int, str]]:
    """Texts in base64 that is folded over lines, each with the line that it begins in."""
    block: list[str] = []
    for number, line in enumerate([*text.splitlines(), ""], start=1):
        if match := _FOLDED.fullmatch(line):
            block.append(match[1])
            continue
        if len(block) > 1:
            hidden = _unpacked("".join(block), base64.b64decode)
            yield from ((number - len(block), found) for found in _text_of(hidden))
        block = []


def _unpacked(written: str, unpack: Callable[[str], bytes]) -> bytes:
    """The bytes behind a writing; none where it is not that writing."""
    try:
        return unpack(
            written + "=" * (-len(written) % 4) if unpack is base64.b64decode else written
        )
    except (binascii.Error, ValueError):
        return b""


def _text_of(data: bytes) -> Iterator[str]:
    """The text that bytes are, if they are one."""
    if data.startswith(b"\x1f\x8b"):
        unfolding = zlib.decompressobj(wbits=31)
        try:
            data = unfolding.decompress(data, LONGEST)
        except zlib.error:
            return
    wide = len(data) > 1 and not any(data[1::2])  # as PowerShell takes its commands
    try:
        text = codecs.decode(data, "utf-16-le" if wide else "utf-8")
    except UnicodeDecodeError:
        return
    if text.isprintable() or "\n" in text:
        yield text
