"""Settings of an account in a region, told where a stack has recorded them; and who is exempt."""

from typing import Final

from automation.described.calls import Call, From, Kind

_ENCRYPTION: Final = "aws:ebs/encryptionByDefault:EncryptionByDefault"
_SNAPSHOTS: Final = "aws:ebs/snapshotBlockPublicAccess:SnapshotBlockPublicAccess"
_IMAGES: Final = "aws:ec2/imageBlockPublicAccess:ImageBlockPublicAccess"
_METADATA: Final = "aws:ec2/instanceMetadataDefaults:InstanceMetadataDefaults"
_OPTIONS: Final = "aws:ec2/vpcBlockPublicAccessOptions:VpcBlockPublicAccessOptions"
_EXCLUSION: Final = "aws:ec2/vpcBlockPublicAccessExclusion:VpcBlockPublicAccessExclusion"
_BUCKETS: Final = "aws:s3/accountPublicAccessBlock:AccountPublicAccessBlock"


def _setting(token: str, operation: str, items: str = "[@]") -> Call:
    return Call("ec2", operation, items, ids=f"['{token}']", owned=True, recorded=(token,))


ENCRYPTION: Final = _setting(_ENCRYPTION, "get_ebs_encryption_by_default")
SNAPSHOTS: Final = _setting(_SNAPSHOTS, "get_snapshot_block_public_access_state")
IMAGES: Final = _setting(_IMAGES, "get_image_block_public_access_state")
METADATA: Final = _setting(_METADATA, "get_instance_metadata_defaults", "[AccountLevel]")
OPTIONS: Final = _setting(
    _OPTIONS, "describe_vpc_block_public_access_options", "[VpcBlockPublicAccessOptions]"
)
BUCKETS: Final = Call(
    "s3control", "get_public_access_block", "[PublicAccessBlockConfiguration]",
    {"AccountId": From("_here.account")}, none=("NoSuchPublicAccessBlockConfiguration",),
    ids=f"['{_BUCKETS}']", owned=True, recorded=(_BUCKETS,),
)  # fmt: skip
EXCLUSIONS: Final = Call(
    "ec2", "describe_vpc_block_public_access_exclusions",
    "VpcBlockPublicAccessExclusions[?!contains(['create-failed', 'delete-complete', "
    "'disable-complete'], State)]",
    ids="[ExclusionId]", within="[name(ResourceArn)]",
)  # fmt: skip


def _single(token: str, call: Call, inputs: dict[str, str]) -> Kind:
    return Kind(token, call, f"'{token}'", inputs, restates=True, single=True)


KINDS: Final = (
    _single(_ENCRYPTION, ENCRYPTION, {"enabled": "EbsEncryptionByDefault"}),
    _single(_SNAPSHOTS, SNAPSHOTS, {"state": "State"}),
    _single(_IMAGES, IMAGES, {"state": "ImageBlockPublicAccessState"}),
    _single(
        _METADATA, METADATA,
        {
            "httpEndpoint": "HttpEndpoint", "httpTokens": "HttpTokens",
            "httpPutResponseHopLimit": "HttpPutResponseHopLimit",
            "instanceMetadataTags": "InstanceMetadataTags",
        },
    ),
    _single(_OPTIONS, OPTIONS, {"internetGatewayBlockMode": "InternetGatewayBlockMode"}),
    _single(
        _BUCKETS, BUCKETS,
        {
            "accountId": "_here.account", "blockPublicAcls": "BlockPublicAcls",
            "blockPublicPolicy": "BlockPublicPolicy", "ignorePublicAcls": "IgnorePublicAcls",
            "restrictPublicBuckets": "RestrictPublicBuckets",
        },
    ),
    Kind(
        _EXCLUSION, EXCLUSIONS, "ExclusionId",
        {
            "vpcId": "[name(ResourceArn)][?begins(@, 'vpc-')] | [0]",
            "subnetId": "[name(ResourceArn)][?begins(@, 'subnet-')] | [0]",
            "internetGatewayExclusionMode": "InternetGatewayExclusionMode",
        },
        silent=("tags",),
    ),
)  # fmt: skip
