"""What the VPC may resolve: an allow-list, and nothing else; and the record of every query."""

from collections.abc import Mapping

import pulumi
import pulumi_aws as aws

from plan.log_buckets import CLUSTER_VPC
from plan.log_groups import LogGroup
from plan.tags import Tags
from spec.dns import DnsSpec

ALLOW_PRIORITY, BLOCK_PRIORITY, ASSOCIATION_PRIORITY = 100, 200, 101


class DnsFirewall(pulumi.ComponentResource):
    """DNS Firewall that fails closed: allowed names, then NXDOMAIN for everything.

    The resolver answers public names without any gateway, and neither security groups nor flow
    logs see it: without this, a closed network still talks to the world by DNS. One rule group,
    joined to each VPC that we make: a bastion's too, whose security group lets nothing else out.

    Args:
        vpc_ids: by name, each of a VPC that we make.
        protected: AWS, and the engine before it, then refuse to take the firewall off the VPC, in
            a destroy too.
    Outputs:
        rule_group_id: known only after creation.
    """

    rule_group_id: pulumi.Output[str]

    def __init__(
        self,
        name: str,
        allowed_domains: tuple[str, ...],
        *,
        vpc_ids: Mapping[str, pulumi.Input[str]],
        protected: bool,
        tags: Tags,
        opts: pulumi.ResourceOptions | None = None,
    ):
        super().__init__("heiiki:network:DnsFirewall", name, None, opts)
        child = pulumi.ResourceOptions(parent=self)
        route53 = aws.route53
        group = route53.ResolverFirewallRuleGroup(
            name, name=f"{tags.cluster}-{name}", tags=tags.named(name), opts=child
        )
        rules = [
            self._rule("allow", list(allowed_domains), group.id, tags, priority=ALLOW_PRIORITY),
            self._rule("block", ["*"], group.id, tags, priority=BLOCK_PRIORITY),
        ]
        for vpc, vpc_id in vpc_ids.items():
            cluster = vpc == CLUSTER_VPC
            of_vpc = name if cluster else f"{name}-{vpc}"
            route53.ResolverFirewallConfig(
                of_vpc, resource_id=vpc_id, firewall_fail_open="DISABLED", opts=child
            )
            route53.ResolverFirewallRuleGroupAssociation(
                of_vpc,
                # Of 64 characters at most; a connection's name may have 24, a cluster's 30.
                name=f"{tags.cluster}-{name if cluster else f'{vpc}-dns'}",
                firewall_rule_group_id=group.id,
                vpc_id=vpc_id,
                priority=ASSOCIATION_PRIORITY,
                mutation_protection="ENABLED" if protected else "DISABLED",
                tags=tags.named(of_vpc),
                opts=pulumi.ResourceOptions(parent=self, depends_on=rules, protect=protected),
            )
        self.rule_group_id = group.id
        self.register_outputs({"ruleGroupId": self.rule_group_id})

    def _rule(
        self,
        action: str,
        domains: list[str],
        group_id: pulumi.Input[str],
        tags: Tags,
        priority: int,
    ) -> pulumi.Resource:
        child = pulumi.ResourceOptions(parent=self)
        name = f"dns-{action}"
        listed = aws.route53.ResolverFirewallDomainList(
            name, name=f"{tags.cluster}-{name}", domains=domains, tags=tags.named(name), opts=child
        )
        return aws.route53.ResolverFirewallRule(
            name,
            name=f"{tags.cluster}-{name}",
            action=action.upper(),
            firewall_domain_list_id=listed.id,
            firewall_rule_group_id=group_id,
            priority=priority,
            block_response="NXDOMAIN" if action == "block" else None,
            opts=child,
        )


class ResolverQueryLogs(pulumi.ComponentResource):
    """Every DNS query of the VPCs, in one log group.

    Args:
        vpc_ids: by name, each of a VPC that we make.
    """

    def __init__(
        self,
        name: str,
        spec: DnsSpec,
        *,
        vpc_ids: Mapping[str, pulumi.Input[str]],
        log_group: LogGroup,
        key_arn: pulumi.Input[str],
        tags: Tags,
        opts: pulumi.ResourceOptions | None = None,
    ):
        super().__init__("heiiki:network:ResolverQueryLogs", name, None, opts)
        child = pulumi.ResourceOptions(parent=self)
        group = aws.cloudwatch.LogGroup(
            name,
            name=log_group.name,
            kms_key_id=key_arn,
            retention_in_days=spec.query_log_retention_days,
            tags=tags.named(name),
            opts=child,
        )
        config = aws.route53.ResolverQueryLogConfig(
            name,
            name=f"{tags.cluster}-{name}",
            destination_arn=log_group.arn,
            tags=tags.named(name),
            opts=pulumi.ResourceOptions(parent=self, depends_on=[group]),
        )
        for vpc, vpc_id in vpc_ids.items():
            aws.route53.ResolverQueryLogConfigAssociation(
                name if vpc == CLUSTER_VPC else f"{name}-{vpc}",
                resolver_query_log_config_id=config.id,
                resource_id=vpc_id,
                opts=child,
            )
        self.register_outputs({})
