"""Operations of moto that fail with a Python error on an id that is not there."""

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple, cast

from moto.autoscaling.models import AutoScalingBackend
from moto.ec2.models import EC2Backend
from moto.eks.models import EKSBackend
from moto.kms.models import KmsBackend

from local.aws.extensions.registry import Call, Passed, Refused, extends

WHY = "moto fails on an id that is not there"


class Guard(NamedTuple):
    service: str
    operation: str
    parameter: str
    present: Callable[[Any], Any]  # from the backend, anything that knows its keys
    code: str
    what: str


def _ec2(attribute: str) -> Callable[[EC2Backend], Mapping[str, Any]]:
    return lambda backend: cast(Mapping[str, Any], getattr(backend, attribute))


def _groups(backend: AutoScalingBackend) -> Mapping[str, Any]:
    return backend.autoscaling_groups


def _acl_associations(backend: EC2Backend) -> set[str]:
    return {key for acl in backend.network_acls.values() for key in acl._associations}


def _keys(backend: KmsBackend) -> set[str]:
    return {name for key in backend.keys.values() for name in (key.id, key.arn)}


def _clusters(backend: EKSBackend) -> Mapping[str, Any]:
    return backend.clusters


def _ec2_rows(
    parameter: str, attribute: str, code: str, what: str, *operations: str
) -> list[Guard]:
    return [Guard("ec2", name, parameter, _ec2(attribute), code, what) for name in operations]


GUARDS = (
    *_ec2_rows(
        "TransitGatewayRouteTableId",
        "transit_gateways_route_tables",
        "InvalidRouteTableID.NotFound",
        "Transit Gateway Route Table",
        "AssociateTransitGatewayRouteTable",
        "CreateTransitGatewayRoute",
        "DisableTransitGatewayRouteTablePropagation",
        "DisassociateTransitGatewayRouteTable",
        "EnableTransitGatewayRouteTablePropagation",
    ),
    *_ec2_rows(
        "TransitGatewayId",
        "transit_gateways",
        "InvalidTransitGatewayID.NotFound",
        "Transit Gateway",
        "CreateTransitGatewayPeeringAttachment",
        "ModifyTransitGateway",
    ),
    *_ec2_rows(
        "TransitGatewayAttachmentId",
        "transit_gateway_attachments",
        "InvalidTransitGatewayAttachmentID.NotFound",
        "Transit Gateway Attachment",
        "DeleteTransitGatewayPeeringAttachment",
        "DeleteTransitGatewayVpcAttachment",
        "ModifyTransitGatewayVpcAttachment",
    ),
    *_ec2_rows(
        "PrefixListId",
        "managed_prefix_lists",
        "InvalidPrefixListID.NotFound",
        "The prefix list ID",
        "DeleteManagedPrefixList",
    ),
    *_ec2_rows(
        "ImageId", "amis", "InvalidAMIID.NotFound", "The image id", "DescribeImageAttribute"
    ),
    Guard(
        "ec2",
        "ReplaceNetworkAclAssociation",
        "AssociationId",
        _acl_associations,
        "InvalidAssociationID.NotFound",
        "The association ID",
    ),
    *(
        Guard("autoscaling", name, "AutoScalingGroupName", _groups, "ValidationError", "The group")
        for name in (
            "DeleteWarmPool",
            "DescribeWarmPool",
            "EnableMetricsCollection",
            "PutWarmPool",
            "ResumeProcesses",
            "SetDesiredCapacity",
            "SuspendProcesses",
        )
    ),
    *(
        Guard("kms", name, "KeyId", _keys, "NotFoundException", "Key")
        for name in ("CreateGrant", "ListGrants")
    ),
    Guard(
        "eks",
        "ListFargateProfiles",
        "clusterName",
        _clusters,
        "ResourceNotFoundException",
        "The cluster",
    ),
)


def _enter(guard: Guard) -> None:
    @extends(guard.service, guard.operation, WHY)
    def guarded(call: Call) -> Passed:
        key = call.params.get(guard.parameter)
        if key not in guard.present(call.backend):
            raise Refused(guard.code, f"{guard.what} {key} was deleted or does not exist.")
        return call.pass_on()


for _guard in GUARDS:
    _enter(_guard)
