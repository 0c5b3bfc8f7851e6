"""What machines of a control plane of our own boot from, as objects named by their digests."""

import base64
from collections.abc import Mapping

import pulumi
import pulumi_aws as aws

from machines.bundle import Bundle
from plan.tags import Tags


class Bundles(pulumi.ComponentResource):
    """An object of each role's bundle in the machines' bucket.

    Never     key material: whoever may read the bucket reads all of it.
    Args:
        bucket_name: of a bucket that is there, and whose policy is in force.
        bundles: by role.
    Replaces: another bundle is another object, under another name, made before the old one goes.
    """

    def __init__(
        self,
        name: str,
        bundles: Mapping[str, Bundle],
        *,
        bucket_name: str,
        tags: Tags,
        opts: pulumi.ResourceOptions | None = None,
    ):
        super().__init__("heiiki:delivery:Bundles", name, None, opts)
        for role, bundle in bundles.items():
            aws.s3.BucketObjectv2(
                role,
                bucket=bucket_name,
                key=bundle.key,
                content_base64=base64.b64encode(bundle.content).decode(),
                content_type="application/gzip",
                tags=_object_tags(tags, role),
                opts=pulumi.ResourceOptions(parent=self),
            )
        self.register_outputs({})


def _object_tags(tags: Tags, role: str) -> dict[str, str]:
    """S3 takes ten tags of an object, and the operator's may be more: heiiki's own alone."""
    return Tags(tags.cluster, {}).named(role)
