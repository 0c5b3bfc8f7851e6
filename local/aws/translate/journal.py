"""What this provider created and the engine has not yet shown to know.

The engine can be killed after a create call and before it writes the id down. Its next run then
asks to create the same URN again. The journal answers with the object that is there.

Guaranteed: while the provider's process lives, each create of a URN that the engine never followed
up (with a diff, read, update or delete of that id) is adopted by the next create of that URN, under
the name that was generated then; and two creates of one URN run one after the other. With a file,
the same holds across a restart of the provider, except for a provider killed between the answer of
the API and the next line of its own. Only URNs, ids and generated names are kept, never inputs.
"""

import contextlib
import json
import threading
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path


@dataclass(frozen=True)
class Made:
    urn: str
    id: str
    name: str


class Journal:
    def __init__(self, file: Path | None = None):
        self._file = file
        self._made: dict[str, list[Made]] = {}
        self._lock = threading.Lock()
        self._urn_locks: dict[str, threading.Lock] = {}
        if file is not None and file.exists():
            for line in file.read_text("utf-8").splitlines():
                made = Made(**json.loads(line))
                self._made.setdefault(made.urn, []).append(made)

    @contextlib.contextmanager
    def creating(self, urn: str) -> Iterator[Made | None]:
        """Holds the URN, and yields what an unfinished run made for it."""
        with self._lock:
            urn_lock = self._urn_locks.setdefault(urn, threading.Lock())
        with urn_lock:
            yield self.unacknowledged(urn)

    def unacknowledged(self, urn: str) -> Made | None:
        with self._lock:
            made = self._made.get(urn)
            return made[-1] if made else None

    def record(self, made: Made) -> None:
        with self._lock:
            self._made.setdefault(made.urn, []).append(made)
            self._write()

    def forget(self, urn: str, id_: str) -> None:
        """The engine knows this id, or it is gone."""
        with self._lock:
            before = self._made.get(urn)
            if before is None:
                return
            after = [made for made in before if made.id != id_]
            if len(after) != len(before):
                self._made[urn] = after
                if not after:
                    del self._made[urn]
                self._write()

    def _write(self) -> None:
        if self._file is None:
            return
        lines = [json.dumps(asdict(m)) for made in self._made.values() for m in made]
        draft = self._file.with_suffix(".new")
        draft.write_text("".join(line + "\n" for line in lines), "utf-8")
        draft.replace(self._file)
