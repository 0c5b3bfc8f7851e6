"""The VPC, created or supplied, with its own defaults shut."""

from __future__ import annotations  # else a type in a signature loads the SDK's module

import pulumi
import pulumi_aws as aws

from plan.tags import Tags
from spec.network import ExistingVpc, VpcSpec


class Vpc(pulumi.ComponentResource):
    """A VPC with DNS on, whose main route table and default security group hold nothing.

    Creates   a VPC, its further CIDRs, and the emptied defaults; for a supplied VPC: nothing.
    Never     an internet gateway, an IPv6 block.

    Outputs:
        vpc_id: known only after creation, or the supplied id.
    """

    vpc_id: pulumi.Output[str]

    def __init__(
        self, name: str, spec: VpcSpec, *, tags: Tags, opts: pulumi.ResourceOptions | None = None
    ):
        super().__init__("heiiki:network:Vpc", name, None, opts)
        if isinstance(spec, ExistingVpc):
            self.vpc_id = pulumi.Output.from_input(spec.vpc_id)
        else:
            vpc = aws.ec2.Vpc(
                name,
                cidr_block=str(spec.cidr),
                enable_dns_support=True,  # private names of endpoints need both
                enable_dns_hostnames=True,
                tags=tags.for_kubernetes("vpc", "owned"),
                opts=pulumi.ResourceOptions(parent=self),
            )
            self._shut_defaults(name, vpc, tags)
            self.vpc_id = self._with_secondary_cidrs(name, vpc, spec.secondary_cidrs)
        self.register_outputs({"vpcId": self.vpc_id})

    def _shut_defaults(self, name: str, vpc: aws.ec2.Vpc, tags: Tags) -> None:
        """AWS makes both with every VPC; whatever names no other would fall into them."""
        child = pulumi.ResourceOptions(parent=self)
        aws.ec2.DefaultSecurityGroup(
            f"{name}-default", vpc_id=vpc.id, ingress=[], egress=[],
            tags=tags.named("default-unused"), opts=child,
        )  # fmt: skip
        aws.ec2.DefaultRouteTable(
            f"{name}-main", default_route_table_id=vpc.default_route_table_id, routes=[],
            tags=tags.named("main-unused"), opts=child,
        )  # fmt: skip

    def _with_secondary_cidrs(
        self, name: str, vpc: aws.ec2.Vpc, cidrs: tuple[object, ...]
    ) -> pulumi.Output[str]:
        """The VPC's id, known when every CIDR is associated, so that subnets wait for theirs."""
        associations = [
            aws.ec2.VpcIpv4CidrBlockAssociation(
                f"{name}-{str(cidr).replace('/', '-')}", vpc_id=vpc.id, cidr_block=str(cidr),
                opts=pulumi.ResourceOptions(parent=self),
            )
            for cidr in cidrs
        ]  # fmt: skip
        if not associations:
            return vpc.id
        return pulumi.Output.all(*(a.vpc_id for a in associations)).apply(lambda ids: str(ids[0]))
