"""Subnets, their route tables, and which belongs to which."""

import pulumi
import pulumi_aws as aws

from plan.subnets import SubnetLayout


class Subnets(pulumi.ComponentResource):
    """Every subnet of the layout, associated with its route table; supplied ones as they are.

    Never     an IPv6 block, a change to what is supplied; a public address on launch but in public
              subnets that nodes lie in.

    Outputs:
        subnet_ids, route_table_ids: by name. Ids of subnets are known only after their
        association, so that nothing starts in a subnet that still has the main route table.
    """

    subnet_ids: dict[str, pulumi.Output[str]]
    route_table_ids: dict[str, pulumi.Output[str]]

    def __init__(
        self,
        name: str,
        layout: SubnetLayout,
        *,
        vpc_id: pulumi.Input[str],
        opts: pulumi.ResourceOptions | None = None,
    ):
        super().__init__("heiiki:network:Subnets", name, None, opts)
        child = pulumi.ResourceOptions(parent=self)
        self.route_table_ids = {
            table.name: pulumi.Output.from_input(table.route_table_id)
            if table.route_table_id
            else aws.ec2.RouteTable(table.name, vpc_id=vpc_id, tags=table.tags, opts=child).id
            for table in layout.route_tables.values()
        }
        self.subnet_ids = {}
        for subnet in layout.subnets.values():
            if subnet.subnet_id is not None:
                self.subnet_ids[subnet.name] = pulumi.Output.from_input(subnet.subnet_id)
                continue
            created = aws.ec2.Subnet(
                subnet.name,
                vpc_id=vpc_id,
                cidr_block=str(subnet.cidr),
                availability_zone=subnet.availability_zone,
                map_public_ip_on_launch=subnet.public_addresses,
                assign_ipv6_address_on_creation=False,
                tags=subnet.tags,
                opts=child,
            )
            association = aws.ec2.RouteTableAssociation(
                subnet.name,
                subnet_id=created.id,
                route_table_id=self.route_table_ids[subnet.route_table],
                opts=child,
            )
            self.subnet_ids[subnet.name] = association.subnet_id.apply(str)
        self.register_outputs({"subnetIds": self.subnet_ids, "routeTableIds": self.route_table_ids})
