"""The lock file as text: the same lock gives the same bytes, and a file is never half-written."""

import difflib
import os
import tempfile
from pathlib import Path

import yaml

from spec.lock import Lock

_HEADER = (
    "# Written by `heiiki lock`; check it in. Run it again to move to newer images and versions.\n"
)


def lock_text(lock: Lock) -> str:
    """The file's content; of `supplied` only the nouns of which something is supplied."""
    content = lock.model_dump(mode="json", by_alias=True)
    content["supplied"] = {noun: read for noun, read in content["supplied"].items() if read}
    if not content["supplied"]:
        del content["supplied"]
    for service in content["endpointServices"].values():
        if service["prefixListId"] is None:  # of interfaces
            del service["prefixListId"]
    for offered in content["instanceTypes"].values():
        if offered["limits"] is None:  # the shipped table has them
            del offered["limits"]
    return _HEADER + yaml.safe_dump(content, sort_keys=False, allow_unicode=True, width=100)


def lock_diff(old: str | None, new: str, *, name: str) -> list[str]:
    """What would change, as the lines of a unified diff; empty when nothing would."""
    before = "" if old is None else old
    return list(
        difflib.unified_diff(
            before.splitlines(), new.splitlines(),
            "nothing" if old is None else name, name, n=1, lineterm="",
        )
    )  # fmt: skip


def write_whole(path: Path, text: str, *, mode: int = 0o644) -> None:
    """Write beside the file and move it there, so that readers see the old or the new one.

    Of a symbolic link it is the target that is written; the link stays.
    """
    path = Path(os.path.realpath(path))
    descriptor, draft = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            os.fchmod(file.fileno(), mode)
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        os.replace(draft, path)
    except BaseException:
        Path(draft).unlink(missing_ok=True)
        raise
