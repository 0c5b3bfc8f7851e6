"""What AWS says of a recorded stack right now. Only reads, and each answer stands by itself.

What cannot be read is said where it would stand, so that one missing permission hides one line.
"""

import ipaddress
import socket
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from concurrent.futures import TimeoutError as LateError
from functools import partial
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from automation import own_live
from automation.errors import AutomationError
from automation.identity import caller_of
from automation.live_permits import ASSOCIATION, ENTRY, access_entries, policy_differs
from automation.seen import Look, Seen, asked, gone
from automation.state import Resource, State
from automation.support import is_supported, support_warnings, today
from plan.fact_files import load_facts

if TYPE_CHECKING:
    from automation.aws_calls import Account

CLUSTER, ADD_ON = "aws:eks/cluster:Cluster", "aws:eks/addon:Addon"
GROUP, NODE_GROUP = "aws:autoscaling/group:Group", "aws:eks/nodeGroup:NodeGroup"
ENDPOINT, VOLUME = "aws:ec2/vpcEndpoint:VpcEndpoint", "aws:ebs/volume:Volume"
NAME_SECONDS, CONNECT_SECONDS = 5.0, 3.0
_REFRESH_ENDED = ("Successful", "Failed", "Cancelled", "RollbackFailed", "RollbackSuccessful")


def look(state: State, account: "Account") -> tuple[Seen, ...]:
    """What AWS says of what is recorded; who asks comes first, and nothing where nobody may."""
    region = state.region
    if region is None:
        return ()
    try:
        _, arn = caller_of(account, region)
    except AutomationError as error:
        return (Seen("you", "", _unread(error), None),)
    seen = [Seen("you", arn, f"ask AWS in {region}", True)]
    looks: tuple[tuple[str, str, Look], ...] = (
        (CLUSTER, "cluster", _clusters),
        (ADD_ON, "add-on", _add_ons),
        (ENTRY, "access", partial(access_entries, state.of_type(ASSOCIATION))),
        (GROUP, "pool", _groups),
        (NODE_GROUP, "pool", _node_groups),
        (ENDPOINT, "endpoint", _endpoints),
        (VOLUME, "volume", _volumes),
    )
    for token, kind, ask in looks:
        if recorded := state.of_type(token):
            try:
                seen += ask(recorded, region, account)
            except AutomationError as error:
                seen.append(Seen(kind, "", _unread(error), None))
    for kind, ask_own in (("member", own_live.members), ("etcd", own_live.etcd)):
        try:
            seen += ask_own(state, region, account)
        except AutomationError as error:
            seen.append(Seen(kind, "", _unread(error), None))
    seen += own_live.certificates(state)
    eks = [str(cluster.outputs.get("endpoint", "")) for cluster in state.of_type(CLUSTER)]
    seen += [api_name(url) for url in (*eks, *own_live.own_endpoints(state))]
    return tuple(seen)


def _unread(error: AutomationError) -> str:
    return f"not known: {error.message}"


def _clusters(recorded: Sequence[Resource], region: str, account: "Account") -> Iterator[Seen]:
    for resource in recorded:
        answer = asked(account, region, "eks:DescribeCluster", name=resource.id)
        if answer is None:
            yield gone("cluster", resource.id)
            continue
        found = answer["cluster"]
        access, version = found["resourcesVpcConfig"], found["version"]
        public = access.get("endpointPublicAccess")
        mode = "PUBLIC" if public else "private only"
        told = f"{found['status']}, Kubernetes {version}, API {mode}{_issues(found)}"
        well = found["status"] == "ACTIVE" and not public and not _issues(found)
        yield Seen("cluster", resource.id, told, well)
        facts = load_facts("kubernetes.yaml")
        ends = facts["standard_support_ends"].get(version)
        extended = facts["extended_support_ends"].get(version)
        said = f"standard support ends {ends}, extended support {extended}"
        # Where AWS tells none, its default: EKS API reference, UpgradePolicyRequest
        support = found.get("upgradePolicy", {}).get("supportType", "EXTENDED")
        day = today()
        notices = support_warnings(version, support, day)
        said = "; ".join(notices) or (said if ends else "not known: newer than heiiki's table")
        yield Seen("support", f"Kubernetes {version}", said, is_supported(version, support, day))


def _add_ons(recorded: Sequence[Resource], region: str, account: "Account") -> Iterator[Seen]:
    for resource in recorded:
        cluster, _, name = resource.id.partition(":")
        wanted = {"clusterName": cluster, "addonName": name}
        answer = asked(account, region, "eks:DescribeAddon", **wanted)
        if answer is None:
            yield gone("add-on", name)
            continue
        found = answer["addon"]
        told = f"{found['status']}, {found['addonVersion']}{_issues(found)}"
        yield Seen("add-on", name, told, found["status"] == "ACTIVE" and not _issues(found))


def _groups(recorded: Sequence[Resource], region: str, account: "Account") -> Iterator[Seen]:
    names = {r.id: r.name for r in recorded}
    rows = account.paged(
        "autoscaling", region, "describe_auto_scaling_groups", "AutoScalingGroups",
        AutoScalingGroupNames=list(names),
    )  # fmt: skip
    found = {row["AutoScalingGroupName"]: row for row in rows}
    for group, name in names.items():
        if group not in found:
            yield gone("pool", name)
            continue
        row, machines = found[group], found[group].get("Instances", [])
        serving = [m for m in machines if m["LifecycleState"] == "InService"]
        healthy = [m for m in serving if m["HealthStatus"] == "Healthy"]
        desired = row["DesiredCapacity"]
        told = f"{desired} desired, {len(serving)} in service, {len(healthy)} healthy"
        refresh = _refresh(group, region, account)
        well = len(healthy) == desired and not refresh
        yield Seen("pool", name, f"{told}{refresh}", well)


def _refresh(group: str, region: str, account: "Account") -> str:
    """How far the machines' replacement is, if one is under way."""
    rows = account.paged(
        "autoscaling", region, "describe_instance_refreshes", "InstanceRefreshes",
        AutoScalingGroupName=group,
    )  # fmt: skip
    going = next((row for row in rows if row["Status"] not in _REFRESH_ENDED), None)
    if going is None:
        return ""
    told = f"; machines are being replaced: {going['Status']}, {going.get('PercentageComplete', 0)}"
    reason = going.get("StatusReason")
    return f"{told} %{f', {reason}' if reason else ''}"


def _node_groups(recorded: Sequence[Resource], region: str, account: "Account") -> Iterator[Seen]:
    for resource in recorded:
        cluster, _, name = resource.id.partition(":")
        wanted = {"clusterName": cluster, "nodegroupName": name}
        answer = asked(account, region, "eks:DescribeNodegroup", **wanted)
        if answer is None:
            yield gone("pool", resource.name)
            continue
        found = answer["nodegroup"]
        desired = found["scalingConfig"]["desiredSize"]
        told = f"{found['status']}, {desired} desired{_issues(found)}"
        yield Seen("pool", resource.name, told, found["status"] == "ACTIVE" and not _issues(found))


def _endpoints(recorded: Sequence[Resource], region: str, account: "Account") -> Iterator[Seen]:
    # All of the region: asked for by id, one that is gone would be an error for all.
    rows = account.paged("ec2", region, "describe_vpc_endpoints", "VpcEndpoints")
    found = {row["VpcEndpointId"]: row for row in rows}
    for resource in recorded:
        if resource.id not in found:
            yield gone("endpoint", resource.name)
            continue
        row = found[resource.id]
        state, reason = row["State"], (row.get("LastError") or {}).get("Message")
        other = policy_differs(resource, row)
        yield Seen(
            "endpoint", resource.name, f"{state}{f': {reason}' if reason else ''}{other}",
            state.lower() == "available" and not other,
        )  # fmt: skip


def _volumes(recorded: Sequence[Resource], region: str, account: "Account") -> Iterator[Seen]:
    """Those that hold a member's data. By a filter: asked for by id, one that is gone would be an
    error for all."""
    wanted = [{"Name": "volume-id", "Values": [resource.id for resource in recorded]}]
    rows = account.paged("ec2", region, "describe_volumes", "Volumes", Filters=wanted)
    found = {row["VolumeId"]: row for row in rows}
    for resource in recorded:
        if resource.id not in found:
            yield gone("volume", resource.name)
            continue
        row = found[resource.id]
        machines = ", ".join(one["InstanceId"] for one in row.get("Attachments", ()))
        told = f"{row['State']}, {f'with {machines}' if machines else 'with no machine'}"
        yield Seen("volume", resource.name, told, row["State"] == "in-use")


def api_name(endpoint: str) -> Seen:
    """Where the API's name leads to from here, and whether anybody answers there.

    From outside the network nobody does, which is meant to be so: that is no fault of the cluster.
    """
    host, port = urlsplit(endpoint).hostname or "", urlsplit(endpoint).port or 443
    addresses = _addresses(host)
    if not addresses:
        return Seen("API", host, "its name does not resolve here: ask a resolver of the VPC, or "
                    "one that forwards to network.dns.inboundEndpoint", None)  # fmt: skip
    where = ", ".join(addresses)
    if not all(ipaddress.ip_address(a).is_private for a in addresses):
        return Seen("API", host, f"its name resolves to {where}, which is not private", False)
    if _answers(addresses[0], port):
        return Seen("API", host, f"its name resolves to {where}, and it answers here", True)
    silent = "it does not answer here: no route, or no rule, leads from here into the network"
    return Seen("API", host, f"its name resolves to {where}, and {silent}", None)


def _addresses(host: str) -> list[str]:
    """The name's addresses; none where it has none, or nobody says so in time."""
    pool = ThreadPoolExecutor(1)
    try:
        rows = pool.submit(socket.getaddrinfo, host, None, 0, socket.SOCK_STREAM)
        return sorted({str(row[4][0]) for row in rows.result(NAME_SECONDS)})
    except (OSError, UnicodeError, LateError):
        return []
    finally:
        pool.shutdown(wait=False)


def _answers(address: str, port: int) -> bool:
    try:
        socket.create_connection((address, port), CONNECT_SECONDS).close()
    except OSError:
        return False
    return True


def _issues(found: Mapping[str, Any]) -> str:
    issues = (found.get("health") or {}).get("issues") or []
    return "".join(f"; {issue['code']}: {issue.get('message', '')}" for issue in issues)
