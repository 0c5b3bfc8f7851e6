"""Internet and NAT gateways: only what network.egress names."""

import pulumi
import pulumi_aws as aws

from plan.tags import Tags
from spec.network import (
    EgressSpec,
    ExistingElasticIp,
    ExistingInternetGateway,
    ExistingNatGateway,
    NatEgress,
    NatGatewaySpec,
    NoEgress,
)


class Gateways(pulumi.ComponentResource):
    """The ways to the internet, each asked for by name; with egress none there is not one.

    Outputs:
        internet_gateway_id: None with egress none; known only when the gateway is attached.
        nat_gateway_ids: by name.
    """

    internet_gateway_id: pulumi.Output[str] | None
    nat_gateway_ids: dict[str, pulumi.Output[str]]

    def __init__(
        self,
        name: str,
        egress: EgressSpec,
        *,
        vpc_id: pulumi.Input[str],
        subnet_ids: dict[str, pulumi.Output[str]],
        tags: Tags,
        opts: pulumi.ResourceOptions | None = None,
    ):
        super().__init__("heiiki:network:Gateways", name, None, opts)
        self.internet_gateway_id, self.nat_gateway_ids = None, {}
        self._attached: list[pulumi.Resource] = []  # what a NAT gateway waits for
        if not isinstance(egress, NoEgress):
            self.internet_gateway_id = self._internet_gateway(name, egress, vpc_id, tags)
        if isinstance(egress, NatEgress):
            for nat_name, nat in egress.nat_gateways.items():
                self.nat_gateway_ids[nat_name] = self._nat_gateway(nat_name, nat, subnet_ids, tags)
        self.register_outputs(
            {"internetGatewayId": self.internet_gateway_id, "natGatewayIds": self.nat_gateway_ids}
        )

    def _internet_gateway(
        self, name: str, egress: EgressSpec, vpc_id: pulumi.Input[str], tags: Tags
    ) -> pulumi.Output[str]:
        if isinstance(egress, NoEgress):
            raise ValueError("egress none has no internet gateway")
        if isinstance(egress.internet_gateway, ExistingInternetGateway):
            return pulumi.Output.from_input(egress.internet_gateway.internet_gateway_id)
        gateway = aws.ec2.InternetGateway(
            name,
            vpc_id=vpc_id,  # attached as it is made, so whoever has the id has the attachment
            tags=tags.named("internet-gateway"),
            opts=pulumi.ResourceOptions(parent=self),
        )
        self._attached.append(gateway)
        return gateway.id

    def _nat_gateway(
        self, name: str, nat: NatGatewaySpec, subnet_ids: dict[str, pulumi.Output[str]], tags: Tags
    ) -> pulumi.Output[str]:
        if isinstance(nat, ExistingNatGateway):
            return pulumi.Output.from_input(nat.nat_gateway_id)
        child = pulumi.ResourceOptions(parent=self, depends_on=self._attached)
        if isinstance(nat.elastic_ip, ExistingElasticIp):
            allocation_id: pulumi.Input[str] = nat.elastic_ip.allocation_id
        else:
            allocation_id = aws.ec2.Eip(
                name, domain="vpc", tags=tags.named(name), opts=child
            ).allocation_id
        gateway = aws.ec2.NatGateway(
            name,
            subnet_id=subnet_ids[nat.subnet],
            allocation_id=allocation_id,
            tags=tags.named(name),
            # In another subnet it is another one, and the address is one gateway's at a time.
            opts=pulumi.ResourceOptions.merge(
                child, pulumi.ResourceOptions(delete_before_replace=True)
            ),
        )
        return gateway.id
