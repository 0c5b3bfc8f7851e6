"""`python -m local.cluster rotate`: authorities and keys of a booted cluster are rotated, by the
documented commands (docs/self-hosted/pki.md), while somebody asks the API twice a second.

After each of the three updates it is waited until every machine has taken it, and then asked what
people and programs ask of a cluster; at the end, whether anybody still trusts what was dropped.
"""

import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any

from local.carry_in.images import carried_images
from local.cluster import workload
from local.cluster.asking import Asking, Heard
from local.cluster.former import TOKENS, YAML_KEYS, Former, former_of
from local.cluster.life import Cluster, Progress, is_ready
from local.cluster.signed_by import is_worker, of_machine, serials
from local.machines import MachineHandle, MachinesError

UPDATES = ("trust the next one too", "sign with it", "drop the former one")
AGAIN_AFTER = {"kubernetes": UPDATES[0], TOKENS: UPDATES[1]}  # pods are started anew
WHOLE_DAYS = 365  # of programs' certificates, where the stack file does not say
QUIET_SECONDS = 10.0  # that somebody asks after all is over: what breaks late is heard, too


def wanted(update: int, former: int) -> dict[str, int]:
    """Generations of an update, 0 to 2, on the way from the former one to the next."""
    following = former + 1
    return [
        {"generation": former, "alsoTrusted": following},
        {"generation": following, "alsoTrusted": former},
        {"generation": following},
    ][update]


def stepped(config: dict[str, Any], update: int, former: Mapping[str, int]) -> dict[str, Any]:
    """The stack file's keys with that update. former: generations by name, as files are called."""
    plane = config["controlPlane"]
    pki = plane.setdefault("pki", {"kind": "generate"})
    rotation = pki.setdefault("rotation", {})
    rotation |= {YAML_KEYS[name]: wanted(update, of) for name, of in former.items()}
    return config


def generations(config: Mapping[str, Any], names: Iterable[str]) -> dict[str, int]:
    """Which generation signs now, by name."""
    rotation = config["controlPlane"].get("pki", {}).get("rotation", {})
    return {n: int(rotation.get(YAML_KEYS[n], {}).get("generation", 1)) for n in names}


def renewed(config: dict[str, Any]) -> dict[str, Any]:
    """The stack file's keys with another validity, for which programs' certificates are made anew:
    nobody waits for their end here."""
    validity = (
        config["controlPlane"].setdefault("pki", {"kind": "generate"}).setdefault("validity", {})
    )
    validity["certificateDays"] = int(validity.get("certificateDays", WHOLE_DAYS)) - 1
    return config


@dataclass(frozen=True, slots=True)
class Update:
    """What one update took, and what who asked meanwhile has heard. replaced: machines."""

    what: str
    seconds: float
    replaced: int
    heard: Heard

    def __str__(self) -> str:
        return f"{self.what}: {self.seconds:.0f} s, {self.replaced} machines replaced; {self.heard}"


@dataclass
class Rotation:
    """Of a cluster that is up. names: authorities and keys, as their files are called."""

    cluster: Cluster
    progress: Progress
    names: tuple[str, ...] = tuple(YAML_KEYS)

    def run(self) -> list[Update]:
        """MachinesError with what does not come to hold."""
        asking = self._begin()
        before = generations(self.cluster.stack.config, self.names)
        former = former_of(self.cluster, before)
        done = []
        try:
            for number, what in enumerate(UPDATES):
                config = stepped(self.cluster.stack.config, number, before)
                done.append(self._take(what, config, asking, partial(self._after, number, former)))
        finally:
            asking.stop()
        self._nobody_trusts(former)
        return done

    def renew(self) -> Update:
        """The same of certificates that are made anew by the authorities that there are, as by the
        first `up` near their end. MachinesError with what does not come to hold."""
        asking, config = self._begin(), self.cluster.stack.config
        shown = {n for m in self._machines().values() for n in serials(m) if not is_worker(m)}
        try:
            return self._take("renew", renewed(config), asking, partial(self._shows_others, shown))
        finally:
            asking.stop()

    def _begin(self) -> Asking:
        """Somebody who asks, from the operator's machine and from pods."""
        asking = Asking(self.cluster.operator)  # where there is no cluster, this says so
        image = carried_images(self.progress).references(self.cluster.stack.registry)["agnhost"]
        workload.start(self.cluster, image, self.progress)
        asking.start()
        return asking

    def _take(
        self, what: str, config: Mapping[str, Any], asking: Asking, after: Callable[[], None]
    ) -> Update:
        """One update of the stack file, until every machine has taken it and all holds. after: what
        people do then, and what is asked besides."""
        self.progress(what)
        began, machines = time.time(), set(self._machines())
        stack = self.cluster.stack
        stack.ask(config)
        stack.up(self.progress)
        self.cluster.equip(self.progress)
        # Groups replace controllers and nodes by themselves; members are ours to replace, and so
        # are controllers that they live on, for which workers wait.
        if self._on_controllers():
            stack.roll(self.progress)
        self.cluster.wait("machines are replaced", self._replacing, self.progress)
        if not self._on_controllers():
            stack.roll(self.progress)
        took = time.time() - began
        self._holds()
        after()
        time.sleep(QUIET_SECONDS)
        replaced = len(set(self._machines()) - machines)
        found = Update(what, took, replaced, asking.between(began, time.time()))
        self.progress(str(found))
        return found

    def _after(self, number: int, former: Former) -> None:
        if number < len(UPDATES) - 1:
            former.is_believed(self.cluster, self.progress)
        # Pods that began while the controller managers were the former ones know the former
        # authority alone, and have tokens of the former key (docs/self-hosted/pki.md).
        if UPDATES[number] in {AGAIN_AFTER[name] for name in self.names if name in AGAIN_AFTER}:
            workload.restart_all(self.cluster, self.progress)

    def _shows_others(self, former: set[int]) -> None:
        now = {n for machine in self._machines().values() for n in serials(machine)}
        if now & former:
            raise MachinesError(f"{len(now & former)} certificates of before are still shown")

    def _machines(self) -> dict[str, MachineHandle]:
        """By instance: those that the rotation is about, and not the operator's."""
        roles = self.cluster.roles()
        return {
            machine.status().instance_id: machine
            for role in roles
            for machine in self.cluster.machines(role)
        }

    def _on_controllers(self) -> bool:
        return any(role.startswith("controller-") for role in self.cluster.members().values())

    def _replacing(self) -> list[str]:
        """Groups whose refresh goes on."""
        autoscaling = self.cluster.stack.client(self.cluster.aws_url, "autoscaling")
        found = []
        for group in autoscaling.describe_auto_scaling_groups()["AutoScalingGroups"]:
            name = group["AutoScalingGroupName"]
            asked = autoscaling.describe_instance_refreshes(AutoScalingGroupName=name)
            for refresh in asked["InstanceRefreshes"][:1]:
                if refresh["Status"] not in ("Successful", "Cancelled"):
                    found.append(f"{name} is at {refresh['PercentageComplete']} %")
        return found

    def _holds(self) -> None:
        """What people and programs ask of a cluster, each until it is so."""
        asked: dict[str, Callable[[], list[str]]] = {
            "every node is Ready": self.cluster.waiting_nodes,
            "every member of etcd is healthy": self._unwell_members,
            "people are known by certificate and by IAM": self._unknown_people,
            "every pod runs": partial(workload.waiting, self.cluster),
            "pods reach the API with the token and the authority that they have":
                partial(workload.deaf, self.cluster),
            "logs and commands of pods on every node are had": partial(workload.mute, self.cluster),
        }  # fmt: skip
        for what, waiting in asked.items():
            self.cluster.wait(what, waiting, self.progress)

    def _unwell_members(self) -> list[str]:
        found = []
        for member, role in self.cluster.members().items():
            for machine in self.cluster.machines(role):
                pair = f"/etc/etcd/pki/etcd-health-client-{member}"
                ask = ["curl", "--silent", "--fail", "--max-time", "20", "--cacert",
                       "/etc/etcd/pki/etcd-ca.crt", "--cert", f"{pair}.crt", "--key", f"{pair}.key",
                       "https://127.0.0.1:2379/health"]  # fmt: skip
                if '"health":"true"' not in machine.run(ask, check=False).stdout:
                    found.append(role)
        return found

    def _unknown_people(self) -> list[str]:
        for kubeconfig in ("administratorKubeconfig", "kubeconfig"):
            self.cluster.kubectl("auth", "whoami", kubeconfig=kubeconfig)
        return []

    def _nobody_trusts(self, former: Former) -> None:
        """By what is in files and what is shown, and by trying what it has signed."""
        self.progress("asking whether anybody trusts what was dropped")
        workload.forget_bundle(self.cluster)
        found = []
        for instance_id, machine in self._machines().items():
            for place, known in of_machine(machine).items():
                found += [f"{instance_id} {place}: {name}" for name in known & former.authorities]
        if found:
            raise MachinesError(f"what was dropped is still there: {'; '.join(sorted(found))}")
        self.cluster.wait("bundles of the cluster name the next ones alone",
                          partial(workload.bundles_with, self.cluster, former.authorities),
                          self.progress)  # fmt: skip
        former.is_refused(self.cluster)
        unready = [p["metadata"]["name"] for p in self.cluster.read("pods")["items"]
                   if not is_ready(p)]  # fmt: skip
        if unready:
            raise MachinesError(f"pods do not run: {', '.join(unready)}")
