"""What may be asked of etcd: members of our own, or a cluster that others run."""

from collections.abc import Mapping
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BeforeValidator, Field, WithJsonSchema

from spec.additions import AdditionsSpec
from spec.base import Spec, default_kind
from spec.etcd_snapshots import BucketSnapshots, RestoreSpec, SnapshotsSpec
from spec.fields import (
    InstanceType,
    Name,
    Once,
    PrivateCidrs,
    SecurityGroupId,
    Text,
    WholeNumber,
)
from spec.machine_images import MachineImageSpec, OptimizedMachineImage
from spec.node_pools import Gp3Volume, Io2Volume, RootVolumeSpec
from spec.pki import Certificates

COUNTS = (1, 3, 5, 7)


def _count(members: int) -> int:
    if members not in COUNTS:
        raise ValueError(
            "must be 1, 3, 5 or 7: an even number survives no more losses than the odd one below "
            "it, and more than 7 make every write slower"
        )
    return members


MemberCount = Annotated[
    WholeNumber, AfterValidator(_count), WithJsonSchema({"type": "integer", "enum": [*COUNTS]})
]
EtcdVersion = Annotated[
    str, Text(r"3\.\d{1,2}\.\d{1,3}", "must be a version of etcd in full, such as 3.6.16")
]
_BYTE = r"(?:25[0-5]|2[0-4][0-9]|1[0-9]{2}|[1-9]?[0-9])"
_ADDRESS = rf"(?:{_BYTE}\.){{3}}{_BYTE}"
_FULL_NAME = r"(?:[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?\.)+[A-Za-z]{2,63}"
FULL_NAME_OR_ADDRESS = rf"(?:{_ADDRESS}|{_FULL_NAME})"
EtcdEndpoint = Annotated[
    str,
    Text(
        rf"(?=.{{1,267}}$)https://{FULL_NAME_OR_ADDRESS}:[1-9][0-9]{{0,4}}",
        "must be the IPv4 address or the full name of a member with its port, by https, such as "
        "https://etcd-1.example.com:2379",
    ),
]


def _outlives_its_machine(volume: Any) -> Any:
    if isinstance(volume, Mapping) and volume.get("kind") == "ephemeral":
        raise ValueError(
            "must outlive its machine: what an instance store holds is gone with the instance, "
            "and with the last member so is the cluster; write kind gp3 or io2"
        )
    return volume


DataVolumeSpec = Annotated[
    Gp3Volume | Io2Volume,
    Field(discriminator="kind"),
    default_kind("gp3"),
    BeforeValidator(_outlives_its_machine),
]


class EtcdRollout(Spec):
    """How machines of members are replaced when what they are started from changes."""

    kind: Literal["oneByOne", "atOnce"] = Field(
        "oneByOne",
        description="oneByOne: `up` writes the new launch templates and replaces no machine; "
        "`heiiki roll` then replaces one after the other, each while all others are well. "
        "atOnce: `up` refreshes every member, so that etcd is gone for some minutes; data stay, as "
        "their volumes do.",
    )
    timeout_seconds: WholeNumber = Field(
        900,
        ge=300,
        le=7000,
        description="Seconds from a machine's boot until it is given up; it then writes why to its "
        "console and is replaced.",
    )


class CreateEtcd(Spec):
    """Members, each with a volume and an address that outlive its machines."""

    kind: Literal["create"] = "create"
    version: EtcdVersion | None = Field(
        None, description="Version of etcd. Default: the one that heiiki is tested with."
    )
    placement: Literal["dedicated", "controllers"] = Field(
        "dedicated",
        description="dedicated: members have machines of their own. controllers: each lives on a "
        "controller, of which there are as many as members, each a group of its own; what its "
        "machine is, controlPlane.controllers says. Fixed for the cluster's life.",
    )
    members: MemberCount = Field(
        3,
        description="Machines: 1, 3, 5 or 7. Two of 3 or three of 5 must be up. With placement "
        "controllers also how many controllers there are.",
    )
    subnets: tuple[Name, ...] = Field(
        (),
        description="Subnets of the members, in order, one for each; a subnet may stand there "
        "twice. Default: the subnets for nodes, zone by zone and over again. Fixed for a member's "
        "life: its volume lies in the zone.",
    )
    instance_type: InstanceType = Field("m6i.large", description="EC2 instance type.")
    image: MachineImageSpec = Field(
        default_factory=OptimizedMachineImage, description="The image that every member boots."
    )
    root_volume: RootVolumeSpec = Field(
        default_factory=lambda: Gp3Volume(sizeGib=20),
        description="The root volume; always encrypted, gone with its machine.",
    )
    data_volume: DataVolumeSpec = Field(
        default_factory=Gp3Volume,
        description="The volume of etcd's data; always encrypted, kept when its machine goes. It "
        "grows in place and never shrinks.",
    )
    security_group_ids: Annotated[tuple[SecurityGroupId, ...], Once] = Field(
        (), description="Further security groups of the members."
    )
    rollout: EtcdRollout = Field(
        default_factory=EtcdRollout, description="How machines are replaced."
    )
    snapshots: SnapshotsSpec = Field(
        default_factory=BucketSnapshots,
        description="Snapshots of what etcd holds, made by its members.",
    )
    restore: RestoreSpec | None = Field(
        None, description="The snapshot to begin with again, after all data are lost."
    )
    custom: AdditionsSpec | None = Field(
        None,
        description="Files, units and scripts of your own on machines of every member.",
    )


def _without_its_key(value: Any) -> Any:
    if isinstance(value, str) and "PRIVATE KEY" in value:
        raise ValueError(
            "holds a private key, which no stack file may; write the certificates alone, and put "
            "the key into Systems Manager, as a SecureString "
            "/heiiki/<cluster>/controller/kube-apiserver-etcd-client.key"
        )
    return value


ForeignCertificates = Annotated[Certificates, BeforeValidator(_without_its_key)]


class ExistingEtcd(Spec):
    """An etcd that others run, for this cluster alone. Nothing of it is changed.

    The key of the client's certificate stands in no stack file and in no state: controllers read it
    from Systems Manager, /heiiki/<cluster>/controller/kube-apiserver-etcd-client.key, a
    SecureString that is there before they start.
    """

    kind: Literal["existing"]
    endpoints: tuple[EtcdEndpoint, ...] = Field(
        min_length=1, max_length=9, description="Addresses of its members, each once."
    )
    cidrs: PrivateCidrs = Field(
        min_length=1,
        description="Networks that its members lie in, of the VPC or of a connection. Controllers "
        "may call them at the endpoints' ports, and nobody else may.",
    )
    certificate_authority: ForeignCertificates = Field(
        description="Certificate of the authority that its members' are of, in PEM."
    )
    client_certificate: ForeignCertificates = Field(
        description="Certificate by which API servers ask it, in PEM. Its key is a parameter of "
        "Systems Manager: /heiiki/<cluster>/controller/kube-apiserver-etcd-client.key."
    )


EtcdSpec = Annotated[CreateEtcd | ExistingEtcd, Field(discriminator="kind"), default_kind("create")]
