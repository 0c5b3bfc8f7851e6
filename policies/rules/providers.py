"""Providers themselves: as whom the aws provider acts, whom it asks, and where; and which API the
kubernetes provider gives its objects.

The engine carries what is not text as JSON text in a provider's properties.
"""

import re
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit

from rules.addresses import is_private_address
from rules.boundary import Boundary
from rules.hosts import outside_host
from rules.identities import own_arn
from rules.model import Check, Resource
from rules.nesting import read_json
from rules.safe_yaml import YamlFault, document
from rules.unknowns import ACCOUNT, REGION, at, each, is_set, listed, says

_ROLES = ("assumeRole", "assumeRoles", "assumeRoleWithWebIdentity")
_PROXIES = ("httpProxy", "httpsProxy")
# Where the provider's publisher puts it. What is fetched from elsewhere is another program, and
# makes what it likes of the resources that are judged here.
_PUBLISHED = ("https://get.pulumi.com/", "github://api.github.com/pulumi")
# A service's own host: <service>[.<region>].<suffix of botocore's partitions.json>, or the name of
# an interface endpoint. With more labels before it, it may be somebody's bucket or balancer.
_SUFFIX = (
    r"(?:amazonaws\.com|amazonaws\.com\.cn|amazonaws\.eu|api\.aws|c2s\.ic\.gov|sc2s\.sgov\.gov"
    r"|cloud\.adc-e\.uk|csp\.hci\.ic\.gov)"
)
_SERVICE_HOST = re.compile(rf"(?:api\.ecr|[a-z0-9-]+)\.(?:{REGION.pattern}\.)?{_SUFFIX}")
_ENDPOINT_HOST = re.compile(
    rf"vpce-[0-9a-z-]+\.(?!vpce-svc)[a-z0-9.-]+\.{REGION.pattern}\.vpce\.{_SUFFIX}"
)


def _decoded(value: Any) -> Any:
    """What a property says, whether as JSON text or as it is; text that is no JSON stays text."""
    if not isinstance(value, str):
        return value
    try:
        return read_json(value)
    except ValueError:
        return value


def _foreign_role(resource: Resource, boundary: Boundary) -> Iterator[str]:
    for key in _ROLES:
        for index, role in each(_decoded(resource.props.get(key))):
            arn = at(role, "roleArn")
            if not own_arn(arn, boundary):
                yield f"{key}{index}.roleArn is {says(arn)}, not a role of an own account"
    for index, account in each(_decoded(resource.props.get("allowedAccountIds"))):
        if not listed(_text(account), boundary.accounts):
            where = f"allowedAccountIds{index}"
            yield f"{where} is {says(account, ACCOUNT)}, not an account of boundary.accounts"


def _text(value: Any) -> Any:
    """An account as text: a lone one, read as JSON, is a number."""
    return str(value) if isinstance(value, int) else value


def _foreign_host(resource: Resource, boundary: Boundary) -> Iterator[str]:
    for index, services in each(_decoded(resource.props.get("endpoints"))):
        if not isinstance(services, dict):
            yield f"endpoints{index} is {says(services)}"
            continue
        for service, url in services.items():
            if is_set(url) and not _inside(url, boundary, services=True):
                yield f"endpoints{index}.{service} is {says(url)}, not AWS's own host"
    hidden = at(_decoded(resource.props.get("__internal")), "pluginDownloadURL")
    for value in (resource.props.get("pluginDownloadURL"), hidden):
        if is_set(value) and not (isinstance(value, str) and value.startswith(_PUBLISHED)):
            yield f"pluginDownloadURL is {says(value)}, so another program acts for the provider"
    for key in _PROXIES:
        value = resource.props.get(key)
        if is_set(value) and not _inside(value, boundary, services=False):
            yield f"{key} is {says(value)}, not a private address"


def _inside(url: Any, boundary: Boundary, *, services: bool) -> bool:
    """Whether a URL's host is this machine, an address inside, or (of services) AWS's own."""
    if not isinstance(url, str):
        return False
    try:
        host = urlsplit(url if "//" in url else f"//{url}").hostname or ""
    except ValueError:
        return False
    if host in ("localhost", "127.0.0.1", "::1") or is_private_address(host, boundary.ranges):
        return True
    return services and bool(_SERVICE_HOST.fullmatch(host) or _ENDPOINT_HOST.fullmatch(host))


def _no_region(resource: Resource, boundary: Boundary) -> Iterator[str]:
    if boundary.regions and not is_set(resource.props.get("region")):
        yield "names no region, so the environment of whoever runs the program decides"
    sts = resource.props.get("stsRegion")
    if boundary.regions and is_set(sts) and not listed(sts, boundary.regions):
        yield f"stsRegion is {says(sts, REGION)}, not a declared region"


def _outside_server(resource: Resource, boundary: Boundary) -> Iterator[str]:
    text = resource.props.get("kubeconfig")
    # One line that holds no mapping is the path of a file, which is on somebody's machine.
    if not isinstance(text, str) or not ("\n" in text or "{" in text):
        return
    try:
        clusters = at(document(text), "clusters")
    except YamlFault:
        yield "kubeconfig cannot be read"
        return
    for index, cluster in each(clusters):
        for key in ("server", "proxy-url"):
            url = at(cluster, "cluster", key)
            if is_set(url) and (fault := outside_host(_host(url), boundary)):
                yield f"kubeconfig clusters{index}.cluster.{key} {fault}"


def _host(url: Any) -> str:
    """The host of a URL; what is none comes back as it is, and is no host either."""
    try:
        return urlsplit(str(url) if "//" in str(url) else f"//{url}").hostname or str(url)
    except ValueError:
        return str(url)


CHECKS: dict[str, Check] = {
    "CN-165": _foreign_role,
    "CN-166": _foreign_host,
    "CN-167": _no_region,
    "CN-168": _outside_server,
}
