"""A state as AWS was last seen to have it, where that is another thing than was asked for.

Somebody changes a subnet beside its program, and a refresh writes that to the outputs: what is
asked for is as closed as before, and the network is not. So a state is proved twice where it says
two things: as its programs ask for it, and as it was seen.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from typing import Any, Final

from model.deployment import Deployment, Node
from model.unasked import of_nobody
from rules.nesting import read_json
from rules.unknowns import UNKNOWN, at, each, is_set, true

# What others may change of a thing that exists, and AWS tells of, by noun; dots enter a block.
# What AWS fills in by itself is not here: it differs from what was asked for in every state.
_METADATA: Final = tuple(
    f"metadataOptions.{name}"
    for name in ("httpTokens", "httpPutResponseHopLimit", "instanceMetadataTags")
)
_SIX: Final = ("ipv6AddressCount", "ipv6Addresses")
_BARRIERS: Final = (
    "blockPublicAcls", "blockPublicPolicy", "ignorePublicAcls", "restrictPublicBuckets",
)  # fmt: skip
_PERMITTED: Final = ("cidrIpv4", "cidrIpv6", "prefixListId", "ipProtocol", "fromPort", "toPort")
_TEMPLATE: Final = ("launchTemplate.id", "launchTemplate.version")  # where it is called so
_CHANGED: Final[dict[str, tuple[str, ...]]] = {
    "AccessEntry": ("kubernetesGroups",),
    "AccountPublicAccessBlock": _BARRIERS,
    "Authorizer": ("authorizerUri",),
    "Addon": ("configurationValues",),
    "Broker": ("publiclyAccessible",),
    "BucketAcl": ("accessControlPolicy",),
    "BucketLogging": ("targetBucket",),
    "BucketLoggingV2": ("targetBucket",),
    "BucketNotification": ("topics", "queues", "lambdaFunctions"),
    "BucketOwnershipControls": ("rule.objectOwnership",),
    "BucketPublicAccessBlock": _BARRIERS,
    "BucketReplicationConfig": ("rules",),
    "Cluster": (
        "vpcConfig.endpointPublicAccess", "vpcConfig.endpointPrivateAccess",
        "vpcConfig.controlPlaneEgressMode", "accessConfig.authenticationMode",
        "enabledClusterLogTypes", "deletionProtection", "computeConfig.enabled",
        "remoteNetworkConfig",
        # of databases and of brokers, of whose connectivity AWS tells in every state
        "publiclyAccessible", "enableHttpEndpoint", "brokerNodeGroupInfo.connectivityInfo",
        # and of warehouses
        "enhancedVpcRouting", "elasticIp", "iamRoles", "defaultIamRoleArn",
    ),
    "ClusterInstance": ("publiclyAccessible",),
    "DefaultRouteTable": ("propagatingVgws",),
    "DefaultSubnet": ("mapPublicIpOnLaunch",),
    "DeliveryChannel": ("s3BucketName", "snsTopicArn"),
    "Domain": ("cognitoOptions.enabled",),
    "Endpoint": (  # of DMS
        "serverName", "kafkaSettings.broker", "elasticsearchSettings.endpointUri",
        "extraConnectionAttributes",
    ),
    "EventSubscription": ("snsTopic", "snsTopicArn"),
    "Function": (
        "vpcConfig.subnetIds", "vpcConfig.securityGroupIds", "vpcConfig.ipv6AllowedForDualStack",
        "environment.variables", "layers", "imageUri", "deadLetterConfig.targetArn",
    ),
    "FunctionEventInvokeConfig": ("destinationConfig.onFailure", "destinationConfig.onSuccess"),
    "DomainName": ("endpointConfiguration.types",),
    "Integration": (
        "type", "uri", "connectionType", "connectionId", "integrationTarget", "credentials",
    ),
    "RestApi": ("endpointConfiguration.types",),
    "EncryptionByDefault": ("enabled",),
    "EventTarget": ("arn",),
    "Group": _TEMPLATE,
    "Instance": (*_METADATA, *_SIX, "publiclyAccessible", "networkType"),
    "InstanceMetadataDefaults": ("httpTokens", "httpPutResponseHopLimit"),
    "LaunchTemplate": ("networkInterfaces", "keyName", "imageId", "userData", *_METADATA),
    "LifecycleHook": ("notificationTargetArn",),
    "Listener": ("defaultActions",),
    "ListenerRule": ("actions",),
    "LoadBalancer": ("ipAddressType", "accessLogs.bucket", "connectionLogs.bucket"),
    "LayerVersionPermission": ("principal", "organizationId"),
    "LogSubscriptionFilter": ("destinationArn",),
    "MetricAlarm": ("alarmActions", "okActions", "insufficientDataActions"),
    "Namespace": ("iamRoles", "defaultIamRoleArn"),
    "NetworkInterface": _SIX,
    "NodeGroup": _TEMPLATE,
    "PodIdentityAssociation": ("targetRoleArn",),
    "Pipe": ("target", "enrichment"),
    "Permission": ("principal", "principalOrgId", "sourceAccount", "sourceArn"),
    "PublishingDestination": ("destinationArn",),
    "ReplicationInstance": ("publiclyAccessible", "dnsNameServers", "networkType"),
    "ReplicationConfiguration": ("replicationConfiguration",),
    "ResolverFirewallConfig": ("firewallFailOpen",),
    "ResolverFirewallDomainList": ("domains",),
    "ResolverFirewallRule": (
        "action", "blockResponse", "priority", "firewallDomainRedirectionAction", "qType",
    ),
    "ResolverFirewallRuleGroupAssociation": ("mutationProtection", "priority"),
    "ResolverRule": ("targetIps",),
    "ResourceShare": ("allowExternalPrincipals",),
    "Schedule": ("target.arn", "target.deadLetterConfig.arn"),
    # Where it leads; of a machine AWS tells the interface, too.
    "Service": (  # of ECS
        "networkConfiguration.assignPublicIp", "networkConfiguration.subnets",
        "networkConfiguration.securityGroups", "taskDefinition", "platformVersion",
    ),
    "Route": (
        "carrierGatewayId", "coreNetworkArn", "egressOnlyGatewayId", "gatewayId", "localGatewayId",
        "natGatewayId", "transitGatewayId", "vpcEndpointId", "vpcPeeringConnectionId",
    ),
    "RouteTable": ("propagatingVgws",),
    "SecurityGroupEgressRule": _PERMITTED,
    "SecurityGroupIngressRule": _PERMITTED,
    "Stage": ("canarySettings", "accessLogSettings.destinationArn"),
    "Subnet": (
        "mapPublicIpOnLaunch", "assignIpv6AddressOnCreation", "enableDns64", "ipv6CidrBlock",
        "mapCustomerOwnedIpOnLaunch", "enableLniAtDeviceIndex",
    ),
    "Trail": ("s3BucketName",),
    "TransitGateway": ("autoAcceptSharedAttachments",),
    "VaultNotifications": ("snsTopicArn",),
    "Vpc": ("ipv6CidrBlock", "enableDnsSupport", "enableDnsHostnames"),
    "VpcBlockPublicAccessOptions": ("internetGatewayBlockMode",),
    "VpcEndpoint": ("privateDnsEnabled", "ipAddressType"),
    "WebAcl": ("monetizationConfig",),
    "WebAclLoggingConfiguration": ("logDestinationConfigs",),
    "Workgroup": ("publiclyAccessible", "enhancedVpcRouting"),
}  # fmt: skip
# What AWS says of what was left out.
_DEFAULTS: Final = ("ipv4", "IPV4", "disabled")
# Documents; one that was never asked for may be that of a resource of its own (model/unasked.py).
_DOCUMENTS: Final = (
    "policy", "assumeRolePolicy", "policyDocument", "accessPolicy", "accessPolicies",
)  # fmt: skip
# Elements that resources of their own add: the collection, what an element names, and of each such
# resource its type, what it names the holder by, the direction, and what it names.
_GROUP_RULES: Final = (
    ("aws:ec2/securityGroupRule:SecurityGroupRule", "securityGroupId"),
    ("aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule", "securityGroupId"),
    ("aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule", "securityGroupId"),
)
_ROUTES: Final = (("aws:ec2/route:Route", "routeTableId"),)
_ENTRIES: Final = (("aws:ec2/managedPrefixListEntry:ManagedPrefixListEntry", "prefixListId"),)
_ELEMENTS: Final[dict[str, tuple[tuple[str, ...], tuple[tuple[str, str], ...]]]] = {
    "DefaultRouteTable": (("routes",), _ROUTES),
    "DefaultSecurityGroup": (("ingress", "egress"), _GROUP_RULES),
    "ManagedPrefixList": (("entries",), _ENTRIES),
    "RouteTable": (("routes",), _ROUTES),
    "SecurityGroup": (("ingress", "egress"), _GROUP_RULES),
}
# What gives a machine an Elastic IP, and how it names whom it gives it to.
_EIPS: Final = ("aws:ec2/eip:Eip", "aws:ec2/eipAssociation:EipAssociation")
_HELD: Final = ("instance", "instanceId", "networkInterface", "networkInterfaceId")
# What says where an element leads to; those of a list are elements each.
_NAMING: Final = (
    "cidrBlocks", "ipv6CidrBlocks", "cidrBlock", "ipv6CidrBlock", "destinationCidrBlock",
    "destinationIpv6CidrBlock", "cidrIpv4", "cidrIpv6", "cidr",
)  # fmt: skip


def as_seen(deployment: Deployment) -> Deployment | None:
    """The deployment with what its state was last seen to have; None where that is the same."""
    changed = {
        urn: node if more is None else replace(node, resource=replace(node.resource, props=more))
        for urn, node in deployment.nodes.items()
        for more in (_seen(node, deployment),)
    }
    if all(changed[urn] is node for urn, node in deployment.nodes.items()):
        return None
    return Deployment(changed)


def _seen(node: Node, deployment: Deployment) -> Mapping[str, Any] | None:
    """The properties with all that was seen changed; None where nothing was."""
    if not (node.of_state and node.resource.type.startswith("aws:")):
        return None
    props = dict(node.resource.props)
    found = node.outputs()
    changes = [
        *_values(node, found),
        *_address(node, found, deployment),
        *_unasked(node, found, deployment),
        *of_nobody(node, found, deployment),
    ]
    for path, value in changes:
        first, *rest = path.split(".")
        props[first] = {**_block(props.get(first)), rest[0]: value} if rest else value
    return props if changes else None


def _block(value: Any) -> Mapping[str, Any]:
    block = value[0] if isinstance(value, list) and len(value) == 1 else value
    return block if isinstance(block, Mapping) else {}


def _values(node: Node, found: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    props = node.resource.props
    for path in _CHANGED.get(node.resource.noun, ()):
        steps = path.split(".")
        asked, now = at(props, *steps), at(found, *steps)
        # A block that is unknown as a whole says as little when it was seen.
        said = now is not None and at(props, steps[0]) is not UNKNOWN
        said = said and (path not in _TEMPLATE or is_set(asked))
        if said and _plain(asked) != _plain(now) and (is_set(asked) or now not in _DEFAULTS):
            yield path, now
    for name in _DOCUMENTS:
        told = is_set(props.get(name)) and is_set(found.get(name))
        if told and _document(props[name]) != _document(found[name]):
            yield name, found[name]


def _address(
    node: Node, found: Mapping[str, Any], deployment: Deployment
) -> Iterator[tuple[str, Any]]:
    """A public address of a machine that no Elastic IP of the deployment gives it."""
    name = "associatePublicIpAddress"
    if node.resource.noun != "Instance" or not true(found.get(name)):
        return
    if true(node.resource.props.get(name)):
        return
    own = {found.get("id"), found.get("primaryNetworkInterfaceId")} - {None, "", UNKNOWN}
    eips = (other.resource.props for other in deployment.of_type(*_EIPS))
    if not any(isinstance(v, str) and v in own for props in eips for v in map(props.get, _HELD)):
        yield name, True


def _plain(value: Any) -> Any:
    """A value in the one form that all ways to write it share: a number, or a Boolean, may be a
    text, and zero values are written where nothing was said."""
    if isinstance(value, Mapping):
        plain = {key: _plain(item) for key, item in value.items()}
        return {key: item for key, item in plain.items() if item is not None} or None
    if isinstance(value, list):
        return sorted((_plain(item) for item in value), key=repr) or None
    if value is UNKNOWN or value is None:
        return value
    text = str(int(value)) if isinstance(value, float) and value.is_integer() else str(value)
    return None if text.lower() in ("", "false", "0") else text.lower()


def _document(value: Any) -> Any:
    """A policy, whatever the order in which its lists stand."""
    if isinstance(value, str):
        try:
            value = read_json(value)
        except ValueError:
            return value
    return _without_order(value)


def _without_order(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {key: _without_order(item) for key, item in value.items()}
    if isinstance(value, list):
        items = sorted((_without_order(item) for item in value), key=repr)
        return items[0] if len(items) == 1 else items
    return value


def _unasked(
    node: Node, found: Mapping[str, Any], deployment: Deployment
) -> Iterator[tuple[str, Any]]:
    """Elements of collections that neither the thing itself nor a resource beside it asks for."""
    keys, beside = _ELEMENTS.get(node.resource.noun, ((), ()))
    for key in keys:
        if found.get(key) is UNKNOWN:
            continue
        own = [item for _, item in each(node.resource.props.get(key))]
        asked = {named for item in [*own, *_added(found.get("id"), beside, deployment)]
                 for _, named in _named(item)}  # fmt: skip
        seen = [item for _, item in each(found.get(key))]
        more = [part for item in seen for part in _parts(item, asked)]
        if node.resource.noun == "DefaultSecurityGroup" and not (own or asked):
            more = seen  # where no rule may be, one that names no address is one, too
        if more and UNKNOWN not in own:
            yield key, [*own, *more]


def _added(
    id_: Any, beside: Iterable[tuple[str, str]], deployment: Deployment
) -> Iterator[Mapping[str, Any]]:
    for type_, holder in beside:
        for node in deployment.of_type(type_):
            if is_set(id_) and node.resource.props.get(holder) == id_:
                yield node.resource.props


def _named(item: Any) -> Iterator[tuple[str, str]]:
    if not isinstance(item, Mapping) or item.get("gatewayId") == "local":
        return  # which every table has
    for key in _NAMING:
        yield from ((key, value) for _, value in each(item.get(key)) if isinstance(value, str))


def _parts(item: Any, asked: set[str]) -> Iterator[Mapping[str, Any]]:
    """An element as far as nobody has asked for what it names; AWS joins those of one port."""
    left: dict[str, list[str]] = {}
    for key, value in _named(item):
        if value not in asked:
            left.setdefault(key, []).append(value)
    if left:
        others = {key: value for key, value in item.items() if key not in _NAMING}
        shown = {k: v if isinstance(item[k], list) else v[0] for k, v in left.items()}
        yield {**others, **shown}
