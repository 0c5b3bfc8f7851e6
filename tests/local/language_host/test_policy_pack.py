"""Policy packs under the real engine."""

import textwrap

import pytest

from .conftest import Project
from .test_program import PROGRAM

pytestmark = pytest.mark.engine

PACK = """
    import os
    import pulumi
    from pulumi_policy import *

    def validate(args, report):
        if args.resource_type == "tiny:index:Part":
            report(
                f"no {args.name} in {pulumi.get_stack()} of {pulumi.get_project()}, "
                f"{pulumi.Config('tiny').get('size')}, {os.path.basename(os.getcwd())}"
            )

    def validate_stack(args, report):
        report(f"saw {len(args.resources)}")

    PolicyPack(
        "strict",
        policies=[
            ResourceValidationPolicy("no-part", "No parts.", validate, EnforcementLevel.MANDATORY),
            StackValidationPolicy("count", "Counts.", validate_stack, EnforcementLevel.ADVISORY),
        ],
    )
    """


def test_a_pack_that_denies_fails_the_preview_and_knows_the_stack(project: Project) -> None:
    project.pulumi("config", "set", "size", "large")
    project.write(PROGRAM)
    pack = project.write_pack(PACK)

    said = project.pulumi("preview", "--policy-pack", str(pack), exit_code=1)

    assert "no one in dev of tiny, large, pack" in said


def test_the_same_program_passes_without_the_pack(project: Project) -> None:
    project.write(PROGRAM)

    assert "2 to create" in " ".join(project.pulumi("preview").split())


def test_a_pack_that_only_advises_sees_the_whole_stack(project: Project) -> None:
    project.write(PROGRAM)
    pack = project.write_pack(textwrap.dedent(PACK).replace("MANDATORY", "ADVISORY"))

    said = project.pulumi("preview", "--policy-pack", str(pack))

    assert "saw 2" in said


def test_beside_the_pack_the_programs_own_python_starts(project: Project) -> None:
    """And is told all that a program is told; without a pack there is nothing to start beside."""
    project.pulumi("config", "set", "size", "large")
    project.write("""
        import os, sys
        import pulumi
        print("started as", sys.orig_argv[-1].rpartition("/")[2] or sys.orig_argv)
        print("told", pulumi.Config().require("size"), sys.argv, repr(sys.stdin.read()))
        print("in", os.getcwd())
        """)
    pack = project.write_pack(textwrap.dedent(PACK).replace("MANDATORY", "ADVISORY"))

    beside = project.pulumi("preview", "--policy-pack", str(pack))
    alone = project.pulumi("preview")

    assert "started as waiting.py" in beside and "started as waiting.py" not in alone
    for said in (beside, alone):
        assert "told large ['.'] ''" in said and f"in {project.directory}" in said


def test_a_pack_that_cannot_start_fails_the_preview_and_says_why(project: Project) -> None:
    project.write(PROGRAM)
    pack = project.write_pack('raise ImportError("no such rules")')

    said = project.pulumi("preview", "--policy-pack", str(pack), exit_code=1)

    assert "ImportError: no such rules" in said
    assert "the policy pack did not start" in said


def test_a_pack_that_talks_before_it_listens_is_told_so(project: Project) -> None:
    project.write(PROGRAM)
    pack = project.write_pack('print("loading my rules")' + textwrap.dedent(PACK))

    said = project.pulumi("preview", "--policy-pack", str(pack), exit_code=1)

    assert "it said b'loading my rules\\n' before its port" in said


def test_a_rule_that_breaks_fails_the_preview(project: Project) -> None:
    project.write(PROGRAM)
    pack = project.write_pack(textwrap.dedent(PACK).replace("args.name", "args.no_such_thing"))

    said = project.pulumi("preview", "--policy-pack", str(pack), exit_code=1)

    assert "no_such_thing" in said
