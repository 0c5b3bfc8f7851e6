"""Closed networks as others draw them: each beside the cluster of an example, which heiiki itself
never makes, and none of them a way out. What boundary.connections has to name is named.
"""

import json
from collections.abc import Callable, Mapping
from typing import Any

from model.deployment import Node
from rules.unknowns import UNKNOWN
from tests.policies.mutations.beside import block_of, far_vpc
from tests.policies.mutations.function_designs import FUNCTION_DESIGNS
from tests.policies.mutations.kubernetes import IMAGE, NODE_CLASS
from tests.policies.mutations.more_designs import MORE_DESIGNS
from tests.policies.mutations.names import DOMAINS, FIREWALL_RULE, RESOLVER, RULE, ZONE, profiled
from tests.policies.mutations.names import GROUP as RULE_GROUP
from tests.policies.mutations.parts import (
    ASSOCIATION,
    BLOCK,
    EGRESS,
    GROUP,
    KEY,
    MORE,
    NAT_GATEWAY,
    ROLE,
    ROUTE_TABLE,
    SUBNET,
    VPC,
    cluster_subnets,
    cluster_vpc,
    connection,
    filtered,
    route,
    supply,
)
from tests.policies.mutations.stacks import ACCOUNT, ORGANIZATION, REGION, Of, Stack
from tests.policies.mutations.transit import ASSOCIATED, attached, joined_transit, onwards

Design = Callable[[Stack], Stack]
FAR = "10.99.0.0/24"
OWN = f"arn:aws:iam::{ACCOUNT}:"
ORGANIZATION_ARN = f"arn:aws:organizations::{ACCOUNT}:organization/{ORGANIZATION}"
PROFILE_ASSOCIATION = "aws:route53/profilesAssociation:ProfilesAssociation"


def _named(stack: Stack, *names: str, cidr: str = FAR) -> Stack:
    named = [connection(name, cidr) for name in names]
    return stack.declaring(connections=(*stack.boundary.connections, *named))


def _policy(**statement: Any) -> str:
    whole = {"Effect": "Allow", "Principal": "*", "Action": "*", "Resource": "*", **statement}
    if statement.get("Resource", "") is None:  # of a role's trust
        del whole["Resource"]
    return json.dumps({"Version": "2012-10-17", "Statement": [whole]})


def _trust(principal: Any, action: Any, condition: Mapping[str, Any]) -> str:
    return _policy(Principal=principal, Action=action, Resource=None, Condition=condition)


def _inspected(stack: Stack) -> Stack:
    """A hub: what comes over the transit gateway passes a firewall, and goes on to another VPC."""
    gateway, _, table, (*nodes, way) = joined_transit(stack)
    far, subnet, _, others = far_vpc(stack)
    hub = stack.makes(VPC, "hub", {"cidrBlock": "10.98.0.0/24", "enableDnsHostnames": True})
    made: list[Node] = []
    places = {}
    for name, block in (("entry", "10.98.0.0/28"), ("guard", "10.98.0.16/28")):
        zone = cluster_subnets(stack)[0].resource.props["availabilityZone"]
        props = {"vpcId": Of(hub), "cidrBlock": block, "availabilityZone": zone}
        places[name] = (
            stack.makes(SUBNET, name, props),
            stack.makes(ROUTE_TABLE, name, {"vpcId": Of(hub)}),
        )
        joint = {"subnetId": Of(places[name][0]), "routeTableId": Of(places[name][1])}
        made += [*places[name], stack.makes(ASSOCIATION, name, joint)]
    inspector = stack.makes(
        "aws:networkfirewall/firewall:Firewall",
        "inspector",
        {
            "vpcId": Of(hub),
            "firewallPolicyArn": f"arn:aws:network-firewall:{REGION}:{ACCOUNT}:firewall-policy/x",
            "subnetMappings": [{"subnetId": Of(places["guard"][0])}],
        },
        **_endpoint_of(stack),
    )
    to_guard = route(
        stack, places["entry"][1], "hub-entry", destinationCidrBlock=FAR,
        vpcEndpointId=Of(inspector, "endpoint"),
    )  # fmt: skip
    to_far = route(
        stack, places["guard"][1], "hub-guard", destinationCidrBlock=FAR,
        transitGatewayId=Of(gateway),
    )  # fmt: skip
    spoke = attached(stack, gateway, "far", far, subnet)
    entry = attached(stack, gateway, "hub", hub, places["entry"][0])
    back = stack.makes(
        "aws:ec2transitgateway/routeTable:RouteTable", "hubs", {"transitGatewayId": Of(gateway)}
    )
    joints = [
        stack.makes(ASSOCIATED, name, {
            "transitGatewayAttachmentId": Of(end), "transitGatewayRouteTableId": Of(to),
        })
        for name, end, to in (("far", spoke, back), ("hub", entry, back))
    ]  # fmt: skip
    opened = stack.having(
        *nodes, stack.edited(way, {"destinationCidrBlock": FAR}), *others, hub, *made, inspector,
        to_guard, to_far, spoke, entry, back, *joints,
        onwards(stack, table, entry, destinationCidrBlock=FAR),
        stack.makes("aws:ec2transitgateway/route:Route", "behind", {
            "transitGatewayRouteTableId": Of(back), "transitGatewayAttachmentId": Of(spoke),
            "destinationCidrBlock": FAR,
        }),
        filtered(stack, hub),
    )  # fmt: skip
    names = ("door", "spoke", "far", "hub*", "onwards", "behind")
    return _named(opened, *names)


def _endpoint_of(stack: Stack) -> dict[str, Any]:
    """What the provider puts out of a firewall, and the id of its endpoint for whoever routes."""
    if not stack.known:
        return {"firewallStatuses": UNKNOWN, "endpoint": UNKNOWN}
    endpoint = "vpce-0f1e2d3c4b5a69788"
    states = [{"availabilityZone": f"{REGION}a", "attachments": [{"endpointId": endpoint}]}]
    return {"firewallStatuses": [{"syncStates": states}], "endpoint": endpoint}


def _profiled(stack: Stack) -> Stack:
    """A profile filters names of a VPC without a rule group of its own, and gives it a zone of
    another VPC, of which it lets the names pass."""
    far, _, _, (*others, _) = far_vpc(stack)
    shared = {"name": "in.corp", "vpcs": [{"vpcId": Of(cluster_vpc(stack))}]}
    zone = stack.makes(ZONE, "corp", shared)
    listed = stack.makes(DOMAINS, "shared", {"name": "shared", "domains": ["*.in.corp"]})
    group = stack.makes(RULE_GROUP, "shared", {"name": "shared"})
    rule = {
        "name": "shared", "priority": 10, "action": "ALLOW", "firewallDomainListId": Of(listed),
        "firewallRuleGroupId": Of(group),
    }  # fmt: skip
    made = profiled(
        stack,
        (group, '{"priority": 101}'),
        (stack.first(RULE_GROUP), '{"priority": 102}'),
        (zone, ""),
    )
    joint = {"name": "far", "profileId": Of(made[0]), "resourceId": Of(far)}
    return stack.having(
        *others, zone, listed, group, stack.makes(FIREWALL_RULE, "shared", rule), *made,
        stack.makes(PROFILE_ASSOCIATION, "far", joint),
    )  # fmt: skip


def _shared_subnets(stack: Stack) -> Stack:
    """Subnets for other accounts of the organization, by a resource share."""
    share = stack.makes(
        "aws:ram/resourceShare:ResourceShare", "subnets", {"allowExternalPrincipals": False}
    )
    to = {"resourceShareArn": Of(share, "arn"), "principal": ORGANIZATION_ARN}
    what = {
        "resourceShareArn": Of(share, "arn"),
        "resourceArn": Of(cluster_subnets(stack)[0], "arn"),
    }
    return _named(
        stack.having(
            share,
            stack.makes("aws:ram/principalAssociation:PrincipalAssociation", "subnets-to", to),
            stack.makes("aws:ram/resourceAssociation:ResourceAssociation", "subnets-of", what),
        ),
        "subnets*",
        cidr=block_of(stack),
    )


def _threats(stack: Stack) -> Stack:
    """DNS Firewall also blocks what looks like a tunnel, behind the names that it allows: AWS does
    not say which names it takes for one, so before them they may stop calls (CN-196)."""
    made = [
        stack.makes(FIREWALL_RULE, f"threat-{n}", {
            "name": f"threat-{n}", "priority": 150 + n, "action": "BLOCK",
            "blockResponse": "NXDOMAIN", "dnsThreatProtection": kind, "confidenceThreshold": "LOW",
            "firewallRuleGroupId": Of(stack.first(RULE_GROUP)),
        })
        for n, kind in enumerate(("DGA", "DNS_TUNNELING"))
    ]  # fmt: skip
    return stack.having(*made)


def _delegated(stack: Stack) -> Stack:
    """Resolvers of a connected network are answered for zones that are delegated to the VPC."""
    addresses = [{"subnetId": Of(subnet)} for subnet in cluster_subnets(stack)]
    group = stack.makes(GROUP, "asked", {"vpcId": Of(cluster_vpc(stack))})
    props = {
        "direction": "INBOUND_DELEGATION", "ipAddresses": addresses, "securityGroupIds": [Of(group)]
    }  # fmt: skip
    return stack.having(group, stack.makes(RESOLVER, "asked", props))


def _kept_names(stack: Stack) -> Stack:
    """A system rule, so that a domain is answered by the VPC and not forwarded."""
    rule = {"ruleType": "SYSTEM", "domainName": "in.corp"}
    made = stack.makes(RULE, "kept", rule)
    joint = {"resolverRuleId": Of(made), "vpcId": Of(cluster_vpc(stack))}
    type_ = "aws:route53/resolverRuleAssociation:ResolverRuleAssociation"
    return stack.having(made, stack.makes(type_, "kept", joint))


def _translated(stack: Stack) -> Stack:
    """Overlapping ranges: by a private NAT gateway to a VPC behind a transit gateway."""
    gateway, _, table, (*nodes, way) = joined_transit(stack)
    far, subnet, _, others = far_vpc(stack)
    vpc = cluster_vpc(stack)
    block = {"vpcId": Of(vpc), "cidrBlock": MORE}
    zone = cluster_subnets(stack)[0].resource.props["availabilityZone"]
    place = stack.makes(SUBNET, "nat", {**block, "availabilityZone": zone})
    by = stack.makes(ROUTE_TABLE, "nat", {"vpcId": Of(vpc)})
    joint = {"subnetId": Of(place), "routeTableId": Of(by)}
    nat = stack.makes(NAT_GATEWAY, "nat", {"subnetId": Of(place), "connectivityType": "private"})
    spoke = attached(stack, gateway, "far", far, subnet)
    joined = {"transitGatewayAttachmentId": Of(spoke), "transitGatewayRouteTableId": Of(table)}
    opened = stack.having(
        *nodes, *others, stack.makes(BLOCK, "nat", block), place, by, nat, spoke,
        stack.makes(ASSOCIATION, "nat", joint), stack.makes(ASSOCIATED, "far", joined),
        route(stack, by, "nat-far", destinationCidrBlock=FAR, transitGatewayId=Of(gateway)),
        stack.edited(way, {
            "transitGatewayId": None, "destinationCidrBlock": FAR, "natGatewayId": Of(nat),
        }),
        onwards(stack, table, spoke, destinationCidrBlock=FAR),
    )  # fmt: skip
    return _named(opened, "door", "spoke", "far", "onwards", "nat*")


def _keys(stack: Stack) -> Stack:
    """Keys for whoever comes by a service of one account, and for a service's own role."""
    by = {
        "StringEquals": {
            "kms:CallerAccount": ACCOUNT,
            "kms:ViaService": f"ec2.{REGION}.amazonaws.com",
        }
    }
    role = f"{OWN}role/aws-service-role/autoscaling.amazonaws.com/AWSServiceRoleForAutoScaling"
    grants = {"Bool": {"kms:GrantIsForAWSResource": "true"}}
    return stack.having(
        stack.makes(KEY, "disks", {"policy": _policy(Action="kms:Decrypt", Condition=by)}),
        stack.makes(KEY, "pools", {
            "policy": _policy(
                Principal={"AWS": role}, Action="kms:CreateGrant", Condition=grants
            )
        }),
    )  # fmt: skip


def _logs(stack: Stack) -> Stack:
    """Log groups under an own key, and a subscription to an own stream."""
    stream = f"arn:aws:kinesis:{REGION}:{ACCOUNT}:stream/x"
    filters = {"logGroup": "x", "destinationArn": stream, "filterPattern": ""}
    return stack.having(
        stack.makes("aws:cloudwatch/logSubscriptionFilter:LogSubscriptionFilter", "own", filters),
        stack.makes("aws:ec2/flowLog:FlowLog", "central", {
            "vpcId": Of(cluster_vpc(stack)), "trafficType": "ALL", "logDestinationType": "s3",
            "logDestination": "arn:aws:s3:::central-logs",
        }),
    ).declaring(supplied=(*stack.boundary.supplied, supply("central-logs")))  # fmt: skip


def _events(stack: Stack) -> Stack:
    """Events, alarms and messages of one account."""
    topic = stack.makes("aws:sns/topic:Topic", "alarms", {})
    queue = f"arn:aws:sqs:{REGION}:{ACCOUNT}:x"
    return stack.having(
        topic,
        stack.makes("aws:cloudwatch/metricAlarm:MetricAlarm", "x", {
            "alarmActions": [Of(topic, "arn")],
        }),
        stack.makes("aws:cloudwatch/eventTarget:EventTarget", "x", {"rule": "x", "arn": queue}),
        stack.makes("aws:sns/topicSubscription:TopicSubscription", "x", {
            "protocol": "sqs", "endpoint": queue, "topic": Of(topic, "arn"),
        }),
    )  # fmt: skip


def _roles(stack: Stack) -> Stack:
    """Roles for the organization, for pods, for a service, and for people by an own provider that
    somebody answers for."""
    own = {"StringEquals": {"aws:PrincipalOrgID": ORGANIZATION}}
    service = {"StringEquals": {"aws:SourceAccount": ACCOUNT}}
    audience = {"StringEquals": {"SAML:aud": "https://signin.aws.amazon.com/saml"}}
    provider = f"{OWN}saml-provider/corp"
    trusts = {
        "organization": _trust({"AWS": "*"}, "sts:AssumeRole", own),
        "pods": _trust(
            {"Service": "pods.eks.amazonaws.com"}, ["sts:AssumeRole", "sts:TagSession"], {}
        ),
        "service": _trust({"Service": "ssm.amazonaws.com"}, "sts:AssumeRole", service),
        "people": _trust({"Federated": provider}, "sts:AssumeRoleWithSAML", audience),
    }
    made = [stack.makes(ROLE, f"own-{n}", {"assumeRolePolicy": t}) for n, t in trusts.items()]
    return stack.having(*made).declaring(supplied=(*stack.boundary.supplied, supply(provider)))


def _lattice(stack: Stack) -> Stack:
    """A service of VPC Lattice for the organization, with a resource and a target inside."""
    policy = _policy(
        Action="vpc-lattice-svcs:Invoke",
        Condition={"StringEquals": {"aws:PrincipalOrgID": ORGANIZATION}},
    )
    definition = {"dnsResource": {"domainName": "db.corp.internal", "ipAddressType": "IPV4"}}
    lattice = "aws:vpclattice/"
    return _named(
        stack.having(
            stack.makes(f"{lattice}serviceNetwork:ServiceNetwork", "mesh", {"authType": "AWS_IAM"}),
            stack.makes(f"{lattice}authPolicy:AuthPolicy", "mesh", {"policy": policy}),
            stack.makes(
                f"{lattice}resourceConfiguration:ResourceConfiguration",
                "mesh",
                {"type": "SINGLE", "resourceConfigurationDefinition": definition},
            ),
            stack.makes(
                f"{lattice}targetGroupAttachment:TargetGroupAttachment",
                "mesh",
                {"target": {"id": "10.64.0.9", "port": 443}},
            ),
        ),
        "mesh",
    )


def _direct(stack: Stack) -> Stack:
    """Direct Connect of the organization's own network account, which is one of the accounts."""
    type_ = "aws:directconnect/"
    return _named(
        stack.having(
            stack.makes(f"{type_}hostedConnection:HostedConnection", "dx", {
                "ownerAccountId": ACCOUNT, "vlan": 7,
            }),
            stack.makes(f"{type_}gatewayAssociationProposal:GatewayAssociationProposal", "dx", {
                "dxGatewayOwnerAccountId": ACCOUNT,
            }),
        ),
        "dx",
    )  # fmt: skip


def _offered(stack: Stack) -> Stack:
    """An endpoint service for own accounts of the same region."""
    type_ = "aws:ec2/vpcEndpointService:VpcEndpointService"
    props = {"acceptanceRequired": True, "allowedPrincipals": [f"{OWN}root"],
             "supportedRegions": [REGION]}  # fmt: skip
    return _named(stack.having(stack.makes(type_, "offered", props)), "offered")


def _stores(stack: Stack) -> Stack:
    """Access logs that S3 writes itself, and a bucket whose ACLs count for nothing."""
    bucket = next(stack.each("aws:s3/bucket:Bucket"))
    logging = {"bucket": Of(bucket), "targetBucket": Of(bucket), "targetPrefix": "x/"}
    owner = {"bucket": Of(bucket), "rule": {"objectOwnership": "BucketOwnerEnforced"}}
    return stack.having(
        stack.makes("aws:s3/bucketLogging:BucketLogging", "own", logging),
        stack.makes("aws:s3/bucketOwnershipControls:BucketOwnershipControls", "more", owner),
    )


def _nodes(stack: Stack) -> Stack:
    """Karpenter's nodes, of own subnets, groups and images by their ids."""
    group = stack.makes(GROUP, "nodes-by-karpenter", {"vpcId": Of(cluster_vpc(stack))})
    spec = {
        "associatePublicIPAddress": False,
        "instanceProfile": "nodes",
        "amiSelectorTerms": [{"id": "ami-0a1b2c3d4e5f60718"}],
        "subnetSelectorTerms": [{"id": Of(s)} for s in cluster_subnets(stack)],
        "securityGroupSelectorTerms": [{"id": Of(group)}],
        "metadataOptions": {"httpTokens": "required", "httpPutResponseHopLimit": 1},
        "blockDeviceMappings": [{"deviceName": "/dev/xvda", "ebs": {"encrypted": True}}],
        "kubelet": {"clusterDNS": ["172.20.0.10"]},
    }
    version = {"apiVersion": "karpenter.k8s.aws/v1", "kind": "EC2NodeClass"}
    return stack.having(group, stack.makes(NODE_CLASS, "nodes", {**version, "spec": spec}))


def _driver(stack: Stack) -> Stack:
    """A driver among the system's pods, which needs the node's devices."""
    spec = {
        "hostPID": True,
        "containers": [{"name": "x", "image": IMAGE, "securityContext": {"privileged": True}}],
        "dnsConfig": {"searches": ["kube-system.svc.cluster.local", "corp.internal"]},
    }
    body = {"metadata": {"namespace": "kube-system"}, "spec": {"template": {"spec": spec}}}
    return stack.having(stack.makes("kubernetes:apps/v1:DaemonSet", "driver", body))


def _objects(stack: Stack) -> Stack:
    """Objects for the API of the cluster itself."""
    server = f"https://0123456789ABCDEF.gr7.{REGION}.eks.amazonaws.com"
    kubeconfig = {"kind": "Config", "clusters": [{"name": "c", "cluster": {"server": server}}]}
    type_ = "pulumi:providers:kubernetes"
    return stack.having(
        stack.makes(type_, "own", {"kubeconfig": json.dumps(kubeconfig)}),
        stack.makes(type_, "by-file", {"kubeconfig": "~/.kube/config"}),
        stack.makes(type_, "by-environment", {}),
    )


def _talking_groups(stack: Stack) -> Stack:
    """Groups of two tiers that name one another."""
    vpc = {"vpcId": Of(cluster_vpc(stack))}
    front, back = stack.makes(GROUP, "front", vpc), stack.makes(GROUP, "back", vpc)
    rule = {"ipProtocol": "tcp", "fromPort": 5432, "toPort": 5432}
    return stack.having(
        front,
        back,
        stack.makes(EGRESS, "front", {
            **rule, "securityGroupId": Of(front), "referencedSecurityGroupId": Of(back),
        }),
    )  # fmt: skip


DESIGNS: Mapping[str, Design] = {
    "a hub with a firewall": _inspected,
    "a profile that filters": _profiled,
    "shared subnets": _shared_subnets,
    "rules against tunnels": _threats,
    "delegated zones": _delegated,
    "names that are kept": _kept_names,
    "overlapping ranges": _translated,
    "keys by services": _keys,
    "central logs": _logs,
    "events": _events,
    "roles": _roles,
    "VPC Lattice within": _lattice,
    "Direct Connect within": _direct,
    "an endpoint service": _offered,
    "access logs": _stores,
    "Karpenter": _nodes,
    "a driver": _driver,
    "objects": _objects,
    "two tiers": _talking_groups,
    **MORE_DESIGNS,
    **FUNCTION_DESIGNS,
}
