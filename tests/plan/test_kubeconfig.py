"""Whom people's kubeconfig calls and believes, and for whom their tokens are."""

import pytest

from machines.bundle import texts_of
from machines.self_hosted_bundles import started_from
from plan.kubeconfig import Kubeconfig
from tests.plan.own import faults, own, planned
from tests.quick_yaml import loaded

PEOPLE = "api.k8s.example.com"
PEM = "-----BEGIN CERTIFICATE-----\nof another cluster\n"
NAMED = {"dnsName": PEOPLE, "loadBalancer": {"kind": "named", "dnsName": "api.b.example.com",
                                             "port": 443}}  # fmt: skip
MAIN = {"dnsName": "api.a.example.com"}


def test_it_is_of_one_cluster_where_nothing_is_said():
    assert own().kubeconfig == Kubeconfig("https://api.test.heiiki.internal:6443", "test", "")


def test_it_calls_a_name_of_the_certificate_at_the_port_of_its_endpoint():
    """Which of the clusters has the record, the others write the name beside their own."""
    keeps = {
        "controlPlane.endpoints": {"main": MAIN, "people": NAMED},
        "controlPlane.kubeconfig": {"dnsName": PEOPLE, "clusterId": "k8s", "alsoTrusted": PEM},
    }
    assert own(keeps).kubeconfig == Kubeconfig(f"https://{PEOPLE}", "k8s", PEM)
    beside = {
        "controlPlane.pki": {"apiServerNames": [PEOPLE]},
        "controlPlane.kubeconfig": {"dnsName": PEOPLE, "port": 443},
    }
    assert own(beside).kubeconfig == Kubeconfig(f"https://{PEOPLE}", "test", "")
    assert own(keeps).api_server_name == "api.a.example.com", "machines never follow"


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"controlPlane.kubeconfig": {"dnsName": PEOPLE}},
         "controlPlane.kubeconfig.dnsName: is no name of the API server's certificate, so nobody "
         "would believe what answers; write it under controlPlane.pki.apiServerNames, or name an "
         "endpoint"),
        ({"controlPlane.endpoints": {"main": MAIN, "people": NAMED},
          "controlPlane.kubeconfig": {"dnsName": PEOPLE, "port": 6443}},
         f"controlPlane.kubeconfig.port: is not 443, at which the endpoint {PEOPLE} answers; leave "
         "it out"),
    ],
)  # fmt: skip
def test_what_nobody_could_use_is_told(changes, told):
    assert faults(changes) == [told]


def test_machines_and_the_authenticator_take_tokens_of_one_id():
    """One that is of people alone would keep every new machine out."""
    shared = planned({"controlPlane.kubeconfig": {"clusterId": "k8s"}})
    for plan, expected in ((shared, "k8s"), (planned(), "test")):
        texts = {role: texts_of(one.bundle) for role, one in started_from(plan).items()}
        place = "files/etc/kubernetes"
        assert f"clusterID: {expected}\n" in texts["controller"][f"{place}/authenticator.yaml"]
        for role in ("controller", "node-workers"):
            joining = loaded(texts[role][f"{place}/kubelet-join.kubeconfig"])
            words = joining["users"][0]["user"]["exec"]["args"]
            assert words[words.index("--cluster-id") + 1] == expected
        tagged = texts["controller"][f"{place}/cloud.conf"]
        assert "KubernetesClusterID=test" in tagged, "what the cluster owns keeps its own name"
