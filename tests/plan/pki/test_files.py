"""Which files each role reads, how large they become, and that it reads nobody else's."""

from datetime import UTC, datetime
from typing import get_args

import pytest

from local.tls.keys import generate, texts
from local.tls.resources import RESOURCES
from plan.errors import PlanError
from plan.partitions import partition_of
from plan.pki.access import secret_statements
from plan.pki.files import (
    ADVANCED_MAX,
    STANDARD_MAX,
    certificate_characters,
    encryption_file,
    key_characters,
    parameter_path,
    plan_files,
)
from spec.encryption import KmsEncryption, LocalKeyEncryption
from spec.pki import Algorithm
from tests.iam_evaluator import Call, decided
from tests.plan.pki.samples import pki_plan
from tests.plan.samples import ACCOUNT

ALGORITHMS = get_args(Algorithm)
NOW = datetime(2026, 11, 28, tzinfo=UTC)
CONTROLLERS = {
    "authenticator.crt", "authenticator.key", "client-ca.crt", "etcd-ca.crt",
    "front-proxy-ca.crt", "front-proxy-client.crt", "front-proxy-client.key",
    "kube-apiserver-etcd-client.crt", "kube-apiserver-etcd-client.key",
    "kube-apiserver-kubelet-client.crt", "kube-apiserver-kubelet-client.key",
    "kube-apiserver.crt", "kube-apiserver.key", "kube-controller-manager.crt",
    "kube-controller-manager.key", "kube-scheduler.crt", "kube-scheduler.key", "kubelet-ca.crt",
    "kubelet-ca.key", "kubelet-signing-ca.crt", "kubernetes-ca.crt", "service-account.key",
    "service-account.pub",
}  # fmt: skip


def by_role(**asked) -> dict[str, set[str]]:
    found: dict[str, set[str]] = {}
    for file in plan_files(pki_plan(**asked), {}):
        found.setdefault(file.role, set()).add(file.name)
    return found


def test_each_role_has_exactly_its_files() -> None:
    found = by_role()
    assert found.pop("controller") == CONTROLLERS
    assert found.pop("worker") == {"kubernetes-ca.crt", "kubelet-signing-ca.crt"}
    assert found.pop("administrator") == {"kubernetes-ca.crt"}
    for member in ("1a", "1c", "1c-2"):
        kinds = (f"etcd-{kind}-{member}" for kind in ("server", "peer", "health-client"))
        own = {f"{name}.{end}" for name in kinds for end in ("crt", "key")}
        assert found.pop(f"etcd-{member}") == own | {"etcd-ca.crt"}
    assert found == {}


def test_keys_are_secret_and_nothing_else_is() -> None:
    files = plan_files(pki_plan(), {})
    assert {f.name for f in files if f.secret} == {f.name for f in files if f.name[-4:] == ".key"}
    assert {f.name for f in files if f.name.endswith("-ca.key")} == {"kubelet-ca.key"}


def test_no_file_is_listed_twice_for_a_role() -> None:
    files = [(f.role, f.name) for f in plan_files(pki_plan(), {})]
    assert len(files) == len(set(files)) > 40


def test_local_keys_of_encryption_are_a_secret_file() -> None:
    assert encryption_file(LocalKeyEncryption(kind="localKeys")).secret
    assert not encryption_file(KmsEncryption()).secret


@pytest.mark.parametrize("algorithm", ALGORITHMS)
def test_a_key_is_never_longer_than_said_and_not_much_shorter(algorithm) -> None:
    kind, _, size = algorithm.partition("-")
    key = generate(kind, int(size) if kind == "RSA" else 0, size if kind != "RSA" else "")
    pems = texts(key)
    longest = max(len(pems["privateKeyPem"]), len(pems["privateKeyPemPkcs8"]))
    assert longest <= key_characters(algorithm) <= longest + 200
    assert key_characters(algorithm) <= STANDARD_MAX


def made(inputs_of_key: dict[str, object], dns_names: list[str], common_name: str) -> str:
    """A self-signed certificate as the provider makes it."""
    key = RESOURCES["tls:index/privateKey:PrivateKey"]
    _, texts = key.make({**key.defaults, **inputs_of_key}, NOW)
    signed = RESOURCES["tls:index/selfSignedCert:SelfSignedCert"]
    asked = {
        "privateKeyPem": texts["privateKeyPem"], "isCaCertificate": True, "maxPathLength": 0,
        "allowedUses": ["cert_signing", "crl_signing", "server_auth", "client_auth"],
        "setAuthorityKeyId": True, "setSubjectKeyId": True, "validityPeriodHours": 24,
        "subject": {"commonName": common_name}, "dnsNames": dns_names,
        "ipAddresses": ["127.0.0.1", "10.3.0.1"],
    }  # fmt: skip
    return str(signed.make({**signed.defaults, **asked}, NOW)[1]["certPem"])


@pytest.mark.parametrize("algorithm", ALGORITHMS)
@pytest.mark.parametrize("dns_names", [[], ["a." + "b" * 60 + ".example.com"] * 12])
def test_a_certificate_is_never_longer_than_said(algorithm, dns_names) -> None:
    kind, _, size = algorithm.partition("-")
    inputs = {"algorithm": kind} | (
        {"rsaBits": int(size)} if kind == "RSA" else {"ecdsaCurve": size}
    )
    name = "c" * 64
    real = len(made(inputs, dns_names, name))
    said = certificate_characters(algorithm, algorithm, [name, name], dns_names, 2)
    assert real <= said <= real * 1.3 + 100


@pytest.mark.parametrize("algorithm", ALGORITHMS)
def test_every_algorithm_fits_even_while_authorities_are_rotated(algorithm) -> None:
    files = {f.name: f for f in plan_files(pki_plan(algorithm=algorithm), {})}
    assert all(f.tier == "Standard" for f in files.values() if f.secret)
    large = {f.name for f in files.values() if f.tier == "Advanced"}
    assert large == ({"client-ca.crt"} if algorithm.startswith("RSA") else set())


def test_the_tier_does_not_move_while_a_key_is_rotated() -> None:
    tiers = [
        {f.name: f.tier for f in plan_files(pki_plan(algorithm="RSA-4096", rotation=r), {})}
        for r in (
            {},
            {"kubernetes": {"generation": 1, "alsoTrusted": 2}},
            {"kubernetes": {"generation": 2}},
        )
    ]
    assert tiers[0] == tiers[1] == tiers[2]


def test_more_names_than_the_store_takes_are_refused() -> None:
    many = [f"host-{n}.{'x' * 60}.example.com" for n in range(80)]
    with pytest.raises(PlanError) as failed:
        plan_files(pki_plan(apiServerNames=many), {})
    (fault,) = failed.value.faults
    assert fault.path == "controlPlane.pki.algorithm"
    assert "kube-apiserver.crt up to" in fault.message and "8192" in fault.message
    assert plan_files(pki_plan(apiServerNames=many[:40]), {})  # half of them fit, and cost
    assert ADVANCED_MAX == 8192


def test_a_supplied_key_that_is_too_long_is_refused() -> None:
    plan = pki_plan(kind="supplied", files={"etcd-ca.crt": "-----BEGIN CERTIFICATE-----\n"})
    with pytest.raises(PlanError) as failed:
        plan_files(plan, {"kube-apiserver.key": "x" * 5000})
    assert "kube-apiserver.key 5000 characters long" in failed.value.faults[0].message


def test_a_supplied_authority_counts_twice_as_while_it_is_rotated() -> None:
    text = "-----BEGIN CERTIFICATE-----\n" + "x" * 1500
    asked = {"kind": "caSupplied", "authorities": {"kubernetes": {"certificate": text}}}
    texts = {"kubernetes-ca.crt": text}
    found = {f.name: f for f in plan_files(pki_plan(**asked), texts)}
    own = {f.name: f for f in plan_files(pki_plan(), {})}
    assert found["kubernetes-ca.crt"].most == 2 * len(text)
    assert found["client-ca.crt"].most == 2 * len(text) + own["kubelet-ca.crt"].most
    assert found["kube-apiserver.crt"].most > own["kube-apiserver.crt"].most  # by RSA, who knows
    assert found["kube-apiserver.crt"].tier == "Standard"
    assert found["etcd-ca.crt"] == own["etcd-ca.crt"]


ROLES = ("controller", "worker", "etcd-1a", "etcd-1c", "etcd-1c-2", "administrator")
TOKYO = partition_of("ap-northeast-1")


def may(role: str, action: str, path: str, cluster: str = "own", **context: str) -> bool:
    resource = f"arn:aws:ssm:ap-northeast-1:{ACCOUNT}:parameter{path}"
    return _may(role, action, resource, context)


def _may(role: str, action: str, resource: str, context: dict[str, str]) -> bool:
    own = secret_statements("own", role, TOKYO, ACCOUNT)
    call = Call(action, resource, f"arn:aws:iam::{ACCOUNT}:role/{role}", context)
    return decided(call, {"Statement": []}, (list(own),)) == "allowed"


def may_decrypt(role: str, path: str, via: str = "ssm.ap-northeast-1.amazonaws.com") -> bool:
    context = {
        "kms:ViaService": via,
        "kms:EncryptionContext:PARAMETER_ARN":
            f"arn:aws:ssm:ap-northeast-1:{ACCOUNT}:parameter{path}",
    }  # fmt: skip
    key = f"arn:aws:kms:ap-northeast-1:{ACCOUNT}:key/1234abcd"
    return _may(role, "kms:Decrypt", key, context)


@pytest.mark.parametrize("role", ROLES)
def test_a_role_reads_its_own_path_and_no_other(role) -> None:
    for other in ROLES:
        path = parameter_path("own", other)
        assert may(role, "ssm:GetParametersByPath", path) is (role == other)
        assert may(role, "ssm:GetParameters", f"{path}/any.key") is (role == other)
        assert may_decrypt(role, f"{path}/any.key") is (role == other)
    assert not may(role, "ssm:GetParametersByPath", "/heiiki/own")
    assert not may(role, "ssm:GetParameter", f"/heiiki/own-2/{role}/any.key")
    assert not may(role, "ssm:PutParameter", f"{parameter_path('own', role)}/any.key")


def test_the_key_is_used_through_the_store_alone() -> None:
    path = f"{parameter_path('own', 'worker')}/any.key"
    assert may_decrypt("worker", path)
    assert not may_decrypt("worker", path, via="s3.ap-northeast-1.amazonaws.com")


def test_the_service_has_the_regions_own_suffix() -> None:
    china = secret_statements("own", "worker", partition_of("cn-north-1"), ACCOUNT)
    assert china[1]["Condition"]["StringEquals"] == {
        "kms:ViaService": "ssm.cn-north-1.amazonaws.com.cn"
    }
    assert china[0]["Resource"][0].startswith("arn:aws-cn:ssm:cn-north-1:")
