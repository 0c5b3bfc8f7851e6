"""Closed networks of any size, none of ours, to measure the proof on.

One network is a hub of shared things and as many VPCs as it takes: each with three subnets in two
zones, endpoints with policies, security groups that name each other, roles, keys, logs, stores and
machines, attached to a transit gateway and peered with its neighbour. The same network is told as a
program's recording, before any id is known, and as a state, in which all are.
"""

import json
from collections.abc import Iterator, Mapping
from typing import Any, Final

from bench.made import ACCOUNT, EC2, REGION, TGW, Made, Of

ZONES: Final = (f"{REGION}a", f"{REGION}b")
OFFICE: Final = "172.16.0.0/16"
ENDPOINTS: Final = ("ec2", "ecr.api", "ecr.dkr", "kms", "logs", "sts")


def network(resources: int) -> list[Made]:
    """A closed network of about so many resources, and not of fewer."""
    made = list(_shared())
    hub, spokes, names = made[0], made[1], made[-1]
    before: Made | None = None
    number = 0
    while len(made) < resources:
        added = list(_vpc(number, hub, spokes, names, before))
        before = added[0]
        made += added
        number += 1
    return made


def boundary() -> dict[str, Any]:
    """What is declared as inside: the account, and every connection between its own VPCs."""
    who = {"owner": "bench", "reason": "own networks"}
    links = [{"name": "link-*", "cidrs": ["10.0.0.0/8", OFFICE], **who}]
    return {"accounts": [ACCOUNT], "regions": [REGION], "connections": links}


def _shared() -> Iterator[Made]:
    """The transit gateway, which knows no route but the written ones, and its table."""
    off = {"defaultRouteTableAssociation": "disable", "defaultRouteTablePropagation": "disable"}
    hub = Made(f"{TGW}transitGateway:TransitGateway", "hub", off)
    yield hub
    spokes = Made(f"{TGW}routeTable:RouteTable", "spokes", {"transitGatewayId": Of(hub)})
    yield spokes
    far = {"bgpAsn": "65000", "ipAddress": "198.51.100.1", "type": "ipsec.1"}
    office = Made(f"{EC2}customerGateway:CustomerGateway", "link-office", far)
    yield office
    tunnel = {"customerGatewayId": Of(office), "transitGatewayId": Of(hub), "type": "ipsec.1"}
    vpn = Made(f"{EC2}vpnConnection:VpnConnection", "link-office", tunnel)
    yield vpn
    yield Made(
        f"{TGW}route:Route", "link-office",
        {"destinationCidrBlock": OFFICE, "transitGatewayRouteTableId": Of(spokes),
         "transitGatewayAttachmentId": Of(vpn, "transitGatewayAttachmentId")},
    )  # fmt: skip
    yield from _names()


def _names() -> Iterator[Made]:
    """The DNS Firewall of every VPC: AWS's names are answered, no other. The group comes last."""
    kind = "aws:route53/resolverFirewall"
    group = Made(f"{kind}RuleGroup:ResolverFirewallRuleGroup", "names", {"name": "names"})
    allowed = {"action": "ALLOW", "firewallDomainRedirectionAction": "INSPECT_REDIRECTION_DOMAIN"}
    blocked = {"action": "BLOCK", "blockResponse": "NODATA"}
    rows = (("aws", [f"*.{REGION}.amazonaws.com"], allowed), ("others", ["*"], blocked))
    for index, (name, domains, does) in enumerate(rows):
        listed = Made(
            f"{kind}DomainList:ResolverFirewallDomainList", name,
            {"name": name, "domains": domains},
        )  # fmt: skip
        yield listed
        yield Made(
            f"{kind}Rule:ResolverFirewallRule", name,
            {"name": name, "priority": 100 * (index + 1), "firewallRuleGroupId": Of(group),
             "firewallDomainListId": Of(listed), **does},
        )  # fmt: skip
    yield group


def _vpc(
    number: int, hub: Made, spokes: Made, names: Made, before: Made | None
) -> Iterator[Made]:  # fmt: skip
    """One VPC with all that stands in it; the VPC itself comes first."""
    at = f"v{number}"
    block = f"10.{number}"
    dns = {"enableDnsSupport": True, "enableDnsHostnames": True}
    vpc = Made(f"{EC2}vpc:Vpc", at, {"cidrBlock": f"{block}.0.0/16", **dns})
    yield vpc
    yield Made(
        "aws:route53/resolverFirewallRuleGroupAssociation:ResolverFirewallRuleGroupAssociation", at,
        {"name": at, "priority": 101, "vpcId": Of(vpc), "firewallRuleGroupId": Of(names),
         "mutationProtection": "ENABLED"},
    )  # fmt: skip
    closed: dict[str, Any] = {"ingress": [], "egress": []}
    yield Made(f"{EC2}defaultSecurityGroup:DefaultSecurityGroup", at, {"vpcId": Of(vpc), **closed})
    subnets = []
    for index, role in enumerate(("app-a", "app-b", "data-a")):
        made = list(_subnet(vpc, f"{at}-{role}", f"{block}.{index}.0/24", ZONES[index % 2]))
        subnets.append(made[0])
        yield from made
    groups = list(_groups(vpc, at))
    yield from groups
    yield from _endpoints(vpc, at, subnets, groups[2])
    yield from _identities(at)
    yield from _stores(at)
    yield from _machines(at, subnets, groups)
    yield from _links(at, vpc, subnets, hub, spokes, before)


def _subnet(vpc: Made, name: str, block: str, zone: str) -> Iterator[Made]:
    where = {"cidrBlock": block, "availabilityZone": zone}
    subnet = Made(f"{EC2}subnet:Subnet", name, {"vpcId": Of(vpc), **where})
    table = Made(f"{EC2}routeTable:RouteTable", name, {"vpcId": Of(vpc)})
    joined = {"subnetId": Of(subnet), "routeTableId": Of(table)}
    yield subnet
    yield table
    yield Made(f"{EC2}routeTableAssociation:RouteTableAssociation", name, joined)


def _groups(vpc: Made, at: str) -> Iterator[Made]:
    """Three groups that name each other, and the connected networks by their range."""
    groups = [
        Made(f"{EC2}securityGroup:SecurityGroup", f"{at}-{role}", {"vpcId": Of(vpc)})
        for role in ("app", "data", "endpoint")
    ]
    yield from groups
    for index, (source, target, port) in enumerate(
        ((0, 0, 8080), (0, 1, 5432), (0, 2, 443), (1, 2, 443), (0, 0, 9090), (0, 1, 6379))
    ):
        ports = {"ipProtocol": "tcp", "fromPort": port, "toPort": port}
        yield Made(
            "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule", f"{at}-in-{index}",
            {"securityGroupId": Of(groups[target]),
             "referencedSecurityGroupId": Of(groups[source]), **ports},
        )  # fmt: skip
        yield Made(
            "aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule", f"{at}-out-{index}",
            {"securityGroupId": Of(groups[source]),
             "referencedSecurityGroupId": Of(groups[target]), **ports},
        )  # fmt: skip
    for name, block in (("near", "10.0.0.0/8"), ("office", OFFICE)):
        yield Made(
            "aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule", f"{at}-out-{name}",
            {"securityGroupId": Of(groups[0]), "cidrIpv4": block, "ipProtocol": "tcp",
             "fromPort": 443, "toPort": 443},
        )  # fmt: skip


def _policy(*actions: str) -> str:
    """An endpoint's: own principals to own resources."""
    held = {"aws:PrincipalAccount": ACCOUNT, "aws:ResourceAccount": ACCOUNT}
    statement = {"Effect": "Allow", "Principal": "*", "Action": list(actions), "Resource": "*",
                 "Condition": {"StringEquals": held}}  # fmt: skip
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})


def _endpoints(vpc: Made, at: str, subnets: list[Made], group: Made) -> Iterator[Made]:
    kind = f"{EC2}vpcEndpoint:VpcEndpoint"
    for service in ENDPOINTS:
        actions = [f"{service.split('.')[0]}:*"] if service != "sts" else ["sts:AssumeRole"]
        yield Made(
            kind, f"{at}-{service.replace('.', '-')}",
            {"vpcId": Of(vpc), "vpcEndpointType": "Interface", "privateDnsEnabled": True,
             "serviceName": f"com.amazonaws.{REGION}.{service}",
             "subnetIds": [Of(s) for s in subnets[:2]], "securityGroupIds": [Of(group)],
             "policy": _policy(*actions)},
        )  # fmt: skip
    yield Made(
        kind, f"{at}-s3",
        {"vpcId": Of(vpc), "vpcEndpointType": "Gateway", "policy": _policy("s3:*"),
         "serviceName": f"com.amazonaws.{REGION}.s3",
         "routeTableIds": [Of(_table_of(s)) for s in subnets]},
    )  # fmt: skip


def _table_of(subnet: Made) -> Made:
    return Made(f"{EC2}routeTable:RouteTable", subnet.name, {})


def _document(*statements: Mapping[str, Any]) -> str:
    return json.dumps({"Version": "2012-10-17", "Statement": list(statements)})


def _identities(at: str) -> Iterator[Made]:
    """Roles with their policies, a key, a log group."""
    root = {"Effect": "Allow", "Principal": {"AWS": f"arn:aws:iam::{ACCOUNT}:root"},
            "Action": "kms:*", "Resource": "*"}  # fmt: skip
    yield Made("aws:kms/key:Key", at, {"enableKeyRotation": True, "policy": _document(root)})
    yield Made("aws:cloudwatch/logGroup:LogGroup", at, {"name": f"/{at}", "retentionInDays": 365})
    trusts = {
        "app": {"Service": "ec2.amazonaws.com"},
        "data": {"Service": "ec2.amazonaws.com"},
        "deploy": {"AWS": f"arn:aws:iam::{ACCOUNT}:role/{at}-pipeline"},
        "audit": {"AWS": f"arn:aws:iam::{ACCOUNT}:root"},
    }
    for role, principal in trusts.items():
        trust = {"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": principal}
        name = f"{at}-{role}"
        made = Made("aws:iam/role:Role", name, {"name": name, "assumeRolePolicy": _document(trust)})
        yield made
        reads = {"Effect": "Allow", "Action": ["logs:PutLogEvents", "kms:Decrypt"],
                 "Resource": f"arn:aws:logs:{REGION}:{ACCOUNT}:log-group:/{at}:*"}  # fmt: skip
        inside = {"role": name, "policy": _document(reads)}
        yield Made("aws:iam/rolePolicy:RolePolicy", name, inside)


def _stores(at: str) -> Iterator[Made]:
    """A bucket and a repository, each read through own endpoints only."""
    bucket = Made("aws:s3/bucket:Bucket", at, {"bucket": f"{at}-{ACCOUNT}"})
    yield bucket
    blocked = dict.fromkeys(
        ("blockPublicAcls", "blockPublicPolicy", "ignorePublicAcls", "restrictPublicBuckets"), True
    )
    kind = "aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock"
    yield Made(kind, at, {"bucket": Of(bucket), **blocked})
    own = {"StringNotEquals": {"aws:VpceAccount": ACCOUNT}}
    reads = {"Effect": "Deny", "Principal": "*", "Action": ["s3:GetObject", "s3:GetObjectVersion"],
             "Resource": f"arn:aws:s3:::{at}-{ACCOUNT}/*", "Condition": own}  # fmt: skip
    writes = {"Effect": "Allow", "Action": "s3:PutObject",
              "Principal": {"AWS": f"arn:aws:iam::{ACCOUNT}:role/{at}-pipeline"},
              "Resource": f"arn:aws:s3:::{at}-{ACCOUNT}/*"}  # fmt: skip
    policy = _document(reads, writes)
    yield Made("aws:s3/bucketPolicy:BucketPolicy", at, {"bucket": Of(bucket), "policy": policy})
    repository = Made("aws:ecr/repository:Repository", at, {"name": at})
    yield repository
    away = {"Null": {"aws:SourceVpce": "true"}}
    layers = {"Effect": "Deny", "Principal": "*", "Action": "ecr:GetDownloadUrlForLayer",
              "Condition": away}  # fmt: skip
    kind = "aws:ecr/repositoryPolicy:RepositoryPolicy"
    yield Made(kind, at, {"repository": at, "policy": _document(layers)})


def _machines(at: str, subnets: list[Made], groups: list[Made]) -> Iterator[Made]:
    """Ten machines, a load balancer among them, and a pool from a launch template."""
    own = {
        "httpTokens": "required",
        "httpPutResponseHopLimit": 1,
        "instanceMetadataTags": "disabled",
    }
    for index in range(10):
        subnet, group = subnets[index % 3], groups[1 if index % 3 == 2 else 0]
        yield Made(
            f"{EC2}instance:Instance", f"{at}-{index}",
            {"ami": "ami-0123456789abcdef0", "instanceType": "m7i.large", "subnetId": Of(subnet),
             "vpcSecurityGroupIds": [Of(group)], "associatePublicIpAddress": False,
             "metadataOptions": own, "rootBlockDevice": {"encrypted": True}},
        )  # fmt: skip
    yield Made(
        "aws:lb/loadBalancer:LoadBalancer", f"{at}-lb",
        {"internal": True, "loadBalancerType": "application", "ipAddressType": "ipv4",
         "subnets": [Of(s) for s in subnets[:2]], "securityGroups": [Of(groups[0])]},
    )  # fmt: skip
    template = Made(
        f"{EC2}launchTemplate:LaunchTemplate", at,
        {"imageId": "ami-0123456789abcdef0", "instanceType": "m7i.large", "metadataOptions": own,
         "networkInterfaces": [{"associatePublicIpAddress": "false",
                                "securityGroups": [Of(groups[0])]}],
         "blockDeviceMappings": [{"deviceName": "/dev/xvda", "ebs": {"encrypted": "true"}}]},
    )  # fmt: skip
    yield template
    yield Made(
        "aws:autoscaling/group:Group", at,
        {"minSize": 1, "maxSize": 3, "vpcZoneIdentifiers": [Of(s) for s in subnets[:2]],
         "launchTemplate": {"id": Of(template), "version": "1"}},
    )  # fmt: skip


def _links(
    at: str, vpc: Made, subnets: list[Made], hub: Made, spokes: Made, before: Made | None
) -> Iterator[Made]:
    """The way to the hub, where only this VPC's own range leads back, and to the neighbour."""
    off = {"transitGatewayDefaultRouteTableAssociation": False,
           "transitGatewayDefaultRouteTablePropagation": False}  # fmt: skip
    attachment = Made(
        f"{TGW}vpcAttachment:VpcAttachment", f"link-{at}",
        {"vpcId": Of(vpc), "transitGatewayId": Of(hub), "subnetIds": [Of(s) for s in subnets[:2]],
         **off},
    )  # fmt: skip
    yield attachment
    both = {"transitGatewayAttachmentId": Of(attachment), "transitGatewayRouteTableId": Of(spokes)}
    yield Made(f"{TGW}routeTableAssociation:RouteTableAssociation", f"link-{at}", both)
    here = {"destinationCidrBlock": vpc.inputs["cidrBlock"], **both}
    yield Made(f"{TGW}route:Route", f"link-{at}", here)
    for subnet in subnets[:2]:
        for name, block in (("own", "10.0.0.0/8"), ("office", OFFICE)):
            to = {"routeTableId": Of(_table_of(subnet)), "destinationCidrBlock": block}
            by = {"transitGatewayId": Of(hub)}
            yield Made(f"{EC2}route:Route", f"link-{subnet.name}-{name}", {**to, **by})
    if before is not None:
        ends = {"vpcId": Of(vpc), "peerVpcId": Of(before), "autoAccept": True}
        peering = Made(f"{EC2}vpcPeeringConnection:VpcPeeringConnection", f"link-{at}-near", ends)
        yield peering
        to = {"routeTableId": Of(_table_of(subnets[2])),
              "destinationCidrBlock": before.inputs["cidrBlock"]}  # fmt: skip
        by = {"vpcPeeringConnectionId": Of(peering)}
        yield Made(f"{EC2}route:Route", f"link-{at}-near", {**to, **by})
