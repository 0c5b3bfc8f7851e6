"""Real etcd, kube-apiserver and kube-controller-manager take the files, and refuse the others.

What the engine has made and stored lies in folders as on a machine; nothing else is made here but
what a thief of the kubelets' authority would sign.
"""

import base64
import json
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, load_pem_private_key
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from plan.pki.bindings import BINDINGS, binding_manifest
from tests.engine.aws_side import client
from tests.engine.pki_servers import (
    Files,
    RefusedError,
    etcd,
    eventually,
    kube_apiserver,
    signer,
    until,
    written,
)
from tests.engine.pki_stack import CLUSTER, REGION, PkiStack
from tests.local.kubernetes.certificates import Pair

REVIEW = "/apis/authentication.k8s.io/v1/selfsubjectreviews"
BINDING = "/apis/rbac.authorization.k8s.io/v1/clusterrolebindings"
REQUESTS = "/apis/certificates.k8s.io/v1/certificatesigningrequests"
SECRETS = "/api/v1/namespaces/default/secrets"
CA = "kubernetes-ca.crt"


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("real")


@pytest.fixture(scope="module")
def stack(world, folder):
    made = PkiStack.begin(world, folder / "stack")
    made.pulumi("up", "--yes", "--skip-preview")
    return made


def files_of(stack, folder, *roles):
    """What roles find in the store, and the administrator's of the outputs, as files."""
    ssm = client(stack.world, "ssm", REGION)
    contents = {
        name: text
        for name, text in stack.outputs()["contents"].items()
        if name.startswith("administrator")
    }
    for role in roles:
        pages = ssm.get_paginator("get_parameters_by_path").paginate(
            Path=f"/heiiki/{CLUSTER}/{role}", WithDecryption=True
        )
        for page in pages:
            contents |= {p["Name"].rpartition("/")[2]: p["Value"] for p in page["Parameters"]}
    return Files.of(folder, contents)


@pytest.fixture(scope="module")
def member(stack, folder):
    return files_of(stack, folder / "member", "etcd-1a")


@pytest.fixture(scope="module")
def controller(stack, folder):
    return files_of(stack, folder / "controller", "controller")


@pytest.fixture(scope="module")
def etcd_url(member, folder):
    with etcd(folder / "etcd", member, "1a") as url:
        yield url


@pytest.fixture(scope="module")
def api(controller, folder, etcd_url):
    with kube_apiserver(folder / "api", controller, etcd_url) as url:
        yield url


@pytest.fixture(scope="module")
def thief(controller):
    """A member of system:masters by the authority of kubelets, whose key is on controllers."""
    key = load_pem_private_key((controller.folder / "kubelet-ca.key").read_bytes(), None)
    issuer = x509.load_pem_x509_certificate((controller.folder / "kubelet-ca.crt").read_bytes())
    own, now = ec.generate_private_key(ec.SECP256R1()), datetime.now(UTC)
    subject = [(NameOID.ORGANIZATION_NAME, "system:masters"), (NameOID.COMMON_NAME, "thief")]
    signed = (
        x509.CertificateBuilder()
        .subject_name(x509.Name([x509.NameAttribute(*part) for part in subject]))
        .issuer_name(issuer.subject)
        .public_key(own.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(hours=1))
        .not_valid_after(now + timedelta(hours=1))
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.CLIENT_AUTH]), False)
        .sign(key, SHA256())
    )
    return written(controller, "thief", Pair(signed, own))


@pytest.fixture
def bound(controller, api, thief):
    """Who makes the first binding: whoever holds the kubelets' authority could."""
    asked = {"by": thief, "authority": CA, "method": "POST"}
    for binding in BINDINGS:
        try:
            controller.ask(api + BINDING, **asked, body=binding_manifest(binding))
        except RefusedError as error:
            assert error.status == 409, error  # it is there
    assert eventually(lambda: status_of(controller, f"{api}/api/v1/nodes") == 200)


def status_of(files, url):
    """Of the administrator's request."""
    try:
        files.ask(url, by="administrator", authority=CA)
    except RefusedError as error:
        return error.status
    return 200


def who(files, url, by, **more):
    """Whom the API server takes a client for."""
    body = {"apiVersion": "authentication.k8s.io/v1", "kind": "SelfSubjectReview"}
    told = files.ask(url + REVIEW, by=by, authority=CA, method="POST", body=body, **more)
    info = told["status"]["userInfo"]
    return info["username"], set(info["groups"]) - {"system:authenticated"}


@pytest.mark.parametrize("by", ["kube-apiserver-etcd-client", None])
def test_etcd_takes_its_clients_alone(controller, etcd_url, by):
    if by is None:
        with pytest.raises(RefusedError) as refused:
            controller.ask(f"{etcd_url}/health", by=None, authority="etcd-ca.crt")
        assert refused.value.status is None
    else:
        told = controller.ask(f"{etcd_url}/health", by=by, authority="etcd-ca.crt")
        assert told["health"] == "true"


@pytest.mark.parametrize(
    "by", ["administrator", "front-proxy-client", "kube-controller-manager", "thief"]
)
def test_etcd_refuses_clients_of_every_other_authority(controller, thief, etcd_url, by):
    with pytest.raises(RefusedError) as refused:
        controller.ask(f"{etcd_url}/health", by=by, authority="etcd-ca.crt")
    assert refused.value.status is None  # in the handshake, before it was asked anything
    own = {"by": "kube-apiserver-etcd-client", "authority": "etcd-ca.crt"}
    assert controller.ask(f"{etcd_url}/health", **own)["health"] == "true"


def test_nobody_takes_etcd_for_another_or_by_another_name(controller, etcd_url):
    by = "kube-apiserver-etcd-client"
    named = {"by": by, "authority": "etcd-ca.crt"}
    own = "1a.etcd.own.heiiki.internal"
    assert controller.ask(f"{etcd_url}/health", name=own, **named)["health"] == "true"
    with pytest.raises(RefusedError, match="certificate verify failed"):
        controller.ask(f"{etcd_url}/health", name="1c.etcd.own.heiiki.internal", **named)
    with pytest.raises(RefusedError, match="certificate verify failed"):
        controller.ask(f"{etcd_url}/health", by=by, authority=CA)


def test_etcds_own_gateway_dials_the_member_with_its_certificate(controller, etcd_url):
    """Which the server's certificate is a client's for."""
    told = controller.ask(
        f"{etcd_url}/v3/maintenance/status", by="kube-apiserver-etcd-client",
        authority="etcd-ca.crt", method="POST", body={},
    )  # fmt: skip
    assert told["version"].startswith("3.")


def test_the_api_is_ready_under_each_of_its_names(controller, api):
    for name in (None, "kubernetes.default.svc", "api.own.heiiki.internal", "api.own.example.com"):
        asked = {"by": "administrator", "authority": CA, "name": name}
        assert controller.ask(f"{api}/readyz", **asked) == "ok"
    with pytest.raises(RefusedError, match="certificate verify failed"):
        controller.ask(f"{api}/readyz", by="administrator", authority=CA, name="other.example.com")
    with pytest.raises(RefusedError, match="certificate verify failed"):
        controller.ask(f"{api}/readyz", by="administrator", authority="etcd-ca.crt")


def test_the_api_takes_each_client_for_who_it_is(controller, api):
    assert who(controller, api, "administrator") == ("administrator", {"heiiki:administrators"})
    for by, name in (
        ("kube-controller-manager", "system:kube-controller-manager"),
        ("kube-scheduler", "system:kube-scheduler"),
        ("kube-apiserver-kubelet-client", "kube-apiserver-kubelet-client"),
    ):
        assert who(controller, api, by) == (name, set())


@pytest.mark.parametrize("by", ["kube-apiserver-etcd-client", "front-proxy-client", None])
def test_the_api_knows_no_client_of_etcd_or_of_the_proxy(controller, api, by):
    with pytest.raises(RefusedError) as refused:
        who(controller, api, by)
    assert refused.value.status == 401


def test_only_the_proxy_says_who_somebody_is(controller, api):
    said = {"X-Remote-User": "somebody", "X-Remote-Group": "some"}
    assert who(controller, api, "front-proxy-client", headers=said) == ("somebody", {"some"})
    assert who(controller, api, "kube-scheduler", headers=said)[0] == "system:kube-scheduler"


def test_a_thief_of_the_kubelets_authority_is_anybody(controller, api, thief):
    assert who(controller, api, thief) == ("thief", {"system:masters"})


def test_the_administrator_may_what_a_binding_gives_and_no_longer(controller, api, bound):
    """While the certificate is valid still."""
    asked = {"by": "administrator", "authority": CA}
    assert controller.ask(f"{api}/api/v1/nodes", **asked)["items"] == []
    controller.ask(f"{api}{BINDING}/{BINDINGS[0].name}", **asked, method="DELETE")

    # The API server follows its own objects by a watch.
    assert eventually(lambda: status_of(controller, f"{api}/api/v1/nodes") == 403)
    assert who(controller, api, "administrator") == ("administrator", {"heiiki:administrators"})


def test_the_api_server_may_ask_kubelets_by_its_binding(controller, api, bound):
    review = {
        "apiVersion": "authorization.k8s.io/v1", "kind": "SelfSubjectAccessReview",
        "spec": {"resourceAttributes":
                 {"verb": "create", "resource": "nodes", "subresource": "proxy"}},
    }  # fmt: skip
    path = f"{api}/apis/authorization.k8s.io/v1/selfsubjectaccessreviews"

    def may(by):
        told = controller.ask(path, by=by, authority=CA, method="POST", body=review)
        return told["status"]["allowed"]

    assert eventually(lambda: may("kube-apiserver-kubelet-client") is True)
    assert may("kube-scheduler") is False


def kept(files, etcd_url, secret):
    """What etcd has of it."""
    key = base64.b64encode(f"/registry/secrets/default/{secret}".encode()).decode()
    (found,) = files.ask(
        f"{etcd_url}/v3/kv/range", by="kube-apiserver-etcd-client", authority="etcd-ca.crt",
        method="POST", body={"key": key},
    )["kvs"]  # fmt: skip
    return base64.b64decode(found["value"])


def test_a_secret_cannot_be_read_out_of_etcd(controller, api, etcd_url, bound):
    secret = {"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "s"},
              "stringData": {"password": "a-plain-password"}}  # fmt: skip
    path = f"{api}{SECRETS}"
    asked = {"by": "administrator", "authority": CA}
    controller.ask(path, **asked, method="POST", body=secret)
    value = kept(controller, etcd_url, "s")
    assert value.startswith(b"k8s:enc:secretbox:v1:generation-1:")
    assert b"a-plain-password" not in value
    read = controller.ask(f"{path}/s", **asked)["data"]["password"]
    assert base64.b64decode(read) == b"a-plain-password"


NODE = "system:node:ip-10-0-0-9.ap-northeast-1.compute.internal"


def test_a_kubelets_request_is_signed_by_the_kubelets_authority_and_taken(
    controller, folder, api, bound
):
    own = ec.generate_private_key(ec.SECP256R1())
    names = [x509.NameAttribute(NameOID.ORGANIZATION_NAME, "system:nodes"),
             x509.NameAttribute(NameOID.COMMON_NAME, NODE)]  # fmt: skip
    asked = x509.CertificateSigningRequestBuilder(x509.Name(names)).sign(own, SHA256())
    pem = base64.b64encode(asked.public_bytes(Encoding.PEM)).decode()
    request = {
        "apiVersion": "certificates.k8s.io/v1", "kind": "CertificateSigningRequest",
        "metadata": {"name": "node"},
        "spec": {"request": pem, "signerName": "kubernetes.io/kube-apiserver-client-kubelet",
                 "usages": ["digital signature", "client auth"]},
    }  # fmt: skip
    by = {"by": "administrator", "authority": CA}
    made = controller.ask(api + REQUESTS, **by, method="POST", body=request)
    condition = {"type": "Approved", "status": "True", "reason": "Test", "message": "test"}
    made["status"] = {"conditions": [condition]}
    controller.ask(f"{api}{REQUESTS}/node/approval", **by, method="PUT", body=made)
    certificate = b""

    def is_signed() -> bool:
        nonlocal certificate
        status = controller.ask(f"{api}{REQUESTS}/node", **by)["status"]
        assert not [c for c in status["conditions"] if c["type"] == "Failed"], status
        certificate = base64.b64decode(status.get("certificate", ""))
        return bool(certificate)

    with signer(folder / "signer", controller, api) as running:
        until(folder / "signer", is_signed, running)
    signed = x509.load_pem_x509_certificate(certificate)
    issuer = x509.load_pem_x509_certificate((controller.folder / "kubelet-ca.crt").read_bytes())
    signed.verify_directly_issued_by(issuer)
    name = written(controller, "node", Pair(signed, own))
    assert who(controller, api, name) == (NODE, {"system:nodes"})


@contextmanager
def rotated(stack, folder, etcd_url, name, generation, **more):
    """An API server with what the store has after one more step of the tokens' key, and of the one
    that encrypts Secrets."""
    rotation = {"serviceAccount": generation}
    encryption = {"kind": "localKeys", "key": generation}
    stack.ask({"pki": {"kind": "generate", "rotation": rotation}, "encryption": encryption})
    stack.pulumi("up", "--yes", "--skip-preview")
    files = files_of(stack, folder / name, "controller")
    with kube_apiserver(folder / f"api-{name}", files, etcd_url, **more) as url:
        yield files, url


def test_tokens_and_secrets_are_read_until_the_key_that_made_them_is_dropped(
    stack, controller, folder, api, etcd_url, bound
):
    """A Secret that was written anew by the next key is read after that, as the page of keys has
    it. Where one was left, an API server without its key is not ready, so the machine that it is on
    comes into no service, and the others of before go on."""
    accounts = f"{api}/api/v1/namespaces/default/serviceaccounts"
    by = {"by": "administrator", "authority": CA}
    account = {"apiVersion": "v1", "kind": "ServiceAccount", "metadata": {"name": "pod"}}
    controller.ask(accounts, **by, method="POST", body=account)
    asked = {"apiVersion": "authentication.k8s.io/v1", "kind": "TokenRequest", "spec": {}}
    made = controller.ask(f"{accounts}/pod/token", **by, method="POST", body=asked)
    token = made["status"]["token"]
    header = json.loads(base64.urlsafe_b64decode(token.split(".")[0] + "=="))
    assert header["alg"] == "RS256"
    bearer = {"Authorization": f"Bearer {token}"}
    pod = "system:serviceaccount:default:pod"
    assert who(controller, api, None, headers=bearer)[0] == pod
    for name in ("anew", "left"):
        secret = {"apiVersion": "v1", "kind": "Secret", "metadata": {"name": name}}
        controller.ask(api + SECRETS, **by, method="POST", body=secret)
    steps = {
        "both": {"generation": 1, "alsoTrusted": 2},
        "new": {"generation": 2, "alsoTrusted": 1},
    }
    for name, generation in steps.items():
        with rotated(stack, folder, etcd_url, name, generation) as (files, url):
            assert who(files, url, None, headers=bearer)[0] == pod
            there = [one["metadata"]["name"] for one in files.ask(url + SECRETS, **by)["items"]]
            found = {one: files.ask(f"{url}{SECRETS}/{one}", **by) for one in there}
            for one in found.keys() - {"left"}:
                files.ask(f"{url}{SECRETS}/{one}", **by, method="PUT", body=found[one])
            written_by = kept(files, etcd_url, "anew").split(b":")[4]
            assert written_by == f"generation-{generation['generation']}".encode()
    assert kept(files, etcd_url, "left").split(b":")[4] == b"generation-1"

    def left_behind(ready):
        (log,) = (folder / "api-dropped").glob("*.log")
        words = 'unable to transform key "/registry/secrets/default/left"'
        assert eventually(lambda: words in log.read_text(errors="replace"))
        assert not ready()
        key = base64.b64encode(b"/registry/secrets/default/left").decode()
        asked = {"by": "kube-apiserver-etcd-client", "authority": "etcd-ca.crt", "method": "POST"}
        controller.ask(f"{etcd_url}/v3/kv/deleterange", **asked, body={"key": key})

    dropped = rotated(
        stack, folder, etcd_url, "dropped", {"generation": 2}, before_ready=left_behind
    )
    with dropped as (files, url):
        assert who(files, url, "kube-scheduler")[0] == "system:kube-scheduler"
        with pytest.raises(RefusedError, match="401"):
            who(files, url, None, headers=bearer)
        assert files.ask(f"{url}{SECRETS}/anew", **by)["metadata"]["name"] == "anew"
