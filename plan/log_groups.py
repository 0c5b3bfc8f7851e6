"""The log groups: their names are ours, so their ARNs are known before they exist."""

from dataclasses import dataclass

from plan.partitions import Partition

CONTROL_PLANE, DNS_QUERIES, FLOW_LOGS = "control-plane", "dns-queries", "flow-logs"


@dataclass(frozen=True, slots=True)
class LogGroup:
    """A log group. A known ARN lets a policy see in preview whose account the logs go to."""

    name: str
    arn: str


def plan_log_groups(cluster: str, partition: Partition, account_id: str) -> dict[str, LogGroup]:
    """Log groups by purpose. EKS writes the control plane's logs to its own name and no other."""
    names = {
        CONTROL_PLANE: f"/aws/eks/{cluster}/cluster",
        DNS_QUERIES: f"/heiiki/{cluster}/dns-queries",
        FLOW_LOGS: f"/heiiki/{cluster}/flow-logs",
    }
    return {
        purpose: LogGroup(
            name,
            partition.arn(
                "logs", f"log-group:{name}", account_id=account_id, region=partition.region
            ),
        )
        for purpose, name in names.items()
    }
