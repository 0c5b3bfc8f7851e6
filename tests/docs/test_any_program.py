"""docs/any-program.md: its commands exist, and it names every key of a proof."""

import json
import re
import shlex

import pytest
import typer
from typer.testing import CliRunner

from automation.commands.app import app
from tests.scenarios import EXAMPLES, ROOT

PAGE = (ROOT / "docs" / "any-program.md").read_text(encoding="utf-8")


def keys_of(table: str) -> set[str]:
    """What stands in the first column of the table that begins so."""
    rows = PAGE.split(table)[1].split("\n\n")[0].splitlines()
    return {key for row in rows for key in re.findall(r"`(\w+)`", row.split("|")[1])}


@pytest.fixture(scope="module")
def proved(tmp_path_factory):
    """A proof of an export in which something is open."""
    state = tmp_path_factory.mktemp("any") / "state.json"
    type_ = "aws:ec2/eip:Eip"
    door = {"urn": f"urn:pulumi:prod::shop::{type_}::door", "type": type_, "custom": True}
    document = {"version": 3, "deployment": {"resources": [door]}}
    state.write_text(json.dumps(document), encoding="utf-8")
    policy = EXAMPLES / "dev" / "heiiki.dev.policy.json"
    given = ["prove", "--json", "--state", str(state), "--boundary", str(policy)]
    return json.loads(CliRunner().invoke(app, given).stdout)


def test_it_names_every_key_of_a_proof_and_of_a_finding(proved):
    assert keys_of("| key | |\n|---|---|\n") == set(proved)
    (finding,) = proved["findings"]
    assert keys_of("| key of a finding | |\n|---|---|\n") == {*finding}
    listed = set(re.findall(r"`(\w+)`", PAGE.split("| `rules` |")[1].split("\n")[0]))
    assert listed == set(proved["rules"][0])


def test_its_commands_are_those_of_heiiki():
    commands = typer.main.get_command(app).commands
    blocks = [part.split("```")[0] for part in PAGE.split("```sh\n")[1:]]
    lines = [shlex.split(line, comments=True) for block in blocks for line in block.splitlines()]
    asked = [words[1:] for words in lines if words[:1] == ["heiiki"]]
    assert [words[0] for words in asked] == ["boundary", "prove", "prove", "boundary"]
    for command, *arguments in asked:
        given = arguments[: arguments.index(">")] if ">" in arguments else arguments
        commands[command].make_context(command, given)
