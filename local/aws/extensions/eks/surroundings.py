"""What EKS looks at, makes and removes in other services: roles, keys, subnets, groups, logs."""

import json
from collections.abc import Iterable
from typing import Any

from moto.core.exceptions import ServiceException
from moto.ec2.models import ec2_backends
from moto.iam.models import Role, iam_backends
from moto.kms.models import kms_backends
from moto.logs.models import logs_backends
from moto.sts.models import sts_backends
from werkzeug.exceptions import HTTPException

from local.aws.extensions import interfaces
from local.aws.extensions.eks.kept import Kept, Record, invalid, new_id, refused
from local.aws.extensions.registry import Call

# docs.aws.amazon.com/eks/latest/userguide/network-reqs.html, read 2026-11-22.
BARRED_ZONE_IDS = frozenset({"use1-az3", "usw1-az2", "cac1-az3"})


def find_role(call: Call, role_arn: str) -> Role | None:
    roles = iam_backends[call.account_id][call.partition].get_roles()
    return next((role for role in roles if role.arn == role_arn), None)


def principal_exists(call: Call, principal_arn: str) -> bool:
    """IAM users and roles of this account; principals elsewhere cannot be looked up."""
    if f":{call.account_id}:" not in principal_arn or principal_arn == caller_arn(call):
        return True
    users = iam_backends[call.account_id][call.partition].users.values()
    return find_role(call, principal_arn) is not None or any(
        user.arn == principal_arn for user in users
    )


def trusted_services(role: Role) -> frozenset[str]:
    """The service principals that may assume the role, without a partition's DNS suffix."""
    document = role.assume_role_policy_document
    statements = (json.loads(document) if isinstance(document, str) else document)["Statement"]
    found: set[str] = set()
    for statement in statements if isinstance(statements, list) else [statements]:
        principal = statement.get("Principal", {})
        services = principal.get("Service", []) if isinstance(principal, dict) else []
        if statement.get("Effect") == "Allow":
            found.update([services] if isinstance(services, str) else services)
    return frozenset(service.split(".amazonaws.")[0] for service in found)


def require_role(call: Call, role_arn: str, service: str) -> None:
    role = find_role(call, role_arn)
    if role is None or service not in trusted_services(role):
        raise invalid(
            f"Role with arn: {role_arn}, could not be assumed because it does not exist or "
            f"the trusted entity is not correct ({service}.amazonaws.com must be trusted)"
        )


def require_key(call: Call, key_arn: str) -> None:
    keys = kms_backends[call.account_id][call.region].keys.values()
    if not any(key.arn == key_arn and key.enabled for key in keys):
        raise invalid(f"Invalid or disabled KMS key, keyArn: {key_arn}")


def caller_arn(call: Call) -> str:
    """The IAM principal behind the request; an assumed role counts as its role."""
    _, arn, _ = sts_backends[call.account_id]["global"].get_caller_identity(
        call.access_key, call.region
    )
    if ":assumed-role/" in arn:
        role_name = arn.split("/")[1]
        roles = iam_backends[call.account_id][call.partition].get_roles()
        return next((role.arn for role in roles if role.name == role_name), arn)
    return arn.replace(":sts:", ":iam:")


def check_network(call: Call, subnet_ids: list[str], group_ids: Iterable[str]) -> str:
    """The VPC that all subnets and security groups lie in."""
    subnets = [find_subnet(call, subnet_id) for subnet_id in subnet_ids]
    vpc_ids: set[str] = {subnet.vpc_id for subnet in subnets}
    if len({subnet.availability_zone for subnet in subnets}) < 2:
        raise invalid("Subnets specified must be in at least two different AZs")
    if len(vpc_ids) != 1:
        raise invalid(f"Subnets must all be in one VPC, found {', '.join(sorted(vpc_ids))}")
    barred = sorted({subnet.availability_zone_id for subnet in subnets} & BARRED_ZONE_IDS)
    if barred:
        raise refused(
            "UnsupportedAvailabilityZoneException",
            f"Cannot create cluster because {', '.join(barred)}, the targeted availability zone, "
            "does not currently have sufficient capacity to support the cluster.",
        )
    vpc_id = vpc_ids.pop()
    for group_id in group_ids:
        group = ec2_backends[call.account_id][call.region].get_security_group_from_id(group_id)
        if group is None or group.vpc_id != vpc_id:
            raise invalid(f"The security group '{group_id}' does not exist in VPC {vpc_id}")
    return vpc_id


def find_subnet(call: Call, subnet_id: str) -> Any:
    try:
        return ec2_backends[call.account_id][call.region].get_subnet(subnet_id)
    except (HTTPException, ServiceException) as error:
        raise invalid(f"The subnet ID '{subnet_id}' does not exist") from error


def vpc_cidrs(call: Call, vpc_id: str) -> list[str]:
    vpc = ec2_backends[call.account_id][call.region].get_vpc(vpc_id)
    return [entry["cidr_block"] for entry in vpc.get_cidr_block_association_set()]


def make_cluster_security_group(call: Call, name: str, vpc_id: str) -> str:
    """All traffic from itself, all traffic out: what EKS makes before anyone narrows it."""
    ec2 = ec2_backends[call.account_id][call.region]
    group_name = f"eks-cluster-sg-{name}-{new_id(10, '0123456789')}"
    group = ec2.create_security_group(
        group_name,
        "EKS created security group applied to ENI that is attached to EKS Control Plane "
        "master nodes, as well as any managed workloads.",
        vpc_id=vpc_id,
    )
    group.add_tags(
        {
            "Name": group_name,
            "aws:eks:cluster-name": name,
            f"kubernetes.io/cluster/{name}": "owned",
        }
    )
    ec2.authorize_security_group_ingress(
        group.id,
        "-1",
        None,  # type: ignore[arg-type]  # moto passes no ports for all protocols
        None,  # type: ignore[arg-type]
        [],
        source_groups=[{"GroupId": group.id, "UserId": call.account_id}],
    )
    return str(group.id)


def make_network_interfaces(call: Call, kept: Kept) -> None:
    """Two, in two zones: EKS places 2 to 4, and subnets cannot go while they exist."""
    ec2 = ec2_backends[call.account_id][call.region]
    config: Record = kept.record["resourcesVpcConfig"]
    by_zone: dict[str, str] = {}
    for subnet_id in config["subnetIds"]:
        by_zone.setdefault(ec2.get_subnet(subnet_id).availability_zone, subnet_id)
    group_ids = [config["clusterSecurityGroupId"], *config["securityGroupIds"]]
    description = f"Amazon EKS {kept.record['name']}"
    kept.network_interface_ids.extend(
        interfaces.place(ec2, subnet_id, group_ids, description, "interface")
        for subnet_id in list(by_zone.values())[:2]
    )


def remove_network_interfaces(call: Call, kept: Kept) -> None:
    interfaces.remove(ec2_backends[call.account_id][call.region], kept.network_interface_ids)
    kept.network_interface_ids.clear()


def remove_cluster_security_group(call: Call, group_id: str) -> None:
    """Left behind while something else still refers to it, as EKS leaves it."""
    ec2 = ec2_backends[call.account_id][call.region]
    present = ec2.get_security_group_from_id(group_id) is not None
    if present and next(interfaces.group_users(ec2, group_id), None) is None:
        ec2.delete_security_group(group_id=group_id)


def make_log_group(call: Call, name: str) -> None:
    """EKS makes the log group when none exists, and never removes it."""
    logs_backends[call.account_id][call.region].ensure_log_group(f"/aws/eks/{name}/cluster")
