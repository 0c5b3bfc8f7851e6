"""The endpoint services of a region: moto's list, completed and told apart by their policies."""

from fnmatch import fnmatchcase
from functools import cache
from typing import Any

from moto.ec2.models import EC2Backend
from moto.ec2.models.availability_zones_and_regions import RegionsAndZonesBackend

from local.aws.extensions.ec2.kept import Record, ec2, facts
from local.aws.extensions.registry import Call, Refused, extends

PAGE = 1000


@cache
def _services(account_id: str, region: str) -> tuple[Record, ...]:
    table = facts("endpoint_services")
    known = [
        _completed(dict(entry), region)
        for entry in EC2Backend._collect_default_endpoint_services(account_id, region)
    ]
    names = [*table["regional"]] + (["pricing.api"] if region in table["pricing_regions"] else [])
    known += [_completed({"ServiceName": f"com.amazonaws.{region}.{n}"}, region) for n in names]
    for name, row in table["elsewhere"].items():
        if region in row["regions"]:
            entry = _completed({"ServiceName": name}, region)
            entry["VpcEndpointPolicySupported"] = row["policy"]
            known.append(entry | _private_dns(row["private_dns"]))
    without = f"com.amazonaws.{region}.eks" if region in table["without_eks"] else None
    listed = [entry for entry in known if entry["ServiceName"] != without]
    return tuple(sorted(listed, key=lambda entry: str(entry["ServiceName"])))


def _private_dns(name: str) -> Record:
    return {
        "PrivateDnsName": name,
        "PrivateDnsNames": [{"PrivateDnsName": name}],
        "PrivateDnsNameVerificationState": "verified",
    }


def _completed(entry: Record, region: str) -> Record:
    """moto's own values hold where it has them."""
    table = facts("endpoint_services")
    suffix = entry["ServiceName"].split(f".{region}.")[-1]
    dns_name = table["dns_names"].get(suffix, suffix)
    domain = "amazonaws.com.cn" if region.startswith("cn-") else "amazonaws.com"
    zones = [
        zone
        for listed in RegionsAndZonesBackend.zones.values()
        for zone in listed
        if zone.region_name == region
    ]
    made: Record = {
        "ServiceId": f"vpce-svc-{EC2Backend.vpce_random_number()}",
        "ServiceType": [{"ServiceType": "Interface"}],
        "Owner": "amazon",
        "AcceptanceRequired": False,
        "ManagesVpcEndpoints": False,
        "Tags": [],
    }
    is_gateway = entry.get("ServiceType") == [{"ServiceType": "Gateway"}]
    if not is_gateway:
        made |= _private_dns(f"{dns_name}.{region}.{domain}")
        made["BaseEndpointDnsNames"] = [f"{dns_name}.{region}.vpce.{domain}"]
    completed = made | entry
    if suffix in table["dns_names"]:
        completed |= {k: v for k, v in made.items() if "Dns" in k}
    if region.startswith("cn-") and suffix in table["china_prefixed"]:
        completed["ServiceName"] = f"cn.{entry['ServiceName']}"
    return completed | {
        "ServiceRegion": region,
        "AvailabilityZones": [zone.name for zone in zones],
        "AvailabilityZoneIds": [zone.zone_id for zone in zones],
        "SupportedIpAddressTypes": ["ipv4"],
        "VpcEndpointPolicySupported": suffix not in table["no_policy"]
        and entry.get("VpcEndpointPolicySupported", True),
    }


def offered(call: Call, region: str) -> list[Record]:
    own = [x.to_dict() for x in ec2(call).configurations.values()] if region == call.region else []
    return [*_services(call.account_id, region), *own]


def find_service(call: Call, name: str, kind: str, region: str) -> Record:
    for entry in offered(call, region):
        if entry["ServiceName"] == name and {"ServiceType": kind} in entry["ServiceType"]:
            return entry
    raise Refused(
        "InvalidServiceName", f"The Vpc Endpoint Service '{name}' does not exist as {kind}"
    )


def _values(entry: Record, name: str) -> list[str]:
    if name.startswith("tag:"):
        return [t["Value"] for t in entry["Tags"] if t["Key"] == name[4:]]
    if name == "tag-key":
        return [tag["Key"] for tag in entry["Tags"]]
    by_name: dict[str, Any] = {
        "service-name": [entry["ServiceName"]],
        "service-type": [kind["ServiceType"] for kind in entry["ServiceType"]],
        "service-region": [entry.get("ServiceRegion", "")],
        "owner": [entry["Owner"]],
    }
    if name not in by_name:
        raise Refused("InvalidFilter", f"The filter '{name}' is invalid")
    return list(by_name[name])


def _matches(entry: Record, wanted: Record) -> bool:
    values = _values(entry, wanted["Name"])
    return any(fnmatchcase(value, pattern) for value in values for pattern in wanted["Values"])


@extends(
    "ec2",
    "DescribeVpcEndpointServices",
    "moto fails on the filter service-name, says that every service takes a policy, and lacks "
    "oidc-eks, eks-proxy, eks-fips, iam, route53 and the names of China",
)
def describe_vpc_endpoint_services(call: Call) -> Record:
    params, found = call.params, []
    regions = params.get("ServiceRegions") or [call.region]
    for region in regions:
        found += offered(call, region)
    for name in params.get("ServiceNames") or []:
        if name not in {entry["ServiceName"] for entry in found}:
            raise Refused("InvalidServiceName", f"The Vpc Endpoint Service '{name}' does not exist")
    if params.get("ServiceNames"):
        found = [entry for entry in found if entry["ServiceName"] in params["ServiceNames"]]
    for wanted in params.get("Filters") or []:
        found = [entry for entry in found if _matches(entry, wanted)]
    start = int(params.get("NextToken") or 0)
    end = start + int(params.get("MaxResults") or PAGE)
    shown = found[start:end]
    return {
        "ServiceNames": list(dict.fromkeys(entry["ServiceName"] for entry in shown)),
        "ServiceDetails": shown,
    } | ({"NextToken": str(end)} if end < len(found) else {})
