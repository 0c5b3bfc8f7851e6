"""The booted cluster, as tests ask it."""

import base64
import json
import subprocess
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from local.aws.arriving import ALLOWED, REFUSED
from local.cluster.boot_steps import agent_status
from local.cluster.life import ROLE_TAG, Cluster
from local.cluster.operator_tools import KUBECONFIGS
from local.cluster.stack import NAME
from local.engine import ensure_engine
from local.engine.on_path import CHOICE_VARIABLE
from local.environment import Home
from local.language_host.install import ensure_language_host
from local.machines import MachineHandle, MachinesError
from plan.cluster import ClusterPlan, plan_cluster
from spec.beside import with_files
from spec.lock import lock_file_name, parse_lock
from spec.stack_file import parse_stack_file
from tests.warm.start import hurried, warmed

LOOK_SECONDS = 0.5
BOOT_SECONDS = 240.0  # nothing is asserted of it: a machine that is never ready ends the test
PKI = "/etc/etcd/pki"
CLUSTER = "self-hosted"
DOMAIN = f"{CLUSTER}.heiiki.internal"
API_NAME = f"api.{DOMAIN}"
MEMBERS = ("1a", "1c", "1d")
AUDIT_LOG = "/var/log/kubernetes/audit/audit.log"
SIGNER = "kubernetes.io/kubelet-serving"
_PAIR = "/var/lib/kubelet/pki/kubelet-client-current.pem"
# Asks as a machine's kubelet, and tells the answer's number.
KUBELET = (
    "curl", "--silent", "--output", "/dev/null", "--write-out", "%{http_code}",
    "--cacert", "/etc/kubernetes/pki/kubernetes-ca.crt", "--cert", _PAIR, "--key", _PAIR,
)  # fmt: skip

# What an API server says that is reached, and whose member of etcd answers it too late just now.
NOT_READY = "500"


def readiness(machine: MachineHandle, url: str, *more: str) -> str:
    """The number that an API server answers a machine with: of the first answer that is not "not
    ready". The check of etcd fails after two seconds, which a busy machine may take; who reaches no
    server ("000"), or another one, is told at once."""
    ask, answers = [*KUBELET, "--max-time", "50", *more, f"{url}/readyz"], [NOT_READY]

    def told() -> bool:
        answers.append(machine.run(ask, check=False).stdout)
        return answers[-1] != NOT_READY

    machine.wait_until(told, f"{url} says that it is not ready", BOOT_SECONDS)
    return answers[-1]


@contextmanager
def brought_up(folder: Path, **asked: Any) -> Iterator[Cluster]:
    """A cluster that is there, by what `Cluster.up` is asked for; nothing of it is left after.

    Nobody kills its engine: it records what it made when it ends, in half of the time.
    """
    engine = ensure_language_host(ensure_engine(print), folder / "bin")
    warmed(engine)
    cluster = Cluster(Home(folder / "home"))
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv(CHOICE_VARIABLE, str(hurried(engine, folder / "hurried") / "pulumi"))
        try:
            cluster.up(print, **asked)
            yield cluster
        finally:
            cluster.down()


def member_host(name: str) -> str:
    return f"{name}.etcd.{DOMAIN}"


@dataclass
class Booted:
    cluster: Cluster
    timeline: str = ""  # of all boots, when the cluster was whole
    refused: tuple[str, ...] = field(init=False)  # what IAM refused to machines until then
    used: frozenset[tuple[str, str]] = field(init=False)  # roles, and actions of theirs until then
    roles: Mapping[str, str] = field(init=False)  # of machines, by the member of etcd on them
    _clients: dict[str, Any] = field(default_factory=dict)

    def aws(self, service: str) -> Any:
        """boto3's client of the cluster's AWS."""
        if service not in self._clients:
            stack = self.cluster.stack
            self._clients[service] = stack.client(self.cluster.aws_url, service)
        return self._clients[service]

    def __post_init__(self) -> None:
        self.refused = self.refusals()
        found = (line.removeprefix(ALLOWED).split() for line in self._log(ALLOWED))
        self.used = frozenset((role, action) for role, action in found)
        self.roles = self.cluster.members()

    def refusals(self) -> tuple[str, ...]:
        return tuple(self._log(REFUSED))

    def _log(self, begin: str) -> list[str]:
        """Lines of the embedded AWS that begin so."""
        log = self.cluster.stack.embedded.status().logs["api"].read_text(encoding="utf-8")
        return [line for line in log.splitlines() if line.startswith(begin)]

    def plan(self) -> ClusterPlan:
        """Of the stack file as it is now, which costs no engine."""
        folder = self.cluster.stack.folder
        asked, locked = (folder / name for name in (f"Pulumi.{NAME}.yaml", lock_file_name(NAME)))
        spec = parse_stack_file(asked.read_text(encoding="utf-8"), where=asked.name)
        lock = parse_lock(locked.read_text(encoding="utf-8"), where=locked.name)
        return plan_cluster(with_files(spec, folder, where=asked.name), lock, where=NAME)

    def instances(self, role: str) -> dict[str, str]:
        """Of its group: id to its state there."""
        groups = self.aws("autoscaling").describe_auto_scaling_groups()["AutoScalingGroups"]
        return {
            one["InstanceId"]: one["LifecycleState"]
            for group in groups
            if (ROLE_TAG, role) in {(tag["Key"], tag["Value"]) for tag in group["Tags"]}
            for one in group["Instances"]
        }

    def wait_in_service(
        self, role: str, *, but: frozenset[str], meanwhile: Callable[[], object] = lambda: None
    ) -> str:
        """Until another of the group's is than those; its id. What boots needs the processors, so
        between looks it is waited for longer than one takes."""
        deadline = time.monotonic() + BOOT_SECONDS
        while True:
            began = time.monotonic()
            if fresh := self.fresh(role, but=but):
                return fresh
            if time.monotonic() > deadline:
                states = self.instances(role)
                raise MachinesError(f"no machine of {role} is in service: {self._words(states)}")
            meanwhile()
            time.sleep(max(LOOK_SECONDS, 2 * (time.monotonic() - began)))

    def fresh(self, role: str, *, but: frozenset[str]) -> str:
        """Another of the group's that is in service, or ""."""
        states = self.instances(role)
        there = sorted(i for i, state in states.items() if state == "InService" and i not in but)
        return there[0] if there else ""

    def _words(self, states: dict[str, str]) -> str:
        """What its consoles end with."""
        found = []
        for instance_id, state in states.items():
            try:
                words = self.handle(instance_id).console()[-3000:]
            except MachinesError as error:
                words = str(error)
            found.append(f"{instance_id} is {state}:\n{words}")
        return "\n".join(found)

    def handle(self, instance_id: str) -> MachineHandle:
        """MachinesError while it has not been switched on."""
        for status in self.cluster.world.status():
            if status.instance_id == instance_id:
                return self.cluster.world.machine(status.name)
        raise MachinesError(f"there is no machine {instance_id} yet")

    def machines(self, role: str) -> list[MachineHandle]:
        """Those in service."""
        states = self.instances(role)
        return [self.handle(one) for one, state in states.items() if state == "InService"]

    def machine(self, role: str) -> MachineHandle:
        """The one of an etcd member, the first of others."""
        return self.machines(role)[0]

    def status_of(self, path: str) -> int:
        """What the API answers who has no name, from the operator's network."""
        ask = ["curl", "--silent", "--insecure", "--max-time", "50", "--output", "/dev/null",
               "--write-out", "%{http_code}", f"https://{API_NAME}:6443{path}"]  # fmt: skip
        return int(self.cluster.operator.run(ask).stdout)

    def api_addresses(self) -> set[str]:
        """Of API servers, as the Service `kubernetes` leads to them."""
        slices = self.cluster.read("endpointslices", "--namespace=default")["items"]
        (of_api,) = (one for one in slices if one["metadata"]["name"] == "kubernetes")
        return {address for one in of_api["endpoints"] for address in one["addresses"]}

    def audited(self, mark: str) -> list[dict[str, Any]]:
        """Lines of controllers' audit logs about what was asked with this mark in its path. A line
        comes after the answer that it tells of."""

        def found() -> list[dict[str, Any]]:
            logs = [one.run(["cat", AUDIT_LOG]).stdout for one in self.machines("controller")]
            whole = [line for log in logs for line in log.splitlines(keepends=True)
                     if mark in line and line.endswith("\n")]  # fmt: skip
            lines = [json.loads(line) for line in whole]
            return [line for line in lines if mark in line["requestURI"]]

        self.cluster.operator.wait_until(lambda: bool(found()), f"no audit log tells of {mark}")
        return found()

    def ask_as(self, role_arn: str, path: str) -> subprocess.CompletedProcess[str]:
        """By the stack's kubeconfig by IAM, from the operator's machine, with a role's own keys."""
        given = self.aws("sts").assume_role(RoleArn=role_arn, RoleSessionName="somebody")
        keys = given["Credentials"]
        named = {"ACCESS_KEY_ID": keys["AccessKeyId"], "SESSION_TOKEN": keys["SessionToken"],
                 "SECRET_ACCESS_KEY": keys["SecretAccessKey"]}  # fmt: skip
        asking = ["env", *(f"AWS_{name}={value}" for name, value in named.items()), "kubectl"]
        file = f"--kubeconfig={KUBECONFIGS['kubeconfig']}"
        return self.cluster.operator.run([*asking, file, "get", f"--raw={path}"], check=False)

    def authenticators(self) -> list[str]:
        """What the IAM authenticators have said, line by line."""
        pods = self.cluster.read("pods", "--namespace=kube-system")["items"]
        names = [pod["metadata"]["name"] for pod in pods]
        logs = [self.cluster.kubectl("logs", "--namespace=kube-system", name)
                for name in names if name.startswith("aws-iam-authenticator-")]  # fmt: skip
        return [line for log in logs for line in log.splitlines()]

    def wait_until_it_writes(self) -> None:
        """Three times in a row, through whichever API server the load balancer takes. Not at once:
        a member may have led the others, and a controller is left after some bad answers."""
        change = ("annotate", "namespace", "default", "--overwrite")

        def writes() -> bool:
            try:
                for _ in range(3):
                    self.cluster.kubectl(*change, f"asked={time.monotonic()}")
            except MachinesError:
                return False
            return True

        self.cluster.operator.wait_until(writes, "the API does not write", BOOT_SECONDS)

    def hears(self, asks: str, answers: str) -> bool:
        """Whether a pod is told the other's name by its Service."""
        try:
            return self.cluster.dial(asks, answers) == answers
        except MachinesError:
            return False

    def look_after(self, what: str, machine: MachineHandle) -> None:
        """By the timer's service, which begins anew where there was no leader to ask. what:
        snapshot or watch."""
        start = ["systemctl", "start", f"heiiki-etcd-{what}.service"]
        machine.wait_until(lambda: machine.run(start, check=False).returncode == 0,
                           f"no look of {start[-1]} succeeds", BOOT_SECONDS)  # fmt: skip

    def steps(self, role: str) -> dict[str, dict[str, Any]]:
        return {step["name"]: step for step in agent_status(self.machine(role))["steps"]}

    def etcd(
        self, path: str, body: dict[str, Any], *, member: str = "1a", asked_from: str = "1a",
    ) -> dict[str, Any]:  # fmt: skip
        """The JSON form of a member's API, asked on a machine of etcd by its own certificate. Until
        it answers: between two leaders, and while a member starts, nobody does."""
        files = f"{PKI}/etcd-health-client-{asked_from}"
        command = [
            "curl", "--silent", "--show-error", "--fail", "--max-time", "30",
            "--cacert", f"{PKI}/etcd-ca.crt", "--cert", f"{files}.crt", "--key", f"{files}.key",
            "--data", json.dumps(body), f"https://{member_host(member)}:2379{path}",
        ]  # fmt: skip
        deadline = time.monotonic() + BOOT_SECONDS
        while True:
            try:
                return dict(json.loads(self.machine(self.roles[asked_from]).run(command).stdout))
            except MachinesError:
                if time.monotonic() > deadline:
                    raise
            time.sleep(0.2)

    def serving(self) -> list[dict[str, Any]]:
        """What kubelets asked to serve with, and anybody of that signer."""
        found = self.cluster.read("certificatesigningrequests")["items"]
        return [one for one in found if one["spec"]["signerName"] == SIGNER]

    def ask_to_serve(
        self, machine: MachineHandle, request: str, node: str, addresses: list[str]
    ) -> None:
        """A request of this name, by the machine's own kubelet's certificate."""
        names = ",".join([f"DNS:{node}", *(f"IP:{address}" for address in addresses)])
        machine.run(
            ["openssl", "req", "-new", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256",
             "-nodes", "-keyout", "/dev/null", "-out", "/run/asked.csr",
             "-subj", f"/O=system:nodes/CN=system:node:{node}",
             "-addext", f"subjectAltName={names}"]
        )  # fmt: skip
        pem = machine.run(["cat", "/run/asked.csr"]).stdout
        spec = {"request": _encoded(pem), "signerName": SIGNER,
                "usages": ["digital signature", "server auth"]}  # fmt: skip
        body = {"apiVersion": "certificates.k8s.io/v1", "kind": "CertificateSigningRequest",
                "metadata": {"name": request}, "spec": spec}  # fmt: skip
        post = ["--request", "POST", "--header", "Content-Type: application/json",
                "--data", json.dumps(body)]  # fmt: skip
        path = "/apis/certificates.k8s.io/v1/certificatesigningrequests"
        answer = machine.run([*KUBELET, *post, f"https://{API_NAME}:6443{path}"]).stdout
        if answer != "201":
            raise MachinesError(f"the request was answered with {answer}")

    def put(self, key: str, value: str, **more: Any) -> None:
        self.etcd("/v3/kv/put", {"key": _encoded(key), "value": _encoded(value)}, **more)

    def get(self, key: str, **more: Any) -> bytes | None:
        """What this very member has: nobody else is asked."""
        asked = {"key": _encoded(key), "serializable": True}
        found = self.etcd("/v3/kv/range", asked, **more).get("kvs", [])
        return base64.b64decode(found[0]["value"]) if found else None

    def awaited(self, key: str, **more: Any) -> bytes:
        """What a member has once it is there: of what most have it may be the last."""
        found: list[bytes] = []

        def there() -> bool:
            found.extend(value for value in [self.get(key, **more)] if value is not None)
            return bool(found)

        self.cluster.operator.wait_until(there, f"there is no {key}", BOOT_SECONDS)
        return found[0]

    def revision(self) -> int:
        return int(self.etcd("/v3/maintenance/status", {})["header"]["revision"])

    def machines_bucket(self) -> str:
        (found,) = (
            one["Name"]
            for one in self.aws("s3").list_buckets()["Buckets"]
            if one["Name"].endswith("-machines")
        )
        return str(found)

    def snapshots(self) -> list[str]:
        """Keys of etcd's, in the order of generations and times."""
        asked = {"Bucket": self.machines_bucket(), "Prefix": f"snapshots/{CLUSTER}/"}
        found = self.aws("s3").list_objects_v2(**asked).get("Contents", [])
        return [one["Key"] for one in found]

    def hash_of(self, name: str, revision: int | str) -> dict[str, Any]:
        """Of all that a member holds up to a revision; 0 is its latest."""
        asked = {"revision": revision}
        return self.etcd("/v3/maintenance/hash", asked, member=name, asked_from=name)

    def members(self) -> dict[str, str]:
        """By name, with their ids."""
        found = self.etcd("/v3/cluster/member/list", {})["members"]
        return {one["name"]: one["ID"] for one in found if not one.get("isLearner")}


def decided(request: dict[str, Any]) -> set[tuple[str, str]]:
    """What a request was answered with, and why."""
    return {(c["type"], c["reason"]) for c in request["status"].get("conditions", [])}


def _encoded(text: str) -> str:
    return base64.b64encode(text.encode()).decode()
