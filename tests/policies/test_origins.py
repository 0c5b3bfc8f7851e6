"""Where ids come from: own ones pass whether known or not, others only when they are declared."""

import pytest
from pulumi_policy.proxy import UNKNOWN_STRING_VALUE as UNKNOWN_VALUE

from rules.table import ORIGIN
from tests.policies.analyzer import (
    ACCOUNT,
    ADVISORY,
    CONFIG,
    MANDATORY,
    REGION,
    SOON,
    Context,
    configured,
    proto,
    struct,
)
from tests.policies.cases import document

VPC, SUBNET = "aws:ec2/vpc:Vpc", "aws:ec2/subnet:Subnet"
EGRESS = "aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule"
GROUP, GROUP_RULE = (
    "aws:ec2/securityGroup:SecurityGroup",
    "aws:ec2/securityGroupRule:SecurityGroupRule",
)
ASSOCIATION = "aws:ec2/routeTableAssociation:RouteTableAssociation"
RTB, OTHER_RTB = "rtb-0a1b2c3d4e5f60718", "rtb-0ffffffffffffffff"
PL = "pl-0a1b2c3d4e5f60740"
STREAM = f"arn:aws:firehose:{REGION}:{ACCOUNT}:deliverystream/s"
WHO = {"owner": "net team", "reason": "theirs, and has local routes only"}


def node(typ, name, inputs, sources=None, **outputs):
    """One resource as the engine tells of it, first before and then after its creation."""
    return typ, name, inputs, sources or {}, {**inputs, **outputs}


def found(*nodes, **more):
    """What the pack says of where the ids of a deployment come from: (level, message)."""
    return [told for told in whole(*nodes, **more) if told[1].startswith("CN-004 ")]


UNKNOWN_DOORS = [
    (ASSOCIATION, {"routeTableId": UNKNOWN_VALUE}, "routeTableId"),
    ("aws:eks/cluster:Cluster", {"vpcConfig": {"subnetIds": [UNKNOWN_VALUE]}}, "vpcConfig"),
    ("aws:lb/loadBalancer:LoadBalancer", {"accessLogs": {"bucket": UNKNOWN_VALUE}}, "accessLogs"),
    ("aws:ec2/flowLog:FlowLog", {"logDestination": UNKNOWN_VALUE}, "logDestination"),
    ("aws:rds/instance:Instance", {"dbSubnetGroupName": UNKNOWN_VALUE}, "dbSubnetGroupName"),
    ("aws:rds/instance:Instance", {"optionGroupName": UNKNOWN_VALUE}, "optionGroupName"),
    ("aws:rds/proxy:Proxy", {"vpcSubnetIds": [UNKNOWN_VALUE]}, "vpcSubnetIds"),
    ("aws:elasticache/cluster:Cluster", {"subnetGroupName": UNKNOWN_VALUE}, "subnetGroupName"),
    (
        "aws:msk/cluster:Cluster",
        {"brokerNodeGroupInfo": {"clientSubnets": [UNKNOWN_VALUE]}},
        "brokerNodeGroupInfo",
    ),
]


@pytest.mark.parametrize(("typ", "inputs", "key"), UNKNOWN_DOORS)
def test_an_unknown_value_without_any_source_passes_only_where_it_names_nothing(typ, inputs, key):
    ((level, message),) = found(node(typ, "mine", inputs))
    assert level == MANDATORY and f"{key} is unknown in preview and comes from no" in message
    assert found(node(VPC, "vpc", {}), node(typ, "mine", inputs, {key: ["vpc"]})) == []
    assert found(node(VPC, "mine", {"cidrBlock": UNKNOWN_VALUE, "tags": inputs})) == []


def whole(*nodes, **more):
    """What the pack says of a deployment as a whole: (level, message)."""
    servicer = configured({**CONFIG, **more})
    sent = []
    for typ, name, inputs, sources, outputs in nodes:
        asked = proto.AnalyzeRequest(type=typ, name=name, urn=name, properties=struct(inputs))
        servicer.Analyze(asked, None)
        resource = proto.AnalyzerResource(type=typ, name=name, urn=name, properties=struct(outputs))
        for key, urns in sources.items():
            resource.propertyDependencies[key].urns.extend(urns)
        sent.append(resource)
    answer = servicer.AnalyzeStack(proto.AnalyzeStackRequest(resources=sent), None)
    return [(d.enforcementLevel, d.message.partition("\n")[2]) for d in answer.diagnostics]


def supplied(*ids):
    return [{"ids": list(ids), **WHO}]


# Each property that opens something, with a literal id that nobody here has judged.
FOREIGN = [
    (ASSOCIATION, {"routeTableId": RTB}, "routeTableId", RTB),
    ("aws:ec2/mainRouteTableAssociation:MainRouteTableAssociation", {"routeTableId": RTB},
     "routeTableId", RTB),
    ("aws:route53/resolverRuleAssociation:ResolverRuleAssociation",
     {"resolverRuleId": "rslvr-rr-0a1b2c3d4e5f60718"}, "resolverRuleId",
     "rslvr-rr-0a1b2c3d4e5f60718"),
    ("aws:route53/resolverRuleAssociation:ResolverRuleAssociation",
     {"resolverRuleId": "rslvr-autodefined-rr-internet-resolver"}, "resolverRuleId",
     "another value"),
    ("aws:ec2/vpcDhcpOptionsAssociation:VpcDhcpOptionsAssociation",
     {"dhcpOptionsId": "dopt-0a1b2c3d4e5f60718"}, "dhcpOptionsId", "dopt-0a1b2c3d4e5f60718"),
    (EGRESS, {"ipProtocol": "tcp", "prefixListId": PL}, "prefixListId", PL),
    (GROUP_RULE, {"type": "egress", "protocol": "tcp", "prefixListIds": [PL]},
     "prefixListIds[0]", PL),
    (GROUP, {"egress": [{"protocol": "tcp", "prefixListIds": [PL]}]},
     "egress[0].prefixListIds[0]", PL),
    ("aws:ec2/launchTemplate:LaunchTemplate",
     {"networkInterfaces": [{"securityGroups": ["sg-0a1b2c3d4e5f60720"]}]},
     "networkInterfaces[0].securityGroups[0]", "sg-0a1b2c3d4e5f60720"),
    ("aws:ec2/instance:Instance", {"vpcSecurityGroupIds": ["sg-0a1b2c3d4e5f60720"]},
     "vpcSecurityGroupIds[0]", "sg-0a1b2c3d4e5f60720"),
    ("aws:autoscaling/group:Group", {"vpcZoneIdentifiers": ["subnet-0a1b2c3d4e5f60711"]},
     "vpcZoneIdentifiers[0]", "subnet-0a1b2c3d4e5f60711"),
    ("aws:eks/cluster:Cluster", {"vpcConfig": {"subnetIds": ["subnet-0a1b2c3d4e5f60711"]}},
     "vpcConfig.subnetIds[0]", "subnet-0a1b2c3d4e5f60711"),
    ("aws:s3/bucketLogging:BucketLogging", {"bucket": "b", "targetBucket": "elsewhere"},
     "targetBucket", "another value"),
    ("aws:lb/loadBalancer:LoadBalancer", {"accessLogs": {"bucket": "elsewhere"}},
     "accessLogs.bucket", "another value"),
    ("aws:route53/record:Record", {"zoneId": "Z0123456789ABCDEFGHIJ", "name": "a", "type": "A"},
     "zoneId", "another value"),
    ("aws:cloudtrail/trail:Trail", {"s3BucketName": "elsewhere"}, "s3BucketName", "another value"),
    ("kubernetes:core/v1:PersistentVolume",
     {"apiVersion": "v1", "kind": "PersistentVolume", "spec": {"csi": {
         "driver": "s3.csi.aws.com", "volumeAttributes": {"bucketName": "elsewhere"}}}},
     "spec.csi.volumeAttributes.bucketName", "another value"),
    ("aws:networkfirewall/loggingConfiguration:LoggingConfiguration",
     {"loggingConfiguration": {"logDestinationConfigs": [
         {"logDestination": {"bucketName": "elsewhere"}}]}},
     "loggingConfiguration.logDestinationConfigs[0].logDestination.bucketName", "another value"),
    ("aws:networkfirewall/loggingConfiguration:LoggingConfiguration",
     {"loggingConfiguration": {"logDestinationConfigs": [
         {"logDestination": {"deliveryStream": "elsewhere"}}]}},
     "loggingConfiguration.logDestinationConfigs[0].logDestination.deliveryStream",
     "another value"),
    ("aws:ec2/flowLog:FlowLog", {"logDestination": STREAM}, "logDestination", "another value"),
    ("aws:autoscaling/attachment:Attachment", {"lbTargetGroupArn": "arn:aws:x"},
     "lbTargetGroupArn", "another value"),
    ("aws:ec2/tag:Tag", {"resourceId": "eni-0a1b2c3d4e5f60718"}, "resourceId",
     "eni-0a1b2c3d4e5f60718"),
]  # fmt: skip


@pytest.mark.parametrize(("typ", "inputs", "path", "shown"), FOREIGN)
def test_an_id_that_nobody_here_has_judged_is_refused_until_somebody_answers(
    typ, inputs, path, shown
):
    noun = typ.rsplit(":", 1)[-1]
    (said,) = found(node(typ, "mine", inputs))
    assert said == (
        MANDATORY,
        f"CN-004 {noun} 'mine' {path} is {shown}, not made here, and boundary.supplied does not "
        f"list it. {ORIGIN.remedy}",
    )
    value = inputs
    for step in path.replace("[", ".").replace("]", "").split("."):
        value = value[int(step)] if step.isdigit() else value[step]
    assert found(node(typ, "mine", inputs), supplied=supplied(value)) == []
    assert len(found(node(typ, "mine", inputs), supplied=supplied("rtb-another"))) == 1


# Properties that always name another thing, so that no form of an id is needed to see it.
NAMING = [
    "destinationPrefixListId",
    "dhcpOptionsId",
    "elb",
    "firewallDomainListId",
    "firewallRuleGroupId",
    "launchTemplateId",
    "lbTargetGroupArn",
    "listenerArn",
    "loadBalancerArn",
    "loadBalancers",
    "networkAclId",
    "networkInterfaceId",
    "prefixListId",
    "prefixListIds",
    "referencedSecurityGroupId",
    "resolverEndpointId",
    "resolverQueryLogConfigId",
    "resolverRuleId",
    "routeTableId",
    "routeTableIds",
    "s3BucketName",
    "secondarySubnetId",
    "securityGroupId",
    "securityGroupIds",
    "securityGroups",
    "sourceSecurityGroupId",
    "subnetId",
    "subnetIds",
    "subnets",
    "targetBucket",
    "targetGroupArn",
    "targetGroupArns",
    "transitGatewayAttachmentId",
    "transitGatewayId",
    "vpcEndpointId",
    "vpcId",
    "vpcPeeringConnectionId",
    "vpcSecurityGroupIds",
    "vpcZoneIdentifiers",
    "zoneId",
]


@pytest.mark.parametrize("key", NAMING)
@pytest.mark.parametrize("holder", ["", "inner"])
def test_what_a_property_names_is_refused_whatever_it_looks_like(key, holder):
    named = {key: ["elsewhere"]}
    asked = node("aws:ec2/tag:Tag", "mine", {holder: [named]} if holder else named)
    ((level, said),) = found(asked)
    assert level == MANDATORY and f"{key}[0] is another value, not made here" in said
    assert found(asked, supplied=supplied("elsewhere")) == []


@pytest.mark.parametrize("holder", ["accessLogs", "connectionLogs", "healthCheckLogs"])
def test_each_kind_of_a_load_balancers_logs_goes_to_a_bucket_that_somebody_answers_for(holder):
    logs = node("aws:lb/loadBalancer:LoadBalancer", "mine", {holder: {"bucket": "elsewhere"}})
    ((level, said),) = found(logs)
    assert level == MANDATORY and f"{holder}.bucket is another value, not made here" in said


@pytest.mark.parametrize(
    ("typ", "key"),
    [
        ("aws:ec2/flowLog:FlowLog", "logDestination"),
        ("aws:route53/resolverQueryLogConfig:ResolverQueryLogConfig", "destinationArn"),
    ],
)
@pytest.mark.parametrize("prefix", ["", "/vpc/"])
def test_logs_go_to_buckets_of_this_deployment_or_to_those_that_somebody_answers_for(
    typ, key, prefix
):
    """A bucket's ARN names no account: who made the bucket decides, by its name."""
    logs = node(typ, "logs", {key: f"arn:aws:s3:::archive{prefix}"})
    bucket = node("aws:s3/bucket:Bucket", "archive", {"bucket": "archive"}, id="archive")
    ((level, said),) = found(logs)
    assert level == MANDATORY and f" {key} is another value, not made here" in said
    assert found(logs, bucket) == []
    assert found(logs, supplied=supplied("archive")) == []
    assert len(found(logs, supplied=supplied("archive-2"))) == 1


POOL, TEMPLATE = "aws:autoscaling/group:Group", "aws:ec2/launchTemplate:LaunchTemplate"


@pytest.mark.parametrize("typ", [POOL, "aws:ec2/instance:Instance", "aws:eks/nodeGroup:NodeGroup"])
def test_a_launch_template_is_one_of_this_deployment_by_its_name_too(typ):
    launched = node(typ, "mine", {"launchTemplate": {"name": "workers"}})
    ((level, said),) = found(launched)
    assert level == MANDATORY and "launchTemplate.name is another value, not made here" in said
    assert found(launched, node(TEMPLATE, "t", {"name": "workers"})) == []
    assert len(found(launched, node(TEMPLATE, "t", {"name": "others"}))) == 1
    assert len(found(launched, node("aws:iam/role:Role", "r", {"name": "workers"}))) == 1
    assert found(launched, supplied=supplied("workers")) == []
    both = node(typ, "mine", {"launchTemplate": {"id": "lt-0a1b2c3d4e5f60718", "name": "workers"}})
    assert len(found(both)) == 1
    assert found(both, supplied=supplied("lt-0a1b2c3d4e5f60718")) == []  # AWS tells the name, too


def test_each_launch_template_of_a_mixed_group_is_of_this_deployment():
    of = {"launchTemplateSpecification": {"launchTemplateName": "workers"}}
    for given in (of, {"overrides": [of]}):
        ((level, said),) = found(node(POOL, "mine", {"mixedInstancesPolicy": {
            "launchTemplate": given}}))  # fmt: skip
        assert level == MANDATORY and "launchTemplateName is another value, not made here" in said


def test_a_name_of_a_launch_template_that_is_unknown_comes_from_one_that_is_made_here():
    by_name = {"launchTemplate": {"name": UNKNOWN_VALUE}}
    assert len(found(node(POOL, "mine", by_name))) == 1
    made = node(TEMPLATE, "t", {"namePrefix": "workers"})
    assert found(made, node(POOL, "mine", by_name, {"launchTemplate": ["t"]})) == []


def table(**outputs):
    return node("aws:ec2/routeTable:RouteTable", "table", {"vpcId": "vpc-1"}, **outputs)


OWN = {"supplied": supplied("vpc-1")}


@pytest.mark.parametrize("known", [UNKNOWN_VALUE, RTB], ids=["first preview", "later"])
def test_an_own_id_passes_before_it_is_known_and_after(known):
    joined = node(ASSOCIATION, "mine", {"routeTableId": known}, {"routeTableId": ["table"]})
    assert found(table(id=known), joined, **OWN) == []


def test_an_own_id_passes_without_the_edge_once_it_is_known():
    assert found(table(id=RTB), node(ASSOCIATION, "mine", {"routeTableId": RTB}), **OWN) == []


def test_an_own_resource_answers_only_for_what_it_is():
    """An edge to a resource of ours does not make a foreign id ours."""
    joined = node(ASSOCIATION, "mine", {"routeTableId": OTHER_RTB}, {"routeTableId": ["table"]})
    assert [level for level, _ in found(table(id=RTB), joined, **OWN)] == [MANDATORY]


@pytest.mark.parametrize("key", ["tags", "tagsAll", "description", "userData"])
def test_what_people_write_of_an_own_resource_answers_for_nothing(key):
    joined = node(ASSOCIATION, "mine", {"routeTableId": OTHER_RTB}, {"routeTableId": ["table"]})
    written = {"tags": {"to": OTHER_RTB}, "tagsAll": {"to": OTHER_RTB}}.get(key, OTHER_RTB)
    ((level, said),) = found(table(id=RTB, **{key: written}), joined, **OWN)
    assert level == MANDATORY and f"routeTableId is {OTHER_RTB}, not made here" in said


@pytest.mark.parametrize(
    ("typ", "inputs"),
    [
        ("aws:lb/loadBalancer:LoadBalancer", {"accessLogs": {"bucket": "orders"}}),
        ("aws:s3/bucketLogging:BucketLogging", {"targetBucket": "orders"}),
        ("aws:ec2/flowLog:FlowLog", {"logDestination": "arn:aws:s3:::orders/vpc"}),
        ("aws:fsx/lustreFileSystem:LustreFileSystem", {"exportPath": "s3://orders/x"}),
        ("aws:codebuild/project:Project", {"artifacts": {"type": "S3", "location": "orders"}}),
    ],
)
def test_a_bucket_of_others_is_nobodys_own_by_what_else_is_called_like_it(typ, inputs):
    """Names of buckets are one for all accounts, so that of a role may be a stranger's bucket's."""
    taken = {key: ["made"] for key in inputs}
    for other in ("aws:iam/role:Role", "aws:cloudwatch/logGroup:LogGroup"):
        for sources in ({}, taken):
            of_others = node(typ, "mine", inputs, sources)
            ((level, said),) = found(of_others, node(other, "made", {}, id="orders"))
            assert level == MANDATORY and "not made here" in said
    made = node("aws:s3/bucket:Bucket", "made", {}, id="orders")
    assert found(node(typ, "mine", inputs), made) == []


VPCE, BUCKET_POLICY = "vpce-0a1b2c3d4e5f60718", "aws:s3/bucketPolicy:BucketPolicy"
PCX = "pcx-0a1b2c3d4e5f60718"


@pytest.mark.parametrize(
    ("typ", "key", "id_"),
    [
        ("aws:ec2/peeringConnectionOptions:PeeringConnectionOptions",
         "vpcPeeringConnectionId", PCX),
        ("aws:ec2/vpcEndpointPolicy:VpcEndpointPolicy", "vpcEndpointId", VPCE),
        ("aws:ec2/vpcPeeringConnectionAccepter:VpcPeeringConnectionAccepter",
         "vpcPeeringConnectionId", PCX),
    ],
)  # fmt: skip
def test_what_is_called_by_the_id_that_it_is_joined_to_has_not_made_it(typ, key, id_):
    """Once it is up, AWS calls it so, and the id is nobody's here all the same."""
    joined = node(typ, "mine", {key: id_}, id=id_)
    ((level, said),) = found(joined)
    assert level == MANDATORY and f"{key} is {id_}, not made here" in said
    assert found(joined, supplied=supplied(id_)) == []
    made = {PCX: "aws:ec2/vpcPeeringConnection:VpcPeeringConnection",
            VPCE: "aws:ec2/vpcEndpoint:VpcEndpoint"}[id_]  # fmt: skip
    assert found(joined, node(made, "made", {}, id=id_)) == []


@pytest.mark.parametrize(
    ("typ", "key"),
    [
        ("aws:autoscaling/notification:Notification", "topicArn"),
        ("aws:sns/topicPolicy:TopicPolicy", "arn"),
    ],
)
def test_what_is_said_of_a_topic_of_others_makes_it_nobodys_own(typ, key):
    """The provider calls both by the topic's ARN, once they are there."""
    topic = f"arn:aws:sns:{REGION}:{ACCOUNT}:theirs"
    alarm = node("aws:cloudwatch/metricAlarm:MetricAlarm", "alarm", {"alarmActions": [topic]})
    of_topic = node(typ, "of-it", {key: topic}, id=topic)
    told = [said for _, said in found(alarm, of_topic)]
    assert any("MetricAlarm 'alarm' alarmActions[0] is" in said for said in told), told
    made = node("aws:sns/topic:Topic", "made", {}, id=topic)
    assert found(alarm, of_topic, made) == []


@pytest.mark.parametrize("noun", ["RestApiPolicy", "RestApiPut"])
def test_what_is_said_of_an_api_of_others_makes_it_nobodys_own(noun):
    """The provider calls both by the API's id, once they are there."""
    kind = f"aws:apigateway/r{noun[1:]}:{noun}"
    said_of_it = node(kind, "of-it", {"restApiId": "a1b2c3d4e5"}, id="a1b2c3d4e5")
    (told,) = [said for _, said in found(said_of_it)]
    assert f"{noun} 'of-it' restApiId is" in told
    made = node("aws:apigateway/restApi:RestApi", "made", {}, id="a1b2c3d4e5")
    assert [said for _, said in found(said_of_it, made) if "restApiId" in said] == []


def test_what_is_set_at_a_bucket_of_others_makes_it_nobodys_own():
    """S3 calls a bucket's versioning and its policy by the bucket's name."""
    trail = node("aws:cloudtrail/trail:Trail", "trail", {"s3BucketName": "theirs"})
    versions = node(
        "aws:s3/bucketVersioning:BucketVersioning", "v", {"bucket": "theirs"}, id="theirs"
    )
    ((level, said),) = found(trail, versions)
    assert level == MANDATORY and "s3BucketName is another value, not made here" in said
    own = node("aws:s3/bucket:Bucket", "b", {"bucket": "theirs"}, id="theirs")
    assert found(trail, versions, own) == []


ISSUER = "aws:iam/openIdConnectProvider:OpenIdConnectProvider"
URL = f"https://oidc.eks.{REGION}.amazonaws.com/id/0123456789ABCDEF"


def test_an_issuer_is_that_of_a_cluster_of_this_deployment_or_somebody_answers_for_it():
    """Whoever runs a cluster signs tokens for any account by name."""
    trusted = node(ISSUER, "mine", {"url": URL})
    ((level, said),) = found(trusted)
    assert level == MANDATORY and "url is another value, not made here" in said
    assert found(trusted, supplied=supplied(URL)) == []
    of = {"identities": [{"oidcs": [{"issuer": URL}]}]}
    cluster = node("aws:eks/cluster:Cluster", "cluster", {}, **of)
    assert found(cluster, trusted) == []
    assert found(cluster, node(ISSUER, "mine", {"url": URL.removeprefix("https://")})) == []
    unknown = {"url": UNKNOWN_VALUE}
    bare = node("aws:eks/cluster:Cluster", "cluster", {})
    assert found(bare, node(ISSUER, "mine", unknown, {"url": ["cluster"]})) == []
    ((level, said),) = found(bare, node(ISSUER, "mine", unknown))
    assert level == MANDATORY and "url is unknown in preview and comes from no" in said


ROLE, SAML = "aws:iam/role:Role", "aws:iam/samlProvider:SamlProvider"
OF_CLUSTER = f"arn:aws:iam::{ACCOUNT}:oidc-provider/{URL.removeprefix('https://')}"
OF_PEOPLE = f"arn:aws:iam::{ACCOUNT}:saml-provider/people"


def trusting(arn, effect="Allow", **outputs):
    """A role for whoever a provider of an own account vouches for."""
    told = {"Effect": effect, "Principal": {"Federated": arn}, "Action": "sts:AssumeRoleWithSAML"}
    return node(ROLE, "role", {"assumeRolePolicy": document(told)}, **outputs)


@pytest.mark.parametrize(
    ("arn", "answered", "typ", "made"),
    [
        (OF_CLUSTER, (OF_CLUSTER, URL, URL.removeprefix("https://")), ISSUER, {"url": URL}),
        (OF_PEOPLE, (OF_PEOPLE,), SAML, {"name": "people"}),
    ],
)
def test_a_role_trusts_providers_that_somebody_answers_for(arn, answered, typ, made):
    """Whoever holds the key of a provider says who anybody is, also where the account is own."""
    ((level, said),) = found(trusting(arn))
    assert level == MANDATORY and "assumeRolePolicy: the provider of statement [0] is" in said
    for listed in answered:
        assert found(trusting(arn), supplied=supplied(listed)) == []
    assert len(found(trusting(arn), supplied=supplied("another"))) == 1
    assert found(trusting(arn, "Deny")) == []
    for own in (node(typ, "mine", made), node(typ, "mine", {}, id=arn)):
        assert [said for _, said in found(trusting(arn), own) if "assumeRolePolicy" in said] == []
    others = node(typ, "mine", {"url": "https://id.example", "name": "others"}, id="x")
    assert len([said for _, said in found(trusting(arn), others) if "assume" in said]) == 1


def test_a_role_may_trust_the_issuer_of_a_cluster_of_this_deployment():
    of = {"identities": [{"oidcs": [{"issuer": URL}]}]}
    assert found(node("aws:eks/cluster:Cluster", "cluster", {}, **of), trusting(OF_CLUSTER)) == []
    other = {"identities": [{"oidcs": [{"issuer": f"{URL}0"}]}]}
    cluster = node("aws:eks/cluster:Cluster", "cluster", {}, **other)
    assert len(found(cluster, trusting(OF_CLUSTER))) == 1


APIS = f"arn:aws:execute-api:{REGION}:{ACCOUNT}"
GROUPS = f"arn:aws:elasticloadbalancing:{REGION}:{ACCOUNT}:targetgroup"


@pytest.mark.parametrize(
    ("service", "source", "answered", "typ"),
    [
        (
            "apigateway",
            f"{APIS}:a1b2c3d4e5/*/GET/x",
            ("a1b2c3d4e5", f"{APIS}:a1b2c3d4e5"),
            "aws:apigateway/restApi:RestApi",
        ),
        (
            "elasticloadbalancing",
            f"{GROUPS}/x/0a1b2c3d4e5f6071",
            (f"{GROUPS}/x/0a1b2c3d4e5f6071",),
            "aws:lb/targetGroup:TargetGroup",
        ),
    ],
)
def test_what_calls_a_function_for_others_is_known_to_somebody(service, source, answered, typ):
    """An API and a load balancer pass on what anybody asks who reaches them."""
    called = {"principal": f"{service}.amazonaws.com", "sourceArn": source}
    asked = node("aws:lambda/permission:Permission", "mine", called)
    ((level, said),) = found(asked)
    assert level == MANDATORY and "sourceArn is another value, not made here" in said
    for listed in answered:
        assert found(asked, supplied=supplied(listed)) == []
        assert [s for _, s in found(asked, node(typ, "own", {}, id=listed)) if "source" in s] == []
    own = {"principal": "sns.amazonaws.com", "sourceArn": source}
    assert found(node("aws:lambda/permission:Permission", "mine", own)) == []


COPIES = "aws:s3/bucketReplicationConfig:BucketReplicationConfig"


@pytest.mark.parametrize("arn", ["arn:aws:s3:::copies", "copies"])
def test_objects_are_copied_to_buckets_that_somebody_answers_for(arn):
    rules = [{"destination": {"bucket": "arn:aws:s3:::copies", "account": ACCOUNT}}]
    copied = node(COPIES, "copied", {"bucket": "x", "rules": rules})
    ((level, said),) = found(copied)
    assert level == MANDATORY and "rules[0].destination.bucket is another value" in said
    assert found(copied, supplied=supplied(arn)) == []
    bucket = node("aws:s3/bucket:Bucket", "copies", {"bucket": "copies"}, id="copies")
    assert found(copied, bucket) == []
    unknown = [{"destination": {"bucket": UNKNOWN_VALUE, "account": ACCOUNT}}]
    by_edge = node(COPIES, "copied", {"bucket": "x", "rules": unknown}, {"rules": ["copies"]})
    assert found(by_edge, bucket) == []


def policy(key, *values):
    """A bucket's policy as JSON text that lets read through the named ones only."""
    deny = {"Sid": "Reads", "Effect": "Deny", "Principal": "*", "Action": "s3:GetObject*",
            "Resource": "arn:aws:s3:::b/*"}  # fmt: skip
    return document({**deny, "Condition": {"StringNotEquals": {key: list(values)}}})


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("aws:SourceVpce", VPCE),
        ("aws:SourceVpc", "vpc-0a1b2c3d4e5f60718"),
        ("ec2:SubnetID", "subnet-0a1b2c3d4e5f60711"),
    ],
)
@pytest.mark.parametrize("begin", ["", "\n "])
def test_an_id_in_a_condition_of_a_policys_text_is_refused_until_somebody_answers(
    key, value, begin
):
    asked = node(BUCKET_POLICY, "mine", {"policy": begin + policy(key, value)})
    ((level, said),) = found(asked)
    assert level == MANDATORY
    assert f" policy: a condition of statement Reads is {value}, not made here" in said
    assert found(asked, supplied=supplied(value)) == []
    assert len(found(asked, supplied=supplied("vpce-0ffffffffffffffff"))) == 1


def test_own_ids_in_a_policys_text_pass_and_excuse_no_other():
    endpoint = node("aws:ec2/vpcEndpoint:VpcEndpoint", "s3", {}, id=VPCE)
    known = {"policy": policy("aws:SourceVpce", VPCE)}
    assert found(endpoint, node(BUCKET_POLICY, "mine", known)) == []
    assert found(endpoint, node(BUCKET_POLICY, "mine", known, {"policy": ["s3"]})) == []
    unknown = node(BUCKET_POLICY, "mine", {"policy": UNKNOWN_VALUE}, {"policy": ["s3"]})
    assert found(endpoint, unknown) == []
    two = {"policy": policy("aws:SourceVpce", VPCE, "vpce-0ffffffffffffffff")}
    assert len(found(endpoint, node(BUCKET_POLICY, "mine", two, {"policy": ["s3"]}))) == 1


@pytest.mark.parametrize("text", ["{", '{"subnetId": "subnet-0a1b2c3d"}', policy("aws:x", "y")])
def test_a_text_that_is_no_policy_with_ids_names_nothing(text):
    assert found(node("aws:ssm/parameter:Parameter", "p", {"value": text})) == []


def test_what_a_resource_gave_rise_to_is_its_own():
    cluster = node(
        "aws:eks/cluster:Cluster", "c", {}, vpcConfig={"clusterSecurityGroupId": "sg-12345678"}
    )
    rule = node(EGRESS, "r", {"referencedSecurityGroupId": "sg-12345678"},
                {"referencedSecurityGroupId": ["c"]})  # fmt: skip
    assert found(cluster, rule) == []
    endpoint = node("aws:ec2/vpcEndpoint:VpcEndpoint", "s3", {}, prefixListId=PL)
    egress = node(EGRESS, "r", {"prefixListId": PL}, {"prefixListId": ["s3"]})
    assert found(endpoint, egress) == []
    assert len(found(egress)) == 1  # the endpoint is read, so the engine does not tell of it
    interface = "eni-0a1b2c3d4e5f60718"
    endpoint = node("aws:ec2/vpcEndpoint:VpcEndpoint", "ec2", {}, networkInterfaceIds=[interface])
    tag = node("aws:ec2/tag:Tag", "t", {"resourceId": interface}, {"resourceId": ["ec2"]})
    assert found(endpoint, tag) == [] and len(found(tag)) == 1


@pytest.mark.parametrize(
    "value",
    [UNKNOWN_VALUE, [UNKNOWN_VALUE], {"inner": UNKNOWN_VALUE}, {"inner": ["a", [UNKNOWN_VALUE]]}],
)
def test_what_is_unknown_and_only_read_is_refused_at_any_depth(value):
    (said,) = found(node(ASSOCIATION, "mine", {"routeTableId": value}, {"routeTableId": ["read"]}))
    assert "routeTableId is unknown in preview and comes from no resource that is judged" in said[1]


@pytest.mark.parametrize("value", ["local", ["a", {"inner": "b"}], {"inner": ["a"]}])
def test_what_is_known_and_read_is_judged_by_its_value(value):
    assert found(node("aws:ec2/tag:Tag", "mine", {"value": value}, {"value": ["read"]})) == []


REFERENCE = "urn:pulumi:pools::heiiki::heiiki:index:Cluster$pulumi:pulumi:StackReference::network"
NO_REFERENCE = "urn:pulumi:pools::heiiki::aws:ec2/routeTable:RouteTable::network"


def test_what_another_stack_puts_out_passes_when_somebody_answers_for_that_stack():
    def judged(source, **more):
        inputs = {"routeTableId": RTB}
        return len(found(node(ASSOCIATION, "mine", inputs, {"routeTableId": [source]}), **more))

    network = {"supplied": [{"stacks": ["network"], **WHO}]}
    assert judged(REFERENCE) == 1
    assert judged(REFERENCE, **network) == 0
    assert judged(REFERENCE, supplied=[{"stacks": ["cluster"], **WHO}]) == 1
    assert judged(NO_REFERENCE, **network) == 1


@pytest.mark.parametrize("key", ["routeTableId", "kmsKeyArn"])
def test_nobody_answers_for_what_another_stack_does_not_tell(key):
    """An update would leave it out: a route table of nothing, a volume without its key."""
    network = {"supplied": [{"stacks": ["network"], **WHO}]}
    own = node("aws:kms/key:Key", "own", {})
    asked = node(ASSOCIATION, "mine", {key: UNKNOWN_VALUE}, {key: [REFERENCE]})
    ((level, message),) = found(own, asked, **network)
    assert level == MANDATORY
    assert f"{key} is unknown in preview and comes from no resource that is judged here, but " in (
        message
    )
    assert "bring that stack up whole" in message
    both = node(ASSOCIATION, "mine", {key: UNKNOWN_VALUE}, {key: [REFERENCE, "own"]})
    assert found(own, both, **network) == []


def test_what_another_package_makes_is_no_read():
    password = node("random:index/randomPassword:RandomPassword", "p", {})
    parameter = node("aws:ssm/parameter:Parameter", "s", {"value": UNKNOWN_VALUE}, {"value": ["p"]})
    assert found(password, parameter) == []


def test_names_texts_and_images_are_no_ids():
    assert found(
        node("aws:s3/bucket:Bucket", "b", {"bucket": "backup-1a2b3c4d5e"}),
        node("aws:ec2/launchTemplate:LaunchTemplate", "t", {
            "imageId": "ami-0a1b2c3d4e5f60718", "description": RTB, "tags": {"rtb": RTB},
            "tagsAll": {"rtb": RTB}, "userData": RTB,
        }),
        node("aws:ec2/route:Route", "r", {"gatewayId": "local"}),
        node("aws:ssm/parameter:Parameter", "p", {"value": "arn:aws:s3:::elsewhere"}),
        node("kubernetes:core/v1:ConfigMap", "c", {"data": {"subnetId": "subnet-0a1b2c3d"}}),
        node("kubernetes:core/v1:Secret", "s", {"stringData": {"subnetId": UNKNOWN_VALUE}}),
        node("kubernetes:core/v1:ConfigMapList", "l", {"items": [{"data": {"table": RTB}}]}),
        node("kubernetes:core/v1:List", "l", {"items": [{"kind": "Secret", "data": {"t": RTB}}]}),
    ) == []  # fmt: skip
    for items in ({"data": {"t": RTB}}, {"kind": "Secret", "spec": {"t": RTB}}):
        assert len(found(node("kubernetes:core/v1:List", "l", {"items": [items]}))) == 1


def test_an_exception_lets_it_pass_and_is_seen():
    exception = {"rule": "CN-004", "name": "mine", "owner": "net team", "reason": "known",
                 "expires": SOON}  # fmt: skip
    joined = node(ASSOCIATION, "mine", {"routeTableId": RTB})
    ((level, message),) = found(joined, exceptions=[exception])
    assert level == ADVISORY and f"Excepted until {SOON}" in message


def test_a_new_configuration_forgets_the_inputs_of_an_earlier_run():
    servicer = configured(CONFIG)
    asked = proto.AnalyzeRequest(
        type=ASSOCIATION, name="a", urn="a", properties=struct({"routeTableId": RTB})
    )
    servicer.Analyze(asked, None)
    request = proto.AnalyzeStackRequest(
        resources=[proto.AnalyzerResource(type=ASSOCIATION, urn="a")]
    )
    assert len(servicer.AnalyzeStack(request, None).diagnostics) == 1
    again = proto.ConfigureAnalyzerRequest()
    again.policyConfig["boundary"].enforcementLevel = MANDATORY
    again.policyConfig["boundary"].properties.CopyFrom(struct({"accounts": []}))
    servicer.Configure(again, Context())
    assert len(servicer.AnalyzeStack(request, None).diagnostics) == 0
