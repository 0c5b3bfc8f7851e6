"""Names of the stack file that heiiki gives to something itself: one name would mean two things.

Where kinds are kept apart (plan/routes.py, Via), no name is taken. Access entries are looked at
where they are planned.
"""

import re

from plan.errors import Faults
from plan.log_buckets import CLUSTER_VPC
from plan.subnets import OPERATOR
from spec.cluster import ClusterSpec
from spec.connections import BastionVpcConnection

BASTION_NAMES = {
    CLUSTER_VPC: "what the cluster's own VPC is called in its logs",
    OPERATOR: "what the operator's machine is called",
}
_TABLE_ID = re.compile(r"rtb-(?:[0-9a-f]{8}|[0-9a-f]{17})")


def check_names(spec: ClusterSpec, faults: Faults) -> None:
    """Note bastion VPCs called as something of ours, and whatever is called as a table's id."""
    network = spec.network
    for name, connection in network.connections.items():
        if name in BASTION_NAMES and isinstance(connection, BastionVpcConnection):
            message = f"is {BASTION_NAMES[name]}; give the bastion VPC another name"
            faults.add(f"network.connections.{name}", message, name)
    tables = {"routeTables": tuple(network.route_tables), "subnets": tuple(network.subnets)}
    for key, names in tables.items():
        for name in names:
            if _TABLE_ID.fullmatch(name):
                faults.add(f"network.{key}.{name}", "is the id of a route table, by which supplied "
                           "tables are called here; choose another name", name)  # fmt: skip
    for name in network.connections:
        if _TABLE_ID.search(name):
            faults.add(f"network.connections.{name}", "holds the id of a route table, by which "
                       "routes back from peerings are called here; choose another name",
                       name)  # fmt: skip
