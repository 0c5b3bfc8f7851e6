"""The programs of one controller on loopback, with what the engine has put for it into AWS: the
bundle that it fetches and the files of its store, each at the place that its agent gives it."""

import io
import json
import tarfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

from local.carry_in.programs import AUTHENTICATOR
from machines.authenticator import PORT as AUTHENTICATOR_PORT
from machines.authenticator import STATE
from machines.etcd import STATE_FILE, etcd_state
from machines.host_files import HostFile
from machines.kube_apiserver import ApiServerSettings
from machines.self_hosted_cluster import PKI
from plan.pki.bindings import BINDINGS, binding_manifest
from tests.control_plane.machine import (
    LOOPBACK,
    ControlPlane,
    Machine,
    command,
    get,
    static_pod,
    unit,
    wait_for,
)
from tests.control_plane.pki import Signed, write
from tests.engine.aws_side import client
from tests.engine.trading.stacks import REGION, own_name
from tests.engine.world import World
from tests.plan.pki.authority import Theirs
from tests.tools.kubernetes import free_port, process

MEMBER = "1a"
ROLE = f"controller-{MEMBER}"
API_PORT, ETCD_PORTS = 6443, (2379, 2380, 2381)
FOLDERS = ("/etc/", "/var/lib/", "/var/log/", "/var/aws-iam-authenticator", "/run/heiiki/")
BINDING = "/apis/rbac.authorization.k8s.io/v1/clusterrolebindings"


@contextmanager
def served(
    world: World, cluster: str, bucket: str, authority: Theirs, root: Path, outside: dict[str, str]
) -> Iterator[ControlPlane]:  # fmt: skip
    """etcd, the API server and the IAM authenticator of a cluster.

    bucket: of its machines. outside: variables by which the authenticator reaches STS.
    """
    kubernetes = Signed(authority.certificate, authority.key)
    machine = Machine(root, _places(root, cluster), {"kubernetes": kubernetes})
    _boot(world, bucket, machine)
    with ExitStack() as running:
        running.enter_context(_etcd(machine))
        api = running.enter_context(static_pod(machine, "kube-apiserver", LOOPBACK))
        running.enter_context(_authenticator(machine, outside))
        plane = ControlPlane(machine, api.pid, world.aws_endpoint_url)
        wait_for(root, lambda: plane.ask("/readyz") == b"ok")
        _deliver(plane, cluster)
        yield plane


def _places(root: Path, cluster: str) -> dict[str, str]:
    """What machines have each for themselves, and processes of one machine share."""
    member = f"{MEMBER}.etcd.{cluster}.heiiki.internal"
    ports = {port: free_port() for port in (*ETCD_PORTS, API_PORT, AUTHENTICATOR_PORT)}
    found = {f"{member}:{port}": f"localhost:{ports[port]}" for port in ETCD_PORTS}
    found |= {f"0.0.0.0:{port}": f"127.0.0.1:{ports[port]}" for port in ETCD_PORTS}
    found |= {member: "localhost"}  # in certificates
    found |= {f"{own_name(cluster)}:{API_PORT}": f"{own_name(cluster)}:{API_PORT}"}  # it is issuer
    for port, mine in ports.items():
        found |= {f":{port}": f":{mine}", f"-port={port}": f"-port={mine}"}
    for folder in FOLDERS:
        found |= {f"{mark}{folder}": f"{mark}{root}{folder}" for mark in ("=", " ", '"')}
    return found | {f"--port={AUTHENTICATOR_PORT}": f"--port={ports[AUTHENTICATOR_PORT]}"}


def _boot(world: World, bucket: str, machine: Machine) -> None:
    """What the agent's steps would write."""
    archive = _bundle(world, bucket)
    ssm = client(world, "ssm", REGION)
    for step in json.loads(archive["agent.json"])["steps"]:
        if step["step"] == "write-files":
            texts = {row["path"]: archive[row["source"]].decode() for row in step["files"]}
            machine.lay_down(tuple(HostFile(path, text) for path, text in texts.items()))
        elif step["step"] == "take-secrets":
            for row in step["files"]:
                name = f"{step['parameters']}/{row['name']}"
                found = ssm.get_parameter(Name=name, WithDecryption=True)["Parameter"]["Value"]
                write(machine.path(row["path"]).parent, {Path(row["path"]).name: found})
    machine.lay_down((HostFile(STATE_FILE, etcd_state("new")),))
    machine.path("/var/lib/etcd").mkdir(parents=True)
    machine.path(ApiServerSettings().audit.folder).mkdir(parents=True)


def _bundle(world: World, bucket: str) -> dict[str, bytes]:
    """Of the role: name to content."""
    s3 = client(world, "s3", REGION)
    for row in s3.list_objects_v2(Bucket=bucket, Prefix="bundles/")["Contents"]:
        content = s3.get_object(Bucket=bucket, Key=row["Key"])["Body"].read()
        with tarfile.open(fileobj=io.BytesIO(content), mode="r:gz") as archive:
            files = {entry.name: archive.extractfile(entry) for entry in archive}
            found = {name: file.read() for name, file in files.items() if file is not None}
        if json.loads(found["agent.json"])["role"] == ROLE:
            return found
    raise AssertionError(f"no bundle of {ROLE} in {bucket}")


def _etcd(machine: Machine) -> Any:
    flags, variables = unit(machine, "etcd.service")
    folder = machine.root / "run-etcd"
    folder.mkdir()
    return process(folder, "etcd", flags, variables=variables)


@contextmanager
def _authenticator(machine: Machine, outside: dict[str, str]) -> Iterator[None]:
    state, pki = machine.path(STATE), machine.path(PKI)
    pairs = {"cert.pem": "authenticator.crt", "key.pem": "authenticator.key"}
    write(state, {name: (pki / of).read_text(encoding="utf-8") for name, of in pairs.items()})
    folder = machine.root / "run-aws-iam-authenticator"
    folder.mkdir()
    variables = {"AWS_REGION": REGION, "AWS_STS_REGIONAL_ENDPOINTS": "regional", **outside}
    flags = command(machine, "aws-iam-authenticator")
    url = f"https://127.0.0.1:{machine.port(AUTHENTICATOR_PORT)}/healthz"
    context = machine.trusting("kubernetes")
    with process(folder, "aws-iam-authenticator", flags, variables=variables,
                 source=AUTHENTICATOR) as running:  # fmt: skip
        try:
            wait_for(machine.root, lambda: get(url, context))
            yield
        finally:
            running.kill()  # asked to end, it goes on; it holds nothing


def _deliver(plane: ControlPlane, cluster: str) -> None:
    """Who administers, as controllers deliver it, and by what the clusters are told apart."""
    first = plane.client("first-hand", "system:masters")
    plane.ask(BINDING, first, method="POST", body=binding_manifest(BINDINGS[0]))
    body = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "who"},
            "data": {"cluster": cluster}}  # fmt: skip
    plane.ask("/api/v1/namespaces/default/configmaps", first, method="POST", body=body)
