"""EKS clusters: what AWS runs of them outside the VPC, and who may act in them."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from model.build_security_groups import vpc_of_cluster
from model.deployment import Node
from model.dns import said, sorted_, texts
from model.network import Hole, Key, Reference
from model.nouns import CLUSTER, Noun
from model.reading import Reader, text
from rules.unknowns import UNKNOWN, at, is_set

ADD_ON: Final = "aws:eks/addon:Addon"
ACCESS_ENTRY: Final = "aws:eks/accessEntry:AccessEntry"
POD_IDENTITY: Final = "aws:eks/podIdentityAssociation:PodIdentityAssociation"
IDENTITY_PROVIDER: Final = "aws:eks/identityProviderConfig:IdentityProviderConfig"
CAPABILITY: Final = "aws:eks/capability:Capability"
AWS_MANAGED: Final = "AWS_MANAGED"  # what a cluster that says nothing gets
_AUTO_MODE: Final = (
    "computeConfig.enabled",
    "kubernetesNetworkConfig.elasticLoadBalancing.enabled",
    "storageConfig.blockStorage.enabled",
)


@dataclass(frozen=True, slots=True)
class AddOn:
    """An add-on that EKS runs. version: None where EKS chooses, or where it is not known."""

    key: Key
    name: str
    add_on: str | None
    version: str | None


@dataclass(frozen=True, slots=True)
class Grant:
    """Somebody who may act in a cluster, or as a role from within it.

    kind: access entry, Pod Identity, identity provider or capability.
    who: the ARN of a principal or the URL of an issuer; a key where it is a role of this
    deployment.
    """

    key: Key
    name: str
    kind: str
    who: Reference


@dataclass(frozen=True, slots=True)
class Cluster:
    """An EKS cluster. A flag that is None is not known; egress_mode likewise.

    public_cidrs: who reaches the public endpoint. remote_networks: of hybrid nodes and pods.
    """

    key: Key
    name: str
    version: str | None
    vpc: Reference
    public_endpoint: bool | None
    private_endpoint: bool | None
    public_cidrs: tuple[str, ...] | Hole
    egress_mode: str | None
    service_cidr: str | None
    ip_family: str | None
    remote_networks: tuple[str, ...] | Hole
    auto_mode: bool | None
    authentication_mode: str | None
    creator_is_admin: bool | None
    encrypted_with: Reference | None
    role: Reference | None
    add_ons: tuple[AddOn, ...] = ()
    grants: tuple[Grant, ...] = ()


@dataclass(frozen=True, slots=True)
class Clusters:
    """The clusters by key; of those that others made, what is added to them, by what names them."""

    clusters: Mapping[Key, Cluster] = field(default_factory=dict)
    elsewhere: Mapping[str, tuple[AddOn | Grant, ...]] = field(default_factory=dict)


def build_clusters(reader: Reader) -> Clusters:
    """The EKS clusters of a deployment."""
    added: dict[Reference, list[AddOn | Grant]] = {}
    for key, node in sorted_(
        reader, ADD_ON, ACCESS_ENTRY, POD_IDENTITY, IDENTITY_PROVIDER, CAPABILITY
    ):
        cluster = reader.references.one(node, "clusterName", Noun.CLUSTER)
        unnamed = Hole(f"the cluster of {node.resource.name!r}")
        added.setdefault(cluster or unnamed, []).append(_added(reader, key, node))
    clusters = {
        key: _cluster(reader, key, node, added.get(key, ()))
        for key, node in sorted_(reader, CLUSTER)
    }
    elsewhere = {ref.what: tuple(things) for ref, things in added.items() if isinstance(ref, Hole)}
    return Clusters(clusters, elsewhere)


def _added(reader: Reader, key: Key, node: Node) -> AddOn | Grant:
    props, name = node.resource.props, node.resource.name
    if node.resource.type == ADD_ON:
        return AddOn(
            key, name, text(props.get("addonName")) or None, text(props.get("addonVersion")) or None
        )
    if node.resource.type == IDENTITY_PROVIDER:
        issuer = text(at(props, "oidc", "issuerUrl"), f"the issuer of {name!r}")
        return Grant(key, name, "identity provider", Hole(issuer))
    path = "principalArn" if node.resource.type == ACCESS_ENTRY else "roleArn"
    if is_set(props.get("targetRoleArn")):
        path = "targetRoleArn"  # the role that is assumed in the end
    who = reader.references.one(node, path, Noun.ROLE)
    kinds = {ACCESS_ENTRY: "access entry", POD_IDENTITY: "Pod Identity", CAPABILITY: "capability"}
    return Grant(key, name, kinds[node.resource.type], who or Hole(f"the role of {name!r}"))


def _cluster(reader: Reader, key: Key, node: Node, added: Any) -> Cluster:
    def of(path: str) -> Any:
        return at(node.resource.props, *path.split("."))

    def flag(path: str, otherwise: bool) -> bool | None:
        return said(of(path)) if is_set(of(path)) else otherwise

    def word(path: str, otherwise: str | None = None) -> str | None:
        value = of(path)
        return None if value is UNKNOWN else text(value) or otherwise

    name = node.resource.name
    return Cluster(
        key=key,
        name=name,
        version=word("version"),
        vpc=vpc_of_cluster(reader, node),
        public_endpoint=flag("vpcConfig.endpointPublicAccess", True),
        private_endpoint=flag("vpcConfig.endpointPrivateAccess", False),
        public_cidrs=texts(
            of("vpcConfig.publicAccessCidrs") or ["0.0.0.0/0"], f"publicAccessCidrs of {name!r}"
        ),
        egress_mode=word("vpcConfig.controlPlaneEgressMode", AWS_MANAGED),
        service_cidr=word("kubernetesNetworkConfig.serviceIpv4Cidr"),
        ip_family=word("kubernetesNetworkConfig.ipFamily", "ipv4"),
        remote_networks=_remote(node),
        auto_mode=_auto_mode([flag(path, False) for path in _AUTO_MODE]),
        authentication_mode=word("accessConfig.authenticationMode"),
        creator_is_admin=flag("accessConfig.bootstrapClusterCreatorAdminPermissions", True),
        encrypted_with=reader.references.one(node, "encryptionConfig.provider.keyArn", Noun.KEY),
        role=reader.references.one(node, "roleArn", Noun.ROLE),
        add_ons=tuple(thing for thing in added if isinstance(thing, AddOn)),
        grants=tuple(thing for thing in added if isinstance(thing, Grant)),
    )


def _auto_mode(parts: list[bool | None]) -> bool | None:
    if True in parts:
        return True
    return None if None in parts else False


def _remote(node: Node) -> tuple[str, ...] | Hole:
    found: tuple[str, ...] = ()
    for name in ("remoteNodeNetworks", "remotePodNetworks"):
        value = at(node.resource.props, "remoteNetworkConfig", name, "cidrs")
        cidrs = texts(value, f"{name} of {node.resource.name!r}")
        if isinstance(cidrs, Hole):
            return cidrs
        found += cidrs
    return found
