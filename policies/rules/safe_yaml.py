"""YAML of others, read by the safe loader and within limits.

Aliases let a few lines stand for a billion values, deep nesting exhausts the stack, and a key that
is written twice means something else to each reader. The events are counted first, aliases as what
they stand for; nothing is built before that.
"""

from typing import Any

from rules.nesting import DEEPEST

LONGEST = 16 * 1024 * 1024  # characters
MOST = 500_000  # values, aliases counted as what they stand for


class YamlFault(ValueError):
    """Why a text is not taken: what is wrong, and the line that it is wrong in."""

    def __init__(self, line: int, what: str) -> None:
        super().__init__(f"line {line}: {what}")
        self.line, self.what = line, what


def documents(text: str) -> list[tuple[int, Any]]:
    """Every document with its first line; YamlFault where one cannot be taken."""
    import yaml  # here, since few deployments hold YAML

    if len(text) > LONGEST:
        raise YamlFault(1, f"is longer than {LONGEST} characters")
    try:
        loader = _loader()(text)
        try:
            _count(text)
            return list(_each(loader))
        finally:
            loader.dispose()
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        # The problem alone: its context may quote a value.
        raise YamlFault(mark.line + 1 if mark else 1, "is no YAML") from None
    except (ValueError, OverflowError, RecursionError) as error:
        if isinstance(error, YamlFault):
            raise
        # Such as a date of a thirteenth month.
        raise YamlFault(1, "holds a value that cannot be read") from None


def document(text: str) -> Any:
    """The one document of a text; None where there is none."""
    found = documents(text)
    if len(found) > 1:
        raise YamlFault(found[1][0], "begins a second document")
    return found[0][1] if found else None


def _each(loader: Any) -> Any:
    while loader.check_node():
        node = loader.get_node()
        yield node.start_mark.line + 1, loader.construct_document(node)


def _count(text: str) -> None:
    """Refuse what is too deep or stands for too much."""
    import yaml

    count, depth = 0, 0
    began: list[tuple[str | None, int]] = []  # open collections: anchor, and the count before it
    sizes: dict[str, int] = {}
    for event in yaml.parse(text, Loader=_parser()):
        count += 1
        line = event.start_mark.line + 1 if event.start_mark else 1
        if isinstance(event, yaml.CollectionStartEvent):
            depth += 1
            began.append((event.anchor, count))
        elif isinstance(event, yaml.CollectionEndEvent):
            depth -= 1
            anchor, before = began.pop()
            if anchor:
                sizes[anchor] = count - before
        elif isinstance(event, yaml.AliasEvent):
            if any(anchor == event.anchor for anchor, _ in began):
                raise YamlFault(line, "holds an alias of what it stands in")
            count += sizes.get(str(event.anchor), 0)
        if depth > DEEPEST:
            raise YamlFault(line, f"is nested deeper than {DEEPEST}")
        if count > MOST:
            raise YamlFault(line, f"stands for more than {MOST} values")


def _parser() -> Any:
    import yaml

    return getattr(yaml, "CSafeLoader", yaml.SafeLoader)


_made: list[Any] = []


def _loader() -> Any:
    """The safe loader that refuses a key which is written twice; made once, when it is needed."""
    if _made:
        return _made[0]
    import yaml

    class Loader(_parser()):  # type: ignore[misc]
        def construct_mapping(self, node: Any, deep: bool = False) -> Any:
            if isinstance(node, yaml.MappingNode):
                seen = set()
                for key, _ in node.value:  # what `<<` brings in is not there yet
                    if isinstance(key, yaml.ScalarNode):
                        if (key.tag, key.value) in seen:
                            raise YamlFault(key.start_mark.line + 1, "holds a key twice")
                        seen.add((key.tag, key.value))
            return super().construct_mapping(node, deep=deep)

    _made.append(Loader)
    return Loader
