"""`prove --live` says of what VPC Lattice sends where what `prove --state` says: somebody answers
for its being there, and where it leads is judged by what AWS tells."""

from datetime import UTC, datetime, timedelta

import pytest

from automation.described import lattices, sharing
from model.deployment import Node
from proof.prove import prove
from rules.boundary import RuleException
from tests.automation.described.answers import Answers, Asked, Item
from tests.automation.described.data_services_of_aws import id_of
from tests.automation.described.parity import Told, said
from tests.policies.mutations.mutation import edited
from tests.policies.mutations.parts import GROUP, cluster_subnets, cluster_vpc
from tests.policies.mutations.stacks import ACCOUNT, FOREIGN, REGION, TODAY, Of, Stack, stack

SERVICE, TARGET_GROUP, GATEWAY, LOGGED = (
    "aws:vpclattice/service:Service", "aws:vpclattice/targetGroup:TargetGroup",
    "aws:vpclattice/resourceGateway:ResourceGateway",
    "aws:vpclattice/accessLogSubscription:AccessLogSubscription",
)  # fmt: skip
NETWORK = "aws:vpclattice/serviceNetwork:ServiceNetwork"
CONFIGURATION = "aws:vpclattice/resourceConfiguration:ResourceConfiguration"
MADE = datetime(2026, 11, 30, tzinfo=UTC)
OF_TYPE = "CN-025"
LOGS = f"arn:aws:logs:{REGION}:{ACCOUNT}:log-group:lattice"
CERTIFICATE = f"arn:aws:acm:{REGION}:{ACCOUNT}:certificate/x"


def closed(resource: str) -> Stack:
    """One of each, for which somebody answers. resource: of what the subscription is."""
    before = stack("dev", True)
    vpc, subnet = cluster_vpc(before), cluster_subnets(before)[0]
    group = before.makes(GROUP, "lattice", {"vpcId": Of(vpc)})
    service = before.makes(SERVICE, "service", {
        "name": "orders", "authType": "AWS_IAM", "certificateArn": CERTIFICATE,
    })  # fmt: skip
    network = before.makes(NETWORK, "lattice", {"authType": "AWS_IAM"})
    asked = {"ipResource": {"ipAddress": "10.0.0.9"}}
    configuration = before.makes(CONFIGURATION, "database", {
        "name": "database", "resourceConfigurationDefinition": asked,
    })  # fmt: skip
    to = {
        "service": Of(service), "network": Of(network, "arn"), "configuration": Of(configuration),
    }  # fmt: skip
    made = [
        group, service, network, configuration,
        before.makes(TARGET_GROUP, "targets", {
            "type": "IP", "config": {"port": 443, "protocol": "HTTPS", "vpcIdentifier": Of(vpc)},
        }),
        before.makes(GATEWAY, "gateway", {
            "vpcId": Of(vpc), "subnetIds": [Of(subnet)], "securityGroupIds": [Of(group)],
            "resourceConfigDnsResolution": "IN_VPC",
        }),
        before.makes(LOGGED, "logs", {"resourceIdentifier": to[resource], "destinationArn": LOGS}),
    ]  # fmt: skip
    expires = TODAY + timedelta(days=20)
    answers = tuple(
        RuleException(OF_TYPE, node.resource.name, None, "net", "agreed", expires) for node in made
    )
    of = before.boundary
    return before.having(*made).declaring(exceptions=(*of.exceptions, *answers))


PREFIXES = {
    SERVICE: "svc", TARGET_GROUP: "tg", GATEWAY: "rgw", LOGGED: "als", NETWORK: "sn",
    CONFIGURATION: "rcfg",
}  # fmt: skip


def real_id(node: Node) -> str:
    """As VPC Lattice calls it, by a text of a length of its own."""
    prefix = PREFIXES.get(node.resource.type)
    return f"{prefix}-{node.resource.name.ljust(17, '0')}" if prefix else id_of(node)


def tell(answers: Answers, stack: Stack) -> None:
    """All of them, and a service that others have."""
    named = {real_id(node): node for node in stack.each(*PREFIXES)}
    for operation, type_ in (
        ("ListServices", SERVICE), ("ListServiceNetworks", NETWORK),
        ("ListTargetGroups", TARGET_GROUP), ("ListResourceConfigurations", CONFIGURATION),
    ):  # fmt: skip
        own = [real_id(node) for node in stack.each(type_)]
        others = f"{PREFIXES[type_]}-".ljust(len(own[0]), "x")
        listed = [{"id": id_, "arn": _arn(id_)} for id_ in (others, *own)]
        answers.lists("vpc-lattice", operation, "items", *listed)
    answers.says("vpc-lattice", "GetResourceConfiguration", lambda asked: {
        "id": asked["resourceConfigurationIdentifier"],
        **_same(named[asked["resourceConfigurationIdentifier"]],
                "name", "resourceConfigurationDefinition"),
    })  # fmt: skip
    answers.lists("vpc-lattice", "ListResourceGateways", "items",
                  *(_gateway(node) for node in stack.each(GATEWAY)))  # fmt: skip
    answers.says("vpc-lattice", "GetService", lambda asked: {
        "id": asked["serviceIdentifier"], "status": "ACTIVE",
        **_same(named[asked["serviceIdentifier"]], "name", "authType", "certificateArn"),
    })  # fmt: skip
    answers.says("vpc-lattice", "GetTargetGroup", lambda asked: {
        "id": asked["targetGroupIdentifier"],
        **_same(named[asked["targetGroupIdentifier"]], "type", "config"),
    })  # fmt: skip

    def logged(asked: Asked) -> Item:
        of = named[asked["resourceIdentifier"]]
        return {"items": [
            {"id": real_id(node), "arn": _arn(real_id(node)), "createdAt": MADE,
             "lastUpdatedAt": MADE, "resourceId": asked["resourceIdentifier"],
             "resourceArn": _arn(asked["resourceIdentifier"]), **_same(node, "destinationArn")}
            for node in stack.each(LOGGED)
            if node.resource.props["resourceIdentifier"] in (id_of(of), of.outputs()["arn"])
        ]}  # fmt: skip

    answers.says("vpc-lattice", "ListAccessLogSubscriptions", logged)


def _arn(id_: str) -> str:
    return f"arn:aws:vpc-lattice:{REGION}:{ACCOUNT}:x/{id_}"


def _same(node: Node, *names: str) -> Item:
    return {name: node.resource.props[name] for name in names if name in node.resource.props}


def _gateway(node: Node) -> Item:
    said_same = _same(node, "subnetIds", "securityGroupIds", "resourceConfigDnsResolution")
    of = {"id": real_id(node), "status": "ACTIVE", "ipAddressType": "IPV4"}
    return {**of, "vpcIdentifier": node.resource.props["vpcId"], **said_same}


KINDS = (*lattices.KINDS, *(kind for kind in sharing.KINDS if kind.token == CONFIGURATION))
TOLD = Told(KINDS, (tell,), real_id)
OPENED = [
    (SERVICE, "certificateArn", CERTIFICATE.replace(ACCOUNT, FOREIGN)),
    (TARGET_GROUP, "config.vpcIdentifier", "vpc-0123456789abcdef0"),
    (GATEWAY, "subnetIds", ["subnet-0123456789abcdef0"]),
    (GATEWAY, "securityGroupIds", ["sg-0123456789abcdef0"]),
    (GATEWAY, "vpcId", "vpc-0123456789abcdef0"),
    (LOGGED, "destinationArn", LOGS.replace(ACCOUNT, FOREIGN)),
]


@pytest.mark.parametrize("of", ["service", "network", "configuration"])
def test_what_is_answered_for_is_so_by_what_aws_says(stubbed, monkeypatch, of):
    after = closed(of)
    assert {n.resource.type for n in after.each(*TOLD.tokens)} == TOLD.tokens
    assert TOLD.same(stubbed, after, monkeypatch, "open, answered for") == set()


@pytest.mark.parametrize(("type_", "path", "value"), OPENED)
def test_what_leads_elsewhere_is_found_by_what_aws_says(stubbed, monkeypatch, type_, path, value):
    after = closed("service")
    (node,) = after.each(type_)
    opened = after.having(edited(after, node, path, value))
    assert TOLD.same(stubbed, opened, monkeypatch, "open")


def test_where_somebody_else_has_logs_sent_is_found(stubbed, monkeypatch):
    """By a subscription that nobody has recorded."""
    after = closed("service")
    (logs,) = after.each(LOGGED)
    opened = after.having(edited(after, logs, "destinationArn", LOGS.replace(ACCOUNT, FOREIGN)))
    deployment, described = TOLD.read(stubbed, opened, monkeypatch, beside=LOGGED)
    assert described.missing == []
    assert ("CN-136", real_id(logs)) in said(prove(deployment, opened.boundary))
