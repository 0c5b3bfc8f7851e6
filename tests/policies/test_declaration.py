"""The policy file beside the stack file: found without being named, guarded like a named one."""

import json
import shutil

import pytest

from rules.declaration import file_name, find_declaration
from tests.policies.analyzer import (
    ACCOUNT,
    ADVISORY,
    MANDATORY,
    Context,
    Refused,
    analyzer,
    broken,
    configured,
    judge,
    proto,
)
from tests.policies.cases import PEERING
from tests.policies.deployed import FLOW_LOGS, levels_of_flow_logs
from tests.scenarios import ROOT

STACK = "pulumi:pulumi:Stack"
GATEWAY = "aws:ec2/internetGateway:InternetGateway"
OWN = {"boundary": {"accounts": [ACCOUNT]}}
NAMED = {
    "boundary": {
        "connections": [
            {"name": "to-hq", "cidrs": ["10.1.0.0/16"], "owner": "net team", "reason": "hq"}
        ]
    }
}


@pytest.fixture
def folder(tmp_path, monkeypatch):
    monkeypatch.setenv("PULUMI_STACK", "dev")
    monkeypatch.setenv("PULUMI_PROJECT", "mine")
    monkeypatch.setenv("HEIIKI_STACK_DIR", str(tmp_path))
    return tmp_path


def written(folder, document):
    text = document if isinstance(document, str) else json.dumps(document)
    (folder / "heiiki.dev.policy.json").write_text(text, encoding="utf-8")


def test_the_file_beside_the_stack_file_is_the_declaration(folder):
    written(folder, NAMED)
    assert broken(PEERING, {"vpcId": "vpc-1"}, servicer=configured()) == set()
    assert broken(GATEWAY, {}, servicer=configured()) == {"CN-010"}


def test_an_explicit_configuration_wins(folder):
    written(folder, NAMED)
    servicer = configured(OWN["boundary"])
    assert broken(PEERING, {"vpcId": "vpc-1"}, servicer=servicer) == {"CN-020"}


def test_without_any_declaration_one_fault_says_which_file_is_missing(folder):
    servicer = configured()
    (said,) = judge(STACK, {}, servicer=servicer)
    assert said.enforcementLevel == MANDATORY
    assert said.message.partition("\n")[2] == (
        "CN-000 heiiki.dev.policy.json is missing beside the stack file, so nothing is declared as "
        'inside and nothing was judged. Write it, at least {"boundary": {"accounts": ["<account '
        "id>\"]}} (heiiki boundary proposes the whole of it; of a program that is not heiiki's, "
        "heiiki boundary --state with what pulumi stack export wrote), or give another file as "
        "--policy-pack-config. With pulumi -C, or by the Automation API, name the folder that it "
        "lies in as HEIIKI_STACK_DIR."
    )
    assert judge(GATEWAY, {}, servicer=servicer) == []
    whole = servicer.AnalyzeStack(proto.AnalyzeStackRequest(), None)
    assert list(whole.diagnostics) == []


@pytest.mark.parametrize(
    ("document", "text"),
    [
        ({**OWN, "all": "advisory"}, "every rule keeps its level"),
        ({**OWN, "all": {"enforcementLevel": "disabled"}}, "every rule keeps its level"),
        (
            {**OWN, "aws-ec2-internet-gateway-disallow-creation": "disabled"},
            r"lowers aws-ec2-internet-gateway-disallow-creation \(disabled\)",
        ),
        (
            {"boundary": {**OWN["boundary"], "enforcementLevel": "advisory"}},
            r"lowers boundary \(advisory\)",
        ),
        ({**OWN, "exceptions-in-force": "disabled"}, "exceptions-in-force stays on"),
        ({**OWN, "no-such-rule": {}}, "there is no policy no-such-rule"),
        ({**OWN, "stack-disallow-undeclared-id": {"x": 1}}, "takes no properties"),
        ({**OWN, "all": "remediate"}, "every rule keeps its level"),
        ({**OWN, "all": "loud"}, "heiiki.dev.policy.json: all must be one of advisory"),
        (OWN["boundary"], r"accounts must be a level or an object; is boundary.accounts meant\?"),
        (
            {**OWN, "organizationId": "o-abcdefghij"},
            r"organizationId must be one of .*; is boundary.organizationId meant\?",
        ),
        ({"boundary": 1}, "heiiki.dev.policy.json: boundary must be a level or an object"),
        ("[]", "heiiki.dev.policy.json must be an object"),
        ("{", "heiiki.dev.policy.json cannot be read as JSON, from line 1, column 2 on"),
        ("[" * 9999, "heiiki.dev.policy.json cannot be read as JSON"),
        (
            '{"boundary": {"accounts": ["999999999999"], "accounts": ["123456789012"]}}',
            "heiiki.dev.policy.json: boundary.accounts is written twice; leave one of them",
        ),
        (
            '{"boundary": {"exceptions": [{}, {"name": "a", "name": "b"}]}, "boundary": {}}',
            r"boundary.exceptions\[1\].name, boundary is written twice",
        ),
    ],
)
def test_a_file_that_would_weaken_the_pack_is_refused(folder, document, text):
    written(folder, document)
    with pytest.raises(Refused, match=text):
        configured()
    with pytest.raises(Refused, match=text):
        analyzer().Configure(proto.ConfigureAnalyzerRequest(), Context())


def test_a_key_that_the_engine_has_read_twice_is_refused_too(folder):
    """Of a file that it is given, the engine hands on the last of two."""
    written(folder, '{"boundary": {"accounts": ["999999999999"], "accounts": ["123456789012"]}}')
    with pytest.raises(Refused, match=r"boundary\.accounts is written twice"):
        configured(OWN["boundary"])
    written(folder, OWN)
    assert broken(GATEWAY, {}, servicer=configured(OWN["boundary"])) == {"CN-010"}


@pytest.mark.parametrize(
    "document",
    [
        {**OWN, "all": "mandatory"},
        {**OWN, "all": {"enforcementLevel": "mandatory"}},
        {"boundary": {**OWN["boundary"], "enforcementLevel": "mandatory"}},
    ],
)
def test_a_file_may_say_that_rules_are_mandatory(folder, document):
    written(folder, document)
    assert broken(GATEWAY, {}, servicer=configured()) == {"CN-010"}


@pytest.mark.parametrize(
    ("more", "level"),
    [
        ({}, ADVISORY),
        ({FLOW_LOGS: {}}, ADVISORY),
        ({FLOW_LOGS: "advisory"}, ADVISORY),
        ({FLOW_LOGS: "advisory", "all": "mandatory"}, ADVISORY),
        ({FLOW_LOGS: "mandatory"}, MANDATORY),
        ({"all": "mandatory"}, MANDATORY),
        ({"all": {"enforcementLevel": "mandatory"}, FLOW_LOGS: {}}, MANDATORY),
    ],
)
def test_a_file_may_make_a_rule_mandatory_that_warns(folder, more, level):
    written(folder, {**OWN, **more})
    unsaid = analyzer()
    unsaid.Configure(proto.ConfigureAnalyzerRequest(), Context())
    for servicer in (configured(), unsaid):
        assert levels_of_flow_logs(servicer) == [level]
        assert broken(GATEWAY, {}, servicer=servicer) == {"CN-010"}


@pytest.mark.parametrize("level", ["disabled", "remediate"])
def test_a_file_may_not_silence_a_rule_that_warns(folder, level):
    written(folder, {**OWN, FLOW_LOGS: level})
    with pytest.raises(Refused, match=rf"lowers {FLOW_LOGS} \({level}\)"):
        configured()


def test_the_file_lies_in_the_folder_of_the_project_whose_stack_it_is(tmp_path):
    for name in ("mine", "theirs", "pack"):
        (tmp_path / name).mkdir()
        written(tmp_path / name, OWN)
    (tmp_path / "mine" / "Pulumi.yaml").write_text("name: mine\n", encoding="utf-8")
    (tmp_path / "theirs" / "Pulumi.yml").write_text("name: theirs\n", encoding="utf-8")

    def found(called_in, pack_in="pack", **environment):
        given = {"PULUMI_STACK": "dev", "PULUMI_PROJECT": "mine", "PWD": str(tmp_path / called_in)}
        path = find_declaration({**given, **environment}, tmp_path / pack_in / "policies")
        return path and path.parent.name

    assert found("mine") == "mine"
    assert found("theirs") is None
    assert found("theirs", pack_in="mine") == "mine"
    assert found("mine", pack_in="theirs", PULUMI_PROJECT="theirs") == "theirs"
    assert found("pack") is None
    (tmp_path / "mine" / "src" / "theirs").mkdir(parents=True)
    assert found("mine/src") == "mine", "as the engine finds the project from below"
    shutil.copy(tmp_path / "theirs" / "Pulumi.yml", tmp_path / "mine" / "src" / "theirs")
    assert found("mine/src/theirs") is None, "one project lies in another"
    assert found("mine", PULUMI_STACK="") is None
    assert found("mine", PULUMI_STACK="prod") is None
    assert found("mine", PULUMI_PROJECT="") is None
    assert found("mine", HEIIKI_STACK_DIR=str(tmp_path / "theirs")) == "theirs"
    assert find_declaration({"PULUMI_STACK": "dev", "PWD": str(tmp_path / "pack")}) is None


@pytest.mark.parametrize("text", ["[]", "name: [mine]", "runtime: python", "{", "\x00"])
def test_a_project_file_without_a_name_is_no_projects(tmp_path, text):
    written(tmp_path, OWN)
    (tmp_path / "Pulumi.yaml").write_text(text, encoding="utf-8")
    given = {"PULUMI_STACK": "dev", "PULUMI_PROJECT": "mine", "PWD": str(tmp_path)}
    assert find_declaration(given) is None
    (tmp_path / "Pulumi.yml").write_text("name: mine\n", encoding="utf-8")
    assert find_declaration(given) == tmp_path / "heiiki.dev.policy.json"


def test_without_a_folder_it_is_the_one_above_the_pack():
    given = {"PULUMI_STACK": "dev", "PULUMI_PROJECT": "heiiki"}
    assert find_declaration(given) == ROOT / "heiiki.dev.policy.json"


def test_without_a_stack_nothing_is_looked_for(tmp_path):
    """The file's name then is only for the message."""
    assert file_name({}) == "heiiki.<stack>.policy.json"
    (tmp_path / file_name({})).write_text("{}", encoding="utf-8")
    assert find_declaration({"HEIIKI_STACK_DIR": str(tmp_path)}) is None
