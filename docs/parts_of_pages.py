"""Pages that are written by hand but for some parts, each between two marks that bear its name."""

from collections.abc import Mapping
from pathlib import Path


def with_parts(page: Path, parts: Mapping[str, str]) -> str:
    """The page as it is, with these parts made anew."""
    text = page.read_text(encoding="utf-8")
    for name, part in parts.items():
        begin, end = (f"<!-- generated from {name}: {side} -->" for side in ("begin", "end"))
        if text.count(begin) != 1 or text.count(end) != 1:
            raise ValueError(f"{page.name} must hold the marks of {name} once each: {begin}, {end}")
        before, _, rest = text.partition(begin)
        _, _, after = rest.partition(end)
        text = f"{before}{begin}\n\n{part}\n\n{end}{after}"
    return text
