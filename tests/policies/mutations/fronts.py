"""What answers the internet: load balancers, edges, and services with a public face."""

from collections.abc import Iterator
from typing import Any

from model.deployment import Node
from rules.unknowns import UNKNOWN
from tests.policies.mutations.mutation import Change, add, build, opens
from tests.policies.mutations.parts import (
    cluster_subnets,
    cluster_table,
    cluster_vpc,
    connection,
    route,
    supply,
)
from tests.policies.mutations.stacks import Of, Stack

BALANCER = "aws:lb/loadBalancer:LoadBalancer"
CLASSIC = "aws:elb/loadBalancer:LoadBalancer"
LISTENER = "aws:lb/listener:Listener"
TARGETS = "aws:lb/targetGroup:TargetGroup"
TARGET = "aws:lb/targetGroupAttachment:TargetGroupAttachment"
VPN_GATEWAY = "aws:ec2/vpnGateway:VpnGateway"
PEERING = "aws:ec2/vpcPeeringConnection:VpcPeeringConnection"
FAR = "10.99.0.0/16"
EDGES = (
    "aws:cloudfront/distribution:Distribution",
    "aws:cloudfront/vpcOrigin:VpcOrigin",
    "aws:globalaccelerator/accelerator:Accelerator",
    "aws:apigateway/restApi:RestApi",
    "aws:apigateway/domainName:DomainName",
    "aws:apigatewayv2/api:Api",
    "aws:lambda/functionUrl:FunctionUrl",
    "aws:cognito/userPool:UserPool",
    "aws:codebuild/webhook:Webhook",
)
# With a public face, or compute that runs outside the VPC: no rule looks into them, so none may be.
UNJUDGED: dict[str, dict[str, Any]] = {
    "aws:opensearch/serverlessCollection:ServerlessCollection": {"name": "x"},
    "aws:transfer/server:Server": {"endpointType": "PUBLIC"},
    "aws:codebuild/fleet:Fleet": {},
    "aws:glue/job:Job": {},
    "aws:sagemaker/space:Space": {},
    "aws:apprunner/service:Service": {},
    "aws:ecs/expressGatewayService:ExpressGatewayService": {},
    "aws:ses/emailIdentity:EmailIdentity": {"email": "x@example.com"},
    "aws:ssm/association:Association": {"name": "x"},
    "aws:ssm/resourceDataSync:ResourceDataSync": {},
    "aws:lightsail/instance:Instance": {},
    "aws:verifiedaccess/endpoint:Endpoint": {},
}


def _balancer(type_: str = BALANCER, **given: Any) -> Change:
    return add(type_, lambda s: {"subnets": [Of(n) for n in cluster_subnets(s)], **given})


def _listener(action: dict[str, Any]) -> Change:
    return add(LISTENER, {"port": 443, "defaultActions": [action]})


def _supplied_address(stack: Stack) -> Iterator[Stack]:
    """The address is declared as supplied, which does not make it private."""
    address = "eipalloc-0a1b2c3d4e5f60718"
    mapping = [{"subnetId": Of(cluster_subnets(stack)[0]), "allocationId": address}]
    props = {"internal": True, "loadBalancerType": "network", "subnetMappings": mapping}
    opened = stack.having(stack.makes(BALANCER, "door", props))
    yield opened.declaring(supplied=(*stack.boundary.supplied, supply(address)))


def sends_to(stack: Stack, target: Any) -> list[Node]:
    """A Network Load Balancer without a security group, which the VPC may reach, and a target."""
    subnets = [Of(n) for n in cluster_subnets(stack)]
    shown = {"subnets": subnets, "internal": True, "loadBalancerType": "network"}
    balancer = stack.makes(BALANCER, "balancer", shown)
    spoken = {"port": 443, "protocol": "TCP"}
    vpc = Of(cluster_vpc(stack))
    group = stack.makes(TARGETS, "targets", {**spoken, "targetType": "ip", "vpcId": vpc})
    sent = [{"type": "forward", "targetGroupArn": Of(group, "arn")}]
    listens = {**spoken, "loadBalancerArn": Of(balancer, "arn"), "defaultActions": sent}
    registered = {"targetGroupArn": Of(group, "arn"), "targetId": target}
    return [
        balancer, group, stack.makes(LISTENER, "listener", listens),
        stack.makes(TARGET, "target", registered),
    ]  # fmt: skip


def _target(target: Any) -> Change:
    return build(lambda stack: sends_to(stack, target))


def _target_by_peering(stack: Stack) -> list[Node]:
    ends = {"vpcId": Of(cluster_vpc(stack)), "peerVpcId": "vpc-0a1b2c3d4e5f60718"}
    door = stack.makes(PEERING, "door", ends)
    table = cluster_table(stack)
    way = route(stack, table, destinationCidrBlock=FAR, vpcPeeringConnectionId=Of(door))
    return [door, way, *sends_to(stack, "10.99.0.7")]


def _target_beyond(stack: Stack) -> Iterator[Stack]:
    """The gateway is a connection that somebody answers for; what the target is in, is not."""
    if list(stack.each(VPN_GATEWAY)):
        return
    door = stack.makes(VPN_GATEWAY, "to-one", {"vpcId": Of(cluster_vpc(stack))})
    table = cluster_table(stack)
    way = route(stack, table, "to-other", destinationCidrBlock=FAR, gatewayId=Of(door))
    named = (connection("to-one", "10.98.0.0/16"), connection("to-other", FAR))
    opened = stack.having(door, way, *sends_to(stack, "10.99.0.7"))
    yield opened.declaring(connections=(*stack.boundary.connections, *named))


OIDC = {"type": "authenticate-oidc", "authenticateOidc": {"issuer": "https://login.example"}}
POOL = {"type": "authenticate-cognito", "authenticateCognito": {"userPoolDomain": "x"}}
KEYS = {
    "type": "jwt-validation",
    "jwtValidation": {"issuer": "https://x.example", "jwksEndpoint": "https://x.example/keys"},
}
MUTATIONS = (
    opens("a load balancer that faces the internet", "CN-110", _balancer(internal=False)),
    opens("a load balancer that says nothing", "CN-110", _balancer()),
    opens("a classic load balancer that faces the internet", "CN-110", _balancer(CLASSIC)),
    opens(
        "a load balancer of both families",
        "CN-111",
        _balancer(internal=True, ipAddressType="dualstack"),
    ),
    opens(
        "a load balancer with addresses of an Outpost's customer",
        "CN-042",
        _balancer(internal=True, customerOwnedIpv4Pool="ipv4pool-coip-0a1b2c3d4e5f60718"),
    ),
    opens(
        "a load balancer with an Elastic IP",
        "CN-112 CN-004",
        _balancer(
            internal=True,
            loadBalancerType="network",
            subnetMappings=[{"allocationId": "eipalloc-0a1b2c3d4e5f60718"}],
        ),
    ),
    opens(
        "a load balancer with an Elastic IP that somebody answers for", "CN-112", _supplied_address
    ),
    opens("a load balancer with a public target", "CN-212", _target("198.51.100.7")),
    opens(
        "a load balancer with a target that nobody knows",
        "CN-213",
        _target(UNKNOWN),
        verdict="undecided",
    ),
    opens(
        "a load balancer with a target behind a peering that nobody answers for",
        "CN-004 CN-020 CN-031 reach",
        build(_target_by_peering),
    ),
    opens("a load balancer with a target beyond what a gateway carries", "reach", _target_beyond),
    opens("a listener that asks an issuer outside", "CN-178", _listener(OIDC)),
    opens(
        "a listener by the provider's other name for it that asks an issuer outside",
        "CN-178",
        add("aws:alb/listener:Listener", {"defaultActions": [OIDC]}),
    ),
    opens("a listener that asks a user pool", "CN-178", _listener(POOL)),
    opens("a listener that fetches keys of tokens outside", "CN-178", _listener(KEYS)),
    *(
        opens(f"a {t.split('/')[0][4:]} {t.rsplit(':')[-1]} at AWS's edge", "CN-015", add(t))
        for t in EDGES
    ),
    *(
        opens(
            f"a {t.split('/')[0][4:]} {t.rsplit(':')[-1]}, which no rule judges",
            "CN-001",
            add(t, props),
        )
        for t, props in UNJUDGED.items()
    ),
)
