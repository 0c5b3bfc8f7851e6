"""Feature gates and plugins of the API servers, held against what the version has."""

import pytest

from plan.api_server import check_api_server
from plan.errors import Faults
from spec.api_server import ApiServerSpec
from spec.errors import parse
from tests.plan.own import faults, planned


def told(version="1.34", **keys):
    found, warnings = Faults(), []
    check_api_server(parse(ApiServerSpec, keys, where="test"), version, "a", found, warnings)
    return [f"{fault.path}: {fault.message}" for fault in found.found], warnings


def test_gates_that_the_version_has_are_taken():
    assert told(featureGates={"WatchList": False, "RotateKubeletServerCertificate": True}) == (
        [], [],
    )  # fmt: skip


@pytest.mark.parametrize(
    ("gates", "sentence"),
    [
        ({"WatchLists": True}, "a.featureGates.WatchLists: is no feature gate of Kubernetes 1.34 "
         "that may be set, and would stop the API servers; did you mean WatchList?"),
        ({"Zzz": True}, "a.featureGates.Zzz: is no feature gate of Kubernetes 1.34 that may be "
         "set, and would stop the API servers"),
        ({"RotateKubeletServerCertificate": False}, "a.featureGates.RotateKubeletServerCertificate:"
         " has to stay true: kubelets ask for what they serve with; leave it out"),
        ({"ServiceAccountNodeAudienceRestriction": False},
         "a.featureGates.ServiceAccountNodeAudienceRestriction: has to stay true: a machine that "
         "was taken over asks for tokens of its own pods' audiences alone; leave it out"),
    ],
)  # fmt: skip
def test_a_gate_that_would_stop_or_open_is_refused(gates, sentence):
    assert told(featureGates=gates) == ([sentence], [])


def test_a_version_that_nobody_has_looked_at_is_told():
    refused, (warning,) = told("1.35", featureGates={"Zzz": True})
    assert refused == [] and "knows those of Kubernetes 1.34" in warning and "1.35" in warning
    assert told("1.35") == ([], [])
    refused, _ = told("1.35", featureGates={"RotateKubeletServerCertificate": False})
    assert len(refused) == 1


def test_the_stack_file_is_held_to_it():
    twice = {"admissionPlugins": ["PodNodeSelector", "PodNodeSelector"]}
    assert faults({"controlPlane.apiServer": twice}) == [
        "controlPlane.apiServer.admissionPlugins: names a plugin twice; name it once"
    ]
    plan = planned({"controlPlane.apiServer": {"featureGates": {"Zzz": True}}})
    assert any("controlPlane.apiServer.featureGates: " in warning for warning in plan.warnings)
