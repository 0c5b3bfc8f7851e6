"""The roles of all machines of a control plane of our own, and whom its authenticator knows."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Any

from plan.carry_in import readable_by_nodes
from plan.carry_in_policies import reader_statements
from plan.controllers import ControllersPlan
from plan.etcd import EtcdPlan
from plan.external_etcd import ExternalEtcd
from plan.iam import ADMINISTRATOR, Role, document
from plan.names import role_name
from plan.node_pools import NodePool
from plan.pki.access import secret_statements
from plan.pki.table import ADMINISTRATORS, WORKER
from plan.self_hosted.iam import (
    BINARIES,
    BUNDLES,
    Place,
    controller_role,
    etcd_role,
    member_controller_role,
    worker_statements,
)
from plan.self_hosted.places import CONTROLLER
from spec.cluster import ClusterSpec
from spec.control_plane import ExistingRole
from spec.self_hosted import SelfHostedSpec

Statement = dict[str, Any]
EVERY_BUNDLE = f"{BUNDLES}/*"  # a bundle holds no key, and its digest is in the user data


@dataclass(frozen=True, slots=True)
class Known:
    """Somebody whom the authenticator lets in."""

    principal_arn: str
    username: str
    groups: tuple[str, ...]


def pool_role(pool: str) -> str:
    """The logical name of a pool's role."""
    return f"node-{pool}"


def machine_roles(
    spec: ClusterSpec, asked: SelfHostedSpec, place: Place, etcd: EtcdPlan | None,
    controllers: ControllersPlan, pools: Iterable[NodePool],
) -> dict[str, Role]:  # fmt: skip
    """A role of each member, of the controllers and of each pool, by logical name. Where members
    live on controllers, each machine has one for both. etcd: None where others run it."""
    programs = program_statements(place, asked)
    managed = session_policies(spec, place)
    members = [*etcd.members.values()] if etcd else []
    keys, name = [EVERY_BUNDLE], spec.name
    bootstrap = None if etcd is None else etcd.snapshots.bootstrap(name)
    encryption = encryption_statements(place, asked)
    if etcd is not None and etcd.on_controllers:
        found = [
            member_controller_role(
                member, place, keys, etcd_cluster=name, bootstrap=bootstrap,
                more=(*programs, *_secrets(controllers.role, place, member.role), *encryption),
            )
            for member in members
        ]  # fmt: skip
    else:
        found = [
            etcd_role(member, place, keys, etcd_cluster=name, bootstrap=bootstrap,
                      more=(*programs, *_secrets(member.role, place)))
            for member in members
        ]  # fmt: skip
        own = (*programs, *_secrets(controllers.role, place), *encryption)
        found.append(controller_role(controllers, place, keys, own))
    found += [_worker(spec, pool, place, programs) for pool in pools]
    return {role.name: replace(role, managed_policy_arns=managed) for role in found}


def joining_roles(etcd: EtcdPlan | ExternalEtcd, pools: Iterable[str]) -> set[str]:
    """Of machines that become nodes, by logical name."""
    controllers = {CONTROLLER}
    if isinstance(etcd, EtcdPlan) and etcd.on_controllers:
        controllers = {member.machine_role for member in etcd.members.values()}
    return controllers | {pool_role(pool) for pool in pools}


def _worker(
    spec: ClusterSpec, pool: NodePool, place: Place, programs: tuple[Statement, ...]
) -> Role:
    carried = reader_statements(
        readable_by_nodes(spec, place.account_id, pool.name), place.partition, place.account_id
    )
    name = pool_role(pool.name)
    trust = {"Effect": "Allow", "Principal": {"Service": [place.partition.ec2_principal]},
             "Action": "sts:AssumeRole"}  # fmt: skip
    return Role(
        name,
        role_name(spec.name, spec.region, name),
        f"Nodes of pool {pool.name} of {spec.name}",
        document((trust,)),
        statements=worker_statements(
            pool.group_name, place, [EVERY_BUNDLE],
            (*programs, *_secrets(WORKER, place), *carried),
        ),
        instance_profile=True,
    )  # fmt: skip


def session_policies(spec: ClusterSpec, place: Place) -> tuple[str, ...]:
    """What Session Manager needs of a machine."""
    if not spec.access.session_manager:
        return ()
    return (place.partition.managed_policy_arn("AmazonSSMManagedInstanceCore"),)


def _secrets(role: str, place: Place, *also: str) -> tuple[Statement, ...]:
    return secret_statements(place.tags.cluster, role, place.partition, place.account_id, also=also)


def program_statements(place: Place, asked: SelfHostedSpec) -> tuple[Statement, ...]:
    """Programs by their digests, in a bucket of the own account, whichever key encrypts it."""
    bucket, partition = asked.artifacts.bucket, place.partition
    digests = sorted(set(asked.artifacts.binaries.values()))
    s3 = f"s3.{partition.region}.{partition.dns_suffix}"
    contexts = [partition.arn("s3", name) for name in (bucket, f"{bucket}/*")]
    return (
        {
            "Sid": "Programs",
            "Effect": "Allow",
            "Action": ["s3:GetObject"],
            "Resource": [partition.arn("s3", f"{bucket}/{BINARIES}/{d}") for d in digests],
            "Condition": {"StringEquals": {"aws:ResourceAccount": place.account_id}},
        },
        {
            "Sid": "DecryptPrograms",
            "Effect": "Allow",
            "Action": ["kms:Decrypt"],
            "Resource": place.arn("kms", "key/*"),
            "Condition": {
                "StringEquals": {"kms:ViaService": s3},
                "ArnLike": {"kms:EncryptionContext:aws:s3:arn": contexts},
            },
        },
    )


def encryption_statements(place: Place, asked: SelfHostedSpec) -> tuple[Statement, ...]:
    """The KMS plugin's: by the cluster's key, and for what bears the cluster's name alone."""
    if asked.encryption.kind != "kms":
        return ()
    held = {"kms:EncryptionContext:heiiki/cluster": place.tags.cluster}
    if place.key_arn is None:
        held["aws:ResourceTag/heiiki:cluster"] = place.tags.cluster
    return (
        {
            "Sid": "EncryptSecrets",
            "Effect": "Allow",
            "Action": ["kms:Decrypt", "kms:Encrypt"],
            "Resource": place.key_arn or place.arn("kms", "key/*"),
            "Condition": {"StringEquals": held},
        },
    )


def known_people(spec: ClusterSpec, roles: dict[str, Role], place: Place) -> tuple[Known, ...]:
    """Administrators by the role of theirs, and whoever else the stack file names."""
    asked = spec.access.administrator
    if isinstance(asked, ExistingRole):
        arn = asked.role_arn
    else:
        made = roles[ADMINISTRATOR].role_name
        arn = place.partition.arn("iam", f"role/{made}", account_id=place.account_id)
    first = Known(arn, f"{ADMINISTRATOR}:{spec.name}", (ADMINISTRATORS,))
    named = (
        Known(principal.principal_arn, principal.username or name, principal.groups)
        for name, principal in spec.access.principals.items()
        if principal.groups
    )
    return (first, *named)
