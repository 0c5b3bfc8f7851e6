"""A name of the API that leads to another endpoint's: a record, and nothing behind it."""

from __future__ import annotations  # else a type in a signature loads the SDK's module

from collections.abc import Mapping

import pulumi
import pulumi_aws as aws

from plan.api_endpoints import ApiEndpoint


class ApiName(pulumi.ComponentResource):
    """The name by which people call whichever cluster is theirs now.

    Creates   a record.
    Replaces: another name or zone. Where it leads changes in place, in one call.
    Leaves    the record in its zone, where it is handed over.
    Args:
        endpoint: one that leads to another's name.
        zone_ids: of private zones that we make, by name.
    """

    def __init__(
        self,
        name: str,
        endpoint: ApiEndpoint,
        *,
        zone_ids: Mapping[str, pulumi.Input[str]],
        opts: pulumi.ResourceOptions | None = None,
    ):
        super().__init__("heiiki:controlPlane:ApiName", name, None, opts)
        record = endpoint.record
        assert record is not None and record.leads_to is not None, "asked for by its kind"
        zone = record.hosted_zone_id
        aws.route53.Record(
            name,
            zone_id=zone_ids[record.zone_name] if record.zone_name is not None else zone or "",
            name=endpoint.dns_name,
            type="CNAME",
            ttl=record.ttl_seconds,
            records=[record.leads_to],
            allow_overwrite=True if record.handed_over else None,
            opts=pulumi.ResourceOptions(
                parent=self, retain_on_delete=True if record.handed_over else None
            ),
        )
        self.register_outputs({})
