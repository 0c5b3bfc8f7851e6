"""Private hosted zones of the cluster, in which machines and the API have their names."""

from collections.abc import Iterable

import pulumi
import pulumi_aws as aws

from plan.tags import Tags


class PrivateZones(pulumi.ComponentResource):
    """A private zone of each name, answered in the VPC alone.

    Never     a public zone; a record that others made, which keeps a zone from being deleted.
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
        opts: pulumi.ResourceOptions | None = None,
    ):
        super().__init__("heiiki:network:PrivateZones", name, None, opts)
        self.zone_ids = {
            zone: aws.route53.Zone(
                zone,
                name=zone,
                comment=f"Private names of {tags.cluster}",
                vpcs=[{"vpc_id": vpc_id}],
                force_destroy=False,
                tags=tags.named(zone),
                opts=pulumi.ResourceOptions(parent=self),
            ).zone_id
            for zone in names
        }
        self.register_outputs({"zoneIds": self.zone_ids})
