"""The names that machines of the cluster may resolve; everything else is answered NXDOMAIN."""

from plan.carry_in import own_buckets
from plan.endpoints import Endpoint
from plan.features import aws_owned_buckets, cluster_domains, service_domains
from plan.partitions import Partition
from plan.self_hosted.needs import own_control_plane
from spec.cluster import ClusterSpec


def allowed_domains(
    spec: ClusterSpec, endpoints: dict[str, Endpoint], partition: Partition, account_id: str
) -> tuple[str, ...]:
    """The allow-list of the DNS Firewall: the cluster's own names, one per call, and what is asked.

    S3 is allowed by bucket and not as a whole, since names of foreign buckets carry data out.
    """
    kinds = ("ecrLayers", *spec.network.endpoints.package_repositories)
    buckets = (
        *(name for kind in kinds for name in aws_owned_buckets(kind, partition)),
        *own_buckets(spec, account_id),
    )
    names = [
        *cluster_domains(spec, partition),
        *(
            domain
            for service in endpoints
            for domain in service_domains(
                service, partition, account_id=account_id, buckets=buckets
            )
        ),
        *(domain.rstrip(".") for domain in spec.network.dns.allowed_domains),
    ]
    if own_control_plane(spec) is not None:  # whose images are all carried in
        names = [name for name in names if not name.startswith(f"{partition.eks_image_account}.")]
    return tuple(sorted(dict.fromkeys(names)))
