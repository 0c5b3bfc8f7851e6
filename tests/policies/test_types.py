"""Which types, packages and regions may occur: what is not listed is refused."""

import re
from pathlib import Path

import pulumi_aws
import pytest

from rules.known_types import HARMLESS, HARMLESS_TYPES
from rules.table import RULES
from rules.types import inspected
from tests.policies.analyzer import (
    ADVISORY,
    CONFIG,
    SOON,
    broken,
    configured,
    judge,
    rule_id,
    used,
)


@pytest.fixture(scope="module")
def tokens():
    """Every type token the installed provider SDK knows."""
    folder = Path(pulumi_aws.__file__).parent
    text = "".join(path.read_text(encoding="utf-8") for path in folder.rglob("*.py"))
    return set(re.findall(r"'(aws:[A-Za-z0-9]+/[A-Za-z0-9]+:[A-Za-z0-9]+)'", text))


def test_every_listed_type_exists(tokens):
    assert len(tokens) > 1000
    exact = {t for rule in RULES for t in rule.types if t.startswith("aws:") and t[-1] != "*"}
    assert (HARMLESS_TYPES | exact) - tokens == set()


def test_every_family_has_a_member(tokens):
    families = {
        t[:-1] for rule in RULES for t in rule.types if t.startswith("aws:") and t[-1] == "*"
    }
    for family in families:
        assert any(token.startswith(family) for token in tokens), family


def test_no_type_is_both_harmless_and_inspected():
    listed = [token for types in HARMLESS.values() for token in types]
    assert len(listed) == len(HARMLESS_TYPES)
    assert [token for token in listed if inspected(token)] == []


def test_a_type_of_two_tokens_is_judged_under_either():
    actions = {"defaultActions": [{"type": "authenticate-oidc", "authenticateOidc": {"x": "y"}}]}
    for package in ("lb", "alb"):
        assert broken(f"aws:{package}/listener:Listener", actions) == {"CN-178"}
        assert broken(f"aws:{package}/targetGroup:TargetGroup", {}) == set()
        target = f"aws:{package}/targetGroupAttachment:TargetGroupAttachment"
        assert broken(target, {"targetId": "198.51.100.7"}) == {"CN-212"}


def test_what_is_neither_is_refused(tokens):
    unlisted = sorted(t for t in tokens if not inspected(t) and t not in HARMLESS_TYPES)
    assert len(unlisted) > 1000
    for token in unlisted[:: len(unlisted) // 40]:
        assert broken(token, {}) == {"CN-001"}


@pytest.mark.parametrize(
    "typ",
    [
        "pulumi:pulumi:Stack",
        "pulumi:providers:kubernetes",
        "pulumi:pulumi:StackReference",
        "tls:index/privateKey:PrivateKey",
        "random:index/randomPassword:RandomPassword",
        "kubernetes:core/v1:Namespace",
        "heiiki:network:Vpc",
    ],
)
def test_packages_that_open_nothing_pass(typ):
    assert broken(typ, {}) == set()


@pytest.mark.parametrize("typ", ["acme:network:Vpc", "my:index:Component"])
def test_a_component_of_the_program_itself_is_judged_by_what_it_holds(typ):
    assert judge(typ, {"any": "input"}, component=True) == []
    assert broken(typ, {}) == {"CN-002"}  # of a provider: another program makes it


def test_a_component_by_the_name_of_one_of_awss_types_is_none_that_is_known():
    (found,) = judge("aws:network:Vpc", {}, component=True)
    assert rule_id(found) == "CN-001"


@pytest.mark.parametrize(
    "typ",
    [
        "awsx:ec2:Vpc",
        "command:local:Command",
        "pulumi-nodejs:dynamic:Resource",
        "heiiki2:network:Vpc",
    ],
)
def test_other_packages_are_refused_until_they_are_named(typ):
    assert broken(typ, {}) == {"CN-002"}
    named = configured({**CONFIG, "packages": [used(typ.split(":")[0])]})
    assert broken(typ, {}, servicer=named) == set()


@pytest.mark.parametrize("typ", ["aws-native:ec2:InternetGateway", "awscc:ec2/vpc:Vpc"])
def test_a_package_that_makes_what_aws_makes_is_refused_though_it_is_named(typ):
    """Else one word without an owner would open what a hundred rules keep closed."""
    package = typ.split(":")[0]
    named = configured({**CONFIG, "packages": [used(package)]})
    assert broken(typ, {}) == broken(typ, {}, servicer=named) == {"CN-002"}
    excepted = {"rule": "CN-002", "name": "it", "owner": "a", "reason": "b", "expires": SOON}
    (told,) = judge(typ, {}, "it", configured({**CONFIG, "exceptions": [excepted]}))
    assert told.enforcementLevel == ADVISORY


def test_regions_are_judged_only_where_they_are_declared():
    group = "aws:cloudwatch/logGroup:LogGroup"
    assert broken(group, {"region": "us-east-1"}) == {"CN-003"}
    assert broken("pulumi:providers:aws", {"region": "us-east-1"}) == {"CN-003"}
    assert broken(group, {"region": "us-east-1"}, servicer=configured({"accounts": []})) == set()
    assert broken("pulumi:providers:aws", {}) == {"CN-167"}
    assert broken("pulumi:providers:aws", {}, servicer=configured({"accounts": []})) == set()
