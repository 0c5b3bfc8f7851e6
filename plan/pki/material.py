"""What was supplied of the PKI and found sound, as components take it; nothing, where all is made.

It is read in plan/pki/supplied.py, which alone needs a library that opens keys.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Supplied:
    """What was supplied, sound. texts: public, by file name; keys: by file name, in the clear.

    signing: by authority the one certificate that belongs to the key. not_after: the ends.
    """

    texts: dict[str, str] = field(default_factory=dict)
    keys: dict[str, str] = field(default_factory=dict, repr=False)
    signing: dict[str, str] = field(default_factory=dict)
    not_after: dict[str, str] = field(default_factory=dict)


def joined(texts: Sequence[str]) -> str:
    """Several texts in PEM as one, each ending its line."""
    return "".join(f"{text.strip()}\n" for text in texts)
