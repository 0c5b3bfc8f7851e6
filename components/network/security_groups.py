"""Security groups by role, and the rules that the firewall table asks for."""

from collections.abc import Collection, Mapping
from ipaddress import IPv4Network

import pulumi
import pulumi_aws as aws

from plan.firewall import S3, Allow
from plan.tags import Tags

DESCRIPTIONS = {  # of roles that are no part of the cluster itself
    "operator": "The machine of the operator",
    "endpoint": "Interface endpoints of AWS services",
    "bastion": "The bastion",
    "dns-inbound": "Inbound endpoint of the resolver",
}


class SecurityGroups(pulumi.ComponentResource):
    """One empty security group per role. Rules come apart, so that no two groups wait in a ring.

    Args:
        roles: what each is of, as its description begins.
        node_roles: of machines that are nodes.
    Outputs:
        group_ids: by role.
    """

    group_ids: dict[str, pulumi.Output[str]]

    def __init__(
        self,
        name: str,
        roles: Mapping[str, str],
        *,
        vpc_id: pulumi.Input[str],
        node_roles: Collection[str] = (),
        tags: Tags,
        opts: pulumi.ResourceOptions | None = None,
    ):
        super().__init__("heiiki:network:SecurityGroups", name, None, opts)
        self.group_ids = {
            role: aws.ec2.SecurityGroup(
                role,
                vpc_id=vpc_id,
                description=f"{what} of {tags.cluster}",
                # Cloud controllers expect the cluster's tag on exactly one group of a node.
                tags=tags.for_kubernetes(role, "owned") if role in node_roles else tags.named(role),
                opts=pulumi.ResourceOptions(parent=self),
            ).id
            for role, what in roles.items()
        }
        self.register_outputs({"groupIds": self.group_ids})


class SecurityGroupRules(pulumi.ComponentResource):
    """The rows of the firewall table as rules, each with its reason as the description.

    Args:
        own_roles: roles whose groups we make; others keep the rules of theirs.
        group_ids: by role, supplied ones too.
        s3_prefix_list_id: what the S3 gateway endpoint answers under; None without one of ours.
    """

    def __init__(
        self,
        name: str,
        table: tuple[Allow, ...],
        *,
        own_roles: frozenset[str],
        group_ids: Mapping[str, pulumi.Input[str]],
        s3_prefix_list_id: pulumi.Input[str] | None,
        tags: Tags,
        opts: pulumi.ResourceOptions | None = None,
    ):
        super().__init__("heiiki:network:SecurityGroupRules", name, None, opts)
        self._group_ids, self._s3, self._tags = group_ids, s3_prefix_list_id, tags
        for row in table:
            if row.target in own_roles:
                self._ingress(row)
            if row.source in own_roles:
                self._egress(row)
        self.register_outputs({})

    def _ingress(self, row: Allow) -> None:
        name = f"{row.target}-from-{_side(row.source)}-{row.service}"
        aws.vpc.SecurityGroupIngressRule(
            name,
            security_group_id=self._group(row.target),
            ip_protocol=row.protocol,
            from_port=_port(row, 0),
            to_port=_port(row, 1),
            cidr_ipv4=_cidr(row.source),
            referenced_security_group_id=self._group(row.source),
            description=row.why,
            tags=self._tags.named(name),
            opts=self._known_as(f"{row.target}-from-{_side(row.source)}", row),
        )

    def _egress(self, row: Allow) -> None:
        name = f"{row.source}-to-{_side(row.target)}-{row.service}"
        aws.vpc.SecurityGroupEgressRule(
            name,
            security_group_id=self._group(row.source),
            ip_protocol=row.protocol,
            from_port=_port(row, 0),
            to_port=_port(row, 1),
            cidr_ipv4=_cidr(row.target),
            prefix_list_id=self._s3 if row.target == S3 else None,
            referenced_security_group_id=self._group(row.target),
            description=row.why,
            tags=self._tags.named(name),
            opts=self._known_as(f"{row.source}-to-{_side(row.target)}", row),
        )

    def _known_as(self, sides: str, row: Allow) -> pulumi.ResourceOptions:
        """A rule that stands under its former name is kept: its like could not be made beside."""
        former = [] if row.former is None else [pulumi.Alias(name=f"{sides}-{row.former}")]
        return pulumi.ResourceOptions(parent=self, aliases=former or None)

    def _group(self, peer: str | IPv4Network) -> pulumi.Input[str] | None:
        """The group of a role; None for a CIDR and for the S3 prefix list."""
        return None if isinstance(peer, IPv4Network) or peer == S3 else self._group_ids[peer]


def _port(row: Allow, end: int) -> int | None:
    """All protocols have no ports."""
    return None if row.protocol == "-1" else row.ports[end]


def _cidr(peer: str | IPv4Network) -> str | None:
    return str(peer) if isinstance(peer, IPv4Network) else None


def _side(peer: str | IPv4Network) -> str:
    return "cidr" if isinstance(peer, IPv4Network) else peer
