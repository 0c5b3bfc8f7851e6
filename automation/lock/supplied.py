"""What the lock file records of everything that the stack file supplies. It is only read."""

from typing import Any

from automation.lock.facts import Aws
from automation.lock.supplied_api import read_api
from automation.lock.supplied_endpoints import read_endpoints
from automation.lock.supplied_gateways import read_gateways
from automation.lock.supplied_keys import read_keys_and_buckets
from automation.lock.supplied_machines import read_machines
from automation.lock.supplied_network import read_network
from automation.lock.supplied_roles import read_roles
from automation.lock.supplied_stores import read_stores
from spec.cluster import ClusterSpec
from spec.supplied import Supplied


def read_supplied(
    aws: Aws, spec: ClusterSpec, account_id: str, before: Supplied | None = None
) -> Supplied:
    """Attributes of everything that the stack file supplies by id; faults for ids not found.

    before: what the present lock file has of it, for what is true of the first reading alone.
    """
    content: dict[str, Any] = {
        **read_network(aws, spec, account_id, before or Supplied()),
        **read_endpoints(aws, spec),
        **read_gateways(aws, spec),
        **read_roles(aws, spec),
        **read_keys_and_buckets(aws, spec, account_id),
        **read_machines(aws, spec),
        **read_api(aws, spec),
        **read_stores(aws, spec, account_id),
    }
    return Supplied.model_validate(content)
