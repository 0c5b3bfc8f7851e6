"""What may be asked of etcd: members of our own, or a cluster that others run."""

from collections.abc import Mapping
from typing import Annotated, Any, Literal, Self

from pydantic import AfterValidator, BeforeValidator, Field, WithJsonSchema, model_validator

from spec.base import Spec, default_kind
from spec.fields import DomainName, InstanceType, Name, SecurityGroupId, Text, WholeNumber
from spec.node_pools import Gp3Volume, Io2Volume, RootVolumeSpec

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
EtcdEndpoint = Annotated[
    str,
    Text(
        r"https://[A-Za-z0-9](?:[A-Za-z0-9.-]{0,251}[A-Za-z0-9])?:[1-9][0-9]{0,4}",
        "must be the address of a member with its port, by https, such as "
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
        description="oneByOne: `up` writes the new launch templates and replaces no machine; each "
        "member is then refreshed when the others are healthy. atOnce: `up` refreshes every "
        "member, so that etcd is gone for some minutes; data stay, as their volumes do.",
    )
    timeout_seconds: WholeNumber = Field(
        900,
        ge=300,
        le=7000,
        description="Seconds from a machine's boot until it is given up; it then writes why to its "
        "console and is replaced.",
    )


class CreateEtcd(Spec):
    """Members on machines of their own, each with a volume and an address that outlive them."""

    kind: Literal["create"] = "create"
    version: EtcdVersion | None = Field(
        None, description="Version of etcd. Default: the one that heiiki is tested with."
    )
    members: MemberCount = Field(
        3, description="Machines: 1, 3, 5 or 7. Two of 3 or three of 5 must be up."
    )
    subnets: tuple[Name, ...] = Field(
        (),
        description="Subnets of the members, in order, one for each; a subnet may stand there "
        "twice. Default: the subnets for nodes, zone by zone and over again. Fixed for a member's "
        "life: its volume lies in the zone.",
    )
    instance_type: InstanceType = Field("m6i.large", description="EC2 instance type.")
    root_volume: RootVolumeSpec = Field(
        default_factory=lambda: Gp3Volume(sizeGib=20),
        description="The root volume; always encrypted, gone with its machine.",
    )
    data_volume: DataVolumeSpec = Field(
        default_factory=Gp3Volume,
        description="The volume of etcd's data; always encrypted, kept when its machine goes. It "
        "grows in place and never shrinks.",
    )
    security_group_ids: tuple[SecurityGroupId, ...] = Field(
        (), description="Further security groups of the members."
    )
    rollout: EtcdRollout = Field(
        default_factory=EtcdRollout, description="How machines are replaced."
    )


class EtcdClientNames(Spec):
    """Names of what the API servers show to etcd, in the PKI that is supplied."""

    certificate_authority: Name = Field("etcd", description="The authority that etcd's is of.")
    certificate: Name = Field(
        "kube-apiserver-etcd-client", description="The client certificate and its key."
    )


class ExistingEtcd(Spec):
    """A supplied etcd cluster. Nothing of it is changed."""

    kind: Literal["existing"]
    endpoints: tuple[EtcdEndpoint, ...] = Field(
        (), max_length=9, description="Addresses of its members."
    )
    srv_domain: DomainName | None = Field(
        None, description="Domain whose SRV records _etcd-client-ssl._tcp name the members."
    )
    client: EtcdClientNames = Field(
        default_factory=EtcdClientNames, description="Names of the client's certificates."
    )

    @model_validator(mode="after")
    def _is_found_in_one_way(self) -> Self:
        if bool(self.endpoints) == (self.srv_domain is not None):
            found = "both are" if self.endpoints else "neither is"
            raise ValueError(f"write endpoints or srvDomain, one of the two; {found} there")
        return self


EtcdSpec = Annotated[CreateEtcd | ExistingEtcd, Field(discriminator="kind"), default_kind("create")]
