"""VPC links of API Gateway to Network Load Balancers, with the endpoint services that stand behind
them.

For each link API Gateway makes a service of the own account, which EC2 does not mark. So a service
at a load balancer that nobody has recorded is told with the links there while there are no more of
them than links: whom it lets in is whom the link lets in, and whoever answers for the link answers
for that. One more than there are links is somebody else's, and nobody knows which: then all are.

API Gateway API reference: CreateVpcLink, GetVpcLinks (read 2026-11-30).
"""

from collections.abc import Iterable, Mapping
from typing import Any, Final

from automation.described.api_parts import INTEGRATION
from automation.described.bodies import API, PUT
from automation.described.calls import Call, Kind
from automation.described.reader import Found

LINK: Final = "aws:apigateway/vpcLink:VpcLink"
_SERVICE: Final = "aws:ec2/vpcEndpointService:VpcEndpointService"
_WITH_SERVICE: Final = ("AVAILABLE", "PENDING")

# An API may go by a link that another stack has made, which is at a load balancer of this one.
LINKS: Final = Call(
    "apigateway", "get_vpc_links", "items[]", {"limit": 500}, ids="[id]", within="targetArns",
    recorded=(LINK, API, PUT, INTEGRATION),
)  # fmt: skip

KINDS: Final = (
    Kind(LINK, LINKS, "id", {"name": "name", "targetArn": "targetArns[0]"},
         silent=("description", "tags")),
)  # fmt: skip


def told_with_links(
    links: Iterable[dict[str, Any]], services: Iterable[Mapping[str, Any]], found: Found
) -> frozenset[str]:
    """The URNs of the services that are told with links; to those it adds whom the services let in.

    links, services: as they are told; of services those that nobody has recorded.
    """
    without = {
        thing.item["id"]
        for thing in found.get(LINKS, ())
        if thing.item.get("status") not in _WITH_SERVICE
    }
    by_balancer: dict[str, list[dict[str, Any]]] = {}
    for link in links:
        if link["type"] == LINK and link["outputs"]["id"] not in without:
            by_balancer.setdefault(str(link["inputs"].get("targetArn")), []).append(link)
    there: dict[str, list[Mapping[str, Any]]] = {}
    for service in services:
        if service["type"] == _SERVICE:
            at = service["inputs"].get("networkLoadBalancerArns")
            there.setdefault(at[0] if at and len(at) == 1 else "", []).append(service)
    told: set[str] = set()
    for balancer, at_it in by_balancer.items():
        behind = there.get(balancer, [])
        if behind and len(behind) <= len(at_it):
            told |= {service["urn"] for service in behind}
            let_in = {
                who for service in behind for who in service["inputs"].get("allowedPrincipals", ())
            }
            for link in at_it:
                link["inputs"]["allowedPrincipals"] = sorted(let_in)
    return frozenset(told)
