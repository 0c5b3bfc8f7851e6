"""What VPC Lattice sends where: services and the certificates that they show, target groups,
gateways to resources, and where access logs go. With whom any of it is shared is read beside
(sharing.py).

Shapes are those of boto3's own models of GetService, GetTargetGroup, ListResourceGateways and
ListAccessLogSubscriptions (read 2026-11-30).
"""

from typing import Final

from automation.described.calls import Call, From, Kind
from automation.described.sharing import CONFIGURATIONS, LATTICE_SERVICES, NETWORKS, TARGET_GROUPS

_SERVICE: Final = "aws:vpclattice/service:Service"
_TARGET_GROUP: Final = "aws:vpclattice/targetGroup:TargetGroup"
_GATEWAY: Final = "aws:vpclattice/resourceGateway:ResourceGateway"
_LOGGED: Final = "aws:vpclattice/accessLogSubscription:AccessLogSubscription"

SERVICES: Final = Call(
    "vpc-lattice", "get_service", "[@]", {"serviceIdentifier": From("id")}, of=LATTICE_SERVICES,
    ids="[id, arn]",
)  # fmt: skip
GROUPS: Final = Call(
    "vpc-lattice", "get_target_group", "[@]", {"targetGroupIdentifier": From("id")},
    of=TARGET_GROUPS, ids="[id, arn]",
)  # fmt: skip
GATEWAYS: Final = Call(
    "vpc-lattice", "list_resource_gateways", "items[]", ids="[id, arn]", owned=True,
    recorded=(_GATEWAY,),
)  # fmt: skip


def _logged(of: Call) -> Call:
    asked = {"resourceIdentifier": From("id")}
    return Call("vpc-lattice", "list_access_log_subscriptions", "items[]", asked, of=of, ids="[id]")


KINDS: Final = (
    Kind(
        _SERVICE, SERVICES, "id",
        {
            "name": "name", "authType": "authType", "certificateArn": "certificateArn",
            "customDomainName": "customDomainName", "idleTimeoutSeconds": "idleTimeoutSeconds",
        },
        {"arn": "arn"}, silent=("tags",),
    ),
    Kind(
        _TARGET_GROUP, GROUPS, "id", {"name": "name", "type": "type", "config": "config"},
        {"arn": "arn"}, silent=("tags",),
    ),
    Kind(
        _GATEWAY, GATEWAYS, "id",
        {
            "name": "name", "vpcId": "vpcIdentifier", "subnetIds": "subnetIds",
            "securityGroupIds": "securityGroupIds", "ipAddressType": "ipAddressType",
            "ipv4AddressesPerEni": "ipv4AddressesPerEni",
            "resourceConfigDnsResolution": "resourceConfigDnsResolution",
        },
        {"arn": "arn"}, silent=("tags",),
    ),
    *(
        Kind(
            _LOGGED, _logged(of), "id",
            {
                "resourceIdentifier": "resourceId", "destinationArn": "destinationArn",
                "serviceNetworkLogType": "serviceNetworkLogType",
            },
            {"arn": "arn", "resourceArn": "resourceArn"}, silent=("tags",),
        )
        for of in (NETWORKS, LATTICE_SERVICES, CONFIGURATIONS)
    ),
)  # fmt: skip
