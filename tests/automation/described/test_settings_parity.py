"""`prove --live` says of deliveries, grants, registries, firewalls and settings of an account what
`prove --state` says, as test_parity.py shows it of data services and functions."""

import json
from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, NamedTuple

import pytest

from automation.described.firewalls import FIREWALLS
from automation.described.gateways import ENDPOINTS
from automation.described.records import Records
from automation.described.resources import resources_of
from automation.described.scope import Grade, Thing
from automation.described.tables import KINDS
from proof.prove import prove
from rules.unknowns import has_unknown
from tests.automation.described import settings_of_aws as of
from tests.automation.described.parity import Told, said
from tests.policies.mutations.catalogue import ENTRIES
from tests.policies.mutations.designs import DESIGNS as EVERY_DESIGN
from tests.policies.mutations.mutation import Mutation
from tests.policies.mutations.parts import POOL, cluster_vpc
from tests.policies.mutations.stacks import ACCOUNT, FOREIGN, REGION, Stack, stack

BESIDE = (of.KEY, of.REPOSITORY, of.REPOSITORY_POLICY)
TOKENS = {*BESIDE, *of.TYPES}
TOLD = Told(
    [kind for kind in KINDS if kind.token in TOKENS],
    (of.tell,),
    of.real_id,
)
DESIGNS = ("a hub with a firewall", "central logs", "events", "keys by services")
BEFORE = stack("dev", True)


def opened_by(mutation: Mutation) -> Stack | None:
    """The first place that a mutation opens, if it is about what is told here. Where something is
    unknown before it is made, AWS knows it afterwards."""
    try:
        places = list(mutation.change(BEFORE))
    except LookupError:
        return None
    for opened in places[:1]:
        touched = [n for n in opened.deployment.nodes.values() if n.resource.name in opened.touched]
        types = {node.resource.type for node in touched}
        if types & set(of.TYPES) and not any(has_unknown(node.resource.props) for node in touched):
            return opened
    return None


MUTATIONS = {
    entry.mutation.name: opened
    for entry in ENTRIES
    if entry.mutation.verdict == "open" and (opened := opened_by(entry.mutation)) is not None
}


def _letting_in(action: str) -> str:
    who = {"AWS": f"arn:aws:iam::{FOREIGN}:root"}
    statement = {"Effect": "Allow", "Principal": who, "Action": action, "Resource": "*"}
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})


EVERYBODY = {"type": "Group", "uri": "http://acs.amazonaws.com/groups/global/AllUsers"}
# Of what the catalogue has no mutation that fits this deployment.
OPENED_BY_HAND = {
    "a key of material from outside": (of.EXTERNAL, {"policy": _letting_in("kms:Decrypt")}),
    "a copy of a key": (
        of.REPLICA,
        {
            "policy": _letting_in("kms:Decrypt"),
            "primaryKeyArn": f"arn:aws:kms:{REGION}:{ACCOUNT}:key/mrk-1",
        },
    ),
    "grants of S3 that strangers may ask for": (
        of.ACCESS_POLICY, {"policy": _letting_in("s3:GetDataAccess")},
    ),
    "an alarm of alarms": (
        of.COMPOSITE, {"alarmActions": [f"arn:aws:lambda:{REGION}:{ACCOUNT}:function:x"]},
    ),
    "access logs for everybody": (
        of.BUCKET_LOGGING,
        {
            "bucket": "x", "targetBucket": "x",
            "targetGrants": [{"permission": "READ", "grantee": EVERYBODY}],
        },
    ),
}  # fmt: skip


def test_there_is_a_mutation_of_every_type_that_only_these_show():
    touched = {
        node.resource.type
        for opened in MUTATIONS.values()
        for node in opened.deployment.nodes.values()
        if node.resource.name in opened.touched
    }
    assert len(MUTATIONS) > 40
    by_hand = {type_ for type_, _ in OPENED_BY_HAND.values()}
    assert set(of.TYPES) - touched - by_hand == {of.FIREWALL}


@pytest.mark.parametrize("name", DESIGNS)
def test_a_closed_design_is_closed_by_what_aws_says(stubbed, monkeypatch, name):
    after = of.as_made(EVERY_DESIGN[name](BEFORE))
    assert TOLD.same(stubbed, after, monkeypatch, "closed") == set()


@pytest.mark.parametrize("name", [*MUTATIONS, *OPENED_BY_HAND])
def test_what_opens_one_is_found_by_what_aws_says(stubbed, monkeypatch, name):
    if name in OPENED_BY_HAND:
        type_, props = OPENED_BY_HAND[name]
        opened = of.as_made(BEFORE.having(BEFORE.makes(type_, "door", props)))
    else:
        opened = of.as_made(MUTATIONS[name])
    assert TOLD.same(stubbed, opened, monkeypatch, "open")


FOREIGN_STREAM = f"arn:aws:kinesis:{REGION}:{FOREIGN}:stream/x"
FOREIGN_TOPIC = f"arn:aws:sns:{REGION}:{FOREIGN}:x"
GROUP = f"arn:aws:logs:{REGION}:{ACCOUNT}:log-group:orders"
FIREWALL = f"arn:aws:network-firewall:{REGION}:{ACCOUNT}:firewall/orders"
SEEN = [{"logType": "FLOW", "logDestination": {"deliveryStream": "elsewhere"}}]
COPIED = [{"destinations": [{"registryId": FOREIGN, "region": REGION}]}]
GATEWAY = of.id_of(BEFORE.makes(of.VPN_GATEWAY, "orders"))
OTHERS_VPC = "vpc-0123456789abcdef0"


class Put(NamedTuple):
    """What somebody has put beside the record. rule: that finds it. of: what it is a part of, made
    for it; or elsewhere: how it would be a part of something that every deployment has not."""

    rule: str
    props: dict[str, Any]
    of: str = ""
    elsewhere: Mapping[str, Any] = MappingProxyType({})


PUT = {
    of.FILTER: Put(
        "CN-133", {"logGroup": "orders", "destinationArn": FOREIGN_STREAM}, of.LOG_GROUP
    ),
    of.LOGS_POLICY: Put(
        "perimeter", {"resourceArn": GROUP, "policyDocument": _letting_in("logs:*")}, of.LOG_GROUP
    ),
    of.DESTINATION_POLICY: Put(
        "perimeter", {"destinationName": "orders", "accessPolicy": _letting_in("logs:*")},
        of.DESTINATION,
    ),
    of.BUS_POLICY: Put("perimeter", {"policy": _letting_in("events:*")}, of.BUS),
    of.TARGET: Put("CN-133", {"rule": "orders", "arn": FOREIGN_STREAM}, of.RULE),
    of.VAULT_POLICY: Put(
        "perimeter", {"backupVaultName": "orders", "policy": _letting_in("backup:*")}, of.VAULT
    ),
    of.GRANT: Put(
        "CN-132",
        {
            "granteePrincipal": f"arn:aws:iam::{FOREIGN}:role/x", "operations": ["Decrypt"],
            "keyId": of.id_of(next(BEFORE.each(of.KEY))),
        },
        elsewhere={"keyId": of.OTHERS_KEY},
    ),
    of.ACCESS_GRANT: Put(
        "CN-244",
        {
            "permission": "READ",
            "grantee": {"granteeType": "DIRECTORY_GROUP", "granteeIdentifier": "0a0a"},
        },
        of.ACCESS,
    ),
    of.ACCESS_POLICY: Put("perimeter", {"policy": _letting_in("s3:GetDataAccess")}, of.ACCESS),
    of.REGISTRY_POLICY: Put("perimeter", {"policy": _letting_in("ecr:*")}, of.REPOSITORY),
    of.REPLICATION: Put(
        "CN-134", {"replicationConfiguration": {"rules": COPIED}}, of.REPOSITORY
    ),
    of.DIRECT: Put("CN-025", {"associatedGatewayId": GATEWAY}, of.VPN_GATEWAY),
    of.LOGGING: Put(
        "CN-004",
        {"firewallArn": FIREWALL, "loggingConfiguration": {"logDestinationConfigs": SEEN}},
        of.FIREWALL,
    ),
    of.NOTIFICATION: Put(
        "CN-133",
        {"topicArn": FOREIGN_TOPIC, "groupNames": [of.id_of(next(BEFORE.each(POOL)))]},
        elsewhere={"groupNames": ["of-others"]},
    ),
    of.EXCLUSION: Put(
        "CN-017",
        {
            "internetGatewayExclusionMode": "allow-bidirectional",
            "vpcId": of.id_of(cluster_vpc(BEFORE)),
        },
        elsewhere={"vpcId": OTHERS_VPC},
    ),
}  # fmt: skip


def put(type_: str, *, beside: bool) -> Stack:
    """A deployment, with something that is a part of a thing of it, or of somebody else's."""
    door = PUT[type_]
    called = "default" if door.of == of.BUS else "orders"
    parts = [BEFORE.makes(door.of, called, {"name": called})] if door.of and beside else []
    props = door.props if beside else {**door.props, **door.elsewhere}
    return of.as_made(BEFORE.having(*parts, BEFORE.makes(type_, "door", props)))


@pytest.mark.parametrize("type_", PUT)
def test_what_nobody_has_recorded_is_found_where_it_is_a_part_of_what_is(
    stubbed, monkeypatch, type_
):
    opened = put(type_, beside=True)
    deployment, _ = TOLD.read(stubbed, opened, monkeypatch, beside=type_)
    (door,) = deployment.of_type(type_)
    by_aws = prove(deployment, opened.boundary)
    assert by_aws.verdict == "open"
    assert (PUT[type_].rule, door.resource.name) in said(by_aws)


@pytest.mark.parametrize("type_", PUT)
def test_what_is_a_part_of_somebody_elses_is_nothing_of_a_stacks(stubbed, monkeypatch, type_):
    opened = put(type_, beside=False)
    deployment, _ = TOLD.read(stubbed, opened, monkeypatch, beside=type_)
    assert deployment.nodes and list(deployment.of_type(type_)) == []


def _granted(account: str) -> Stack:
    """A grant to a stranger, on a key that this stack has not made."""
    key = f"arn:aws:kms:{REGION}:{account}:key/0a1b2c3d-4e5f-6071-8293-a4b5c6d7e8f9"
    who = f"arn:aws:iam::{FOREIGN}:role/x"
    props = {"keyId": key, "granteePrincipal": who, "operations": ["Decrypt"]}
    return of.as_made(BEFORE.having(BEFORE.makes(of.GRANT, "door", props)))


def test_a_grant_on_a_key_of_another_account_is_what_its_record_says(stubbed, monkeypatch):
    """AWS lists the own account's keys alone; and a grant is never changed."""
    assert TOLD.same(stubbed, _granted(FOREIGN), monkeypatch, "open") >= {("CN-132", "door")}


def test_a_grant_on_an_own_key_that_is_gone_is_gone(stubbed, monkeypatch):
    deployment, described = TOLD.read(stubbed, _granted(ACCOUNT), monkeypatch)
    assert list(deployment.of_type(of.GRANT)) == []
    assert [gone.name for gone in described.missing] == ["door"]


def test_what_aws_grants_itself_under_a_recorded_key_is_nobodys_grant(stubbed, monkeypatch):
    """Its services keep things of the account under the account's keys."""
    deployment, described = TOLD.read(stubbed, BEFORE, monkeypatch)
    assert list(deployment.of_type(of.KEY)) and list(deployment.of_type(of.GRANT)) == []
    assert described.missing == []


def test_the_endpoints_that_a_firewall_consists_of_are_told_with_it_alone():
    """EC2 lists them as endpoints that AWS has made, of a service that is no service of AWS's."""
    here = {"region": REGION, "account": ACCOUNT, "partition": "aws"}
    synced = {f"{REGION}a": {"Attachment": {"EndpointId": "vpce-0f1e", "SubnetId": "subnet-0a1b"}}}
    firewall = {
        "Firewall": {"FirewallArn": FIREWALL, "VpcId": "vpc-0a1b"},
        "FirewallStatus": {"SyncStates": synced}, "_here": here,
    }  # fmt: skip
    listed = [
        {"VpcEndpointId": id_, "VpcEndpointType": "GatewayLoadBalancer", "_list": [], "_here": here}
        for id_ in ("vpce-0f1e", "vpce-0d2c")
    ]
    found = {
        call: [Thing(item, frozenset(), frozenset(), grade=Grade.MADE) for item in items]
        for call, items in ((FIREWALLS, [firewall]), (ENDPOINTS, listed))
    }
    told = {r["name"]: r for r in resources_of(found, Records()).resources}
    assert told.keys() == {FIREWALL, "vpce-0d2c"}
    (status,) = told[FIREWALL]["outputs"]["firewallStatuses"]
    attached = [{"endpointId": "vpce-0f1e", "subnetId": "subnet-0a1b"}]
    assert status == {"syncStates": [{"attachments": attached}]}
