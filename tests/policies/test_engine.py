"""The pack under the real engine: closed passes, opened fails with what to write instead."""

import json
import shutil
import sys

import pytest

from tests.policies.analyzer import ACCOUNT, REGION, SOON
from tests.policies.cases import COMPLIANT, ENDPOINT, document, statement
from tests.policies.echo_provider import serve
from tests.policies.engine import PACK, Stack
from tests.policies.plain_program import (
    ANSWERED,
    CLOSED,
    OPEN,
    as_program,
    filtered,
    nodes_without_endpoints,
)
from tests.policies.told_cases import DEPLOYMENT, OWN_IMAGE, TEMPLATE, encoded, script, workload

pytestmark = pytest.mark.engine

ASSOCIATION = "aws:ec2/routeTableAssociation:RouteTableAssociation"
SUBNET = ("aws:ec2/subnet:Subnet", "nodes-1a", {"vpcId": "vpc-1", "cidrBlock": "10.0.0.0/24"})
JOINED = (ASSOCIATION, "joined", {"subnetId": {"idOf": "nodes-1a"}, "routeTableId": "rtb-1"})
GATEWAY = ("aws:ec2/internetGateway:InternetGateway", "bastion", {})
PRIVATE = {**COMPLIANT["aws:eks/cluster:Cluster"]["vpcConfig"], "subnetIds": ["subnet-1"]}
CLUSTER = (
    "aws:eks/cluster:Cluster",
    "c1",
    {**COMPLIANT["aws:eks/cluster:Cluster"], "vpcConfig": PRIVATE},
)
SUPPLIED = {
    "ids": ["vpc-1", "subnet-1", "rtb-1", "sg-1"],
    "owner": "net team",
    "reason": "theirs, closed",
}
BOUNDARY = {
    "accounts": [ACCOUNT],
    "organizationId": "o-a1b2c3d4e5",
    "regions": [REGION],
    "supplied": [SUPPLIED],
}
EXCEPTION = {
    "rule": "CN-010",
    "name": "bastion",
    "owner": "net team",
    "reason": "the bastion's own VPC",
    "expires": SOON,
}


def route(name, **props):
    return ("aws:ec2/route:Route", name, {"routeTableId": "rtb-1", **props})


def endpoint(**changes):
    props = {**COMPLIANT[ENDPOINT], **changes}
    return (ENDPOINT, "sts", {key: value for key, value in props.items() if value is not None})


def an_object(kind, name, **body):
    version = kind.rpartition(":")[0].removeprefix("core/")
    made = {"apiVersion": version, "kind": kind.rpartition(":")[2], "metadata": {"name": name}}
    return (f"kubernetes:{kind}", name, {**made, **body})


def bound(name):
    """A role for webhooks, and a controller that is given it."""
    group, subject = "rbac.authorization.k8s.io", {"name": name, "namespace": "tools"}
    hooks = {"apiGroups": ["admissionregistration.k8s.io"], "resources": ["*"], "verbs": ["*"]}
    role = an_object(f"{group}/v1:ClusterRole", name, rules=[hooks])
    given = {
        "roleRef": {"apiGroup": group, "kind": "ClusterRole", "name": name},
        "subjects": [{"kind": "ServiceAccount", **subject}],
    }
    return role, an_object(f"{group}/v1:ClusterRoleBinding", name, **given)


def space(name):
    """A namespace with a pod in it."""
    pod = {"containers": [{"name": "app", "image": OWN_IMAGE}]}
    inside = {"metadata": {"name": "app", "namespace": name}, "spec": pod}
    return an_object("core/v1:Namespace", name), an_object("core/v1:Pod", "app", **inside)


POD_SUBNET = an_object(
    "crd.k8s.amazonaws.com/v1alpha1:ENIConfig", "pods", spec={"subnet": "subnet-0ffffffffffffffff"}
)


def declared(**more):
    return {"boundary": {**BOUNDARY, **more}}


@pytest.fixture(scope="module")
def provider_port():
    server, port = serve()
    yield port
    server.stop(None).wait()


@pytest.fixture(scope="module")
def stack(provider_port, tmp_path_factory):
    return Stack(tmp_path_factory.mktemp("engine"), provider_port)


def test_a_closed_program_passes(stack):
    peering = ("aws:ec2/vpcPeeringConnection:VpcPeeringConnection", "to-hq", {"vpcId": "vpc-1"})
    back = route("to-hq", destinationCidrBlock="10.1.0.0/16", gatewayId={"idOf": "to-hq"})
    named = {"name": "to-hq", "cidrs": ["10.1.0.0/16"], "owner": "net team", "reason": "hq"}
    component = ("acme:network:Vpc", "ours", {"of": "the program itself"})
    outcome = stack.preview(
        SUBNET, JOINED, CLUSTER, endpoint(), peering, back, component,
        config=declared(connections=[named]),
    )  # fmt: skip
    assert outcome.code == 0, outcome.text
    assert "8 to create" in outcome.text and "[mandatory]" not in outcome.text


def test_the_plain_command_takes_the_projects_own_policy_file(stack):
    """`pulumi preview --policy-pack policies`: first without the file, then with it."""
    missing = stack.preview(SUBNET, JOINED, GATEWAY)
    assert missing.code != 0 and missing.text.count("[mandatory]") == 1
    assert "CN-000 heiiki.test.policy.json is missing beside the stack file" in missing.text
    stack.declare(declared())
    assert stack.preview(SUBNET, JOINED).code == 0
    assert "CN-010 InternetGateway 'bastion'" in stack.preview(SUBNET, GATEWAY).text
    stack.declare({**declared(), "all": "disabled"})
    lowered = stack.preview(SUBNET)
    stack.declare(None)
    assert lowered.code != 0 and "every rule keeps its level" in lowered.text


# A closed VPC, but for a flow log.
BARE_VPC = (
    ("aws:ec2/vpc:Vpc", "main", {"cidrBlock": "10.0.0.0/16", "enableDnsHostnames": True}),
    *as_program(filtered("main")),
)
UNLOGGED = "CN-240 Vpc 'main' has no FlowLog of all or of rejected traffic in this deployment"


def test_an_advisory_rule_warns_and_stops_nothing_until_it_is_made_mandatory(stack):
    warned = stack.preview(*BARE_VPC, config=declared())
    said = " ".join(warned.text.split())
    assert warned.code == 0 and UNLOGGED in said, warned.text
    assert said.count("[advisory]") == 1 and "[mandatory]" not in said
    beside = stack.preview(*BARE_VPC, GATEWAY, config=declared())
    said = " ".join(beside.text.split())
    assert beside.code != 0 and UNLOGGED in said and "CN-010 InternetGateway 'bastion'" in said
    assert (said.count("[advisory]"), said.count("[mandatory]")) == (1, 1), beside.text
    rule = "stack-require-flow-log-of-vpc"
    stack.declare({**declared(), rule: "mandatory"})
    raised = stack.preview(*BARE_VPC)  # by the project's own file, and by one that is named
    stack.declare(None)
    for outcome in (raised, stack.preview(*BARE_VPC, config={**declared(), "all": "mandatory"})):
        assert outcome.code != 0 and outcome.text.count("[mandatory]") == 1, outcome.text
    group = f"arn:aws:logs:{REGION}:{ACCOUNT}:log-group:flow-logs"
    of_vpc = {
        "vpcId": {"idOf": "aws:ec2/vpc:Vpc::main"},
        "trafficType": "ALL",
        "logDestination": group,
    }
    logged = ("aws:ec2/flowLog:FlowLog", "logs", of_vpc)
    outcome = stack.preview(*BARE_VPC, logged, config=declared())
    assert outcome.code == 0 and "CN-240" not in outcome.text, outcome.text


OPENED = {
    "internet gateway": (GATEWAY, "CN-010 InternetGateway 'bastion'", "VPC endpoints"),
    "NAT route": (
        route("out", destinationCidrBlock="10.9.0.0/16", natGatewayId="nat-0a1b"),
        "CN-030 Route 'out' sets natGatewayId.",
        "Delete the route",
    ),
    "public endpoint": (
        (
            CLUSTER[0],
            "c1",
            {**CLUSTER[2], "vpcConfig": {**CLUSTER[2]["vpcConfig"], "endpointPublicAccess": True}},
        ),
        "CN-060 Cluster 'c1' has a public endpoint",
        "Set vpcConfig.endpointPublicAccess to false.",
    ),
    "missing endpoint policy": (
        endpoint(policy=None),
        "CN-083 VpcEndpoint 'sts' has no policy",
        "Write a policy whose text is known in preview",
    ),
    "foreign bucket": (
        endpoint(policy=document(statement(Condition={}))),
        "CN-086 VpcEndpoint 'sts' statement [0] reaches resources outside",
        "Add StringEquals on aws:ResourceOrgID",
    ),
    "provider of somebody else": (
        (
            "pulumi:providers:aws",
            "other",
            {
                "region": REGION,
                "assumeRoles": '[{"roleArn":"arn:aws:iam::999988887777:role/x"}]',
            },
        ),
        "CN-165 aws 'other' assumeRoles[0].roleArn is another value",
        "Use roles and allowedAccountIds of boundary.accounts",
    ),
    "provider without a region": (
        ("pulumi:providers:aws", "other", {}),
        "CN-167 aws 'other' names no region",
        "Set region on the provider",
    ),
    "unknown type": (
        ("aws:newservice/door:Door", "door", {}),
        "CN-001 Door 'door' is of type aws:newservice/door:Door",
        "boundary.exceptions",
    ),
}


@pytest.mark.parametrize("door", OPENED)
def test_an_opened_program_fails_and_says_what_to_write_instead(stack, door):
    resource, what, instead = OPENED[door]
    outcome = stack.preview(SUBNET, resource, config=declared())
    assert outcome.code != 0
    assert "[mandatory]" in outcome.text and what in outcome.text and instead in outcome.text


def test_pods_and_machines_are_judged_by_what_they_are_told(stack):
    """A first preview: user data that waits for the cluster passes, and what is known is read."""
    api = COMPLIANT[TEMPLATE]
    waiting = (TEMPLATE, "waiting", {**api, "userData": {"appliedOf": "c1"}})
    nowhere = (TEMPLATE, "nowhere", {**api, "userData": {"outOf": "output"}})
    fetching = (TEMPLATE, "fetching", {**api, "userData": encoded(script("curl x.example"))})
    pods = (DEPLOYMENT, "web", {"apiVersion": "apps/v1", "kind": "Deployment",
                                **workload({"name": "web", "image": "nginx"})})  # fmt: skip
    outcome = stack.preview(
        SUBNET, JOINED, CLUSTER, waiting, nowhere, fetching, pods, config=declared()
    )
    said = " ".join(outcome.text.split())
    assert outcome.code != 0 and said.count("[mandatory]") == 4, outcome.text
    for what in (
        "CN-201 LaunchTemplate 'fetching' userData line 2 names x.example, which is a host outside",
        "CN-210 LaunchTemplate 'nowhere' userData is unknown in preview.",
        "CN-145 Deployment 'web' spec.template.spec.containers[0].image is taken from docker.io,",
        "CN-146 Deployment 'web' spec.template.spec.containers[0].image names no digest.",
    ):
        assert what in said


def test_objects_are_judged_among_themselves(stack):
    """Who is given which role, what holds a namespace, and whose subnet it is."""
    role, _ = bound("controller")
    outcome = stack.preview(SUBNET, JOINED, *bound("controller"), *space("apps"), POD_SUBNET,
                            config=declared())  # fmt: skip
    said = " ".join(outcome.text.split())
    assert outcome.code != 0 and said.count("[mandatory]") == 3, outcome.text
    for what in (
        "CN-214 ClusterRoleBinding 'controller' subjects[0] binds ServiceAccount controller to a",
        "CN-215 Namespace 'apps' namespace apps has pods, and no NetworkPolicy that denies them",
        "CN-004 ENIConfig 'pods' spec.subnet is subnet-0ffffffffffffffff, not made here, and",
    ):
        assert what in said
    denied = an_object("networking.k8s.io/v1:NetworkPolicy", "denied",
                       metadata={"name": "denied", "namespace": "apps"},
                       spec={"podSelector": {}, "policyTypes": ["Egress"]})  # fmt: skip
    held = stack.preview(SUBNET, JOINED, role, *space("apps"), denied, config=declared())
    said = " ".join(held.text.split())
    assert held.code != 0 and said.count("[mandatory]") == 1, held.text
    assert "CN-216 Namespace 'apps' lets none of its pods ask for a name" in said


def test_a_route_whose_gateway_is_unknown_in_preview_fails(stack):
    out = route("out", destinationCidrBlock="10.9.0.0/16", gatewayId={"idOf": "gateway"})
    vpn = ("aws:ec2/vpnGateway:VpnGateway", "gateway", {})
    named = {"name": "gateway", "cidrs": ["10.9.0.0/16"], "owner": "net team", "reason": "dc"}
    outcome = stack.preview(vpn, out, config=declared(connections=[named]))
    assert outcome.code != 0
    assert "CN-030 Route 'out' sets a gatewayId that is unknown in preview" in outcome.text


TABLE = ("aws:ec2/routeTable:RouteTable", "table", {"vpcId": "vpc-1"})


def test_an_own_id_passes_in_the_first_preview_and_in_an_update(stack):
    joined = (ASSOCIATION, "nodes", {"routeTableId": {"idOf": "table"}})
    for judged in (stack.preview, stack.up, stack.preview):
        outcome = judged(TABLE, joined, config=declared())
        assert outcome.code == 0, outcome.text


@pytest.mark.parametrize("read", [False, True], ids=["literal", "read"])
def test_a_foreign_route_table_fails_whether_written_or_read(stack, read):
    foreign = "rtb-0ffffffffffffffff"
    joined = (ASSOCIATION, "door", {"routeTableId": {"idOf": "theirs"} if read else foreign})
    table = (TABLE[0], "theirs", {}, foreign) if read else TABLE
    outcome = stack.preview(table, joined, config=declared())
    assert outcome.code != 0
    what = "unknown in preview and comes from no resource" if read else foreign
    assert f"CN-004 RouteTableAssociation 'door' routeTableId is {what}" in outcome.text
    named = {"ids": [foreign], "owner": "net team", "reason": "looked at and found closed"}
    passed = stack.preview(table, joined, config=declared(supplied=[SUPPLIED, named]))
    assert (passed.code == 0) is not read, passed.text


@pytest.mark.parametrize("where", ["output", "constant", "lookup"])
def test_an_unknown_value_that_nobody_vouches_for_fails(stack, where):
    joined = (ASSOCIATION, "door", {"routeTableId": {"outOf": where}})
    outcome = stack.preview(TABLE, joined, config=declared())
    assert outcome.code != 0, outcome.text
    assert "CN-004 RouteTableAssociation 'door' routeTableId is unknown in preview and" in (
        outcome.text
    )
    own = (ASSOCIATION, "nodes", {"routeTableId": {"appliedOf": "table"}})
    passed = stack.preview(TABLE, own, config=declared())
    assert passed.code == 0, passed.text


@pytest.mark.parametrize("what", OPEN)
def test_what_only_the_graph_tells_fails_a_plain_program_hop_by_hop(stack, what):
    resources, begins = OPEN[what]
    outcome = stack.preview(*as_program(resources), config={"boundary": ANSWERED})
    said = " ".join(outcome.text.split())
    assert outcome.code != 0 and said.count("[mandatory]") == 1, outcome.text
    assert "CN-005 InternetGateway 'igw' lets packets of" in said
    for hop in (begins, "attachment att-far (hub-1a) -> route table hub-1a (0.0.0.0/0) -> NAT "
                "gateway nat (public-1a) -> route table public-1a (0.0.0.0/0) -> internet gateway "
                "igw. Remove the way at one of its hops"):  # fmt: skip
        assert hop in said


@pytest.mark.parametrize("what", CLOSED)
def test_its_closed_twin_passes(stack, what):
    outcome = stack.preview(*as_program(CLOSED[what]), config={"boundary": ANSWERED})
    assert outcome.code == 0 and "[mandatory]" not in outcome.text, outcome.text


def test_what_would_break_is_named_with_the_feature_and_its_calls(stack):
    outcome = stack.preview(*as_program(nodes_without_endpoints()), config=declared())
    said = " ".join(outcome.text.split())
    assert outcome.code != 0
    assert "CN-190 Vpc 'spoke' has no endpoint for ec2; then nodes do not learn their own" in said
    assert "(node name of workers): workers calls ec2:DescribeInstances. Make an interface" in said
    assert "has no endpoint for s3; then images of EKS are not pulled, so no pod starts" in said


def test_an_update_stops_before_the_door_is_created(stack):
    outcome = stack.up(GATEWAY, config=declared())
    assert outcome.code != 0 and "CN-010" in outcome.text
    assert "InternetGateway bastion created" not in outcome.text


def test_what_preview_defers_is_judged_on_update_before_creation(stack):
    """The provider's ids are no ARNs, so the entry's principal turns out to be foreign."""
    role = ("aws:iam/role:Role", "admin", COMPLIANT["aws:iam/role:Role"])
    entry = ("aws:eks/accessEntry:AccessEntry", "entry", {"principalArn": {"idOf": "admin"}})
    assert stack.preview(role, entry, config=declared()).code == 0
    outcome = stack.up(role, entry, config=declared())
    assert outcome.code != 0 and "CN-073 AccessEntry 'entry' principalArn" in outcome.text


def test_a_named_exception_passes_and_is_seen(stack):
    outcome = stack.preview(GATEWAY, config=declared(exceptions=[EXCEPTION]))
    assert outcome.code == 0, outcome.text
    assert "[advisory]" in outcome.text
    assert f"Excepted until {SOON} (owner: net team;" in outcome.text


@pytest.mark.parametrize(
    ("bad", "text"),
    [
        ({"exceptions": [{**EXCEPTION, "expires": "2020-01-31"}]}, "ended on 2020-01-31"),
        (
            {"exceptions": [{**EXCEPTION, "owner": ""}]},
            "exceptions[0].owner: must name who answers",
        ),
        # Not refused by the engine, which would not say what to write.
        ({"packages": ["awsx"]}, "packages[0]: must be an object with names, owner, reason and"),
    ],
    ids=["expired", "ownerless", "packages without an owner"],
)
def test_a_bad_exception_fails_the_preview_itself(stack, bad, text):
    outcome = stack.preview(SUBNET, config=declared(**bad))
    assert outcome.code != 0 and "CN-000" in outcome.text and text in outcome.text


@pytest.mark.parametrize(
    ("config", "text"),
    [
        ({"all": "advisory"}, "every rule keeps its level"),
        ({"all": "disabled"}, "every rule keeps its level"),
        (
            {"aws-ec2-internet-gateway-disallow-creation": "disabled"},
            "lowers aws-ec2-internet-gateway-disallow-creation (disabled)",
        ),
        ({"stack-disallow-way-out": "advisory"}, "lowers stack-disallow-way-out (advisory)"),
        (
            {"stack-disallow-undecided-policy": "disabled"},
            "lowers stack-disallow-undecided-policy (disabled)",
        ),
        ({"boundary": {"enforcementLevel": "advisory"}}, "lowers boundary (advisory)"),
        ({"exceptions-in-force": "disabled"}, "exceptions-in-force stays on"),
        ({"boundary": {"accounts": "x"}}, "accounts: Invalid type"),
        ({"boundary": {"exceptions": [{"rule": "CN-010"}]}}, "name is required"),
    ],
)
def test_a_configuration_that_would_weaken_the_pack_fails(stack, config, text):
    outcome = stack.preview(GATEWAY, config=config)
    assert outcome.code != 0 and text in outcome.text
    assert "Traceback" not in outcome.text


BREAKS = {
    "rules/judge.py": """
def _faulty(resource, boundary):
    raise KeyError("a fault of the rule")


CHECKS["CN-010"] = _faulty
""",
    "rules/whole.py": """
def undeclared(nodes, boundary):
    raise KeyError("a fault of the rule")
""",
}
NAT_ROUTE = {"destinationCidrBlock": "10.9.0.0/16", "natGatewayId": "nat-0a1b"}


def test_what_a_transform_adds_to_a_resource_is_judged(stack):
    """Traps of the SDK, 6: the program's own words are not what is made."""
    kept = route("out", destinationCidrBlock="10.9.0.0/16")
    assert "CN-030" not in stack.preview(kept, config=declared()).text
    outcome = stack.preview(route("out", byTransform=NAT_ROUTE), config=declared())
    assert outcome.code != 0 and "CN-030 Route 'out' sets natGatewayId." in outcome.text


def test_what_a_transform_adds_is_seen_in_the_whole_too(stack):
    resources, _ = OPEN["a transit gateway"]
    items = [
        (kind, name, {**props, "byTransform": {"destinationCidrBlock": "0.0.0.0/0"}})
        if name == "nodes-out"
        else (kind, name, props)
        for kind, name, props in as_program(resources)
    ]
    for _, name, props in items:
        assert name != "nodes-out" or props.pop("destinationCidrBlock") == "0.0.0.0/0"
    outcome = stack.preview(*items, config={"boundary": ANSWERED})
    assert outcome.code != 0
    assert "CN-005 InternetGateway 'igw' lets packets of" in " ".join(outcome.text.split())


def test_an_id_that_a_function_tells_is_judged_like_a_written_one(stack):
    foreign = "rtb-0ffffffffffffffff"
    joined = (ASSOCIATION, "door", {"routeTableId": {"calledFor": foreign}})
    outcome = stack.preview(joined, config=declared())
    assert outcome.code != 0
    assert f"CN-004 RouteTableAssociation 'door' routeTableId is {foreign}" in outcome.text


def test_a_target_hides_no_door(provider_port, tmp_path):
    """A door is refused whether the target is the door or its neighbour, and is not made. What
    the record holds beside the target is judged too, so the stack is one of its own."""
    stack = Stack(tmp_path, provider_port)
    for kind, name, _ in (GATEWAY, SUBNET):
        only = ("--target", f"urn:pulumi:test::raw::{kind}::{name}")
        for judged in (stack.preview, stack.up):
            outcome = judged(SUBNET, JOINED, GATEWAY, config=declared(), flags=only)
            assert outcome.code != 0 and "CN-010 InternetGateway 'bastion'" in outcome.text
            assert "InternetGateway bastion created" not in outcome.text
    passed = stack.preview(SUBNET, JOINED, config=declared(), flags=only)
    assert passed.code == 0, passed.text


def test_a_preview_as_json_is_judged_all_the_same(stack):
    """Traps of the SDK, 13. The engine's document is silent on why; the exit code is not, and
    `heiiki preview --json` tells the verdict."""
    closed = stack.preview(SUBNET, JOINED, config=declared(), flags=("--json",))
    assert closed.code == 0, closed.text
    assert any(s["urn"].endswith("::nodes-1a") for s in json.loads(closed.out)["steps"])
    opened = stack.preview(SUBNET, JOINED, GATEWAY, config=declared(), flags=("--json",))
    assert opened.code == 1 and isinstance(json.loads(opened.out)["steps"], list)


def test_a_rule_that_breaks_down_fails_the_preview(stack, tmp_path):
    """Traps of the SDK, 9: a fault of the pack's own is no pass, of one resource or of the whole.
    Its words are not shown: they may quote a value."""
    for door, where in (((GATEWAY), "rules/judge.py"), ((SUBNET), "rules/whole.py")):
        pack = tmp_path / where.replace("/", "-")
        shutil.copytree(PACK, pack, ignore=shutil.ignore_patterns("__pycache__"))
        settings = pack / "PulumiPolicy.yaml"
        settings.write_text(settings.read_text().replace("../.venv", sys.prefix))
        with (pack / where).open("a") as file:
            file.write(BREAKS[where])
        outcome = stack.preview(door, config=declared(), pack=pack)
        assert outcome.code != 0 and "CN-010" not in outcome.text
        assert "the pack is at fault, and nothing was judged: KeyError in" in outcome.text
        assert "a fault of the rule" not in outcome.text
