"""What a state was last seen to have beside what was asked for is proved, too."""

import datetime
import json
from typing import Any

import pytest

from model.seen import as_seen
from proof.findings import Proof
from proof.prove import prove
from rules.boundary_reader import parse_boundary
from sources.state import read_state
from tests.policies.sources.test_refreshed import refreshed
from tests.policies.sources.test_sources import SECRET, as_state, state

ACCOUNT, FOREIGN = "123456789012", "999988887777"
BOUNDARY = parse_boundary({"accounts": [ACCOUNT]}, datetime.date(2026, 11, 28))
EC2, S3, VPC_RULES = "aws:ec2/", "aws:s3/", "aws:vpc/"
FUNCTION = "aws:lambda/function:Function"
SUBNET, GROUP = f"{EC2}subnet:Subnet", f"{EC2}securityGroup:SecurityGroup"
DATABASE = "aws:rds/instance:Instance"
MACHINE, TABLE = f"{EC2}instance:Instance", f"{EC2}routeTable:RouteTable"
ROLE, KEY = "aws:iam/role:Role", "aws:kms/key:Key"


def thing(
    type_: str, inputs: dict[str, Any], outputs: dict[str, Any], name: str = "it"
) -> dict[str, Any]:
    urn = f"urn:pulumi:dev::project::{type_}::{name}"
    return {"urn": urn, "type": type_, "id": name, "inputs": inputs, "outputs": outputs}


def proved(*things: dict[str, Any]) -> Proof:
    return prove(read_state(json.loads(json.dumps(state(*things)))), BOUNDARY)


def rules(*things: dict[str, Any]) -> set[str]:
    return {finding.rule for finding in proved(*things).findings}


def document(**statement: Any) -> str:
    whole = {"Effect": "Allow", "Action": "*", "Resource": "*", **statement}
    return json.dumps({"Version": "2012-10-17", "Statement": [whole]})


def trusting(account: str) -> str:
    principal = {"AWS": f"arn:aws:iam::{account}:root"}
    one = {"Effect": "Allow", "Principal": principal, "Action": "sts:AssumeRole"}
    return json.dumps({"Version": "2012-10-17", "Statement": one})


OWN_KEY = document(Principal={"AWS": f"arn:aws:iam::{ACCOUNT}:root"})
BY_SNS = document(Principal={"AWS": "*"}, Condition={"StringEquals": {"AWS:SourceOwner": ACCOUNT}})
TOPIC, POOL = "aws:sns/topic:Topic", "aws:autoscaling/group:Group"
ROUTE, PERMISSION = (
    f"{EC2}route:Route",
    f"{VPC_RULES}securityGroupEgressRule:SecurityGroupEgressRule",
)
OWN_TOPIC = f"arn:aws:sns:eu-west-1:{ACCOUNT}:x"
ANY = {"protocol": "tcp", "fromPort": 443, "toPort": 443, "cidrBlocks": ["0.0.0.0/0"]}
WAREHOUSE = "aws:redshift/cluster:Cluster"
STANDS = {"clusterSubnetGroupName": "own", "enhancedVpcRouting": True}
DOMAIN = "aws:opensearch/domain:Domain"
CHANGES = [
    (SUBNET, {}, {"mapPublicIpOnLaunch": True}, "CN-040"),
    (SUBNET, {"mapPublicIpOnLaunch": False}, {"mapPublicIpOnLaunch": True}, "CN-040"),
    (SUBNET, {}, {"ipv6CidrBlock": "2001:db8::/64"}, "CN-041"),
    (SUBNET, {}, {"mapCustomerOwnedIpOnLaunch": True}, "CN-042"),
    (f"{EC2}vpc:Vpc", {"enableDnsHostnames": True}, {"ipv6CidrBlock": "2001:db8::/56"}, "CN-043"),
    (f"{EC2}vpc:Vpc", {"enableDnsHostnames": True}, {"enableDnsHostnames": False}, "CN-044"),
    (MACHINE, {"associatePublicIpAddress": False}, {"associatePublicIpAddress": True}, "CN-050"),
    (MACHINE, {}, {"ipv6Addresses": ["2001:db8::1"]}, "CN-051"),
    (
        MACHINE,
        {"metadataOptions": {"httpTokens": "required", "httpPutResponseHopLimit": 1}},
        {"metadataOptions": {"httpTokens": "optional", "httpPutResponseHopLimit": 1}},
        "CN-052",
    ),
    (
        f"{EC2}launchTemplate:LaunchTemplate",
        {"networkInterfaces": [{"associatePublicIpAddress": "false"}]},
        {"networkInterfaces": [{"associatePublicIpAddress": "true"}]},
        "CN-050",
    ),
    (DATABASE, {"dbSubnetGroupName": "own"}, {"publiclyAccessible": True}, "CN-050"),
    (DATABASE, {"dbSubnetGroupName": "own"}, {"networkType": "DUAL"}, "CN-051"),
    ("aws:rds/clusterInstance:ClusterInstance", {}, {"publiclyAccessible": True}, "CN-050"),
    (
        "aws:rds/cluster:Cluster",
        {"dbSubnetGroupName": "own"},
        {"enableHttpEndpoint": True},
        "CN-230",
    ),
    (WAREHOUSE, STANDS, {**STANDS, "publiclyAccessible": True}, "CN-050"),
    (WAREHOUSE, STANDS, {**STANDS, "elasticIp": "198.51.100.7"}, "CN-050"),
    (WAREHOUSE, STANDS, {**STANDS, "enhancedVpcRouting": False}, "CN-230"),
    (WAREHOUSE, STANDS, {**STANDS, "iamRoles": [f"arn:aws:iam::{ACCOUNT}:role/x"]}, "CN-230"),
    ("aws:dms/replicationInstance:ReplicationInstance", {"replicationSubnetGroupId": "own"},
     {"publiclyAccessible": True}, "CN-050"),
    ("aws:dms/endpoint:Endpoint", {"serverName": "db.internal"}, {"serverName": "8.8.8.8"},
     "CN-242"),
    (DOMAIN, {"accessPolicies": OWN_KEY}, {"accessPolicies": document(Principal="*")}, "CN-131"),
    ("aws:s3/bucketAcl:BucketAcl", {"acl": "private"}, {"accessControlPolicy": {
        "owner": {"id": "a0"}, "grants": [{"grantee": {"id": "f0"}}]}}, "CN-152"),
    ("aws:cfg/deliveryChannel:DeliveryChannel", {"s3BucketName": ""},
     {"s3BucketName": "of-others"}, "CN-004"),
    ("aws:apigateway/restApi:RestApi", {"endpointConfiguration": {"types": "PRIVATE"}},
     {"endpointConfiguration": {"types": "REGIONAL"}}, "CN-015"),
    ("aws:apigateway/restApi:RestApi", {"endpointConfiguration": {"types": "PRIVATE"}},
     {"endpointConfiguration": {"types": "PRIVATE"}, "policy": document(Principal="*")}, "CN-256"),
    ("aws:apigateway/integration:Integration", {"type": "MOCK"},
     {"type": "HTTP", "connectionType": "INTERNET"}, "CN-255"),
    ("aws:apigateway/stage:Stage", {"restApi": "a", "stageName": "live"},
     {"canarySettings": {"deploymentId": "d2", "percentTraffic": 50}}, "CN-255"),
    ("aws:apigateway/stage:Stage", {"restApi": "a", "stageName": "live"},
     {"accessLogSettings": {"destinationArn": f"arn:aws:logs:eu-west-1:{FOREIGN}:log-group:x"}},
     "CN-136"),
    ("aws:pipes/pipe:Pipe", {"target": f"arn:aws:sqs:eu-west-1:{ACCOUNT}:x"},
     {"target": f"arn:aws:events:eu-west-1:{ACCOUNT}:api-destination/x"}, "CN-257"),
    ("aws:wafv2/webAcl:WebAcl", {}, {"monetizationConfig": {"a": "b"}}, "CN-243"),
    (
        "aws:msk/cluster:Cluster",
        {"brokerNodeGroupInfo": {"clientSubnets": ["subnet-1"]}},
        {"brokerNodeGroupInfo": {"clientSubnets": ["subnet-1"], "connectivityInfo": {
            "publicAccess": {"type": "SERVICE_PROVIDED_EIPS"}}}},
        "CN-050",
    ),
    (
        "aws:eks/cluster:Cluster",
        {"vpcConfig": {"endpointPublicAccess": False}},
        {"vpcConfig": {"endpointPublicAccess": True, "vpcId": "vpc-1"}},
        "CN-060",
    ),
    (
        "aws:ec2transitgateway/transitGateway:TransitGateway",
        {},
        {"autoAcceptSharedAttachments": "enable"},
        "CN-023",
    ),
    (ROLE, {"assumeRolePolicy": trusting(ACCOUNT)}, {"assumeRolePolicy": trusting(FOREIGN)},
     "CN-130"),
    (KEY, {"policy": OWN_KEY}, {"policy": document(Principal="*")}, "CN-131"),
    (
        f"{S3}bucketPublicAccessBlock:BucketPublicAccessBlock",
        dict.fromkeys(
            ("blockPublicAcls", "blockPublicPolicy", "ignorePublicAcls", "restrictPublicBuckets"),
            True,
        ),
        {"restrictPublicBuckets": False},
        "CN-151",
    ),
    (GROUP, {}, {"egress": [ANY]}, "CN-100"),
    (GROUP, {"ingress": [{**ANY, "cidrBlocks": ["10.0.0.0/8"]}]},
     {"ingress": [{**ANY, "cidrBlocks": ["10.0.0.0/8", "0.0.0.0/0"]}]}, "CN-101"),
    (f"{EC2}defaultSecurityGroup:DefaultSecurityGroup", {},
     {"ingress": [{"protocol": "-1", "self": True}]}, "CN-103"),
    (f"{EC2}managedPrefixList:ManagedPrefixList", {"entries": [{"cidr": "10.0.0.0/8"}]},
     {"entries": [{"cidr": "10.0.0.0/8"}, {"cidr": "8.8.8.0/24"}]}, "CN-104"),
    (TABLE, {}, {"routes": [{"cidrBlock": "0.0.0.0/0", "natGatewayId": "nat-1"}]}, "CN-030"),
    (TABLE, {}, {"propagatingVgws": ["vgw-1"]}, "CN-033"),
    (
        "aws:eks/cluster:Cluster",
        {"vpcConfig": {"endpointPublicAccess": False}},
        {"computeConfig": {"enabled": True}},
        "CN-176",
    ),
    (
        "aws:eks/cluster:Cluster",
        {"vpcConfig": {"endpointPublicAccess": False}},
        {"remoteNetworkConfig": {"remoteNodeNetworks": {"cidrs": ["8.8.8.0/24"]}}},
        "CN-175",
    ),
    (
        "aws:eks/addon:Addon",
        {"addonName": "coredns", "configurationValues": "{}"},
        {"configurationValues": json.dumps({"x": f"arn:aws:iam::{FOREIGN}:role/x"})},
        "CN-136",
    ),
    (
        "aws:lb/listener:Listener",
        {"defaultActions": [{"type": "forward", "targetGroupArn": "x"}]},
        {"defaultActions": [{"type": "authenticate-oidc", "authenticateOidc": {"issuer": "x"}}]},
        "CN-178",
    ),
    (f"{S3}bucketNotification:BucketNotification", {"bucket": "x"},
     {"queues": [{"queueArn": f"arn:aws:sqs:eu-west-1:{FOREIGN}:x"}]}, "CN-133"),
    (f"{S3}bucketReplicationConfig:BucketReplicationConfig",
     {"bucket": "x", "rules": [{"destination": {"account": ACCOUNT, "bucket": "x"}}]},
     {"rules": [{"destination": {"account": FOREIGN, "bucket": "x"}}]}, "CN-133"),
    ("aws:cloudwatch/eventTarget:EventTarget",
     {"arn": f"arn:aws:sqs:eu-west-1:{ACCOUNT}:x"},
     {"arn": f"arn:aws:events:eu-west-1:{ACCOUNT}:api-destination/x/1"}, "CN-171"),
    (FUNCTION, {"vpcConfig": {"subnetIds": ["subnet-1"], "securityGroupIds": ["sg-1"]}},
     {"vpcConfig": {"subnetIds": [], "securityGroupIds": []}}, "CN-231"),
    (FUNCTION, {"environment": {"variables": {"API": "https://x.corp.internal"}}},
     {"environment": {"variables": {"API": "https://x.example"}}}, "CN-232"),
    ("aws:lambda/permission:Permission", {"principal": ACCOUNT}, {"principal": "*"}, "CN-233"),
    ("aws:ecs/service:Service", {"platformVersion": "LATEST"}, {"platformVersion": "1.3.0"},
     "CN-250"),
    ("aws:lambda/functionEventInvokeConfig:FunctionEventInvokeConfig",
     {"destinationConfig": {"onFailure": {"destination": f"arn:aws:sqs:eu-west-1:{ACCOUNT}:x"}}},
     {"destinationConfig": {"onFailure": {"destination": f"arn:aws:sqs:eu-west-1:{FOREIGN}:x"}}},
     "CN-136"),
    ("aws:cloudwatch/logSubscriptionFilter:LogSubscriptionFilter",
     {"destinationArn": f"arn:aws:kinesis:eu-west-1:{ACCOUNT}:stream/x"},
     {"destinationArn": f"arn:aws:kinesis:eu-west-1:{FOREIGN}:stream/x"}, "CN-133"),
    (ROUTE, {"routeTableId": "rtb-1", "destinationCidrBlock": "10.1.0.0/16",
             "vpcPeeringConnectionId": "pcx-1"},
     {"vpcPeeringConnectionId": "", "natGatewayId": "nat-1"}, "CN-030"),
    (PERMISSION, {"securityGroupId": "sg-1", "ipProtocol": "tcp", "cidrIpv4": "10.0.0.0/8"},
     {"cidrIpv4": "0.0.0.0/0"}, "CN-100"),
    ("aws:cloudtrail/trail:Trail", {"s3BucketName": ""}, {"s3BucketName": "thief"}, "CN-004"),
    (f"{S3}bucketLogging:BucketLogging", {"bucket": "x"}, {"targetBucket": "thief"}, "CN-004"),
    ("aws:lb/loadBalancer:LoadBalancer", {"internal": True}, {"accessLogs": {"bucket": "thief"}},
     "CN-004"),
    ("aws:cloudwatch/metricAlarm:MetricAlarm", {}, {"alarmActions": [OWN_TOPIC]}, "CN-004"),
    ("aws:autoscaling/lifecycleHook:LifecycleHook", {}, {"notificationTargetArn": OWN_TOPIC},
     "CN-004"),
    ("aws:route53/resolverFirewallRule:ResolverFirewallRule",
     {"action": "BLOCK", "blockResponse": "NXDOMAIN"}, {"blockResponse": "OVERRIDE"}, "CN-125"),
    (f"{EC2}instanceMetadataDefaults:InstanceMetadataDefaults",
     {"httpTokens": "required", "httpPutResponseHopLimit": 1}, {"httpTokens": "optional"},
     "CN-052"),
    ("aws:eks/podIdentityAssociation:PodIdentityAssociation", {},
     {"targetRoleArn": f"arn:aws:iam::{FOREIGN}:role/x"}, "CN-074"),
    # What nobody in the program has asked for.
    (KEY, {}, {"policy": document(Principal="*"), "arn": f"arn:aws:kms:x:{ACCOUNT}:key/x"},
     "CN-131"),
    (TOPIC, {}, {"policy": document(Principal="*"), "arn": OWN_TOPIC}, "CN-131"),
    ("aws:sqs/queue:Queue", {}, {"policy": document(Principal="*")}, "CN-131"),
    ("aws:secretsmanager/secret:Secret", {}, {"policy": document(Principal="*")}, "CN-131"),
    (f"{S3}bucket:Bucket", {}, {"policy": document(Principal="*")}, "CN-131"),
    (f"{S3}bucket:Bucket", {}, {"replicationConfiguration": {
        "rules": [{"destination": {"bucket": "arn:aws:s3:::thief", "account": FOREIGN}}]}},
     "CN-154"),
]  # fmt: skip


@pytest.mark.parametrize(("type_", "asked", "seen", "rule"), CHANGES)
def test_what_somebody_has_changed_beside_the_program_is_found(type_, asked, seen, rule):
    # As `pulumi up` leaves it: AWS has what was asked for.
    assert rule not in rules(thing(type_, asked, asked))
    changed = proved(thing(type_, asked, {**asked, **seen}))
    assert rule in {finding.rule for finding in changed.findings}
    assert changed.verdict == "open"


def test_what_is_asked_for_counts_too_whatever_was_seen():
    asked, seen = {"mapPublicIpOnLaunch": True}, {"mapPublicIpOnLaunch": False}
    assert "CN-040" in rules(thing(SUBNET, asked, seen))


@pytest.mark.parametrize(
    ("type_", "asked", "seen"),
    [
        (SUBNET, {}, {"mapPublicIpOnLaunch": False, "ipv6CidrBlock": "", "arn": "x"}),
        (SUBNET, {"mapPublicIpOnLaunch": "false"}, {"mapPublicIpOnLaunch": False}),
        (f"{EC2}vpcEndpoint:VpcEndpoint", {}, {"ipAddressType": "ipv4"}),
        (DATABASE, {}, {"publiclyAccessible": False, "networkType": "IPV4"}),
        (FUNCTION, {"vpcConfig": {"subnetIds": ["subnet-1", "subnet-2"]}},
         {"vpcConfig": {"subnetIds": ["subnet-2", "subnet-1"], "vpcId": "vpc-1"}}),
        (MACHINE, {"metadataOptions": {"httpPutResponseHopLimit": "1"}},
         {"metadataOptions": {"httpPutResponseHopLimit": 1.0, "instanceMetadataTags": "disabled"}}),
        (KEY, {"policy": OWN_KEY}, {"policy": json.dumps(json.loads(OWN_KEY), indent=2)}),
        # What AWS itself writes.
        (KEY, {}, {"policy": OWN_KEY, "arn": f"arn:aws:kms:eu-west-1:{ACCOUNT}:key/x"}),
        (TOPIC, {}, {"policy": BY_SNS, "arn": f"arn:aws:sns:eu-west-1:{ACCOUNT}:x"}),
        (POOL, {"launchTemplate": {"name": "x"}}, {"launchTemplate": {"name": "x", "id": "lt-1"}}),
        (KEY, {"policy": {**SECRET, "ciphertext": "x"}}, {"policy": {**SECRET, "ciphertext": "y"}}),
        (TABLE, {}, {"routes": [{"cidrBlock": "10.0.0.0/16", "gatewayId": "local"}]}),
        (GROUP, {"egress": [ANY]}, {"egress": [{**ANY, "self": False, "ipv6CidrBlocks": []}]}),
    ],
)  # fmt: skip
def test_what_is_the_same_in_other_words_is_no_change(type_, asked, seen):
    found = read_state(json.loads(json.dumps(state(thing(type_, asked, seen)))))
    assert as_seen(found) is None


@pytest.mark.parametrize("scenario", ["dev", "on-premises", "two-vpc"])
def test_a_state_that_has_what_was_asked_for_is_proved_once(scenario):
    for found in (as_state(scenario), refreshed(scenario)):
        assert len(found.nodes) > 70 and as_seen(found) is None


def test_a_rule_of_a_resource_beside_its_group_is_that_resources_own():
    group = thing(GROUP, {}, {"egress": [ANY, {**ANY, "cidrBlocks": ["8.8.8.0/24"]}]}, "sg-1")
    rule = thing(
        f"{VPC_RULES}securityGroupEgressRule:SecurityGroupEgressRule",
        {"securityGroupId": "sg-1", "ipProtocol": "tcp", "cidrIpv4": "0.0.0.0/0"},
        {},
        "rule",
    )
    told = {
        finding.resource: finding.what
        for finding in proved(group, rule).findings
        if finding.rule == "CN-100"
    }
    assert told.keys() == {"sg-1", "rule"}
    assert "8.8.8.0/24" in told["sg-1"] and "0.0.0.0/0" in told["rule"]


def test_a_public_address_by_an_elastic_ip_of_the_program_is_that_ones_matter():
    address = {"associatePublicIpAddress": False}
    machine = thing(MACHINE, address, {"associatePublicIpAddress": True, "id": "i-1"}, "i-1")
    given = thing(f"{EC2}eip:Eip", {"instance": "i-1"}, {}, "eip")
    assert "CN-050" in rules(machine)
    assert "CN-050" not in rules(machine, given)


@pytest.mark.parametrize(
    ("type_", "named", "by"),
    [
        (f"{S3}bucketPolicy:BucketPolicy", (f"{S3}bucket:Bucket", "bucket"), "bucket"),
        ("aws:sqs/queuePolicy:QueuePolicy", ("aws:sqs/queue:Queue", "url"), "queueUrl"),
        ("aws:kms/keyPolicy:KeyPolicy", (KEY, "keyId"), "keyId"),
        ("aws:sns/topicPolicy:TopicPolicy", (TOPIC, "arn"), "arn"),
        ("aws:secretsmanager/secretPolicy:SecretPolicy",
         ("aws:secretsmanager/secret:Secret", "arn"), "secretArn"),
    ],
)  # fmt: skip
def test_a_policy_by_a_resource_beside_a_thing_is_that_resources_own(type_, named, by):
    holder, output = named
    held = thing(holder, {}, {"policy": document(Principal="*"), output: "called so"}, "held")
    policy = thing(type_, {by: "called so", "policy": document(Principal="*")}, {}, "policy")
    told = [f.resource for f in proved(held, policy).findings if f.rule == "CN-131"]
    assert told == ["policy"]
    other = thing(type_, {by: "another", "policy": OWN_KEY}, {}, "policy")
    assert [f.resource for f in proved(held, other).findings if f.rule == "CN-131"] == ["held"]


@pytest.mark.parametrize("pool", [POOL, "aws:eks/nodeGroup:NodeGroup"])
def test_another_launch_template_than_was_asked_for_is_nobodys(pool):
    own, other = "lt-0a1b2c3d4e5f60718", "lt-0ffffffffffffffff"
    template = thing(f"{EC2}launchTemplate:LaunchTemplate", {}, {}, own)
    asked = {"launchTemplate": {"id": own, "version": "$Latest"}}

    def undeclared(id_: str) -> list[str]:
        seen = {"launchTemplate": {"id": id_, "name": "x", "version": "$Latest"}}
        found = proved(template, thing(pool, asked, seen, "pool")).findings
        return [f.resource for f in found if f.rule == "CN-004" and "launchTemplate" in f.what]

    assert undeclared(own) == [] and undeclared(other) == ["pool"]


@pytest.mark.parametrize(
    ("asked", "seen", "told"),
    [
        ({}, {"httpTokens": "optional"}, ["absent"]),
        ({"httpTokens": "optional"}, {"httpTokens": "optional"}, ["another value"]),
        ({"httpTokens": "required"}, {"httpTokens": "optional"}, ["another value"]),
        ({}, {"httpTokens": "required"}, ["absent"]),
    ],
)
def test_what_aws_fills_in_by_itself_is_told_once(asked, seen, told):
    """Nothing is asked for, and so AWS has its default: one cause, one finding."""
    hop = {"httpPutResponseHopLimit": 1}
    found = proved(thing(MACHINE, {"metadataOptions": {**hop, **asked}},
                         {"metadataOptions": {**hop, **seen}}))  # fmt: skip
    assert [f.what for f in found.findings if f.rule == "CN-052"] == [
        f"metadata httpTokens is {value}, not required" for value in told
    ]
