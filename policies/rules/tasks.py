"""Tasks of ECS and jobs of Batch: on whose machines they run, by which interface they reach AWS,
what they are told.

A definition says what runs, as JSON text; a service, a task set or a compute environment says
where. Images are asked for with all others (images.py); where packets lead, the model is asked.

ECS developer guide: launch types (EXTERNAL runs on machines of one's own, ECS Anywhere),
platform-version-migration (from 1.4.0 of Linux on, all that a task of Fargate sends passes its
interface in the VPC; before, images and secrets were fetched past it), using_awslogs,
using_firelens, fargate-task-networking. ECS API reference, LogConfiguration. Fluent Bit 4.0,
outputs (each has the host that it sends to where none is set). Batch API reference,
RegisterJobDefinition and NetworkConfiguration (no public address by default). Read 2026-11-30.
"""

import re
from collections.abc import Iterator, Mapping
from typing import Any, Final, NamedTuple

from rules.boundary import Boundary
from rules.builds import BUILD, sources
from rules.hosts import outside_host
from rules.machines import shown
from rules.model import Check, Resource
from rules.named_hosts import hosts_in, listed_hosts
from rules.nesting import read_json
from rules.told_words import hosts_of_variable, hosts_of_words, proxies_outside
from rules.unknowns import REGION, UNKNOWN, at, each, false, is_set, listed, says

SERVICE: Final = "aws:ecs/service:Service"
TASK_SET: Final = "aws:ecs/taskSet:TaskSet"
TASK_DEFINITION: Final = "aws:ecs/taskDefinition:TaskDefinition"
RUNNING: Final = (SERVICE, TASK_SET)
JOB: Final = "aws:batch/jobDefinition:JobDefinition"
NETWORK: Final = "networkConfiguration"
CONTAINERS: Final = "containerDefinitions"
_PODS: Final = "eksProperties"
# The inputs that hold containers as text. A job has one of its own, and pods in no text.
TEXTS_OF: Final[dict[str, tuple[str, ...]]] = {
    TASK_DEFINITION: (CONTAINERS,),
    JOB: ("containerProperties", "ecsProperties", "nodeProperties"),
}
TARGET: Final = "aws:cloudwatch/eventTarget:EventTarget"
_LAUNCHED_BY: Final = ("EC2", "FARGATE", "MANAGED_INSTANCES")
_WORD: Final = re.compile("EXTERNAL")
_VERSION: Final = re.compile(r"\d+(?:\.\d+)*")
_OLD_PLATFORMS: Final = ("1.0.0", "1.1.0", "1.2.0", "1.3.0")
# Options of log drivers that hold a host, with its scheme or without; awslogs has a region, too.
_LOG_HOSTS: Final = (
    "splunk-url", "gelf-address", "fluentd-address", "syslog-address", "awslogs-endpoint",
)  # fmt: skip
# Outputs of Fluent Bit that send to their makers' hosts where nothing else is said.
_TO_MAKERS: Final = frozenset(
    {
        "azure", "azure_blob", "azure_kusto", "azure_logs_ingestion", "bigquery", "chronicle",
        "datadog", "logdna", "newrelic", "nrlogs", "oci_logan", "slack", "stackdriver", "td",
    }
)  # fmt: skip
_ROUTED: Final = "awsfirelens"
_ROUTED_HOSTS: Final = ("host", "endpoint", "sts_endpoint", "logdna_host", "url")


# What is read of the texts, as AWS spells it. The provider reads them as Go does: it takes a key in
# any case, the last one where there are several, and sends AWS its own spelling (pulumi-aws 7 on
# terraform-provider-aws, whose pull request 38622 tells of keys with capitals; encoding/json).
_SPELLED: Final = {
    key.lower(): key
    for key in (
        "assignPublicIp", "command", "container", "containers", "dnsServers", "ecsProperties",
        "entryPoint", "environment", "environmentFiles", "extraHosts",
        "fargatePlatformConfiguration", "firelensConfiguration", "healthCheck", "image",
        "ipAddress", "logConfiguration", "logDriver", "name", NETWORK, "nodeRangeProperties",
        "options", "platformVersion", "taskProperties", "value", "volumes",
    )
}  # fmt: skip


class Container(NamedTuple):
    """One container of a task definition. where: as messages say it."""

    where: str
    body: Mapping[str, Any]


def containers(resource: Resource) -> list[Container] | None:
    """The containers of a definition; None where its text is unknown or none that AWS takes."""
    found: list[Container] = []
    for key in TEXTS_OF.get(resource.type, ()):
        value = resource.props.get(key)
        if not is_set(value) and resource.type != TASK_DEFINITION:
            continue  # a job has one of several
        try:
            read = read_json(value, _spelled) if isinstance(value, str) else None
        except ValueError:
            return None
        found += _in_text(key, read)
    return found if all(isinstance(one.body, dict) for one in found) and found else None


def _spelled(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    return {_SPELLED.get(key.lower(), key): value for key, value in pairs}


def _in_text(key: str, read: Any) -> Iterator[Container]:
    """The containers of one text: a list, one alone, or those of tasks or of ranges of nodes."""
    if key in (CONTAINERS, "containerProperties"):
        yield from (Container(f"{key}{index}", body) for index, body in each(read))
    for index, task in each(at(read, "taskProperties")):
        where = f"{key}.taskProperties{index}"
        for number, body in each(at(task, "containers")):
            yield Container(f"{where}.containers{number}", _with(task, body))
    for index, part in each(at(read, "nodeRangeProperties")):
        where = f"{key}.nodeRangeProperties{index}"
        yield from (Container(f"{where}.container", b) for _, b in each(at(part, "container")))
        yield from _in_text(f"{where}.ecsProperties", at(part, "ecsProperties"))


def _with(task: Any, body: Any) -> Any:
    """A container with what is said of its task, which is said of it where it is a job alone."""
    said = {key: at(task, key) for key in (NETWORK, "platformVersion", "volumes")}
    return {**body, **said} if isinstance(body, dict) else body


def images(resource: Resource) -> Iterator[tuple[str, Any]]:
    """The images of a definition. A text that nobody can read names none that can be run."""
    found = containers(resource)
    if found is None:
        keys = TEXTS_OF[resource.type]
        unknown = [key for key in keys if resource.props.get(key) is UNKNOWN]
        yield (unknown or keys)[0], UNKNOWN if unknown else ""
    for container in found or ():
        yield f"{container.where}.image", container.body.get("image", "")


def public_address(resource: Resource) -> Iterator[str]:
    """What asks for public addresses of tasks and jobs: they have none where nothing is said."""
    asked = [(NETWORK, at(resource.props, NETWORK, "assignPublicIp"))]
    if resource.type == JOB:
        found = containers(resource) or ()
        asked = [(f"{c.where}.{NETWORK}", at(c.body, NETWORK, "assignPublicIp")) for c in found]
    for where, value in asked:
        if is_set(value) and not false(value) and value != "DISABLED":
            yield f"{where}.assignPublicIp is {says(value)}, not false"


def _elsewhere(resource: Resource, boundary: Boundary) -> Iterator[str]:
    """What has tasks run on machines outside, or reach AWS past the VPC."""
    held = "ecsTarget" if resource.type == TARGET else ""
    props = at(resource.props, held) if held else resource.props
    start = f"{held}." if held else ""
    kind = at(props, "launchType")
    if is_set(kind) and not listed(kind, _LAUNCHED_BY):
        yield f"{start}launchType is {says(kind, _WORD)}: tasks run on machines outside AWS, or may"
    for index, other in each(at(props, "requiresCompatibilities")):
        if not listed(other, _LAUNCHED_BY):
            yield f"requiresCompatibilities{index} is {says(other, _WORD)}: it runs outside, or may"
    if is_set(at(props, _PODS)):
        yield f"sets {_PODS}: its pods run as no admission and no rule of this program has seen"
    for where, version in _platforms(resource, start, props):
        if version is UNKNOWN or listed(version, _OLD_PLATFORMS):
            said = says(version, _VERSION)
            yield f"{where}platformVersion is {said}, by which images are fetched past the VPC"


def _platforms(resource: Resource, start: str, props: Any) -> Iterator[tuple[str, Any]]:
    yield start, at(props, "platformVersion")
    for where, body in (containers(resource) or ()) if resource.type == JOB else ():
        yield f"{where}.", at(body, "platformVersion")
        yield f"{where}.", at(body, "fargatePlatformConfiguration", "platformVersion")


def _outside_hosts(resource: Resource, boundary: Boundary) -> Iterator[str]:
    for where, host in dict.fromkeys(_told(resource)):
        fault = outside_host(host, boundary)
        if fault:
            yield f"{where} names {shown(host)}, which {fault}"
    found = containers(resource) or ()
    said = [(c.where, *pair) for c in found for pair in _variables(c.body)]
    said += [("environment", *pair) for pair in _built_with(resource)]
    yield from proxies_outside(said, boundary)
    for where, log in _logs(resource):
        options = _options(log)
        region = options.get("awslogs-region", options.get("region"))
        if boundary.regions and is_set(region) and not listed(region, boundary.regions):
            yield f"{where} sends to region {says(region, REGION)}, which is not declared"
        name, told = str(options.get("name", "")).lower(), _hosts_of(options)
        if at(log, "logDriver") == _ROUTED and name in _TO_MAKERS and not told:
            yield f"{where} sends to {name}, at its maker's host"


def _told(resource: Resource) -> Iterator[tuple[str, str]]:
    """The hosts that the containers of a task are told of."""
    for container in containers(resource) or ():
        yield from _of_container(container)
    for where, log in _logs(resource):
        yield from ((where, host) for host in _hosts_of(_options(log)))
    if resource.type == BUILD:
        yield from _of_build(resource)
    for index, volume in each(resource.props.get("volumes")):
        options = at(volume, "dockerVolumeConfiguration", "driverOpts")
        for value in options.values() if isinstance(options, dict) else ():
            if isinstance(value, str):
                yield from ((f"volumes{index}", host) for _, host in hosts_in(value))


def _of_build(resource: Resource) -> Iterator[tuple[str, str]]:
    for name, value in _built_with(resource):
        where = "environment.environmentVariables"
        yield from ((where, host) for host in hosts_of_variable(name, value))
    for path, source in sources(resource):
        spec = at(source, "buildspec")
        if isinstance(spec, str) and "\n" in spec:  # else it is the name of a file
            yield from ((f"{path}.buildspec", host) for _, host in hosts_in(spec))


def _built_with(resource: Resource) -> Iterator[tuple[str, str]]:
    for _, item in each(at(resource.props, "environment", "environmentVariables")):
        name, value = at(item, "name"), at(item, "value")
        if isinstance(name, str) and isinstance(value, str):
            yield name, value


def _of_container(container: Container) -> Iterator[tuple[str, str]]:
    where, body = container
    for name, value in _variables(body):
        yield from ((f"{where}.environment", host) for host in hosts_of_variable(name, value))
    for key in ("entryPoint", "command"):
        yield from ((f"{where}.{key}", host) for host in hosts_of_words(body.get(key)))
    health = at(body, "healthCheck", "command")
    yield from ((f"{where}.healthCheck", host) for host in hosts_of_words(health))
    for _, server in each(body.get("dnsServers")):
        if isinstance(server, str):
            yield f"{where}.dnsServers", server
    for _, entry in each(body.get("extraHosts")):
        address = at(entry, "ipAddress")
        if isinstance(address, str):
            yield f"{where}.extraHosts", address


def _variables(body: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    for _, item in each(body.get("environment")):
        name, value = at(item, "name"), at(item, "value")
        if isinstance(name, str) and isinstance(value, str):
            yield name, value


def _logs(resource: Resource) -> Iterator[tuple[str, Any]]:
    """Where containers send their logs, and the proxies of Service Connect theirs."""
    for container in containers(resource) or ():
        yield f"{container.where}.logConfiguration", container.body.get("logConfiguration")
    path = ("serviceConnectConfiguration", "logConfiguration")
    yield ".".join(path), at(resource.props, *path)


def _options(log: Any) -> dict[str, Any]:
    """Fluent Bit takes its keys in any case."""
    given = at(log, "options")
    return {str(k).lower(): v for k, v in given.items()} if isinstance(given, dict) else {}


def _hosts_of(options: Mapping[str, Any]) -> list[str]:
    found: list[str] = []
    for key in (*_LOG_HOSTS, *_ROUTED_HOSTS):
        value = options.get(key)
        if isinstance(value, str):
            bare = value.partition("://")[2] or value
            found += listed_hosts(bare) if "$" not in bare else ["$"]
            found += [host for _, host in hosts_in(value)]
    return list(dict.fromkeys(found))


def buckets(resource: Resource) -> Iterator[tuple[str, str]]:
    """Buckets whose objects containers are started with: their variables, the routes of their
    logs. Each with where it is named."""
    for container in containers(resource) or ():
        for index, item in each(container.body.get("environmentFiles")):
            yield f"{container.where}.environmentFiles{index}", str(at(item, "value") or "")
        options = at(container.body, "firelensConfiguration", "options")
        if at(options, "config-file-type") == "s3":
            yield f"{container.where}.firelensConfiguration", str(at(options, "config-file-value"))


CHECKS: dict[str, Check] = {"CN-250": _elsewhere, "CN-251": _outside_hosts}
