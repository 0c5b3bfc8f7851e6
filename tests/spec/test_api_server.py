"""Switches of the API servers: what may be asked, and what is refused with which reason."""

from typing import Any

import pytest

from spec.api_server import ApiServerSpec
from spec.errors import SpecError, parse
from tests.plan.own import asked
from tests.spec.stack_files import faults as faults_of
from tests.spec.stack_files import stack


def faults(raw: dict[str, Any]) -> list[str]:
    with pytest.raises(SpecError) as caught:
        parse(ApiServerSpec, raw, where="test")
    return [f"{fault.path}: {fault.message}" for fault in caught.value.faults]


def test_nothing_that_opens_is_on_by_itself():
    found = stack(asked()).control_plane.api_server
    assert (found.bootstrap_tokens, found.aggregation_layer) == (False, True)
    assert (found.admission_plugins, found.feature_gates) == ((), {})
    written = {"bootstrapTokens": True, "admissionPlugins": ["PodNodeSelector"],
               "featureGates": {"MutableCSINodeAllocatableCount": True}}  # fmt: skip
    found = stack(asked({"controlPlane.apiServer": written})).control_plane.api_server
    assert found.bootstrap_tokens and found.admission_plugins == ("PodNodeSelector",)
    assert found.feature_gates == {"MutableCSINodeAllocatableCount": True}


@pytest.mark.parametrize(
    ("raw", "told"),
    [
        ({"admissionPlugins": ["NodeRestriction"]},
         ["admissionPlugins.0: is on already; leave it out"]),
        ({"admissionPlugins": ["PodNodeSelector", "AlwaysAdmit"]},
         ["admissionPlugins.1: lets everything in and is deprecated; leave it out"]),
        ({"admissionPlugins": ["ImagePolicyWebhook"]},
         ["admissionPlugins.0: asks a host of every image, by a file of its own; write a "
          "ValidatingWebhookConfiguration, whose host the policy pack reads"]),
        ({"featureGates": {"AllAlpha": True}},
         ["featureGates.AllAlpha: turns on what nobody has looked at, and more with each version; "
          "name each gate"]),
        ({"featureGates": {"a=b,C": True}},
         ["featureGates.a=b,C: must be the name of a feature gate, such as "
          "MutableCSINodeAllocatableCount"]),
    ],
)  # fmt: skip
def test_what_is_refused_is_told_with_its_reason(raw, told):
    assert faults(raw) == told


@pytest.mark.parametrize(
    ("place", "key", "words"),
    [
        ("controlPlane.apiServer", "tokenAuthFile", "a static token or password ends never"),
        ("controlPlane.apiServer", "extraArgs", "flags are heiiki's own"),
        ("controlPlane", "clientCertificates", "people are given none"),
    ],
)
def test_what_is_not_to_be_had_is_answered(place, key, words):
    changes = asked()
    own = changes["controlPlane"] = dict(changes["controlPlane"])
    if place.endswith("apiServer"):
        own["apiServer"] = {key: True}
    else:
        own[key] = True
    (fault,) = faults_of(changes)
    assert fault[0] == f"{place}.{key}" and words in fault[1]


@pytest.mark.parametrize("key", ["private", "scheme"])
def test_what_others_call_internal_is_answered_with_what_to_write(key):
    balancer = {"main": {"dnsName": "api.k8s.example.com", "loadBalancer": {key: "no"}}}
    ((path, message, value),) = faults_of(asked({"controlPlane.endpoints": balancer}))
    assert path == f"controlPlane.endpoints.main.loadBalancer.{key}" and value == "'no'"
    assert message == (
        "is no key that heiiki knows: load balancers of the API are internal; leave it out, and "
        "let people in by network.connections and allowedCidrs, or, in a network with public "
        "subnets, write endpoints.<name>.loadBalancer.internal: false"
    )
