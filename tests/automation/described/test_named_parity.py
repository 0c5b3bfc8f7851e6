"""`prove --live` says of what stands around a VPC and names things of others what `prove --state`
says: listeners, connections of a VPN, endpoints of Client VPN, networks of VPC Lattice.

What AWS tells of them is written by hand from the API references of Elastic Load Balancing, EC2 and
VPC Lattice (read 2026-11-30), apart from the tables of the reader.
"""

from collections.abc import Iterator
from typing import Any

import pytest

from automation.described.tables import KINDS
from model.deployment import Node
from proof.prove import prove
from tests.automation.described.answers import Answers, Item
from tests.automation.described.parity import Told
from tests.policies.mutations.parts import GROUP, cluster_vpc, connection, supply
from tests.policies.mutations.stacks import ACCOUNT, FOREIGN, REGION, Of, Stack, stack

LISTENER = "aws:lb/listener:Listener"
VPN = "aws:ec2/vpnConnection:VpnConnection"
CLIENT_VPN = "aws:ec2clientvpn/endpoint:Endpoint"
ASSOCIATION = "serviceNetworkVpcAssociationIdentifier"
LATTICE = "aws:vpclattice/serviceNetworkVpcAssociation:ServiceNetworkVpcAssociation"
BALANCER = f"arn:aws:elasticloadbalancing:{REGION}:{ACCOUNT}:loadbalancer/app/own/1"
GATEWAY, NETWORK = "tgw-00000000000000001", "sn-0123456789abcdef0"
BEFORE = stack("dev", True).declaring(
    connections=(connection("door", "10.99.0.0/24"),),
    supplied=tuple(map(supply, (BALANCER, GATEWAY, "cgw-1", NETWORK))),
)
VPC = cluster_vpc(BEFORE)


def arn(service: str, what: str, account: str = ACCOUNT) -> str:
    region = "" if service == "iam" else REGION
    return f"arn:aws:{service}:{region}:{account}:{what}"


def ids(node: Node) -> str:
    return str(node.outputs()["id"])


def tell(answers: Answers, of: Stack) -> None:
    """Each as AWS has it, with what belongs to it."""
    for item in _listeners(of):
        answers.lists("elbv2", "DescribeListeners", "Listeners", item)
        balancer = {"LoadBalancerArn": BALANCER, "VpcId": ids(VPC), "Type": "application"}
        answers.lists("elbv2", "DescribeLoadBalancers", "LoadBalancers", balancer)
    for node in of.each(VPN):
        answers.lists("ec2", "DescribeVpnConnections", "VpnConnections", _vpn(node))
    for node in of.each(CLIENT_VPN):
        answers.lists("ec2", "DescribeClientVpnEndpoints", "ClientVpnEndpoints", _client_vpn(node))
    joined = {ids(node): node.resource.props for node in of.each(LATTICE)}
    listed = [{"id": id_, "vpcId": ids(VPC), "serviceNetworkId": NETWORK} for id_ in joined]
    answers.says("vpc-lattice", "ListServiceNetworkVpcAssociations", lambda _: {"items": listed})
    answers.says("vpc-lattice", "GetServiceNetworkVpcAssociation", lambda asked: {
        "securityGroupIds": joined[asked[ASSOCIATION]].get("securityGroupIds", []),
    })  # fmt: skip
    vpc = {"VpcId": ids(VPC), "CidrBlock": "10.64.0.0/16", "DhcpOptionsId": "dopt-1"}
    answers.lists("ec2", "DescribeVpcs", "Vpcs", vpc)


def _listeners(of: Stack) -> Iterator[Item]:
    for node in of.each(LISTENER):
        props = node.resource.props
        checked = props.get("mutualAuthentication") or {"mode": "off"}
        trusted = {"TrustStoreArn": checked["trustStoreArn"]} if "trustStoreArn" in checked else {}
        yield {
            "ListenerArn": ids(node), "LoadBalancerArn": BALANCER, "Port": 443, "Protocol": "HTTPS",
            "MutualAuthentication": {"Mode": checked["mode"], **trusted},
        }  # fmt: skip


def _vpn(node: Node) -> Item:
    """Its second tunnel first: the provider counts them by their addresses."""
    props = node.resource.props
    tunnels = [
        {"OutsideIpAddress": f"198.51.100.{number}", "LogOptions": _logs(props, number)}
        for number in (2, 1)
    ]
    return {
        "VpnConnectionId": ids(node), "State": "available", "Type": "ipsec.1",
        "TransitGatewayId": GATEWAY, "CustomerGatewayId": "cgw-1",
        "Options": {"StaticRoutesOnly": False, "TunnelOptions": tunnels},
    }  # fmt: skip


def _logs(props: Any, number: int) -> Item:
    said = (props.get(f"tunnel{number}LogOptions") or {}).get("cloudwatchLogOptions") or {}
    names = {"logGroupArn": "LogGroupArn", "bgpLogGroupArn": "BgpLogGroupArn"}
    named = {member: said[key] for key, member in names.items() if key in said}
    return {"CloudWatchLogOptions": {"LogEnabled": bool(named), **named}}


def _client_vpn(node: Node) -> Item:
    props = node.resource.props
    (way,) = props["authenticationOptions"]
    told: Item = {"Type": way["type"]}
    if "rootCertificateChainArn" in way:
        chain = way["rootCertificateChainArn"]
        told["MutualAuthentication"] = {"ClientRootCertificateChain": chain}
    if "samlProviderArn" in way:
        told["FederatedAuthentication"] = {"SamlProviderArn": way["samlProviderArn"]}
    asked = props.get("clientConnectOptions") or {}
    function = asked.get("lambdaFunctionArn")
    gateway = (props.get("transitGatewayConfiguration") or {}).get("transitGatewayId")
    attached = {"TransitGatewayId": gateway, "TransitGatewayAttachmentId": "tgw-attach-0"}
    return {
        "ClientVpnEndpointId": ids(node), "Status": {"Code": "available"},
        "VpcId": props["vpcId"], "ClientCidrBlock": props["clientCidrBlock"],
        "AuthenticationOptions": [told], "ConnectionLogOptions": {"Enabled": False},
        "ClientConnectOptions": {
            "Enabled": bool(function), **({"LambdaFunctionArn": function} if function else {}),
        },
        **({"TransitGatewayConfiguration": attached} if gateway else {}),
    }  # fmt: skip


def same(account: Any, opened: Stack, monkeypatch: Any) -> set[str]:
    """What is found of this one by what AWS says, which is what the state says. What AWS is asked
    about before, it tells beside."""
    (type_,) = {n.resource.type for n in opened.deployment.nodes.values()} & IDS.keys()
    told = Told([kind for kind in KINDS if kind.token == type_], (tell,), ids)
    deployment, described = told.read(account, opened, monkeypatch)
    assert described.missing == [] and len(list(deployment.of_type(type_))) == 1
    by_aws, by_state = (
        {(f.rule, f.what, f.decided) for f in prove(one, opened.boundary).findings
         if f.counts and f.resource == "door"}
        for one in (deployment, opened.deployment)
    )  # fmt: skip
    assert by_aws == by_state
    return {rule for rule, _, _ in by_aws}


ADMITS = {
    "vpcId": Of(VPC), "clientCidrBlock": "10.99.0.0/24",
    "authenticationOptions": [
        {"type": "certificate-authentication", "rootCertificateChainArn": arn("acm", "x")},
    ],
}  # fmt: skip
LISTENS = {"loadBalancerArn": BALANCER, "port": 443, "protocol": "HTTPS"}
CONNECTS = {"transitGatewayId": GATEWAY, "customerGatewayId": "cgw-1", "type": "ipsec.1"}
JOINS = {"vpcIdentifier": Of(VPC), "serviceNetworkIdentifier": NETWORK}


def verifying(account: str) -> dict[str, object]:
    store = arn("elasticloadbalancing", "truststore/x/1", account)
    return {"mutualAuthentication": {"mode": "verify", "trustStoreArn": store}}


def logging(number: int, account: str, name: str = "logGroupArn") -> dict[str, object]:
    group = {name: arn("logs", "log-group:vpn", account)}
    return {f"tunnel{number}LogOptions": {"cloudwatchLogOptions": group}}


def asking(account: str) -> dict[str, object]:
    function = arn("lambda", "function:AWSClientVPN-x", account)
    return {"clientConnectOptions": {"enabled": True, "lambdaFunctionArn": function}}


def by_saml(account: str) -> dict[str, object]:
    provider = arn("iam", "saml-provider/x", account)
    way = {"type": "federated-authentication", "samlProviderArn": provider}
    return {"authenticationOptions": [way]}


# What may name a thing of the own account or of another one.
NAMING = {
    "who is let in by a trust store": (LISTENER, LISTENS, verifying),
    "where a tunnel writes": (VPN, CONNECTS, lambda account: logging(1, account)),
    "where the other tunnel writes of its routes": (
        VPN, CONNECTS, lambda account: logging(2, account, "bgpLogGroupArn"),
    ),
    "which function admits people": (CLIENT_VPN, ADMITS, asking),
    "who tells people apart": (CLIENT_VPN, ADMITS, by_saml),
}  # fmt: skip
CLOSED = {
    "a listener": (LISTENER, LISTENS),
    "a listener that does not ask who comes": (
        LISTENER, {**LISTENS, "mutualAuthentication": {"mode": "off"}},
    ),
    "a VPN": (VPN, CONNECTS),
    "a VPN of people": (CLIENT_VPN, ADMITS),
    "a VPN of people at a transit gateway": (
        CLIENT_VPN, {**ADMITS, "transitGatewayConfiguration": {"transitGatewayId": GATEWAY}},
    ),
    "a network of services": (LATTICE, JOINS),
    "a network of services with a group": (
        LATTICE, {**JOINS, "securityGroupIds": [Of(BEFORE.first(GROUP))]},
    ),
}  # fmt: skip


IDS = {
    LISTENER: arn("elasticloadbalancing", "listener/app/own/1/2"), VPN: "vpn-0123456789abcdef0",
    CLIENT_VPN: "cvpn-endpoint-0123456789abcdef0", LATTICE: "snva-0123456789abcdef0",
}  # fmt: skip


def having(type_: str, props: dict[str, object]) -> Stack:
    return BEFORE.having(BEFORE.makes(type_, "door", props, id=IDS[type_]))


@pytest.mark.parametrize("name", CLOSED)
def test_a_closed_one_is_closed_by_what_aws_says(stubbed, monkeypatch, name):
    assert same(stubbed, having(*CLOSED[name]), monkeypatch) == set()


@pytest.mark.parametrize("name", NAMING)
def test_what_it_names_counts_by_whose_it_is(stubbed, monkeypatch, name):
    type_, props, naming = NAMING[name]
    own, theirs = (having(type_, {**props, **naming(of)}) for of in (ACCOUNT, FOREIGN))
    assert same(stubbed, own, monkeypatch) == set()
    assert same(stubbed, theirs, monkeypatch) == {"CN-136"}


def test_a_group_of_others_is_found_at_a_network_of_services(stubbed, monkeypatch):
    opened = having(LATTICE, {**JOINS, "securityGroupIds": ["sg-0123456789abcdef0"]})
    assert same(stubbed, opened, monkeypatch) == {"CN-004"}
