"""How a resource policy tells that a request came through no endpoint of ours.

A policy is judged before anything exists, so it is written from what is known by then. The ids of
a supplied VPC and of supplied endpoints are. Of those that the stack makes only the owner is known,
the own account. docs/adr/0009-bind-carried-material-by-what-is-known.md weighs the ways.
"""

from typing import Any

from plan.fact_files import load_facts
from plan.partitions import Partition
from spec.cluster import ClusterSpec
from spec.network import ExistingVpc

Condition = dict[str, dict[str, Any]]
_FACTS = "endpoint_keys.yaml"


def not_through_our_endpoints(
    service: str, spec: ClusterSpec, partition: Partition, account_id: str
) -> dict[str, Condition]:
    """Conditions that requests by any other way meet, each for a Deny of its own, by its name.

    service: s3 or ecr. Every operator is negated or Null, so that a request without the key, which
    came through no endpoint at all, is denied; where a service might not tell a key, it is asked
    for as well.
    """
    suffixes = ("s3",) if service == "s3" else ("ecr.api", "ecr.dkr")
    supplied = [spec.network.endpoints.existing.get(suffix) for suffix in suffixes]
    if all(supplied):
        return {"SuppliedEndpoints": {"StringNotEquals": {"aws:SourceVpce": supplied}}}
    if isinstance(spec.network.vpc, ExistingVpc):
        return {"SuppliedVpc": {"StringNotEquals": {"aws:SourceVpc": spec.network.vpc.vpc_id}}}
    foreign = {"StringNotEquals": {"aws:VpceAccount": account_id}}
    if service in load_facts(_FACTS)["vpce_account"].get(partition.name, ()):
        return {"OwnEndpoints": foreign}
    return {
        "Endpoints": {"Null": {"aws:SourceVpce": "true"}},
        "OwnEndpointsWhereTold": {**foreign, "Null": {"aws:VpceAccount": "false"}},
    }
