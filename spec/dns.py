"""What may be asked of DNS: what the VPC resolves, and who else may ask its resolver."""

from typing import Annotated

from pydantic import Field

from spec.base import Spec
from spec.fields import DomainName, Ipv4Address, Name, Once, PrivateCidrs
from spec.flow_logs import RetentionDays


class InboundEndpointSpec(Spec):
    """Addresses in the VPC that resolvers of connected networks forward questions to."""

    subnets: tuple[Name, ...] = Field(
        (),
        description="Subnets that it gets one address in each, in two zones or more, and whose "
        "route tables lead to every source. Default: of these the first by name in each zone.",
    )
    addresses: dict[Name, Ipv4Address] = Field(
        default_factory=dict,
        description="Fixed addresses by subnet, so that forwarders keep theirs when the endpoint "
        "is replaced. Default: AWS chooses, and the output dnsInboundAddresses tells.",
    )
    source_cidrs: PrivateCidrs = Field(
        (),
        description="Who may ask: networks that a connection leads to, or parts of them. Default: "
        "the onPremisesCidrs of all connections.",
    )


class DnsSpec(Spec):
    """What machines in the VPC may resolve, and the record of what they did."""

    firewall: bool = Field(
        True,
        description="DNS Firewall: an allow-list, everything else answered NXDOMAIN. Required "
        "while network.egress.kind is none.",
    )
    allowed_domains: Annotated[tuple[DomainName, ...], Once] = Field(
        (),
        description="Names to allow beyond those that the enabled features need. A name that is "
        "answered with a CNAME needs each name of that chain too, since all are inspected.",
    )
    query_logs: bool = Field(True, description="Log every DNS query of the VPCs that are created.")
    query_log_retention_days: RetentionDays = Field(
        365, description="How long the log group keeps the queries."
    )
    inbound_endpoint: InboundEndpointSpec | None = Field(
        None,
        description="A Route 53 Resolver inbound endpoint, for names of the VPC that on-premises "
        "resolvers ask for. Default: none, names are answered inside the VPC only.",
    )
