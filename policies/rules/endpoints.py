"""VPC endpoints: their type, service, region, DNS and security groups."""

import re
from collections.abc import Iterator
from typing import Any, NamedTuple

from rules.boundary import Boundary
from rules.model import Check, Resource
from rules.unknowns import REGION, SERVICE_NAME, UNKNOWN, WORD, is_set, listed, says, true
from rules.unpoliced import UNPOLICED

# eksctl partitions.go and endpoint_service.go (v0.230.0): China and the secret partitions put
# their own prefix before most, not all, services.
_PREFIXES = (
    "com.amazonaws",
    "cn.com.amazonaws",
    "eu.amazonaws",
    "gov.ic.c2s",
    "gov.sgov.sc2s",
    "uk.adc-e.cloud",
    "gov.ic.hci.csp",
)
_REGIONAL = re.compile(
    rf"(?:{'|'.join(re.escape(p) for p in _PREFIXES)})"
    r"\.(?P<region>[a-z]{2,4}(?:-[a-z]+)+-\d)\.(?P<name>[a-z0-9-]+(?:\.[a-z0-9-]+)*)"
)
# SageMaker's own pages have names of another form (SageMaker AI developer guide,
# studio-interface-endpoint, notebook-interface-endpoint; read 2026-11-29).
_SAGEMAKER = re.compile(
    r"aws\.(?P<service>sagemaker)\.(?P<region>[a-z]{2,4}(?:-[a-z]+)+-\d)\."
    r"(?P<name>notebook|studio|experiments|partner-app)"
)
_GLOBAL = re.compile(rf"(?:{'|'.join(re.escape(p) for p in _PREFIXES)})\.(?P<name>[a-z0-9-]+)")


# What is handed to these goes to mailboxes and telephones, whoever hands it over: SES by its API,
# by SMTP and by Mail Manager; End User Messaging, once Pinpoint, and its messages to WhatsApp.
_MAILING = frozenset(
    {"email", "email-smtp", "mail-manager", "pinpoint", "sms-voice", "social-messaging"}
)


class Service(NamedTuple):
    """A service of AWS as an endpoint names it; region is None for a global one."""

    name: str
    region: str | None


def service_of(resource: Resource) -> Service | None:
    """The AWS service an endpoint leads to; None when it is unknown or somebody else's."""
    return service_named(resource.props.get("serviceName"))


def service_named(value: Any) -> Service | None:
    """The AWS service of a service name, such as com.amazonaws.eu-west-1.s3."""
    if not isinstance(value, str):
        return None
    regional = _REGIONAL.fullmatch(value)
    if regional:
        return Service(regional["name"], regional["region"])
    sagemaker = _SAGEMAKER.fullmatch(value)
    if sagemaker:
        return Service(f"{sagemaker['service']}.{sagemaker['name']}", sagemaker["region"])
    everywhere = _GLOBAL.fullmatch(value)
    return Service(everywhere["name"], None) if everywhere else None


def takes_policy(resource: Resource) -> bool:
    """Whether AWS takes a policy on this endpoint, as far as is known of its service."""
    service = service_of(resource)
    return service is None or service.name not in UNPOLICED


def _foreign_type(resource: Resource, boundary: Boundary) -> Iterator[str]:
    kind = resource.props.get("vpcEndpointType")
    if is_set(kind) and kind not in ("Interface", "Gateway"):
        yield f"vpcEndpointType is {says(kind, WORD)}"
    for key in ("resourceConfigurationArn", "serviceNetworkArn"):
        if is_set(resource.props.get(key)):
            yield f"sets {key}"


def _foreign_service(resource: Resource, boundary: Boundary) -> Iterator[str]:
    value = resource.props.get("serviceName")
    service = service_of(resource)
    if service is None or service.name.split(".")[0] == "vpce":
        yield f"serviceName is {says(value, SERVICE_NAME)}, not a service of AWS"
    elif boundary.services and service.name not in boundary.services:
        yield f"leads to {service.name}, which boundary.services does not list"
    elif boundary.regions and service.region and service.region not in boundary.regions:
        yield f"leads to region {service.region}, which boundary.regions does not list"


def _mailing(resource: Resource, boundary: Boundary) -> Iterator[str]:
    service = service_of(resource)
    if service is not None and service.name.split(".")[0].removesuffix("-fips") in _MAILING:
        yield f"leads to {service.name}, which sends what it is given to anybody outside"


def _foreign_region(resource: Resource, boundary: Boundary) -> Iterator[str]:
    region = resource.props.get("serviceRegion")
    if is_set(region) and not listed(region, boundary.regions):
        yield f"serviceRegion is {says(region, REGION)}"


def _interface(resource: Resource) -> bool:
    """Whether it is, or may be, an interface endpoint. AWS's default type is Gateway."""
    return resource.props.get("vpcEndpointType") in ("Interface", UNKNOWN)


def _private_dns(resource: Resource, boundary: Boundary) -> Iterator[str]:
    value = resource.props.get("privateDnsEnabled")
    if _interface(resource) and not true(value):
        yield f"privateDnsEnabled is {says(value)}, not true"


def _security_group(resource: Resource, boundary: Boundary) -> Iterator[str]:
    if _interface(resource) and not is_set(resource.props.get("securityGroupIds")):
        yield "sets no securityGroupIds"


def _ipv6(resource: Resource, boundary: Boundary) -> Iterator[str]:
    value = resource.props.get("ipAddressType")
    if is_set(value) and value != "ipv4":
        yield f"ipAddressType is {says(value)}, not ipv4"


CHECKS: dict[str, Check] = {
    "CN-080": _foreign_type,
    "CN-081": _foreign_service,
    "CN-082": _foreign_region,
    "CN-088": _private_dns,
    "CN-089": _security_group,
    "CN-090": _ipv6,
    "CN-229": _mailing,
}
