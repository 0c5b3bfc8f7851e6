"""`heiiki boundary`: propose the policy pack's declaration. Imports neither engine nor boto3."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, NamedTuple

import typer
from rich.text import Text

from automation.commands.screen import (
    FAULTS,
    FileOption,
    JsonOption,
    NoColorOption,
    Screen,
    StackOption,
    named_path,
    screen,
)
from automation.errors import RefusedError
from automation.policy_file import read_policy_file
from automation.stack_files import find_stack_files, read_plan
from spec.errors import SpecError
from spec.text_file import is_there


def boundary(
    stack: StackOption = None,
    file: FileOption = None,
    check: Annotated[
        bool,
        typer.Option(
            "--check",
            help="Write nothing; end with 1 if it would change, or if the pack would refuse it.",
        ),
    ] = False,
    state: Annotated[
        Path | None,
        typer.Option(
            "--state", metavar="FILE", parser=named_path,
            help="Of any Pulumi program: from what pulumi stack export wrote there; - is stdin.",
        ),
    ] = None,
    out: Annotated[
        Path | None,
        typer.Option(
            "--out", metavar="FILE", parser=named_path,
            help="With --state, the file. Default: heiiki.<stack>.policy.json here.",
        ),
    ] = None,
    as_json: JsonOption = False,
    no_color: NoColorOption = False,
) -> None:  # fmt: skip
    """Propose heiiki.<stack>.policy.json: what the policy pack shall take as inside.

    From the stack file and the lock file; of any other Pulumi program from its state: the accounts
    and regions that it has made things in, what joins other networks, and ids of what others have
    made. What the file says already stays; what is missing is
    added, with owner and reason left empty for you to fill in: the pack refuses empty ones.
    Whatever else it would refuse, such as an exception that has ended, is told.
    """
    with screen(as_json=as_json, no_color=no_color) as shown:
        from automation.boundary import merged, unsigned
        from automation.lock.text import write_whole

        path, new, unnamed = _proposal(stack, file, state, out)
        old = _present(path)
        document = new if old is None else merged(old, new)
        changed = document != old
        if changed and not check:
            write_whole(path, json.dumps(document, indent=2, ensure_ascii=False) + "\n")
        open_ = unsigned(document)
        refused = _refusals(path, open_)
        if as_json:
            shown.print_json(
                {
                    "policyFile": str(path),
                    "changed": changed,
                    "written": changed and not check,
                    "unsigned": open_,
                    "refused": refused,
                    "unnamed": unnamed,
                    "document": document,
                }
            )
        else:
            _show(shown, path, changed=changed, check=check, open_=open_, refused=refused)
        for line in unnamed:
            shown.warn(f"name it yourself under {line}")
        if check and (changed or open_ or refused):
            raise typer.Exit(FAULTS)


class _Proposal(NamedTuple):
    path: Path
    document: dict[str, Any]
    unnamed: list[str]  # what nobody but people can name


def _proposal(
    stack: str | None, file: Path | None, state: Path | None, out: Path | None
) -> _Proposal:
    from automation.boundary import proposed

    if state is not None:
        return _of_state(state, out, stack or file)
    if out is not None:
        raise RefusedError(
            "--out goes with --state; a stack's policy file stands beside its stack file",
            advice="Leave it out, or name what pulumi stack export wrote by --state.",
        )
    files = find_stack_files(stack, file)
    return _Proposal(files.policy_file, proposed(read_plan(files), files), [])


def _of_state(state: Path, out: Path | None, stack: object) -> _Proposal:
    """What the program of an export is asked for by the proof, where its own account is inside."""
    from automation.boundary_of_state import own, proposed_of, unnamed
    from automation.recorded_stack import own_record, stacks_of, state_text

    if stack:
        raise RefusedError(
            "--state says which stack it is of",
            advice="Leave --stack and --file out; of a stack of heiiki's leave --state out.",
        )
    text = state_text(state)
    record = own_record(text)
    found = _asked_for(text, {"boundary": own(record)})
    name = next((s.rsplit("/", 1)[-1] for s in stacks_of(text)), state.stem)
    path = out or Path(f"heiiki.{name}.policy.json").absolute()
    return _Proposal(path, proposed_of(record, found), unnamed(record, found))


def _asked_for(text: str, inside: Mapping[str, Any]) -> list[dict[str, Any]]:
    """What a proof of an export finds."""
    from tempfile import TemporaryDirectory

    from automation.proof import ProofEngine

    with TemporaryDirectory(prefix="heiiki-") as folder:
        file = Path(folder) / "boundary.json"
        file.write_text(json.dumps(inside), encoding="utf-8")
        return ProofEngine("", "--state", file).answer(lambda: text).findings


def _show(
    shown: Screen, path: Path, *, changed: bool, check: bool, open_: list[str], refused: list[str]
) -> None:
    name = path.name
    if changed:
        told = f"{name} would change; run heiiki boundary"
        shown.out.print(told if check else f"wrote {path}; check it in", markup=False)
    elif not refused:
        shown.out.print(f"{name} lacks nothing", markup=False)
    if open_:
        shown.out.print("Nobody answers for these yet; write owner and reason:")
    for entry in open_:
        shown.out.print(Text(f"  {entry}"))
    if refused:
        shown.out.print(f"The policy pack refuses {name}:", markup=False)
    for fault in refused:
        shown.out.print(Text(f"  {fault}"))


def _refusals(path: Path, open_: list[str]) -> list[str]:
    """What the pack refuses of the file as it is, but for entries that nobody answers for."""
    if not is_there(path):
        return []
    from automation.proof import declaration_faults

    return [f for f in declaration_faults(path) if f.split(":")[0] not in open_]


def _present(path: Path) -> dict[str, Any] | None:
    """The policy file as it is. One that cannot be read is never replaced."""
    if not is_there(path):
        return None
    try:
        document = read_policy_file(path)
    except SpecError as error:
        faults = "; ".join(": ".join(filter(None, (f.path, f.message))) for f in error.faults)
        raise _refused(path, faults) from None
    if not isinstance(document.get("boundary", {}), dict):
        raise _refused(path, "is no object with a boundary")
    for key in ("connections", "supplied", "exceptions"):
        entries = document.get("boundary", {}).get(key, [])
        if not isinstance(entries, list) or not all(isinstance(e, dict) for e in entries):
            raise _refused(path, f"has a boundary.{key} that is no list of objects")
    return document


def _refused(path: Path, why: str) -> RefusedError:
    return RefusedError(
        f"{path.name} {why}",
        advice="It was left as it is. Repair it, or move it away for a new proposal.",
    )
