"""Which features are in use, by what shows it, on which machines and in which role."""

import base64
import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Final, NamedTuple

from model.build_machines import FARGATE, NODE_GROUP, POOL
from model.clusters import ACCESS_ENTRY, ADD_ON, POD_IDENTITY
from model.deployment import Node
from model.documents import Policy
from model.grants import Granted, for_nodes, granted
from model.identities import INSTANCE_PROFILE, Identities
from model.network import Hole, Interface, Key, Network, Reference
from model.nouns import CLUSTER, INSTANCE, LAUNCH_TEMPLATE, TARGET_GROUP, Noun
from model.reading import Reader, text
from rules.features import ADD_ONS, SERVICE_ACCOUNTS
from rules.unknowns import UNKNOWN, at, each, is_set, true

REPOSITORY: Final = "aws:ecr/repository:Repository"
PARAMETER: Final = "aws:ssm/parameter:Parameter"
_OWNED: Final = "kubernetes.io/cluster/"
_BUCKET: Final = re.compile(r"s3://([a-z0-9][a-z0-9.-]+)")
_API_PORT: Final = 6443  # of kube-apiserver itself; EKS's answers at 443
_NODE_ENTRIES: Final = ("EC2_LINUX", "EC2_WINDOWS")
_MIXED: Final = "mixedInstancesPolicy.launchTemplate.launchTemplateSpecification"


class Machines(NamedTuple):
    """Machines of one kind. node: whether they join a cluster; pods: whether they pull its images;
    own: whether its API servers are machines of the deployment too, so that it is none of EKS's;
    api: whether they are these machines.

    role: that they hold, None where they hold none. clusters: that they are known to join.
    """

    key: Key
    name: str
    interfaces: tuple[Interface, ...]
    role: Reference | None
    node: bool = False
    pods: bool = False
    clusters: frozenset[str] = frozenset()
    user_data: str = ""
    own: bool = False
    api: bool = False


class Use(NamedTuple):
    """A feature in use. shown_by: the resource that shows it. role: of its pods, if they have one.

    bucket: that it reads or writes, where it does; objects: which of them, as far as it is known.
    """

    feature: str
    shown_by: str
    machines: Machines
    role: Reference | None = None
    bucket: str = ""
    objects: tuple[str, ...] = ()


class _Found(NamedTuple):
    """What features are looked for in."""

    reader: Reader
    identities: Identities
    machines: tuple[Machines, ...]

    def nodes(self, cluster: Reference | None) -> Iterator[Machines]:
        """The nodes of a cluster; those of which nobody knows the cluster are of any."""
        wanted = _called(cluster)
        for machines in self.machines:
            if machines.node and (
                not wanted or not machines.clusters or wanted in machines.clusters
            ):
                yield machines


def build_uses(reader: Reader, network: Network, identities: Identities) -> tuple[Use, ...]:
    """The features in use, each once for machines, role and objects."""
    found = _Found(reader, identities, tuple(_machines(reader, network, identities)))
    listed = (*_by_machines(found), *_by_add_ons(found), *_by_roles(found))
    kept: dict[tuple[object, ...], Use] = {}
    for use in listed:
        key = (use.feature, use.machines.key, use.role, use.bucket, use.objects)
        # Of several the first by name: the engine tells of resources in any order.
        if key not in kept or use.shown_by < kept[key].shown_by:
            kept[key] = use
    return tuple(kept.values())


def _machines(reader: Reader, network: Network, identities: Identities) -> Iterator[Machines]:
    joins, cards, api = _entries(reader), _cards(network), _api_servers(reader)
    own = {name for node in api.values() for name in _tags(node, _templates(reader, node))}
    for key, node in reader.each(NODE_GROUP, FARGATE, POOL, INSTANCE):
        described = _templates(reader, node)
        role = _role(reader, node, described)
        clusters = set(joins.get(role, ())) if isinstance(role, str) else set()
        managed = node.resource.type in (NODE_GROUP, FARGATE)
        if managed:
            clusters = {_called(reader.references.one(node, "clusterName", Noun.CLUSTER))}
        tagged = {_called_by_tag(reader, name) for name in _tags(node, described)}
        of = identities.roles.get(role) if isinstance(role, str) else None
        of_eks = managed or bool(clusters) or (of is not None and for_nodes(of))
        joined = of_eks or bool(tagged)
        yield Machines(
            key, node.resource.name, tuple(cards.get(key, ())), role,
            node=joined and node.resource.type != FARGATE, pods=joined,
            clusters=frozenset((clusters | tagged) - {""}), user_data=_user_data(node, described),
            own=not of_eks and bool(tagged) and tagged <= own, api=key in api,
        )  # fmt: skip


def _api_servers(reader: Reader) -> dict[Key, Node]:
    """Machines that a load balancer asks for the Kubernetes API: behind a target group at the API
    server's own port, whose health is the API server's readiness.

    The cluster is that of their tag. One of EKS is none of them: it is referred to by its key.
    """
    return {
        key: node
        for key, node in reader.each(POOL)
        for group in reader.references.several(node, "targetGroupArns", Noun.TARGET_GROUP)
        if any(_asks_for_the_api(of) for of in reader.called(group, TARGET_GROUP))
    }


def _asks_for_the_api(group: Node) -> bool:
    props = group.resource.props
    return (
        props.get("port") == _API_PORT
        and at(props, "healthCheck", "protocol") == "HTTPS"
        and at(props, "healthCheck", "path") == "/readyz"
    )


def _cards(network: Network) -> dict[Key, list[Interface]]:
    """The interfaces of each machine: called as it is, or so and then # and which."""
    found: dict[Key, list[Interface]] = {}
    for key, interface in network.interfaces.items():
        ends = [at for at, char in enumerate(key) if char == "#"]
        for end in (*ends, len(key)):
            found.setdefault(key[:end], []).append(interface)
    return found


def _entries(reader: Reader) -> dict[Reference, set[str]]:
    """The clusters that nodes of a role may join."""
    found: dict[Reference, set[str]] = {}
    for _, node in reader.each(ACCESS_ENTRY):
        if node.resource.props.get("type") in _NODE_ENTRIES:
            role = reader.references.one(node, "principalArn", Noun.ROLE)
            cluster = reader.references.one(node, "clusterName", Noun.CLUSTER)
            if role is not None:
                found.setdefault(role, set()).add(_called(cluster))
    return found


def _templates(reader: Reader, node: Node) -> list[Node]:
    """The launch templates that machines are made from, as far as they are described."""
    found: list[Node] = []
    for path in ("launchTemplate", _MIXED):
        named = at(node.resource.props, *path.split("."))
        for name in ("id", "launchTemplateId", "name", "launchTemplateName"):
            value = named if named is UNKNOWN else at(named, name)
            ref = reader.references.value(node, path, value, Noun.LAUNCH_TEMPLATE)
            found += [n for n in reader.called(ref, LAUNCH_TEMPLATE) if n not in found]
    return found


def _role(reader: Reader, node: Node, described: list[Node]) -> Reference | None:
    for name in ("nodeRoleArn", "podExecutionRoleArn"):
        if is_set(node.resource.props.get(name)):
            return reader.references.one(node, name, Noun.ROLE)
    for of in (node, *described):
        given = of.resource.props.get("iamInstanceProfile")
        if not is_set(given):
            continue
        held = given if isinstance(given, str) or given is UNKNOWN else None
        held = held or at(given, "arn") or at(given, "name")
        profile = reader.references.value(of, "iamInstanceProfile", held, Noun.INSTANCE_PROFILE)
        if not isinstance(profile, str):
            return profile
        known = reader.called(profile, INSTANCE_PROFILE)[0]
        return reader.references.one(known, "role", Noun.ROLE)
    return None


def _tags(node: Node, described: list[Node]) -> Iterator[str]:
    """The clusters that tags name as theirs."""
    listed = [at(item, "key") for _, item in each(node.resource.props.get("tags"))]
    named = node.resource.props.get("tags")
    listed += list(named) if isinstance(named, Mapping) else []
    for of in described:
        for _, item in each(of.resource.props.get("tagSpecifications")):
            listed += list(at(item, "tags") or {}) if at(item, "tags") is not UNKNOWN else []
    yield from (
        tag.removeprefix(_OWNED) for tag in listed
        if isinstance(tag, str) and tag.startswith(_OWNED)
    )  # fmt: skip


def _called_by_tag(reader: Reader, name: str) -> str:
    """A cluster by the name that a tag has, as others here refer to it."""
    for key, node in reader.each(CLUSTER):
        if node.resource.props.get("name") == name:
            return key
    return name


def _called(reference: Reference | None) -> str:
    """What to compare clusters by; empty where it is not known which is meant."""
    if isinstance(reference, Hole):
        return "" if reference.asked else reference.what
    return reference or ""


def _user_data(node: Node, described: list[Node]) -> str:
    """What machines run first, where it is known."""
    for of in (node, *described):
        given = of.resource.props.get("userData")
        if isinstance(given, str) and given:
            try:
                return base64.b64decode(given, validate=True).decode(errors="replace")
            except ValueError:
                return given
    return ""


def _by_machines(found: _Found) -> Iterator[Use]:
    """What machines do without being told: join, and pull images."""
    registry = any(found.reader.each(REPOSITORY))
    authenticator = any(_is_authenticators(node) for _, node in found.reader.each(PARAMETER))
    for machines in found.machines:
        data, name = machines.user_data, machines.name
        if machines.node:
            if not machines.own:  # EKS's images ask EC2 (nodeadm, pluto); a kubelet itself does not
                yield Use("node name", name, machines)
            if "/etc/eks/bootstrap.sh" in data and "--apiserver-endpoint" not in data:
                yield Use("cluster lookup", name, machines)
        if machines.api and authenticator:
            yield Use("IAM authentication", name, machines)
        if machines.pods and machines.own:
            yield Use("carried images", name, machines)
        elif machines.pods:
            yield Use("image pulls", name, machines)
            if registry:
                yield Use("own images", name, machines)
        for bucket in sorted(set(_BUCKET.findall(data))):
            yield Use("own objects", name, machines, bucket=bucket)


def _is_authenticators(parameter: Node) -> bool:
    """Whether it holds what the IAM authenticator beside an API server is known by."""
    name = text(parameter.resource.props.get("name")).rsplit("/", 1)[-1]
    return name in ("authenticator.crt", "authenticator.key")


def _by_add_ons(found: _Found) -> Iterator[Use]:
    reader = found.reader
    for _, node in reader.each(ADD_ON):
        name, props = node.resource.name, node.resource.props
        cluster = reader.references.one(node, "clusterName", Noun.CLUSTER)
        pods = is_set(props.get("podIdentityAssociations"))
        role = _role_of_add_on(reader, node)
        for machines in found.nodes(cluster):
            for feature in ADD_ONS.get(text(props.get("addonName")), ()):
                yield Use(feature, name, machines, role or machines.role)
            if pods:
                yield Use("Pod Identity", name, machines)
            if is_set(props.get("serviceAccountRoleArn")):
                yield Use("roles for service accounts", name, machines, role)
    for key, node in reader.each(CLUSTER):
        given = node.resource.props.get("bootstrapSelfManagedAddons")
        alone = not any(
            n.resource.props.get("addonName") == "vpc-cni"
            and _called(reader.references.one(n, "clusterName", Noun.CLUSTER)) in (key, "")
            for _, n in reader.each(ADD_ON)
        )
        if alone and (not is_set(given) or true(given)):
            for machines in found.nodes(key):
                yield Use("VPC CNI", node.resource.name, machines, machines.role)


def _role_of_add_on(reader: Reader, node: Node) -> Reference | None:
    """The role that an add-on's pods take on."""
    props = node.resource.props
    if is_set(props.get("serviceAccountRoleArn")):
        return reader.references.one(node, "serviceAccountRoleArn", Noun.ROLE)
    for _, item in each(props.get("podIdentityAssociations")):
        if item is UNKNOWN or is_set(at(item, "roleArn")):
            value = UNKNOWN if item is UNKNOWN else at(item, "roleArn")
            return reader.references.value(
                node, "podIdentityAssociations.roleArn", value, Noun.ROLE
            )
        return _role_of_account(reader, text(props.get("addonName")))
    return None


def _role_of_account(reader: Reader, add_on: str) -> Reference | None:
    """The role of the service account that an add-on's pods have: EKS tells of an add-on which
    associations there are, and each of them for whom."""
    for _, other in reader.each(POD_IDENTITY):
        if other.resource.props.get("serviceAccount") == SERVICE_ACCOUNTS.get(add_on, UNKNOWN):
            return reader.references.one(other, "roleArn", Noun.ROLE)
    return None


def _by_roles(found: _Found) -> Iterator[Use]:
    """What machines and pods are given to call, where one action shows what for."""
    reader, roles = found.reader, found.identities.roles
    for machines in found.machines:
        of = roles.get(machines.role) if isinstance(machines.role, str) else None
        shown = granted(of, member=not machines.node, api=machines.api)
        yield from _given(shown, machines, machines.role)
    for _, node in reader.each(POD_IDENTITY):
        cluster = reader.references.one(node, "clusterName", Noun.CLUSTER)
        role = reader.references.one(node, "roleArn", Noun.ROLE)
        of = roles.get(role) if isinstance(role, str) else None
        for machines in found.nodes(cluster):
            yield Use("Pod Identity", node.resource.name, machines)
            yield from _given(granted(of), machines, role)
    for key, of in roles.items():
        if _for_tokens(of.trust):
            for machines in found.nodes(None):
                yield Use("roles for service accounts", of.name, machines, key)
                yield from _given(granted(of), machines, key)


def _given(shown: Iterable[Granted], machines: Machines, role: Reference | None) -> Iterator[Use]:
    for one in shown:
        yield Use(one.feature, one.shown_by, machines, role, one.bucket, one.objects)


def _for_tokens(trust: Policy) -> bool:
    """Whether pods of EKS take the role on with their tokens."""
    return "oidc.eks." in str(trust) and "AssumeRoleWithWebIdentity" in str(trust)
