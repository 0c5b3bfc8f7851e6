"""A part and the stacks around it: which must be up first, and which must be gone first."""

from collections.abc import Mapping

from automation.errors import RefusedError
from automation.invocation import invocation, of_part
from automation.stack_files import StackFiles
from spec.errors import SpecError
from spec.part import ORDER, PartName, PartSpec, part_in_file

# Short names of the stacks of this project and how many resources each has recorded, components
# and providers too; None where the backend does not count them.
Stacks = Mapping[str, int | None]


def is_split(files: StackFiles) -> bool:
    """Whether other stacks have to do with this one: it is a part, or parts of it lie beside."""
    return files.part is not None or bool(_parts_beside(files))


def require_earlier(files: StackFiles, stacks: Stacks) -> None:
    """Raise RefusedError unless a part's earlier parts are up, and nothing would be made twice.

    Stacks of other projects are not known here; the program tells what is wrong with them.
    """
    part = files.part
    if part is None:
        _require_no_parts(files, stacks)
        return
    if stacks.get(part.of, 0) != 0:
        raise RefusedError(
            f"stack {part.of} is up as a whole, and its {part.name} part would be made once more",
            advice=f"Nothing was changed. Destroy the stack {part.of} first, or leave it whole: "
            "what is up is not moved between stacks.",
        )
    for name in part.earlier:
        if _is_here(part, name) and stacks.get(part.stack_of(name), 0) == 0:
            raise RefusedError(
                f"stack {part.stack_of(name)}, the {name} part of {part.of}, is not up, and the "
                f"{part.name} part stands on it",
                advice=f"Nothing was changed. Run {invocation('up', of_part(files, name))} first; "
                f"the order is {', '.join(ORDER)}.",
            )


def require_no_later(files: StackFiles, stacks: Stacks) -> None:
    """Raise RefusedError while a later part, which stands on this one, is up."""
    part = files.part
    if part is None:
        return
    for name in reversed(part.later):
        if _is_here(part, name) and stacks.get(part.stack_of(name), 0) != 0:
            raise RefusedError(
                f"stack {part.stack_of(name)}, the {name} part of {part.of}, is still up and "
                f"stands on the {part.name} part",
                advice="Nothing was changed. Run "
                f"{invocation('destroy', of_part(files, name))} first; the order is "
                f"{', '.join(reversed(ORDER))}.",
            )


def _require_no_parts(files: StackFiles, stacks: Stacks) -> None:
    up = [stack for stack in _parts_beside(files) if stacks.get(stack, 0) != 0]
    if up:
        raise RefusedError(
            f"{', '.join(up)} {'is' if len(up) == 1 else 'are'} up as parts of {files.stack}, and "
            "the whole would make them once more",
            advice="Nothing was changed. Work on the parts' stacks, or destroy them first.",
        )


def _parts_beside(files: StackFiles) -> list[str]:
    """Short names of the stacks whose files lie beside and say that they are parts of this one."""
    found = []
    for path in sorted(files.stack_file.parent.glob("Pulumi.*.yaml")):
        try:
            part = part_in_file(path.read_text(encoding="utf-8"), where=path.name)
        except (SpecError, OSError, UnicodeDecodeError):
            continue  # another stack's file, told by that stack's commands
        if part is not None and part.of == files.short_name:
            found.append(path.name.removeprefix("Pulumi.").removesuffix(".yaml"))
    return found


def _is_here(part: PartSpec, name: PartName) -> bool:
    return "/" not in part.stack_of(name)
