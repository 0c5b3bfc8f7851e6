"""What the embedded AWS has of one VPC, as local machines are described. It only reads."""

import base64
import http.client
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv4Network
from typing import Any
from urllib.parse import urlsplit

import boto3
from botocore.config import Config

from local.aws.changes import PATH
from local.cluster.balancer import Balancer, listener
from local.machines import (
    Allow,
    EndpointsSpec,
    InterfaceSpec,
    MachineSpec,
    Subnet,
    VolumeSpec,
    WorldSpec,
)

ANSWER_SECONDS = 30.0
ALIVE = ("pending", "running")
ROOT_DEVICES = ("/dev/sda1", "/dev/xvda")  # a machine's own disk, which it has here anyhow
ENDPOINTS = "endpoints"  # the group of all endpoints' one address
HTTPS = (443, 443)
EVERYWHERE = "0.0.0.0/0"
SERVICES = ("s3", "sts", "ec2", "kms", "ssm", "autoscaling", "ecr.api", "ecr.dkr")
_PROTOCOLS = ("tcp", "udp", "icmp", "-1")


@dataclass(frozen=True, slots=True)
class Attached:
    """A volume or an interface, and where it is: machine and place, or nowhere."""

    id: str
    instance_id: str | None = None
    place: str = ""


@dataclass(frozen=True, slots=True)
class Records:
    """One reading. interfaces: those that outlive machines."""

    machines: Mapping[str, MachineSpec]  # by instance
    volumes: Mapping[str, VolumeSpec]
    interfaces: Mapping[str, InterfaceSpec]
    attached: tuple[Attached, ...]
    allow: tuple[Allow, ...]
    names: Mapping[str, tuple[str, ...]]
    balancers: tuple[Balancer, ...] = ()


class Reader:
    """Of the embedded AWS at a URL."""

    def __init__(self, url: str, region: str) -> None:
        self._url, self._region = url, region
        self._ec2, self._route53, self._iam, self._elb = (
            self.client(name) for name in ("ec2", "route53", "iam", "elbv2")
        )
        self._roles: dict[str, str] = {}
        self._user_data: dict[str, bytes] = {}  # of instances, which keep it while they run
        self._addresses: dict[str, IPv4Address] = {}  # of load balancers

    def client(self, service: str) -> Any:
        return boto3.client(
            service,  # type: ignore[call-overload]
            region_name=self._region,
            endpoint_url=self._url,
            aws_access_key_id="embedded",
            aws_secret_access_key="embedded",
            config=Config(proxies={}, retries={"total_max_attempts": 1}),
        )

    def changes(self) -> int:
        """How many requests may have changed something. OSError where nobody answers."""
        asking = http.client.HTTPConnection(urlsplit(self._url).netloc, timeout=ANSWER_SECONDS)
        try:
            asking.request("GET", PATH)
            return int(asking.getresponse().read())
        finally:
            asking.close()

    def vpcs(self) -> list[str]:
        """Those that somebody has made: an account begins with one of its own."""
        found = self._ec2.describe_vpcs()["Vpcs"]
        return [one["VpcId"] for one in found if not one.get("IsDefault")]

    def has_machines(self, vpc_id: str) -> bool:
        return bool(self._instances(vpc_id))

    def world(self, vpc_id: str) -> WorldSpec:
        """The VPC and its subnets. All of AWS's APIs are at its last address, in the groups of
        each endpoint that it has."""
        (vpc,) = self._ec2.describe_vpcs(VpcIds=[vpc_id])["Vpcs"]
        ends = self._in(vpc_id, self._ec2.describe_vpc_endpoints, "VpcEndpoints")
        groups = {group["GroupId"] for one in ends for group in one.get("Groups", [])}
        network = IPv4Network(vpc["CidrBlock"])
        return WorldSpec(
            name="cluster",
            region=self._region,
            account=vpc["OwnerId"],
            vpc=network,
            vpc_id=vpc_id,
            subnets={
                _subnet_name(subnet["SubnetId"]): Subnet(
                    cidr=subnet["CidrBlock"], zone=subnet["AvailabilityZone"]
                )
                for subnet in self._in(vpc_id, self._ec2.describe_subnets, "Subnets")
            },
            endpoints=EndpointsSpec(
                address=network[-2], groups=(ENDPOINTS, *sorted(groups)), services=SERVICES
            ),
        )

    def read(self, vpc_id: str) -> Records:
        # Machines last: what was with one that has ended since is with nobody, and not with it.
        found = self._in(vpc_id, self._ec2.describe_network_interfaces, "NetworkInterfaces")
        kept = [one for one in found if not _goes_with_its_machine(one)]
        balancers = tuple(self._balancers(vpc_id, found))
        disks = self._ec2.describe_volumes()["Volumes"]
        volumes = [one for one in disks if not _goes_with_its_machine(one)]
        return Records(
            {one["InstanceId"]: self._machine(one) for one in self._instances(vpc_id)},
            {one["VolumeId"]: VolumeSpec(zone=one["AvailabilityZone"],
                                         size_mib=one["Size"] * 1024) for one in volumes},
            {one["NetworkInterfaceId"]: _interface(one) for one in kept},
            tuple([*map(_volume_place, volumes), *map(_interface_place, kept)]),
            tuple(self._rows(vpc_id)),
            dict(self._names(vpc_id, balancers)),
            balancers,
        )  # fmt: skip

    def _instances(self, vpc_id: str) -> list[dict[str, Any]]:
        return [
            instance
            for reservation in self._in(vpc_id, self._ec2.describe_instances, "Reservations")
            for instance in reservation["Instances"]
            if instance["State"]["Name"] in ALIVE
        ]

    def _in(self, vpc_id: str, describe: Any, key: str) -> list[dict[str, Any]]:
        answer = describe(Filters=[{"Name": "vpc-id", "Values": [vpc_id]}])
        return list(answer[key])

    def _machine(self, instance: Mapping[str, Any]) -> MachineSpec:
        tags = {tag["Key"]: tag["Value"] for tag in instance.get("Tags", [])}
        return MachineSpec(
            name=f"m-{instance['InstanceId'].removeprefix('i-')}",
            instance_id=instance["InstanceId"],
            instance_type=instance["InstanceType"],
            image_id=instance["ImageId"],
            subnet=_subnet_name(instance["SubnetId"]),
            private_ip=instance["PrivateIpAddress"],
            groups=_groups(instance),
            role=self._role(instance.get("IamInstanceProfile")),
            user_data=self._user_data_of(instance["InstanceId"]),
            tags=tags,
        )

    def _user_data_of(self, instance_id: str) -> bytes:
        if instance_id not in self._user_data:
            attribute = self._ec2.describe_instance_attribute(
                InstanceId=instance_id, Attribute="userData"
            )
            text = attribute.get("UserData", {}).get("Value", "")
            self._user_data[instance_id] = base64.b64decode(text)
        return self._user_data[instance_id]

    def _role(self, profile: Mapping[str, str] | None) -> str:
        if profile is None:
            return ""
        name = profile["Arn"].rpartition("/")[2]
        if name not in self._roles:
            found = self._iam.get_instance_profile(InstanceProfileName=name)["InstanceProfile"]
            self._roles[name] = found["Roles"][0]["RoleName"]
        return self._roles[name]

    def _rows(self, vpc_id: str) -> Iterator[Allow]:
        """Who may open connections to whom: what the target's groups let in. What the source's
        let out is asked there too, so a row stands where both say so."""
        rules = self._ec2.describe_security_group_rules()["SecurityGroupRules"]
        groups = {
            g["GroupId"] for g in self._in(vpc_id, self._ec2.describe_security_groups,
                                           "SecurityGroups")
        }  # fmt: skip
        here = [rule for rule in rules if rule["GroupId"] in groups]
        out = [rule for rule in here if rule["IsEgress"]]
        for rule in here:
            if rule["IsEgress"] or rule["IpProtocol"] not in _PROTOCOLS:
                continue
            yield from _row(rule, out)
        for rule in out:  # AWS's own endpoints let in what comes from the VPC
            if rule.get("CidrIpv4") is not None or "PrefixListId" in rule:
                yield Allow(source=rule["GroupId"], target=ENDPOINTS, protocol="tcp", ports=HTTPS)

    def _balancers(self, vpc_id: str, interfaces: list[dict[str, Any]]) -> Iterator[Balancer]:
        """Network load balancers of the VPC, each at one address in place of one in each zone."""
        made = self._elb.describe_load_balancers()["LoadBalancers"]
        here = [one for one in made if one["VpcId"] == vpc_id and one["Type"] == "network"]
        taken = {one["PrivateIpAddress"] for one in interfaces}
        for one in here:
            arn, subnet_id = one["LoadBalancerArn"], one["AvailabilityZones"][0]["SubnetId"]
            if arn not in self._addresses:
                (subnet,) = self._ec2.describe_subnets(SubnetIds=[subnet_id])["Subnets"]
                taken |= {str(address) for address in self._addresses.values()}
                self._addresses[arn] = _last_free(subnet["CidrBlock"], taken)
            yield Balancer(
                arn, one["DNSName"], _subnet_name(subnet_id), tuple(one.get("SecurityGroups", [])),
                self._addresses[arn], tuple(self._listeners(arn)),
            )  # fmt: skip

    def _listeners(self, arn: str) -> Iterator[dict[str, Any]]:
        groups = {
            group["TargetGroupArn"]: group
            for group in self._elb.describe_target_groups(LoadBalancerArn=arn)["TargetGroups"]
        }
        for one in self._elb.describe_listeners(LoadBalancerArn=arn)["Listeners"]:
            group = groups[one["DefaultActions"][0]["TargetGroupArn"]]
            health = self._elb.describe_target_health(TargetGroupArn=group["TargetGroupArn"])
            targets = [row["Target"] for row in health["TargetHealthDescriptions"]]
            yield listener(one["Port"], group, tuple(self._targets(targets, group)))

    def _targets(self, targets: list[dict[str, Any]], group: Mapping[str, Any]) -> Iterator[str]:
        """Instances by their first addresses, as host:port."""
        ports = {one["Id"]: one.get("Port", group["Port"]) for one in targets}
        if not ports:
            return
        found = self._ec2.describe_instances(InstanceIds=list(ports))["Reservations"]
        for instance in (one for reservation in found for one in reservation["Instances"]):
            if instance["State"]["Name"] in ALIVE:
                yield f"{instance['PrivateIpAddress']}:{ports[instance['InstanceId']]}"

    def _names(
        self, vpc_id: str, balancers: tuple[Balancer, ...]
    ) -> Iterator[tuple[str, tuple[str, ...]]]:
        """Of the private zones that the VPC is one of, and of its load balancers."""
        aliases = {one.dns_name: (str(one.address),) for one in balancers}
        found, led = dict(aliases), {}  # type: tuple[dict[str, tuple[str, ...]], dict[str, str]]
        zones = self._route53.list_hosted_zones_by_vpc(VPCId=vpc_id, VPCRegion=self._region)
        for zone in zones["HostedZoneSummaries"]:
            records = self._route53.list_resource_record_sets(HostedZoneId=zone["HostedZoneId"])
            for record in records["ResourceRecordSets"]:
                name = record["Name"].rstrip(".")
                leads = record.get("AliasTarget", {}).get("DNSName", "").rstrip(".")
                values = tuple(one["Value"] for one in record.get("ResourceRecords", []))
                if leads in aliases:
                    found[name] = aliases[leads]
                elif record["Type"] == "A" and values:
                    found[name] = values
                elif record["Type"] == "CNAME":
                    led[name] = values[0].rstrip(".")
        yield from found.items()
        for name, end in led.items():
            for _ in led:  # no longer way than there are names, and none in a ring
                end = led.get(end, end)
            if end in found:
                yield name, found[end]


def _groups(instance: Mapping[str, Any]) -> tuple[str, ...]:
    """Of its first interface. moto tells none of the instance where its interface was asked for."""
    first = [one for one in instance["NetworkInterfaces"] if one["Attachment"]["DeviceIndex"] == 0]
    return tuple(group["GroupId"] for one in first for group in one["Groups"])


def _row(rule: Mapping[str, Any], out: list[Mapping[str, Any]]) -> Iterator[Allow]:
    source = rule.get("ReferencedGroupInfo", {}).get("GroupId") or rule.get("CidrIpv4")
    if source is None:  # prefix lists and IPv6 have no machines behind them here
        return
    ports, target = _ports(rule), rule["GroupId"]
    to_it = {
        one["GroupId"] for one in out if _leads_to(one, target)
        and one["IpProtocol"] in ("-1", rule["IpProtocol"]) and _within(ports, _ports(one))
    }  # fmt: skip
    # Whoever is here is in a group, so a CIDR stands for those of its machines that are let out.
    within, sources = (source, to_it) if "/" in source else ("", to_it & {source})
    for one in sorted(sources):
        yield Allow(source=one, target=target, within=within, protocol=rule["IpProtocol"],
                    ports=ports)  # fmt: skip


def _leads_to(rule: Mapping[str, Any], group_id: str) -> bool:
    named = rule.get("ReferencedGroupInfo", {}).get("GroupId")
    return bool(named == group_id or rule.get("CidrIpv4") == EVERYWHERE)


def _ports(rule: Mapping[str, Any]) -> tuple[int, int]:
    """All of them, where the protocol has none. Of ICMP its type, where the rule names one."""
    if rule["IpProtocol"] == "icmp" and int(rule.get("FromPort", -1)) >= 0:
        return (int(rule["FromPort"]), int(rule["FromPort"]))
    if rule["IpProtocol"] not in ("tcp", "udp"):
        return (0, 65535)
    return (int(rule["FromPort"]), int(rule["ToPort"]))


def _within(ports: tuple[int, int], wider: tuple[int, int]) -> bool:
    return wider[0] <= ports[0] and ports[1] <= wider[1]


def _last_free(cidr: str, taken: set[str]) -> IPv4Address:
    """From the end, since AWS gives addresses out from the beginning."""
    hosts = list(IPv4Network(cidr).hosts())
    return next(address for address in reversed(hosts) if str(address) not in taken)


def _subnet_name(subnet_id: str) -> str:
    return subnet_id


def _goes_with_its_machine(one: Mapping[str, Any]) -> bool:
    if "Attachments" in one:
        return any(
            found.get("DeleteOnTermination") or found["Device"] in ROOT_DEVICES
            for found in one["Attachments"]
        )
    attachment = one.get("Attachment") or {}
    return bool(attachment.get("DeleteOnTermination"))


def _volume_place(volume: Mapping[str, Any]) -> Attached:
    for one in volume["Attachments"]:
        if one["State"] == "attached":
            return Attached(volume["VolumeId"], one["InstanceId"], one["Device"])
    return Attached(volume["VolumeId"])


def _interface(one: Mapping[str, Any]) -> InterfaceSpec:
    return InterfaceSpec(
        subnet=_subnet_name(one["SubnetId"]),
        address=one["PrivateIpAddress"],
        groups=tuple(group["GroupId"] for group in one["Groups"]),
        mac=one["MacAddress"],
    )


def _interface_place(one: Mapping[str, Any]) -> Attached:
    attachment = one.get("Attachment") or {}
    if attachment.get("Status") != "attached":
        return Attached(one["NetworkInterfaceId"])
    return Attached(
        one["NetworkInterfaceId"], attachment["InstanceId"], str(attachment["DeviceIndex"])
    )
