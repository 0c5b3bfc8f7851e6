"""By what AWS tells resources of a type apart, beside their ids: two that are alike cannot stand
side by side, however the stack calls them. Where the provider or EC2 says it, it is from there."""

from collections.abc import Callable, Hashable, Iterable, Mapping
from typing import Any

from tests.mocks import Registration

Inputs = Mapping[str, Any]


def _by(*keys: str) -> Callable[[Inputs], Hashable]:
    """By these properties; nothing where the last is not given, as of a name that Pulumi makes."""

    def identity(inputs: Inputs) -> Hashable:
        found = tuple(_plain(inputs.get(key)) for key in keys)
        return None if found[-1] is None else found

    return identity


def _plain(value: Any) -> Hashable:
    if isinstance(value, Mapping):
        return tuple(sorted((k, _plain(v)) for k, v in value.items()))
    return tuple(_plain(v) for v in value) if isinstance(value, list) else value


def _rule(inputs: Inputs) -> Hashable:
    """EC2 has a rule of a group once."""
    peers = ("cidrIpv4", "prefixListId", "referencedSecurityGroupId")
    keys = ("securityGroupId", "ipProtocol", "fromPort", "toPort", *peers)
    return tuple(inputs.get(key) for key in keys)


def _route(inputs: Inputs) -> Hashable:
    return inputs["routeTableId"], inputs["destinationCidrBlock"]


def _bucket(inputs: Inputs) -> Hashable:
    return inputs["bucket"]


def _endpoint(inputs: Inputs) -> Hashable:
    """One with private names per service and VPC, and one gateway per table."""
    return inputs["vpcId"], inputs["serviceName"]


def _zone(inputs: Inputs) -> Hashable:
    """A VPC is in one zone of a name."""
    return inputs["name"], tuple(vpc["vpcId"] for vpc in inputs.get("vpcs") or ())


def _placed(inputs: Inputs) -> Hashable:
    addresses = inputs.get("privateIps")
    return addresses and (inputs["subnetId"], tuple(addresses))


def _nothing(inputs: Inputs) -> Hashable:
    """Known by its id alone."""
    return None


IDENTITIES: Mapping[str, Callable[[Inputs], Hashable]] = {
    "aws:autoscaling/group:Group": _by("name"),
    "aws:autoscaling/lifecycleHook:LifecycleHook": _by("autoscalingGroupName", "name"),
    "aws:cloudwatch/logGroup:LogGroup": _by("name"),
    "aws:ebs/volume:Volume": _nothing,
    "aws:ec2/defaultRouteTable:DefaultRouteTable": _nothing,  # its VPC's own
    "aws:ec2/defaultSecurityGroup:DefaultSecurityGroup": _by("vpcId"),
    "aws:ec2/eip:Eip": _nothing,
    "aws:ec2/eipAssociation:EipAssociation": _nothing,  # its instance's own
    "aws:ec2/flowLog:FlowLog": _by("vpcId", "logDestination"),
    "aws:ec2/instance:Instance": _nothing,
    "aws:ec2/internetGateway:InternetGateway": _by("vpcId"),
    "aws:ec2/launchTemplate:LaunchTemplate": _by("name"),
    "aws:ec2/natGateway:NatGateway": _by("allocationId"),
    "aws:ec2/networkInterface:NetworkInterface": _placed,
    "aws:ec2/peeringConnectionOptions:PeeringConnectionOptions": _by("vpcPeeringConnectionId"),
    "aws:ec2/route:Route": _route,
    "aws:ec2/routeTable:RouteTable": _nothing,
    "aws:ec2/routeTableAssociation:RouteTableAssociation": _by("subnetId"),
    "aws:ec2/securityGroup:SecurityGroup": _by("vpcId", "name"),
    "aws:ec2/subnet:Subnet": _by("vpcId", "cidrBlock"),
    "aws:ec2/vpc:Vpc": _nothing,
    "aws:ec2/vpcEndpoint:VpcEndpoint": _endpoint,
    "aws:ec2/vpcIpv4CidrBlockAssociation:VpcIpv4CidrBlockAssociation": _by("vpcId", "cidrBlock"),
    "aws:ec2/vpcPeeringConnection:VpcPeeringConnection": _by("vpcId", "peerVpcId"),
    "aws:ec2/vpnGateway:VpnGateway": _by("vpcId"),
    "aws:ec2transitgateway/vpcAttachment:VpcAttachment": _by("transitGatewayId", "vpcId"),
    "aws:ecr/repository:Repository": _by("name"),
    "aws:ecr/repositoryPolicy:RepositoryPolicy": _by("repository"),
    "aws:eks/accessEntry:AccessEntry": _by("clusterName", "principalArn"),
    "aws:eks/accessPolicyAssociation:AccessPolicyAssociation": _by(
        "clusterName", "principalArn", "policyArn"
    ),
    "aws:eks/addon:Addon": _by("clusterName", "addonName"),
    "aws:eks/cluster:Cluster": _by("name"),
    "aws:eks/nodeGroup:NodeGroup": _by("clusterName", "nodeGroupName"),
    "aws:eks/podIdentityAssociation:PodIdentityAssociation": _by(
        "clusterName", "namespace", "serviceAccount"
    ),
    "aws:iam/instanceProfile:InstanceProfile": _by("name"),
    "aws:iam/role:Role": _by("name"),
    "aws:iam/rolePolicy:RolePolicy": _by("role", "name"),
    "aws:iam/rolePolicyAttachment:RolePolicyAttachment": _by("role", "policyArn"),
    "aws:kms/alias:Alias": _by("name"),
    "aws:kms/key:Key": _nothing,
    "aws:lb/listener:Listener": _by("loadBalancerArn", "port"),
    "aws:lb/loadBalancer:LoadBalancer": _by("name"),
    "aws:lb/targetGroup:TargetGroup": _by("name"),
    "aws:route53/record:Record": _by("zoneId", "name", "type"),
    "aws:route53/resolverEndpoint:ResolverEndpoint": _nothing,
    "aws:route53/resolverFirewallConfig:ResolverFirewallConfig": _by("resourceId"),
    "aws:route53/resolverFirewallDomainList:ResolverFirewallDomainList": _nothing,
    "aws:route53/resolverFirewallRule:ResolverFirewallRule": _by("firewallRuleGroupId", "priority"),
    "aws:route53/resolverFirewallRuleGroup:ResolverFirewallRuleGroup": _nothing,
    "aws:route53/resolverFirewallRuleGroupAssociation:ResolverFirewallRuleGroupAssociation": _by(
        "vpcId", "priority"
    ),
    "aws:route53/resolverQueryLogConfig:ResolverQueryLogConfig": _nothing,
    "aws:route53/resolverQueryLogConfigAssociation:ResolverQueryLogConfigAssociation": _by(
        "resourceId", "resolverQueryLogConfigId"
    ),
    "aws:route53/zone:Zone": _zone,
    "aws:s3/bucket:Bucket": _bucket,
    "aws:s3/bucketLifecycleConfiguration:BucketLifecycleConfiguration": _bucket,
    "aws:s3/bucketObjectv2:BucketObjectv2": _by("bucket", "key"),
    "aws:s3/bucketOwnershipControls:BucketOwnershipControls": _bucket,
    "aws:s3/bucketPolicy:BucketPolicy": _bucket,
    "aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock": _bucket,
    "aws:s3/bucketServerSideEncryptionConfiguration:BucketServerSideEncryptionConfiguration": (
        _bucket
    ),
    "aws:s3/bucketVersioning:BucketVersioning": _bucket,
    "aws:ssm/parameter:Parameter": _by("name"),
    "aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule": _rule,
    "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule": _rule,
}


def met(before: Iterable[Registration], after: Iterable[Registration]) -> list[tuple[str, str]]:
    """Type and names of what the program after would make, or make anew or change, into the like
    of what another name of the program before stands for: that one goes or changes afterwards."""
    standing, after = {}, list(after)
    for resource in before:
        if (key := known_as(resource)) is not None:
            standing[key] = resource.urn
    found = []
    for resource in after:
        there = standing.get(known_as(resource))
        if there is not None and there != resource.urn:
            found.append((resource.type, f"{there.rsplit('::', 1)[-1]} -> {resource.name}"))
    return found


def known_as(resource: Registration) -> tuple[str, Hashable] | None:
    """Its type and what AWS knows it by; None where that is its id."""
    if not resource.type.startswith("aws:"):
        return None
    identity = IDENTITIES[resource.type](resource.inputs)
    return None if identity is None else (resource.type, identity)
