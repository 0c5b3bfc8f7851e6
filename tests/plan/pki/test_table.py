"""The table of certificates: exact, closed in its rights, and sound for every cluster."""

from ipaddress import IPv4Network

import pytest
from hypothesis import given
from hypothesis import strategies as st

from plan.errors import PlanError
from plan.pki.bindings import BINDINGS, binding_manifest
from plan.pki.table import (
    ADMINISTRATORS,
    COMMON_NAME_MAX,
    CONTROLLER,
    LABEL_MAX,
    NAME_MAX,
    ClusterNames,
    default_internal_domain,
    plan_pki,
)
from tests.plan.pki.samples import names, pki_plan, pki_spec
from tests.spec.strategies import FAST

ROWS = {  # name: authority, common name, server, client
    "kube-apiserver": ("kubernetes", "kube-apiserver", True, False),
    "kube-apiserver-kubelet-client":
        ("kubernetes", "kube-apiserver-kubelet-client", False, True),
    "kube-apiserver-etcd-client": ("etcd", "kube-apiserver-etcd-client", False, True),
    "front-proxy-client": ("front-proxy", "front-proxy-client", False, True),
    "kube-controller-manager": ("kubernetes", "system:kube-controller-manager", False, True),
    "kube-scheduler": ("kubernetes", "system:kube-scheduler", False, True),
    "authenticator": ("kubernetes", "authenticator", True, False),
    "etcd-server-1a": ("etcd", "etcd-server-1a", True, True),
    "etcd-peer-1a": ("etcd", "etcd-peer-1a", True, True),
    "etcd-health-client-1a": ("etcd", "etcd-health-client-1a", False, True),
    "administrator": ("kubernetes", "administrator", False, True),
}  # fmt: skip


def test_the_table_has_exactly_these_rows() -> None:
    found = pki_plan(names(members=["1a"])).certificates
    told = {n: (r.authority, r.common_name, r.server, r.client) for n, r in found.items()}
    assert told == ROWS
    assert all(row.why for row in found.values())


def test_the_api_server_is_covered_under_every_name_and_no_other() -> None:
    plan = pki_plan(
        names(api_names=("api.example.com",)),
        apiServerNames=["more.example.com"], apiServerAddresses=["10.0.0.50"],
    )  # fmt: skip
    row = plan.certificates["kube-apiserver"]
    assert row.dns_names == (
        "kubernetes", "kubernetes.default", "kubernetes.default.svc",
        "kubernetes.default.svc.cluster.local", "localhost", "api.own.heiiki.internal",
        "api.example.com", "more.example.com",
    )  # fmt: skip
    assert row.ip_addresses == ("127.0.0.1", "10.3.0.1", "10.0.0.50")


def test_a_member_answers_to_its_own_name_alone() -> None:
    found = pki_plan().certificates
    for member in ("1a", "1c", "1c-2"):
        name = f"{member}.etcd.own.heiiki.internal"
        assert found[f"etcd-server-{member}"].dns_names == (name, "localhost")
        assert found[f"etcd-server-{member}"].ip_addresses == ("127.0.0.1",)
        assert found[f"etcd-peer-{member}"].dns_names == (name,)
        assert found[f"etcd-peer-{member}"].ip_addresses == ()
        for kind in ("server", "peer", "health-client"):
            assert found[f"etcd-{kind}-{member}"].key_readers == (f"etcd-{member}",)


def test_one_authority_has_its_key_on_machines_and_only_on_controllers() -> None:
    found = pki_plan().authorities
    assert {name: row.key_readers for name, row in found.items()} == {
        "kubernetes": (), "kubelet": (CONTROLLER,), "etcd": (), "front-proxy": (),
    }  # fmt: skip


def test_no_certificate_is_of_the_group_that_no_rule_holds() -> None:
    found = pki_plan().certificates
    assert found["administrator"].organizations == (ADMINISTRATORS,)
    assert [n for n, row in found.items() if row.organizations and n != "administrator"] == []
    assert "system:masters" not in {o for row in found.values() for o in row.organizations}


def test_the_administrators_key_is_in_no_store_and_for_a_day() -> None:
    row = pki_plan().certificates["administrator"]
    assert (row.readers, row.key_readers, row.hours, row.renew_hours) == ((), (), 24, 0)
    programs = [r for n, r in pki_plan().certificates.items() if n != "administrator"]
    assert {(r.hours, r.renew_hours) for r in programs} == {(365 * 24, 30 * 24)}


def test_rights_are_given_by_bindings_to_the_names_of_the_table() -> None:
    found = pki_plan().certificates
    bound = {(b.subject_kind, b.subject): b.role for b in BINDINGS}
    assert bound == {
        ("Group", ADMINISTRATORS): "cluster-admin",
        ("User", "kube-apiserver-kubelet-client"): "system:kubelet-api-admin",
    }
    assert found["kube-apiserver-kubelet-client"].common_name in {b.subject for b in BINDINGS}
    manifest = binding_manifest(BINDINGS[0])
    assert manifest["roleRef"]["name"] == "cluster-admin"
    assert manifest["subjects"][0]["name"] == "heiiki:administrators"


def test_where_everything_is_supplied_people_bring_their_own() -> None:
    files = {"etcd-ca.crt": "-----BEGIN CERTIFICATE-----\n"}
    plan = pki_plan(kind="supplied", files=files)
    assert set(ROWS) - set(plan.certificates) >= {"administrator"}
    assert "kube-apiserver" in plan.certificates
    assert plan.algorithm is None and all(a.supplied for a in plan.authorities.values())


@pytest.mark.parametrize(
    ("of", "asked", "path", "sentence"),
    [
        (names(members=[]), {}, "controlPlane.etcd", "has no member"),
        (names(members=["a" * 64]), {}, "controlPlane.etcd", "makes a DNS name of"),
        (names(members=["a" * 50]), {}, "controlPlane.etcd", "common name of more than 64"),
        (names(members=["1_a"]), {}, "controlPlane.etcd", "no certificate holds for a host"),
        (names(cidr="10.0.0.0/31"), {}, "controlPlane.serviceCidr", "no room for a Service"),
        (names(internal_domain="x" * 64 + ".internal"), {}, "controlPlane.internalDomain",
         "63 between two dots"),
        (names(api_names=("a..b",)), {}, "controlPlane.endpoints", "no certificate holds"),
        (names(), {"apiServerNames": ["under_score.example.com"]},
         "controlPlane.pki.apiServerNames", "no certificate holds"),
    ],
)  # fmt: skip
def test_a_name_that_no_certificate_holds_is_told(of, asked, path, sentence) -> None:
    with pytest.raises(PlanError) as failed:
        plan_pki(pki_spec(**asked), of)
    assert any(f.path == path and sentence in f.message for f in failed.value.faults)


def test_all_faults_of_names_are_told_at_once() -> None:
    with pytest.raises(PlanError) as failed:
        plan_pki(pki_spec(), names(members=["1_a"], cidr="10.0.0.0/31", api_names=("a..b",)))
    assert {f.path for f in failed.value.faults} == {
        "controlPlane.etcd", "controlPlane.serviceCidr", "controlPlane.endpoints",
    }  # fmt: skip


LABELS = st.from_regex(r"[a-z]([a-z0-9-]{0,20}[a-z0-9])?", fullmatch=True)
CLUSTERS = st.from_regex(r"[a-z]([a-z0-9-]{0,28}[a-z0-9])?", fullmatch=True)
ZONES = st.from_regex(r"[1-9][a-f](-[2-9])?", fullmatch=True)
DOMAINS = st.lists(LABELS, min_size=2, max_size=9).map(".".join)
CIDRS = st.tuples(st.integers(0, 2**20 - 1), st.integers(12, 28)).map(
    lambda drawn: IPv4Network((0x0A000000 | drawn[0] << 4, drawn[1]), strict=False)
)


@FAST
@given(CLUSTERS, st.lists(ZONES, min_size=1, max_size=5, unique=True), CIDRS,
       st.none() | DOMAINS, st.lists(DOMAINS, max_size=3))  # fmt: skip
def test_every_cluster_has_exact_names_that_fit(cluster, members, cidr, domain, api) -> None:
    domain = domain or default_internal_domain(cluster)
    of = ClusterNames(cluster, tuple(members), cidr, domain, tuple(api))
    plan = plan_pki(pki_spec(), of)
    rows = plan.certificates
    assert str(cidr.network_address + 1) in rows["kube-apiserver"].ip_addresses
    assert set(api) | {f"api.{domain}"} <= set(rows["kube-apiserver"].dns_names)
    for member in members:
        own = f"{member}.etcd.{domain}"
        holders = {n for n, row in rows.items() if own in row.dns_names}
        assert holders == {f"etcd-server-{member}", f"etcd-peer-{member}"}
    common = [row.common_name for row in rows.values()]
    common += [a.common_name(cluster, 999) for a in plan.authorities.values()]
    assert len(set(common)) == len(common) and max(map(len, common)) <= COMMON_NAME_MAX
    for name in (name for row in rows.values() for name in row.dns_names):
        assert len(name) <= NAME_MAX
        assert all(0 < len(label) <= LABEL_MAX for label in name.split("."))
    for row in rows.values():
        assert bool(row.dns_names) == row.server and (row.server or row.client)
        assert not {r for r in row.key_readers if r.startswith("etcd-")} or row.authority == "etcd"
