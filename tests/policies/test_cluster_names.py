"""Short names of Services: inside where the Service is given, or where no domain is so called."""

import base64
from itertools import permutations

import pytest

from model.deployment import Deployment
from proof.prove import prove
from rules.boundary_reader import parse_boundary
from tests.policies.analyzer import CONFIG, MANDATORY, configured, proto, rule_id, struct
from tests.policies.deployed import Shown, whole
from tests.policies.model.deployments import node
from tests.policies.test_boundary import TODAY
from tests.policies.told_cases import DEPLOYMENT, OWN_IMAGE, workload

SERVICE, CONFIG_MAP = "kubernetes:core/v1:Service", "kubernetes:core/v1:ConfigMap"
LOKI = (SERVICE, {"metadata": {"name": "gateway", "namespace": "dev"}, "spec": {"ports": []}})


def pod(url):
    env = [{"name": "URL", "value": url}]
    return DEPLOYMENT, workload({"name": "app", "image": OWN_IMAGE, "env": env})


def settings(url):
    return CONFIG_MAP, {"data": {"url": url}}


def secret(url):
    return "kubernetes:core/v1:Secret", {"data": {"url": base64.b64encode(url.encode()).decode()}}


def shown(*objects):
    return [Shown(t, f"urn:pulumi:s::p::{t}::{n}", props) for n, (t, props) in enumerate(objects)]


def by_the_pack(*objects):
    """What is refused one by one, and as a whole."""
    servicer, said = configured(CONFIG), []
    for one in shown(*objects):
        asked = proto.AnalyzeRequest(
            type=one.type, name=one.urn, urn=one.urn, properties=struct(one.inputs)
        )
        said += [rule_id(d) for d in servicer.Analyze(asked, None).diagnostics]
    return said + [e.rule for e in whole(servicer, shown(*objects)) if e.level == MANDATORY]


def by_the_proof(*objects):
    nodes = [node(one.type, one.urn, one.inputs) for one in shown(*objects)]
    proof = prove(Deployment.of(nodes), parse_boundary(CONFIG, TODAY))
    return [finding.rule for finding in proof.findings if finding.claim == "rule"]


def found(*objects):
    """What the pack and the proof say, in whatever order the objects come."""
    (said,) = {tuple(sorted(by_the_pack(*order))) for order in permutations(objects)}
    assert list(said) == sorted(by_the_proof(*objects))
    return list(said)


@pytest.mark.parametrize(("told", "rule"), [(pod, "CN-200"), (settings, "CN-217"),
                                            (secret, "CN-217")])  # fmt: skip
def test_a_service_that_is_given_is_inside_and_one_that_is_not_is_a_host(told, rule):
    assert found(told("http://gateway.dev:3100/push")) == [rule], "dev is a domain, too"
    assert found(told("http://gateway.dev:3100/push"), LOKI) == []
    assert found(told("http://other.dev:3100/push"), LOKI) == [rule]
    assert found(told("http://gateway.dev.example/"), LOKI) == [rule]


@pytest.mark.parametrize(
    "host",
    ["kubernetes.default", "KUBERNETES.default", "webhook.cert-manager", "db.team1", "db.1-a"],
)
def test_what_no_domain_of_the_internet_is_called_is_inside(host):
    assert found(pod(f"https://{host}/")) == []


@pytest.mark.parametrize(
    "host",
    ["kubernetes.dev", "a.kubernetes.default", "db.xn--p1ai", "gateway.dev.", "8.8", "8.0x080808",
     "a.b.cert-manager", "x.example"],
)  # fmt: skip
def test_what_may_be_one_stays_outside(host):
    assert found(pod(f"https://{host}/"), LOKI) == ["CN-200"]


@pytest.mark.parametrize(
    "service",
    [
        {"metadata": {"name": "gateway"}},  # its namespace is whoever's applies it
        {"metadata": {"name": "gateway", "namespace": "prod"}},
        {"metadata": {"name": "gateway", "namespace": "dev"}, "spec": {"type": "ExternalName"}},
    ],
)
def test_another_service_is_not_that_one(service):
    assert "CN-200" in found(pod("http://gateway.dev/"), (SERVICE, service))
