"""Resource shares, VPC Lattice, hosted connections and endpoint services of a deployment as AWS
tells of them.

Written by hand from the API references of RAM, VPC Lattice, Direct Connect and EC2 (read
2026-11-29), apart from the tables of the reader.
"""

from collections.abc import Callable
from typing import Any

from model.deployment import Node
from tests.automation.described.answers import Answers, Asked, Item, Nothing
from tests.automation.described.data_services_of_aws import id_of
from tests.policies.mutations.stacks import ACCOUNT, REGION, Stack

SHARE = "aws:ram/resourceShare:ResourceShare"
SHARED_WITH = "aws:ram/principalAssociation:PrincipalAssociation"
SHARED = "aws:ram/resourceAssociation:ResourceAssociation"
WHOLE = "aws:ram/resourceShareAssociationsExclusive:ResourceShareAssociationsExclusive"
CONFIGURATION = "aws:vpclattice/resourceConfiguration:ResourceConfiguration"
TARGET = "aws:vpclattice/targetGroupAttachment:TargetGroupAttachment"
NETWORK = "aws:vpclattice/serviceNetwork:ServiceNetwork"
AUTH, POLICY = (
    "aws:vpclattice/authPolicy:AuthPolicy",
    "aws:vpclattice/resourcePolicy:ResourcePolicy",
)
HOSTED = "aws:directconnect/hostedConnection:HostedConnection"
PROPOSAL = "aws:directconnect/gatewayAssociationProposal:GatewayAssociationProposal"
PRIVATE = "aws:directconnect/hostedPrivateVirtualInterface:HostedPrivateVirtualInterface"
TRANSIT = "aws:directconnect/hostedTransitVirtualInterface:HostedTransitVirtualInterface"
SERVICE = "aws:ec2/vpcEndpointService:VpcEndpointService"
ALLOWED = "aws:ec2/vpcEndpointServiceAllowedPrinciple:VpcEndpointServiceAllowedPrinciple"
PERMISSION = "aws:ec2/networkInterfacePermission:NetworkInterfacePermission"
TYPES = (
    SHARE, SHARED_WITH, SHARED, WHOLE, CONFIGURATION, TARGET, AUTH, POLICY, HOSTED, PROPOSAL,
    PRIVATE, TRANSIT, SERVICE, ALLOWED, PERMISSION,
)  # fmt: skip
OTHERS_SHARE = f"arn:aws:ram:{REGION}:{ACCOUNT}:resource-share/of-others"
OTHERS_GROUP, OTHERS_NETWORK = "tg-0123456789abcdef0", "sn-0123456789abcdef0"
OTHERS_SERVICE, CARD = "vpce-svc-0123456789abcdef0", "eni-0123456789abcdef0"
GATEWAY = {"dxGatewayId": "0a1b2c3d-4e5f-6071-8293-a4b5c6d7e8f9"}


def given(node: Node) -> dict[str, Any]:
    """What AWS would want to be said of a thing, where a test says nothing of it."""
    lattice = f"arn:aws:vpc-lattice:{REGION}:{ACCOUNT}:servicenetwork/{OTHERS_NETWORK}"
    return {
        SHARED_WITH: {"resourceShareArn": OTHERS_SHARE},
        WHOLE: {"resourceShareArn": OTHERS_SHARE},
        TARGET: {"targetGroupIdentifier": OTHERS_GROUP},
        AUTH: {"resourceIdentifier": OTHERS_NETWORK},
        POLICY: {"resourceArn": lattice},
        HOSTED: {"connectionId": "dxcon-parent"},
        PROPOSAL: GATEWAY,
        ALLOWED: {"vpcEndpointServiceId": OTHERS_SERVICE},
        PERMISSION: {"networkInterfaceId": CARD},
    }.get(node.resource.type, {})


def real_id(node: Node) -> str | None:
    """The id that the provider gives a thing; None where it is the one that tests have."""
    props = node.resource.props
    ids: dict[str, Callable[[], str]] = {
        SHARE: lambda: str(node.outputs()["arn"]),
        SHARED_WITH: lambda: f"{props['resourceShareArn']},{props['principal']}",
        SHARED: lambda: f"{props['resourceShareArn']},{props['resourceArn']}",
        WHOLE: lambda: str(props["resourceShareArn"]),
        TARGET: lambda: "1234567890",
        AUTH: lambda: str(props["resourceIdentifier"]),
        POLICY: lambda: str(props["resourceArn"]),
    }
    own = ids.get(node.resource.type)
    return None if own is None else own()


def tell(answers: Answers, stack: Stack) -> None:
    for part in (_shares, _lattice, _policies, _direct, _services):
        part(answers, stack)


def _props(stack: Stack, *types: str) -> list[Any]:
    return [node.resource.props for node in stack.each(*types)]


def _shares(answers: Answers, stack: Stack) -> None:
    shares = {real_id(node): node.resource.props for node in stack.each(SHARE)}
    answers.lists("ram", "GetResourceShares", "resourceShares", *(
        {"resourceShareArn": arn, "status": "ACTIVE",
         "allowExternalPrincipals": props.get("allowExternalPrincipals", True)}
        for arn, props in {**shares, OTHERS_SHARE: {}}.items()
    ))  # fmt: skip

    def associations(asked: Asked) -> Item:
        of_kind = {"PRINCIPAL": ("principal", "principals"), "RESOURCE": ("resourceArn", "")}
        single, several = of_kind[asked["associationType"]]
        (share,) = asked["resourceShareArns"]
        found = [
            entity
            for props in _props(stack, SHARED_WITH, SHARED, WHOLE)
            if props["resourceShareArn"] == share
            for entity in (*filter(None, [props.get(single)]), *props.get(several, ()))
        ]
        return {"resourceShareAssociations": [
            {"resourceShareArn": share, "associatedEntity": entity, "status": "ASSOCIATED"}
            for entity in found
        ]}  # fmt: skip

    answers.says("ram", "GetResourceShareAssociations", associations)


def _lattice(answers: Answers, stack: Stack) -> None:
    configured = {id_of(node): node for node in stack.each(CONFIGURATION)}
    answers.lists(
        "vpc-lattice",
        "ListResourceConfigurations",
        "items",
        *({"id": id_, "arn": _arn("resourceconfiguration", id_)} for id_ in configured),
    )
    answers.says("vpc-lattice", "GetResourceConfiguration", lambda asked: {
        "id": asked["resourceConfigurationIdentifier"], "type": "SINGLE",
        "resourceConfigurationDefinition": configured[
            asked["resourceConfigurationIdentifier"]
        ].resource.props["resourceConfigurationDefinition"],
    })  # fmt: skip
    targets = _props(stack, TARGET)
    answers.lists("vpc-lattice", "ListTargetGroups", "items",
                  *({"id": p["targetGroupIdentifier"]} for p in targets))  # fmt: skip
    answers.says("vpc-lattice", "ListTargets", lambda asked: {
        "items": [
            {key: value for key, value in p["target"].items() if value is not None}
            for p in targets
            if p["targetGroupIdentifier"] == asked["targetGroupIdentifier"]
        ],
    })  # fmt: skip


def _arn(kind: str, id_: str) -> str:
    return f"arn:aws:vpc-lattice:{REGION}:{ACCOUNT}:{kind}/{id_}"


def _policies(answers: Answers, stack: Stack) -> None:
    networks = [OTHERS_NETWORK, *(id_of(n).ljust(20, "0") for n in stack.each(NETWORK))]
    answers.lists(
        "vpc-lattice",
        "ListServiceNetworks",
        "items",
        *({"id": id_, "arn": _arn("servicenetwork", id_)} for id_ in networks),
    )
    answers.lists("vpc-lattice", "ListServices", "items")
    auth = {p["resourceIdentifier"]: p["policy"] for p in _props(stack, AUTH)}
    whole = {p["resourceArn"]: p["policy"] for p in _props(stack, POLICY)}
    answers.says("vpc-lattice", "GetAuthPolicy", lambda asked: {
        "state": "Active",
        **({"policy": auth[asked["resourceIdentifier"]]}
           if asked["resourceIdentifier"] in auth else {}),
    })  # fmt: skip

    def policy(asked: Asked) -> Item:
        if asked["resourceArn"] not in whole:
            raise Nothing("ResourceNotFoundException")
        return {"policy": whole[asked["resourceArn"]]}

    answers.says("vpc-lattice", "GetResourcePolicy", policy)


def _direct(answers: Answers, stack: Stack) -> None:
    hosted = list(stack.each(HOSTED))
    parents = dict.fromkeys(n.resource.props["connectionId"] for n in hosted)
    answers.says("directconnect", "DescribeConnections", lambda _: {
        "connections": [{"connectionId": parent} for parent in parents],
    })  # fmt: skip
    answers.says("directconnect", "DescribeHostedConnections", lambda asked: {
        "connections": [
            {"connectionId": id_of(n), "ownerAccount": n.resource.props["ownerAccountId"]}
            for n in hosted
            if n.resource.props["connectionId"] == asked["connectionId"]
        ],
    })  # fmt: skip
    answers.says("directconnect", "DescribeDirectConnectGatewayAssociationProposals", lambda _: {
        "directConnectGatewayAssociationProposals": [
            {"proposalId": id_of(n), "proposalState": "requested",
             "directConnectGatewayId": n.resource.props["dxGatewayId"],
             "directConnectGatewayOwnerAccount": n.resource.props["dxGatewayOwnerAccountId"]}
            for n in stack.each(PROPOSAL)
        ],
    })  # fmt: skip
    answers.says("directconnect", "DescribeVirtualInterfaces", lambda _: {
        "virtualInterfaces": [
            {"virtualInterfaceId": id_of(n), "ownerAccount": n.resource.props["ownerAccountId"]}
            for n in stack.each(PRIVATE, TRANSIT)
        ],
    })  # fmt: skip


def _services(answers: Answers, stack: Stack) -> None:
    services = {id_of(node): node.resource.props for node in stack.each(SERVICE)}
    answers.says("ec2", "DescribeVpcEndpointServiceConfigurations", lambda _: {
        "ServiceConfigurations": [
            {"ServiceId": id_, "ServiceState": "Available",
             "AcceptanceRequired": services.get(id_, {}).get("acceptanceRequired", True),
             "SupportedRegions": [
                 {"Region": region}
                 for region in services.get(id_, {}).get("supportedRegions", [REGION])
             ]}
            for id_ in (OTHERS_SERVICE, *services)
        ],
    })  # fmt: skip
    apart = _props(stack, ALLOWED)
    answers.says("ec2", "DescribeVpcEndpointServicePermissions", lambda asked: {
        "AllowedPrincipals": [
            {"Principal": principal, "ServiceId": asked["ServiceId"]}
            for principal in (
                *services.get(asked["ServiceId"], {}).get("allowedPrincipals", ()),
                *(p["principalArn"] for p in apart
                  if p["vpcEndpointServiceId"] == asked["ServiceId"]),
            )
        ],
    })  # fmt: skip
    answers.says("ec2", "DescribeNetworkInterfacePermissions", lambda _: {
        "NetworkInterfacePermissions": [
            {"NetworkInterfacePermissionId": id_of(n), "NetworkInterfaceId": CARD,
             "AwsAccountId": n.resource.props["awsAccountId"], "Permission": "INSTANCE-ATTACH"}
            for n in stack.each(PERMISSION)
            if "awsAccountId" in n.resource.props
        ],
    })  # fmt: skip
