"""An etcd that others run: what is planned of it, and that nothing is made for it."""

import json
from datetime import timedelta
from ipaddress import IPv4Network

import pytest

from plan.errors import PlanError
from plan.external_etcd import AUTHORITY_FILE, CLIENT, ExternalEtcd
from plan.pki.files import plan_files
from plan.pki.supplied import read_supplied
from plan.self_hosted.changes import check_change, record_of
from plan.self_hosted.needs import machine_types, private_domains, read_buckets, written_buckets
from plan.self_hosted.pki import foreign_texts
from tests.plan.foreign_etcd import ENDPOINTS, START, changes, foreign, theirs
from tests.plan.own import ARTIFACTS, asked, faults, lock, planned
from tests.plan.pki.authority import authority, leaf
from tests.plan.pki.samples import pki_spec
from tests.spec.stack_files import stack


@pytest.fixture(scope="module")
def found():
    return planned(changes())


def test_api_servers_are_told_where_it_is_and_no_machine_of_it_is_planned(found):
    own = found.control_plane
    assert isinstance(own.etcd, ExternalEtcd)
    assert own.etcd.endpoints == tuple(ENDPOINTS) and own.etcd.ports == (2379, 2380)
    assert (own.members, own.etcd_zones, own.etcd_image_id) == ({}, (), "")
    assert set(found.roles) & {"controller", "node-workers"} == {"controller", "node-workers"}
    for names in (found.roles, own.security_groups, own.pki.certificates, own.pki.names.members):
        assert not [name for name in names if name.startswith("etcd-")], names
    spec = stack(asked(changes()))
    assert list(machine_types(spec)) == ["controlPlane.controllers"]
    assert written_buckets(spec, "123456789012") == (), "nobody claims a first start"
    assert read_buckets(spec, "123456789012")[0] == own.bucket.name


def test_controllers_call_it_in_its_networks_at_its_ports_and_nobody_else_does(found):
    rows = [r for r in found.firewall if r.service.startswith("etcd-")]
    network = IPv4Network("10.20.3.0/24")
    assert [(r.source, r.target, r.protocol, r.ports) for r in rows] == [
        ("controller", network, "tcp", (port, port)) for port in (2379, 2380)
    ]
    assert not [r for r in found.firewall if network in (r.source, r.target) and r not in rows]
    spec = stack(asked(changes()))
    assert private_domains(spec)[1:] == ("etcd-1.corp.example.com",), "an address is no name"


def test_what_it_is_known_by_is_kept_for_controllers_and_its_key_is_not(found):
    """The key is the operator's to put there; the role reads its own path already."""
    own = found.control_plane
    files = {f.name: f for f in plan_files(own.pki, foreign_texts(own.etcd))}
    kept = {name: files[name] for name in (AUTHORITY_FILE, f"{CLIENT}.crt")}
    assert {(f.role, f.secret) for f in kept.values()} == {("controller", False)}
    assert f"{CLIENT}.key" not in files and "kube-scheduler.key" in files
    assert own.pki.authorities["etcd"].supplied and not own.pki.authorities["kubelet"].supplied
    assert own.pki.is_foreign("etcd") and not own.pki.is_foreign("kubernetes")
    reads = [s for s in found.roles["controller"].statements if s["Sid"] == "OwnFiles"]
    assert "parameter/heiiki/test/controller/*" in json.dumps(reads)


def read(of=None, pki=None, **etcd):
    """What is read of it, with the table that it belongs to."""
    more = {} if pki is None else {"controlPlane.pki": pki}
    own = planned({**changes(**etcd), **more}).control_plane
    spec = pki_spec(**(pki or {}))
    return read_supplied(spec, own.pki, of or {}, today=START + timedelta(days=2), etcd=own.etcd)


def test_its_certificates_are_read_and_their_ends_are_told():
    found = read()
    signer, client = theirs()
    assert found.texts == {AUTHORITY_FILE: signer.pem, f"{CLIENT}.crt": client.pem}
    assert set(found.not_after) == {"etcd-ca", CLIENT} and found.keys == {}


def test_a_certificate_that_it_would_refuse_is_told_at_once():
    signer, client = theirs()
    other = authority("somebody", start=START)
    with pytest.raises(PlanError) as failed:
        read(certificateAuthority=client.pem, clientCertificate=other.pem)
    told = [f"{fault.path}: {fault.message}" for fault in failed.value.faults]
    assert any(text.startswith("controlPlane.etcd.certificateAuthority: ") for text in told)
    mine = [text for text in told if text.startswith("controlPlane.etcd.clientCertificate: ")]
    assert any("is not signed by etcd-ca.crt" in text for text in mine)
    assert any("is an authority's; give a program's" in text for text in mine)
    assert any("no extended key usage clientAuth" in text for text in mine)
    for key in ("certificateAuthority", "clientCertificate"):
        begun = "-----BEGIN CERTIFICATE-----\nno more\n"
        with pytest.raises(PlanError, match=f"controlPlane.etcd.{key}"):
            read(**{key: begun})
    row = planned(changes()).control_plane.pki.certificates[CLIENT]
    ended = leaf(row, signer, start=START - timedelta(days=99), days=9)
    with pytest.raises(PlanError, match="clientCertificate"):
        read(clientCertificate=ended.pem)


def test_a_whole_supplied_pki_leaves_out_what_is_of_it():
    """Its files are told as missing, and none of etcd's."""
    files = {"kube-apiserver.crt": theirs()[1].pem}
    with pytest.raises(PlanError) as failed:
        read(pki={"kind": "supplied", "files": files})
    paths = {fault.path for fault in failed.value.faults}
    assert "controlPlane.pki.files.kube-scheduler.crt" in paths
    assert not [path for path in paths if "etcd" in path]


AUTHORITIES = {"kubernetes": {"certificate": authority("a").pem},
               "etcd": {"certificate": authority("b").pem}}  # fmt: skip


@pytest.mark.parametrize(
    ("etcd", "more", "told"),
    [
        ({"endpoints": ["https://a.example.com:2379"] * 2}, {},
         ["controlPlane.etcd.endpoints: stands there twice; write each once"]),
        ({"endpoints": ["https://10.20.4.5:2379"]}, {},
         ["controlPlane.etcd.endpoints.0: lies in none of cidrs, so controllers could not call it; "
          "add its network there"]),
        ({"endpoints": ["https://a.example.com:99999"]}, {},
         ["controlPlane.etcd.endpoints.0: has a port beyond 65535"]),
        ({"cidrs": ["10.20.3.0/24", "10.30.0.0/16"]}, {},
         ["controlPlane.etcd.cidrs.1: is no part of the VPC nor of a connection that leads to "
          "controllers (10.0.0.0/16, 10.20.0.0/16); add a connection, or write a smaller network"]),
        ({}, {"controlPlane.artifacts": ARTIFACTS},
         ["controlPlane.artifacts.binaries.etcd: is run by no machine; known: "
          + ", ".join(sorted(set(ARTIFACTS["binaries"]) - {"etcd"}))]),
        ({}, {"controlPlane.pki": {"rotation": {"etcd": {"generation": 2}}}},
         ["controlPlane.pki.rotation.etcd: rotates nothing, since others run etcd; leave it out"]),
        ({}, {"controlPlane.pki": {"kind": "caSupplied", "authorities": AUTHORITIES}},
         ["controlPlane.pki.authorities.etcd: signs nothing, since others run etcd; leave it out: "
          "their authority is etcd.certificateAuthority"]),
    ],
)  # fmt: skip
def test_what_cannot_be_is_told_with_a_way_out(etcd, more, told):
    assert faults({**changes(**etcd), **more}) == told


def test_no_cluster_changes_its_etcd_for_another_s():
    ours, far = stack(asked()).control_plane, stack(asked(changes())).control_plane
    with pytest.raises(
        PlanError, match=r"etcd.kind: is fixed for the cluster's life.*write create"
    ):
        check_change(record_of(ours, "1.35", "dev"), far, "1.35", "dev", where="test")
    with pytest.raises(PlanError, match="write existing again"):
        check_change(record_of(far, "1.35", "dev"), ours, "1.35", "dev", where="test")
    assert lock(changes()) == lock(), "and it asks AWS for nothing more"


def test_every_key_that_is_missing_is_told_at_once():
    from spec.errors import SpecError

    with pytest.raises(SpecError) as failed:
        stack(asked({"controlPlane.etcd": {"kind": "existing"}}))
    assert {fault.path.rpartition(".")[2] for fault in failed.value.faults} == set(foreign()) - {
        "kind"
    }
