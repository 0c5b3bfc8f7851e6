"""The declaration that is proposed for a program of somebody else, from what it has recorded."""

import json

import pytest
from typer.testing import CliRunner

from automation.commands.app import app
from tests.policies.analyzer import SOON

ACCOUNT, HUB, VPC = "111122223333", "tgw-0a1b2c3d4e5f60718", "vpc-0a1b2c3d4e5f60718"
WHO = {"owner": "net team", "reason": "theirs, and closed"}
EMPTY = {"owner": "", "reason": ""}
EC2, TGW, R53 = "aws:ec2/", "aws:ec2transitgateway/", "aws:route53/resolverFirewall"


def made(type_, name, id_, /, **inputs):
    """A resource as an export holds it, in the account and with its ARN."""
    outputs = {**inputs, "id": id_, "arn": f"arn:aws:ec2:eu-west-1:{ACCOUNT}:thing/{id_}"}
    urn = f"urn:pulumi:prod::spoke::{type_}::{name}"
    return {"urn": urn, "type": type_, "custom": True, "id": id_, "inputs": inputs,
            "outputs": outputs}  # fmt: skip


def filtered():
    """A DNS Firewall that blocks every name."""
    block = {"priority": 1, "action": "BLOCK", "blockResponse": "NXDOMAIN"}
    ids = {"firewallDomainListId": "rslvr-fdl-1", "firewallRuleGroupId": "rslvr-frg-1"}
    of_group = {"firewallRuleGroupId": "rslvr-frg-1", "vpcId": VPC}
    return [
        made(f"{R53}DomainList:ResolverFirewallDomainList", "all", "rslvr-fdl-1", domains=["*"]),
        made(f"{R53}RuleGroup:ResolverFirewallRuleGroup", "dns", "rslvr-frg-1"),
        made(f"{R53}Rule:ResolverFirewallRule", "block", "rule-1", **block, **ids),
        made(f"{R53}RuleGroupAssociation:ResolverFirewallRuleGroupAssociation", "dns", "assoc-1",
             priority=101, mutationProtection="ENABLED", **of_group),
    ]  # fmt: skip


def spoke(destination="10.20.0.0/16"):
    """A closed VPC that is attached to another team's transit gateway, named by its id."""
    subnet = {"vpcId": VPC, "cidrBlock": "10.1.0.0/24", "availabilityZone": "eu-west-1a"}
    return [
        made("pulumi:providers:aws", "default", "p-1", region="eu-west-1"),
        made(f"{EC2}vpc:Vpc", "spoke", VPC, cidrBlock="10.1.0.0/16", enableDnsHostnames=True),
        made(f"{EC2}subnet:Subnet", "a", "subnet-1", **subnet),
        made(f"{EC2}routeTable:RouteTable", "a", "rtb-1", vpcId=VPC),
        made(f"{EC2}routeTableAssociation:RouteTableAssociation", "a", "rtbassoc-1",
             subnetId="subnet-1", routeTableId="rtb-1"),
        made(f"{TGW}vpcAttachment:VpcAttachment", "hub", "tgw-attach-1", vpcId=VPC,
             subnetIds=["subnet-1"], transitGatewayId=HUB),
        made(f"{EC2}route:Route", "to-hub", "r-1", routeTableId="rtb-1",
             destinationCidrBlock=destination, transitGatewayId=HUB),
        *filtered(),
    ]  # fmt: skip


@pytest.fixture
def folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    return tmp_path


def ran(command, *arguments):
    ended = CliRunner().invoke(app, [command, "--json", *arguments])
    assert ended.exit_code in (0, 1, 2, 3), ended.output
    return ended.exit_code, json.loads(ended.stdout)


def written(folder, resources):
    state = folder / "state.json"
    document = {"version": 3, "deployment": {"resources": resources}}
    state.write_text(json.dumps(document), encoding="utf-8")
    return str(state)


def signed(folder, **more):
    """The file as people fill it in."""
    file = folder / "heiiki.prod.policy.json"
    boundary = json.loads(file.read_text(encoding="utf-8"))["boundary"]
    for entry in (*boundary.get("connections", []), *boundary.get("supplied", [])):
        entry.update(WHO)
    boundary.update(more)
    file.write_text(json.dumps({"boundary": boundary}), encoding="utf-8")
    return str(file)


def test_a_signed_proposal_closes_what_others_have_to_answer_for(folder):
    state = written(folder, spoke())
    code, found = ran("boundary", "--state", state)
    boundary = found["document"]["boundary"]
    assert code == 0 and found["policyFile"] == str(folder / "heiiki.prod.policy.json")
    assert (boundary["accounts"], boundary["regions"]) == ([ACCOUNT], ["eu-west-1"])
    assert [(c["name"], c["cidrs"]) for c in boundary["connections"]] == [
        ("hub", ["10.20.0.0/16"]), ("to-hub", ["10.20.0.0/16"]),
    ]  # fmt: skip
    assert [s["ids"] for s in boundary["supplied"]] == [[HUB]]
    assert "boundary.connections[0].owner" in found["unsigned"] and not found["refused"]
    policy = str(folder / "heiiki.prod.policy.json")
    code, found = ran("prove", "--state", state, "--boundary", policy)
    assert code == 1 and {f["rule"] for f in found["findings"]} >= {"CN-000", "CN-022", "CN-004"}
    code, found = ran("prove", "--state", state, "--boundary", signed(folder))
    assert (code, found["verdict"]) == (0, "closed")
    code, found = ran("boundary", "--state", state, "--check")
    assert (code, found["changed"], found["unsigned"]) == (0, False, []), "nothing is missing now"


@pytest.mark.parametrize(
    ("region", "accounts"),
    [({}, ["631144002099"]), ({"region": "us-east-1"}, ["392220576650"]),
     ({"region": "us-gov-west-1"}, [])],
)  # fmt: skip
def test_of_a_vpc_link_it_proposes_whom_it_lets_in(folder, region, accounts):
    """Of its own region, or else of the program's; AWS lists no account of GovCloud's."""
    arn = f"arn:aws:elasticloadbalancing:eu-west-1:{ACCOUNT}:loadbalancer/net/orders/0a1b2c"
    balancer = made("aws:lb/loadBalancer:LoadBalancer", "orders", arn, internal=True,
                    loadBalancerType="network", subnets=["subnet-1"])  # fmt: skip
    balancer["outputs"]["arn"] = arn
    link = made("aws:apigateway/vpcLink:VpcLink", "orders", "a1b2c3", targetArn=arn)
    link["outputs"].update(region)
    state = written(folder, [*spoke(), balancer, link])
    code, found = ran("boundary", "--state", state)
    proposed = found["document"]["boundary"]["connections"]
    assert code == 0 and {"name": "orders", "accounts": accounts, **EMPTY} in proposed
    missing = "must name whom the VPC link lets in: API Gateway's account in the region"
    assert found["refused"] == [
        f"boundary.connections[{proposed.index(c)}].accounts: {missing}"
        for c in proposed if c.get("accounts") == []
    ]  # fmt: skip
    code, found = ran("prove", "--state", state, "--boundary", signed(folder))
    told = {f["rule"] for f in found["findings"] if f["resource"] == "orders"}
    assert told == (set() if accounts else {"CN-025", "CN-159"})
    assert code == (0 if accounts else 1)


def test_nothing_that_is_open_is_proposed(folder):
    """No exception, no public range, and no gateway: people decide that."""
    gateway = made(f"{EC2}internetGateway:InternetGateway", "door", "igw-1", vpcId=VPC)
    state = written(folder, [*spoke("0.0.0.0/0"), gateway])
    code, found = ran("boundary", "--state", state)
    boundary = found["document"]["boundary"]
    assert code == 0 and "exceptions" not in boundary
    assert [c["cidrs"] for c in boundary["connections"]] == [[], []]
    assert found["refused"] == [
        f"boundary.connections[{index}].cidrs: must name the private ranges behind the connection"
        for index in (0, 1)
    ]
    code, found = ran("prove", "--state", state, "--boundary", signed(folder, connections=[]))
    assert code == 1 and {"CN-010", "CN-022", "CN-032"} <= {f["rule"] for f in found["findings"]}


def test_what_people_wrote_stays_and_what_is_new_is_added(folder):
    ran("boundary", "--state", written(folder, spoke()))
    exception = {"rule": "CN-240", "name": "spoke", "expires": SOON, **WHO}
    signed(folder, accounts=["999988887777"], exceptions=[exception])
    far = made(f"{EC2}vpcPeeringConnection:VpcPeeringConnection", "dr", "pcx-1", vpcId=VPC,
               peerVpcId="vpc-2")  # fmt: skip
    other = made(f"{EC2}vpc:Vpc", "far", "vpc-2", cidrBlock="10.64.0.0/16")
    _, found = ran("boundary", "--state", written(folder, [*spoke(), other, far]))
    boundary = found["document"]["boundary"]
    assert boundary["accounts"] == ["999988887777"] and boundary["exceptions"] == [exception]
    assert [(c["name"], c["owner"]) for c in boundary["connections"]] == [
        ("hub", "net team"), ("to-hub", "net team"), ("dr", ""),
    ]  # fmt: skip
    assert boundary["connections"][-1]["cidrs"] == ["10.1.0.0/16", "10.64.0.0/16"]


def test_an_account_is_one_that_the_program_makes_things_in(folder):
    """What it only reads, and an id that no pattern tells from a secret, are for people."""
    theirs = {"external": True, "outputs": {"arn": "arn:aws:iam::444455556666:role/r"}}
    read = {**made("aws:iam/role:Role", "theirs", "r", name="r"), **theirs}
    to = {"logDestinationType": "s3", "logDestination": "arn:aws:s3:::audit-of-the-bank"}
    log = made(f"{EC2}flowLog:FlowLog", "flows", "fl-1", vpcId=VPC, trafficType="ALL", **to)
    given = ["boundary", "--state", written(folder, [*spoke(), read, log]), "--out", "own.json"]
    ended = CliRunner().invoke(app, given)
    boundary = json.loads((folder / "own.json").read_text(encoding="utf-8"))["boundary"]
    assert ended.exit_code == 0 and boundary["accounts"] == [ACCOUNT]
    said = " ".join(ended.stderr.split())
    assert "name it yourself under boundary.supplied: flows logDestination is" in said
    without = [{**thing, "outputs": {}} for thing in spoke()]
    _, found = ran("boundary", "--state", written(folder, without), "--out", "other.json")
    assert found["document"]["boundary"]["accounts"] == []
    assert "boundary.accounts: no ARN tells of an account" in found["unnamed"]


def test_what_is_encrypted_names_nothing_and_stops_nobody(folder):
    secret = {"4dabf18193072939515e22adb298388d": "1b47061264138c4ac30d75fd1eb44270",
              "ciphertext": "v1:x"}  # fmt: skip
    resources = spoke()
    for type_, key in ((f"{EC2}route:Route", "transitGatewayId"),
                       (f"{EC2}route:Route", "destinationCidrBlock"),
                       ("pulumi:providers:aws", "region")):  # fmt: skip
        next(r for r in resources if r["type"] == type_)["inputs"][key] = secret
    code, found = ran("boundary", "--state", written(folder, resources))
    connections = found["document"]["boundary"]["connections"]
    assert code == 0 and [(c["name"], c["cidrs"]) for c in connections] == [
        ("hub", []), ("to-hub", []),
    ]  # fmt: skip
    assert "ciphertext" not in json.dumps(found) and "v1:x" not in json.dumps(found)
    asked = CliRunner().invoke(app, ["facts", "--state", "state.json"])
    assert asked.exit_code == 1 and "the record names no region" in asked.output


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (("--state", "state.json", "--stack", "prod"), 1, "--state says which stack it is of"),
        (("--out", "x.json"), 1, "--out goes with --state"),
        (("--state", "nowhere.json"), 3, "nowhere.json cannot be read"),
        (("--state", "empty.json"), 3, "empty.json is no export of a stack"),
    ],
)
def test_what_says_nothing_or_two_things_is_refused(folder, arguments, code, said):
    (folder / "empty.json").write_text("{}", encoding="utf-8")
    written(folder, spoke())
    ended = CliRunner().invoke(app, ["boundary", *arguments])
    assert ended.exit_code == code and said in ended.output and "Traceback" not in ended.output
    assert not list(folder.glob("heiiki.*"))
