"""A stack's files: where they lie, and what they say. Nothing here needs the engine or AWS."""

import re
import stat
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from automation.errors import RefusedError
from machines.rendered import check_rendered
from plan.check import plan_or_every_fault
from plan.cluster import ClusterPlan
from spec.beside import files_beside, with_files
from spec.cluster import ClusterSpec
from spec.errors import Fault, SpecError
from spec.lock import Lock, lock_file_name, parse_lock
from spec.part import PartName, PartSpec, part_in_file, whole_is_missing
from spec.stack_file import parse_stack_file
from spec.text_file import is_there, read_text_file

T = TypeVar("T")
PROJECT = Path(__file__).parents[1]  # holds Pulumi.yaml and the program
DEFAULT_STACK = "dev"
_SHOWN = 80  # characters of a path that is too long to exist
_NAME = r"[A-Za-z0-9_][A-Za-z0-9_.-]{0,99}"
_STACK_NAME = re.compile(rf"(?:{_NAME}/){{0,2}}{_NAME}")
_STACK_FILE = re.compile(rf"Pulumi\.({_NAME})\.ya?ml")


@dataclass(frozen=True, slots=True)
class StackFiles:
    """The files of one stack. The lock file and the policy settings lie beside the stack file.

    stack: the name that the engine is told, with its organization where it has one.
    part: which part of which whole it is; None for a whole, and where the file does not say it
    well, which `read_spec` then tells.
    """

    stack: str
    stack_file: Path
    part: PartSpec | None = None

    @property
    def short_name(self) -> str:
        """The stack's name without organization and project, as in file names."""
        return self.stack.rsplit("/", 1)[-1]

    @property
    def whole_name(self) -> str:
        """The short name of the stack whose file says what the cluster is."""
        return self.part.of if self.part else self.short_name

    @property
    def spec_file(self) -> Path:
        """The file that says what the cluster is: the stack file, or of a part the whole's."""
        if self.part is None:
            return self.stack_file
        return self.stack_file.parent / f"Pulumi.{self.part.of}.yaml"

    @property
    def lock_file(self) -> Path:
        return self.stack_file.parent / lock_file_name(self.whole_name)

    @property
    def policy_file(self) -> Path:
        """The policy pack's settings; there need not be any. A part without its own has the
        whole's."""
        own, whole = (
            self.stack_file.parent / f"heiiki.{name}.policy.json"
            for name in (self.short_name, self.whole_name)
        )
        return own if is_there(own) else whole

    @property
    def facts_file(self) -> Path:
        """What was read of a supplied network; there need not be any. Parts have the whole's."""
        return self.stack_file.parent / f"heiiki.{self.whole_name}.facts.json"

    def stack_of(self, part: PartName) -> str:
        """The stack of another part, as the engine is told it."""
        assert self.part is not None
        name = self.part.stack_of(part)
        return name if "/" in name else self.stack[: -len(self.short_name)] + name


def find_stack_files(
    stack: str | None = None, file: Path | None = None, *, project: Path = PROJECT
) -> StackFiles:
    """The files of `stack` in the project, or those that `file` names.

    file: a Pulumi.<stack>.yaml, or a folder that holds it. Without a stack's name, the file gives
    it; without both it is the stack dev. RefusedError, too, where the current folder holds another
    file of the name that is looked for in the checkout, or belongs to another program and no stack
    is named.
    """
    if stack is not None:
        require_name(stack)
    if file is None:
        named, stack = stack is not None, stack or DEFAULT_STACK
        path = project / f"Pulumi.{stack.rsplit('/', 1)[-1]}.yaml"
        if project == PROJECT:
            _refuse_two(path)
            if not named:
                _refuse_elsewhere(path)
        return _files(stack, _existing(path, project))
    if _is_folder(file):
        file = _only_stack_file(file, stack)
    match = _STACK_FILE.fullmatch(file.name)
    if match is None:
        raise RefusedError(
            f"{file} is no stack file", advice="Its name must be Pulumi.<stack>.yaml."
        )
    if stack is not None and match[1] != stack.rsplit("/", 1)[-1]:
        raise RefusedError(
            f"{file} is the file of stack {match[1]}, not of {stack}",
            advice="Leave --stack out, or name the file of that stack.",
        )
    return _files(stack or match[1], _existing(file.absolute(), project))


def _refuse_two(path: Path) -> None:
    """Raise RefusedError where the current folder has another file of that name: whoever stands
    there may mean either."""
    try:
        here = Path.cwd() / path.name
        if not is_there(here) or (is_there(path) and here.samefile(path)):
            return
    except OSError:  # no current folder any more, or a link that leads nowhere
        return
    raise RefusedError(
        f"{path.name} lies in the current folder, and without --file {path} is meant",
        advice=f"Write --file . for the one that lies here, or --file {path}.",
    )


def _refuse_elsewhere(path: Path) -> None:
    """Raise RefusedError where the current folder is another program's: whoever stands there hardly
    means the checkout's stack, and would take the answer for one about that program."""
    try:
        here = Path.cwd()
        of = next((f for f in (here, *here.parents) if is_there(f / "Pulumi.yaml")), None)
        if of is None or of.samefile(PROJECT):
            return
    except OSError:
        return
    raise RefusedError(
        f"{of / 'Pulumi.yaml'} is another program's, and without a stack {path} is meant",
        advice=f"Write --stack {DEFAULT_STACK} for the checkout's, or --file for a stack file of "
        "heiiki's. What any other program has recorded, heiiki prove --state FILE --boundary FILE "
        "proves.",
    )


def require_name(stack: str) -> None:
    """Raise RefusedError unless the engine would take it for a stack's name."""
    if not _STACK_NAME.fullmatch(stack):
        raise RefusedError(
            f"{stack!r} is no name of a stack",
            advice="Write letters, digits, '-', '_' and '.', such as dev or my-organization/dev.",
        )


def _files(stack: str, path: Path) -> StackFiles:
    try:
        part = part_in_file(read_text_file(path), where=path.name)
    except SpecError:  # told by `read_spec`; what works on the record needs no sound file
        part = None
    return StackFiles(stack, path, part)


def _only_stack_file(folder: Path, stack: str | None) -> Path:
    if stack is not None:
        return folder / f"Pulumi.{stack.rsplit('/', 1)[-1]}.yaml"
    found = sorted(f for f in folder.glob("Pulumi.*.y*ml") if _STACK_FILE.fullmatch(f.name))
    if len(found) != 1:
        names = ", ".join(f.name for f in found) or "none"
        raise RefusedError(
            f"{folder} should hold one stack file, and holds {names}",
            advice="Name the file itself.",
        )
    return found[0]


def _is_folder(path: Path) -> bool:
    try:
        return path.is_dir()
    except OSError as error:
        text = str(path)
        shown = text if len(text) <= _SHOWN else f"{text[:_SHOWN]}…"
        raise RefusedError(
            f"{shown} cannot be looked at: {error.strerror}", advice="Name another file or folder."
        ) from None


def _existing(path: Path, project: Path) -> Path:
    if is_there(path):
        return _ordinary(path)
    others = sorted(f.name for f in path.parent.glob("Pulumi.*.yaml") if f.is_file()) or ["none"]
    raise RefusedError(
        f"{path} does not exist",
        advice=f"Stack files there: {', '.join(others)}. Write it (the smallest one is "
        f"{project / 'Pulumi.dev.yaml'}), or name another.",
    )


def _ordinary(path: Path) -> Path:
    """The path of a file. That its text is none is told by `read_spec`; refresh and destroy may
    do without it."""
    try:
        mode = path.stat().st_mode
    except OSError as error:
        raise RefusedError(
            f"{path} leads nowhere: {error.strerror}", advice="Mend the link, or name another file."
        ) from None
    if not stat.S_ISREG(mode):
        raise RefusedError(f"{path} is no ordinary file", advice="Name another file.")
    return path


def read_spec(files: StackFiles) -> ClusterSpec:
    """What the stack file asks for, of a part the whole's; or SpecError with every fault."""
    _check_part(files)
    name = files.spec_file.name
    text = read_text_file(files.spec_file)
    spec = parse_stack_file(text, where=name, passed=files.part is None)
    return with_files(spec, files.spec_file.parent, where=name)


def named_files(files: StackFiles) -> list[str]:
    """Files beside the stack file that it names, by their paths there; or SpecError."""
    text = read_text_file(files.spec_file)
    passed = files.part is None
    return files_beside(parse_stack_file(text, where=files.spec_file.name, passed=passed))


def _check_part(files: StackFiles) -> None:
    """Raise SpecError when the file says badly which part it is, or its whole is not there."""
    if files.part is None:
        part_in_file(read_text_file(files.stack_file), where=files.stack_file.name)
    elif not is_there(files.spec_file):
        raise SpecError([whole_is_missing(files.part)], where=files.stack_file.name)


def read_lock(files: StackFiles) -> Lock:
    """The lock file, or SpecError with every fault at once."""
    name = files.lock_file.name
    if not is_there(files.lock_file):
        missing = Fault("", f"is missing beside {files.spec_file.name}; run heiiki lock")
        raise SpecError([missing], where=name)
    return parse_lock(read_text_file(files.lock_file), where=name)


def read_plan(files: StackFiles) -> ClusterPlan:
    """Everything that follows from the files, down to what machines would read.

    Raises SpecError with the faults of both of them.
    """
    _check_part(files)  # without a whole it is not known which lock file is meant
    name = files.spec_file.name
    plan = plan_or_every_fault(
        _or_faults(read_spec, files), _or_faults(read_lock, files), where=name
    )
    return check_rendered(plan, where=name)


def _or_faults(read: Callable[[StackFiles], T], files: StackFiles) -> T | SpecError:
    try:
        return read(files)
    except SpecError as error:
        return error
