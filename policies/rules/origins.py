"""Where the ids in a deployment come from: from the deployment itself, or from somebody else.

An id that a resource of the same deployment has is judged where that resource is made. Any other
one (written as a literal, looked up by a function, read with `.get()`, taken from another stack)
names a thing that nobody here has judged: a route table may have a route to the internet, a
resolver rule may forward every question. It passes only when boundary.supplied declares it.

One resource alone does not tell: an own id is unknown in a first preview, and looks like any
other later on. So this is judged over the whole deployment, by what the engine knows of each
property's sources (AnalyzerResource.propertyDependencies, pulumi/proto/analyzer.proto).
"""

import re
from collections.abc import Iterator, Mapping
from functools import cache
from typing import Any, Final, NamedTuple

from model.deployment import Node
from rules.asked_balancers import asked
from rules.boundary import Boundary, Supply
from rules.deliveries import DESTINATIONS, delivered_to, unknown_destination
from rules.documents import DocumentError, parse_document
from rules.functions import fronts
from rules.issuers import (
    CLUSTER,
    cluster_trusted,
    issuers_of,
    names_of_provider,
    provider_of,
    providers_trusted,
)
from rules.model import Resource
from rules.named_by_type import Bucket, named_by_type
from rules.unknowns import UNKNOWN, each, has_unknown, is_set, says

# The beginnings of ids whose things can open a network (EC2 User Guide, resource IDs; Route 53
# API reference; EFS API reference; read 2026-11-22). Images and snapshots carry data in, not out.
_PREFIXES = (
    "acl|cagw|cgw|cvpn-endpoint|dopt|eigw|eipalloc|eni|fs|fsap|i|igw|lgw|lgw-rtb|lt|nat|pcx|pl|rqlc|"
    "rslvr-(?:autodefined-)?rr|rslvr-fdl|rslvr-frg|rslvr-in|rslvr-out|rtb|sg|subnet|tgw|tgw-attach|"
    "tgw-rtb|vgw|vol|vpc|vpce|vpn"
)
_ID = re.compile(rf"(?:{_PREFIXES})-[0-9a-f]{{8,}}")

STACK_REFERENCE = "pulumi:pulumi:StackReference"

# Properties that always name another thing, whatever its id looks like.
DOORS = frozenset(
    {
        "clientSubnets",
        "clusterSubnetGroupName",
        "customKeyStoreId",
        "dbSubnetGroupName",
        "deliveryStream",
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
        "neptuneSubnetGroupName",
        "networkInterfaceId",
        "optionGroupName",
        "prefixListId",
        "prefixListIds",
        "profileId",
        "referencedSecurityGroupId",
        "replicationInstanceArn",
        "replicationSubnetGroupId",
        "resolverEndpointId",
        "resolverQueryLogConfigId",
        "resolverRuleId",
        "routeTableId",
        "routeTableIds",
        "secondarySubnetId",
        "securityGroupId",
        "securityGroupIds",
        "securityGroups",
        "sourceEndpointArn",
        "sourceSecurityGroupId",
        "subnetGroupName",
        "subnetId",
        "subnetIds",
        "subnets",
        "targetEndpointArn",
        "targetGroupARN",
        "targetGroupArn",
        "targetGroupArns",
        "targetGroupName",
        "trafficMirrorTargetId",
        "transitGatewayAttachmentId",
        "transitGatewayId",
        "vpcEndpointId",
        "vpcId",
        "vpcPeeringConnectionId",
        "vpcSecurityGroupIds",
        "vpcSubnetIds",
        "vpcZoneIdentifiers",
        "zoneId",
    }
)
# A bucket's name is a door only where something is written to it by AWS itself, or by pods that
# have it as a volume (EKS user guide, s3-csi; read 2026-11-29). Whose the bucket is that objects
# are copied to, the account beside it does not tell: S3 looks at that only where the copies are to
# be the other's (S3 API reference, Destination; read 2026-11-29).
_BUCKET_HOLDERS = (
    "accessLogs", "connectionLogs", "destination", "destinations", "healthCheckLogs",
    "logDestination", "s3BucketSource", "volumeAttributes",
)  # fmt: skip
_BUCKET_KEYS = ("bucket", "bucketName")
_OF_BUCKETS: Final = ("s3Bucket", "s3BucketName", "targetBucket")
# What else names that which a thing is about, and by whose id it is called.
_ABOUT: Final = {
    "Notification": ("topicArn",),
    "RestApiPolicy": ("restApiId",),
    "RestApiPut": ("restApiId",),
    "TopicPolicy": ("arn",),
}
_BUCKETS: Final = ("aws:s3/bucket:Bucket", "aws:s3/bucketV2:BucketV2")
# A launch template is called by its id or by its name. AWS takes one of them and tells both.
_TEMPLATE: Final = "aws:ec2/launchTemplate:LaunchTemplate"
# What is called by its name elsewhere: templates, target groups in objects of Kubernetes, topics of
# trails, clusters of tasks and what gives them machines, builds, models.
_CALLED: Final = (
    _TEMPLATE, "aws:lb/targetGroup:TargetGroup", "aws:sns/topic:Topic", "aws:ecs/cluster:Cluster",
    "aws:ecs/capacityProvider:CapacityProvider",
    "aws:batch/computeEnvironment:ComputeEnvironment", "aws:codebuild/project:Project",
    "aws:sagemaker/model:Model",
    "aws:sagemaker/endpointConfiguration:EndpointConfiguration",
    "aws:kinesis/firehoseDeliveryStream:FirehoseDeliveryStream",
)  # fmt: skip
_BY_NAME: Final = {"name": "id", "launchTemplateName": "launchTemplateId"}
_TEMPLATE_HOLDERS: Final = ("launchTemplate", "launchTemplateSpecification")
# Where logs go by ARN; that of a bucket names no account, so its name is looked for.
_LOG_KEYS = (
    "logDestination", "logDestinationConfigs", "destinationArn", "destination",
    "auditLogDestination",
)  # fmt: skip
# A stream of Firehose is in the own account, and sends on to wherever it was told.
_STREAM_ARN = re.compile(r"arn:[a-z-]+:firehose:[^:]*:\d*:deliverystream/.+")
_BUCKET_ARN = re.compile(r"arn:[a-z-]+:s3:::([^/]+)(?:/.*)?")
# What people write of a thing opens nothing.
_TEXTS = ("tags", "tagsAll", "description", "userData")
# Inputs by which a thing is given its own name, where others are named by the same one.
_OWN_NAME = {"aws:dms/replicationSubnetGroup:ReplicationSubnetGroup": "replicationSubnetGroupId"}
# Nor does what Kubernetes keeps for programs: it tells them of ids, and asks nobody by them.
_KEPT = {kind: ("data", "stringData", "binaryData") for kind in ("ConfigMap", "Secret")}


class Named(NamedTuple):
    """A value that names another thing, and the input it stands in. also: what else it is known by,
    where that is not the value alone. bucket: whether it is the name of one."""

    input: str
    path: str
    value: str
    also: tuple[str, ...] = ()
    bucket: bool = False


class Undeclared(NamedTuple):
    """A resource with an id that nobody answers for. what: the fault. missing: the id, or for an
    unknown one the input that it stands in."""

    resource: Resource
    what: str
    missing: str


def input_of(urn: str, key: str) -> str:
    """How an input is called in which an unknown id stands."""
    return f"{urn}#{key}"


def undeclared(nodes: Mapping[str, Node], boundary: Boundary) -> Iterator[Undeclared]:
    """Each resource with an id that neither this deployment nor the boundary answers for."""
    texts = cache(lambda urn: frozenset(_texts_of(nodes[urn])))
    found = (_BUCKET_ARN.fullmatch(id_) for id_ in boundary.supplied_ids)
    supplied = boundary.supplied_ids | {bucket[1] for bucket in found if bucket}
    known, buckets = supplied.union(_own_ids(nodes)), supplied.union(_own_buckets(nodes))
    for node in nodes.values():
        for named in (*_named(node.resource), *_held_by_account(node.resource, boundary)):
            sources = node.sources.get(named.input, frozenset())
            own = buckets if named.bucket else known
            answered = not own.isdisjoint((named.value, *named.also))
            if answered or _from_supplied_stack(sources, boundary):
                continue
            telling = (
                urn for urn in sources & nodes.keys() if _may_answer(named, nodes[urn].resource)
            )
            if not any(named.value in texts(urn) for urn in telling):
                yield Undeclared(node.resource, _fault(named), named.value)
        for key in _unknown_from_outside(node, nodes):
            what = f"{key} is unknown in preview and comes from no resource that is judged here"
            if _from_supplied_stack(node.sources.get(key, frozenset()), boundary):
                what += ", but from a stack that was brought up in part (--target), or whose name "
                what += "is unknown itself: bring that stack up whole"
            yield Undeclared(node.resource, what, input_of(node.resource.urn, key))


def _may_answer(named: Named, resource: Resource) -> bool:
    """Whether a value may be that of a resource which tells the same. Whether a bucket of AWS is
    made here, those say that are."""
    return not (named.bucket and resource.type.startswith("aws:"))


def _fault(named: Named) -> str:
    shown = says(named.value, _ID)
    return f"{named.path} is {shown}, not made here, and boundary.supplied does not list it"


def supplying_stack(sources: frozenset[str], boundary: Boundary) -> Supply | None:
    """Who answers for the stack that a value comes from, if it comes from one. What another stack
    puts out is not sent, so nothing can be compared."""
    names = {
        urn.rsplit("::", 1)[-1]
        for urn in sources
        if urn.split("::")[2:3] and urn.split("::")[2].endswith(STACK_REFERENCE)
    }
    return next((supply for supply in boundary.supplied if names & set(supply.stacks)), None)


def _from_supplied_stack(sources: frozenset[str], boundary: Boundary) -> bool:
    return supplying_stack(sources, boundary) is not None


def _own_ids(nodes: Mapping[str, Node]) -> Iterator[str]:
    for node in nodes.values():
        keys = ("id", "name") if node.resource.type in _CALLED else ("id",)
        named = (node.outputs().get(key) for key in keys)
        if node.resource.type == CLUSTER:
            yield from issuers_of(node.outputs())
        yield from provider_of(node.resource)
        others = frozenset(_joined_to(node.resource))
        for value in named:
            if isinstance(value, str) and value not in others:
                yield value
    yield from _own_buckets(nodes)


def _own_buckets(nodes: Mapping[str, Node]) -> Iterator[str]:
    """The names of buckets that are made here. Of other things many are called as a bucket of
    somebody else is: a role, a log group, a cluster."""
    for node in nodes.values():
        if node.resource.type in _BUCKETS:
            named = (node.outputs().get("id"), node.resource.props.get("bucket"))
            yield from (value for value in named if isinstance(value, str))
            arn = node.outputs().get("arn")
            found = _BUCKET_ARN.fullmatch(arn) if isinstance(arn, str) else None
            if found:
                yield found[1]


def _joined_to(resource: Resource) -> Iterator[str]:
    """What a resource is about and has not made, though some are called by its id (a bucket's
    versioning, options of a peering, an endpoint's policy, a topic's or an API's, what a pool tells
    a topic)."""
    doors = DOORS.union(_OF_BUCKETS, _ABOUT.get(resource.noun, ()))
    doors = doors if resource.type in _BUCKETS else doors.union(_BUCKET_KEYS)
    for key in (doors & resource.props.keys()) - {_OWN_NAME.get(resource.type)}:
        if isinstance(value := resource.props[key], str):
            yield value


def _held_by_account(resource: Resource, boundary: Boundary) -> Iterator[Named]:
    """What is of an own account, and so may lead on to whoever that account has let in."""
    yield from _delivered(resource, boundary)
    for path, arn in providers_trusted(resource, boundary):
        yield Named("assumeRolePolicy", path, arn, names_of_provider(arn))
    for arn, id_ in fronts(resource):
        yield Named("sourceArn", "sourceArn", arn, (id_,))


def _delivered(resource: Resource, boundary: Boundary) -> Iterator[Named]:
    """Where something is delivered, which may be known by what else is said of it already."""
    if resource.noun not in DESTINATIONS:
        return
    said = {named.path for named in _named(resource)}
    for key, path, value in delivered_to(resource, boundary):
        if path not in said:
            yield Named(key, path, value)


def _named(resource: Resource) -> Iterator[Named]:
    for key, value in _without_texts(resource).items():
        for path, text in _naming(key, value, key, ""):
            yield Named(key, path, text, bucket=isinstance(text, Bucket))
    for key, where, value in named_by_type(resource):
        if value is not UNKNOWN:
            yield Named(key, where, str(value), bucket=isinstance(value, Bucket))
    for one in asked(resource, "bucket"):
        if one.value is not UNKNOWN:
            yield Named(one.input, one.where, str(one.value), bucket=True)
    if isinstance(url := cluster_trusted(resource), str):
        yield Named("url", "url", url)


def _without_texts(resource: Resource) -> dict[str, Any]:
    """The inputs of a resource, but for texts."""
    if resource.type.startswith("kubernetes:"):
        return _without_kept(resource.props, resource.noun)
    left_out = (*_TEXTS, _OWN_NAME.get(resource.type))
    return {key: value for key, value in resource.props.items() if key not in left_out}


def _texts_of(node: Node) -> Iterator[str]:
    """Every text that a thing tells of itself; what people write of it is not that."""
    told = node.outputs()
    if node.resource.type.startswith("kubernetes:"):
        return texts_in(_without_kept(told, node.resource.noun))
    return texts_in({key: value for key, value in told.items() if key not in _TEXTS})


def _without_kept(body: Mapping[str, Any], noun: str) -> dict[str, Any]:
    """An object, or a list of them, without what it keeps for programs."""
    kind = body.get("kind", noun)
    kept = {k: v for k, v in body.items() if k not in (*_TEXTS, *_KEPT.get(str(kind), ()))}
    if isinstance(items := kept.get("items"), list):
        of = noun.removesuffix("List")
        kept["items"] = [_without_kept(i, of) if isinstance(i, dict) else i for i in items]
    return kept


def _naming(key: str, value: Any, path: str, holder: str) -> Iterator[tuple[str, str]]:
    """Every text below a property that names another thing, with its path."""
    if isinstance(value, dict):
        for inner, item in _asked(key, value):
            yield from _naming(inner, item, f"{path}.{inner}", key)
    elif isinstance(value, list):
        for index, item in each(value):
            yield from _naming(key, item, f"{path}{index}", holder)
    elif isinstance(value, str) and value:
        arn = key in (*_LOG_KEYS, *_BUCKET_KEYS)
        by_arn = _BUCKET_ARN.fullmatch(value) if arn else None
        if by_arn or (_is_bucket(key, holder) and not value.startswith("arn:")):
            yield path, Bucket(by_arn[1] if by_arn else value)
        elif (
            (key in _LOG_KEYS and _STREAM_ARN.fullmatch(value))
            or (_is_door(key, holder) and not _is_of_aws(key, value))
            or _ID.fullmatch(value)
        ):
            yield path, value
        elif value.lstrip().startswith("{"):
            yield from _in_conditions(value, path)


def _is_of_aws(key: str, value: str) -> bool:
    """Whether an option group is AWS's own of an engine, which has no options; no other one may
    have a name with a colon."""
    return key == "optionGroupName" and value.startswith("default:")


def _in_conditions(text: str, path: str) -> Iterator[tuple[str, str]]:
    """The ids in the conditions of a policy that is written as JSON text."""
    try:
        statements = parse_document(text)
    except DocumentError:
        return  # no policy, or one that the rules on policies refuse
    for statement in statements:
        for value in (v for condition in statement.conditions for v in condition.values):
            if isinstance(value, str) and _ID.fullmatch(value):
                yield f"{path}: a condition of {statement.label}", value


def _unknown_from_outside(node: Node, nodes: Mapping[str, Node]) -> Iterator[str]:
    """Inputs whose unknown value comes from what is only read, which the engine shows to nobody,
    or from nowhere, where it names another thing.

    What the real engine sends in a preview (tests/policies/test_engine.py): an apply over an id of
    a resource has that resource as its source. An Output that was made with no resources, the SDK's
    constant for what is unknown, and an apply that ends in either have none at all: the property is
    not even listed. Such a value may be any id, so it passes only where it names nothing.

    Nor does anybody answer for an unknown value of another stack: what a stack puts out is recorded
    and known, but for what an `up --target` left out. In an update that becomes no value at all, so
    that a key or a group that it should name is dropped without a word.
    """
    naming = _without_texts(node.resource)
    buckets = {one.input for one in asked(node.resource, "bucket") if one.value is UNKNOWN}
    delivered = DESTINATIONS.get(node.resource.noun, ())
    joined = {key for key, _, value in named_by_type(node.resource) if value is UNKNOWN}
    for key, value in node.resource.props.items():
        sources = node.sources.get(key, frozenset())
        if sources & nodes.keys():
            continue
        told = key in delivered and unknown_destination(key, value)
        issuer = key == "url" and cluster_trusted(node.resource) is UNKNOWN
        door = key in buckets | joined or told or issuer or _unknown_door(key, naming.get(key), "")
        if door or (sources and has_unknown(value)):
            yield key


def _unknown_door(key: str, value: Any, holder: str) -> bool:
    """Whether an unknown value stands below a property that names another thing."""
    if isinstance(value, dict):
        return any(_unknown_door(inner, item, key) for inner, item in _asked(key, value))
    if isinstance(value, list):
        return any(_unknown_door(key, item, holder) for item in value)
    return value is UNKNOWN and (key in _LOG_KEYS or _is_door(key, holder))


def _is_bucket(key: str, holder: str) -> bool:
    """Whether a property always names a bucket."""
    return key in _OF_BUCKETS or (key in _BUCKET_KEYS and holder in _BUCKET_HOLDERS)


def _is_door(key: str, holder: str) -> bool:
    """Whether a property always names another thing."""
    bucket = _is_bucket(key, holder)
    template = key in _BY_NAME and holder in _TEMPLATE_HOLDERS
    traffic = key == "identifier" and holder == "trafficSources"
    return key in DOORS or bucket or template or traffic


def _asked(key: str, holder: dict[str, Any]) -> Iterator[tuple[str, Any]]:
    """The properties of a holder, but for the name of a template that is called by its id."""
    for inner, item in holder.items():
        told = key in _TEMPLATE_HOLDERS and is_set(holder.get(_BY_NAME.get(inner, "")))
        if not told:
            yield inner, item


def texts_in(value: Any) -> Iterator[str]:
    """Every text that is set in a value, at any depth."""
    if isinstance(value, dict):
        for item in value.values():
            yield from texts_in(item)
    elif isinstance(value, list):
        for item in value:
            yield from texts_in(item)
    elif isinstance(value, str) and is_set(value):
        yield value
