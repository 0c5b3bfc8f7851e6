"""Whether nodes of a control plane of our own find a network for their pods in podCidr.

kube-controller-manager gives each node one of NODE_PREFIX (machines/kube_controller_manager.py);
one for which none is left never becomes Ready. A node that is gone gives its own back.
"""

from collections.abc import Iterable
from ipaddress import IPv4Network

from plan.controllers import ControllersPlan
from plan.errors import Faults
from plan.node_pools import NodePool

NODE_PREFIX = 24  # as machines/self_hosted_cluster.py has it
WIDEST_PREFIX = 8
KEY = "controlPlane.podCidr"


def check_pod_addresses(
    pod_cidr: IPv4Network, controllers: ControllersPlan, pools: Iterable[NodePool], faults: Faults,
    warnings: list[str],
) -> None:  # fmt: skip
    """Too few networks for the fewest nodes are a fault, and for the most a warning."""
    if not WIDEST_PREFIX <= pod_cidr.prefixlen < NODE_PREFIX:
        faults.add(KEY, f"must be /{WIDEST_PREFIX} to /{NODE_PREFIX - 1}: each node takes a "
                   f"/{NODE_PREFIX} of it", pod_cidr)  # fmt: skip
        return
    networks, pools = 2 ** (NODE_PREFIX - pod_cidr.prefixlen), tuple(pools)
    fewest = controllers.min_size + sum(pool.spec.min_size for pool in pools)
    most = controllers.max_size + sum(pool.spec.max_size for pool in pools)
    told = f"has a /{NODE_PREFIX} for each of {networks} nodes, controllers among them, and there "
    if fewest > networks:
        faults.add(KEY, f"{told}are {fewest} at the least; write a wider one. It is for the "
                   "cluster's life", pod_cidr)  # fmt: skip
    elif most > networks:
        warnings.append(f"{KEY}: {told}may be {most}; the others would never be Ready, and it is "
                        "for the cluster's life")  # fmt: skip
