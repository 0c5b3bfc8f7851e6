"""What of a file may be shown to people: as written, but no secret and no command to a terminal."""

import difflib
import json
import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any

from spec.secret_forms import is_secret
from spec.written import Written, WrittenNumber

MAX_VALUE_CHARACTERS = 80
MAX_JUDGED = 400  # characters of a text that are looked at; behind those nothing is shown
_NEAR = 0.8  # how much of a key is that of a known one, so that it is a slip
NOT_SHOWN = "(not shown: it may be a secret)"
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
    if isinstance(value, str):
        secret, value = _is_secret(value), value[:MAX_JUDGED]
        if secret or not (_PLAIN_TEXT.fullmatch(value) or _SLIP.fullmatch(value)):
            return NOT_SHOWN
    text = json.dumps(value) if value is None or isinstance(value, bool) else repr(value)
    if isinstance(value, Written | WrittenNumber):
        text = printable(value.text[:MAX_JUDGED])
    if _SECRET_WORD.search(text) or (not isinstance(value, str) and is_secret(text)):
        return NOT_SHOWN
    return text if len(text) <= MAX_VALUE_CHARACTERS else text[: MAX_VALUE_CHARACTERS - 1] + "…"


def _is_secret(text: str) -> bool:
    """Whether it looks like one, as far as it is looked at."""
    seen = text[:MAX_JUDGED]
    return is_secret(seen) or (len(text) > MAX_JUDGED and _SECRET_START.search(seen) is not None)


def shown_path(parts: Iterable[str | int], known: Collection[str] = ()) -> str:
    """The path as the operator wrote it; a key is never shown where it may itself be a secret.

    known: keys that there are; one that nearly is one of them is a slip and no secret.
    """
    return ".".join(_shown_key(str(part), known) for part in parts)


def _shown_key(key: str, known: Collection[str]) -> str:
    if _is_secret(key) and not _is_near(key, known):
        return "(not shown)"
    return printable(key[:MAX_VALUE_CHARACTERS]) or "''"


def _is_near(key: str, known: Collection[str]) -> bool:
    short = len(key) <= MAX_VALUE_CHARACTERS
    return short and bool(difflib.get_close_matches(key, known, n=1, cutoff=_NEAR))


def printable(text: str, *, keep: str = "") -> str:
    """The text with each character escaped that a terminal would obey or that shows nothing.

    Those of control, of the direction of writing and of no width are written as Python would.
    keep: characters to leave as they are, such as the end of a line.
    """
    if text.isprintable():
        return text
    return "".join(c if c.isprintable() or c in keep else repr(c)[1:-1] for c in text)
