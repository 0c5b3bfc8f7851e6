"""An EC2 that is as strict as AWS about who holds a volume or an interface.

moto lets two instances hold one volume and keeps an interface of a terminated instance (reading
moto 5.2.5), so what the agent does at a hand-over cannot be shown with it. Here a volume has one
holder, its own zone, and states that take their time; Describe may tell what was true a while ago;
and any call may be refused beforehand.
"""

from __future__ import annotations

import copy
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from xml.sax.saxutils import escape

NAMESPACE = "http://ec2.amazonaws.com/doc/2016-11-15/"


@dataclass
class Attachment:
    instance: str
    device: str
    state: str  # attaching, attached, detaching
    since: float


@dataclass
class Resource:
    """A volume or a network interface."""

    id: str
    zone: str
    tags: dict[str, str]
    attachment: Attachment | None = None
    address: str = ""  # of an interface
    mac: str = ""


@dataclass
class StrictEc2:
    """time: seconds, as the test's clock has them. attached: told of every resource that arrives.

    refusals: (action, status, code) that the next calls of this action are answered with, in order.
    """

    time: Callable[[], float]
    attach_seconds: float = 3.0
    detach_seconds: float = 5.0
    stale_seconds: float = 0.0
    attached: Callable[[Resource], None] = lambda resource: None
    instances: dict[str, tuple[str, str]] = field(default_factory=dict)  # zone, state
    resources: dict[str, Resource] = field(default_factory=dict)
    refusals: list[tuple[str, int, str]] = field(default_factory=list)
    calls: list[str] = field(default_factory=list)  # actions that were done
    busy: set[str] = field(default_factory=set)  # resources whose holder does not let go
    ignores_filters: bool = False
    _past: list[tuple[float, dict[str, Resource]]] = field(default_factory=list)

    def terminate(self, instance: str) -> None:
        """The group's doing. What it held is released after a while, unless it is busy."""
        self.settle()
        zone, _ = self.instances[instance]
        self.instances[instance] = (zone, "terminated")
        for resource in self.resources.values():
            held = resource.attachment
            if held is not None and held.instance == instance:
                held.state, held.since = "detaching", self.time()
        self._remember()

    def answer(self, action: str, parameters: Mapping[str, str]) -> tuple[int, str]:
        """Status and body of one call."""
        self.settle()
        for number, (refused, status, code) in enumerate(self.refusals):
            if refused == action:
                del self.refusals[number]
                return status, _error(code, "told so by the test")
        if action == "DescribeVolumes":
            return 200, self._describe("vol-", "volumeSet", parameters)
        if action == "DescribeNetworkInterfaces":
            return 200, self._describe("eni-", "networkInterfaceSet", parameters)
        if action == "AttachVolume":
            held = "VolumeInUse", "InvalidVolume.ZoneMismatch"
            return self._attach("VolumeId", parameters, *held, device=parameters["Device"])
        if action == "AttachNetworkInterface":
            held = "InvalidNetworkInterface.InUse", "InvalidParameterCombination"
            return self._attach("NetworkInterfaceId", parameters, *held, device="")
        return 400, _error("InvalidAction", f"there is no {action} here")

    def settle(self) -> None:
        """Let what takes its time have happened."""
        now = self.time()
        for resource in self.resources.values():
            held = resource.attachment
            if held is None:
                continue
            if held.state == "attaching" and now - held.since >= self.attach_seconds:
                held.state = "attached"
                self._remember()
                self.attached(resource)
            if (
                held.state == "detaching"
                and now - held.since >= self.detach_seconds
                and resource.id not in self.busy
            ):
                resource.attachment = None
                self._remember()

    def _attach(
        self, key: str, parameters: Mapping[str, str], in_use: str, zone_code: str, *, device: str
    ) -> tuple[int, str]:
        resource = self.resources.get(parameters[key])
        if resource is None:
            return 400, _error("InvalidID.NotFound", f"{parameters[key]} does not exist")
        zone, state = self.instances.get(parameters["InstanceId"], ("", ""))
        if not zone:
            return 400, _error("InvalidInstanceID.NotFound", "no such instance")
        if state != "running":
            return 400, _error("IncorrectState", f"the instance is {state}")
        if zone != resource.zone:
            return 400, _error(zone_code, f"{resource.id} is in {resource.zone}")
        if resource.attachment is not None:
            return 400, _error(in_use, f"{resource.id} is already attached to an instance")
        resource.attachment = Attachment(parameters["InstanceId"], device, "attaching", self.time())
        self._remember()
        self.calls.append(f"attach {resource.id} to {parameters['InstanceId']}")
        return 200, f'<Answer xmlns="{NAMESPACE}"><status>attaching</status></Answer>'

    def _remember(self) -> None:
        self._past.append((self.time(), copy.deepcopy(self.resources)))

    def _describe(self, prefix: str, name: str, parameters: Mapping[str, str]) -> str:
        """As it was `stale_seconds` ago."""
        seen = self.resources
        if self.stale_seconds:
            then = [kept for at, kept in self._past if at <= self.time() - self.stale_seconds]
            first = self._past[0][1] if self._past else self.resources
            seen = then[-1] if then else first
        wanted = _filters(parameters)
        rows = "".join(
            _row(resource)
            for resource in seen.values()
            if resource.id.startswith(prefix)
            and (self.ignores_filters or wanted.items() <= resource.tags.items())
        )
        return f'<Answer xmlns="{NAMESPACE}"><{name}>{rows}</{name}></Answer>'


def _filters(parameters: Mapping[str, str]) -> dict[str, str]:
    names = {k.split(".")[1]: v for k, v in parameters.items() if k.endswith(".Name")}
    return {
        name.partition("tag:")[2]: parameters[f"Filter.{number}.Value.1"]
        for number, name in names.items()
    }


def _row(resource: Resource) -> str:
    tags = "".join(
        f"<item><key>{escape(k)}</key><value>{escape(v)}</value></item>"
        for k, v in resource.tags.items()
    )
    held = resource.attachment
    inside = ""
    if held is not None:
        inside = (
            f"<instanceId>{held.instance}</instanceId><status>{held.state}</status>"
            f"<device>{held.device}</device>"
        )
    common = f"<availabilityZone>{resource.zone}</availabilityZone><tagSet>{tags}</tagSet>"
    if resource.id.startswith("vol-"):
        item = f"<item>{inside}</item>" if held is not None else ""
        attachments = f"<attachmentSet>{item}</attachmentSet>"
        return f"<item><volumeId>{resource.id}</volumeId>{common}{attachments}</item>"
    attachment = f"<attachment>{inside}</attachment>" if held is not None else ""
    return (
        f"<item><networkInterfaceId>{resource.id}</networkInterfaceId>{common}"
        f"<macAddress>{resource.mac}</macAddress>"
        f"<privateIpAddress>{resource.address}</privateIpAddress>{attachment}</item>"
    )


def _error(code: str, message: str) -> str:
    return (
        f"<Response><Errors><Error><Code>{code}</Code><Message>{escape(message)}</Message>"
        "</Error></Errors></Response>"
    )
