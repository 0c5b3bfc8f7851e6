"""Every route beyond the local one."""

from collections.abc import Mapping

import pulumi
import pulumi_aws as aws

from plan.routes import Route, Via


class Routes(pulumi.ComponentResource):
    """The planned routes, and no other.

    Args:
        route_table_ids: by name.
        target_ids: by what a route's `via` says: a gateway or a connection.
    """

    def __init__(
        self,
        name: str,
        routes: tuple[Route, ...],
        *,
        route_table_ids: Mapping[str, pulumi.Input[str]],
        target_ids: Mapping[Via, pulumi.Input[str]],
        opts: pulumi.ResourceOptions | None = None,
    ):
        super().__init__("heiiki:network:Routes", name, None, opts)
        for route in routes:
            target = {route.target: target_ids[route.via]}
            aws.ec2.Route(
                route.name,
                route_table_id=route_table_ids[route.route_table],
                destination_cidr_block=str(route.destination),
                opts=pulumi.ResourceOptions(parent=self),
                **target,
            )
        self.register_outputs({})
