"""A stack's private folder: what one operation works from.

The CLI writes the salt of a passphrase, or an encrypted data key, into the stack file it is given.
Therefore it is given a copy: the stack file that people edit and check in is never written to.
What encrypts the secrets lies in the stack's state as well, from the stack's first moment; the
engine takes it from there (PULUMI_FALLBACK_TO_STATE_SECRETS_MANAGER), so the folder may be deleted
at any time, and a fresh clone works. A stack file that carries its own `encryptionsalt` or
`secretsprovider` and `encryptedkey`, as the ordinary `pulumi` writes them, is copied with them.

The lock file, the policy pack's settings and, for a part, the whole's stack file are copied too:
what a preview has judged and a person has approved is what `up` then uses, whatever is edited in
between.
"""

import fcntl
import json
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from automation.errors import StackLockedError
from automation.stack_files import StackFiles
from spec.errors import Fault, SpecError
from spec.stack_file import load_yaml


@dataclass(frozen=True, slots=True)
class Workspace:
    """Copies of one stack's files, as they were when the operation began."""

    directory: Path
    config_file: Path
    policy_file: Path | None
    secrets_provider: str | None  # for a stack that is yet to be made


def home(environment: Mapping[str, str], project: Path) -> Path:
    """Where heiiki keeps what it makes: HEIIKI_HOME, else .heiiki in the project."""
    return Path(environment.get("HEIIKI_HOME") or project / ".heiiki").absolute()


@contextmanager
def opened(files: StackFiles, project: Path, environment: Mapping[str, str]) -> Iterator[Workspace]:
    """The stack's folder with fresh copies, held against other operations from this checkout."""
    directory = home(environment, project) / "stacks" / files.short_name
    directory.mkdir(parents=True, exist_ok=True, mode=0o700)
    with _held(directory / "busy.lock", files.stack):
        yield _filled(files, project, directory)


@contextmanager
def _held(path: Path, stack: str) -> Iterator[None]:
    """The lock belongs to the open file, so it ends with the process, however that ends."""
    with path.open("a+") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            file.seek(0)
            raise StackLockedError(
                f"another heiiki works on stack {stack} in this checkout (process {file.read()})",
                advice="Wait for it to end.",
            ) from None
        file.truncate(0)
        file.write(str(os.getpid()))
        file.flush()
        yield


def _filled(files: StackFiles, project: Path, directory: Path) -> Workspace:
    text = files.stack_file.read_text(encoding="utf-8")
    document = load_yaml(text, where=files.stack_file.name) or {}
    provider = document.get("secretsprovider")
    if provider is not None and "encryptedkey" not in document:
        del document["secretsprovider"]  # the data key is in the state; this alone makes a new one
        text = yaml.safe_dump(document, sort_keys=False)
    config_file = directory / f"Pulumi.{files.short_name}.yaml"
    _put(config_file, text)
    _put(directory / "Pulumi.yaml", (project / "Pulumi.yaml").read_text(encoding="utf-8"))
    if files.part is not None:
        _put_whole(files, directory)
    if files.lock_file.is_file():
        _put(directory / files.lock_file.name, files.lock_file.read_text(encoding="utf-8"))
    policy_file = _policy(files, directory)
    return Workspace(directory, config_file, policy_file, provider)


def _put_whole(files: StackFiles, directory: Path) -> None:
    """The whole's stack file, beside a part's, where the program looks for it."""
    copy = directory / files.spec_file.name
    copy.unlink(missing_ok=True)
    if not files.spec_file.is_file():  # what works on the record does without
        return
    _put(copy, files.spec_file.read_text(encoding="utf-8"))


def _policy(files: StackFiles, directory: Path) -> Path | None:
    copy = directory / files.policy_file.name
    copy.unlink(missing_ok=True)
    if not files.policy_file.is_file():
        return None
    _put(copy, json.dumps(_settings(files.policy_file), indent=2))
    return copy


def _settings(path: Path) -> dict[str, Any]:
    try:
        settings = json.loads(path.read_text(encoding="utf-8"))
    except ValueError as error:
        raise SpecError([Fault("", f"is no JSON: {error}")], where=path.name) from None
    if not isinstance(settings, dict):
        raise SpecError([Fault("", "must be an object of settings by policy")], where=path.name)
    return settings


def _put(path: Path, text: str) -> None:
    """Never readable by others, not even for the moment between writing and closing."""
    path.unlink(missing_ok=True)
    with open(
        os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8"
    ) as file:
        file.write(text)
