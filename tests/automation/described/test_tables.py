"""The tables of the live reader, held against the provider, the model of the proof and boto3."""

import importlib
import inspect
import json
import keyword
import re
from fnmatch import fnmatchcase
from typing import Any

import botocore.session
import jmespath
import pytest

from automation.described.calls import Call, From, Kind, iam_prefix
from automation.described.reader import _TOKENS
from automation.described.tables import DESCRIBED, FIXED, KINDS, UNREAD, actions, calls, is_unread
from docs.permissions_page import WHO, policies_of
from model.types import MODELLED_TYPES
from rules.known_types import HARMLESS_TYPES
from rules.table import RULES
from rules.types import inspected
from tests.scenarios import ROOT

TOKENS = {kind.token for kind in KINDS}
EVERY_CALL = [c for call in calls() for c in (call, *call.more.values())]
COMMON = {"region", "tagsAll", "timeouts"}  # of the provider alone
EXAMPLES = sorted(p.name for p in (ROOT / "examples").iterdir() if p.is_dir())
LISTED = "expected*/resources.yaml"
READING = ("BatchGet", "Describe", "Get", "List", "Search")
# Permissions that are called otherwise than their operations: Service Authorization Reference.
RENAMED = {
    "s3:GetBucketNotificationConfiguration": "s3:GetBucketNotification",
    "s3:GetBucketEncryption": "s3:GetEncryptionConfiguration",
    "s3:GetBucketReplication": "s3:GetReplicationConfiguration",
    "s3:GetPublicAccessBlock": "s3:GetBucketPublicAccessBlock",
    "s3:ListBuckets": "s3:ListAllMyBuckets",
    "s3:ListObjectVersions": "s3:ListBucketVersions",
    "s3control:GetPublicAccessBlock": "s3:GetAccountPublicAccessBlock",
    **{f"apigateway:Get{what}": "apigateway:GET" for what in (
        "Authorizers", "BasePathMappings", "Deployments", "DomainNames", "Export", "Resources",
        "RestApis", "Stages", "VpcLinks",
    )},
}  # fmt: skip


def inputs_of(token: str) -> set[str]:
    """What the provider takes for a type."""
    _, module, noun = token.split(":")
    room = module.split("/")[0]
    package = importlib.import_module(f"pulumi_aws.{room}{'_' * keyword.iskeyword(room)}")
    names = set(inspect.signature(getattr(package, noun)._internal_init).parameters)
    names -= {"__self__", "resource_name", "opts", "__props__"}
    return {re.sub("_([a-z0-9])", lambda found: found[1].upper(), name) for name in names}


@pytest.mark.parametrize("token", sorted(TOKENS))
def test_every_property_of_a_type_is_read_or_its_being_unread_is_said(token):
    """So a property that a new provider brings is noticed, and none is taken for absent."""
    spoken = {
        name
        for kind in KINDS
        if kind.token == token
        for name in (*kind.inputs, *kind.unread, *kind.silent, *kind.kept, *kind.held, *kind.fixed)
    }
    given = inputs_of(token) - COMMON
    assert given
    assert [i for i in sorted(given) if not any(fnmatchcase(i, name) for name in spoken)] == []
    assert [n for n in sorted(spoken) if not any(fnmatchcase(i, n) for i in given)] == []


def reasons() -> list[str]:
    return [token for tokens in UNREAD.values() for token in tokens]


def is_reasoned(token: str) -> bool:
    return any(fnmatchcase(token, reason) for reason in reasons())


def test_every_type_of_the_model_is_in_a_table_or_its_absence_has_a_reason():
    assert len(reasons()) == len(set(reasons())) and len(TOKENS) > 60
    unread = sorted(MODELLED_TYPES.keys() - TOKENS)
    assert unread and [token for token in unread if not is_reasoned(token)] == []


def test_every_type_that_a_rule_judges_is_in_a_table_or_its_absence_has_a_reason():
    """A family that is read in part has a reason for the rest of it."""
    judged = {t for rule in RULES for t in rule.types if t.startswith("aws:") and t != "aws:*"}
    assert len(judged) > 100
    assert [token for token in sorted(judged - TOKENS) if not is_reasoned(token)] == []
    assert [reason for reason in reasons() if reason in TOKENS] == []
    known = judged | MODELLED_TYPES.keys()
    assert [reason for reason in reasons() if reason not in known] == []


@pytest.mark.parametrize("example", EXAMPLES)
def test_every_type_that_an_example_makes_is_read(example):
    """So AWS says of each example what its file says, and no part of it is left unknown."""
    (path,) = (ROOT / "examples" / example).glob(LISTED)
    of_a_line = re.compile(r"^(?:- )?(aws:[a-z0-9]+/\w+:\w+)::", re.MULTILINE)
    made = set(of_a_line.findall(path.read_text(encoding="utf-8")))
    assert len(made) > 10
    assert made - TOKENS - FIXED.keys() <= HARMLESS_TYPES


def test_what_is_taken_as_recorded_can_open_nothing_by_itself():
    """All that is in no table and counts as known: what no rule but those over all types judges."""
    recorded = {token for token in HARMLESS_TYPES - TOKENS if not is_unread(token)}
    assert len(recorded) > 100
    assert not [token for token in recorded if token in MODELLED_TYPES or inspected(token)]
    assert all(is_unread(token) for token in FIXED)


def test_what_describes_a_supplied_network_runs_nothing_and_answers_for_no_connection():
    assert DESCRIBED < TOKENS
    parts = {MODELLED_TYPES[token] for token in DESCRIBED if token in MODELLED_TYPES}
    assert parts == {
        "VPCs and subnets", "route tables", "network ACLs", "security groups", "endpoints", "DNS",
        "gateways and peerings", "interfaces of services",
    }  # fmt: skip
    assert not [token for token in DESCRIBED if "eering" in token or "transit" in token.lower()]


@pytest.fixture(scope="module")
def clients():
    session = botocore.session.Session()
    keys = {"aws_access_key_id": "x", "aws_secret_access_key": "x"}
    return {
        service: session.create_client(service, region_name="eu-central-1", **keys)
        for service in {call.service for call in EVERY_CALL}
    }


def test_calls_are_operations_of_boto3_that_only_read(clients):
    for call in EVERY_CALL:
        client = clients[call.service]
        operation = client.meta.method_to_api_mapping[call.operation]
        assert operation.startswith(READING), operation
        action = f"{iam_prefix(call.service)}:{operation}"
        renamed = RENAMED.get(f"{call.service}:{operation}") or RENAMED.get(action)
        assert call.action == (renamed or action)
        shape = client.meta.service_model.operation_model(operation).input_shape
        known = set(shape.members) if shape else set()
        assert set(call.arguments) <= known, operation
        assert not call.filter or call.filter_as in known, operation


def test_what_is_asked_for_where_something_is_recorded_is_asked_for_all_that_it_tells():
    """Otherwise what a stack has of such a type alone would be told to be gone."""
    narrowed = [(kind.token, of) for kind in KINDS if (of := _first(kind.call).recorded)]
    assert len(narrowed) > 40
    assert not {token for token, of in narrowed if token not in of}


def _first(call):
    return call if call.of is None else _first(call.of)


def test_the_permissions_of_a_reading_fit_two_managed_policies():
    """6,144 characters each, without white space (IAM quotas, read 2026-11-29)."""
    documents = policies_of({WHO, *actions()})
    statements = [statement for document in documents for statement in document["Statement"]]
    allowed = [action for statement in statements for action in statement["Action"]]
    assert len(documents) == 2 and len(allowed) > 180
    # By the names that permissions have where boto3 calls a service otherwise.
    assert {"states:DescribeStateMachine", "es:DescribeDomains"} <= {*allowed}
    assert sorted(allowed) == sorted({WHO, *actions()})
    assert all(len(json.dumps(d, separators=(",", ":"))) <= 6144 for d in documents)


def test_nobody_who_may_read_apis_may_read_the_keys_to_them():
    """The permission is one for all that API Gateway has."""
    asked = {a: s["Resource"] for d in policies_of(actions()) for s in d["Statement"]
             for a in s["Action"] if a.startswith("apigateway:")}  # fmt: skip
    arn, paths = "arn:aws:apigateway:*::", asked["apigateway:GET"]
    assert asked.keys() == {"apigateway:GET"} and f"{arn}/restapis/*/resources" in paths
    for secret in ("apikeys", "apikeys/x", "usageplans/x/keys", "clientcertificates", "account"):
        assert not [path for path in paths if fnmatchcase(f"{arn}/{secret}", path)]


def test_answers_of_many_pages_are_read_to_their_end(clients):
    """By boto3's paginators, or by the kinds of tokens that the reader knows besides, under which a
    request takes them too."""
    seen = 0
    for call in EVERY_CALL:
        client = clients[call.service]
        name = client.meta.method_to_api_mapping[call.operation]
        shape = client.meta.service_model.operation_model(name).output_shape
        tokens = {
            m for m in shape.members
            if "token" in m.lower() or "marker" in m.lower() or m == "position"
        }  # fmt: skip
        tokens -= {"UpdateToken", "LockToken"}  # for whoever changes a firewall or a web ACL
        seen += bool(tokens)
        asked = client.meta.service_model.operation_model(name).input_shape.members
        by_hand = len(tokens) == 1 and tokens <= {*_TOKENS} & {*asked}
        assert not tokens or client.can_paginate(call.operation) or by_hand, name
    assert seen > 60


def paths() -> list[str]:
    """Every JMESPath of the tables."""
    found = [p for c in EVERY_CALL for p in (c.items, c.ids, c.within, c.when, c.refers)]
    found += [value for call in EVERY_CALL for value in _froms(call.arguments)]
    for kind in KINDS:
        found += [kind.id, kind.each, kind.where, kind.gives, *kind.chosen.values()]
        found += [*kind.inputs.values(), *kind.outputs.values()]
    return [path for path in found if path]


def _froms(value: Any) -> list[str]:
    if isinstance(value, dict):
        return [path for item in value.values() for path in _froms(item)]
    if isinstance(value, list):
        return [path for item in value for path in _froms(item)]
    return [value] if isinstance(value, From) else []


def test_paths_can_be_read():
    assert len(paths()) > 500
    for path in paths():
        jmespath.compile(path)


def test_a_kind_is_recognized_by_properties_that_it_has():
    for kind in KINDS:
        assert isinstance(kind, Kind) and isinstance(kind.call, Call)
        assert set(kind.key) <= set(kind.inputs), kind.token
        assert not set(kind.inputs) & set(kind.unread), kind.token
        others = {*kind.unless.split(), kind.with_} - {""}
        assert others <= TOKENS, kind.token
