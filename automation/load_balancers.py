"""Load balancers that Services of the cluster have made: they keep a destroy from ending.

Nobody but Kubernetes knows them, so the engine does not delete them; their network interfaces keep
the subnets, and their security groups the VPC, alive.
"""

from typing import Any

from automation.aws_calls import Account, asking
from automation.errors import RefusedError
from automation.state import State

_BATCH = 20  # DescribeTags takes no more names at once
# The cloud controller tags what it makes with kubernetes.io/cluster/<name>
# (kubernetes/cloud-provider-aws), the AWS Load Balancer Controller with this
# (kubernetes-sigs/aws-load-balancer-controller, docs/guide/service/annotations.md).
_CONTROLLER_TAG = "elbv2.k8s.aws/cluster"


def load_balancers_of(cluster: str, region: str, account: Account) -> tuple[str, ...]:
    """Names of the load balancers that carry the cluster's tag, of both generations."""
    found: list[str] = []
    for service, key, id_key, argument, tagged in (
        ("elbv2", "LoadBalancers", "LoadBalancerArn", "ResourceArns", "ResourceArn"),
        ("elb", "LoadBalancerDescriptions", "LoadBalancerName", "LoadBalancerNames",
         "LoadBalancerName"),
    ):  # fmt: skip
        rows = account.paged(service, region, "describe_load_balancers", key)
        names = {row[id_key]: row["LoadBalancerName"] for row in rows}
        ids = sorted(names)
        for start in range(0, len(ids), _BATCH):
            with asking("elasticloadbalancing:DescribeTags"):
                answer = account.client(service, region).describe_tags(
                    **{argument: ids[start : start + _BATCH]}
                )
            found += [
                names[row[tagged]]
                for row in answer["TagDescriptions"]
                if _is_of(cluster, row["Tags"])
            ]
    return tuple(sorted(found))


def _is_of(cluster: str, tags: list[Any]) -> bool:
    pairs = {t["Key"]: t.get("Value", "") for t in tags}
    return f"kubernetes.io/cluster/{cluster}" in pairs or pairs.get(_CONTROLLER_TAG) == cluster


def require_none(state: State, account: Account) -> None:
    """Raise RefusedError when Services of a recorded cluster have made any."""
    for cluster in state.of_type("aws:eks/cluster:Cluster"):
        name, arn = str(cluster.outputs.get("name", "")), str(cluster.outputs.get("arn", ""))
        names = load_balancers_of(name, arn.split(":")[3], account) if name and arn else ()
        if names:
            raise RefusedError(
                f"Services of cluster {name} have made load balancers, which would keep the "
                "network from being deleted",
                details=names,
                advice="Nothing was changed. Delete those Services (kubectl get services -A) and "
                "wait until the load balancers are gone. heiiki destroy --force goes on all the "
                "same, and may hang on the subnets.",
            )
