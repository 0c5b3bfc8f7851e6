"""What is asked of one run of the program: the stack's configuration and the files beside it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from spec.beside import with_files
from spec.cluster import ClusterSpec
from spec.errors import Fault, SpecError
from spec.lock import Lock, lock_file_name, parse_lock
from spec.part import PartSpec, part_in_config, part_in_file, whole_is_missing
from spec.pki import secrets_in
from spec.stack_file import PART_KEY, parse_pulumi_config, parse_stack_file
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


def read_asked(
    config: Mapping[str, str], *, stack: str, directory: Path, judged: bool = False
) -> Asked:
    """Read what a stack makes, or raise SpecError with every fault at once.

    config: Pulumi's, full keys to text or JSON. A part's says only whose part it is; the whole's
    stack file is read from the directory then, as the lock file always is. judged: the stack file
    in the directory is what commands without an engine have judged; the engine must pass on that
    and no more, such as defaults of the project or what an ESC environment adds.
    """
    where = f"Pulumi.{stack}.yaml"
    part = part_in_config(config, where=where)
    if judged and is_there(directory / where):
        _compare(config, part, directory / where)
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


def _compare(config: Mapping[str, str], part: PartSpec | None, file: Path) -> None:
    text = read_text_file(file)
    passed: PartSpec | ClusterSpec | None
    written: PartSpec | ClusterSpec | None
    if part is None:
        passed = parse_pulumi_config(config, where=file.name)
        written = parse_stack_file(text, where=file.name)
    else:
        passed, written = part, part_in_file(text, where=file.name)
    if passed == written:
        return
    keys = [PART_KEY]
    if isinstance(passed, ClusterSpec) and isinstance(written, ClusterSpec):
        one, other = passed.model_dump(by_alias=True), written.model_dump(by_alias=True)
        keys = [key for key in one if one[key] != other[key]]
    message = (
        "is passed on by the engine otherwise than this file says; Pulumi.yaml has a config: of "
        "its own, or environment: names what adds to it: write the values into this file"
    )
    raise SpecError([Fault(key, message) for key in keys], where=file.name)


def _lock(directory: Path, stack: str, where: str) -> Lock:
    path = directory / lock_file_name(stack)
    if not is_there(path):
        fault = Fault("", f"is missing beside {where}; run heiiki lock --stack {stack}")
        raise SpecError([fault], where=path.name)
    return parse_lock(read_text_file(path), where=path.name)
