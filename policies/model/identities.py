"""Roles with who may take them on and what they may do; what keeps data, with who may read it."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Final

from model.deployment import Node
from model.dns import sorted_
from model.documents import Policy, policy
from model.network import Hole, Key, Reference
from model.nouns import Noun
from model.reading import Reader, text
from rules.unknowns import UNKNOWN, at, each

ROLE: Final = "aws:iam/role:Role"
ROLE_POLICY: Final = "aws:iam/rolePolicy:RolePolicy"
ROLE_ATTACHMENT: Final = "aws:iam/rolePolicyAttachment:RolePolicyAttachment"
ATTACHMENT: Final = "aws:iam/policyAttachment:PolicyAttachment"
MANAGED_POLICY: Final = "aws:iam/policy:Policy"
INSTANCE_PROFILE: Final = "aws:iam/instanceProfile:InstanceProfile"

# Resources with a policy of their own: the property that it stands in, and what the property that
# names its subject names (None: the resource itself is the subject).
RESOURCE_POLICIES: Final[dict[str, tuple[str, str | None, Noun | None]]] = {
    "aws:kms/key:Key": ("policy", None, None),
    "aws:kms/replicaKey:ReplicaKey": ("policy", None, None),
    "aws:kms/externalKey:ExternalKey": ("policy", None, None),
    "aws:kms/keyPolicy:KeyPolicy": ("policy", "keyId", Noun.KEY),
    "aws:s3/bucket:Bucket": ("policy", None, None),
    "aws:s3/bucketV2:BucketV2": ("policy", None, None),
    "aws:s3/bucketPolicy:BucketPolicy": ("policy", "bucket", Noun.BUCKET),
    "aws:sqs/queue:Queue": ("policy", None, None),
    "aws:sqs/queuePolicy:QueuePolicy": ("policy", "queueUrl", Noun.QUEUE),
    "aws:sns/topic:Topic": ("policy", None, None),
    "aws:sns/topicPolicy:TopicPolicy": ("policy", "arn", Noun.TOPIC),
    "aws:secretsmanager/secret:Secret": ("policy", None, None),
    "aws:secretsmanager/secretPolicy:SecretPolicy": ("policy", "secretArn", Noun.SECRET),
    "aws:ecr/repository:Repository": ("policy", None, None),
    "aws:ecr/repositoryPolicy:RepositoryPolicy": ("policy", "repository", Noun.REPOSITORY),
    "aws:ecr/registryPolicy:RegistryPolicy": ("policy", None, None),
    "aws:ecr/repositoryCreationTemplate:RepositoryCreationTemplate": (
        "repositoryPolicy",
        None,
        None,
    ),
    "aws:efs/fileSystem:FileSystem": ("policy", None, None),
    "aws:efs/fileSystemPolicy:FileSystemPolicy": ("policy", "fileSystemId", Noun.FILE_SYSTEM),
    "aws:cloudwatch/logResourcePolicy:LogResourcePolicy": ("policyDocument", None, None),
    "aws:cloudwatch/logDestinationPolicy:LogDestinationPolicy": ("accessPolicy", None, None),
    "aws:cloudwatch/eventBusPolicy:EventBusPolicy": ("policy", None, None),
    "aws:backup/vaultPolicy:VaultPolicy": ("policy", None, None),
    "aws:vpclattice/authPolicy:AuthPolicy": ("policy", None, None),
    "aws:vpclattice/resourcePolicy:ResourcePolicy": ("policy", None, None),
    "aws:lambda/resourcePolicy:ResourcePolicy": ("policy", None, None),
    "aws:dynamodb/resourcePolicy:ResourcePolicy": ("policy", None, None),
    "aws:s3/accessPoint:AccessPoint": ("policy", None, None),
    "aws:s3control/accessPointPolicy:AccessPointPolicy": ("policy", None, None),
    "aws:s3control/accessGrantsInstanceResourcePolicy:AccessGrantsInstanceResourcePolicy": (
        "policy",
        None,
        None,
    ),
    "aws:opensearch/domain:Domain": ("accessPolicies", None, None),
    "aws:opensearch/domainPolicy:DomainPolicy": ("accessPolicies", None, None),
}


@dataclass(frozen=True, slots=True)
class Permission:
    """A policy that gives a role something. managed: its ARN, where it is not described here."""

    name: str
    document: Policy
    managed: str | None = None


@dataclass(frozen=True, slots=True)
class Role:
    """A role. complete: whether all of its permissions are described.

    profiles: the instance profiles that hand it to machines.
    """

    key: Key
    name: str
    trust: Policy
    permissions: tuple[Permission, ...] = ()
    boundary: Reference | None = None
    profiles: tuple[Key, ...] = ()
    complete: bool = True


@dataclass(frozen=True, slots=True)
class Store:
    """What keeps or carries data, with every policy on it; none: AWS's default, the own account.

    kind: the last part of the type, such as Bucket.
    """

    key: Key
    name: str
    kind: str
    policies: tuple[Policy, ...] = ()


@dataclass(frozen=True, slots=True)
class Identities:
    """Roles and stores by key. elsewhere: policies on what others made, by what names it."""

    roles: Mapping[Key, Role] = field(default_factory=dict)
    stores: Mapping[Key, Store] = field(default_factory=dict)
    elsewhere: Mapping[str, tuple[Policy, ...]] = field(default_factory=dict)


def build_identities(reader: Reader) -> Identities:
    """The roles and stores of a deployment."""
    stores, elsewhere = _stores(reader)
    return Identities(_roles(reader), stores, elsewhere)


def _roles(reader: Reader) -> dict[Key, Role]:
    granted: dict[Key, list[Permission]] = {}
    doubtful: set[Key] = set()
    for node, path, permission in _permissions(reader):
        for role in reader.references.values(node, path, at(node.resource.props, path), Noun.ROLE):
            if isinstance(role, str):
                granted.setdefault(role, []).append(permission)
        if node.resource.props.get(path) is UNKNOWN:
            maybe = reader.references.candidates(node, path, Noun.ROLE)
            doubtful |= set(maybe if len(maybe) > 1 else ())
    profiles: dict[Key, list[Key]] = {}
    for key, node in sorted_(reader, INSTANCE_PROFILE):
        for role in reader.references.several(node, "role", Noun.ROLE):
            profiles.setdefault(str(role), []).append(key)
    return {
        key: Role(
            key,
            node.resource.name,
            policy(node, "assumeRolePolicy"),
            (*_own(node), *granted.get(key, ())),
            reader.references.one(node, "permissionsBoundary", Noun.POLICY),
            tuple(profiles.get(key, ())),
            key not in doubtful and UNKNOWN not in _own_lists(node),
        )
        for key, node in sorted_(reader, ROLE)
    }


def _own_lists(node: Node) -> tuple[object, ...]:
    props = node.resource.props
    return props.get("inlinePolicies"), props.get("managedPolicyArns")


def _own(node: Node) -> Iterator[Permission]:
    """What a role's own inputs give it."""
    inline, managed = _own_lists(node)
    for _, item in each(inline if inline is not UNKNOWN else None):
        named = text(at(item, "name"), node.resource.name)
        document = at(item, "policy") if item is not UNKNOWN else UNKNOWN
        yield Permission(named, _hole_if_unknown(document, named))
    for _, arn in each(managed if managed is not UNKNOWN else None):
        yield _by_arn(arn, node.resource.name)


def _hole_if_unknown(document: object, name: str) -> Policy:
    if document is UNKNOWN:
        return Hole(f"the policy {name!r} is unknown")
    return document if isinstance(document, Mapping | str) else None


def _by_arn(arn: object, name: str) -> Permission:
    said = text(arn, f"a policy attached by {name!r}")
    return Permission(name, Hole(said), said if isinstance(arn, str) else None)


def _permissions(reader: Reader) -> Iterator[tuple[Node, str, Permission]]:
    """What resources of their own give to roles, with the input that names the role."""
    described = {key: policy(node, "policy") for key, node in reader.each(MANAGED_POLICY)}
    for _, node in sorted_(reader, ROLE_POLICY):
        yield node, "role", Permission(node.resource.name, policy(node, "policy"))
    for type_, path in ((ROLE_ATTACHMENT, "role"), (ATTACHMENT, "roles")):
        for _, node in sorted_(reader, type_):
            found = reader.references.one(node, "policyArn", Noun.POLICY)
            name = node.resource.name
            if isinstance(found, str):
                yield node, path, Permission(name, described[found])
            else:
                yield node, path, _by_arn(node.resource.props.get("policyArn"), name)


def _stores(reader: Reader) -> tuple[dict[Key, Store], dict[str, tuple[Policy, ...]]]:
    policies: dict[Key, list[Policy]] = {}
    elsewhere: dict[str, list[Policy]] = {}
    for type_, (path, subject, noun) in RESOURCE_POLICIES.items():
        for key, node in sorted_(reader, type_):
            document = policy(node, path)
            if subject is None or noun is None:
                policies.setdefault(key, []).extend([document] if document is not None else [])
                continue
            found = reader.references.one(node, subject, noun)
            maybe = reader.references.candidates(node, subject, noun)
            for of in (found,) if isinstance(found, str) else maybe:
                policies.setdefault(of, []).append(document)
            if isinstance(found, Hole) and not maybe:
                elsewhere.setdefault(found.what, []).append(document)
    stores = {}
    for key, documents in sorted(policies.items()):
        resource = reader.deployment.nodes[key].resource
        stores[key] = Store(key, resource.name, resource.noun, tuple(documents))
    return stores, {what: tuple(documents) for what, documents in sorted(elsewhere.items())}
