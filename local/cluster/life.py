"""`make cluster` and `make cluster-down`: a whole cluster from a stack file, and nothing of it."""

import json
import os
import shutil
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import nullcontext
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from local.carry_in.images import carried_images
from local.carry_in.programs import Program, programs
from local.carry_in.registry import CarriedImages
from local.cluster.at_work import at_work, claim_of
from local.cluster.boot_steps import BootStep, agent_status, steps_of, timeline
from local.cluster.first_answer import FirstAnswer, health_question
from local.cluster.follower import Follower
from local.cluster.milestones import milestones
from local.cluster.operator_tools import (
    FOLDER,
    KUBECONFIGS,
    KUBECTL,
    bring_kubeconfigs,
    bring_programs,
)
from local.cluster.records import ALIVE
from local.cluster.stack import STARTED_FOR, ClusterStack
from local.environment import Home
from local.machines import MachineHandle, MachinesError, World
from local.processes import end_having

READY_SECONDS, END_SECONDS = 600.0, 30.0
WORKERS = 2
OPERATOR, ROLE_TAG, NAME_TAG = "operator", "heiiki:role", "Name"
MARK = "node-role.kubernetes.io/control-plane"  # of controllers
Progress = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Cluster:
    """Everything of it is below one folder, which `down` removes."""

    home: Home

    @property
    def stack(self) -> ClusterStack:
        return ClusterStack(self.home)

    @property
    def world(self) -> World:
        return World(self.home.directory / "machines" / "cluster")

    @property
    def follower(self) -> Follower:
        return Follower(self.home.directory / "follower")

    @property
    def aws_url(self) -> str:
        endpoints = self.stack.embedded.status().endpoints
        if endpoints is None:
            raise MachinesError("there is no cluster here; `make cluster` makes one")
        return endpoints.aws_endpoint_url

    def up(
        self, progress: Progress, *, on_controllers: bool = False, workers: int = WORKERS
    ) -> None:
        """Returns when every node is Ready and pods of two workers have reached each other.

        on_controllers: members of etcd live there, and not on machines of their own. workers: with
        one, there are no pods that could reach each other.
        """
        with at_work(self.home.directory):
            self._up(progress, on_controllers, workers)

    def _up(self, progress: Progress, on_controllers: bool, workers: int) -> None:
        if self.home.directory.exists():
            raise MachinesError(f"{self.home.directory} holds a cluster; remove it first: "
                                "make cluster-down")  # fmt: skip
        self.world.prepare(progress)
        built, carried = programs(progress), carried_images(progress)
        self.stack.write(built, carried, on_controllers=on_controllers, workers=workers)
        url = self.stack.embedded.start(progress).aws_endpoint_url
        self.stack.carry_in(url, built)
        self.follower.start("--region", self.stack.region, "--home", str(self.home.directory))
        try:
            with FirstAnswer(self._healthy, self._health(built)):
                self.stack.up(progress)
        except MachinesError as error:
            raise MachinesError(f"{error}\n{self.follower.words()}") from error
        self.equip(progress)
        self.wait("kubectl is answered from the operator's network", self._unanswered, progress)
        self._answered.write_text(repr(time.time()), encoding="utf-8")
        self.wait("every node is Ready", self.waiting_nodes, progress)
        if workers > 1:
            self._let_pods_talk(carried, progress)

    def down(self) -> None:
        """In this order, so that nothing is made anew behind it. After a kill, too."""
        there = self.home.directory.exists() or claim_of(self.home.directory).exists()
        if there and os.geteuid() != 0:
            raise MachinesError(f"{self.home.directory} is root's: remove it as root (sudo)")
        with at_work(self.home.directory) if there else nullcontext():
            self._down()

    def _down(self) -> None:
        # Of a command that was killed its engine goes on, and would write its state anew.
        if not end_having(STARTED_FOR, str(self.home.directory), END_SECONDS):
            raise MachinesError(f"commands of the stack in {self.home.directory} do not end")
        self.follower.stop()
        self.world.down()
        self.stack.embedded.stop()
        shutil.rmtree(self.home.directory, ignore_errors=True)

    def instances(self) -> dict[str, dict[str, str]]:
        """Id to tags, of those that live."""
        ec2 = self.stack.client(self.aws_url, "ec2")
        found = [i for r in ec2.describe_instances()["Reservations"] for i in r["Instances"]]
        return {
            one["InstanceId"]: {tag["Key"]: tag["Value"] for tag in one.get("Tags", [])}
            for one in found
            if one["State"]["Name"] in ALIVE
        }

    def machines(self, role: str) -> list[MachineHandle]:
        """Of a role, by the tag that the stack gives. Controllers that members of etcd live on have
        one each: controller-<member>."""
        wanted = {
            i
            for i, tags in self.instances().items()
            if tags.get(ROLE_TAG) == role
            or (role == "controller" and tags.get(ROLE_TAG, "").startswith("controller-"))
        }
        there = [s for s in self.world.status() if s.instance_id in wanted]
        return [self.world.machine(status.name) for status in there]

    def roles(self) -> list[str]:
        """Of machines that the stack's groups have started."""
        return sorted({tags[ROLE_TAG] for tags in self.instances().values() if ROLE_TAG in tags})

    def members(self) -> dict[str, str]:
        """Member of etcd to the role of its machine, which is a controller's too where they share
        one."""
        parts = ((role, role.partition("-")) for role in self.roles())
        return {m: role for role, (kind, _, m) in parts if m and kind in ("etcd", "controller")}

    @property
    def operator(self) -> MachineHandle:
        """Where people ask from."""
        named = {i for i, tags in self.instances().items()
                 if tags.get(NAME_TAG, "").endswith(f"-{OPERATOR}")}  # fmt: skip
        for status in self.world.status():
            if status.instance_id in named:
                return self.world.machine(status.name)
        raise MachinesError("the operator's machine is not there")

    def kubectl(
        self, *words: str, stdin: str = "", check: bool = True,
        kubeconfig: str = "administratorKubeconfig",
    ) -> str:  # fmt: skip
        """On the operator's machine, with a kubeconfig of the stack: by certificate or by IAM."""
        file = f"--kubeconfig={KUBECONFIGS[kubeconfig]}"
        command = [f"{FOLDER}/{KUBECTL}", file, "--request-timeout=20s", *words]
        return self.operator.run(command, stdin=stdin, check=check).stdout

    def read(self, *words: str) -> Any:
        return json.loads(self.kubectl("get", *words, "--output=json"))

    def steps(self) -> list[BootStep]:
        """Of the boots of all machines."""
        names = {i: tags.get(NAME_TAG, i) for i, tags in self.instances().items()}
        return [
            step
            for status in self.world.status()
            for step in steps_of(names.get(status.instance_id, status.name),
                                 agent_status(self.world.machine(status.name)))
        ]  # fmt: skip

    def timeline(self) -> str:
        return timeline(self.steps())

    @property
    def _healthy(self) -> Path:
        """When kubectl was first answered about the API's health, in seconds since the epoch."""
        return self.home.directory / "healthy"

    @property
    def _answered(self) -> Path:
        """When kubectl was first answered with the stack's kubeconfig, in the same."""
        return self.home.directory / "answered"

    def was_answered(self) -> bool:
        return self._answered.exists()

    def milestones(self) -> str:
        """From the power-on of the first machine of a role."""
        machines = [machine for role in self.roles() for machine in self.machines(role)]
        pods = [pod for pod in self.read("pods", "--all-namespaces")["items"]
                if not pod["spec"].get("hostNetwork")]  # fmt: skip
        power_on = min(machine.timeline()[0].at for machine in machines)
        healthy, answered = (
            float(file.read_text("utf-8")) if file.exists() else None
            for file in (self._healthy, self._answered)
        )
        nodes = self.read("nodes")["items"]
        return milestones(power_on, self.steps(), nodes, pods, healthy, answered)

    def _health(self, built: Mapping[str, Program]) -> Callable[[], None]:
        """Asks for the API's health from the operator's machine, once both are there."""
        found: list[tuple[MachineHandle, list[str]]] = []

        def ask() -> None:
            if not found:
                question = health_question(self.stack.client(self.aws_url, "elbv2"))
                operator = self.operator
                bring_programs(operator.root(), built)
                found.append((operator, question))
            ((operator, question),) = found
            operator.run(question)

        return ask

    def equip(self, progress: Progress) -> None:
        """Of the stack as it is now: people take its kubeconfigs again when it was changed."""
        root = self.operator.root()
        bring_programs(root, programs())
        bring_kubeconfigs(root, self.stack.outputs(progress, *KUBECONFIGS))

    def wait(self, what: str, waiting: Callable[[], list[str]], progress: Progress) -> None:
        """Until nobody is waited for."""
        progress(f"waiting until {what}")
        deadline = time.monotonic() + READY_SECONDS
        left = ["?"]
        while left:
            if time.monotonic() > deadline:
                raise MachinesError(f"waited {READY_SECONDS:.0f} s until {what}; not yet: "
                                    f"{', '.join(left)}")  # fmt: skip
            began = time.monotonic()
            try:
                left = waiting()
            except MachinesError as error:
                left = [str(error)]
            # Those that are waited for need the processors, too.
            time.sleep(max(0.5, time.monotonic() - began) if left else 0)

    def _unanswered(self) -> list[str]:
        """Not before the stack has put out the kubeconfig: people have none until then."""
        self.read("namespace", "default")
        return []

    def waiting_nodes(self) -> list[str]:
        nodes = self.read("nodes")["items"]
        wanted = len(self.machines("controller")) + len(self.machines("worker"))
        return [n["metadata"]["name"] for n in nodes if not is_open(n)] or (
            ["nodes that did not join"] if len(nodes) < wanted else []
        )

    def _let_pods_talk(self, carried: CarriedImages, progress: Progress) -> None:
        image = carried.references(self.stack.registry)["agnhost"]
        nodes = [n["metadata"]["name"] for n in self.read("nodes")["items"]
                 if MARK not in n["metadata"]["labels"]][:2]  # fmt: skip
        names = dict(zip(("one", "two"), nodes, strict=True))
        documents = [d for name, node in names.items() for d in answering(name, node, image)]
        self.kubectl("create", "--filename=-", stdin=json.dumps(listed(documents)))
        self.wait("a pod on each worker runs", lambda: [
            p["metadata"]["name"] for p in self.read("pods")["items"] if not is_ready(p)
        ], progress)  # fmt: skip
        for asks, answers in (("one", "two"), ("two", "one")):
            self.wait(f"pod {asks} reaches pod {answers} by its Service's name",
                       partial(self._unheard, asks, answers), progress)  # fmt: skip

    def _unheard(self, asks: str, answers: str) -> list[str]:
        return [] if self.dial(asks, answers) == answers else [asks]

    def dial(self, asks: str, answers: str) -> str:
        """What pod `asks` is told by the Service of `answers`."""
        query = f"host=on-{answers}.default.svc.cluster.local&port=80&protocol=http"
        path = f"/api/v1/namespaces/default/pods/{asks}:8080/proxy/dial?{query}&request=hostname"
        found = json.loads(self.kubectl("get", f"--raw={path}"))
        return "".join(found.get("responses", []))


def is_ready(one: dict[str, Any]) -> bool:
    conditions = one.get("status", {}).get("conditions", [])
    return ("Ready", "True") in [(c["type"], c["status"]) for c in conditions]


def is_open(node: dict[str, Any]) -> bool:
    """Ready, and the cloud controller has let pods in."""
    taints = [taint["key"] for taint in node["spec"].get("taints", [])]
    return is_ready(node) and not any(key.startswith("node.") for key in taints)


def listed(documents: list[dict[str, Any]]) -> dict[str, Any]:
    return {"apiVersion": "v1", "kind": "List", "items": documents}


def answering(name: str, node: str, image: str) -> Iterator[dict[str, Any]]:
    """A pod on this node that says its name and asks others, and the Service that leads to it."""
    labels = {"app": name}
    container = {
        "name": "agnhost", "image": image, "args": ["netexec", "--http-port=8080"],
        "readinessProbe": {"httpGet": {"path": "/readyz", "port": 8080}, "periodSeconds": 1},
    }  # fmt: skip
    yield {
        "apiVersion": "v1", "kind": "Pod", "metadata": {"name": name, "labels": labels},
        "spec": {"nodeSelector": {"kubernetes.io/hostname": node}, "containers": [container]},
    }  # fmt: skip
    yield {
        "apiVersion": "v1", "kind": "Service", "metadata": {"name": f"on-{name}"},
        "spec": {"selector": labels, "ports": [{"port": 80, "targetPort": 8080}]},
    }  # fmt: skip
