"""`heiiki status --live`: each thing as AWS says it is now, and a missing answer hides one line."""

import json
import re
import socket
from datetime import date

import pytest

from automation import live
from automation.aws_calls import Account, account_of
from automation.live import api_name, look
from automation.live_permits import ASSOCIATION, ENTRY
from automation.seen import Seen
from automation.state import State
from tests.automation.conftest import REGION
from tests.automation.test_command import Heiiki, heiiki
from tests.ports import silent_port
from tests.scenarios import ROOT

__all__ = ["heiiki"]  # a fixture

ENDPOINT_URL = "https://0123.gr7.ap-northeast-1.eks.amazonaws.com"
ANN = "arn:aws:iam::1:role/ann"
VIEW = "arn:aws:eks::aws:cluster-access-policy/AmazonEKSViewPolicy"
POLICY = {"Statement": [{"Effect": "Allow", "Principal": "*", "Action": ["ecr:A", "ecr:B"],
                         "Resource": ["*"]}]}  # fmt: skip
OPEN = {"Statement": [{"Effect": "Allow", "Principal": "*", "Action": "*", "Resource": "*"}]}
# The recorded policy as AWS may write it.
WRITTEN = json.dumps({"Statement": {"Resource": "*", "Action": ["ecr:B", "ecr:A"],
                                    "Principal": "*", "Effect": "Allow"}})  # fmt: skip
RECORDED = (
    ("pulumi:providers:aws", "aws", "1", {}),
    (live.CLUSTER, "control-plane", "dev", {"endpoint": ENDPOINT_URL, "name": "dev"}),
    (live.ADD_ON, "vpc-cni", "dev:vpc-cni", {}),
    (live.GROUP, "workers", "dev-workers", {}),
    (live.NODE_GROUP, "general", "dev:general-1", {}),
    (
        ENTRY,
        "ann",
        f"dev:{ANN}",
        {"type": "STANDARD", "userName": "ann", "kubernetesGroups": ["b", "a"]},
    ),
    (
        ASSOCIATION,
        "ann",
        f"dev#{ANN}#{VIEW}",
        {"policyArn": VIEW, "accessScope": {"type": "namespace", "namespaces": ["x", "y"]}},
    ),
    (live.VOLUME, "etcd-1a", "vol-1", {}),
    (live.ENDPOINT, "ecr.api", "vpce-1", {"policy": json.dumps(POLICY)}),
)
EXPORTED = {
    "deployment": {
        "manifest": {"time": "2026-11-22T00:00:00Z"},
        "resources": [
            {"urn": f"urn:pulumi:dev::heiiki::{token}::{name}", "type": token, "id": id_,
             "inputs": {"region": REGION}, "outputs": outputs}
            for token, name, id_, outputs in RECORDED
        ],
    }
}  # fmt: skip
STATE = State.parse(json.dumps(EXPORTED))
ADMIN = "arn:aws:eks::aws:cluster-access-policy/AmazonEKSClusterAdminPolicy"
SHOWN = "heiiki refresh records that, and heiiki preview shows how up would set it right"
MACHINE = {"LifecycleState": "InService", "HealthStatus": "Healthy"}
ISSUE = {"issues": [{"code": "InsufficientNumberOfReplicas", "message": "1 of 2"}]}
REFRESH = {"Status": "InProgress", "PercentageComplete": 40, "StatusReason": "Waiting for i-1"}

SUPPORT = "standard support ends 2027-03-27, extended support 2028-03-27"


def answers():
    """What a sound AWS says, by operation; a test spoils what it is about."""
    return {
        "get_caller_identity": {"Account": "1", "Arn": "arn:aws:iam::1:user/ann"},
        "describe_cluster": {"cluster": {
            "status": "ACTIVE", "version": "1.35", "health": {"issues": []},
            "resourcesVpcConfig": {"endpointPublicAccess": False},
        }},
        "describe_addon": {"addon": {"status": "ACTIVE", "addonVersion": "v1"}},
        "describe_access_entry": {"accessEntry": {
            "type": "STANDARD", "username": "ann", "kubernetesGroups": ["a", "b"],
        }},
        "list_associated_access_policies": {"associatedAccessPolicies": [
            {"policyArn": VIEW, "accessScope": {"type": "namespace", "namespaces": ["y", "x"]}}
        ]},
        "list_access_entries": {"accessEntries": [ANN]},
        "describe_auto_scaling_groups": {"AutoScalingGroups": [
            {"AutoScalingGroupName": "dev-workers", "DesiredCapacity": 1, "Instances": [MACHINE]}
        ]},
        "describe_instance_refreshes": {"InstanceRefreshes": [{"Status": "Successful"}]},
        "describe_nodegroup": {"nodegroup": {"status": "ACTIVE",
                                             "scalingConfig": {"desiredSize": 2}}},
        "describe_volumes": {"Volumes": [
            {"VolumeId": "vol-1", "State": "in-use", "Attachments": [{"InstanceId": "i-1"}]}
        ]},
        "describe_vpc_endpoints": {"VpcEndpoints": [
            {"VpcEndpointId": "vpce-1", "State": "available", "PolicyDocument": WRITTEN}
        ]},
    }  # fmt: skip


class Saying(Account):
    """An account that answers as the test says."""

    def client(self, service, region):
        real, told = Account.client(self, service, region), self.told

        def asked(operation, arguments):
            self.called.add(f"{service}:{operation}")
            answer = told[real.meta.method_to_api_mapping_inverse[operation]]
            if isinstance(answer, str):
                raise real.exceptions.from_code(answer)(
                    {"Error": {"Code": answer, "Message": "no"}}, operation
                )
            return answer

        mapping = {v: k for k, v in real.meta.method_to_api_mapping.items()}
        real.meta.method_to_api_mapping_inverse = mapping
        real._make_api_call = asked
        return real


@pytest.fixture
def aws(aws_environment, monkeypatch):
    """AWS as it is said to be; the API's name leads to a private address where nobody answers."""
    told = answers()
    monkeypatch.setattr(Saying, "told", told, raising=False)
    monkeypatch.setattr(Saying, "called", set(), raising=False)
    monkeypatch.setattr(live, "today", lambda: date(2026, 11, 22))
    monkeypatch.setattr(live, "_addresses", lambda _: ["10.0.0.7"])
    monkeypatch.setattr(live, "_answers", lambda *_: False)
    real = account_of(aws_environment)
    return told, Saying(real.session, real.endpoint_url)


def test_what_is_well_is_told_as_it_is(aws):
    _, account = aws
    assert look(STATE, account) == (
        Seen("you", "arn:aws:iam::1:user/ann", "ask AWS in ap-northeast-1", True),
        Seen("cluster", "dev", "ACTIVE, Kubernetes 1.35, API private only", True),
        Seen("support", "Kubernetes 1.35", SUPPORT, True),
        Seen("add-on", "vpc-cni", "ACTIVE, v1", True),
        Seen("access", "ann", "as recorded", True),
        Seen("pool", "workers", "1 desired, 1 in service, 1 healthy", True),
        Seen("pool", "general", "ACTIVE, 2 desired", True),
        Seen("endpoint", "ecr.api", "available", True),
        Seen("volume", "etcd-1a", "in-use, with i-1", True),
        Seen("API", "0123.gr7.ap-northeast-1.eks.amazonaws.com", "its name resolves to 10.0.0.7, "
             "and it does not answer here: no route, or no rule, leads from here into the network",
             None),
    )  # fmt: skip


@pytest.mark.parametrize(
    ("support", "day", "well", "told"),
    [
        ("STANDARD", date(2027, 3, 27), True, "standard support ends 2027-03-27, today; then EKS"),
        ("STANDARD", date(2027, 3, 28), False, "standard support ended 2027-03-27; EKS upgrades"),
        ("EXTENDED", date(2027, 3, 28), True, "standard support ended 2027-03-27; EKS charges"),
        ("EXTENDED", date(2028, 3, 28), False, "extended support ended 2028-03-27; EKS upgrades"),
    ],
)
def test_support_that_has_ended_is_not_well(aws, monkeypatch, support, day, well, told):
    said, account = aws
    said["describe_cluster"]["cluster"]["upgradePolicy"] = {"supportType": support}
    monkeypatch.setattr(live, "today", lambda: day)
    (found,) = (seen for seen in look(STATE, account) if seen.kind == "support")
    assert found.well is well
    assert found.said.startswith(f"Kubernetes 1.35: {told}")


def test_the_page_lists_what_is_asked_for_and_no_other(aws):
    """Of a stack with every kind of thing that is asked for."""
    _, account = aws
    look(STATE, account)
    page = (ROOT / "docs/real-account.md").read_text(encoding="utf-8")
    told = page.split("from automation/live: begin -->")[1].split("<!--")[0]
    own = {"s3:ListBucket"}  # of members of etcd: test_own_live.py
    assert set(re.findall(r"`(\w+:\w+)`", told)) == Saying.called | own
    assert len(Saying.called) == len(answers())


@pytest.mark.parametrize(
    ("operation", "spoil", "line"),
    [
        ("describe_cluster", lambda a: a["cluster"]["resourcesVpcConfig"].update(
            endpointPublicAccess=True), "ACTIVE, Kubernetes 1.35, API PUBLIC"),
        ("describe_cluster", lambda a: a["cluster"].update(status="UPDATING"),
         "UPDATING, Kubernetes 1.35, API private only"),
        ("describe_addon", lambda a: a["addon"].update(health=ISSUE),
         "ACTIVE, v1; InsufficientNumberOfReplicas: 1 of 2"),
        ("describe_addon", lambda a: a["addon"].update(status="DEGRADED"), "DEGRADED, v1"),
        ("describe_auto_scaling_groups", lambda a: a["AutoScalingGroups"][0].update(
            DesiredCapacity=4, Instances=[
                MACHINE, {**MACHINE, "HealthStatus": "Unhealthy"},
                {**MACHINE, "LifecycleState": "Pending:Wait"},
            ]), "4 desired, 2 in service, 1 healthy"),
        ("describe_auto_scaling_groups", lambda a: a["AutoScalingGroups"].clear(),
         "is recorded, and AWS has none; heiiki refresh records that"),
        ("describe_instance_refreshes", lambda a: a["InstanceRefreshes"].insert(0, REFRESH),
         "1 desired, 1 in service, 1 healthy; machines are being replaced: InProgress, 40 %, "
         "Waiting for i-1"),
        ("describe_nodegroup", lambda a: a["nodegroup"].update(status="DEGRADED", health=ISSUE),
         "DEGRADED, 2 desired; InsufficientNumberOfReplicas: 1 of 2"),
        ("describe_vpc_endpoints", lambda a: a["VpcEndpoints"][0].update(
            State="failed", LastError={"Message": "no capacity"}), "failed: no capacity"),
        ("describe_vpc_endpoints", lambda a: a["VpcEndpoints"][0].update(
            PolicyDocument=json.dumps(OPEN)),
         f"available; its policy is not the recorded one: {SHOWN}"),
        ("describe_access_entry", lambda a: a["accessEntry"].update(
            username="bob", kubernetesGroups=["a", "b", "system:masters"]),
         f"is not as recorded: userName, kubernetesGroups; {SHOWN}"),
        ("list_associated_access_policies", lambda a: a["associatedAccessPolicies"].append(
            {"policyArn": ADMIN, "accessScope": {"type": "cluster", "namespaces": []}}),
         f"is not as recorded: policies; {SHOWN}"),
        ("list_associated_access_policies", lambda a: a["associatedAccessPolicies"][0].update(
            accessScope={"type": "cluster", "namespaces": []}),
         f"is not as recorded: policies; {SHOWN}"),
        ("list_associated_access_policies", lambda a: a["associatedAccessPolicies"].clear(),
         f"is not as recorded: policies; {SHOWN}"),
        ("describe_volumes", lambda a: a["Volumes"].clear(),
         "is recorded, and AWS has none; heiiki refresh records that"),
        ("describe_volumes", lambda a: a["Volumes"][0].update(State="available", Attachments=[]),
         "available, with no machine"),
        ("describe_vpc_endpoints", lambda a: a["VpcEndpoints"].clear(),
         "is recorded, and AWS has none; heiiki refresh records that"),
    ],
)  # fmt: skip
def test_what_is_not_well_is_told_with_its_reason(aws, operation, spoil, line):
    told, account = aws
    spoil(told[operation])
    assert [s.said for s in look(STATE, account) if s.well is False] == [line]


def test_who_is_let_in_and_not_recorded_is_named(aws):
    told, account = aws
    told["list_access_entries"]["accessEntries"].append("arn:aws:iam::1:role/eve")
    (stranger,) = [s for s in look(STATE, account) if s.name.endswith("/eve")]
    assert stranger.well is None and stranger.said.startswith("is not recorded here: ")


def test_an_endpoint_without_a_recorded_policy_is_not_held_against_one(aws):
    """Of a service that takes none, AWS tells the policy that lets everybody."""
    told, account = aws
    told["describe_vpc_endpoints"]["VpcEndpoints"][0]["PolicyDocument"] = json.dumps(OPEN)
    unknown = EXPORTED["deployment"]["resources"][-1] | {"outputs": {}}
    resources = [*EXPORTED["deployment"]["resources"][:-1], unknown]
    state = State.parse(json.dumps({"deployment": {"resources": resources}}))
    (endpoint,) = [s for s in look(state, account) if s.kind == "endpoint"]
    assert (endpoint.said, endpoint.well) == ("available", True)


@pytest.mark.parametrize(
    "operation",
    ["describe_cluster", "describe_addon", "describe_nodegroup", "describe_access_entry"],
)
def test_what_aws_no_longer_has_is_told(aws, operation):
    told, account = aws
    told[operation] = "ResourceNotFoundException"
    (missing,) = [s for s in look(STATE, account) if s.well is False]
    assert missing.said == "is recorded, and AWS has none; heiiki refresh records that"


@pytest.mark.parametrize("operation", [o for o in answers() if o.startswith(("describe", "list"))])
def test_a_missing_permission_hides_one_kind_of_line(aws, operation):
    told, account = aws
    well = {s.name for s in look(STATE, account)}
    told[operation] = "AccessDeniedException"
    seen = look(STATE, account)
    (unread,) = [s for s in seen if s.said.startswith("not known: AWS does not allow")]
    assert unread.well is None
    assert len(well - {s.name for s in seen}) <= 2


def test_without_credentials_it_is_said_once_and_nothing_is_asked(aws):
    told, account = aws
    told |= {operation: "ExpiredToken" for operation in told}
    (only,) = look(STATE, account)
    assert (only.kind, only.well) == ("you", None) and "AWS rejects the credentials" in only.said


def test_of_a_stack_that_does_not_exist_nothing_is_asked(aws):
    told, account = aws
    told.clear()
    assert look(State.empty(), account) == ()


@pytest.mark.parametrize(
    ("addresses", "answers", "said", "well"),
    [
        ([], False, "does not resolve here", None),
        (["10.0.0.7", "10.0.1.7"], True, "resolves to 10.0.0.7, 10.0.1.7, and it answers here",
         True),
        (["10.0.0.7", "52.1.2.3"], True, "which is not private", False),
    ],
)  # fmt: skip
def test_the_apis_name_is_looked_at_from_here(monkeypatch, addresses, answers, said, well):
    monkeypatch.setattr(live, "_addresses", lambda _: addresses)
    monkeypatch.setattr(live, "_answers", lambda *_: answers)
    seen = api_name(ENDPOINT_URL)
    assert said in seen.said and seen.well is well


def test_a_name_that_nobody_knows_and_a_port_where_nobody_is_are_no_errors(monkeypatch):
    def unknown(*_):
        raise socket.gaierror

    with monkeypatch.context() as patched:
        patched.setattr(socket, "getaddrinfo", unknown)
        assert "does not resolve here" in api_name(ENDPOINT_URL).said
    with socket.create_server(("127.0.0.1", 0)) as there:
        assert live._answers("127.0.0.1", there.getsockname()[1])
    with silent_port() as port:
        assert not live._answers("127.0.0.1", port)


def test_the_command_prints_it_only_when_it_is_asked_for(heiiki: Heiiki, engine, aws, monkeypatch):
    told, account = aws
    told["describe_addon"] = "AccessDeniedException"
    told["describe_vpc_endpoints"]["VpcEndpoints"].clear()
    engine.says(stack_export={"stdout": json.dumps(EXPORTED)})
    monkeypatch.setattr("automation.operations.Operations.account", lambda _: account)
    lines = heiiki("status", "--live").stdout.splitlines()
    assert "ok pool workers: 1 desired, 1 in service, 1 healthy" in lines
    denied = "AWS does not allow eks:DescribeAddon (AccessDeniedException)"
    assert f"?  add-on: not known: {denied}" in lines
    assert any(line.startswith("!  endpoint ecr.api: is recorded, and AWS has") for line in lines)
    document = json.loads(heiiki("status", "--live", "--json").stdout)
    assert {"kind": "support", "name": "Kubernetes 1.35", "well": True,
            "said": SUPPORT} in document["live"]  # fmt: skip
    monkeypatch.setattr("automation.operations.Operations.account", lambda _: pytest.fail("asked"))
    assert "live" not in json.loads(heiiki("status", "--json").stdout)
