"""Who takes part in a connection: naming one lets it exist, not anybody at its other end.

Behind a VPC link of API Gateway to a Network Load Balancer stands an endpoint service that API
Gateway makes in the own account, and EC2 does not mark it. It lets in an account of API Gateway's,
another one in each region. So a connection that names the link has to name that account, and a
reading of the account holds what it finds against that. API Gateway API reference, CreateVpcLink;
developer guide, set-up-api-with-vpclink-accounts, which lists most regions' (read 2026-11-30).
"""

import re
from collections.abc import Iterator
from dataclasses import replace
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
_LINK = "VpcLink"
# Where principals stand that are let in.
_PRINCIPAL_PROPERTY = {
    "PrincipalAssociation": "principal",
    "ResourceShareAssociationsExclusive": "principals",
    "VpcEndpointServiceAllowedPrinciple": "principalArn",
    "VpcEndpointService": "allowedPrincipals",
    _LINK: "allowedPrincipals",  # of the service behind it; only who reads the account knows them
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
        yield from _foreign_principals(resource, boundary)


def _foreign_principals(resource: Resource, boundary: Boundary) -> Iterator[str]:
    key = _PRINCIPAL_PROPERTY[resource.noun]
    let_in = resource.props.get(key)
    if resource.noun == _LINK:
        own, boundary = boundary.accounts, _letting_in(resource, boundary)
        if boundary.accounts <= own and not is_set(let_in):  # none of them is API Gateway's
            yield "lets in an account of API Gateway's, and its connection does not say which"
    for index, principal in each(let_in):
        if not _own(principal, boundary):
            arn = parse_arn(principal)
            who = says(principal if arn is None else arn.account, ACCOUNT)
            if resource.noun == _LINK:
                yield f"lets in {who}, whom its connection does not name"
            else:
                yield f"{key}{index} is {who}, not an own principal"


def _letting_in(link: Resource, boundary: Boundary) -> Boundary:
    """As if nobody were inside but the accounts that the connections of a link name."""
    named = (c.accounts for c in boundary.links_named(link.name))
    return replace(boundary, accounts=frozenset().union(*named), organization_id=None)


def _own(principal: Any, boundary: Boundary) -> bool:
    """An own account, a principal of one, or the own organization or a unit of it."""
    arn = parse_arn(principal)
    if arn is not None and arn.service == "organizations":
        match = _IN_ORGANIZATION.fullmatch(arn.resource)
        return match is not None and match[1] == boundary.organization_id
    return own_principal(principal, boundary)


CHECKS: dict[str, Check] = {"CN-159": _foreign_party}
