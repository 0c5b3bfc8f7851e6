"""A stack's private folder: what one operation works from.

The CLI writes the salt of a passphrase, or an encrypted data key, into the stack file it is given.
Therefore it is given a copy: the stack file that people edit and check in is never written to.
What encrypts the secrets lies in the stack's state as well, from the stack's first moment; the
engine takes it from there (PULUMI_FALLBACK_TO_STATE_SECRETS_MANAGER), so the folder may be deleted
at any time, and a fresh clone works. A stack file that carries its own `encryptionsalt` or
`secretsprovider` and `encryptedkey`, as the ordinary `pulumi` writes them, is copied with them.

The lock file, the policy pack's settings, what is known of a supplied network, files that the stack
file names and, for a part, the whole's stack file are copied too: what a preview has judged and a
person has approved is what `up` then uses, whatever is edited in between.
"""

import fcntl
import json
import os
import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TextIO

import yaml

from automation.errors import StackLockedError, UnwritableError
from automation.policy_file import read_policy_file
from automation.stack_files import StackFiles, named_files, read_spec
from spec.errors import Fault, SpecError
from spec.text_file import is_there, read_text_file
from spec.yaml_text import StackFileDumper, load_yaml


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
def opened(
    files: StackFiles, project: Path, environment: Mapping[str, str], *, on_record: bool = False,
) -> Iterator[Workspace]:  # fmt: skip
    """The stack's folder with fresh copies, held against other operations from this checkout.

    on_record: the operation works on what is recorded and runs no program. A stack file with
    faults does not hinder it then: what the last operation has copied serves instead.
    """
    directory = home(environment, project) / "stacks" / files.short_name
    with writing(directory):
        directory.mkdir(parents=True, exist_ok=True, mode=0o700)
        lock = (directory / "busy.lock").open("a+")
    with lock, _held(lock, files.stack):
        with writing(directory):
            if on_record:
                workspace = _for_the_record(files, project, directory)
            else:
                workspace = _filled(files, project, directory)
        yield workspace


@contextmanager
def writing(directory: Path) -> Iterator[None]:
    """Say of a folder that cannot be written to that it cannot."""
    try:
        yield
    except OSError as error:
        raise UnwritableError(directory, error.strerror or str(error)) from None


@contextmanager
def _held(file: TextIO, stack: str) -> Iterator[None]:
    """The lock belongs to the open file, so it ends with the process, however that ends."""
    with writing(Path(file.name).parent):
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
    config_file, provider = _put_stack_file(files, directory)
    _put(directory / "Pulumi.yaml", (project / "Pulumi.yaml").read_text(encoding="utf-8"))
    if files.part is not None:
        _put_whole(files, directory)
    if is_there(files.lock_file):
        _put(directory / files.lock_file.name, read_text_file(files.lock_file))
    policy_file = _policy(files, directory)
    _put_facts(files, directory)
    _put_named(files, directory)
    return Workspace(directory, config_file, policy_file, provider)


def _for_the_record(files: StackFiles, project: Path, directory: Path) -> Workspace:
    """No program runs, so of the stack's files only the engine's own configuration is read."""
    kept = directory / f"Pulumi.{files.short_name}.yaml"
    try:
        read_spec(files)
    except SpecError:
        if kept.is_file():
            return Workspace(directory, kept, None, None)
    config_file, provider = _put_stack_file(files, directory)
    _put(directory / "Pulumi.yaml", (project / "Pulumi.yaml").read_text(encoding="utf-8"))
    return Workspace(directory, config_file, None, provider)


def _put_stack_file(files: StackFiles, directory: Path) -> tuple[Path, str | None]:
    """The copy, and the secrets provider that the file names."""
    text = read_text_file(files.stack_file)
    document = _mapping(text, where=files.stack_file.name)
    provider = document.get("secretsprovider")
    if provider is not None and "encryptedkey" not in document:
        del document["secretsprovider"]  # the data key is in the state; this alone makes a new one
        text = yaml.dump(document, Dumper=StackFileDumper, sort_keys=False)
    config_file = directory / f"Pulumi.{files.short_name}.yaml"
    _put(config_file, text)
    return config_file, provider


def _mapping(text: str, *, where: str) -> dict[str, Any]:
    document = load_yaml(text, where=where)
    if document is None:
        return {}
    if not isinstance(document, dict):
        raise SpecError([Fault("", "must be a mapping that begins with config:")], where=where)
    return document


def _put_whole(files: StackFiles, directory: Path) -> None:
    """The whole's stack file, beside a part's, where the program looks for it."""
    copy = directory / files.spec_file.name
    copy.unlink(missing_ok=True)
    if not is_there(files.spec_file):  # told by who needs it
        return
    _put(copy, read_text_file(files.spec_file))


def _put_facts(files: StackFiles, directory: Path) -> None:
    """Under the stack's own name, by which the pack looks for it; it judges what they say."""
    copy = directory / f"heiiki.{files.short_name}.facts.json"
    copy.unlink(missing_ok=True)
    if is_there(files.facts_file):
        _put(copy, read_text_file(files.facts_file))


def _put_named(files: StackFiles, directory: Path) -> None:
    """Files of folders beside the stack file that it names, in their folders."""
    try:
        read_spec(files)
        names = named_files(files)
    except SpecError:  # told by the program, from the same files
        return
    for folder in {directory / name.partition("/")[0] for name in names}:
        shutil.rmtree(folder, ignore_errors=True)  # what an earlier run left there
    for name in names:
        (directory / name).parent.mkdir(parents=True, exist_ok=True)
        _put(directory / name, read_text_file(files.spec_file.parent / name))


def _policy(files: StackFiles, directory: Path) -> Path | None:
    copy = directory / files.policy_file.name
    copy.unlink(missing_ok=True)
    if not is_there(files.policy_file):
        return None
    _put(copy, json.dumps(read_policy_file(files.policy_file), indent=2))
    return copy


def _put(path: Path, text: str) -> None:
    """Never readable by others, not even for the moment between writing and closing."""
    path.unlink(missing_ok=True)
    with open(
        os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8"
    ) as file:
        file.write(text)
