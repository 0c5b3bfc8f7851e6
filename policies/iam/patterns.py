"""Patterns of policies: text with wildcards and variables, and how it falls into segments.

A wildcard of a resource matches past the colons of an ARN; one of an ARN operator does not.
Source: IAM User Guide, Resource element, Condition operators, Variables (read 2026-11-28).
"""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from enum import Enum
from functools import lru_cache

_SPECIAL = ("*", "?", "$")
_VARIABLE = re.compile(r"([A-Za-z0-9-]+:[A-Za-z0-9_.:/=+@-]+)(?:, '([^']*)')?")
_MOST_SPLITS = 200


class Wild(Enum):
    """A wildcard: any text, or any one character; within a component of an ARN, or anywhere."""

    ANY = "*"
    ONE = "?"
    WITHIN = "* but no colon"
    ONE_WITHIN = "? but no colon"


@dataclass(frozen=True)
class Variable:
    """A key of the request whose value stands here; the default where the request lacks it."""

    key: str
    default: str | None


Token = str | Wild | Variable  # a str is literal text
Pattern = tuple[Token, ...]


class Unreadable(ValueError):
    """A text whose meaning to AWS is not known. Echoes nothing of it."""


@lru_cache(maxsize=4096)  # the same few texts are asked about again for every caller
def parse_pattern(text: str, wildcards: bool, variables: bool = True) -> Pattern:
    """The tokens of a text of a policy. Raises Unreadable."""
    tokens: list[Token] = []
    at = 0
    while at < len(text):
        if variables and text.startswith("${", at):
            end = text.find("}", at)
            if end < 0:
                raise Unreadable("a variable does not end")
            tokens.append(_variable(text[at + 2 : end]))
            at = end + 1
            continue
        char = text[at]
        tokens.append(Wild(char) if wildcards and char in "*?" else char)
        at += 1
    return tuple(_joined(tokens))


def _variable(inner: str) -> Token:
    if inner in _SPECIAL:
        return inner
    match = _VARIABLE.fullmatch(inner)
    if match is None:
        raise Unreadable("a variable is not of IAM's form")
    return Variable(match[1].lower(), match[2])


def _joined(tokens: list[Token]) -> Iterator[Token]:
    """Neighbouring literals as one; of neighbouring stars one is enough."""
    text = ""
    last: Token | None = None
    for token in tokens:
        if isinstance(token, str):
            text += token
            continue
        if text:
            yield text
            text, last = "", None
        if not (token is Wild.ANY and last is Wild.ANY):
            yield token
        last = token
    if text:
        yield text


def variables_of(pattern: Pattern) -> Iterator[Variable]:
    """The variables of a pattern."""
    yield from (token for token in pattern if isinstance(token, Variable))


def literal(pattern: Pattern) -> str | None:
    """The one text that a pattern matches; None when it is not one."""
    if all(isinstance(token, str) for token in pattern):
        return "".join(str(token) for token in pattern)
    return None


def fill(pattern: Pattern, value: Callable[[Variable], str | None]) -> Pattern | None:
    """The pattern with the values of its variables; None when one of them has none."""
    tokens: list[Token] = []
    for token in pattern:
        text = value(token) if isinstance(token, Variable) else token
        if text is None:
            return None
        tokens.append(text)
    return tuple(_joined(tokens))


def covers(pattern: Pattern, text: str, ignore_case: bool = False) -> bool:
    """Whether a pattern without variables matches the whole text."""
    return _expression(pattern, ignore_case).fullmatch(text) is not None


_WILD = {Wild.ANY: ".*", Wild.ONE: ".", Wild.WITHIN: "[^:]*", Wild.ONE_WITHIN: "[^:]"}
_STARS = (Wild.ANY, Wild.WITHIN)


@lru_cache(maxsize=4096)
def _expression(pattern: Pattern, ignore_case: bool) -> re.Pattern[str]:
    """The pattern as an expression that goes back over no star but the last.

    What stands between two stars is looked for once, as early as it comes: a later place would
    leave the next star less, and nothing more. That would be wrong of a star within a component
    behind one that is not, of which policies have none: components come first.
    """
    pieces: list[list[str]] = [[]]
    for token in pattern:
        if token in _STARS:
            pieces.append([_WILD[Wild(token)]])
        else:
            pieces[-1].append(_WILD[token] if isinstance(token, Wild) else re.escape(str(token)))
    first, *between = pieces
    last = between.pop() if between else []
    early = (f"(?>{star}?{''.join(rest)})" for star, *rest in between if rest)
    flags = re.DOTALL | (re.IGNORECASE if ignore_case else 0)
    return re.compile("".join([*first, *early, *last]), flags)


def covers_arn(pattern: Pattern, text: str) -> bool:
    """Whether an ARN operator matches: component by component, the rest being one component."""
    wanted, given = components(pattern), text.split(":", 5)
    return len(given) == 6 and all(covers(p, t) for p, t in zip(wanted, given, strict=True))


def components(pattern: Pattern) -> tuple[Pattern, ...]:
    """The six components that an ARN operator compares. Raises Unreadable."""
    parts: list[list[Token]] = [[]]
    for token in pattern:
        for index, piece in enumerate(_pieces(token, 6 - len(parts))):
            if index:
                parts.append([])
            parts[-1].append(piece)
    if len(parts) != 6:
        raise Unreadable("an ARN has not six components")
    return tuple(tuple(_joined([t for t in part if t != ""])) for part in parts)


def _pieces(token: Token, most: int) -> list[Token]:
    return list(token.split(":", most)) if isinstance(token, str) else [token]


@lru_cache(maxsize=1024)
def splits(pattern: Pattern, count: int, delimiter: str = ":") -> tuple[tuple[Pattern, ...], ...]:
    """Every way to lay a pattern over `count` segments, the last of which may hold delimiters.

    A text matches the pattern exactly when its segments match those of one way. Raises Unreadable.
    """
    tokens: list[Token] = []
    for token in pattern:
        tokens.extend(_pieces_by(token, delimiter) if isinstance(token, str) else (token,))
    found: dict[tuple[Pattern, ...], None] = {}
    _lay(tokens, 0, [[]], count, delimiter, found)
    return tuple(found)


def _pieces_by(text: str, delimiter: str) -> Iterator[str]:
    """The delimiters of a text, and what stands between them in one piece."""
    for index, piece in enumerate(text.split(delimiter)):
        if index:
            yield delimiter
        if piece:
            yield piece


def _lay(
    tokens: list[Token],
    at: int,
    segments: list[list[Token]],
    count: int,
    delimiter: str,
    found: dict[tuple[Pattern, ...], None],
) -> None:
    segments = [*segments[:-1], [*segments[-1]]]  # of its own, and so grown in place
    while at < len(tokens):
        token = tokens[at]
        last = len(segments) == count
        if token == delimiter and not last:
            segments.append([])
        else:
            if isinstance(token, Wild) and not last:
                most = count - len(segments) if token is Wild.ANY else 1
                star: list[Token] = [token] if token is Wild.ANY else []
                for crossed in range(1, most + 1):
                    between = [list(star) for _ in range(crossed - 1)]
                    ended = [*segments[:-1], [*segments[-1], *star]]
                    _lay(tokens, at + 1, [*ended, *between, list(star)], count, delimiter, found)
            segments[-1].append(token)
        at += 1
    if len(segments) == count:
        found[tuple(tuple(_joined(s)) for s in segments)] = None
        if len(found) > _MOST_SPLITS:
            raise Unreadable("a text has too many wildcards")
