"""IAM roles with what they may do, and the instance profiles that machines carry."""

import json
from collections.abc import Mapping

import pulumi
import pulumi_aws as aws

from plan.iam import Role, document
from plan.tags import Tags


class Roles(pulumi.ComponentResource):
    """Every planned role with its policies.

    Outputs:
        arns, instance_profile_arns: by logical name; known only when every policy is attached, so
        that nothing uses a role before it may do its work.
    """

    arns: dict[str, pulumi.Output[str]]
    instance_profile_arns: dict[str, pulumi.Output[str]]

    def __init__(
        self,
        name: str,
        roles: Mapping[str, Role],
        *,
        tags: Tags,
        opts: pulumi.ResourceOptions | None = None,
    ):
        super().__init__("heiiki:iam:Roles", name, None, opts)
        self.arns, self.instance_profile_arns = {}, {}
        for role in roles.values():
            self._declare(role, tags)
        self.register_outputs(
            {"arns": self.arns, "instanceProfileArns": self.instance_profile_arns}
        )

    def _declare(self, role: Role, tags: Tags) -> None:
        child = pulumi.ResourceOptions(parent=self)
        created = aws.iam.Role(
            role.name,
            name=role.role_name,
            description=role.description,
            assume_role_policy=json.dumps(role.trust, sort_keys=True),
            tags=tags.named(role.name),
            opts=child,
        )
        attached: list[pulumi.Output[str]] = [
            aws.iam.RolePolicyAttachment(
                f"{role.name}-{arn.rsplit('/', 1)[-1]}",
                role=created.name,
                policy_arn=arn,
                opts=child,
            ).role
            for arn in role.managed_policy_arns
        ]
        if role.statements:
            inline = aws.iam.RolePolicy(
                role.name,
                role=created.name,
                policy=json.dumps(document(role.statements), sort_keys=True),
                opts=child,
            )
            attached.append(inline.role)
        self.arns[role.name] = _after(created.arn, attached)
        if role.instance_profile:
            profile = aws.iam.InstanceProfile(
                role.name,
                name=role.role_name,
                role=created.name,
                tags=tags.named(role.name),
                opts=child,
            )
            self.instance_profile_arns[role.name] = _after(profile.arn, attached)


def _after(value: pulumi.Output[str], earlier: list[pulumi.Output[str]]) -> pulumi.Output[str]:
    """The value, known only when the earlier ones are."""
    return pulumi.Output.all(value, *earlier).apply(lambda values: str(values[0]))
