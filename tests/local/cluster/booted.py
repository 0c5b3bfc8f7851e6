"""The booted cluster, as tests ask it."""

import base64
import json
import time
from dataclasses import dataclass, field
from typing import Any

from local.cluster import Mirror
from local.cluster.boot_steps import agent_status
from local.machines import MachineHandle, MachinesError
from tests.local.cluster.stand_in import API_NAME, ETCD, StandIn

BOOT_SECONDS = 240.0  # nothing is asserted of it: a machine that is never ready ends the test
PKI = "/etc/etcd/pki"


@dataclass
class Booted:
    made: StandIn
    mirror: Mirror
    roles: list[str] = field(default_factory=list)
    operator: str = ""  # the id of the operator's machine

    def wait_in_service(
        self, role: str, *, count: int = 1, but: frozenset[str] = frozenset()
    ) -> list[str]:
        """Until so many of the group's are; their ids. but: machines that were there before."""
        deadline = time.monotonic() + BOOT_SECONDS
        while True:
            states = self.made.instances(role)
            ready = [one for one, state in states.items() if state == "InService"]
            fresh = sorted(set(ready) - but)
            if len(fresh) >= count:
                if role not in self.roles:
                    self.roles.append(role)
                return fresh
            if time.monotonic() > deadline:
                raise MachinesError(f"no machine of {role} is in service: {self._words(states)}")
            time.sleep(0.2)

    def _words(self, states: dict[str, str]) -> str:
        """What its consoles end with."""
        found = []
        for instance_id, state in states.items():
            try:
                words = self.mirror.machine(instance_id).console()[-3000:]
            except MachinesError as error:
                words = str(error)
            found.append(f"{instance_id} is {state}:\n{words}")
        return "\n".join(found)

    def machines(self, role: str) -> list[MachineHandle]:
        """Those in service."""
        states = self.made.instances(role)
        return [self.mirror.machine(one) for one, state in states.items() if state == "InService"]

    def machine(self, role: str) -> MachineHandle:
        """The one of an etcd member, the first of others."""
        return self.machines(role)[0]

    def kube(self, path: str, *more: str, check: bool = True) -> Any:
        """What the API answers its administrator, asked from the operator's network by the name
        that leads to the load balancer. The text, where it is no JSON."""
        machine = self.mirror.machine(self.operator)
        self._give_certificate(machine)
        command = [
            "curl",
            "--silent",
            "--show-error",
            "--max-time",
            "10",
            *more,
            "--cacert",
            "/root/kubernetes-ca.crt",
            f"https://{API_NAME}:6443{path}",
        ]
        if "--fail" not in more and check:
            command.insert(1, "--fail")
        said = machine.run(command, check=check).stdout
        return json.loads(said) if said.startswith("{") else said

    def as_administrator(self, path: str, *more: str) -> Any:
        files = ["--cert", "/root/administrator.crt", "--key", "/root/administrator.key"]
        return self.kube(path, *files, *more)

    def create(self, path: str, document: dict[str, Any]) -> Any:
        json_type = "Content-Type: application/json"
        return self.as_administrator(path, "--header", json_type, "--data", json.dumps(document))

    def _give_certificate(self, machine: MachineHandle) -> None:
        for name in ("administrator.crt", "administrator.key", "kubernetes-ca.crt"):
            file = machine.root() / "root" / name
            if not file.exists():
                file.touch(mode=0o600)
                file.write_text(self.made.secrets[name], encoding="utf-8")

    def steps(self, role: str) -> dict[str, dict[str, Any]]:
        return {step["name"]: step for step in agent_status(self.machine(role))["steps"]}

    def etcd(
        self, path: str, body: dict[str, Any], *, member: str = "1a", asked_from: str = "1a",
        certificate: str = "health-client",
    ) -> dict[str, Any]:  # fmt: skip
        """The JSON form of a member's API, asked on a machine of etcd by its own certificate."""
        return dict(json.loads(self.ask_etcd(path, body, member, asked_from, certificate)))

    def ask_etcd(
        self, path: str, body: dict[str, Any], member: str, asked_from: str, certificate: str
    ) -> str:
        files = f"{PKI}/etcd-{certificate}-{asked_from}"
        command = [
            "curl", "--silent", "--show-error", "--fail", "--max-time", "10",
            "--cacert", f"{PKI}/etcd-ca.crt", "--cert", f"{files}.crt", "--key", f"{files}.key",
            "--data", json.dumps(body), f"https://{ETCD.host(member)}:2379{path}",
        ]  # fmt: skip
        return self.machine(f"etcd-{asked_from}").run(command).stdout

    def put(self, key: str, value: str, **more: Any) -> None:
        self.etcd("/v3/kv/put", {"key": _encoded(key), "value": _encoded(value)}, **more)

    def get(self, key: str, **more: Any) -> str | None:
        """What this very member has: nobody else is asked."""
        asked = {"key": _encoded(key), "serializable": True}
        found = self.etcd("/v3/kv/range", asked, **more).get("kvs", [])
        return base64.b64decode(found[0]["value"]).decode() if found else None

    def members(self) -> dict[str, str]:
        """By name, with their ids."""
        found = self.etcd("/v3/cluster/member/list", {})["members"]
        return {one["name"]: one["ID"] for one in found if not one.get("isLearner")}


def _encoded(text: str) -> str:
    return base64.b64encode(text.encode()).decode()
