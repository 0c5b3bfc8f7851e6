"""Keys and certificates by the real engine: every chain holds, every other one is refused.

The tests of this module follow each other: each begins with what the one before it has left.
"""

import base64
import json
import subprocess
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import yaml
from cryptography import x509
from cryptography.hazmat.primitives.serialization import load_pem_private_key

from local.leftovers import leftovers
from plan.pki.expiry import expiry_rows
from plan.pki.files import CLIENT_AUTHORITIES, plan_files
from spec.pki import ExpirySpec
from tests.engine.aws_side import client
from tests.engine.pki_stack import CLUSTER, MEMBERS, REGION, PkiStack
from tests.plan.pki.samples import names, pki_plan
from tests.plan.samples import ACCOUNT
from tests.scenarios import ROOT

AUTHORITIES = ("kubernetes", "kubelet", "etcd", "front-proxy")
PLAN = pki_plan(names(CLUSTER, MEMBERS, api_names=("api.own.example.com",)))


@pytest.fixture(scope="module")
def nothing(world):
    return set(leftovers(world.aws_endpoint_url, [REGION]))


@pytest.fixture(scope="module")
def stack(world, nothing, tmp_path_factory):
    made = PkiStack.begin(world, tmp_path_factory.mktemp("pki") / "stack")
    planned = made.preview()  # with every key and certificate unknown still
    assert set(planned) == {"create"} and len(planned["create"]) > 130
    made.pulumi("up", "--yes", "--skip-preview")
    return made


@pytest.fixture(scope="module")
def contents(stack):
    return stack.outputs()["contents"]


def parameters(world) -> dict[str, dict[str, Any]]:
    """What AWS has, by name, decrypted."""
    ssm = client(world, "ssm", REGION)
    pages = ssm.get_paginator("describe_parameters").paginate()
    told = {p["Name"]: p for page in pages for p in page["Parameters"]}
    pages = ssm.get_paginator("get_parameters_by_path").paginate(
        Path=f"/heiiki/{CLUSTER}", Recursive=True, WithDecryption=True
    )
    values = {p["Name"]: p["Value"] for page in pages for p in page["Parameters"]}
    return {name: {**told[name], "Value": value} for name, value in values.items()}


def verified(folder: Path, authority: str, chain: str, purpose: str) -> bool:
    """As openssl judges it, strictly."""
    for name, text in (("ca.pem", authority), ("leaf.pem", chain)):
        (folder / name).write_text(text, encoding="utf-8")
    words = ["openssl", "verify", "-x509_strict", "-purpose", purpose, "-CAfile", "ca.pem"]
    ended = subprocess.run([*words, "leaf.pem"], cwd=folder, capture_output=True, check=False)
    return ended.returncode == 0


def test_every_certificate_holds_under_its_authority_for_its_purpose_alone(contents, tmp_path):
    for row in PLAN.certificates.values():
        leaf = contents[f"{row.name}.crt"]
        for authority in AUTHORITIES:
            trusted = contents[f"{authority}-ca.crt"]
            own = authority == row.authority
            for purpose, wanted in (("sslserver", row.server), ("sslclient", row.client)):
                assert verified(tmp_path, trusted, leaf, purpose) is (own and wanted), (
                    row.name, authority, purpose,
                )  # fmt: skip


def test_every_certificate_says_what_its_row_says_and_has_its_key(contents):
    for row in PLAN.certificates.values():
        certificate = x509.load_pem_x509_certificate(contents[f"{row.name}.crt"].encode())
        told = {a.rfc4514_attribute_name: a.value for a in certificate.subject}
        organizations = {"O": row.organizations[0]} if row.organizations else {}
        assert told == {"CN": row.common_name, **organizations}
        try:
            found = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName)
            covered = found.value
        except x509.ExtensionNotFound:
            covered = x509.SubjectAlternativeName([])
        assert covered.get_values_for_type(x509.DNSName) == list(row.dns_names)
        addresses = covered.get_values_for_type(x509.IPAddress)
        assert [str(a) for a in addresses] == list(row.ip_addresses)
        key = load_pem_private_key(contents[f"{row.name}.key"].encode(), None)
        assert key.public_key() == certificate.public_key()


def test_the_api_server_takes_clients_of_two_authorities(contents, tmp_path):
    clients = x509.load_pem_x509_certificates(contents[CLIENT_AUTHORITIES].encode())
    assert len(clients) == 2
    for name, taken in (("administrator", True), ("kube-apiserver-etcd-client", False)):
        leaf = contents[f"{name}.crt"]
        assert verified(tmp_path, contents[CLIENT_AUTHORITIES], leaf, "sslclient") is taken


def test_the_store_has_every_file_of_every_role_and_no_other(world, stack, contents):
    found = parameters(world)
    files = plan_files(PLAN, {})
    wanted = {f"/heiiki/{CLUSTER}/{f.role}/{f.name}": f for f in files}
    config = f"/heiiki/{CLUSTER}/controller/encryption-config.yaml"
    assert set(found) == {*wanted, config}
    key = client(world, "kms", REGION).describe_key(KeyId=f"alias/heiiki/{CLUSTER}")
    for name, file in wanted.items():
        assert found[name]["Value"] == contents[file.name]
        assert found[name]["Type"] == ("SecureString" if file.secret else "String")
        if file.secret:
            assert found[name]["KeyId"] == key["KeyMetadata"]["Arn"]
            assert "PRIVATE KEY" in found[name]["Value"]
        else:
            assert "PRIVATE KEY" not in found[name]["Value"]
        assert len(found[name]["Value"]) <= file.most
    assert found[config]["Type"] == "SecureString"
    (rule,) = yaml.safe_load(found[config]["Value"])["resources"]
    (key_1,) = rule["providers"][0]["secretbox"]["keys"]
    assert len(base64.b64decode(key_1["secret"])) == 32


def test_no_key_is_in_the_clear_anywhere(world, stack, contents):
    keys = [text for name, text in contents.items() if name.endswith(".key")]
    assert len(keys) > 15
    config = parameters(world)[f"/heiiki/{CLUSTER}/controller/encryption-config.yaml"]["Value"]
    (rule,) = yaml.safe_load(config)["resources"]
    lines = [key.splitlines()[1] for key in keys]
    lines.append(rule["providers"][0]["secretbox"]["keys"][0]["secret"])
    written = stack.state_files()
    assert any("kube-apiserver" in text for text in written)
    for text in written:
        assert "PRIVATE KEY" not in text
        assert not [line for line in lines if line in text]
    shown = stack.pulumi("stack", "output", "--json")
    assert "PRIVATE KEY" not in shown and "client-key-data" not in shown
    assert json.loads(shown)["kubeconfig"] == "[secret]"


def test_the_same_again_changes_nothing(stack, contents):
    assert stack.preview() == {}
    assert stack.up() == {}
    assert stack.outputs()["contents"] == contents


def test_the_ends_of_everything_are_outputs(stack):
    rows = expiry_rows(stack.outputs()["notAfter"], ExpirySpec(), today=datetime.now(UTC))
    assert {row.name for row in rows} == {*PLAN.certificates, *(f"{n}-ca" for n in AUTHORITIES)}
    assert rows[0].name == "administrator" and rows[0].days_left == 0
    assert {row.state for row in rows} == {"well"}
    in_a_year = expiry_rows(
        stack.outputs()["notAfter"], ExpirySpec(), today=datetime.now(UTC) + timedelta(days=360)
    )
    assert {row.name for row in in_a_year if row.state == "fails"} == {
        name for name in PLAN.certificates if name != "administrator"
    }


def test_the_pack_lets_all_of_it_pass(stack):
    boundary = stack.directory / "boundary.json"
    boundary.write_text(json.dumps({"boundary": {"accounts": [ACCOUNT]}}), encoding="utf-8")
    pack = ("--policy-pack", str(ROOT / "policies"), "--policy-pack-config", str(boundary))
    said = stack.pulumi("preview", *pack)
    assert "mandatory" not in said and "unchanged" in said
    foreign = {"boundary": {"accounts": ["210987654321"]}}
    boundary.write_text(json.dumps(foreign), encoding="utf-8")
    assert "mandatory" in stack.pulumi("preview", *pack, exit_code=1)


def test_the_kubeconfig_holds_what_the_administrator_needs(stack, contents):
    config = yaml.safe_load(stack.outputs()["kubeconfig"])
    user, cluster = config["users"][0]["user"], config["clusters"][0]["cluster"]
    decoded = {k: base64.b64decode(v).decode() for k, v in user.items()}
    assert decoded == {
        "client-certificate-data": contents["administrator.crt"],
        "client-key-data": contents["administrator.key"],
    }
    trusted = base64.b64decode(cluster["certificate-authority-data"]).decode()
    assert trusted == contents["kubernetes-ca.crt"]


ETCD = {"PrivateKey etcd-ca-2", "SelfSignedCert etcd-ca-2"}
ETCD_FILE = {f"Parameter {role}-etcd-ca.crt" for role in
             ("controller", *(f"etcd-{m}" for m in MEMBERS))}  # fmt: skip
SIGNED = {n for n, row in PLAN.certificates.items() if row.authority == "etcd"}
SIGNED_FILES = {
    f"Parameter {role}-{n}.crt" for n in SIGNED for role in PLAN.certificates[n].readers
}


def asked(**rotation: dict[str, int]) -> dict[str, Any]:
    return {"pki": {"kind": "generate", "rotation": rotation}}


def test_an_authority_is_rotated_in_three_steps_each_of_which_touches_what_it_must(
    stack, contents, tmp_path
):
    former = {name: contents[f"{name}.crt"] for name in SIGNED}
    stack.ask(asked(etcd={"generation": 1, "alsoTrusted": 2}))
    assert {k: set(v) for k, v in stack.up().items()} == {"create": ETCD, "update": ETCD_FILE}
    both = stack.outputs()["contents"]["etcd-ca.crt"]
    assert all(verified(tmp_path, both, leaf, "sslclient") for leaf in former.values())

    stack.ask(asked(etcd={"generation": 2, "alsoTrusted": 1}))
    steps = {k: set(v) for k, v in stack.up().items()}
    assert steps.pop("update") == ETCD_FILE | SIGNED_FILES
    replaced = {f"LocallySignedCert {name}" for name in SIGNED}
    assert {name for step in steps.values() for name in step} == replaced
    now = stack.outputs()["contents"]
    for name, leaf in former.items():
        assert now[f"{name}.crt"] != leaf and now[f"{name}.key"] == contents[f"{name}.key"]
        assert verified(tmp_path, now["etcd-ca.crt"], now[f"{name}.crt"], "sslclient")
        assert verified(tmp_path, now["etcd-ca.crt"], leaf, "sslclient")

    stack.ask(asked(etcd={"generation": 2}))
    gone = {name.replace("-2", "-1") for name in ETCD}
    assert {k: set(v) for k, v in stack.up().items()} == {"delete": gone, "update": ETCD_FILE}
    last = stack.outputs()["contents"]
    for name, leaf in former.items():
        assert last[f"{name}.crt"] == now[f"{name}.crt"]
        assert not verified(tmp_path, last["etcd-ca.crt"], leaf, "sslclient")
    assert stack.preview() == {}


TOKENS = {"Parameter controller-service-account.key", "Parameter controller-service-account.pub"}


def test_tokens_are_taken_of_both_keys_until_the_former_is_dropped(stack, contents):
    def of(generation: dict[str, int]) -> dict[str, set[str]]:
        stack.ask(asked(etcd={"generation": 2}, serviceAccount=generation))
        return {step: set(names) for step, names in stack.up().items()}

    public, key = "Parameter controller-service-account.pub", "PrivateKey service-account-"
    former = contents["service-account.pub"]
    assert of({"generation": 1, "alsoTrusted": 2}) == {"create": {f"{key}2"}, "update": {public}}
    assert of({"generation": 2, "alsoTrusted": 1}) == {"update": TOKENS}
    now = stack.outputs()["contents"]
    assert former.strip() in now["service-account.pub"]
    signing = load_pem_private_key(now["service-account.key"].encode(), None)
    first, second = now["service-account.pub"].split("-----BEGIN")[1:]
    assert former.split("-----BEGIN")[1].strip() == second.strip() != first.strip()
    assert signing.key_size == 2048
    assert of({"generation": 2}) == {"delete": {f"{key}1"}, "update": {public}}
    assert former.strip() not in stack.outputs()["contents"]["service-account.pub"]


def test_nothing_is_left_after_a_destroy(world, stack, nothing):
    left = set(leftovers(world.aws_endpoint_url, [REGION]))
    assert f"{REGION} parameter /heiiki/{CLUSTER}/worker/kubernetes-ca.crt" in left - nothing
    stack.destroy()
    assert set(leftovers(world.aws_endpoint_url, [REGION])) == nothing
