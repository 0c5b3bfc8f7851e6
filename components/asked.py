"""What is asked of one run of the program: the stack's configuration and the files beside it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from spec.beside import with_files
from spec.cluster import ClusterSpec
from spec.errors import Fault, SpecError
from spec.lock import Lock, lock_file_name, parse_lock
from spec.part import PartSpec, part_in_config, whole_is_missing
from spec.pki import secrets_in
from spec.stack_file import parse_pulumi_config, parse_stack_file
from spec.text_file import is_there, read_text_file


@dataclass(frozen=True, slots=True)
class Asked:
    """A whole cluster, and which part of it this stack makes; None: all of it.

    where: what the stack file of the whole is called in messages. secrets: what the operator
    supplies of the PKI, by file name.
    """

    spec: ClusterSpec
    lock: Lock
    where: str
    part: PartSpec | None
    secrets: dict[str, str] = field(default_factory=dict, repr=False)


def read_asked(config: Mapping[str, str], *, stack: str, directory: Path) -> Asked:
    """Read what a stack makes, or raise SpecError with every fault at once.

    config: Pulumi's, full keys to text or JSON. A part's says only whose part it is; the whole's
    stack file is read from the directory then, as the lock file always is.
    """
    where = f"Pulumi.{stack}.yaml"
    part = part_in_config(config, where=where)
    if part is None:
        spec = with_files(parse_pulumi_config(config, where=where), directory, where=where)
        return Asked(spec, _lock(directory, stack, where), where, None, secrets_in(config))
    whole = directory / f"Pulumi.{part.of}.yaml"
    if not is_there(whole):
        raise SpecError([whole_is_missing(part)], where=where)
    spec = with_files(
        parse_stack_file(read_text_file(whole), where=whole.name, passed=False),
        directory,
        where=whole.name,
    )
    return Asked(spec, _lock(directory, part.of, whole.name), whole.name, part)


def _lock(directory: Path, stack: str, where: str) -> Lock:
    path = directory / lock_file_name(stack)
    if not is_there(path):
        fault = Fault("", f"is missing beside {where}; run heiiki lock --stack {stack}")
        raise SpecError([fault], where=path.name)
    return parse_lock(read_text_file(path), where=path.name)
