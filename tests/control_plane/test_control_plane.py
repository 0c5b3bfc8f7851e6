"""The API server, the controller manager and the scheduler, as their machines are told to run them,
and what they then let through."""

import base64
import json
import ssl
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import yaml
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import load_pem_private_key

from automation.bootstrap_tokens import Minted
from automation.errors import RefusedError
from machines.authentication import HEALTH_PATHS
from machines.authenticator import render_authenticator
from machines.bootstrap_tokens import SECRET_TYPE, token_secret
from machines.kube_apiserver import ApiServerSettings, ApiServerSwitches
from tests.control_plane.approver import machine_in_ec2, serving_approver
from tests.control_plane.issuer import Issuer, serving_issuer
from tests.control_plane.joining import bearer, join, token_of
from tests.control_plane.machine import (
    AUDIT,
    ControlPlane,
    context_for,
    control_plane,
    wait_for,
)
from tests.control_plane.manifests import apply_all
from tests.control_plane.pki import Signed, authority, request, signed
from tests.machines.self_hosted import CLUSTER

pytestmark = pytest.mark.tools

NODE = "system:node:ip-172-25-0-9.ap-northeast-1.compute.internal"
PUSHY, FLOOD = "system:node:ip-172-25-0-11.ap-northeast-1.compute.internal", 24  # asks so often
MERGE = "application/strategic-merge-patch+json"
CSRS = "/apis/certificates.k8s.io/v1/certificatesigningrequests"
SYSTEM_SECRETS = "/api/v1/namespaces/kube-system/secrets"
HIDDEN = "what nobody may read in etcd"


@pytest.fixture(scope="module")
def corp(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Issuer]:
    with serving_issuer(tmp_path_factory.mktemp("issuer")) as issuer:
        yield issuer


@pytest.fixture(scope="module")
def plane(tmp_path_factory: pytest.TempPathFactory, corp: Issuer) -> Iterator[ControlPlane]:
    switches = ApiServerSwitches(bootstrap_tokens=True, issuers=(corp.asked,))
    settings = ApiServerSettings(switches=switches, audit=AUDIT)
    with control_plane(tmp_path_factory.mktemp("plane"), settings) as plane:
        apply_all(plane, plane.client("first-hand", "system:masters"))
        anna = plane.client("anna", "heiiki:administrators")
        # The API server follows its own objects by a watch.
        wait_for(plane.machine.root, lambda: plane.status("/api/v1/secrets", anna) == 200)
        yield plane


@pytest.fixture(scope="module")
def administrator(plane: ControlPlane) -> Signed:
    return plane.client("anna", "heiiki:administrators")


@pytest.fixture(scope="module")
def node(plane: ControlPlane) -> Signed:
    """A kubelet that has joined: of the authority of kubelets."""
    return plane.client(NODE, "system:nodes", ca="kubelet")


def make(plane: ControlPlane, who: Signed, path: str, kind: str, name: str, **more: Any) -> None:
    body = {"apiVersion": "v1", "kind": kind, "metadata": {"name": name}, **more}
    plane.ask(path, who, method="POST", body=body)


@pytest.mark.parametrize("path", HEALTH_PATHS)
def test_who_has_no_name_is_told_whether_it_is_well(plane: ControlPlane, path: str) -> None:
    assert plane.ask(path) == b"ok"


@pytest.mark.parametrize("path", ["/api", "/apis", "/version", "/metrics", "/openapi/v3", "/"])
def test_and_nothing_else(plane: ControlPlane, administrator: Signed, path: str) -> None:
    assert plane.status(path) == 401
    assert plane.status(path, administrator) == 200


def test_a_token_that_nobody_gave_is_refused(plane: ControlPlane) -> None:
    sent = {"Authorization": "Bearer k8s-aws-v1.aHR0cHM6Ly9leGFtcGxlLmludmFsaWQ"}
    assert plane.status("/api", headers=sent) == 401


@pytest.mark.parametrize("ca", ["etcd", "front-proxy", "stranger"])
def test_an_authority_that_is_not_for_clients_makes_nobody(plane: ControlPlane, ca: str) -> None:
    by = plane.machine.authorities.get(ca) or authority(ca)
    assert plane.status("/api", signed(by, "anna", groups=("system:masters",))) == 401


def test_who_passes_requests_on_says_for_whom_and_nobody_else_may(plane: ControlPlane) -> None:
    said = {"X-Remote-User": "anna", "X-Remote-Group": "heiiki:administrators"}
    by = plane.machine.authorities["front-proxy"]
    path = "/api/v1/secrets"
    assert plane.status(path, signed(by, "front-proxy-client"), headers=said) == 200
    assert plane.status(path, signed(by, "another"), headers=said) == 401
    assert plane.status(path, plane.client("eve"), headers=said) == 403
    assert plane.status(path, headers=said) == 401


def test_a_server_of_another_authority_is_not_spoken_to(plane: ControlPlane) -> None:
    with pytest.raises(urllib.error.URLError, match="CERTIFICATE_VERIFY_FAILED"):
        urllib.request.urlopen(
            f"{plane.url}/readyz", context=context_for(plane.machine, "etcd", None), timeout=20
        )


@pytest.mark.filterwarnings("ignore:ssl.TLSVersion:DeprecationWarning")
def test_it_speaks_nothing_older_than_tls_1_2(plane: ControlPlane) -> None:
    old = context_for(plane.machine, "kubernetes", None)
    old.minimum_version = ssl.TLSVersion.TLSv1
    old.maximum_version = ssl.TLSVersion.TLSv1_1
    old.set_ciphers("ALL:@SECLEVEL=0")
    with pytest.raises(urllib.error.URLError, match=r"(?i)protocol|alert"):
        urllib.request.urlopen(f"{plane.url}/readyz", context=old, timeout=20)


def test_secrets_are_unreadable_in_etcd(plane: ControlPlane, administrator: Signed) -> None:
    hidden = {"password": base64.b64encode(HIDDEN.encode()).decode()}
    path = "/api/v1/namespaces/default"
    make(plane, administrator, f"{path}/secrets", "Secret", "hidden", data=hidden)
    make(plane, administrator, f"{path}/configmaps", "ConfigMap", "plain", data={"a": HIDDEN})
    value = plane.stored("/registry/secrets/default/hidden")
    assert value.startswith(b"k8s:enc:kms:v2:key-1:")
    assert HIDDEN.encode() not in value and hidden["password"].encode() not in value
    assert HIDDEN.encode() in plane.stored("/registry/configmaps/default/plain")
    assert plane.read(f"{path}/secrets/hidden", administrator)["data"] == hidden


def audit_lines(plane: ControlPlane) -> list[dict]:
    """All that are whole: of another one there may be a beginning. Files are turned over, and the
    oldest removed, while they are read."""
    folder = plane.machine.path(AUDIT.folder)
    while True:
        before = sorted(folder.iterdir())
        with suppress(FileNotFoundError):
            texts = [file.read_text(encoding="utf-8") for file in before]
            if sorted(folder.iterdir()) == before:
                break
    return [json.loads(line) for text in texts for line in text.splitlines(keepends=True)
            if line.endswith("\n")]  # fmt: skip


def test_who_did_what_is_written_down_and_secrets_are_not(
    plane: ControlPlane, administrator: Signed
) -> None:
    path = "/api/v1/namespaces/default/secrets"
    data = {"password": base64.b64encode(b"not for the log").decode()}
    make(plane, administrator, path, "Secret", "audited", data=data)
    (line,) = [
        e
        for e in audit_lines(plane)
        if e["verb"] == "create" and e.get("objectRef", {}).get("name") == "audited"
    ]
    assert line["user"]["username"] == "anna" and line["level"] == "Metadata"
    assert "requestObject" not in line
    assert data["password"] not in json.dumps(audit_lines(plane))


def test_who_is_refused_is_written_down_and_health_is_not(plane: ControlPlane) -> None:
    assert plane.status("/api/v1/secrets") == 401
    lines = audit_lines(plane)
    assert [e for e in lines if e["requestURI"] == "/api/v1/secrets"
            and e["responseStatus"]["code"] == 401]  # fmt: skip
    assert not [e for e in lines if e["requestURI"].startswith(HEALTH_PATHS)]


def test_the_audit_log_is_turned_over_in_files_of_its_own_folder(
    plane: ControlPlane, administrator: Signed
) -> None:
    folder = plane.machine.path(AUDIT.folder)
    path = "/api/v1/namespaces/default/serviceaccounts"
    for i in range(30):
        note = {"annotations": {"note": "x" * 100_000}, "name": f"long-{i}"}
        body = {"apiVersion": "v1", "kind": "ServiceAccount", "metadata": note}
        plane.ask(path, administrator, method="POST", body=body)
    # What is too many is removed in the background.
    wait_for(plane.machine.root,
             lambda: 1 < len(list(folder.iterdir())) <= AUDIT.backups + 1)  # fmt: skip
    names = sorted(f.name for f in folder.iterdir())
    assert names[-1] == "audit.log" and all(n.startswith("audit-") for n in names[:-1])
    assert all(f.is_file() and not f.is_symlink() for f in folder.iterdir())
    assert all(f.stat().st_size <= AUDIT.megabytes * 1024**2 for f in folder.iterdir())


def test_an_administrator_may_all_and_a_node_only_its_own(
    plane: ControlPlane, administrator: Signed, node: Signed
) -> None:
    secrets = "/api/v1/namespaces/kube-system/secrets"
    assert plane.status(secrets, administrator) == 200
    assert plane.status(secrets, node) == 403
    assert plane.status("/api/v1/namespaces/default/secrets/hidden", node) == 403
    assert plane.status("/api/v1/services", node) == 200, "it is a node"


def register(plane: ControlPlane, who: Signed, name: str) -> int:
    body = {"apiVersion": "v1", "kind": "Node", "metadata": {"name": name}}
    return plane.status("/api/v1/nodes", who, method="POST", body=body)


def test_a_node_can_be_no_other(plane: ControlPlane, node: Signed) -> None:
    assert register(plane, node, "another") == 403
    assert register(plane, node, NODE.removeprefix("system:node:")) == 200


def csr(plane: ControlPlane, who: Signed, name: str, signer: str, pem: str, *uses: str) -> dict:
    spec = {
        "request": base64.b64encode(pem.encode()).decode(),
        "signerName": f"kubernetes.io/{signer}",
        "usages": ["digital signature", *uses],
    }
    body = {"apiVersion": "certificates.k8s.io/v1", "kind": "CertificateSigningRequest",
            "metadata": {"name": name}, "spec": spec}  # fmt: skip
    return dict(json.loads(plane.ask(CSRS, who, method="POST", body=body)))


def test_a_node_is_given_a_certificate_of_its_own_name(plane: ControlPlane, node: Signed) -> None:
    pem = request(NODE, ("system:nodes",))
    csr(plane, node, "own", "kube-apiserver-client-kubelet", pem, "client auth")
    wait_for(
        plane.machine.root, lambda: plane.read(f"{CSRS}/own", node)["status"].get("certificate")
    )
    issued = base64.b64decode(plane.read(f"{CSRS}/own", node)["status"]["certificate"])
    issuer = x509.load_pem_x509_certificate(issued).issuer
    assert issuer == plane.machine.authorities["kubelet"].certificate.subject


def test_what_it_would_serve_with_waits_for_whoever_looks_at_its_machine(
    plane: ControlPlane, node: Signed
) -> None:
    host = NODE.removeprefix("system:node:")
    pem = request(NODE, ("system:nodes",), (host,))
    csr(plane, node, "serving", "kubelet-serving", pem, "server auth")
    foreign = request("anna", ("heiiki:administrators",))
    csr(plane, node, "foreign", "kube-apiserver-client", foreign, "client auth")
    own = request(NODE, ("system:nodes",))
    csr(plane, node, "after", "kube-apiserver-client-kubelet", own, "client auth")
    wait_for(plane.machine.root,
             lambda: plane.read(f"{CSRS}/after", node)["status"].get("certificate"))  # fmt: skip
    for name in ("serving", "foreign"):
        assert plane.read(f"{CSRS}/{name}", node).get("status") == {}


def test_who_asks_ec2_approves_what_it_says_and_denies_the_rest(
    plane: ControlPlane, administrator: Signed, node: Signed
) -> None:
    """With the rights that are delivered, and no others. Machines of another cluster, and of the
    one before at the same address, have the same name."""
    host, nobody = (
        NODE.removeprefix("system:node:"),
        "ip-172-25-0-10.ap-northeast-1.compute.internal",
    )
    machine_in_ec2(plane.aws_url, "172.25.0.9")
    machine_in_ec2(plane.aws_url, "172.25.0.9", lost=True)
    machine_in_ec2(plane.aws_url, "172.25.0.11")
    pushy = plane.client(PUSHY, "system:nodes", ca="kubelet")
    for address in ("172.25.0.9", "172.25.0.10"):
        machine_in_ec2(plane.aws_url, address, of="other")
    own, foreign = (host, "172.25.0.9"), (host, "kubernetes.default.svc")
    unknown = plane.client(f"system:node:{nobody}", "system:nodes", ca="kubelet")
    for name, who, user, hosts in (
        ("unknown", unknown, f"system:node:{nobody}", (nobody,)),
        ("foreign-names", node, NODE, foreign),
        ("own-names", node, NODE, own),
    ):
        pem = request(user, ("system:nodes",), hosts)
        csr(plane, who, name, "kubelet-serving", pem, "server auth")
    for number in range(FLOOD):
        pem = request(PUSHY, ("system:nodes",), ("kubernetes.default.svc",))
        csr(plane, pushy, f"flood-{number}", "kubelet-serving", pem, "server auth")
    person = request("anna", ("heiiki:administrators",))
    csr(plane, node, "another-signer", "kube-apiserver-client", person, "client auth")

    def told(name: str) -> dict[str, Any]:
        return dict(plane.read(f"{CSRS}/{name}", administrator)["status"])

    with serving_approver(plane, administrator) as log:
        wait_for(plane.machine.root, lambda: '"msg":"waits","request":"unknown"' in log.read_text())
        wait_for(plane.machine.root, lambda: told("own-names").get("certificate"))
        wait_for(plane.machine.root, lambda: '"request":"own-names"' in log.read_text())
        wait_for(plane.machine.root, lambda: told("foreign-names").get("conditions"))
        (denied,) = told("foreign-names")["conditions"]
        before = log.read_text().partition('"request":"own-names"')[0]
    assert before.count('"request":"flood-') < FLOOD / 2, "one that asks without end keeps none"
    assert (denied["type"], denied["reason"]) == ("Denied", "ForeignName")
    assert 'has no "kubernetes.default.svc"' in denied["message"]
    served = x509.load_pem_x509_certificate(base64.b64decode(told("own-names")["certificate"]))
    names = served.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    assert names.get_values_for_type(x509.DNSName) == [host]
    assert "certificate" not in told("foreign-names")
    assert told("unknown") == told("another-signer") == {}, "EC2 knows none; not asked"


def test_a_machine_joins_by_a_token_and_is_a_node_like_others(
    plane: ControlPlane, administrator: Signed, tmp_path: Path
) -> None:
    """A real kubelet asks for its certificate with the token, and has it without anybody's word."""
    name = "ip-172-25-0-77.ap-northeast-1.compute.internal"
    made = token_of(plane, administrator, timedelta(hours=1))
    sent = bearer(made)
    wait_for(plane.machine.root, lambda: plane.status("/api", headers=sent) == 200)
    for path in ("/api/v1/secrets", "/api/v1/nodes", "/api/v1/pods"):
        assert plane.status(path, headers=sent) == 403, "a token joins and does nothing else"
    pem = join(plane, tmp_path / "kubelet", name, made).read_text(encoding="ascii")
    own = Signed(x509.load_pem_x509_certificate(pem.encode()),
                 load_pem_private_key(pem.encode(), None))  # fmt: skip
    assert own.certificate.issuer == plane.machine.authorities["kubelet"].certificate.subject
    assert register(plane, own, "another") == 403 and register(plane, own, name) == 200


def test_a_machine_that_iam_knows_is_given_no_other_node_s_certificate(
    plane: ControlPlane,
) -> None:
    """Though tokens are on: who holds one is approved for whichever node it says, and a worker that
    was taken over would be a controller. It is none of those who are, and NodeRestriction takes no
    such request of a node."""
    role = "arn:aws:iam::123456789012:role/own-worker"
    mapped = yaml.safe_load(render_authenticator(CLUSTER, nodes=[role], administrators=[]))
    (known,) = mapped["server"]["mapRoles"]
    machine = plane.client(NODE, *known["groups"])
    other = "system:node:ip-172-25-0-10.ap-northeast-1.compute.internal"
    kind = "kube-apiserver-client-kubelet"
    with pytest.raises(urllib.error.HTTPError) as refused:
        csr(plane, machine, "stolen", kind, request(other, ("system:nodes",)), "client auth")
    assert f"can only create a node CSR with CN={NODE}" in refused.value.read().decode()
    csr(plane, machine, "mine", kind, request(NODE, ("system:nodes",)), "client auth")
    wait_for(plane.machine.root,
             lambda: plane.read(f"{CSRS}/mine", machine)["status"].get("certificate"))  # fmt: skip


def worked_in_its_time(plane: ControlPlane, administrator: Signed, made: Minted) -> bool:
    """Whether it was there and taken before its end. The API server learns of it by a watch."""
    secret = f"{SYSTEM_SECRETS}/bootstrap-token-{made.token_id}"
    while datetime.now(UTC) < made.ends - timedelta(seconds=1):
        if plane.status("/api", headers=bearer(made)) == 200:
            with suppress(urllib.error.HTTPError):  # it has ended meanwhile
                return bool(plane.read(secret, administrator)["type"] == SECRET_TYPE)
    return False


def test_a_token_ends_and_is_then_refused_and_taken_away(
    plane: ControlPlane, administrator: Signed
) -> None:
    for seconds in (4, 20, 100):  # a busy machine takes a while to ask
        try:
            made = token_of(plane, administrator, timedelta(seconds=seconds))
        except RefusedError:  # it had ended before the API server knew of it
            continue
        sent, secret = bearer(made), f"{SYSTEM_SECRETS}/bootstrap-token-{made.token_id}"
        if worked_in_its_time(plane, administrator, made):
            break
    else:
        pytest.fail("it has never been taken")
    wait_for(plane.machine.root, lambda: plane.status("/api", headers=sent) == 401)
    assert datetime.now(UTC) >= made.ends - timedelta(seconds=1)
    wait_for(plane.machine.root, lambda: plane.status(secret, administrator) == 404)


def test_a_token_without_an_end_is_refused_whoever_makes_it(
    plane: ControlPlane, administrator: Signed
) -> None:
    body = token_secret("abcdef.0123456789abcdef", datetime.now(UTC) + timedelta(hours=1), "a")
    del body["stringData"]["expiration"]
    for who in (administrator, plane.client("first-hand", "system:masters")):
        wait_for(plane.machine.root, lambda who=who: "has to have an expiration" in said_no(
            plane, SYSTEM_SECRETS, who, body))  # fmt: skip
    other = body | {"type": "Opaque", "metadata": {"name": "other"}}
    assert plane.status(SYSTEM_SECRETS, administrator, method="POST", body=other) == 200


def known_as(plane: ControlPlane, token: str) -> dict[str, Any]:
    """Whom the API server takes the holder of a token for; empty where it takes it for nobody."""
    path, kind = "/apis/authentication.k8s.io/v1", "SelfSubjectReview"
    body = {"apiVersion": "authentication.k8s.io/v1", "kind": kind}
    try:
        answer = plane.ask(f"{path}/selfsubjectreviews", method="POST", body=body,
                           headers={"Authorization": f"Bearer {token}"})  # fmt: skip
    except urllib.error.HTTPError as error:
        with error:
            assert error.code == 401
        return {}
    return dict(json.loads(answer)["status"]["userInfo"])


@pytest.fixture(scope="module")
def welcome(plane: ControlPlane, corp: Issuer) -> Issuer:
    """Once the API server has fetched the issuer's keys: it does so beside its start."""
    wait_for(plane.machine.root, lambda: known_as(plane, corp.token()))
    return corp


def test_people_log_in_by_an_issuer_inside_under_its_name(
    plane: ControlPlane, administrator: Signed, welcome: Issuer
) -> None:
    token = welcome.token()
    known = known_as(plane, token)
    assert known["username"] == "corp:anna"
    assert set(known["groups"]) == {"corp:viewers", "system:authenticated"}
    sent, pods = {"Authorization": f"Bearer {token}"}, "/api/v1/pods"
    assert plane.status(pods, headers=sent) == 403, "who is known may nothing by that"
    binding = {
        "apiVersion": "rbac.authorization.k8s.io/v1", "kind": "ClusterRoleBinding",
        "metadata": {"name": "corp"},
        "roleRef": {"apiGroup": "rbac.authorization.k8s.io", "kind": "ClusterRole", "name": "view"},
        "subjects": [{"apiGroup": "rbac.authorization.k8s.io", "kind": "Group",
                      "name": "corp:viewers"}],
    }  # fmt: skip
    path = "/apis/rbac.authorization.k8s.io/v1/clusterrolebindings"
    plane.ask(path, administrator, method="POST", body=binding)
    wait_for(plane.machine.root, lambda: plane.status(pods, headers=sent) == 200)
    assert plane.status("/api/v1/secrets", headers=sent) == 403


def test_no_token_names_a_user_or_a_group_that_is_not_the_issuer_s(
    plane: ControlPlane, welcome: Issuer
) -> None:
    groups = ["system:masters", "heiiki:administrators"]
    token = welcome.token(sub="system:kube-controller-manager", groups=groups)
    known = known_as(plane, token)
    assert known["username"] == "corp:system:kube-controller-manager"
    assert set(known["groups"]) == {*(f"corp:{g}" for g in groups), "system:authenticated"}
    sent = {"Authorization": f"Bearer {token}"}
    assert plane.status("/api/v1/secrets", headers=sent) == 403


@pytest.mark.parametrize(
    "claims",
    [
        {"aud": "a-shop"},
        {"tenant": "another"},
        {"tenant": None},
        {"iss": "https://login.example.com"},
        {"exp": 1_000_000_000},
        {"sub": None},
        {"sub": ""},
        {"key": ec.generate_private_key(ec.SECP256R1())},
    ],
    ids=lambda claims: "-".join(f"{k}-{v}" for k, v in claims.items() if k != "key") or "key",
)
def test_a_token_that_is_not_for_this_cluster_is_refused(
    plane: ControlPlane, welcome: Issuer, claims: dict[str, Any]
) -> None:
    assert known_as(plane, welcome.token(**claims)) == {}
    assert known_as(plane, welcome.token())["username"] == "corp:anna"


def said_no(plane: ControlPlane, path: str, who: Signed, body: object) -> str:
    with pytest.raises(urllib.error.HTTPError) as refused:
        plane.ask(path, who, method="POST", body=body)
    return refused.value.read().decode()


def listening(pid: int) -> set[tuple[str, int]]:
    """Addresses and ports, as the kernel has them: of the whole machine."""
    found = set()
    for table in ("tcp", "tcp6"):
        for line in Path(f"/proc/{pid}/net/{table}").read_text().splitlines()[1:]:
            fields = line.split()
            if fields[3] == "0A":
                host, port = fields[1].split(":")
                found.add((host, int(port, 16)))
    return found


def test_controller_manager_and_scheduler_listen_on_loopback_alone(plane: ControlPlane) -> None:
    ports = {plane.machine.port(10257), plane.machine.port(10259)}
    found = {(host, port) for host, port in listening(plane.api_pid) if port in ports}
    assert found == {("0100007F", port) for port in ports}


def test_both_lead(plane: ControlPlane, administrator: Signed) -> None:
    path = "/apis/coordination.k8s.io/v1/namespaces/kube-system/leases"
    for name in ("kube-controller-manager", "kube-scheduler"):
        wait_for(plane.machine.root,
                 lambda name=name: plane.read(f"{path}/{name}", administrator))  # fmt: skip


def test_every_delivered_manifest_is_there(plane: ControlPlane, administrator: Signed) -> None:
    corefile = plane.read("/api/v1/namespaces/kube-system/configmaps/coredns", administrator)
    assert "forward . 172.25.0.2 {" in corefile["data"]["Corefile"]
    sets = plane.read("/apis/apps/v1/namespaces/kube-system/daemonsets", administrator)["items"]
    assert {s["metadata"]["name"] for s in sets} == {
        "kube-proxy", "flannel", "cloud-controller-manager", "serving-approver",
    }  # fmt: skip


def name_servers(plane: ControlPlane, who: Signed) -> list[str | None]:
    """Where each pod of CoreDNS is; None of one that waits because it would lie beside another."""
    path = "/api/v1/namespaces/kube-system/pods?labelSelector=app.kubernetes.io/name=coredns"
    found: list[str | None] = []
    for pod in plane.read(path, who)["items"]:
        said = [c for c in pod["status"].get("conditions", ()) if c["type"] == "PodScheduled"]
        node = pod["spec"].get("nodeName")
        if node or any("topology spread" in c.get("message", "") for c in said):
            found.append(node)
    return sorted(found, key=str)


def ready_node(plane: ControlPlane, who: Signed, name: str) -> None:
    """Makes it, or says again that it is well: who is silent for a while is given no pods."""
    label = {"kubernetes.io/hostname": name}
    body = {"apiVersion": "v1", "kind": "Node", "metadata": {"name": name, "labels": label}}
    plane.status("/api/v1/nodes", who, method="POST", body=body)
    now = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    well = {"type": "Ready", "status": "True", "reason": "A", "lastHeartbeatTime": now}
    room = {"cpu": "4", "memory": "8Gi", "pods": "20"}
    body["status"] = {"conditions": [well], "capacity": room, "allocatable": room}
    path = f"/api/v1/nodes/{name}/status"
    plane.ask(path, who, method="PATCH", body=body, content_type=MERGE)


def test_name_servers_lie_on_two_nodes_though_one_came_first(
    plane: ControlPlane, administrator: Signed
) -> None:
    """By the real scheduler: the one node of a new cluster takes one pod, and the next the other.
    Nobody moves a pod later."""

    def lie_on(nodes: list[str], expected: list[str | None]) -> bool:
        for node in nodes:
            ready_node(plane, administrator, node)
        return name_servers(plane, administrator) == expected

    wait_for(plane.machine.root, lambda: lie_on(["first"], [None, "first"]))
    wait_for(plane.machine.root, lambda: lie_on(["first", "second"], ["first", "second"]))
    for node in ("first", "second"):
        plane.ask(f"/api/v1/nodes/{node}", administrator, method="DELETE")


def test_a_pod_with_the_machine_s_rights_is_refused_outside_the_system(
    plane: ControlPlane, administrator: Signed
) -> None:
    spec = {"hostNetwork": True, "containers": [{"name": "a", "image": "registry.internal/a"}]}
    body = {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "a"}, "spec": spec}
    pods = "/api/v1/namespaces/{}/pods"
    for namespace in ("default", "kube-system"):  # a pod without its account is refused for that
        account = f"/api/v1/namespaces/{namespace}/serviceaccounts/default"
        wait_for(plane.machine.root, lambda path=account: plane.read(path, administrator))
    for namespace, answer in (("default", 403), ("kube-system", 200)):
        path = pods.format(namespace)
        assert plane.status(path, administrator, method="POST", body=body) == answer
    made = plane.read("/api/v1/namespaces/kube-system/pods/a", administrator)
    assert made["spec"]["containers"][0]["imagePullPolicy"] == "Always"


def test_a_service_takes_no_address_of_others(plane: ControlPlane, administrator: Signed) -> None:
    spec = {"externalIPs": ["203.0.113.9"], "ports": [{"port": 80}]}
    body = {"apiVersion": "v1", "kind": "Service", "metadata": {"name": "a"}, "spec": spec}
    path = "/api/v1/namespaces/default/services"
    assert plane.status(path, administrator, method="POST", body=body) == 403


def test_the_manifests_are_what_yaml_readers_agree_on(plane: ControlPlane) -> None:
    for path in plane.machine.path("/etc/kubernetes").rglob("*.yaml"):
        assert list(yaml.safe_load_all(path.read_text(encoding="utf-8"))), path
