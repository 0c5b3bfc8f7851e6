"""The cluster's KMS key, created or supplied."""

import json
from typing import Any

import pulumi
import pulumi_aws as aws

from plan.tags import Tags
from spec.control_plane import ExistingKey, KeySpec


class Key(pulumi.ComponentResource):
    """The key that encrypts Secrets, logs, root volumes and what is carried in.

    Args:
        protected: the engine then refuses to delete or replace it.
    Outputs:
        arn: known only after creation, or the supplied one.
    """

    arn: pulumi.Output[str]

    def __init__(
        self,
        name: str,
        spec: KeySpec,
        *,
        policy: dict[str, Any],
        protected: bool,
        tags: Tags,
        opts: pulumi.ResourceOptions | None = None,
    ):
        super().__init__("heiiki:iam:Key", name, None, opts)
        if isinstance(spec, ExistingKey):
            self.arn = pulumi.Output.from_input(spec.key_arn)
        else:
            child = pulumi.ResourceOptions(parent=self)
            key = aws.kms.Key(
                name,
                description=f"Secrets, logs and volumes of {tags.cluster}",
                policy=json.dumps(policy, sort_keys=True),
                enable_key_rotation=True,
                deletion_window_in_days=spec.deletion_window_days,
                tags=tags.named(name),
                opts=pulumi.ResourceOptions(parent=self, protect=protected),
            )
            aws.kms.Alias(
                name, name=f"alias/heiiki/{tags.cluster}", target_key_id=key.key_id, opts=child
            )
            self.arn = key.arn
        self.register_outputs({"arn": self.arn})
