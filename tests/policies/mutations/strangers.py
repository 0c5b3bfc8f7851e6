"""What nobody knows: types, packages, regions, providers, ids, and the declaration itself."""

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta

from rules.boundary_reader import parse_boundary
from tests.policies.mutations.mutation import Change, add, opens
from tests.policies.mutations.parts import GROUP, cluster_vpc
from tests.policies.mutations.stacks import (
    ANSWERED,
    CLOSED,
    FOREIGN,
    REGION,
    TODAY,
    Of,
    Stack,
    written,
)

PROVIDER = "pulumi:providers:aws"
SOUND = {"region": REGION, "allowedAccountIds": '["123456789012"]'}
NEW = (
    "aws:ec2/quantumLink:QuantumLink",
    "aws:newservice/door:Door",
    "aws:ec2transitgateway/multicastDomain:MulticastDomain",
    "aws:ec2transitgateway/prefixListReference:PrefixListReference",
    "aws:ec2transitgateway/policyTable:PolicyTable",
    "aws:vpc/routeServer:RouteServer",
    "aws:vpc/securityGroupVpcAssociation:SecurityGroupVpcAssociation",
    "aws:s3/inventory:Inventory",
    "aws:ec2/amiLaunchPermission:AmiLaunchPermission",
    "aws:ec2/snapshotCreateVolumePermission:SnapshotCreateVolumePermission",
)


EXCEPTION = {
    "rule": "CN-010",
    "name": "bastion-of-old",
    "owner": "net team",
    "reason": "the bastion's own VPC",
    "expires": str(TODAY + timedelta(days=30)),
}


def _provider(**given: object) -> Change:
    return add(PROVIDER, {**SOUND, **given})


def _kubeconfig(**cluster: str) -> str:
    known = {"server": "https://10.0.0.9:6443", **cluster}
    return json.dumps({"kind": "Config", "clusters": [{"name": "x", "cluster": known}]})


def _read_only(stack: Stack) -> Iterator[Stack]:
    """A rule of a group that the program only reads: the engine shows it to nobody."""
    vpc = cluster_vpc(stack)
    group = stack.makes(GROUP, "read", {"vpcId": Of(vpc)})
    props = {"ipProtocol": "tcp", "referencedSecurityGroupId": Of(group)}
    rule = stack.makes("aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule", "door", {
        **props, "securityGroupId": Of(stack.first(GROUP)),
    })  # fmt: skip
    yield stack.having(rule)


def _unanswered(rule: str) -> Change:
    """Nobody answers any longer for what breaks a rule."""

    def change(stack: Stack) -> Iterator[Stack]:
        kept = tuple(e for e in stack.boundary.exceptions if e.rule != rule)
        if len(kept) < len(stack.boundary.exceptions):
            yield stack.declaring(exceptions=kept)

    return change


def _nothing_declared(stack: Stack) -> Iterator[Stack]:
    yield stack.declaring(accounts=frozenset(), organization_id=None)


def _declares(key: str, entry: object) -> Change:
    """The declaration has one more entry, as whoever checks it finds it in the file."""

    def change(stack: Stack) -> Iterator[Stack]:
        if stack.name in (*CLOSED, *ANSWERED):
            declared = written(stack.name)
            faulty = {**declared, key: [*declared.get(key, []), entry]}
            yield replace(stack, boundary=parse_boundary(faulty, TODAY), faulty=faulty)

    return change


MUTATIONS = (
    *(
        opens(
            f"a {t.split('/')[0][4:]} {t.rsplit(':')[-1]}, a type that nobody knows",
            "CN-001",
            add(t),
        )
        for t in NEW
    ),
    opens("a resource of another cloud", "CN-002", add("gcp:compute/network:Network")),
    opens("a dynamic resource", "CN-002", add("pulumi-python:dynamic:Resource")),
    opens(
        "a command on the machine that runs the program",
        "CN-002",
        add("command:local:Command", {"create": "curl x.example"}),
    ),
    opens(
        "a resource of another region",
        "CN-003",
        add("aws:cloudwatch/logGroup:LogGroup", {"region": "us-east-1"}),
    ),
    opens("a provider of another region", "CN-003", _provider(region="us-east-1")),
    opens(
        "a provider that takes a foreign role",
        "CN-165",
        _provider(assumeRoles=json.dumps([{"roleArn": f"arn:aws:iam::{FOREIGN}:role/x"}])),
    ),
    opens(
        "a provider for a foreign account",
        "CN-165",
        _provider(allowedAccountIds=json.dumps([FOREIGN])),
    ),
    opens(
        "a provider that asks another host",
        "CN-166",
        _provider(endpoints=json.dumps([{"s3": "https://x.example"}])),
    ),
    opens(
        "a provider behind a public proxy",
        "CN-166",
        _provider(httpsProxy="http://proxy.example:3128"),
    ),
    opens(
        "a provider whose program comes from somebody else",
        "CN-166",
        _provider(pluginDownloadURL="https://plugins.example"),
    ),
    opens(
        "a provider whose program comes from somebody else, as newer engines write it",
        "CN-166",
        _provider(__internal=json.dumps({"pluginDownloadURL": "https://plugins.example"})),
    ),
    opens(
        "a provider that names no region",
        "CN-167",
        add(PROVIDER, {"allowedAccountIds": SOUND["allowedAccountIds"]}),
    ),
    *(
        opens(f"objects for an API {what}", "CN-168", add("pulumi:providers:kubernetes", given))
        for what, given in {
            "outside": {"kubeconfig": _kubeconfig(server="https://api.example")},
            "behind a public proxy": {
                "kubeconfig": _kubeconfig(**{"proxy-url": "http://proxy.example:3128"})
            },
        }.items()
    ),
    opens("a group that the program only reads", "CN-004", _read_only),
    opens(
        "an internet gateway that nobody answers for any longer",
        "CN-010",
        _unanswered("CN-010"),
        "reach names",
    ),
    opens("an Elastic IP that nobody answers for any longer", "CN-014", _unanswered("CN-014")),
    opens("a default route that nobody answers for any longer", "CN-032", _unanswered("CN-032")),
    opens(
        "a route to an internet gateway that nobody answers for any longer",
        "CN-030",
        _unanswered("CN-030"),
    ),
    opens(
        "ingress from a public address that nobody answers for any longer",
        "CN-101",
        _unanswered("CN-101"),
    ),
    opens(
        "nothing declared as inside",
        "CN-131 CN-130 CN-136 perimeter",
        _nothing_declared,
        "CN-073 CN-085 CN-086 CN-133 CN-160 CN-165 CN-180",
    ),
    opens(
        "a declaration with an exception that has ended",
        "CN-000",
        _declares("exceptions", {**EXCEPTION, "expires": str(TODAY - timedelta(days=1))}),
    ),
    opens(
        "a declaration with an exception that nobody answers for",
        "CN-000",
        _declares("exceptions", {**EXCEPTION, "owner": ""}),
    ),
    opens("a declaration with a fault", "CN-000", _declares("accounts", 123456789012)),
    opens(
        "a declaration of a connection to everywhere",
        "CN-000",
        _declares(
            "connections", {"name": "*", "cidrs": ["0.0.0.0/0"], "owner": "x", "reason": "x"}
        ),
    ),
)
