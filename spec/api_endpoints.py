"""What may be asked of the ways to the API servers: a name each, and what stands behind it."""

from ipaddress import IPv4Network
from typing import Annotated, Literal, Self

from pydantic import Field, ValidationInfo, field_validator, model_validator

from spec.base import Spec, default_kind
from spec.fields import (
    PRIVATE_RANGES,
    Cidrs,
    Name,
    Once,
    SecurityGroupId,
    Text,
    VpcId,
    WholeNumber,
)

HostName = Annotated[
    str,
    Text(
        r"(?=.{1,253}$)(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z]{2,63}",
        "must be a host's full name in lower case, such as api.k8s.internal.example.com",
    ),
]
HostedZoneId = Annotated[
    str, Text(r"Z[A-Z0-9]{1,31}", "must be the id of a hosted zone, such as Z0123456789ABCDEFGHIJ")
]
TargetGroupArn = Annotated[
    str,
    Text(
        r"arn:aws[a-z-]*:elasticloadbalancing:[a-z0-9-]+:\d{12}:"
        r"targetgroup/[A-Za-z0-9-]{1,32}/[0-9a-f]{16}",
        "must be the ARN of a target group, such as arn:aws:elasticloadbalancing:ap-northeast-1:"
        "123456789012:targetgroup/api/0123456789abcdef",
    ),
]


WIDEST_OUTSIDE_PREFIX = 8  # as of those who may open SSH to a bastion


class CreateLoadBalancer(Spec):
    """A network load balancer with a security group of its own."""

    kind: Literal["create"] = "create"
    internal: bool = Field(
        True,
        description="false: it faces the internet, in a network with public subnets, for those of "
        "allowedCidrs alone. Machines of the cluster have an endpoint inside beside it.",
    )
    subnets: tuple[Name, ...] = Field(
        (),
        description="Its subnets, one of a zone. Default: the subnets for nodes, or, where it "
        "faces the internet, the public ones. More may be added; fewer replaces it.",
    )
    port: WholeNumber = Field(6443, ge=1, le=65535, description="Port that it answers at.")
    allowed_cidrs: Cidrs = Field(
        (),
        description="Networks that may ask it, such as that of the operators. Default: the VPC "
        "alone. Machines of the cluster always may. Where it faces the internet: your own public "
        "addresses, and nobody else may.",
    )
    cross_zone: bool = Field(
        True,
        description="Each zone's address leads to API servers of every zone, so that one is enough "
        "for all.",
    )
    preserve_client_address: bool = Field(
        False,
        description="API servers see, and log, who asks instead of the load balancer. A controller "
        "can then not ask itself by this name.",
    )
    deletion_protection: bool = Field(
        True, description="AWS refuses to delete it until this is false."
    )

    @field_validator("allowed_cidrs")
    @classmethod
    def _they_come_from_where_it_is(
        cls, cidrs: tuple[IPv4Network, ...], info: ValidationInfo
    ) -> tuple[IPv4Network, ...]:
        inside = info.data.get("internal", True)
        for cidr in cidrs:
            private = any(cidr.subnet_of(one) for one in PRIVATE_RANGES)
            if inside and not private:
                raise ValueError(
                    f"{cidr} is not private, and nobody comes from there to a load balancer "
                    f"inside; write a CIDR inside one of {', '.join(map(str, PRIVATE_RANGES))}"
                )
            if not inside and private:
                raise ValueError(
                    f"{cidr} is private, and nobody comes so from the internet; write it at an "
                    "endpoint inside, and here the addresses that you have on the internet"
                )
            if not inside and cidr.prefixlen < WIDEST_OUTSIDE_PREFIX:
                raise ValueError(
                    f"{cidr} is more than one owner has, and whoever may ask may try tokens; write "
                    "your own addresses, such as 203.0.113.7/32"
                )
        return cidrs

    @model_validator(mode="after")
    def _from_outside_some_may_ask(self) -> Self:
        if not self.internal and not self.allowed_cidrs:
            raise ValueError(
                "internal is false, and allowedCidrs names nobody; write your own addresses, such "
                "as 203.0.113.7/32"
            )
        return self


class ExistingLoadBalancer(Spec):
    """A supplied target group, which controllers are put into. Nothing else of it is changed."""

    kind: Literal["existing"]
    port: WholeNumber = Field(6443, ge=1, le=65535, description="Port that it answers at.")
    target_group_arn: TargetGroupArn = Field(
        description="ARN of its target group, of type instance, TCP 6443, with a health check by "
        "HTTPS of /readyz."
    )
    security_group_ids: Annotated[tuple[SecurityGroupId, ...], Once] = Field(
        min_length=1, description="Security groups that it carries: API servers let them in."
    )


class NamedLoadBalancer(Spec):
    """That of another endpoint, of this cluster or of another one, by the endpoint's name. Clusters
    that take each other's place are traded here: people keep their name, machines have their own.
    """

    kind: Literal["named"]
    dns_name: HostName = Field(
        description="Name of the endpoint whose API servers answer. The other cluster's "
        "certificate has to hold the name that leads here: pki.apiServerNames."
    )
    port: WholeNumber = Field(6443, ge=1, le=65535, description="Port that it answers at.")


LoadBalancerSpec = Annotated[
    CreateLoadBalancer | ExistingLoadBalancer | NamedLoadBalancer,
    Field(discriminator="kind"),
    default_kind("create"),
]


class CreateZone(Spec):
    """A private hosted zone, associated with the cluster's VPC. Endpoints may share one."""

    kind: Literal["create"] = "create"
    name: HostName | None = Field(
        None, description="Its name. Default: the endpoint's name without its first label."
    )
    more_vpc_ids: Annotated[tuple[VpcId, ...], Once] = Field(
        (),
        description="VPCs of the own account and region, beside the cluster's, that know its "
        "names: that of people whose name leads here from another cluster's stack.",
    )


class ExistingZone(Spec):
    """A supplied hosted zone, to which a record is added: a private one, or, for a load balancer
    that faces the internet, a public one."""

    kind: Literal["existing"]
    hosted_zone_id: HostedZoneId = Field(description="Id of the zone.")


ZoneSpec = Annotated[CreateZone | ExistingZone, Field(discriminator="kind"), default_kind("create")]


class CreateRecord(Spec):
    """A record that leads to the load balancer."""

    kind: Literal["create"] = "create"
    zone: ZoneSpec = Field(default_factory=CreateZone, description="The zone that it stands in.")
    ttl_seconds: WholeNumber | None = Field(
        None,
        ge=1,
        le=86400,
        description="Seconds for which others remember it, of a CNAME record. Default: none, an "
        "alias, which Route 53 answers with 60 seconds; 60 with a load balancer of kind named.",
    )
    handed_over: bool = Field(
        False,
        description="For a name that another stack keeps from now on: `up` takes over a record "
        "that is there, and leaves it there when the endpoint goes. Goes with a load balancer of "
        "kind named and a zone of kind existing.",
    )


class NoRecord(Spec):
    """Somebody else makes the name lead to the load balancer."""

    kind: Literal["none"]


RecordSpec = Annotated[CreateRecord | NoRecord, Field(discriminator="kind"), default_kind("create")]


class ApiEndpointSpec(Spec):
    """One name of the API. Two clusters trade places by a name that leads to one of theirs."""

    dns_name: HostName = Field(description="The name, which stands in the API's certificate.")
    load_balancer: LoadBalancerSpec = Field(
        default_factory=CreateLoadBalancer, description="What stands behind the name."
    )
    record: RecordSpec | None = Field(
        None,
        description="The record of the name. Default: none with a load balancer that is supplied "
        "or faces the internet, otherwise create.",
    )

    @property
    def faces_the_internet(self) -> bool:
        """Whether its load balancer is of ours, and not internal."""
        return isinstance(self.load_balancer, CreateLoadBalancer) and not (
            self.load_balancer.internal
        )

    @model_validator(mode="after")
    def _who_asks_from_outside_finds_the_name(self) -> Self:
        record = self.record
        made = isinstance(record, CreateRecord) and isinstance(record.zone, CreateZone)
        if self.faces_the_internet and made:
            raise ValueError(
                "loadBalancer.internal is false, and a zone of kind create is private: nobody "
                "outside finds the name; write record.zone.kind existing with the hostedZoneId of "
                "a public zone, or record: {kind: none}"
            )
        return self

    @model_validator(mode="after")
    def _a_record_leads_to_a_load_balancer_of_ours(self) -> Self:
        supplied = isinstance(self.load_balancer, ExistingLoadBalancer)
        if isinstance(self.record, CreateRecord) and supplied:
            raise ValueError(
                "a record of kind create goes with a load balancer of kind create: where a "
                "supplied one answers is not known; write record: {kind: none}, or leave it out"
            )
        return self

    @model_validator(mode="after")
    def _a_name_leads_elsewhere_by_its_record(self) -> Self:
        if not isinstance(self.load_balancer, NamedLoadBalancer):
            return self
        if isinstance(self.record, NoRecord):
            raise ValueError(
                "loadBalancer of kind named is a record and nothing else, and record says none; "
                "leave the endpoint out, and write its name under pki.apiServerNames"
            )
        zone = self.record.zone if self.record is not None else CreateZone()
        if isinstance(zone, CreateZone) and zone.name == self.dns_name:
            raise ValueError(
                f"{self.dns_name} is the zone itself, where no CNAME may stand; name a zone above "
                "it, or another dnsName"
            )
        if self.load_balancer.dns_name == self.dns_name:
            raise ValueError(
                f"loadBalancer.dnsName {self.dns_name} is the endpoint's own name, which would "
                "lead to itself; write the name of another endpoint"
            )
        return self

    @model_validator(mode="after")
    def _what_is_handed_over_outlives_the_stack(self) -> Self:
        record = self.record
        if not isinstance(record, CreateRecord) or not record.handed_over:
            return self
        if not isinstance(self.load_balancer, NamedLoadBalancer):
            raise ValueError(
                "record.handedOver goes with a load balancer of kind named: that of kind create "
                "goes with its stack, and the record would lead nowhere"
            )
        if not isinstance(record.zone, ExistingZone):
            raise ValueError(
                "record.handedOver goes with a zone of kind existing: one that is made here goes "
                "with its records; write record.zone.kind existing and its hostedZoneId"
            )
        return self

    @model_validator(mode="after")
    def _the_name_lies_in_its_zone(self) -> Self:
        record = self.record
        if not isinstance(record, CreateRecord) or not isinstance(record.zone, CreateZone):
            return self
        zone = record.zone.name
        if zone is not None and not self.dns_name.endswith(f".{zone}") and self.dns_name != zone:
            raise ValueError(
                f"dnsName {self.dns_name} does not lie in zone {zone}; name a zone that it ends in"
            )
        if zone == self.dns_name and record.ttl_seconds is not None:
            raise ValueError(
                f"{zone} is the zone itself, where no CNAME may stand; leave ttlSeconds out, which "
                "makes an alias"
            )
        return self
