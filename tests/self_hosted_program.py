"""A small program of tests: three members and two controllers behind one endpoint, in a VPC.

The cluster does not wire them yet; so this stands for it, for mocks, the engine and the pack.
"""

from collections.abc import Mapping
from ipaddress import IPv4Network
from typing import Any

import pulumi
import pulumi_aws as aws

from components.control_plane.api_endpoint import ApiEndpoint
from components.control_plane.api_name import ApiName
from components.control_plane.controllers import Controllers
from components.etcd.members import Members
from components.iam.key import Key
from components.iam.roles import Roles
from components.network.private_zones import PrivateZones
from plan.api_endpoints import Balancer, plan_api_endpoints
from plan.controllers import plan_controllers
from plan.errors import Faults
from plan.etcd import CLIENT_PORT, PEER_PORT, plan_etcd
from plan.iam import document
from plan.partitions import partition_of
from plan.self_hosted.iam import Place, controller_role, etcd_role
from spec.api_endpoints import ApiEndpointSpec
from spec.control_plane import CreateKey
from spec.controllers import ControllersSpec
from spec.errors import parse
from spec.etcd import CreateEtcd
from tests.plan.samples import ACCOUNT
from tests.plan.self_hosted.scopes import scope_of

REGION, CLUSTER, DNS_NAME = "ap-northeast-1", "own", "api.own.example.com"
VPC = IPv4Network("10.0.0.0/16")  # that of the scope
IMAGE = "ami-0123456789abcdef0"
USER_DATA = "#!/bin/sh\nexec true\n"
BUNDLE = f"bundles/{'0' * 64}.tar.gz"
ENDPOINTS = {"main": {"dnsName": DNS_NAME}}


def declare(asked: Mapping[str, Any], image_id: str = IMAGE) -> None:
    """asked: keys etcd, controllers, endpoints, userData, and protected, all optional."""
    scope = scope_of(changes={"name": CLUSTER})
    faults, warnings = Faults(), []  # type: tuple[Faults, list[str]]
    etcd = plan_etcd(
        parse(CreateEtcd, asked.get("etcd", {}), where="etcd"), scope, "etcd", faults, warnings
    )
    controllers = plan_controllers(
        parse(ControllersSpec, asked.get("controllers", {}), where="controllers"),
        scope, "controllers", faults, warnings,
    )  # fmt: skip
    specs = {
        name: parse(ApiEndpointSpec, keys, where="endpoints")
        for name, keys in asked.get("endpoints", ENDPOINTS).items()
    }
    vpc = aws.ec2.Vpc(
        CLUSTER, cidr_block=str(VPC), enable_dns_hostnames=True, enable_dns_support=True,
        tags=scope.tags.for_kubernetes("vpc", "owned"),
    )  # fmt: skip
    endpoints = plan_api_endpoints(specs, scope, (VPC,), "endpoints", faults)
    faults.raise_if_any(where="the program of tests")
    subnet_ids = {
        name: aws.ec2.Subnet(
            name, vpc_id=vpc.id, cidr_block=str(scope.layout.subnets[name].cidr),
            availability_zone=scope.layout.subnets[name].availability_zone,
            tags=scope.layout.subnets[name].tags,
        ).id
        for name in scope.layout.nodes
    }  # fmt: skip
    groups = _groups(
        vpc.id,
        [member.role for member in etcd.members.values()],
        {f"api-{n}": e.balancer for n, e in endpoints.endpoints.items() if e.balancer},
    )
    user_data = asked.get("userData", USER_DATA)
    account = {"Effect": "Allow", "Principal": {"AWS": f"arn:aws:iam::{ACCOUNT}:root"},
               "Action": "kms:*", "Resource": "*"}  # fmt: skip
    key = Key("cluster", CreateKey(), policy=document((account,)), protected=False,
              tags=scope.tags)  # fmt: skip
    place = Place(partition_of(REGION), ACCOUNT, f"{CLUSTER}-bucket", scope.tags)
    planned = [
        *(etcd_role(m, place, [BUNDLE], etcd_cluster=CLUSTER) for m in etcd.members.values()),
        controller_role(controllers, place, [BUNDLE]),
    ]
    roles = Roles("roles", {role.name: role for role in planned}, tags=scope.tags)
    zones = PrivateZones(
        "zones", dict.fromkeys((etcd.zone_name, *endpoints.zones)), vpc_id=vpc.id, tags=scope.tags
    ).zone_ids
    protected = bool(asked.get("protected", True))
    files_mark = str(asked.get("filesMark", "as made first"))
    members = Members(
        "etcd", etcd, image_id=image_id, subnet_ids=subnet_ids, zone_id=zones[etcd.zone_name],
        security_group_ids=groups, key_arn=key.arn,
        instance_profile_arns=roles.instance_profile_arns,
        user_data={name: user_data for name in etcd.members},
        files_marks=dict.fromkeys(etcd.members, files_mark), protected=protected,
        tags=scope.tags,
    )  # fmt: skip
    target_groups: list[pulumi.Input[str]] = []
    for endpoint in endpoints.endpoints.values():
        if endpoint.leads_to is not None:
            ApiName(f"api-{endpoint.name}", endpoint, zone_ids=zones)
            continue
        if endpoint.balancer is None:
            target_groups.append(endpoint.target_group_arn or "")
            continue
        made = ApiEndpoint(
            f"api-{endpoint.name}", endpoint, endpoint.balancer, vpc_id=vpc.id,
            subnet_ids=subnet_ids, zone_ids=zones, security_group_id=groups[f"api-{endpoint.name}"],
            tags=scope.tags,
        )  # fmt: skip
        target_groups.append(made.target_group_arn)
    Controllers(
        "controller", controllers, image_id=image_id, subnet_ids=subnet_ids,
        security_group_id=groups["controller"], key_arn=key.arn,
        instance_profile_arn=roles.instance_profile_arns["controller"], user_data=user_data,
        files_mark=files_mark, target_group_arns=target_groups, tags=scope.tags,
    )  # fmt: skip
    pulumi.export("volumeIds", members.volume_ids)
    pulumi.export("addresses", members.addresses)


def _groups(
    vpc_id: pulumi.Input[str], members: list[str], balancers: Mapping[str, Balancer]
) -> dict[str, pulumi.Output[str]]:
    """A group of each role, with what passes between them."""
    groups = {
        role: aws.ec2.SecurityGroup(
            role, vpc_id=vpc_id, description=role, tags={"Name": f"{CLUSTER}-{role}"}
        ).id
        for role in (*members, "controller", *balancers)
    }
    rows = [("controller", member, CLIENT_PORT) for member in members]
    rows += [(one, other, PEER_PORT) for one in members for other in members if one != other]
    rows += [(name, "controller", balancer.target_port) for name, balancer in balancers.items()]
    for source, target, port in rows:
        for rule, one, other in (
            (aws.vpc.SecurityGroupIngressRule, target, source),
            (aws.vpc.SecurityGroupEgressRule, source, target),
        ):
            rule(
                f"{one}-and-{other}-{port}-{'in' if one == target else 'out'}",
                security_group_id=groups[one], referenced_security_group_id=groups[other],
                ip_protocol="tcp", from_port=port, to_port=port, description="as the table says",
                tags={"Name": f"{CLUSTER}-{one}"},
            )  # fmt: skip
    for name, balancer in balancers.items():
        for cidr in balancer.allowed_cidrs:
            aws.vpc.SecurityGroupIngressRule(
                f"{name}-from-{cidr}".replace("/", "-"), security_group_id=groups[name],
                ip_protocol="tcp", from_port=balancer.port, to_port=balancer.port,
                cidr_ipv4=str(cidr), description="who may ask the API",
                tags={"Name": f"{CLUSTER}-{name}"},
            )  # fmt: skip
    return groups
