"""EKS clusters, their access, their node groups."""

from collections.abc import Iterator
from typing import Any

from rules.addresses import PRIVATE_RANGES, outside_reason
from rules.boundary import Boundary
from rules.identities import foreign_arn
from rules.issuers import is_of_eks
from rules.kubernetes_objects import of_kind
from rules.model import Check, Resource
from rules.safe_yaml import YamlFault, document
from rules.unknowns import UNKNOWN, WORD, at, each, false, is_set, says, true

ROLE_OF_ACCOUNT = "eks.amazonaws.com/role-arn"  # what IRSA reads of a ServiceAccount
# What the ConfigMap aws-auth maps, and by which key it names whom.
_MAPPED = {"mapRoles": "rolearn", "mapUsers": "userarn", "mapAccounts": ""}
LOG_TYPES = frozenset({"api", "audit", "authenticator", "controllerManager", "scheduler"})


def _public_endpoint(resource: Resource, boundary: Boundary) -> Iterator[str]:
    value = at(resource.props, "vpcConfig", "endpointPublicAccess")
    if not false(value):
        yield f"has a public endpoint: endpointPublicAccess is {says(value)}, not false"


def _private_endpoint(resource: Resource, boundary: Boundary) -> Iterator[str]:
    value = at(resource.props, "vpcConfig", "endpointPrivateAccess")
    if not true(value):
        yield f"has no private endpoint: endpointPrivateAccess is {says(value)}, not true"


def _egress_mode(resource: Resource, boundary: Boundary) -> Iterator[str]:
    value = at(resource.props, "vpcConfig", "controlPlaneEgressMode")
    if value != "CUSTOMER_ROUTED":
        yield f"controlPlaneEgressMode is {says(value)}, not CUSTOMER_ROUTED"


def _logs(resource: Resource, boundary: Boundary) -> Iterator[str]:
    given = resource.props.get("enabledClusterLogTypes")
    known = {item for item in given if isinstance(item, str)} if isinstance(given, list) else set()
    missing = sorted(LOG_TYPES - known)
    if missing:
        yield f"does not log {', '.join(missing)}"


def _deletion_protection(resource: Resource, boundary: Boundary) -> Iterator[str]:
    value = resource.props.get("deletionProtection")
    if not true(value):
        yield f"deletionProtection is {says(value)}, not true"


def _version(resource: Resource, boundary: Boundary) -> Iterator[str]:
    if not is_set(resource.props.get("version")):
        yield "sets no version"


def _support_type(resource: Resource, boundary: Boundary) -> Iterator[str]:
    if not is_set(at(resource.props, "upgradePolicy", "supportType")):
        yield "sets no upgradePolicy.supportType"


def _service_cidr(resource: Resource, boundary: Boundary) -> Iterator[str]:
    value = at(resource.props, "kubernetesNetworkConfig", "serviceIpv4Cidr")
    if not is_set(value):
        yield "sets no serviceIpv4Cidr"
        return
    # The range is the cluster's own and never routed, so it need not lie in boundary.cidrs.
    reason = outside_reason(value, PRIVATE_RANGES)
    if reason:
        yield f"serviceIpv4Cidr {reason}"


def _creator_admin(resource: Resource, boundary: Boundary) -> Iterator[str]:
    value = at(resource.props, "accessConfig", "bootstrapClusterCreatorAdminPermissions")
    if not false(value):
        yield f"bootstrapClusterCreatorAdminPermissions is {says(value)}, not false"


def _access_entries(resource: Resource, boundary: Boundary) -> Iterator[str]:
    value = at(resource.props, "accessConfig", "authenticationMode")
    if value not in ("API", "API_AND_CONFIG_MAP"):
        yield f"authenticationMode is {says(value)}, not API"


def _ipv6(resource: Resource, boundary: Boundary) -> Iterator[str]:
    value = at(resource.props, "kubernetesNetworkConfig", "ipFamily")
    whole = at(resource.props, "kubernetesNetworkConfig") is UNKNOWN
    if is_set(value) and value != "ipv4" and not whole:
        yield f"ipFamily is {says(value)}, not ipv4"


def _capability(resource: Resource, boundary: Boundary) -> Iterator[str]:
    yield "runs in AWS's own network"


def _issuer(resource: Resource, boundary: Boundary) -> Iterator[str]:
    if resource.noun == "IdentityProviderConfig":
        yield "lets an outside issuer name users"
        return
    url = resource.props.get("url")
    if not is_of_eks(url):
        yield f"trusts an issuer that is {says(url)}, not that of an EKS cluster"


def _foreign(key: str) -> Check:
    def check(resource: Resource, boundary: Boundary) -> Iterator[str]:
        value: Any = resource.props.get(key)
        # An ARN of this stack's own role is unknown in preview; `up` judges it before creation.
        if is_set(value) and value is not UNKNOWN:
            fault = foreign_arn(value, boundary)
            if fault:
                yield f"{key} {fault}"

    return check


def _foreign_principal(resource: Resource, boundary: Boundary) -> Iterator[str]:
    yield from _foreign("principalArn")(resource, boundary)
    for where, item in of_kind(resource, "ConfigMap", ""):
        if at(item, "metadata", "name") == "aws-auth":
            data = at(item, "data")
            for key in _MAPPED if isinstance(data, dict) else ():
                for fault in _mapped(data.get(key), key, boundary):
                    yield f"{where}data.{key} {fault}"


def _mapped(text: Any, key: str, boundary: Boundary) -> Iterator[str]:
    """What aws-auth maps to users of the cluster: roles, users, and all of an account."""
    if not isinstance(text, str):
        return  # an own role's ARN is unknown in preview; `up` judges it before creation
    try:
        listed = document(text)
    except YamlFault:
        yield "cannot be read"
        return
    for index, item in each(listed):
        named = item.get(_MAPPED[key]) if isinstance(item, dict) else item
        fault = foreign_arn(named, boundary)
        if key == "mapAccounts":
            fault = "" if str(named) in boundary.accounts else "is no account of boundary.accounts"
        if fault:
            yield f"{index} {fault}"


def _foreign_role(resource: Resource, boundary: Boundary) -> Iterator[str]:
    yield from _foreign("targetRoleArn")(resource, boundary)
    for where, item in of_kind(resource, "ServiceAccount", ""):
        role = at(item, "metadata", "annotations", ROLE_OF_ACCOUNT)
        if is_set(role) and role is not UNKNOWN:
            fault = foreign_arn(role, boundary)
            if fault:
                yield f"{where}annotation {ROLE_OF_ACCOUNT} {fault}"


def _remote_access(resource: Resource, boundary: Boundary) -> Iterator[str]:
    if is_set(resource.props.get("remoteAccess")):
        yield "sets remoteAccess"


def _launch_template(resource: Resource, boundary: Boundary) -> Iterator[str]:
    if not is_set(resource.props.get("launchTemplate")):
        yield "sets no launchTemplate"


def _amazon_linux_2(resource: Resource, boundary: Boundary) -> Iterator[str]:
    value = resource.props.get("amiType")
    if value is UNKNOWN or (isinstance(value, str) and value.startswith("AL2_")):
        yield f"amiType is {says(value, WORD)}"


def _remote_networks(resource: Resource, boundary: Boundary) -> Iterator[str]:
    remote = resource.props.get("remoteNetworkConfig")
    if remote is UNKNOWN:
        yield "has a remoteNetworkConfig that is unknown in preview"
        return
    for key in ("remoteNodeNetworks", "remotePodNetworks"):
        networks = at(remote, key)
        if networks is UNKNOWN:
            yield f"has {key} that are unknown in preview"
            continue
        for index, network in each(networks):
            for inner, cidr in each(at(network, "cidrs")):
                reason = outside_reason(cidr, boundary.ranges)
                if reason:
                    yield f"{key}{index}.cidrs{inner} {reason}"


def _auto_mode(resource: Resource, boundary: Boundary) -> Iterator[str]:
    # The three parts of Auto Mode: machines, load balancers and volumes of EKS's own making.
    for path in (
        ("computeConfig", "enabled"),
        ("kubernetesNetworkConfig", "elasticLoadBalancing", "enabled"),
        ("storageConfig", "blockStorage", "enabled"),
    ):
        # Of a block that is unknown as a whole CN-067 speaks.
        value = at(resource.props, *path)
        whole = resource.props.get(path[0]) is UNKNOWN and path[0] == "kubernetesNetworkConfig"
        if not whole and is_set(value) and not false(value):
            yield f"{'.'.join(path)} is {says(value)}, not false"


CHECKS: dict[str, Check] = {
    "CN-060": _public_endpoint,
    "CN-061": _private_endpoint,
    "CN-062": _egress_mode,
    "CN-063": _logs,
    "CN-064": _deletion_protection,
    "CN-065": _version,
    "CN-066": _support_type,
    "CN-067": _service_cidr,
    "CN-068": _creator_admin,
    "CN-069": _access_entries,
    "CN-070": _ipv6,
    "CN-071": _capability,
    "CN-072": _issuer,
    "CN-073": _foreign_principal,
    "CN-074": _foreign_role,
    "CN-075": _remote_access,
    "CN-076": _launch_template,
    "CN-077": _amazon_linux_2,
    "CN-175": _remote_networks,
    "CN-176": _auto_mode,
}
