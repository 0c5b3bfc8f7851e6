"""`heiiki guardrails`: what the organization denies, so that the network stays closed."""

import re
from typing import Annotated

import typer

from automation.commands.folder import FolderOption, require_no_project, write_folder
from automation.commands.screen import (
    FileOption,
    JsonOption,
    NoColorOption,
    StackOption,
    screen,
)

_VPC_ID = re.compile(r"vpc-(?:[0-9a-f]{8}|[0-9a-f]{17})")
_ROLE_ARN = re.compile(r"arn:aws[a-z-]*:iam::\d{12}:role/[\w+=,.@/-]{1,576}", re.ASCII)


def _vpc_id(text: str) -> str:
    if not _VPC_ID.fullmatch(text):
        raise typer.BadParameter(f"{text!r} is no id of a VPC, such as vpc-0a1b2c3d4e5f60718")
    return text


def _deployer(text: str) -> str:
    if not _ROLE_ARN.fullmatch(text):
        raise typer.BadParameter(
            f"{text!r} is no ARN of a role, such as arn:aws:iam::123456789012:role/deployer"
        )
    return text


def guardrails(
    output: FolderOption,
    vpc: Annotated[
        list[str] | None,
        typer.Option(
            "--vpc",
            metavar="ID",
            parser=_vpc_id,
            help="VPC that machines call AWS from; again for another one. Default: the one that "
            "the stack file takes as supplied. Of one that the stack makes: heiiki outputs vpcId.",
        ),
    ] = None,
    deployer: Annotated[
        list[str] | None,
        typer.Option(
            "--deployer",
            metavar="ARN",
            parser=_deployer,
            help="Role that may still open doors and share, such as the one that runs up; again "
            "for another one. Default: nobody.",
        ),
    ] = None,
    stack: StackOption = None,
    file: FileOption = None,
    as_json: JsonOption = False,
    no_color: NoColorOption = False,
) -> None:
    """Write policies for the organization, which keep the network closed once it is.

    Three service control policies: machines' credentials work from the VPC and in the region alone;
    they call on own resources; nobody opens a way out, shares, or makes a cluster that has one. And
    one resource control policy: own resources serve own principals. Attach them to the account that
    holds the cluster, in a test account first. Needs neither AWS nor the engine.
    """  # fmt: skip
    with screen(as_json=as_json, no_color=no_color) as shown:
        from automation.errors import RefusedError
        from automation.rendering import json_text
        from automation.stack_files import find_stack_files, read_plan
        from plan.guard_rails import guard_rails
        from spec.network import ExistingVpc

        require_no_project(output)
        plan = read_plan(find_stack_files(stack, file))
        supplied = plan.spec.network.vpc
        vpc_ids = vpc or ([supplied.vpc_id] if isinstance(supplied, ExistingVpc) else [])
        if not vpc_ids:
            raise RefusedError(
                "the stack makes its VPC, and only AWS tells its id; nothing was written",
                advice="Name it by --vpc: heiiki outputs vpcId prints it, once the stack is up.",
            )
        found = guard_rails(plan, vpc_ids=vpc_ids, deployer_arns=deployer or [])
        write_folder(
            shown, output, {name: json_text(policy) for name, policy in found.items()},
            as_json=as_json,
        )  # fmt: skip
