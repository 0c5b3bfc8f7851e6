"""Frames as SVG: one column for each kind of thing, lines from machines to doors.

Everything stands in the page itself: no script, no font, no picture from elsewhere. Colour only
repeats what a word says.
"""

from collections.abc import Iterable, Iterator
from html import escape

from evidence.boxes import COLUMNS, Box, Frame, Line
from evidence.marks import SAID

_WIDTH, _HEIGHT = 200, 36  # of a box, in pixels
_ACROSS, _DOWN = 270, 46  # from one column, or one row, to the next
_MARGIN, _HEAD = 14, 34
_LONGEST = 27  # letters of a name that fit into a box


def svg(frame: Frame) -> str:
    """A VPC as a picture, with a text for those who do not see it."""
    rows = max((len(column) for column in frame.columns), default=0)
    width = _MARGIN * 2 + _ACROSS * (len(COLUMNS) - 1) + _WIDTH
    height = _HEAD + _DOWN * max(rows, 1) + _MARGIN
    places = dict(_places(frame))
    parts = [
        f'<svg role="img" aria-label="{escape(frame.title)}" viewBox="0 0 {width} {height}" '
        f'width="{width}" height="{height}">',
        *_heads(),
        *_lines(frame.lines, places),
        *(_box(box, *places[box.key]) for column in frame.columns for box in column),
        "</svg>",
    ]
    return "\n".join(parts)


def _places(frame: Frame) -> Iterator[tuple[str, tuple[int, int]]]:
    """Where each box's upper left corner lies, by its key."""
    for number, column in enumerate(frame.columns):
        for row, box in enumerate(column):
            yield box.key, (_MARGIN + number * _ACROSS, _HEAD + row * _DOWN)


def _heads() -> Iterator[str]:
    for number, word in enumerate(COLUMNS):
        yield f'<text class="head" x="{_MARGIN + number * _ACROSS}" y="20">{word}</text>'


def _lines(lines: Iterable[Line], places: dict[str, tuple[int, int]]) -> Iterator[str]:
    for line in dict.fromkeys(lines):
        if line.start not in places or line.end not in places:
            continue
        (x1, y1), (x2, y2) = places[line.start], places[line.end]
        x1, y1, y2 = x1 + _WIDTH, y1 + _HEIGHT // 2, y2 + _HEIGHT // 2
        bend = (x1 + x2) // 2
        yield (
            f'<path class="{line.mark}" d="M{x1} {y1} C{bend} {y1} {bend} {y2} {x2} {y2}">'
            f"<title>{SAID[line.mark] or 'leads to'}</title></path>"
        )


def _box(box: Box, x: int, y: int) -> str:
    detail = f"{SAID[box.mark]}: {box.detail}" if SAID[box.mark] else box.detail
    classes = f"{box.mark} hole" if box.hole else box.mark
    return (
        f'<g class="{classes}"><title>{escape(box.name)}: {escape(detail)}</title>'
        f'<rect x="{x}" y="{y}" width="{_WIDTH}" height="{_HEIGHT}" rx="4"/>'
        f'<text x="{x + 8}" y="{y + 15}">{escape(_short(box.name))}</text>'
        f'<text class="detail" x="{x + 8}" y="{y + 29}">{escape(_short(detail, 34))}</text></g>'
    )


def _short(text: str, most: int = _LONGEST) -> str:
    return text if len(text) <= most else text[: most - 1] + "…"
