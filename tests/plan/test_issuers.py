"""Issuers of tokens by which people log in: who may call them, and what cannot be."""

from datetime import UTC, datetime, timedelta
from ipaddress import IPv4Network
from typing import Any

import pytest

from machines.authentication import AUTHENTICATION
from machines.bundle import texts_of
from machines.self_hosted_bundles import started_from
from plan.errors import PlanError
from plan.issuers import issuer_authorities
from plan.pki.expiry import check_expiry, expiry_rows
from plan.pki.supplied import read_supplied
from plan.self_hosted.needs import private_domains
from spec.errors import SpecError
from spec.pki import ExpirySpec
from tests.plan.own import asked, faults, own, planned
from tests.plan.pki.authority import authority, leaf
from tests.plan.pki.samples import pki_plan, pki_spec
from tests.quick_yaml import loaded
from tests.spec.stack_files import stack

START = datetime(2026, 1, 1, tzinfo=UTC)
SIGNER = authority("of the login", start=START)
CORP: dict[str, Any] = {
    "url": "https://Login.corp.example.com:8443/realms/people", "cidrs": ["10.0.9.0/24"],
    "certificateAuthority": SIGNER.pem, "audiences": ["kubernetes"],
}  # fmt: skip


def with_issuers(**issuers: dict[str, Any]) -> dict[str, Any]:
    return {"controlPlane.apiServer": {"issuers": issuers}}


def corp(**changes: Any) -> dict[str, Any]:
    return with_issuers(corp={**CORP, **changes})


def test_controllers_call_it_in_its_networks_at_its_port_and_nobody_else_does():
    found = planned(corp())
    rows = [r for r in found.firewall if r.service.startswith("issuer-")]
    network = IPv4Network("10.0.9.0/24")
    assert [(r.source, r.target, r.protocol, r.ports) for r in rows] == [
        ("controller", network, "tcp", (8443, 8443))
    ]
    assert not [r for r in found.firewall if network in (r.source, r.target) and r not in rows]
    before = planned().firewall
    assert [r for r in found.firewall if r not in before] == rows
    usual = planned(corp(url="https://login.corp.example.com"))
    assert [r.ports for r in usual.firewall if r.service.startswith("issuer-")] == [(443, 443)]


def test_its_name_resolves_and_an_address_needs_none():
    name = "login.corp.example.com"
    assert name in private_domains(stack(asked(corp())))
    assert name in planned(corp()).allowed_domains
    by_address = stack(asked(corp(url="https://10.0.9.7")))
    assert private_domains(by_address) == private_domains(stack(asked()))


def test_controllers_are_told_of_it_and_no_other_machine_is():
    started = started_from(planned(corp(requiredClaims={"tenant": "bank"})))
    texts = {role: texts_of(found.bundle) for role, found in started.items()}
    (told,) = loaded(texts["controller"][f"files{AUTHENTICATION}"])["jwt"]
    assert told["issuer"]["url"] == CORP["url"]
    assert told["issuer"]["certificateAuthority"].strip() == SIGNER.pem.strip()
    assert told["claimValidationRules"] == [{"claim": "tenant", "requiredValue": "bank"}]
    naming = {role for role, files in texts.items() if "login.corp" in str(files).lower()}
    assert naming == {"controller"}


@pytest.mark.parametrize(
    ("issuers", "told"),
    [
        ({"corp": {**CORP, "url": "https://10.0.8.7"}},
         ["corp.url: lies in none of cidrs, so controllers could not call it; add its network "
          "there"]),
        ({"corp": {**CORP, "url": "https://a.example.com:99999"}},
         ["corp.url: has a port beyond 65535"]),
        ({"corp": {**CORP, "cidrs": ["10.0.9.0/24", "10.30.0.0/16"]}},
         ["corp.cidrs.1: is no part of the VPC nor of a connection that leads to controllers "
          "(10.0.0.0/16); add a connection, or write a smaller network"]),
        ({"corp": CORP, "again": CORP},
         ["corp.url: is that of again already, and a token says no more than that; write each "
          "once"]),
        ({"corp": {**CORP, "url": "https://api.test.heiiki.internal:6443"}},
         ["corp.url: is what this cluster signs its service accounts' tokens as; give the issuer a "
          "name of its own"]),
    ],
)  # fmt: skip
def test_what_cannot_be_is_told_with_a_way_out(issuers, told):
    assert faults(with_issuers(**issuers)) == [
        f"controlPlane.apiServer.issuers.{text}" for text in told
    ]


@pytest.mark.parametrize(
    ("name", "changes", "words"),
    [
        ("system", {}, "begins the names of users and groups that are not the issuer's"),
        ("heiiki", {}, "begins the names"),
        ("administrator", {}, "begins the names"),
        ("a:b", {}, "must be 1 to 32 lower-case letters"),
        ("corp", {"url": "http://login.example.com"}, "must be an https URL"),
        ("corp", {"url": "https://login.example.com/?a=b"}, "must be an https URL"),
        ("corp", {"url": "https://anna@login.example.com"}, "must be an https URL"),
        ("corp", {"cidrs": ["203.0.113.0/24"]}, "is not private"),
        ("corp", {"cidrs": []}, "needs 1 entries or more"),
        ("corp", {"audiences": []}, "needs 1 entries or more"),
        ("corp", {"certificateAuthority": "-----BEGIN PRIVATE KEY-----"}, "certificate"),
        ("corp", {"usernamePrefix": ""}, "is no key that heiiki knows"),
    ],
)
def test_what_would_open_or_mean_nothing_is_refused(name, changes, words):
    with pytest.raises(SpecError) as caught:
        stack(asked(with_issuers(**{name: {**CORP, **changes}})))
    assert any(words in fault.message for fault in caught.value.faults), caught.value


def read(pem: str, days: int = 2):
    return read_supplied(pki_spec(), pki_plan(), {}, today=START + timedelta(days=days),
                         issuers={"corp": pem})  # fmt: skip


def test_its_authority_is_read_and_its_end_is_told():
    assert issuer_authorities(own(corp()).api_server.issuers) == {"corp": SIGNER.pem}
    found = read(SIGNER.pem)
    assert list(found.not_after) == ["issuer-corp"] and found.texts == {}
    end = datetime.fromisoformat(found.not_after["issuer-corp"])
    rows = expiry_rows(found.not_after, ExpirySpec(), today=end - timedelta(days=1))
    with pytest.raises(
        PlanError, match=r"issuer-corp ends in 1 days.*its next authority beside it"
    ):
        check_expiry(rows)
    later = authority("of the next login", start=START + timedelta(days=1))
    both = read(SIGNER.pem + later.pem).not_after["issuer-corp"]
    assert datetime.fromisoformat(both) > end


def test_what_is_no_authority_s_or_has_ended_is_told_at_once():
    path = "controlPlane.apiServer.issuers.corp.certificateAuthority"
    row = pki_plan().certificates["kube-scheduler"]
    for pem, days, words in (
        (leaf(row, SIGNER, start=START).pem, 2, "is no authority's certificate"),
        (SIGNER.pem, 99999, "has ended on"),
        ("-----BEGIN CERTIFICATE-----\nno more\n", 2, "holds no certificate that can be read"),
    ):
        with pytest.raises(PlanError) as failed:
            read(pem, days)
        assert any(f.path == path and words in f.message for f in failed.value.faults), words
