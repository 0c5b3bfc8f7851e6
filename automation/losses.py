"""What `up` does to nothing that runs unless it is meant: replace or delete what holds data.

Add-ons, access entries and rules go before the cluster that they belong to. So a replacement that
AWS refuses at the end, as it does of a protected cluster, has cut the cluster off by then. What is
in sight in the preview is therefore refused before anything is changed.
"""

from automation.errors import RefusedError
from automation.events import name_of
from automation.protection import protection_of
from automation.results import Preview, ResourceChange
from automation.state import State
from automation.texts import texts

_GONE = ("replace", "delete")
_SUBNET = "aws:ec2/subnet:Subnet"
_VPC = "aws:ec2/vpc:Vpc"
_BUCKET, _REPOSITORY = "aws:s3/bucket:Bucket", "aws:ecr/repository:Repository"
# What is in a subnet's place and not in it.
_NO_ADDRESSES = ("aws:ec2/routeTableAssociation:RouteTableAssociation", _SUBNET)
# Type and property to the keys of the stack file that decide it.
_KEYS: dict[tuple[str, str], str] = {
    ("aws:eks/cluster:Cluster", "kubernetesNetworkConfig"): "controlPlane.serviceCidr",
    ("aws:eks/cluster:Cluster", "roleArn"): "controlPlane.role",
    ("aws:eks/cluster:Cluster", "encryptionConfig"): "controlPlane.encryptionKey",
    ("aws:eks/cluster:Cluster", "vpcConfig"): "controlPlane.subnets, network or availabilityZones",
    (_SUBNET, "cidrBlock"): "network.vpc.cidr, network.subnets or availabilityZones",
    (_SUBNET, "availabilityZone"): "availabilityZones or network.subnets",
    (_VPC, "cidrBlock"): "network.vpc.cidr",
    (_BUCKET, "bucket"): "carryIn.buckets, name or region",
    (_REPOSITORY, "name"): "carryIn.repositories or name",
    (_REPOSITORY, "encryptionConfigurations"): "controlPlane.encryptionKey",
}
_KEYS_OF_ALL = {"name": "name", "region": "region"}
_KEYS_OF_DELETED = {
    _SUBNET: "availabilityZones or network.subnets",
    _VPC: "network.vpc",
    _BUCKET: "carryIn.buckets",
    _REPOSITORY: "carryIn.repositories",
    "aws:kms/key:Key": "controlPlane.encryptionKey",
}


def may_lose(preview: Preview) -> tuple[ResourceChange, ...]:
    """The changes that could take data, addresses or a protected resource away."""
    protectable = protection_of(State.empty()).types
    return tuple(
        c
        for c in preview.changes
        if c.operation in _GONE
        and (c.risk == "dataLoss" or c.type in (_SUBNET, _VPC) or c.type in protectable)
    )


def loss_refusal(preview: Preview, state: State, *, allowed: bool) -> RefusedError | None:
    """What `up` would say of a preview that takes away what holds data or is protected.

    state: the record before the change; it says what is protected, and who has addresses in a
    subnet. allowed: data may be lost; what is protected is refused all the same.
    """
    protected = {r.urn for r in protection_of(state).on} | set(preview.held)
    gone = {c.urn for c in preview.changes if c.operation == "delete"}
    candidates = may_lose(preview)
    found = [
        c
        for c in preview.changes
        if (c.urn in protected and c.operation in _GONE)
        or (c in candidates and _loses(c, state, gone))
    ]
    untold = [urn for urn in preview.held if urn not in {c.urn for c in found}]
    stuck = [c.urn for c in found if c.urn in protected] + untold
    if not stuck and (allowed or not found):
        return None
    return RefusedError(
        "up would replace or delete what is protected"
        if stuck
        else "up would replace or delete what holds data or addresses",
        details=[_line(c, protected=c.urn in protected) for c in found]
        + [_untold_line(urn) for urn in untold],
        advice="Nothing was changed. "
        + (_MAY_BE_MORE if untold else "")
        + "Set the keys back in the stack file and run heiiki preview. "
        + (_WHILE_PROTECTED if stuck else _IF_MEANT),
    )


_MAY_BE_MORE = "The engine stopped there, so more may change than is shown. "
_IF_MEANT = "If you mean it, run heiiki up --allow-data-loss (from Python: allow_data_loss=True)."
_WHILE_PROTECTED = (
    "If you mean it, first set controlPlane.deletionProtection: false by a heiiki up of its own, "
    "which asks for exceptions to the rules that demand it; then run heiiki up --allow-data-loss "
    "with the change."
)


def _loses(change: ResourceChange, state: State, gone: set[str]) -> bool:
    if change.risk == "dataLoss" or change.type == _VPC:
        return True
    if change.type != _SUBNET:
        return False
    return change.operation == "replace" or _is_lived_in(change.urn, state, gone)


def _is_lived_in(urn: str, state: State, gone: set[str]) -> bool:
    """Whether something that stays has, or gives out, addresses of the subnet."""
    ids = {r.id for r in state.resources if r.urn == urn}
    others = (
        r for r in state.managed if r.type not in _NO_ADDRESSES and r.urn not in gone
    )  # fmt: skip
    # An Auto Scaling group has its subnets in one text.
    return any(ids & set(text.split(",")) for r in others for text in texts(r.inputs))


def _line(change: ResourceChange, *, protected: bool) -> str:
    noun = change.type.rpartition(":")[2]
    done = "replaced" if change.operation == "replace" else "deleted"
    shield = ", and it is protected against that" if protected else ""
    effect = f": {change.effect}" if change.effect else ""
    why = _why(change)
    return f"{change.name} ({noun}) would be {done}{shield}{effect}{f'; {why}' if why else ''}"


def _untold_line(urn: str) -> str:
    """Of what the engine named and did not go through: it goes with what it is made of."""
    noun = urn.split("::")[2].rpartition(":")[2]
    return f"{name_of(urn)} ({noun}) would be replaced or deleted, and it is protected against that"


def _why(change: ResourceChange) -> str:
    """Which property asks for it, and which key of the stack file decides that, where known."""
    if change.operation == "delete":
        key = _KEYS_OF_DELETED.get(change.type)
        return f"look at {key}" if key else ""
    replacing = [p for p in change.properties if p.kind.endswith("-replace")] or change.properties
    names = dict.fromkeys(p.path.partition(".")[0].partition("[")[0] for p in replacing)
    keys = dict.fromkeys(
        key for n in names if (key := _KEYS.get((change.type, n)) or _KEYS_OF_ALL.get(n))
    )
    paths = ", ".join(p.path for p in replacing)
    told = f"{paths} differs" if paths else ""
    return f"{told}: look at {', '.join(keys)}" if keys else told
