"""The pack as the engine meets it: its policies, its configuration, what it refuses."""

import os
import subprocess
import sys
import tomllib
from pathlib import Path

import grpc
import pulumi_policy.policy as sdk
import pytest
from google.protobuf import empty_pb2
from pulumi.runtime.proto import analyzer_pb2_grpc

import judging
from analyzer import GuardedAnalyzer, RuleFaultError, guard
from proof.admitting import SAME_FAULT
from rules import policy_names
from rules.judge import rules_for
from rules.pack import policies
from rules.policy_names import BOUNDARY, EXCEPTIONS_IN_FORCE
from rules.table import RULES, STACK_RULES
from tests.policies.analyzer import (
    ADVISORY,
    CONFIG,
    DISABLED,
    MANDATORY,
    SOON,
    Context,
    Refused,
    analyzer,
    broken,
    configured,
    judge,
    own_level,
    proto,
    struct,
)
from tests.policies.cases import PEERING
from tests.policies.deployed import FLOW_LOGS, levels_of_flow_logs

PACK = Path(__file__).parents[2] / "policies"
NAMES = [policy.name for policy in policies()]
GATEWAY = "aws:ec2/internetGateway:InternetGateway"


def request(**levels: int):
    made = proto.ConfigureAnalyzerRequest()
    for policy in policies():
        made.policyConfig[policy.name].enforcementLevel = own_level(policy)
    for name, level in levels.items():
        made.policyConfig[name].enforcementLevel = level
    return made


# Written out: whoever makes a rule advisory says so here as well.
WARNS = {FLOW_LOGS}
LOWERED = {"advisory": ADVISORY, "disabled": DISABLED}


@pytest.mark.parametrize(
    ("name", "to"),
    [
        (name, to)
        for name in NAMES
        for to in LOWERED
        if name != EXCEPTIONS_IN_FORCE and not (name in WARNS and to == "advisory")
    ],
)
def test_no_policy_can_be_lowered_by_configuration(name, to):
    level = LOWERED[to]
    with pytest.raises(Refused, match=rf"{name} \({to}\).*boundary.exceptions"):
        analyzer().Configure(request(**{name: level}), Context())


def test_a_rule_warns_only_where_it_is_named_above_and_never_of_what_opens():
    advisory = [rule for rule in (*RULES, *STACK_RULES) if rule.level == "advisory"]
    assert {rule.name for rule in advisory} == WARNS == policy_names.ADVISORY
    assert not any(rule.severity == "critical" for rule in advisory)
    assert SAME_FAULT.isdisjoint(rule.id for rule in advisory), "what it hides would fail"


def test_an_advisory_rule_warns_and_may_be_made_mandatory():
    assert levels_of_flow_logs(configured(CONFIG)) == [ADVISORY]
    raised = {FLOW_LOGS.replace("-", "_"): MANDATORY}
    assert levels_of_flow_logs(configured(CONFIG, **raised)) == [MANDATORY]
    with pytest.raises(Refused, match=rf"lowers {FLOW_LOGS} \(remediate\)"):
        analyzer().Configure(request(**{FLOW_LOGS: proto.REMEDIATE}), Context())


def test_what_only_the_whole_tells_is_among_them():
    """Else the test above says nothing of it, and the analyzer has nobody to report it as."""
    assert {rule.name for rule in STACK_RULES} <= set(NAMES)
    assert {rule.id for rule in STACK_RULES} == {
        *(f"CN-00{n}" for n in (4, 5, 6, 7, 8)), "CN-126", "CN-127", "CN-181",
        *(f"CN-19{n}" for n in range(7)), "CN-210", "CN-211",
        *(f"CN-21{n}" for n in range(3, 7)), "CN-219", *(f"CN-22{n}" for n in range(3)), "CN-225",
        "CN-240", "CN-241",
    }  # fmt: skip


def test_all_policies_cannot_be_lowered_at_once():
    levels = dict.fromkeys(NAMES, ADVISORY) | {"all": ADVISORY}
    with pytest.raises(Refused, match="and others"):
        analyzer().Configure(request(**levels), Context())
    analyzer().Configure(request(all=MANDATORY), Context())


def test_exceptions_cannot_be_hidden():
    with pytest.raises(Refused, match="stays on"):
        analyzer().Configure(request(**{EXCEPTIONS_IN_FORCE: DISABLED}), Context())
    analyzer().Configure(request(**{EXCEPTIONS_IN_FORCE: MANDATORY}), Context())


def test_a_misspelt_policy_is_refused():
    with pytest.raises(Refused, match="there is no policy boundry"):
        analyzer().Configure(request(boundry=MANDATORY), Context())


def test_properties_belong_to_the_boundary_alone():
    made = request()
    made.policyConfig[NAMES[5]].properties.CopyFrom(struct({"accounts": []}))
    with pytest.raises(Refused, match=f"{NAMES[5]} takes no properties"):
        analyzer().Configure(made, Context())


def test_a_resource_is_read_once_however_many_rules_judge_it(monkeypatch):
    """The SDK reads it anew for every policy; that took most of a preview's time."""
    read = []
    properties = judging.read_struct
    monkeypatch.setattr(judging, "read_struct", lambda sent: read.append(sent) or properties(sent))
    assert len(rules_for(GATEWAY)) > 3
    assert broken(GATEWAY, {}, servicer=configured(CONFIG)) == {"CN-010"}
    assert len(read) == 1


def test_the_packs_version_is_that_of_the_release():
    """The engine takes it from this file alone: in code it is always 0.0.1."""
    lines = (PACK / "PulumiPolicy.yaml").read_text(encoding="utf-8").splitlines()
    project = tomllib.loads((PACK.parent / "pyproject.toml").read_text(encoding="utf-8"))
    assert f"version: {project['project']['version']}" in lines


def test_what_is_declared_is_read_once(monkeypatch):
    """And not for every type or policy: a declaration may be long."""
    servicer = configured(CONFIG)
    monkeypatch.setattr(servicer, "Configure", None)
    assert broken(PEERING, {"vpcId": "vpc-1"}, servicer=servicer) == set()
    assert [name for name in NAMES if servicer._get_policy_config(name)] == [BOUNDARY]


def test_a_policy_missing_from_the_configuration_keeps_its_level():
    """The wire's default level is advisory."""
    made = proto.ConfigureAnalyzerRequest()
    made.policyConfig[BOUNDARY].enforcementLevel = MANDATORY
    made.policyConfig[BOUNDARY].properties.CopyFrom(struct({"accounts": []}))
    servicer = analyzer()
    servicer.Configure(made, Context())
    assert broken(GATEWAY, {}, servicer=servicer) == {"CN-010"}
    assert levels_of_flow_logs(servicer) == [ADVISORY]


def test_a_later_configuration_replaces_an_earlier_one():
    servicer = configured(CONFIG)
    assert broken(PEERING, {"vpcId": "vpc-1"}, servicer=servicer) == set()
    other = request()
    other.policyConfig[BOUNDARY].properties.CopyFrom(struct({"accounts": []}))
    servicer.Configure(other, Context())
    assert broken(PEERING, {"vpcId": "vpc-1"}, servicer=servicer) == {"CN-020"}


def test_every_rule_is_asked_about_its_types_and_no_others():
    tokens = {t.replace("*", "any:Any") for rule in RULES for t in rule.types}
    for rule in RULES:
        asked = {token for token in tokens if rule in rules_for(token)}
        assert asked == {token for token in tokens if rule.covers(token)} != set()


def test_exceptions_that_the_configuration_would_mend_fail():
    """Nothing is mended: the level `remediate` must not be a way to be silent."""
    exception = {
        "rule": "CN-010",
        "name": "bastion",
        "expires": SOON,
        "owner": "net",
        "reason": "x",
    }
    servicer = configured(
        {**CONFIG, "exceptions": [exception]}, exceptions_in_force=proto.REMEDIATE
    )
    (found,) = judge(GATEWAY, {}, "bastion", servicer)
    assert found.policyName == EXCEPTIONS_IN_FORCE and found.enforcementLevel == MANDATORY


def test_nothing_is_mended_behind_peoples_backs():
    asked = proto.AnalyzeRequest(type=GATEWAY, name="g", urn="g")
    assert list(configured(CONFIG).Remediate(asked, Context()).remediations) == []
    assert not any(p.has_remediation() for p in policies() if hasattr(p, "has_remediation"))


def test_without_a_configuration_nothing_is_granted():
    assert broken(PEERING, {"vpcId": "vpc-1"}, servicer=analyzer()) == {"CN-020"}


def test_the_pack_says_of_each_rule_what_the_table_says():
    info = analyzer().GetAnalyzerInfo(empty_pb2.Empty(), None)
    by_name = {policy.name: policy for policy in info.policies}
    assert len(info.policies) == len(RULES) + len(STACK_RULES) + 2
    for rule in (*RULES, *STACK_RULES):
        policy = by_name[rule.name]
        assert policy.description == rule.title and policy.remediation_steps == rule.remedy
        assert policy.url == rule.source and rule.id in policy.tags
        assert policy.enforcementLevel == getattr(proto, rule.level.upper())
        assert proto.PolicySeverity.Name(policy.severity).endswith(rule.severity.upper())
    assert set(by_name[BOUNDARY].configSchema.properties) >= {"accounts", "exceptions"}


def test_the_guard_is_what_policy_pack_serves_with(monkeypatch):
    monkeypatch.setattr(sdk, "_PolicyAnalyzerServicer", sdk._PolicyAnalyzerServicer)
    guard()
    assert sdk._PolicyAnalyzerServicer is GuardedAnalyzer
    assert "_PolicyAnalyzerServicer(" in Path(sdk.__file__).read_text(), "PolicyPack's own name"


# What judges is slow to load, and the engine starts the program when it has been answered.
_ANSWERED_FIRST = """
import sys, threading
from tests.policies.analyzer import CONFIG, analyzer, configured
analyzer()
print("judging" in sys.modules, "proof.prove" in sys.modules, "model.build" in sys.modules)
configured(CONFIG)
for thread in threading.enumerate():
    if thread is not threading.current_thread():
        thread.join()
print("judging" in sys.modules, "proof.prove" in sys.modules, "model.build" in sys.modules)
"""


def test_the_engine_is_answered_before_what_judges_is_loaded():
    ended = subprocess.run(
        [sys.executable, "-c", _ANSWERED_FIRST], check=True, capture_output=True, text=True,
        cwd=PACK.parent, env={**os.environ, "PYTHONPATH": f"{PACK.parent}{os.pathsep}{PACK}"},
    )  # fmt: skip
    assert ended.stdout.splitlines() == ["False False False", "True True True"]


def test_the_proof_loads_no_sdk():
    """Neither does `heiiki validate`, which asks it for the declaration: half of its time."""
    loaded = "[m for m in ('pulumi', 'pulumi_policy', 'grpc', 'proof.prove') if m in sys.modules]"
    ended = subprocess.run(
        [sys.executable, "-c", f"import prove, sys; print(*{loaded})"],
        check=True, capture_output=True, text=True, cwd=PACK,
    )  # fmt: skip
    assert ended.stdout.split() == ["proof.prove"]


def test_the_names_of_the_policies_are_known_without_the_sdk():
    assert {policy.name for policy in policies()} == policy_names.NAMES


def test_what_judges_and_cannot_be_loaded_lets_nothing_pass(monkeypatch):
    servicer = configured(CONFIG)
    assert broken(GATEWAY, {}, "main", servicer) == {"CN-010"}
    monkeypatch.setitem(sys.modules, "judging", None)
    servicer.Configure(request(), Context())
    for asked in (servicer.Analyze, servicer.AnalyzeStack):
        with pytest.raises(RuleFaultError, match="nothing was judged: the module judging is"):
            asked(proto.AnalyzeRequest(type=GATEWAY), None)


def test_the_started_pack_refuses_to_be_lowered():
    """The pack as a process, as the engine starts it: its port on the first line of output."""
    process = subprocess.Popen(
        [sys.executable, "-m", "pulumi.policy", "127.0.0.1:1", str(PACK)],
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        assert process.stdout is not None
        port = int(process.stdout.readline())
        with grpc.insecure_channel(f"127.0.0.1:{port}") as channel:
            stub = analyzer_pb2_grpc.AnalyzerStub(channel)
            assert stub.GetAnalyzerInfo(empty_pb2.Empty()).name == "heiiki-closed-network"
            stub.Configure(request())
            with pytest.raises(grpc.RpcError, match="every rule keeps its level"):
                stub.Configure(request(**{NAMES[5]: DISABLED}))
    finally:
        process.kill()
        process.wait()
        if process.stdout is not None:
            process.stdout.close()
