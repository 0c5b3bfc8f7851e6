"""Load balancers that Services of the cluster have made: they keep a destroy from ending.

Nobody but Kubernetes knows them, so the engine does not delete them; their network interfaces keep
the subnets, and their security groups the VPC, alive.
"""

from typing import TYPE_CHECKING, Any

from automation.aws_calls import SETTINGS, asking, new_session
from automation.errors import RefusedError

if TYPE_CHECKING:
    from boto3.session import Session

_BATCH = 20  # DescribeTags takes no more names at once
# The cloud controller tags what it makes with kubernetes.io/cluster/<name>
# (kubernetes/cloud-provider-aws), the AWS Load Balancer Controller with this
# (kubernetes-sigs/aws-load-balancer-controller, docs/guide/service/annotations.md).
_CONTROLLER_TAG = "elbv2.k8s.aws/cluster"


def load_balancers_of(
    cluster: str, region: str, *, session: "Session | None" = None
) -> tuple[str, ...]:
    """Names of the load balancers that carry the cluster's tag, of both generations."""
    session = session or new_session()
    found: list[str] = []
    for service, key, id_key, name_key, argument, tagged in (
        ("elbv2", "LoadBalancers", "LoadBalancerArn", "LoadBalancerName", "ResourceArns",
         "ResourceArn"),
        ("elb", "LoadBalancerDescriptions", "LoadBalancerName", "LoadBalancerName",
         "LoadBalancerNames", "LoadBalancerName"),
    ):  # fmt: skip
        client = session.client(service, region_name=region, config=SETTINGS)  # type: ignore[call-overload]
        with asking("elasticloadbalancing:DescribeLoadBalancers"):
            pages = client.get_paginator("describe_load_balancers").paginate()
            names = {lb[id_key]: lb[name_key] for page in pages for lb in page[key]}
        ids = sorted(names)
        for start in range(0, len(ids), _BATCH):
            with asking("elasticloadbalancing:DescribeTags"):
                answer = client.describe_tags(**{argument: ids[start : start + _BATCH]})
            found += [
                names[row[tagged]]
                for row in answer["TagDescriptions"]
                if _is_of(cluster, row["Tags"])
            ]
    return tuple(sorted(found))


def _is_of(cluster: str, tags: list[Any]) -> bool:
    pairs = {t["Key"]: t.get("Value", "") for t in tags}
    return f"kubernetes.io/cluster/{cluster}" in pairs or pairs.get(_CONTROLLER_TAG) == cluster


def require_none(cluster: str, names: tuple[str, ...]) -> None:
    """Raise RefusedError when there are any."""
    if names:
        raise RefusedError(
            f"Services of cluster {cluster} have made load balancers, which would keep the "
            "network from being deleted",
            details=names,
            advice="Nothing was changed. Delete those Services (kubectl get services -A) and wait "
            "until the load balancers are gone. heiiki destroy --force goes on all the same and "
            "may hang on the subnets.",
        )
