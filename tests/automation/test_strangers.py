"""`heiiki prove` of what heiiki has not made: what is an export, and how findings are told."""

import json
import re

import pytest
from typer.testing import CliRunner

from automation.commands.app import app
from tests.policies.analyzer import SOON
from tests.scenarios import EXAMPLES

OPEN, UNDECIDED, UNREADABLE = 1, 2, 3
DEV_POLICY = str(EXAMPLES / "dev" / "heiiki.dev.policy.json")


def proved(*arguments: str, given: bytes = b""):
    """Exit code and document of a run."""
    asked = ["prove", "--json", *arguments]
    asked += [] if "--boundary" in arguments else ["--boundary", DEV_POLICY]
    ended = CliRunner().invoke(app, asked, input=given)
    return ended.exit_code, json.loads(ended.stdout)


def resource(type_: str, name: str, **inputs) -> dict[str, object]:
    """A resource of a program of somebody else, as an export holds it."""
    urn = f"urn:pulumi:prod::shop::{type_}::{name}"
    made = {"urn": urn, "type": type_, "custom": True, "id": f"id-{name}"}
    return {**made, "inputs": inputs, "outputs": {**inputs, "id": f"id-{name}"}}


def of_shop(*resources) -> str:
    """An export of that program."""
    document = {"version": 3, "deployment": {"resources": list(resources)}}
    return json.dumps(document, ensure_ascii=False)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("{}", "is no export of a stack"),
        ('{"version": 3, "deployment": null}', "is no export of a stack"),
        ('{"version": 99, "deployment": {}}', "is no export of schema version 3 or 4"),
        ('{"version": 4, "resources": []}', "is no export of a stack"),
        ('{"version": 3, "checkpoint": {"latest": {}}}', "but a file that a backend keeps"),
        ('{"version": 3, "deployment": {"resou', "is not JSON: Unterminated string"),
    ],
)
def test_what_is_no_export_is_told_by_the_name_of_its_file(tmp_path, text, said):
    export = tmp_path / "shop.json"
    export.write_text(text, encoding="utf-8")
    code, found = proved("--state", str(export))
    assert code == UNREADABLE and found["error"]["message"].startswith(f"{export} is no")
    assert said in found["error"]["message"] and "stack export" in found["error"]["advice"]


@pytest.mark.parametrize(
    ("given", "called"),
    [
        ({"name": "old-door"}, "old-door"),
        ({"name": "ol*"}, "ol*"),
        ({"name": "door", "type": "aws:ec2:Eip"}, "aws:ec2:Eip door"),
        ({"name": "door"}, None),
        ({"name": "do*", "type": "aws:ec2/eip:Eip"}, None),
    ],
)
def test_an_exception_of_what_is_not_there_is_told(tmp_path, given, called):
    """It was for something that is gone, or is called otherwise, and waits for the next one."""
    export, policy = tmp_path / "state.json", tmp_path / "policy.json"
    page = tmp_path / "page.html"
    export.write_text(of_shop(resource("aws:ec2/eip:Eip", "door")), encoding="utf-8")
    exception = {"rule": "CN-014", "owner": "a", "reason": "b", "expires": SOON, **given}
    declared = {"accounts": ["123456789012"], "exceptions": [exception]}
    policy.write_text(json.dumps({"boundary": declared}), encoding="utf-8")
    asked = ("--state", str(export), "--boundary", str(policy), "--html", str(page))
    code, found = proved(*asked)
    told = f"exceptions[0] is for CN-014 of {called}, and nothing here is called so"
    assert found["ofNothing"] == ([told] if called else [])
    assert (code, found["verdict"]) == ((OPEN, "open") if called else (0, "open, answered for"))
    row = re.search(r"<td>CN-014 \S+?(: nothing here is called so)?</td>", page.read_text("utf-8"))
    assert row is not None and bool(row[1]) == bool(called)
    shown = CliRunner(env={"COLUMNS": "200"}).invoke(app, ["prove", *asked])
    assert (f"of nothing: {told}" in shown.stdout) == bool(called)
    assert ("1 finding that somebody answers for:" in shown.stdout) != bool(called)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_an_export_is_read_as_shells_redirect_it(tmp_path, encoding):
    """PowerShell writes UTF-16 where it redirects, and marks UTF-8 where it is told to."""
    export = tmp_path / "state.json"
    text = of_shop(resource("aws:ec2/internetGateway:InternetGateway", "tür"))
    export.write_bytes(text.encode(encoding))
    code, found = proved("--state", str(export))
    assert (code, [f["resource"] for f in found["findings"]]) == (OPEN, ["tür"])
    assert proved("--state", "-", given=text.encode(encoding)) == (code, found)


@pytest.mark.parametrize("more", [[], ["pulumi:providers:aws", "pulumi:pulumi:StackReference"]])
def test_a_stack_that_makes_nothing_is_not_called_closed(tmp_path, more):
    """What was destroyed, or is another one than was meant: a proof of nothing."""
    export = tmp_path / "state.json"
    root = resource("pulumi:pulumi:Stack", "shop-prod")
    empty = [root, *(resource(type_, "x") for type_ in more)]
    export.write_text(of_shop(*empty), encoding="utf-8")
    code, found = proved("--state", str(export))
    assert (code, found["verdict"], found["complete"]) == (UNDECIDED, "undecided", None)
    (told,) = found["findings"]
    assert told["what"] == "holds nothing but its stack and providers, so nothing was proved"
    vpc = resource("aws:ec2/eip:Eip", "x")
    export.write_text(of_shop(*empty, vpc), encoding="utf-8")
    code, found = proved("--state", str(export))
    assert code == OPEN and {f["rule"] for f in found["findings"]} == {"CN-014"}


def test_what_is_found_alike_is_told_once_and_first_what_is_shown(tmp_path):
    """One cause breaks a rule in many places: three routes, and the gateway that they lead to."""
    export = tmp_path / "state.json"
    gateway = resource("aws:ec2/internetGateway:InternetGateway", "door", vpcId="vpc-1")
    vpc = resource("aws:ec2/vpc:Vpc", "shop", cidrBlock="10.0.0.0/16", enableDnsHostnames=True)
    addresses = [resource("aws:ec2/eip:Eip", name) for name in ("b", "a", "door")]
    export.write_text(of_shop(vpc, gateway, *addresses), encoding="utf-8")
    given = ["prove", "--state", str(export), "--boundary", DEV_POLICY]
    ended = CliRunner(env={"COLUMNS": "300"}).invoke(app, given)
    lines = ended.stdout.splitlines()
    told = [line for line in lines if "CN-014" in line and line.startswith("open")]
    assert told == ["open: CN-014 b, a, door (Eip): is, or uses, a public address"]
    advice = "    Delete it; use private addresses."
    assert lines.count(advice) == 1 and lines[lines.index(told[0]) + 1] == advice
    assert lines[0].startswith("open: CN-126 shop lets every name be asked outside")
    (row,) = [line for line in lines if line.startswith("CN-014 ")]
    assert row.split(maxsplit=2)[2].startswith("b, a, door (Eip) "), "by the same names"


def test_of_very_many_that_are_alike_not_each_is_named_and_their_number_is(tmp_path):
    export = tmp_path / "state.json"
    addresses = [resource("aws:ec2/eip:Eip", f"a{number:02}") for number in range(43)]
    export.write_text(of_shop(*addresses), encoding="utf-8")
    given = ["prove", "--state", str(export), "--boundary", DEV_POLICY]
    said = " ".join(CliRunner().invoke(app, given).stdout.split())
    assert ", a38, a39 and 3 more: is, or uses, a public address" in said and "a40" not in said
    assert len(proved("--state", str(export))[1]["findings"]) == 43
