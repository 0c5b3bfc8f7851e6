"""What of a file may be shown to people: as written, but no secret and no command to a terminal."""

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

MAX_VALUE_CHARACTERS = 80
MAX_JUDGED = 400  # characters of a text that are looked at; behind those nothing is shown
NOT_SHOWN = "(not shown: it may be a secret)"
_SECRET_TEXT = re.compile(  # PEM, AWS key ids and secret keys, URLs with credentials, tokens, JWTs
    r"-----BEGIN|(?:AKIA|ASIA)[A-Z0-9]{12,}|(?<![\w/+])[\w/+]{40}(?![\w/+])|://\S*@"
    r"|gh[a-z]_\w{20,}|xox[a-z]-|eyJ[\w-]{10,}\.|AQICA",
    re.IGNORECASE | re.ASCII,
)
# What may go on behind the characters that are looked at: a URL with its credentials, a JWT.
_SECRET_START = re.compile(r"(?:://\S*|eyJ[\w-]*)\Z", re.IGNORECASE | re.ASCII)
_SECRET_WORD = re.compile(
    r"secret|passw|passphrase|pwd|token|credential|(?:api|access|private)[-_ ]?key", re.IGNORECASE
)
# What AWS and Kubernetes call things; a password has other marks, or letters and digits mixed.
_PLAIN_TEXT = re.compile(r"[\w .,:/*=@+-]*")
# A slip of the keyboard, such as Bad_Name! or dev#: one other mark, no digit, and short. Generated
# secrets have more of each; a word that people choose may pass, as it does without any mark.
_SLIP = re.compile(r"(?=.{1,16}\Z)(?:[^\W\d]|[ .-])*[^\w\s.,:/*=@+-](?:[^\W\d]|[ .-])*")
_MIXED_WORD = re.compile(r"(?=\w*[a-z])(?=\w*[A-Z])(?=\w*[0-9])\w{8,}", re.ASCII)


def shown_value(value: Any, path: Sequence[str | int] = ()) -> str:
    """The value as the operator wrote it, shortened; never one that may be a secret.

    Encrypted values and whatever looks like a key, a password or a URL with credentials are
    left out, judged by the text and by the key that it stands under.
    """
    if _SECRET_WORD.search(" ".join(str(part) for part in path)):
        return NOT_SHOWN
    if isinstance(value, Mapping):
        return NOT_SHOWN if "secure" in value else f"a mapping of {len(value)}"
    if isinstance(value, list | tuple | set):
        return f"a list of {len(value)}"
    if isinstance(value, int) and value.bit_length() > 4 * MAX_VALUE_CHARACTERS:
        return "a huge number"  # Python refuses to write out one of more than 4,300 digits
    if isinstance(value, str) and (_is_secret(value) or not (
        _PLAIN_TEXT.fullmatch(value[:MAX_JUDGED]) or _SLIP.fullmatch(value)
    )):  # fmt: skip
        return NOT_SHOWN
    value = value[:MAX_JUDGED] if isinstance(value, str) else value
    text = json.dumps(value) if value is None or isinstance(value, bool) else repr(value)
    if _SECRET_WORD.search(text):
        return NOT_SHOWN
    return text if len(text) <= MAX_VALUE_CHARACTERS else text[: MAX_VALUE_CHARACTERS - 1] + "…"


def _is_secret(text: str) -> bool:
    """Whether it looks like one that a machine has made, as far as it is looked at."""
    seen = text[:MAX_JUDGED]
    if len(text) > MAX_JUDGED and _SECRET_START.search(seen):
        return True
    return bool(_SECRET_TEXT.search(seen) or _MIXED_WORD.search(seen))


def shown_path(parts: Iterable[str | int]) -> str:
    """The path as the operator wrote it; a key is never shown where it may itself be a secret."""
    return ".".join(_shown_key(str(part)) for part in parts)


def _shown_key(key: str) -> str:
    if _is_secret(key):
        return "(not shown)"
    return printable(key[:MAX_VALUE_CHARACTERS]) or "''"


def printable(text: str, *, keep: str = "") -> str:
    """The text with each character escaped that a terminal would obey or that shows nothing.

    Those of control, of the direction of writing and of no width are written as Python would.
    keep: characters to leave as they are, such as the end of a line.
    """
    if text.isprintable():
        return text
    return "".join(c if c.isprintable() or c in keep else repr(c)[1:-1] for c in text)
