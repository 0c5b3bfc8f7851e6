"""What the whole program asks of AWS: exact children, parents by URN, and the absence of doors.

Mocks show what we ask, not that AWS accepts it; tests/engine shows that.
"""

import base64
import json
import re

import pulumi_aws as aws
import pytest

from components.program import program
from plan.carry_in import plan_buckets, plan_repositories
from plan.errors import PlanError
from plan.partitions import partition_of
from spec.cluster import ClusterSpec
from spec.errors import parse
from spec.supplied import Supplied
from tests.mocks import build
from tests.plan.samples import completed, locked
from tests.scenarios import CLOSED, SCENARIOS, planned, read

DOORS = re.compile(
    r"aws:ec2/(internetGateway|natGateway|egressOnlyInternetGateway|carrierGateway|eip):"
)
API = ("aws:eks/cluster:Cluster", "aws:lb/loadBalancer:LoadBalancer")  # what answers for it
UNTAGGED = re.compile(  # AWS has no tags for these
    r"aws:(ec2/(route|routeTableAssociation|eipAssociation|peeringConnectionOptions|"
    r"defaultRouteTable):|s3/bucket[A-Z]\w+:|ecr/repositoryPolicy:|iam/(rolePolicy|rolePolicyAttachment):|kms/alias:|"
    r"route53/resolverFirewall(Rule|Config):|route53/resolverQueryLogConfigAssociation:|"
    r"eks/accessPolicyAssociation:|route53/record:|autoscaling/lifecycleHook:|s3/bucket[A-Z])"
)


@pytest.fixture(scope="module", params=SCENARIOS)
def scenario(request):
    spec, lock = read(request.param)
    recorder, urns = build(lambda: program(spec, lock, where=request.param))
    return request.param, recorder, urns


def of_type(recorder, token):
    return {r.name: r.inputs for r in recorder.resources if r.typ == token}


def doors(recorder):
    return sorted(
        f"{r.typ.split(':')[1]} {r.name}" for r in recorder.resources if DOORS.match(r.typ)
    )


@pytest.mark.parametrize("name", [n for n in CLOSED if n != "two-vpc"])
def test_a_closed_cluster_has_no_door(name):
    spec, lock = read(name)
    recorder, _ = build(lambda: program(spec, lock, where=name))
    assert of_type(recorder, API[name == "self-hosted"]), "the cluster was registered"
    assert doors(recorder) == []
    routes = of_type(recorder, "aws:ec2/route:Route").values()
    beyond = {(r["destinationCidrBlock"], r["gatewayId"]) for r in routes}
    assert beyond == ({("192.168.0.0/17", "datacentre-id")} if name == "on-premises" else set())


def test_a_fault_of_a_machine_is_told_before_anything_is_registered():
    """The endpoint is unknown in preview, so user data itself is rendered only in `up`."""
    spec, lock = read("dev")
    raw = spec.model_dump(by_alias=True, mode="json")
    image = {"kind": "custom", "imageId": "ami-0123456789abcdef0", "family": "script"}
    raw["nodePools"]["workers"]["image"] = {**image, "script": "join\n"}
    asked, registered = parse(ClusterSpec, raw, where="dev"), []

    def run():
        with pytest.raises(PlanError) as caught:
            program(asked, completed(lock, asked), where="dev")
        registered.append(caught.value)

    recorder, _ = build(run)
    assert [f.path for f in registered[0].faults] == ["nodePools.workers.image.script"]
    assert recorder.resources == []


def test_a_door_added_last_is_seen():
    """The twin: without it, the test above could pass because it looks too early."""
    spec, lock = read("dev")
    recorder, _ = build(lambda: (program(spec, lock, where="dev"), aws.ec2.InternetGateway("door")))
    assert doors(recorder) == ["ec2/internetGateway door"]


def direct(egress, exposure):
    """The smallest example with nodes in two subnets of this exposure."""
    spec, lock = read("dev")
    raw = spec.model_dump(by_alias=True, mode="json")
    raw["network"]["egress"] = {"kind": egress}
    raw["network"]["subnets"] = {
        f"front-{zone}": {"availabilityZone": f"ap-northeast-1{zone}", "exposure": exposure,
                          "cidr": f"10.0.{i}.0/24"}
        for i, zone in enumerate("ac")
    }  # fmt: skip
    recorder, _ = build(lambda: program(parse(ClusterSpec, raw, where="dev"), lock, where="dev"))
    subnets = of_type(recorder, "aws:ec2/subnet:Subnet")
    template = of_type(recorder, "aws:ec2/launchTemplate:LaunchTemplate")["workers"]
    (card,) = template["networkInterfaces"]
    public = card["associatePublicIpAddress"]
    return recorder, {n: s["mapPublicIpOnLaunch"] for n, s in subnets.items()}, public


def test_nodes_that_reach_the_internet_directly_have_public_addresses_and_nobody_comes_in():
    recorder, subnets, card = direct("internetGateway", "public")
    assert subnets == {"front-a": True, "front-c": True} and card == "true"
    routes = of_type(recorder, "aws:ec2/route:Route").values()
    assert {r["destinationCidrBlock"] for r in routes if r.get("gatewayId")} == {"0.0.0.0/0"}
    inward = of_type(recorder, "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule")
    assert inward and not any(rule.get("cidrIpv4") == "0.0.0.0/0" for rule in inward.values())


def test_nodes_of_a_closed_network_have_none():
    _, subnets, card = direct("none", "isolated")
    assert subnets == {"front-a": False, "front-c": False} and card == "false"


@pytest.mark.parametrize("name", SCENARIOS)
def test_the_defaults_of_every_vpc_that_we_make_are_emptied(name):
    spec, lock = read(name)
    recorder, _ = build(lambda: program(spec, lock, where=name))
    vpcs = {"existing": 0, "two-vpc": 2}.get(name, 1)
    assert len(of_type(recorder, "aws:ec2/vpc:Vpc")) == vpcs
    tables = of_type(recorder, "aws:ec2/defaultRouteTable:DefaultRouteTable").values()
    assert [table["routes"] for table in tables] == [[]] * vpcs
    groups = of_type(recorder, "aws:ec2/defaultSecurityGroup:DefaultSecurityGroup").values()
    assert [(group["ingress"], group["egress"]) for group in groups] == [([], [])] * vpcs


def test_the_bastion_vpc_holds_the_only_door_and_one_pair_of_routes_crosses_the_peering():
    spec, lock = read("two-vpc")
    recorder, _ = build(lambda: program(spec, lock, where="two-vpc"))
    assert doors(recorder) == ["ec2/eip bastion", "ec2/internetGateway bastion"]
    assert (
        of_type(recorder, "aws:ec2/internetGateway:InternetGateway")["bastion"]["vpcId"]
        == "bastion-id"
    )
    routes = {
        (r["routeTableId"], r["destinationCidrBlock"]): r.get("gatewayId")
        or r.get("vpcPeeringConnectionId")
        for r in of_type(recorder, "aws:ec2/route:Route").values()
    }
    assert routes == {
        ("bastion-public-id", "0.0.0.0/0"): "bastion-id",
        ("bastion-public-id", "172.25.192.0/18"): "bastion-id",
        ("operator-id", "172.24.0.0/24"): "bastion-id",
    }
    options = of_type(recorder, "aws:ec2/peeringConnectionOptions:PeeringConnectionOptions")
    for side in ("requester", "accepter"):
        assert options["bastion"][side] == {"allowRemoteVpcDnsResolution": True}


def test_the_cloud_provider_finds_the_tables_of_nodes_and_no_others():
    """Not the bastion VPC's, the operator's, or the main ones, which lead nowhere."""
    spec, lock = read("two-vpc")
    recorder, _ = build(lambda: program(spec, lock, where="two-vpc"))
    tables = of_type(recorder, "aws:ec2/routeTable:RouteTable")
    tables |= of_type(recorder, "aws:ec2/defaultRouteTable:DefaultRouteTable")
    names = {"worker", "operator", "bastion-public", "bastion-main", "cluster-main"}
    assert set(tables) == names
    key = "kubernetes.io/cluster/yoda"
    assert {n: t["tags"][key] for n, t in tables.items() if key in t["tags"]} == {"worker": "owned"}


def test_a_transit_gateway_gets_one_attachment_and_routes_of_the_named_subnets_only():
    spec, lock = read("dev")
    raw = spec.model_dump(by_alias=True, mode="json")
    named = ["control-plane-1c", "control-plane-1a"]
    hub = {"kind": "transitGateway", "transitGatewayId": "tgw-0123456789abcdef0"}
    raw["network"]["connections"] = {
        "hub": {**hub, "onPremisesCidrs": ["192.168.0.0/17"], "subnets": named}
    }
    asked = parse(ClusterSpec, raw, where="dev")
    recorder, urns = build(lambda: program(asked, completed(lock, asked), where="dev"))
    attachments = of_type(recorder, "aws:ec2transitgateway/vpcAttachment:VpcAttachment")
    assert attachments == {
        "hub": {
            "vpcId": "cluster-id",
            "transitGatewayId": "tgw-0123456789abcdef0",
            "subnetIds": [f"{subnet}-id" for subnet in named],
            "dnsSupport": "enable",
            "ipv6Support": "disable",
            "tags": {**attachments["hub"]["tags"], "Name": "dev-hub", "heiiki:cluster": "dev"},
        }
    }
    assert any("heiiki:network:Connections$" in urn and urn.endswith("::hub") for urn in urns)
    assert {
        (r["routeTableId"], r["destinationCidrBlock"], r["transitGatewayId"])
        for r in of_type(recorder, "aws:ec2/route:Route").values()
    } == {(f"{subnet}-id", "192.168.0.0/17", "tgw-0123456789abcdef0") for subnet in named}
    order = recorder.order.waits
    (route,) = [u for u in order if u.endswith("::control-plane-1a-hub-192.168.0.0-17")]
    assert any(u.endswith("vpcAttachment:VpcAttachment::hub") for u in order[route]), (
        "AWS refuses a route to a gateway that the VPC is not attached to"
    )


def test_what_is_carried_in_is_held_before_anybody_hears_of_it():
    spec, lock = read("two-vpc")
    recorder, _ = build(lambda: program(spec, lock, where="two-vpc"))
    (block,) = of_type(recorder, "aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock").values()
    assert {k: v for k, v in block.items() if k != "bucket"} == dict.fromkeys(
        ("blockPublicAcls", "blockPublicPolicy", "ignorePublicAcls", "restrictPublicBuckets"), True
    )
    (bucket,) = of_type(recorder, "aws:s3/bucket:Bucket").values()
    (repository,) = of_type(recorder, "aws:ecr/repository:Repository").values()
    assert "forceDestroy" not in bucket and "forceDelete" not in repository
    assert repository["imageTagMutability"] == "IMMUTABLE"
    encryption = "BucketServerSideEncryptionConfiguration"
    (rules,) = of_type(recorder, f"aws:s3/b{encryption[1:]}:{encryption}").values()
    default = rules["rules"][0]["applyServerSideEncryptionByDefault"]
    key = "arn:aws:mock:::Key/cluster"
    assert default == {"sseAlgorithm": "aws:kms", "kmsMasterKeyId": key}
    assert repository["encryptionConfigurations"] == [{"encryptionType": "KMS", "kmsKey": key}]
    plan = planned("two-vpc")
    for token, name, policy in (
        ("aws:s3/bucketPolicy:BucketPolicy", "material", plan.buckets["material"].policy),
        ("aws:ecr/repositoryPolicy:RepositoryPolicy", "mirror", plan.repositories["mirror"].policy),
    ):
        assert json.loads(of_type(recorder, token)[name]["policy"]) == policy


def test_what_is_supplied_to_carry_in_through_is_left_as_it_is():
    spec, lock = read("dev")
    raw = spec.model_dump(by_alias=True, mode="json")
    raw["carryIn"] = {
        "importerArns": ["arn:aws:iam::123456789012:role/carrier"],
        "buckets": {"material": {"kind": "existing", "bucketName": "shared"}},
        "repositories": {"base": {"kind": "existing", "repositoryName": "shared/base"}},
    }
    outputs = {}
    asked = parse(ClusterSpec, raw, where="dev")
    partition = partition_of(asked.region)
    bucket = plan_buckets(asked, partition, lock.account_id)["material"]
    repository = plan_repositories(asked, partition, lock.account_id)["base"]
    supplied = {
        "buckets": {"shared": {"region": asked.region, "publicAccessBlocked": True,
                               "encryption": "aws:kms", "versioned": True,
                               "policy": bucket.policy}},
        "repositories": {"shared/base": {"encryption": "KMS", "tagMutability": "IMMUTABLE",
                                         "policy": repository.policy}},
    }  # fmt: skip
    known = lock.model_copy(update={"supplied": Supplied.model_validate(supplied)})
    recorder, _ = build(lambda: outputs.update(program(asked, known, where="dev")))
    assert not [r for r in recorder.resources if r.typ.startswith(("aws:s3/", "aws:ecr/"))]
    assert set(outputs["carryInBuckets"]) == {"material"}
    assert set(outputs["carryInRepositories"]) == {"base"}


def test_every_child_hangs_under_the_cluster(scenario):
    _, _, urns = scenario
    strays = [u for u in urns if "::aws:" in u and "::heiiki:index:Cluster$" not in u]
    assert any("heiiki:index:Cluster$" in u for u in urns) and strays == []


def test_every_resource_that_can_carry_tags_names_its_cluster(scenario):
    name, recorder, _ = scenario
    tagged = 0
    for resource in recorder.resources:
        if not resource.typ.startswith("aws:") or UNTAGGED.match(resource.typ):
            continue
        tags = resource.inputs["tags"]
        if resource.typ == "aws:autoscaling/group:Group":
            tags = {tag["key"]: tag["value"] for tag in tags}
        assert tags["heiiki:cluster"] == planned(name).spec.name, (resource.typ, resource.name)
        tagged += 1
    assert tagged > 10


def test_no_machine_gets_a_public_address_or_open_metadata(scenario):
    _, recorder, _ = scenario
    templates = of_type(recorder, "aws:ec2/launchTemplate:LaunchTemplate")
    machines = of_type(recorder, "aws:ec2/instance:Instance")
    assert templates
    for inputs in [*templates.values(), *machines.values()]:
        assert inputs["metadataOptions"]["httpTokens"] == "required"
        assert inputs["metadataOptions"]["httpPutResponseHopLimit"] == 1
    for inputs in templates.values():
        (interface,) = inputs["networkInterfaces"]
        assert interface["associatePublicIpAddress"] == "false"
        assert all(m["ebs"]["encrypted"] == "true" for m in inputs["blockDeviceMappings"])
    for inputs in machines.values():
        assert inputs["associatePublicIpAddress"] is False
        assert inputs["rootBlockDevice"]["encrypted"] is True
    for inputs in of_type(recorder, "aws:ec2/subnet:Subnet").values():
        assert inputs["mapPublicIpOnLaunch"] is False


def test_the_control_plane_answers_inside_only(scenario):
    name, recorder, _ = scenario
    (cluster,) = of_type(recorder, API[name == "self-hosted"]).values()
    if name == "self-hosted":
        assert cluster["internal"] is True and len(cluster["securityGroups"]) == 1
        return
    config = cluster["vpcConfig"]
    assert config["endpointPrivateAccess"] is True and config["endpointPublicAccess"] is False
    assert config["controlPlaneEgressMode"] == "CUSTOMER_ROUTED"
    assert cluster["accessConfig"]["bootstrapClusterCreatorAdminPermissions"] is False
    assert len(cluster["enabledClusterLogTypes"]) == 5
    assert cluster["deletionProtection"] is True


@pytest.mark.parametrize("asked", [True, False])
def test_the_record_protects_what_deletion_protection_is_about(asked):
    spec, lock = read("dev")
    raw = spec.model_dump(by_alias=True, mode="json", exclude_unset=True)
    raw["controlPlane"] = {"kind": "eks", "deletionProtection": asked}
    protecting = parse(ClusterSpec, raw, where="test")
    recorder, _ = build(lambda: program(protecting, lock, where="test"))
    held = sorted(r.type for r in recorder.registrations if r.protect)
    everything = [
        "aws:eks/cluster:Cluster",
        "aws:kms/key:Key",
        "aws:route53/resolverFirewallRuleGroupAssociation:ResolverFirewallRuleGroupAssociation",
    ]
    assert held == (everything if asked else [])


def test_whoever_deploys_is_named_nowhere_in_the_cluster(scenario):
    """So that another deployer changes nothing there, and none is a hidden administrator."""
    name, recorder, _ = scenario
    spec, lock = read(name)
    raw = spec.model_dump(by_alias=True, mode="json", exclude_unset=True)
    raw.setdefault("access", {})["deployerArn"] = f"arn:aws:iam::{lock.account_id}:role/deploy-it"
    asked = parse(ClusterSpec, raw, where="test")
    assert asked.access.deployer_arn is not None
    named, _ = build(lambda: program(asked, lock, where="test"))

    def registered(one):
        return {(r.typ, r.name): json.dumps(r.inputs, sort_keys=True) for r in one.resources}

    assert registered(named) == registered(recorder) and "deploy-it" not in str(registered(named))
    for cluster in of_type(named, "aws:eks/cluster:Cluster").values():
        assert cluster["accessConfig"]["bootstrapClusterCreatorAdminPermissions"] is False


def test_every_endpoint_of_ours_has_a_policy_that_names_its_actions(scenario):
    name, recorder, _ = scenario
    endpoints = of_type(recorder, "aws:ec2/vpcEndpoint:VpcEndpoint")
    assert endpoints or name == "existing"
    for endpoint in endpoints.values():
        for statement in json.loads(endpoint["policy"])["Statement"]:
            assert statement["Action"] not in ("*", ["*"])
            bounded = "Condition" in statement or statement["Sid"] == "AwsOwnedBuckets"
            assert bounded, statement


def test_nodes_join_without_any_call_to_eks(scenario):
    name, recorder, _ = scenario
    plan = planned(name)
    templates = of_type(recorder, "aws:ec2/launchTemplate:LaunchTemplate")
    if name == "self-hosted":
        assert {"controller", "etcd-1a", "workers"} < set(templates)
        user_data = [base64.b64decode(t["userData"]).decode() for t in templates.values()]
        assert not any("eks" in text.lower() for text in user_data)
        return
    assert set(templates) == set(plan.node_pools)
    for template in templates.values():
        text = base64.b64decode(template["userData"]).decode()
        assert "0123456789ABCDEF.gr7" in text, "the endpoint"
        assert str(plan.control_plane.dns_service_ip) in text, "the cluster's DNS"


def test_a_bucket_for_flow_logs_is_shut_before_anything_is_written_there():
    spec, lock = read("on-premises")
    recorder, urns = build(lambda: program(spec, lock, where="on-premises"))
    tokens = {
        r.typ: r.inputs
        for r in recorder.resources
        if r.typ.startswith("aws:s3/") and r.name == "flow-logs"
    }
    assert tokens.pop("aws:s3/bucket:Bucket")["bucket"] == (
        "ledger-123456789012-ap-northeast-1-flow-logs"
    )
    assert {inputs["bucket"] for inputs in tokens.values()} == {"flow-logs-id"}
    block = dict(tokens["aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock"])
    assert block.pop("bucket") and set(block.values()) == {True} and len(block) == 4
    encryption = "aws:s3/bucketServerSideEncryptionConfiguration:"
    ((rule,),) = (t["rules"] for n, t in tokens.items() if n.startswith(encryption))
    assert rule["applyServerSideEncryptionByDefault"] == {
        "kmsMasterKeyId": "arn:aws:mock:::Key/cluster", "sseAlgorithm": "aws:kms",
    }  # fmt: skip
    lifecycle = tokens["aws:s3/bucketLifecycleConfiguration:BucketLifecycleConfiguration"]
    assert [(r["status"], r["expiration"]) for r in lifecycle["rules"]] == [
        ("Enabled", {"days": 365})
    ]
    (log,) = of_type(recorder, "aws:ec2/flowLog:FlowLog").values()
    assert (log["logDestinationType"], "iamRoleArn" in log) == ("s3", False)
    assert log["logDestination"] == "arn:aws:mock:::Bucket/flow-logs"
    groups = of_type(recorder, "aws:cloudwatch/logGroup:LogGroup")
    assert set(groups) == {"control-plane", "dns-queries"}
    assert sum("heiiki:network:PrivateBucket" in urn for urn in urns) == len(tokens) + 2


def test_each_log_group_of_the_network_is_kept_as_long_as_its_own_key_says():
    spec, lock = read("dev")
    raw = spec.model_dump(by_alias=True, mode="json")
    raw["network"]["flowLogs"]["retentionDays"] = 30
    raw["network"]["dns"]["queryLogRetentionDays"] = 90
    asked = parse(ClusterSpec, raw, where="dev")
    recorder, _ = build(lambda: program(asked, lock, where="dev"))
    groups = of_type(recorder, "aws:cloudwatch/logGroup:LogGroup")
    days = {name: group["retentionInDays"] for name, group in groups.items()}
    assert days == {"control-plane": 365, "dns-queries": 90, "flow-logs": 30}


def watched(scenario, **network):
    """The VPCs of which flow logs, query logs and a DNS Firewall are made."""
    spec, lock = read(scenario)
    raw = spec.model_dump(by_alias=True, mode="json", exclude_unset=True)
    raw.setdefault("network", {}).update(network)
    asked = parse(ClusterSpec, raw, where=scenario)
    keys = lock.model_dump(mode="json", by_alias=True)
    some = next(iter(keys["instanceTypes"].values()))
    keys["instanceTypes"].setdefault("t3.small", some)
    full = completed(locked(keys), asked)
    recorder, _ = build(lambda: program(asked, full, where=scenario))
    flows = of_type(recorder, "aws:ec2/flowLog:FlowLog")
    token = "resolverQueryLogConfigAssociation:ResolverQueryLogConfigAssociation"
    queries = of_type(recorder, f"aws:route53/{token}")
    token = "resolverFirewallRuleGroupAssociation:ResolverFirewallRuleGroupAssociation"
    walls = of_type(recorder, f"aws:route53/{token}")
    vpcs = of_type(recorder, "aws:ec2/vpc:Vpc")
    roles = of_type(recorder, "aws:iam/role:Role")
    return {
        "made": set(vpcs),
        "flow logs": {name: log["vpcId"] for name, log in flows.items()},
        "query logs": {name: log["resourceId"] for name, log in queries.items()},
        "firewalls": {name: wall["vpcId"] for name, wall in walls.items()},
        "written as": "flow-logs" in roles,
    }


def test_a_bastions_vpc_is_recorded_beside_the_clusters():
    assert watched("two-vpc") == {
        "made": {"cluster", "bastion"},
        "flow logs": {"flow-logs-cluster": "cluster-id", "flow-logs-bastion": "bastion-id"},
        "query logs": {"dns-queries": "cluster-id", "dns-queries-bastion": "bastion-id"},
        "firewalls": {"dns-firewall": "cluster-id", "dns-firewall-bastion": "bastion-id"},
        "written as": True,
    }


BASTION = {
    "kind": "bastionVpc", "vpcCidr": "10.99.0.0/24", "subnetCidr": "10.99.0.0/25",
    "availabilityZone": "eu-central-1a", "allowedCidrs": ["203.0.113.7/32"],
}  # fmt: skip


def test_a_bastions_vpc_is_recorded_beside_a_supplied_one_that_is_left_alone():
    found = watched("existing", connections={"people": BASTION})
    assert found == {
        "made": {"people"},
        "flow logs": {"flow-logs-people": "people-id"},
        "query logs": {"dns-queries-people": "people-id"},
        "firewalls": {"dns-firewall-people": "people-id"},
        "written as": True,
    }
    nothing = {"flow logs": {}, "query logs": {}, "firewalls": {}, "written as": False}
    assert watched("existing") == {"made": set(), **nothing}
    off = {"flowLogs": {"enabled": False}, "dns": {"queryLogs": False}}
    found = watched("existing", connections={"people": BASTION}, **off)
    assert found == {
        "made": {"people"}, **nothing, "firewalls": {"dns-firewall-people": "people-id"},
    }  # fmt: skip


def test_a_supplied_bucket_gets_flow_logs_and_nothing_else():
    spec, lock = read("dev")
    raw = spec.model_dump(by_alias=True, mode="json")
    bucket = {"kind": "existing", "bucketArn": "arn:aws:s3:::archive"}
    raw["network"]["flowLogs"]["destination"] = {"kind": "bucket", "bucket": bucket}
    asked = parse(ClusterSpec, raw, where="dev")
    recorder, _ = build(lambda: program(asked, completed(lock, asked), where="dev"))
    (log,) = of_type(recorder, "aws:ec2/flowLog:FlowLog").values()
    assert log["logDestination"] == "arn:aws:s3:::archive"
    assert [r.name for r in recorder.resources if r.typ.startswith("aws:s3/")] == []


def test_a_bastion_carries_no_role():
    spec, lock = read("two-vpc")
    recorder, _ = build(lambda: program(spec, lock, where="two-vpc"))
    machines = of_type(recorder, "aws:ec2/instance:Instance")
    assert "iamInstanceProfile" in machines["operator"]
    assert "iamInstanceProfile" not in machines["bastion"]


def test_ec2_takes_every_description_of_a_group_and_of_its_rules(scenario):
    """CreateSecurityGroup and IpRange list the characters; an apostrophe is none of them."""
    _, recorder, _ = scenario
    groups = of_type(recorder, "aws:ec2/securityGroup:SecurityGroup")
    rules = {
        **of_type(recorder, "aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule"),
        **of_type(recorder, "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule"),
    }
    told = [each["description"] for each in (*groups.values(), *rules.values())]
    assert len(told) > 5
    assert [
        t for t in told if not re.fullmatch(r"[\w .:/()#,@\[\]+=&;{}!$*-]{1,255}", t, re.A)
    ] == []


def test_security_groups_reach_no_address_outside_unless_asked(scenario):
    name, recorder, _ = scenario
    rules = {
        **of_type(recorder, "aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule"),
        **of_type(recorder, "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule"),
    }
    assert rules and all(rule["description"] for rule in rules.values())
    open_rules = sorted(n for n, rule in rules.items() if rule.get("cidrIpv4") == "0.0.0.0/0")
    assert open_rules == (["node-to-cidr-https"] if name == "open" else [])


def template_of(kind, **pool):
    """The launch template of the one pool of dev, of this kind and so changed."""
    spec, lock = read("dev")
    raw = spec.model_dump(by_alias=True, mode="json", exclude_unset=True)
    raw["nodePools"]["workers"] |= {"kind": kind, **pool}
    asked = parse(ClusterSpec, raw, where="dev")
    recorder, _ = build(lambda: program(asked, lock, where="dev"))
    (template,) = of_type(recorder, "aws:ec2/launchTemplate:LaunchTemplate").values()
    return template


@pytest.mark.parametrize("kind", ["selfManaged", "managed"])
def test_nodes_are_started_with_the_volume_and_the_tenancy_that_are_asked_for(kind):
    by_default = template_of(kind)
    (mapping,) = by_default["blockDeviceMappings"]
    assert "placement" not in by_default
    performance = ("volumeType", "volumeSize", "iops", "throughput", "encrypted")
    assert [mapping["ebs"].get(k) for k in performance] == ["gp3", 50, 3000, 125, "true"]
    asked = template_of(
        kind, tenancy="dedicated", rootVolume={"kind": "io2", "sizeGib": 100, "iops": 9000}
    )
    (mapping,) = asked["blockDeviceMappings"]
    assert asked["placement"] == {"tenancy": "dedicated"}
    assert [mapping["ebs"].get(k) for k in performance] == ["io2", 100, 9000, None, "true"]
    (mapping,) = template_of(kind, rootVolume={"kind": "gp2"})["blockDeviceMappings"]
    assert [mapping["ebs"].get(k) for k in performance] == ["gp2", 50, None, None, "true"]
