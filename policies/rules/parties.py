"""Who takes part in a connection: naming one lets it exist, not anybody at its other end."""

import re
from collections.abc import Iterator
from typing import Any

from rules.boundary import Boundary
from rules.identities import own_principal, parse_arn
from rules.model import Check, Resource
from rules.unknowns import ACCOUNT, each, false, is_set, listed, says

# Where the account of the other side stands; absent means the own account.
_ACCOUNT_PROPERTY = {
    "PeeringAttachment": "peerAccountId",
    "NetworkInterfacePermission": "awsAccountId",
    "HostedPrivateVirtualInterface": "ownerAccountId",
    "HostedTransitVirtualInterface": "ownerAccountId",
    "HostedConnection": "ownerAccountId",
    "GatewayAssociation": "associatedGatewayOwnerAccountId",
    "GatewayAssociationProposal": "dxGatewayOwnerAccountId",
}
# Where principals stand that are let in.
_PRINCIPAL_PROPERTY = {
    "PrincipalAssociation": "principal",
    "ResourceShareAssociationsExclusive": "principals",
    "VpcEndpointServiceAllowedPrinciple": "principalArn",
    "VpcEndpointService": "allowedPrincipals",
}
_IN_ORGANIZATION = re.compile(r"(?:organization|ou)/(o-[a-z0-9]{10,32})(?:/.*)?")


def _foreign_party(resource: Resource, boundary: Boundary) -> Iterator[str]:
    key = _ACCOUNT_PROPERTY.get(resource.noun)
    if key is not None:
        account = resource.props.get(key)
        if is_set(account) and not listed(account, boundary.accounts):
            yield f"{key} is {says(account, ACCOUNT)}, not an account of boundary.accounts"
    elif resource.noun == "ResourceShare":
        value = resource.props.get("allowExternalPrincipals")
        if is_set(value) and not false(value):
            yield f"allowExternalPrincipals is {says(value)}, not false"
    else:
        key = _PRINCIPAL_PROPERTY[resource.noun]
        for index, principal in each(resource.props.get(key)):
            if not _own(principal, boundary):
                yield f"{key}{index} is {says(principal, ACCOUNT)}, not an own principal"


def _own(principal: Any, boundary: Boundary) -> bool:
    """An own account, a principal of one, or the own organization or a unit of it."""
    arn = parse_arn(principal)
    if arn is not None and arn.service == "organizations":
        match = _IN_ORGANIZATION.fullmatch(arn.resource)
        return match is not None and match[1] == boundary.organization_id
    return own_principal(principal, boundary)


CHECKS: dict[str, Check] = {"CN-159": _foreign_party}
