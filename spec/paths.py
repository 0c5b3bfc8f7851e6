"""Paths of a file's keys as people write them, such as network.subnets.nodes-1a."""

from collections.abc import Iterable, Iterator


class Paths:
    """Many paths, asked at once: in time that grows with the paths and not with their pairs."""

    def __init__(self, paths: Iterable[str]) -> None:
        self._ends = set(paths)
        self._through = {start for path in self._ends for start in _starts(path)}

    def touch(self, path: str) -> bool:
        """Whether the path leads through one of these, or one of these through it."""
        return path in self._through or any(start in self._ends for start in _starts(path))


def _starts(path: str) -> Iterator[str]:
    """The path and each one that it leads through."""
    yield path
    while "." in path:
        path = path.rpartition(".")[0]
        yield path
