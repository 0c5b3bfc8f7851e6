"""The stack file as a whole."""

from collections.abc import Mapping, Sequence
from typing import Annotated, Any, Literal

from pydantic import Field, TypeAdapter, ValidationError, ValidationInfo, field_validator

from spec.access import AccessSpec
from spec.add_ons import AddOnsSpec
from spec.base import Spec, default_kind
from spec.carry_in import CarryInSpec
from spec.control_plane import EksSpec
from spec.fields import (
    AccountId,
    AvailabilityZone,
    ClusterName,
    Name,
    OrganizationId,
    Region,
    Text,
)
from spec.network import NetworkSpec
from spec.node_pools import NodePoolSpec
from spec.self_hosted import SelfHostedSpec

TagKey = Annotated[
    str,
    Text(
        r"(?![aA][wW][sS]:)[\w .:/=+@-]{1,128}",
        "must be a tag key: 1 to 128 letters, digits, spaces and _.:/=+-@, not starting with aws:",
        letters=True,
    ),
]
TagValue = Annotated[
    str,
    Text(
        r"[\w .:/=+@-]{0,256}",
        "must be a tag value in quotes: at most 256 letters, digits, spaces and _.:/=+-@",
        letters=True,
    ),
]
ControlPlaneSpec = Annotated[
    EksSpec | SelfHostedSpec, Field(discriminator="kind"), default_kind("eks")
]


class BoundarySpec(Spec):
    """Who is inside: endpoint policies let nobody else be spoken to."""

    organization_id: OrganizationId | None = Field(
        None, description="Own AWS Organization. Default: the own account alone."
    )
    account_id: AccountId | None = Field(
        None,
        description="Own account; `up` refuses another. Default: the one in the lock file.",
    )


class ClusterSpec(Spec):
    """What may be asked of heiiki. name, region, availabilityZones and one pool suffice."""

    name: ClusterName = Field(
        examples=["dev"], description="Name of the cluster and prefix of every name."
    )
    region: Region = Field(description="AWS region.")
    availability_zones: tuple[AvailabilityZone, ...] = Field(
        min_length=2,
        description="Zones to use, at least two. Append only: order gives addresses. The "
        "control plane stays in those of the first lock file.",
    )
    profile: Literal["development", "highlyAvailable"] = Field(
        "development",
        description="highlyAvailable refuses what development only warns of: small machines, a "
        "single node, a single zone.",
    )
    boundary: BoundarySpec = Field(
        default_factory=BoundarySpec, description="The own organization and account."
    )
    network: NetworkSpec = Field(default_factory=NetworkSpec, description="The network.")
    control_plane: ControlPlaneSpec = Field(
        default_factory=EksSpec, description="The control plane: of EKS, or of our own."
    )
    node_pools: dict[Name, NodePoolSpec] = Field(
        min_length=1, description="Node pools by name, at least one."
    )
    access: AccessSpec = Field(default_factory=AccessSpec, description="Who may reach the cluster.")
    add_ons: AddOnsSpec = Field(
        default_factory=AddOnsSpec, description="EKS add-ons and features of the nodes."
    )
    carry_in: CarryInSpec | None = Field(
        None,
        description="Buckets and repositories through which images and material come in. "
        "Default: none.",
    )
    tags: dict[TagKey, TagValue] = Field(
        default_factory=dict, description="Tags that every resource carries."
    )

    @field_validator("availability_zones")
    @classmethod
    def _zones_belong_to_the_region(
        cls, zones: tuple[str, ...], info: ValidationInfo
    ) -> tuple[str, ...]:
        region = info.data.get("region")  # absent where it is faulty itself
        foreign = [zone for zone in zones if region and zone[:-1] != region]
        if foreign:
            raise ValueError(
                f"must all lie in region {region}, not {', '.join(foreign)}; correct the zones, or "
                "the region"
            )
        if len(set(zones)) != len(zones):
            raise ValueError("names a zone twice; name each once")
        return zones


_REGION = "ap-northeast-1"  # where neither the region nor a zone is sound
_LETTERS = ("a", "c")
_BUCKET = "carried-in"


SUPPLIED = {"vpcId": "vpc-00000000000000000", "subnetId": "subnet-00000000000000000"}  # of nobody


def stand_in(document: Any, path: Sequence[str | int]) -> Any:
    """A region, zones or artifacts that fit the rest of a document in which they are faulty, else
    None.

    Everything in the file depends on the first two, and all of a control plane of our own on the
    last; without them, nothing else of it could be checked.
    """
    if list(path[:2]) == ["controlPlane", "artifacts"]:
        return _artifacts(document, path[2:])
    if path[:1] == ["network"] and path[-1] in SUPPLIED:
        return _supplied(document, path)
    if not isinstance(document, Mapping) or list(path) not in (["region"], ["availabilityZones"]):
        return None
    asked = document.get("availabilityZones")
    items = asked if isinstance(asked, list) else []
    zones = [zone for zone in items if isinstance(zone, str) and _is(AvailabilityZone, zone)]
    if list(path) == ["region"]:
        return zones[0][:-1] if zones else _REGION
    region = document.get("region")
    if not (isinstance(region, str) and _is(Region, region)):
        region = zones[0][:-1] if zones else _REGION
    inside = [zone for zone in zones if zone[:-1] == region]
    more = [f"{region}{letter}" for letter in _LETTERS]
    return list(dict.fromkeys([*inside, *(more if len(set(inside)) < len(_LETTERS) else ())]))


def _supplied(document: Any, path: Sequence[str | int]) -> str | None:
    """An id where one of a supplied VPC or subnet is faulty, so that what else is supplied there
    is not told to lie in no VPC, and to leave a zone without a subnet."""
    here = document
    for part in path[:-1]:
        here = here.get(part) if isinstance(here, Mapping) else None
    is_supplied = isinstance(here, Mapping) and here.get("kind") == "existing"
    return SUPPLIED[str(path[-1])] if is_supplied else None


def _artifacts(document: Any, within: Sequence[str | int]) -> Any:
    """The bucket, which has no default, or what holds it; of a control plane of our own alone."""
    if document["controlPlane"].get("kind") != "selfHosted":
        return None
    if not within:
        return {"bucket": _BUCKET}
    return _BUCKET if list(within) == ["bucket"] else None


def _is(kind: Any, value: str) -> bool:
    try:
        TypeAdapter(kind).validate_python(value)
    except ValidationError:
        return False
    return True
