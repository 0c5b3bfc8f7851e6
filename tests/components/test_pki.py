"""What is asked of the tls provider and of the store; tests/engine/test_pki.py shows that it holds.

Each certificate is signed by its row's authority, nothing of what is supplied is made, and every
secret is asked to be encrypted.
"""

import asyncio
from typing import Any

import pulumi
import pytest

from components.delivery.secret_store import SecretStore
from components.pki.encryption import Encryption
from components.pki.pki import Pki
from plan.pki.files import STANDARD_MAX, StoredFile, encryption_file, plan_files
from plan.pki.material import Supplied
from plan.pki.supplied import read_supplied
from plan.pki.table import PkiPlan
from plan.tags import Tags
from spec.encryption import KmsEncryption, LocalKeyEncryption
from tests.mocks import Recorder, build
from tests.plan.pki.authority import TODAY, authority, everything, pem_of
from tests.plan.pki.samples import names, pki_plan, pki_spec

ONE = names(members=["1a"])
KEY, ROOT = "tls:index/privateKey:PrivateKey", "tls:index/selfSignedCert:SelfSignedCert"
SIGNED, PARAMETER = "tls:index/locallySignedCert:LocallySignedCert", "aws:ssm/parameter:Parameter"
SECRET = "4dabf18193072939515e22adb298388d"  # the engine's mark, beside the value
KEY_ARN = "arn:aws:kms:ap-northeast-1:123456789012:key/1234abcd"


def made(secrets: dict[str, str] | None = None, **asked: Any) -> tuple[Recorder, Pki, PkiPlan]:
    plan, found = pki_plan(ONE, **asked), []
    supplied = read_supplied(pki_spec(**asked), plan, secrets or {}, today=TODAY)
    recorder, _ = build(lambda: found.append(Pki("pki", plan, supplied)))
    return recorder, found[0], plan


def of(recorder: Recorder, kind: str) -> dict[str, dict[str, Any]]:
    return {r.name: r.inputs for r in recorder.resources if r.typ == kind}


def declared(recorder: Recorder) -> list[str]:
    """All but components."""
    return [r.name for r in recorder.resources if not r.typ.startswith("heiiki:")]


def value_of(output: pulumi.Output[Any]) -> Any:
    seen: list[Any] = []
    build(lambda: output.apply(seen.append))
    return seen[0]


def test_each_certificate_is_signed_by_the_authority_of_its_row() -> None:
    recorder, _, plan = made()
    signed = {r.name: r.sources for r in recorder.registrations if r.type == SIGNED}
    assert set(signed) == set(plan.certificates)
    for name, row in plan.certificates.items():
        for part in ("caCertPem", "caPrivateKeyPem"):
            (source,) = signed[name][part]
            assert source.endswith(f"::{row.authority}-ca-1"), name
        (source,) = signed[name]["certRequestPem"]
        assert source.endswith(f"::{name}")


def test_every_resource_lies_below_the_component_of_its_noun() -> None:
    _, urns = build(lambda: Pki("pki", pki_plan(ONE), Supplied()))
    parents = {urn.split("::")[2].rpartition("$")[0] for urn in urns if "tls:index" in urn}
    nouns = {f"heiiki:pki:{noun}" for noun in ("Authority", "Certificate", "ServiceAccountKey")}
    assert parents == nouns
    own = {urn.split("::")[2] for urn in urns if urn.split("::")[2].split("$")[-1] in nouns}
    assert own == {f"heiiki:pki:Pki${noun}" for noun in nouns}


def test_an_authority_signs_programs_alone_and_is_not_renewed_by_itself() -> None:
    recorder, _, _ = made()
    roots = of(recorder, ROOT)
    assert set(roots) == {f"{n}-ca-1" for n in ("kubernetes", "kubelet", "etcd", "front-proxy")}
    for inputs in roots.values():
        assert (inputs["isCaCertificate"], inputs["maxPathLength"]) == (True, 0)
        assert inputs["earlyRenewalHours"] == 0
        assert inputs["validityPeriodHours"] == 3650 * 24
        assert inputs["allowedUses"] == ["cert_signing", "crl_signing"]


def test_programs_are_renewed_before_their_end_and_the_administrator_after_it() -> None:
    validity = {"certificateDays": 100, "renewBeforeDays": 10, "administratorHours": 8}
    signed = of(made(validity=validity, expiry={"failDays": 7})[0], SIGNED)
    lives = {n: (i["validityPeriodHours"], i["earlyRenewalHours"]) for n, i in signed.items()}
    assert lives.pop("administrator") == (8, 0)
    assert len(lives) > 8 and set(lives.values()) == {(2400, 240)}


@pytest.mark.parametrize(
    ("algorithm", "key", "enciphers"),
    [("ECDSA-P384", {"algorithm": "ECDSA", "ecdsaCurve": "P384"}, False),
     ("RSA-3072", {"algorithm": "RSA", "rsaBits": 3072}, True)],
)  # fmt: skip
def test_keys_are_of_what_is_asked_and_tokens_of_rsa(algorithm, key, enciphers) -> None:
    recorder, _, _ = made(algorithm=algorithm)
    keys = of(recorder, KEY)
    assert keys.pop("service-account-1") == {"algorithm": "RSA", "rsaBits": 2048}
    assert len(keys) > 10 and all(inputs == key for inputs in keys.values())
    uses = of(recorder, SIGNED)["kube-apiserver"]["allowedUses"]
    assert ("key_encipherment" in uses) is enciphers
    assert "server_auth" in uses and "client_auth" not in uses


def test_two_generations_are_made_while_both_are_trusted() -> None:
    rotation = {"etcd": {"generation": 2, "alsoTrusted": 1}}
    recorder, pki, plan = made(rotation=rotation)
    assert {n for n in of(recorder, ROOT) if n.startswith("etcd")} == {"etcd-ca-1", "etcd-ca-2"}
    for r in recorder.registrations:
        if r.type == SIGNED and plan.certificates[r.name].authority == "etcd":
            (source,) = r.sources["caCertPem"]
            assert source.endswith("::etcd-ca-2")
    assert {"etcd-ca", "etcd-1-ca"} <= set(pki.not_after)


def test_a_supplied_authority_signs_and_is_not_made() -> None:
    bank = authority("bank kubernetes")
    asked = {"kind": "caSupplied", "authorities": {"kubernetes": {"certificate": bank.pem}}}
    recorder, pki, _ = made({"kubernetes-ca.key": pem_of(bank.key)}, **asked)
    assert set(of(recorder, ROOT)) == {"kubelet-ca-1", "etcd-ca-1", "front-proxy-ca-1"}
    signed = of(recorder, SIGNED)
    assert signed["kube-apiserver"]["caCertPem"] == bank.pem
    key = signed["kube-apiserver"]["caPrivateKeyPem"]
    assert key["value"] == pem_of(bank.key) and SECRET in key
    assert signed["kube-apiserver-etcd-client"]["caCertPem"] != bank.pem
    assert value_of(pki.contents["kubernetes-ca.crt"]) == bank.pem
    assert "kubernetes-ca.key" not in pki.contents  # no machine reads it


def test_nothing_is_made_where_everything_is_supplied() -> None:
    plan = pki_plan(ONE, kind="supplied", files={"etcd-ca.crt": authority("x").pem})
    _, files, secrets = everything(plan)
    recorder, pki, plan = made(secrets, kind="supplied", files=files)
    assert declared(recorder) == []
    stored = {f.name for f in plan_files(plan, files)}
    assert stored <= set(pki.contents)
    assert {n: value_of(pki.contents[n]) for n in files} == files
    assert value_of(pki.contents["client-ca.crt"]) == (
        files["kubernetes-ca.crt"] + files["kubelet-ca.crt"]
    )
    assert value_of(pki.contents["kubelet-signing-ca.crt"]) == files["kubelet-ca.crt"]
    assert pki.administrator_kubeconfig("https://api:6443") is None
    assert "administrator.crt" not in pki.contents


def test_everything_that_is_stored_has_its_content() -> None:
    _, pki, plan = made()
    assert {f.name for f in plan_files(plan, {})} <= set(pki.contents)


def test_keys_are_secret_and_so_is_what_holds_them() -> None:
    seen: dict[str, Any] = {}

    def program() -> None:
        pki = Pki("pki", pki_plan(ONE), Supplied())
        local = Encryption("own", LocalKeyEncryption(kind="localKeys")).config
        outputs = {**pki.contents, "local": local,
                   "kubeconfig": pki.administrator_kubeconfig("https://api:6443")}  # fmt: skip
        for name, output in outputs.items():
            seen[name] = asyncio.ensure_future(output.is_secret())

    build(program)
    secret = {name for name, told in seen.items() if told.result()}
    assert secret == {n for n in seen if n.endswith(".key")} | {"local", "kubeconfig"}
    assert len(secret) > 12


def test_local_keys_of_encryption_are_256_bits_for_nothing_else() -> None:
    asked = LocalKeyEncryption.model_validate(
        {"kind": "localKeys", "key": {"generation": 2, "alsoTrusted": 3}}
    )
    recorder, _ = build(lambda: Encryption("own", asked))
    assert of(recorder, KEY) == {f"encryption-{n}": {"algorithm": "ED25519"} for n in (2, 3)}
    recorder, _ = build(lambda: Encryption("own", KmsEncryption()))
    assert declared(recorder) == []


FILES = (
    StoredFile("controller", "a.key", True, 300),
    StoredFile("controller", "a.crt", False, STANDARD_MAX + 1),
    StoredFile("worker", "a.crt", False, 300),
    encryption_file(KmsEncryption()),
)


def test_the_store_encrypts_what_is_secret_under_the_clusters_key() -> None:
    contents = {"a.key": "secret", "a.crt": "public", "encryption-config.yaml": "x", "b": "unread"}
    ready: dict[str, pulumi.Output[str]] = {}
    tags = Tags("own", {"team": "platform"})

    def program() -> None:
        store = SecretStore("store", FILES, contents, key_arn=KEY_ARN, tags=tags)
        ready.update(store.ready)

    recorder, _ = build(program)
    found = of(recorder, PARAMETER)
    key, certificate = found["controller-a.key"], found["controller-a.crt"]
    assert (key["name"], key["type"]) == ("/heiiki/own/controller/a.key", "SecureString")
    assert (key["keyId"], key["tier"]) == (KEY_ARN, "Standard")
    assert key["value"]["value"] == "secret" and SECRET in key["value"]
    assert (certificate["type"], certificate["tier"]) == ("String", "Advanced")
    assert certificate["insecureValue"] == "public" and "keyId" not in certificate
    assert found["worker-a.crt"]["name"] == "/heiiki/own/worker/a.crt"
    assert key["tags"]["heiiki:cluster"] == "own" and key["tags"]["team"] == "platform"
    assert len(found) == len(FILES)
    assert {role: value_of(path) for role, path in ready.items()} == {
        "controller": "/heiiki/own/controller",
        "worker": "/heiiki/own/worker",
    }
