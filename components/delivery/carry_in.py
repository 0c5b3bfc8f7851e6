"""What is carried in comes through here: wires buckets and repositories, decides nothing."""

from collections.abc import Mapping
from typing import Any

import pulumi

from components.delivery.buckets import Buckets
from components.delivery.repositories import Repositories
from plan.carry_in import CarriedBucket, CarriedRepository
from plan.tags import Tags


class CarryIn(pulumi.ComponentResource):
    """Buckets and repositories, each held by its policy from the start.

    Outputs:
        outputs: for people, by the output's name; only what there is.
    """

    outputs: dict[str, Any]

    def __init__(
        self,
        name: str,
        buckets: Mapping[str, CarriedBucket],
        repositories: Mapping[str, CarriedRepository],
        *,
        key_arn: pulumi.Input[str],
        tags: Tags,
        opts: pulumi.ResourceOptions | None = None,
    ):
        super().__init__("heiiki:delivery:CarryIn", name, None, opts)
        child = pulumi.ResourceOptions(parent=self)
        self.outputs = {}
        if buckets:
            made = Buckets("buckets", buckets, key_arn=key_arn, tags=tags, opts=child)
            self.outputs["carryInBuckets"] = made.bucket_names
        if repositories:
            named = Repositories(
                "repositories", repositories, key_arn=key_arn, tags=tags, opts=child
            )
            self.outputs["carryInRepositories"] = named.repository_urls
        self.register_outputs(self.outputs)
