"""Private hosted zones of the cluster, in which machines and the API have their names."""

from collections.abc import Iterable, Mapping
from types import MappingProxyType

import pulumi
import pulumi_aws as aws

from plan.tags import Tags


class PrivateZones(pulumi.ComponentResource):
    """A private zone of each name, answered in the VPC, and in those that are named for it.

    Never     a public zone; a record that others made, which keeps a zone from being deleted.
    Args:
        more_vpc_ids: by zone, VPCs beside it.
    Outputs:
        zone_ids: by name.
    """

    zone_ids: dict[str, pulumi.Output[str]]

    def __init__(
        self,
        name: str,
        names: Iterable[str],
        *,
        vpc_id: pulumi.Input[str],
        tags: Tags,
        more_vpc_ids: Mapping[str, tuple[str, ...]] = MappingProxyType({}),
        opts: pulumi.ResourceOptions | None = None,
    ):
        super().__init__("heiiki:network:PrivateZones", name, None, opts)
        self.zone_ids = {
            zone: aws.route53.Zone(
                zone,
                name=zone,
                comment=f"Private names of {tags.cluster}",
                vpcs=[{"vpc_id": one} for one in (vpc_id, *more_vpc_ids.get(zone, ()))],
                force_destroy=False,
                tags=tags.named(zone),
                opts=pulumi.ResourceOptions(parent=self),
            ).zone_id
            for zone in names
        }
        self.register_outputs({"zoneIds": self.zone_ids})
