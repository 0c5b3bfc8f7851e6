"""What a control plane of our own needs of rooms that EKS uses too; of an EKS cluster, nothing.

The one place that those rooms ask: each takes what is given here, and none asks for the kind.
"""

from plan.external_etcd import host_names
from plan.issuers import issuer_hosts
from plan.names import bucket_name
from spec.api_endpoints import ExistingLoadBalancer, NamedLoadBalancer
from spec.cluster import ClusterSpec
from spec.etcd import CreateEtcd, ExistingEtcd
from spec.machine_images import CustomMachineImage
from spec.self_hosted import SelfHostedSpec

MACHINES_BUCKET = "machines"  # what the bucket of bundles is called below the cluster's name


def own_control_plane(spec: ClusterSpec) -> SelfHostedSpec | None:
    """What is asked of a control plane of our own; None where it is EKS's."""
    asked = spec.control_plane
    return asked if isinstance(asked, SelfHostedSpec) else None


def internal_domain(cluster: str) -> str:
    """The private zone in which machines, and by default the API, have their names."""
    return f"{cluster}.heiiki.internal"


def on_controllers(asked: SelfHostedSpec) -> bool:
    """Whether members of etcd live on controllers."""
    return isinstance(asked.etcd, CreateEtcd) and asked.etcd.placement == "controllers"


def machine_types(spec: ClusterSpec) -> dict[str, tuple[str, tuple[str, ...]]]:
    """Instance type and subnets of etcd and of controllers, by the key that holds both. No subnets
    are the default: all that are for nodes."""
    asked = own_control_plane(spec)
    if asked is None:
        return {}
    if isinstance(asked.etcd, CreateEtcd) and on_controllers(asked):
        return {"controlPlane.controllers": (asked.controllers.instance_type, asked.etcd.subnets)}
    found = {
        "controlPlane.controllers": (asked.controllers.instance_type, asked.controllers.subnets)
    }
    if isinstance(asked.etcd, CreateEtcd):
        found["controlPlane.etcd"] = (asked.etcd.instance_type, asked.etcd.subnets)
    return found


def machine_images(spec: ClusterSpec) -> dict[str, tuple[str, CustomMachineImage]]:
    """Instance type and image of etcd and of controllers that boot one of their own, by its key."""
    asked = own_control_plane(spec)
    if asked is None:
        return {}
    parts = {"controllers": asked.controllers, "etcd": asked.etcd}
    return {
        f"controlPlane.{key}.image": (part.instance_type, part.image)
        for key, part in parts.items()
        if not isinstance(part, ExistingEtcd) and isinstance(part.image, CustomMachineImage)
    }


def security_groups(spec: ClusterSpec) -> dict[str, tuple[str, ...]]:
    """Supplied ones of controllers, members of etcd and load balancers of the API, by their key."""
    asked = own_control_plane(spec)
    if asked is None:
        return {}
    found = {"controllers": asked.controllers.security_group_ids}
    if isinstance(asked.etcd, CreateEtcd):
        found["etcd"] = asked.etcd.security_group_ids
    for name, endpoint in asked.endpoints.items():
        if isinstance(endpoint.load_balancer, ExistingLoadBalancer):
            groups = endpoint.load_balancer.security_group_ids
            found[f"endpoints.{name}.loadBalancer"] = groups
    return {f"controlPlane.{key}.securityGroupIds": groups for key, groups in found.items()}


def written_buckets(spec: ClusterSpec, account_id: str) -> tuple[str, ...]:
    """Names of buckets that machines write to: that of the bundles, in which members claim their
    first start and keep snapshots."""
    asked = own_control_plane(spec)
    if asked is None or not isinstance(asked.etcd, CreateEtcd):
        return ()
    return (bucket_name(spec.name, spec.region, account_id, MACHINES_BUCKET),)


def read_buckets(spec: ClusterSpec, account_id: str) -> tuple[str, ...]:
    """Names of buckets that machines boot from."""
    asked = own_control_plane(spec)
    if asked is None:
        return ()
    own = bucket_name(spec.name, spec.region, account_id, MACHINES_BUCKET)
    return (own, asked.artifacts.bucket)


def private_domains(spec: ClusterSpec) -> tuple[str, ...]:
    """Names in private networks that machines ask for, and where they lead: DNS Firewall looks
    at each name of the way. What faces the internet is asked for there."""
    asked = own_control_plane(spec)
    if asked is None:
        return ()
    own = internal_domain(spec.name)
    named = [e.dns_name for e in asked.endpoints.values() if not e.faces_the_internet]
    named += [
        endpoint.load_balancer.dns_name
        for endpoint in asked.endpoints.values()
        if isinstance(endpoint.load_balancer, NamedLoadBalancer)
    ]
    if isinstance(asked.etcd, ExistingEtcd):
        named += host_names(asked.etcd)
    named += issuer_hosts(asked.api_server.issuers)
    return (f"*.{own}", *(n for n in dict.fromkeys(named) if not n.endswith(f".{own}")))


def feature_keys(spec: ClusterSpec) -> dict[str, list[str]]:
    """Features of the machines of a control plane of our own, by the key that asks for each."""
    asked = own_control_plane(spec)
    if asked is None:
        return {}
    by_kms = asked.encryption.kind == "kms"
    return {
        "ownMachines": ["controlPlane.kind"],
        "ownEtcd": ["controlPlane.etcd"] if isinstance(asked.etcd, CreateEtcd) else [],
        "ownNodes": ["controlPlane.artifacts.images"],
        "ownIdentities": ["controlPlane.controllers"],
        "cloudController": ["controlPlane.controllers"],
        "ownSecrets": ["controlPlane.encryption"] if by_kms else [],
    }
