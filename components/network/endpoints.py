"""VPC endpoints: the only ways to AWS's APIs, each with a policy of its own."""

import json
from collections.abc import Mapping

import pulumi
import pulumi_aws as aws

from plan.endpoints import Endpoint
from plan.tags import Tags


class Endpoints(pulumi.ComponentResource):
    """Every planned endpoint; supplied ones are left as they are.

    Outputs:
        endpoint_ids: by service suffix, supplied ones too.
        s3_prefix_list_id: what rules name to let machines reach S3; None without the endpoint.
    """

    endpoint_ids: dict[str, pulumi.Output[str]]
    s3_prefix_list_id: pulumi.Output[str] | None

    def __init__(
        self,
        name: str,
        endpoints: Mapping[str, Endpoint],
        *,
        vpc_id: pulumi.Input[str],
        subnet_ids: Mapping[str, pulumi.Input[str]],
        route_table_ids: Mapping[str, pulumi.Input[str]],
        security_group_id: pulumi.Input[str],
        tags: Tags,
        opts: pulumi.ResourceOptions | None = None,
    ):
        super().__init__("heiiki:network:Endpoints", name, None, opts)
        self.endpoint_ids, self.s3_prefix_list_id = {}, None
        for service, endpoint in endpoints.items():
            if endpoint.endpoint_id is not None:
                self.endpoint_ids[service] = pulumi.Output.from_input(endpoint.endpoint_id)
                if service == "s3" and endpoint.prefix_list_id is not None:
                    self.s3_prefix_list_id = pulumi.Output.from_input(endpoint.prefix_list_id)
                continue
            interface = endpoint.type == "Interface"
            created = aws.ec2.VpcEndpoint(
                endpoint.name,
                vpc_id=vpc_id,
                service_name=endpoint.service_name,
                vpc_endpoint_type=endpoint.type,
                policy=json.dumps(endpoint.policy, sort_keys=True),
                private_dns_enabled=True if interface else None,
                subnet_ids=[subnet_ids[s] for s in endpoint.subnets] if interface else None,
                security_group_ids=[security_group_id] if interface else None,
                route_table_ids=None
                if interface
                else [route_table_ids[t] for t in endpoint.route_tables],
                tags=tags.named(endpoint.name),
                opts=pulumi.ResourceOptions(parent=self),
            )
            self.endpoint_ids[service] = created.id
            if service == "s3":
                self.s3_prefix_list_id = created.prefix_list_id
        self.register_outputs({"endpointIds": self.endpoint_ids})
