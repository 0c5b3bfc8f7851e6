"""`heiiki prove`: whether the network is closed, before anything is created or as it is now."""

import json
import os
from collections.abc import Callable, Mapping
from pathlib import Path
from tempfile import TemporaryDirectory
from types import MappingProxyType
from typing import TYPE_CHECKING, Annotated, NamedTuple

import typer

from automation.commands.long_work import At, long_work
from automation.commands.screen import (
    FileOption,
    JsonOption,
    NoColorOption,
    Screen,
    StackOption,
    named_path,
    screen,
)
from automation.errors import AutomationError
from spec.text_file import is_there

if TYPE_CHECKING:
    from automation.described.resources import Described
    from automation.proof import ProofEngine, ProofResult
    from automation.stack_files import StackFiles

_UNREADABLE = 3
_ASKS_AWS = "asks AWS what it has"
_READS_STATE = "reads the state"


def prove(
    stack: StackOption = None,
    file: FileOption = None,
    state: Annotated[
        Path | None,
        typer.Option(
            "--state", metavar="FILE", parser=named_path,
            help="Prove what pulumi stack export wrote there, instead of the stack file: of the "
            "stack that is asked about, or with --boundary and no stack of any Pulumi program; - "
            "is stdin.",
        ),
    ] = None,
    live: Annotated[
        bool,
        typer.Option(
            "--live", help="Prove what AWS has now of the stack that is up; only reads."
        ),
    ] = False,
    vpc: Annotated[
        list[str] | None,
        typer.Option(
            "--vpc", metavar="ID",
            help="With --live and --region: prove this VPC, of no stack. Several may be given.",
        ),
    ] = None,
    region: Annotated[
        str | None, typer.Option("--region", metavar="NAME", help="Where those VPCs are.")
    ] = None,
    manifests: Annotated[
        Path | None,
        typer.Option(
            "--manifests", metavar="PATH", parser=named_path,
            help="Judge these Kubernetes objects too: a file of YAML or JSON, a folder of them, or "
            "- for stdin. Without --stack and --file they are judged alone.",
        ),
    ] = None,
    boundary: Annotated[
        Path | None,
        typer.Option(
            "--boundary", metavar="FILE", parser=named_path,
            help="What is inside. Default: the stack's policy file; for VPCs, their own account; "
            "for manifests alone, nothing.",
        ),
    ] = None,
    facts: Annotated[
        Path | None,
        typer.Option(
            "--facts", metavar="FILE", parser=named_path,
            help="What heiiki facts wrote of what is supplied. Default: the stack's facts file.",
        ),
    ] = None,
    html: Annotated[
        Path | None,
        typer.Option(
            "--html", metavar="FILE", parser=named_path,
            help="Write one page there with the network drawn and the evidence of every rule.",
        ),
    ] = None,
    as_json: JsonOption = False,
    no_color: NoColorOption = False,
) -> None:  # fmt: skip
    """Prove that the network is closed, or show the way out.

    Looks at what every resource says, where packets may go, hop by hop, and whom policies let
    pass. Needs no engine, no credentials and no network; with --live all three, and changes
    nothing. Ends with 0 when the network is closed, or is "open, answered for": somebody answers
    for each way in and out by an exception with a date. With 1 when it is open, 2 when a fact is
    missing, 3 when a file has faults or no policy file says what is inside, or AWS does not tell
    all that it is asked. Beside it stands
    whether the calls of every feature are answered (complete); that changes no exit code, and
    neither does what advisory rules find, unless the policy file makes them mandatory.
    Manifests are called by file and document: of web.yaml:2 the second one is meant.
    """
    with screen(as_json=as_json, no_color=no_color, refused=_UNREADABLE) as shown:
        from automation.proof import EXIT_CODES, manifests_at

        _require_one_source(stack, file, state, live, vpc, region)
        _require_one_of_stdin(state, manifests)
        _require_no_facts(facts, live)
        _require_there(boundary, "Name a heiiki.<stack>.policy.json.")
        _require_there(facts, "Write it with heiiki facts.")
        with manifests_at(manifests) as objects, long_work(shown) as at:
            beside = _Beside(boundary, html, objects, facts, live, at)
            if vpc:
                title, result = _of_vpcs(vpc, str(region), beside)
            elif live:
                title, result = _of_live_stack(shown, stack, file, beside)
            elif state is not None and boundary is not None and not (stack or file):
                title, result = _of_state(state, beside)
            elif objects is not None and (stack, file, state) == (None, None, None):
                title, result = _of_manifests(objects, beside)
            else:
                title, result = _of_files(stack, file, state, beside)
        if as_json:
            shown.print_json({"stack": title, **result.document})
        else:
            from automation.commands.proof_shown import show_proof

            show_proof(shown.out, title, result)
        raise typer.Exit(EXIT_CODES[result.verdict])


def _require_one_source(
    stack: str | None, file: Path | None, state: Path | None, live: bool, vpc: list[str] | None,
    region: str | None,
) -> None:  # fmt: skip
    """Raise RefusedError where options say different things of what is to be proved."""
    from automation.errors import RefusedError

    if live and state is not None:
        raise RefusedError(
            "--live and --state are two things to prove", advice="Leave one of them out."
        )
    if bool(vpc) != bool(region) or (vpc and (not live or stack or file)):
        raise RefusedError(
            "VPCs of no stack are proved by --live, --region and --vpc together",
            advice="Write heiiki prove --live --region ap-northeast-1 --vpc vpc-…, without a "
            "stack; of a stack, heiiki prove -s prod --live.",
        )


def _require_one_of_stdin(*given: Path | None) -> None:
    """Raise RefusedError where two things are to come on stdin, which holds one."""
    from automation.errors import RefusedError

    if [str(path) for path in given].count("-") > 1:
        raise RefusedError(
            "--state and --manifests are both to come on stdin", advice="Name a file for one."
        )


def _require_no_facts(facts: Path | None, live: bool) -> None:
    """Raise RefusedError where what AWS has now would stand beside what it had."""
    from automation.errors import RefusedError

    if facts is not None and live:
        raise RefusedError(
            "--live reads what is supplied itself, and takes no facts file",
            advice="Leave --facts out.",
        )


def _require_declared(files: "StackFiles", beside: "_Beside") -> None:
    """Raise RefusedError where nothing says what is inside: all would be outside, and each policy
    of the own account be shown as open."""
    from automation.errors import RefusedError
    from automation.invocation import invocation

    if beside.boundary is None and not is_there(files.policy_file):
        raise RefusedError(
            f"{files.policy_file.name} is missing beside the stack file, so nothing is declared as "
            "inside and nothing was proved",
            advice=f"{invocation('boundary', files)} proposes it. Or name another file as "
            "--boundary.",
        )


def _require_there(path: Path | None, advice: str) -> None:
    """Raise AutomationError where a file that is named is not there."""
    if path is not None and not path.is_file():
        raise AutomationError(f"{path} cannot be read: there is no such file", advice=advice)


class _Beside(NamedTuple):
    """What is given beside the thing that is proved. at: told of each thing that is begun."""

    boundary: Path | None
    html: Path | None
    manifests: Path | None
    facts: Path | None
    live: bool
    at: At

    def answer(
        self, engine: "ProofEngine", doing: str, question: Callable[[], str]
    ) -> "ProofResult":
        """doing: what it takes to make the question, as the terminal is told of it."""

        def asked() -> str:
            text = question()
            self.at(
                "judges each resource, and asks where packets and names go and whom policies admit"
            )
            return text

        self.at(doing)
        return engine.answer(asked)

    def engine(
        self,
        title: str,
        source: str,
        inside: Path | None = None,
        facts: Path | None = None,
        unread: Mapping[str, str] = MappingProxyType({}),
    ) -> "ProofEngine":
        """inside: says what is inside where no file is given for that."""
        from automation.proof import ProofEngine

        boundary = self.boundary or inside
        described = self.facts or facts
        return ProofEngine(
            title, source, boundary, self.html, described, self.manifests, self.live, unread
        )


def _of_manifests(manifests: Path, beside: _Beside) -> tuple[str, "ProofResult"]:
    return manifests.name, beside.answer(
        beside.engine(manifests.name, ""), "reads the manifests", str
    )


def _of_files(
    stack: str | None, file: Path | None, state: Path | None, beside: _Beside
) -> tuple[str, "ProofResult"]:
    from automation.proof import declared_text
    from automation.stack_files import find_stack_files

    files = find_stack_files(stack, file)
    _require_declared(files, beside)
    if state is None:
        engine = beside.engine(files.stack, "--recorded", files.policy_file, files.facts_file)
        return files.stack, beside.answer(
            engine, "asks the program what it declares", lambda: declared_text(files)
        )
    from automation.recorded_stack import require_state_of, state_text

    text = state_text(state)
    require_state_of(files, text, state)
    engine = beside.engine(files.stack, "--state", files.policy_file, files.facts_file)
    return files.stack, beside.answer(engine, _READS_STATE, lambda: text)


def _of_state(state: Path, beside: _Beside) -> tuple[str, "ProofResult"]:
    """A state of whatever program, called by the stack that it names."""
    from automation.recorded_stack import stacks_of, state_text

    text = state_text(state)
    title = ", ".join(stacks_of(text)) or state.name
    return title, beside.answer(beside.engine(title, "--state"), _READS_STATE, lambda: text)


def _of_live_stack(
    shown: Screen, stack: str | None, file: Path | None, beside: _Beside
) -> tuple[str, "ProofResult"]:
    from automation.described.live import as_text, read_stack
    from automation.stack import Stack

    driven = Stack(stack, file=file)
    files = driven.files
    _require_declared(files, beside)
    beside.at(_ASKS_AWS)
    read = read_stack(driven)
    _tell_missing(shown, read)
    title = files.part.of if files.part else files.stack
    engine = beside.engine(title, "--recorded", files.policy_file, unread=read.silent)
    return title, beside.answer(engine, _ASKS_AWS, lambda: as_text(read.resources))


def _tell_missing(shown: Screen, read: "Described") -> None:
    for resource in read.missing:
        shown.warn(f"{resource.name} ({resource.type.rsplit(':', 1)[-1]}) is recorded, and AWS has "
                   "none; heiiki refresh records that")  # fmt: skip


def _of_vpcs(vpcs: list[str], region: str, beside: _Beside) -> tuple[str, "ProofResult"]:
    from automation.aws_calls import account_of
    from automation.described.live import as_text, read_vpcs

    beside.at(_ASKS_AWS)
    read, own = read_vpcs(account_of(os.environ), region, vpcs)
    title = ", ".join(vpcs)
    with TemporaryDirectory() as folder:
        inside = Path(folder) / "boundary.json"
        inside.write_text(json.dumps({"boundary": {"accounts": [own]}}), encoding="utf-8")
        engine = beside.engine(title, "--recorded", inside, unread=read.silent)
        return title, beside.answer(engine, _ASKS_AWS, lambda: as_text(read.resources))
