"""A whole VPC read from AWS: what is told of it, as whose, and what is left out."""

import json
import os
from dataclasses import replace
from typing import Any

import pytest
from typer.testing import CliRunner

from automation.aws_calls import Account, account_of
from automation.commands.app import app
from automation.described.live import as_text, read_vpcs
from automation.described.reader import Reading
from automation.described.records import Records
from automation.described.resources import resources_of
from automation.described.scope import Scope
from automation.described.tables import calls
from automation.state import Resource
from local.aws.api import forget
from model.build import build_model
from rules.boundary import Boundary
from rules.judge import judge
from rules.whole import judge_whole
from sources.recorded import read_recorded
from tests.automation.conftest import REGION
from tests.automation.described.surroundings import OPEN, Surroundings
from tests.engine.proofs import allowed, listening

UNKNOWN = "04da6b54-80e4-46f7-96ec-b56ff0331ba9"
HERE = {"region": REGION, "account": "123456789012", "partition": "aws"}
TYPES = {
    "vpc": "ec2/vpc:Vpc",
    "subnet a": "ec2/subnet:Subnet",
    "options": "ec2/vpcDhcpOptions:VpcDhcpOptions",
    "table": "ec2/routeTable:RouteTable",
    "association": "ec2/routeTableAssociation:RouteTableAssociation",
    "list": "ec2/managedPrefixList:ManagedPrefixList",
    "acl": "ec2/networkAcl:NetworkAcl",
    "group": "ec2/securityGroup:SecurityGroup",
    "igw": "ec2/internetGateway:InternetGateway",
    "eigw": "ec2/egressOnlyInternetGateway:EgressOnlyInternetGateway",
    "cagw": "ec2/carrierGateway:CarrierGateway",
    "eip": "ec2/eip:Eip",
    "nat": "ec2/natGateway:NatGateway",
    "vgw": "ec2/vpnGateway:VpnGateway",
    "cgw": "ec2/customerGateway:CustomerGateway",
    "vpn": "ec2/vpnConnection:VpnConnection",
    "peering": "ec2/vpcPeeringConnection:VpcPeeringConnection",
    "tgw": "ec2transitgateway/transitGateway:TransitGateway",
    "attachment": "ec2transitgateway/vpcAttachment:VpcAttachment",
    "tgw table": "ec2transitgateway/routeTable:RouteTable",
    "endpoint": "ec2/vpcEndpoint:VpcEndpoint",
    "card": "ec2/networkInterface:NetworkInterface",
    "instance": "ec2/instance:Instance",
    "template": "ec2/launchTemplate:LaunchTemplate",
    "balancer": "lb/loadBalancer:LoadBalancer",
    "listener": "lb/listener:Listener",
    "listener rule": "lb/listenerRule:ListenerRule",
    "target group": "lb/targetGroup:TargetGroup",
    "target": "lb/targetGroupAttachment:TargetGroupAttachment",
    "mount target": "efs/mountTarget:MountTarget",
    "option group": "rds/optionGroup:OptionGroup",
    "database subnets": "rds/subnetGroup:SubnetGroup",
    "database": "rds/instance:Instance",
    "database cluster": "rds/cluster:Cluster",
    "cluster instance": "rds/clusterInstance:ClusterInstance",
    "cache subnets": "elasticache/subnetGroup:SubnetGroup",
    "brokers": "msk/cluster:Cluster",
    "function": "lambda/function:Function",
    "permission": "lambda/permission:Permission",
    "function's address": "lambda/functionUrl:FunctionUrl",
    "event source": "lambda/eventSourceMapping:EventSourceMapping",
    "access point": "s3/accessPoint:AccessPoint",
    "resolver endpoint": "route53/resolverEndpoint:ResolverEndpoint",
    "resolver rule": "route53/resolverRule:ResolverRule",
    "zone": "route53/zone:Zone",
    "profile": "route53/profilesProfile:ProfilesProfile",
    "profile association": "route53/profilesAssociation:ProfilesAssociation",
    "held group's entry": "route53/profilesResourceAssociation:ProfilesResourceAssociation",
    "held group": "route53/resolverFirewallRuleGroup:ResolverFirewallRuleGroup",
    "held zone's entry": "route53/profilesResourceAssociation:ProfilesResourceAssociation",
    "held zone": "route53/zone:Zone",
}


@pytest.fixture(scope="module")
def clean(endpoint_url):
    """An account with the surroundings in it, for tests that only read."""
    forget()
    return account_of(
        {
            "AWS_ENDPOINT_URL": endpoint_url,
            "AWS_ACCESS_KEY_ID": "testing",
            "AWS_SECRET_ACCESS_KEY": "testing",
            "AWS_CONFIG_FILE": os.devnull,
            "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
        }
    )


@pytest.fixture(scope="module")
def made(clean):
    return Surroundings(clean)


@pytest.fixture(scope="module")
def told(clean, made):
    """The resources of the VPC by type and id."""
    asked: set[str] = set()
    listening(clean, asked)
    read, account = read_vpcs(clean, REGION, [made.vpc])
    assert account == "123456789012" and read.missing == []
    assert len(asked) > 60 and asked <= allowed(), asked - allowed()
    assert "dms:DescribeReplicationInstances" in asked, "of a whole VPC, what few have is asked for"
    return {(r["type"].removeprefix("aws:"), r["outputs"]["id"]): r for r in read.resources}


@pytest.mark.parametrize("what", TYPES)
def test_a_thing_in_a_vpc_is_told_as_its_type(told, made, what):
    assert (TYPES[what], made.ids[what]) in told


def test_a_thing_is_called_by_its_id_and_never_by_a_tag_that_anybody_may_write(told, made):
    vpc = told["ec2/vpc:Vpc", made.vpc]
    assert vpc["inputs"]["tags"] == {"Name": "bastion"} and vpc["name"] == made.vpc
    assert all("described" not in resource for resource in told.values())


def test_another_vpc_is_told_only_where_it_is_asked_for(told, made):
    assert ("ec2/vpc:Vpc", made.other) not in told
    assert not [r for r in told.values() if r["inputs"].get("vpcId") == made.other]


def inputs(told, type_: str, **where: Any) -> list[dict[str, Any]]:
    found = [r["inputs"] for (t, _), r in told.items() if t == type_]
    return [i for i in found if all(i.get(name) == value for name, value in where.items())]


def test_a_vpc_tells_its_blocks_and_what_comes_with_it(told, made):
    vpc = told["ec2/vpc:Vpc", made.vpc]
    assert vpc["inputs"]["cidrBlock"] == "10.0.0.0/16"
    (more,) = inputs(told, "ec2/vpcIpv4CidrBlockAssociation:VpcIpv4CidrBlockAssociation")
    assert more == {"vpcId": made.vpc, "cidrBlock": "10.1.0.0/16"}
    given = {"defaultRouteTableId": "rtb-", "defaultNetworkAclId": "acl-",
             "defaultSecurityGroupId": "sg-", "mainRouteTableId": "rtb-"}  # fmt: skip
    assert all(vpc["outputs"][name].startswith(begins) for name, begins in given.items())
    options = {"vpcId": made.vpc, "dhcpOptionsId": made.ids["options"]}
    assert inputs(told, "ec2/vpcDhcpOptionsAssociation:VpcDhcpOptionsAssociation", **options)


def test_routes_tell_destination_and_target(told, made):
    ids, table = made.ids, made.ids["table"]
    routes = inputs(told, "ec2/route:Route", routeTableId=table)
    assert {tuple(sorted(r.items())) for r in routes} == {
        tuple(sorted({"routeTableId": table, **route}.items()))
        for route in (
            {"destinationCidrBlock": "0.0.0.0/0", "gatewayId": ids["igw"]},
            {"destinationCidrBlock": "198.51.100.0/24", "natGatewayId": ids["nat"]},
            {"destinationCidrBlock": "10.9.0.0/16", "vpcPeeringConnectionId": ids["peering"]},
            {"destinationCidrBlock": "192.168.0.0/16", "transitGatewayId": ids["tgw"]},
            {"destinationPrefixListId": ids["list"], "transitGatewayId": ids["tgw"]},
        )
    }
    kind = "ec2/vpnGatewayRoutePropagation:VpnGatewayRoutePropagation"
    assert inputs(told, kind) == [{"routeTableId": table, "vpnGatewayId": ids["vgw"]}]
    (listed,) = inputs(told, "ec2/managedPrefixList:ManagedPrefixList")
    assert [entry["cidr"] for entry in listed["entries"]] == ["172.16.0.0/12"]


def test_tables_of_a_transit_gateway_tell_whose_packets_they_route_and_where_to(told, made):
    ids = made.ids
    table = {"transitGatewayRouteTableId": ids["tgw table"]}
    to = {"transitGatewayAttachmentId": ids["attachment"]}
    for kind in ("routeTableAssociation:RouteTableAssociation",
                 "routeTablePropagation:RouteTablePropagation"):  # fmt: skip
        assert {**table, **to} in inputs(told, f"ec2transitgateway/{kind}")
    assert inputs(told, "ec2transitgateway/route:Route", **table) == [
        {**table, **to, "destinationCidrBlock": "0.0.0.0/0"},
        {**table, "destinationCidrBlock": "192.0.2.0/24", "blackhole": True},
    ]
    (attached,) = inputs(told, "ec2transitgateway/vpcAttachment:VpcAttachment")
    assert attached["transitGatewayDefaultRouteTableAssociation"] is False


def test_filters_tell_their_entries_and_rules(told, made):
    acl = told["ec2/networkAcl:NetworkAcl", made.ids["acl"]]["inputs"]
    (entry,) = acl["egress"]
    assert {k: v for k, v in entry.items() if v is not None} == {
        "action": "deny", "ruleNo": 7, "protocol": "6", "cidrBlock": "192.0.2.0/24",
        "fromPort": 25, "toPort": 26,
    }  # fmt: skip
    group = {"securityGroupId": made.ids["group"]}
    (inward,) = inputs(told, "vpc/securityGroupIngressRule:SecurityGroupIngressRule", **group)
    assert inward["referencedSecurityGroupId"] == made.ids["group"]
    (outward,) = inputs(told, "vpc/securityGroupEgressRule:SecurityGroupEgressRule", **group)
    assert outward["cidrIpv4"] == "0.0.0.0/0"


def test_machines_tell_where_they_are_and_what_lets_them_talk(told, made):
    ids = made.ids
    machine = told["ec2/instance:Instance", ids["instance"]]["inputs"]
    assert machine["vpcSecurityGroupIds"] == [ids["group"]]
    assert machine["metadataOptions"]["httpTokens"] == "required"
    assert machine["subnetId"] == made.subnet and machine["associatePublicIpAddress"] is False
    card = told["ec2/networkInterface:NetworkInterface", ids["card"]]["inputs"]
    assert card["privateIps"] == ["10.0.0.77"] and card["securityGroups"] == [ids["group"]]
    (template,) = inputs(told, "ec2/launchTemplate:LaunchTemplate")
    assert template["networkInterfaces"][0]["associatePublicIpAddress"] is True
    (pool,) = inputs(told, "autoscaling/group:Group")
    assert pool["launchTemplate"]["id"] == ids["template"]
    assert pool["vpcZoneIdentifiers"] == [made.subnet]
    launched = inputs(told, "ec2/networkInterface:NetworkInterface", subnetId=made.subnet)
    assert len(launched) > 2, "the pool's machine stands in the VPC with its own interface"
    assert len(inputs(told, "ec2/instance:Instance")) == 1, "and its template is what is judged"
    (balancer,) = inputs(told, "lb/loadBalancer:LoadBalancer")
    assert balancer["internal"] is False and len(balancer["subnets"]) == 2


def test_databases_and_brokers_tell_where_they_stand(told, made):
    ids = made.ids
    database = told["rds/instance:Instance", ids["database"]]["inputs"]
    assert database["dbSubnetGroupName"] == "data" and database["publiclyAccessible"] is True
    assert database["vpcSecurityGroupIds"] == [ids["group"]]
    (group,) = inputs(told, "rds/subnetGroup:SubnetGroup")
    assert group["subnetIds"] == [ids["subnet a"], ids["subnet c"]]
    instance = told["rds/clusterInstance:ClusterInstance", "aurora-1"]["inputs"]
    assert instance["clusterIdentifier"] == "aurora"
    (brokers,) = inputs(told, "msk/cluster:Cluster")
    assert brokers["brokerNodeGroupInfo"]["securityGroups"] == [ids["group"]]
    assert len(inputs(told, "rds/instance:Instance")) == 1, "an instance of a cluster is none"


def test_a_function_tells_where_it_runs_and_who_may_call_it(told, made):
    ids = made.ids
    (function,) = inputs(told, "lambda/function:Function")
    assert function["vpcConfig"]["subnetIds"] == [made.subnet]
    assert function["environment"] == {"variables": {"HOST": "db.inside.example"}}
    (called,) = inputs(told, "lambda/permission:Permission")
    assert called["function"] == "orders" and called["principal"] == "sns.amazonaws.com"
    assert called["sourceArn"].endswith(":orders") and "sourceAccount" not in called
    (fed,) = inputs(told, "lambda/eventSourceMapping:EventSourceMapping")
    assert fed["functionName"].endswith(":function:orders")
    point = told["s3/accessPoint:AccessPoint", ids["access point"]]["inputs"]
    assert point["bucket"] == "orders" and point["vpcConfiguration"] == {"vpcId": made.vpc}


def test_load_balancers_tell_where_they_send_to(told, made):
    ids = made.ids
    listener = told["lb/listener:Listener", ids["listener"]]["inputs"]
    assert listener["loadBalancerArn"] == ids["balancer"] and listener["port"] == 80
    (rule,) = inputs(told, "lb/listenerRule:ListenerRule")
    assert rule["listenerArn"] == ids["listener"], "and its default is told with the listener"
    for action in (*listener["defaultActions"], *rule["actions"]):
        assert action["targetGroupArn"] == ids["target group"]
    group = told["lb/targetGroup:TargetGroup", ids["target group"]]["inputs"]
    assert (group["targetType"], group["protocol"], group["port"]) == ("ip", "HTTP", 80)
    check = {"port": "traffic-port", "protocol": "HTTP", "path": "/"}
    assert group["vpcId"] == made.vpc and group["healthCheck"] == check
    (target,) = inputs(told, "lb/targetGroupAttachment:TargetGroupAttachment")
    assert (target["targetId"], target["port"]) == ("192.0.2.77", 8080)


def test_what_is_empty_is_absent(told, made):
    """What nobody reads is unknown: of an older deployment of an API (test_api_parity.py)."""
    (vpn,) = inputs(told, "ec2/vpnConnection:VpnConnection")
    assert "vpnConcentratorId" not in vpn and "transitGatewayId" not in vpn


def test_every_id_says_which_resource_it_is_of(told, made):
    igw = told["ec2/internetGateway:InternetGateway", made.ids["igw"]]
    assert igw["sources"] == {"vpcId": [told["ec2/vpc:Vpc", made.vpc]["urn"]]}


def test_the_command_proves_vpcs_of_no_stack_and_shows_their_doors(clean, made, monkeypatch):
    monkeypatch.setattr("automation.aws_calls.account_of", lambda _: clean)
    arguments = ["prove", "--live", "--region", REGION, "--vpc", made.vpc, "--json"]
    ended = CliRunner().invoke(app, arguments)
    document = json.loads(ended.stdout)
    assert ended.exit_code == 1 and document["verdict"] == "open"
    assert document["stack"] == made.vpc
    found = {(f["rule"], f["resource"]) for f in document["findings"]}
    for rule, what in (("CN-010", "igw"), ("CN-012", "nat"), ("CN-020", "peering"),
                       ("CN-022", "attachment"), ("CN-085", "endpoint"), ("CN-110", "balancer"),
                       ("CN-212", "target"), ("CN-121", "resolver rule"), ("CN-050", "database"),
                       ("CN-015", "function's address"),
                       ("CN-005", "igw")):  # fmt: skip
        assert (rule, made.ids[what]) in found


def record(type_: str, called: str, id_: str, **outputs: Any) -> Resource:
    urn = f"urn:pulumi:dev::heiiki::{type_}::{called}"
    return Resource(urn, type_, called, id_, {}, outputs)


def read_of(account: Account, made: Surroundings, *records: Resource) -> dict[str, dict[str, Any]]:
    """What is told of a stack that is supplied with the VPC, by name."""
    known = Records(records)
    found = Reading(account, REGION, HERE).run(calls(), Scope.of(known.ids, [made.vpc]))
    return {r["name"]: r for r in resources_of(found, known).resources}


def test_of_a_supplied_vpc_the_network_is_described_and_what_others_run_in_it_is_not(clean, made):
    told = read_of(clean, made)
    ids = made.ids
    for what in ("vpc", "subnet a", "table", "igw", "nat", "endpoint", "group", "acl", "list"):
        assert told[ids[what]]["described"] is True, what
    for what in ("instance", "card", "template", "balancer", "tgw", "attachment", "peering", "vpn",
                 "eip", "zone"):  # fmt: skip
        assert ids[what] not in told, what


def test_what_a_stack_adds_to_a_supplied_thing_is_its_own_by_its_name(clean, made):
    ids = made.ids
    route = record(
        "aws:ec2/route:Route", "to-hq", "r-1",
        routeTableId=ids["table"], destinationCidrBlock="192.168.0.0/16",
    )  # fmt: skip
    told = read_of(clean, made, route)
    assert "described" not in told["to-hq"] and told["to-hq"]["urn"] == route.urn
    assert told[ids["table"]]["described"] is True
    assert f"{ids['table']} 0.0.0.0/0" in told and f"{ids['table']} 192.168.0.0/16" not in told


def test_a_table_that_a_stack_has_made_the_main_one_stays_its_own(clean, made):
    vpc = record("aws:ec2/vpc:Vpc", "net", made.vpc)
    ec2 = made.ec2
    (main,) = ec2.describe_route_tables(
        Filters=[{"Name": "vpc-id", "Values": [made.vpc]},
                 {"Name": "association.main", "Values": ["true"]}]
    )["RouteTables"]  # fmt: skip
    own = record("aws:ec2/routeTable:RouteTable", "main", main["RouteTableId"])
    told = read_of(clean, made, vpc, own)
    assert told["main"]["type"] == own.type and told["main"]["urn"] == own.urn
    kinds = [r["type"].rsplit(":", 1)[-1] for r in told.values()]
    assert kinds.count("MainRouteTableAssociation") == 1 and "DefaultRouteTable" not in kinds


@pytest.mark.parametrize(("asked", "told"), [({}, False), ({"policy": "{}"}, True), (None, True)])
def test_a_policy_that_aws_fills_in_is_none_where_the_program_asked_for_none(
    clean, made, asked, told
):
    """A service that takes no policy shows one that lets everybody through."""
    kind, id_ = "aws:ec2/vpcEndpoint:VpcEndpoint", made.ids["endpoint"]
    records = [] if asked is None else [Resource("u", kind, "s3", id_, asked, {})]
    read = read_of(clean, made, *records)
    endpoint = read["s3" if records else id_]
    assert ("policy" in endpoint["inputs"]) is told


def test_what_is_recorded_and_cannot_be_read_is_unknown_and_what_is_gone_is_told(clean, made):
    kind = "aws:ec2/eipDomainName:EipDomainName"
    seen = Resource("q", kind, "seen", "x.example", {"allocationId": "eipalloc-1"}, {})
    hook = Resource("u", "aws:autoscaling/lifecycleHook:LifecycleHook", "hook", "h", {"a": 1}, {})
    kept = {"bucket": "own", "content": "text"}
    bundle = Resource("o", "aws:s3/bucketObjectv2:BucketObjectv2", "bundle", "own/b", kept, {})
    gone = record("aws:ec2/subnet:Subnet", "gone", "subnet-0a1b2c3d")
    known = Records([seen, hook, bundle, gone])
    found = Reading(clean, REGION, HERE).run(calls(), Scope.of(known.ids, [made.vpc]))
    read = resources_of(found, known)
    told = {r["name"]: r for r in read.resources}
    assert told["seen"]["inputs"] == {"allocationId": UNKNOWN}
    assert told["hook"]["inputs"] == {"a": 1}
    assert told["bundle"]["inputs"] == {"bucket": "own", "content": UNKNOWN}, "it cannot move"
    assert read.missing == [gone] and "gone" not in told
    assert json.loads(as_text(read.resources))


EC2 = "aws:ec2/"


def joints(made: Surroundings) -> dict[str, dict[str, Any]]:
    """What a program may say of the surroundings by resources of their own."""
    ids = made.ids
    (subnets_acl,) = made.ec2.describe_network_acls(
        Filters=[{"Name": "association.subnet-id", "Values": [made.subnet]}]
    )["NetworkAcls"]
    endpoint = {"vpcEndpointId": ids["endpoint"]}
    return {
        f"{EC2}internetGatewayAttachment:InternetGatewayAttachment":
            {"internetGatewayId": ids["igw"], "vpcId": made.vpc},
        f"{EC2}vpnGatewayAttachment:VpnGatewayAttachment":
            {"vpnGatewayId": ids["vgw"], "vpcId": made.vpc},
        f"{EC2}vpcEndpointRouteTableAssociation:VpcEndpointRouteTableAssociation":
            {**endpoint, "routeTableId": ids["table"]},
        f"{EC2}vpcEndpointPolicy:VpcEndpointPolicy": {**endpoint, "policy": OPEN},
        f"{EC2}managedPrefixListEntry:ManagedPrefixListEntry":
            {"prefixListId": ids["list"], "cidr": "172.16.0.0/12"},
        f"{EC2}networkAclAssociation:NetworkAclAssociation":
            {"networkAclId": subnets_acl["NetworkAclId"], "subnetId": made.subnet},
        f"{EC2}networkAclRule:NetworkAclRule": {
            "networkAclId": ids["acl"], "egress": True, "ruleNumber": 7, "protocol": "6",
            "ruleAction": "deny", "cidrBlock": "192.0.2.0/24", "fromPort": 25, "toPort": 26,
        },
        f"{EC2}networkInterfaceSecurityGroupAttachment:NetworkInterfaceSecurityGroupAttachment":
            {"networkInterfaceId": ids["card"], "securityGroupId": ids["group"]},
        "aws:route53/zoneAssociation:ZoneAssociation":
            {"zoneId": ids["zone"], "vpcId": made.vpc, "vpcRegion": REGION},
    }  # fmt: skip


def test_what_adds_to_a_thing_is_told_by_the_name_that_it_is_recorded_by(clean, made):
    """Or not at all: of a thing that was made whole, nobody has recorded any."""
    asked = joints(made)
    records = [
        Resource(f"urn:pulumi:dev::heiiki::{type_}::own", type_, type_, "?", inputs, dict(inputs))
        for type_, inputs in asked.items()
    ]
    told = read_of(clean, made, *records)
    for type_, inputs in asked.items():
        assert told[type_]["inputs"] == inputs, type_
        assert "described" not in told[type_], "of whatever it is a part"
    assert not {r["type"] for r in read_of(clean, made).values()} & asked.keys()


def test_a_classic_load_balancer_tells_where_its_logs_go(clean, made):
    elb, s3 = clean.client("elb", REGION), clean.client("s3", REGION)
    s3.create_bucket(Bucket="far-logs", CreateBucketConfiguration={"LocationConstraint": REGION})
    port = {"Protocol": "TCP", "LoadBalancerPort": 80, "InstancePort": 80}
    elb.create_load_balancer(LoadBalancerName="old", Listeners=[port], Subnets=[made.subnet])
    balancer = record("aws:elb/loadBalancer:LoadBalancer", "old", "old")
    assert "accessLogs" not in read_of(clean, made, balancer)["old"]["inputs"]
    elb.modify_load_balancer_attributes(
        LoadBalancerName="old",
        LoadBalancerAttributes={"AccessLog": {"Enabled": True, "S3BucketName": "far-logs"}},
    )
    told = read_of(clean, made, balancer)["old"]["inputs"]
    assert told["accessLogs"] == {"enabled": True, "bucket": "far-logs"}


def test_what_was_made_in_another_region_is_unknown_and_not_gone(clean, made):
    kind, far = "aws:sqs/queue:Queue", "eu-central-1"
    there = Resource("urn:q", kind, "far", "https://sqs.invalid/far", {"name": "far"}, {})
    seen = [replace(there, outputs={"region": far}), replace(there, urn="urn:here")]
    known = Records(seen, REGION)
    read = resources_of(Reading(clean, REGION, HERE).run(calls(), known.scope([made.vpc])), known)
    (told,) = [r for r in read.resources if r["type"] == kind]
    assert told["urn"] == "urn:q" and told["inputs"] == {"name": UNKNOWN}
    assert [resource.urn for resource in read.missing] == ["urn:here"]


def test_a_recorded_bucket_tells_whom_it_notifies_and_where_its_logs_go(clean, made):
    """Whoever has set that; of a bucket that nobody has recorded it is not asked."""
    s3, topic = clean.client("s3", REGION), f"arn:aws:sns:{REGION}:123456789012:far"
    s3.put_bucket_acl(Bucket="orders", ACL="log-delivery-write")
    s3.put_bucket_logging(
        Bucket="orders",
        BucketLoggingStatus={"LoggingEnabled": {"TargetBucket": "orders", "TargetPrefix": "x"}},
    )
    events = [{"TopicArn": topic, "Events": ["s3:ObjectCreated:*"]}]
    s3.put_bucket_notification_configuration(
        Bucket="orders", NotificationConfiguration={"TopicConfigurations": events}
    )
    told = {r["type"]: r["inputs"] for r in of_bucket(clean, "orders")}
    notified = told["aws:s3/bucketNotification:BucketNotification"]
    assert [one["topicArn"] for one in notified["topics"]] == [topic]
    assert told["aws:s3/bucketLogging:BucketLogging"]["targetBucket"] == "orders"
    assert told["aws:s3/accessPoint:AccessPoint"]["bucket"] == "orders", "whoever has made it"
    assert of_bucket(clean, "other") == []


def test_a_recorded_acl_of_a_bucket_that_admits_nobody_else_is_still_there(clean, made):
    """The provider calls it by its bucket and its words."""
    clean.client("s3", REGION).create_bucket(
        Bucket="quiet", CreateBucketConfiguration={"LocationConstraint": REGION}
    )
    acl = record("aws:s3/bucketAcl:BucketAcl", "acl", "quiet,private", bucket="quiet")
    known = Records([record("aws:s3/bucket:Bucket", "own", "quiet"), acl])
    found = Reading(clean, REGION, HERE).run(calls(), Scope.of(known.ids))
    read = resources_of(found, known)
    (told,) = (r for r in read.resources if r["name"] == "acl")
    assert read.missing == [] and told["outputs"]["id"] == "quiet,private"
    granted = told["inputs"]["accessControlPolicy"]
    assert {one["grantee"]["id"] for one in granted["grants"]} == {granted["owner"]["id"]}


@pytest.mark.parametrize(("type_", "found"), [
    ("aws:iam/role:Role", False), ("aws:lambda/function:Function", True),
])  # fmt: skip
def test_what_is_called_as_something_of_another_type_is_not_taken_for_it(clean, made, type_, found):
    """A role, or a function, of a stack elsewhere; the function here has that name, too."""
    known = Records([record(type_, "own", made.ids["function"])])
    read = Reading(clean, REGION, HERE).run(calls(), Scope.of(known.ids))
    told = {r["type"] for r in resources_of(read, known).resources}
    assert ("aws:lambda/function:Function" in told) is found


@pytest.mark.parametrize(("region", "missing"), [("us-east-1", False), (REGION, True)])
def test_what_a_stack_has_in_another_region_is_none_of_what_is_called_so_here(
    clean, made, region, missing
):
    """A group of subnets of the same name, and a table that is there alone."""
    group = "aws:rds/subnetGroup:SubnetGroup"
    there = [
        record(group, "group", made.ids["database subnets"], region=region),
        record("aws:dynamodb/table:Table", "table", "there-alone", region=region),
    ]
    known = Records(there, REGION)
    found = Reading(clean, REGION, HERE).run(calls(), Scope.of(known.ids, [made.vpc]))
    read = resources_of(found, known)
    told = {r["name"]: r for r in read.resources}
    assert [one.name for one in read.missing] == (["table"] if missing else [])
    assert ("subnetIds" in told["group"]["inputs"]) is missing, "read here, or as it is recorded"


def of_bucket(account: Account, name: str) -> list[dict[str, Any]]:
    """What is told of a stack that has recorded a bucket and nothing else."""
    known = Records([record("aws:s3/bucket:Bucket", "own", name)])
    found = Reading(account, REGION, HERE).run(calls(), Scope.of(known.ids))
    return resources_of(found, known).resources


def test_what_a_profile_gives_a_vpc_is_read_and_other_profiles_are_not(told, made):
    ids = made.ids
    assert [name for kind, name in told if kind.endswith("ProfilesProfile")] == [ids["profile"]]
    network = read_recorded(list(told.values()))
    dns = build_model(network).dns
    key = {what: told[TYPES[what], ids[what]]["urn"] for what in ("vpc", "held group")}
    (joined,) = dns.associations.values()
    assert (joined.vpc, joined.group, joined.priority) == (key["vpc"], key["held group"], 102)
    zones = {zone["name"]: zone["vpcs"] for zone in inputs(told, "route53/zone:Zone")}
    assert zones["far.example."] == [{"vpcId": made.other, "vpcRegion": REGION}]


PARAMETER = "aws:ssm/parameter:Parameter"


def parameters(account: Account) -> dict[str, Any]:
    """Three that a stack has made, as the account has them: two in clear, one encrypted."""
    ssm = account.client("ssm", REGION)
    for name in ("/dev/ca.crt", "/dev/hosts", "/dev/k"):
        kind = "SecureString" if name == "/dev/k" else "String"
        ssm.put_parameter(Name=name, Type=kind, Value="of the stack", Overwrite=True)
    return {p["Name"]: p["Version"] for p in ssm.describe_parameters()["Parameters"]}


def test_the_text_of_a_parameter_is_what_is_recorded_until_somebody_writes_another(clean, made):
    versions = parameters(clean)
    made_by_us = [
        Resource(
            f"urn:pulumi:dev::heiiki::{PARAMETER}::{name}", PARAMETER, name, name,
            {"name": name, told: "of the stack"}, {"version": float(version), "type": kind},
        )
        for (name, version), told, kind in zip(
            sorted(versions.items()), ("insecureValue", "insecureValue", "value"),
            ("String", "String", "SecureString"), strict=True,
        )
    ]  # fmt: skip
    read = read_of(clean, made, *made_by_us)
    assert {n: read[n]["inputs"]["type"] for n in versions} == {
        "/dev/ca.crt": "String", "/dev/hosts": "String", "/dev/k": "SecureString"
    }  # fmt: skip
    assert [read[n]["inputs"]["insecureValue"] for n in ("/dev/ca.crt", "/dev/hosts")] == [
        "of the stack", "of the stack"
    ]  # fmt: skip
    assert found_of(read) == set()

    ssm = clean.client("ssm", REGION)
    ssm.put_parameter(Name="/dev/hosts", Value="of somebody else", Overwrite=True)
    ssm.delete_parameter(Name="/dev/k")
    ssm.put_parameter(Name="/dev/k", Type="String", Value="-----BEGIN PRIVATE KEY-----")
    read = read_of(clean, made, *made_by_us)
    assert read["/dev/hosts"]["inputs"]["insecureValue"] == UNKNOWN
    assert found_of(read) == {("CN-225", "/dev/hosts"), ("CN-225", "/dev/k")}


def found_of(read: dict[str, dict[str, Any]]) -> set[tuple[str, str]]:
    """What rules say of parameters."""
    nodes = read_recorded([r for r in read.values() if r["type"] == PARAMETER]).nodes
    verdicts = [v for node in nodes.values() for v in judge(node.resource, Boundary())]
    verdicts += judge_whole(nodes, Boundary()).verdicts
    return {(v.rule.id, v.resource.name) for v in verdicts}
