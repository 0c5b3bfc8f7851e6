"""The machines that people use, and how to reach them."""

from typing import Any

import pulumi

from components.access.machines import Machine
from machines.ssh_config import (
    Identity,
    render_session_manager_ssh_config,
    render_ssh_config,
)
from plan.cluster import ClusterPlan
from spec.access import OperatorSpec
from spec.connections import BastionVpcConnection


class PeopleMachines(pulumi.ComponentResource):
    """The operator's machine and the bastions, as far as they are asked for.

    Args:
        network: subnet_ids, security_group_ids by role, and bastions by name.
        operator_instance_profile_arn: None where it is supplied, or there is no operator.
    Outputs:
        outputs: addresses and an SSH configuration as text; nobody's own files are touched.
    """

    outputs: dict[str, Any]

    def __init__(
        self,
        name: str,
        plan: ClusterPlan,
        *,
        network: Any,
        key_arn: pulumi.Input[str],
        operator_instance_profile_arn: pulumi.Output[str] | None,
        opts: pulumi.ResourceOptions | None = None,
    ):
        super().__init__("heiiki:access:PeopleMachines", name, None, opts)
        self._plan, self._network, self._key_arn = plan, network, key_arn
        self.outputs = {}
        bastions = {
            connection.name: self._machine(
                connection.name,
                connection.spec.machine,
                subnet_id=network.bastions[connection.name].subnet_id,
                role="bastion",
                instance_profile_arn=None,
            )
            for connection in plan.connections.values()
            if isinstance(connection.spec, BastionVpcConnection)
        }
        for bastion_name, bastion in bastions.items():
            self.outputs[f"{bastion_name}PublicIp"] = bastion.public_ip
        if plan.spec.access.operator is not None:
            operator = self._operator(plan.spec.access.operator, operator_instance_profile_arn)
            self.outputs["operatorPrivateIp"] = operator.private_ip
            self.outputs["operatorInstanceId"] = operator.instance_id
            self._ssh_config(operator, bastions)
        self.register_outputs(self.outputs)

    def _operator(
        self, spec: OperatorSpec, instance_profile_arn: pulumi.Output[str] | None
    ) -> Machine:
        supplied = spec.instance_profile_arn
        profile = pulumi.Output.from_input(supplied) if supplied else instance_profile_arn
        return self._machine(
            "operator",
            spec.machine,
            subnet_id=self._network.subnet_ids[self._plan.layout.operator],
            role="operator",
            instance_profile_arn=profile,
        )

    def _machine(
        self,
        name: str,
        spec: Any,
        *,
        subnet_id: pulumi.Input[str],
        role: str,
        instance_profile_arn: pulumi.Output[str] | None,
    ) -> Machine:
        return Machine(
            name,
            spec,
            image_id=self._plan.machine_image_id,
            subnet_id=subnet_id,
            security_group_id=self._network.security_group_ids[role],
            key_arn=self._key_arn,
            instance_profile_arn=instance_profile_arn,
            public=role == "bastion",
            tags=self._plan.tags,
            opts=pulumi.ResourceOptions(parent=self),
        )

    def _ssh_config(self, operator: Machine, bastions: dict[str, Machine]) -> None:
        plan = self._plan
        ssh = plan.spec.access.ssh
        identity = Identity(ssh.user, ssh.identity_file)
        cidrs = [str(plan.layout.subnets[s].cidr) for s in plan.layout.nodes]
        for bastion in bastions.values():
            if bastion.public_ip is None:
                continue
            self.outputs["sshConfig"] = pulumi.Output.all(
                bastion.public_ip, operator.private_ip
            ).apply(
                lambda addresses: render_ssh_config(
                    cluster_name=plan.spec.name,
                    bastion_address=addresses[0],
                    operator_address=addresses[1],
                    identity=identity,
                    node_cidrs=cidrs,
                )
            )
        if not bastions and plan.spec.access.session_manager:
            self.outputs["sshConfig"] = operator.instance_id.apply(
                lambda instance_id: render_session_manager_ssh_config(
                    cluster_name=plan.spec.name,
                    region=plan.spec.region,
                    operator_instance_id=instance_id,
                    identity=identity,
                    node_cidrs=cidrs,
                )
            )
