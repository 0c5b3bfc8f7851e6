"""Machines: metadata, disks, images, keys, and what starts them."""

from tests.policies.mutations.mutation import ABSENT, add, edit, named, opens
from tests.policies.mutations.parts import INSTANCE, POOL, TEMPLATE

DEFAULTS = "aws:ec2/instanceMetadataDefaults:InstanceMetadataDefaults"
VOLUME = "aws:ebs/volume:Volume"
NODE_GROUP = "aws:eks/nodeGroup:NodeGroup"


KEYLESS = named(keyName=None)
MUTATIONS = (
    opens(
        "metadata without session tokens",
        "CN-052",
        edit(TEMPLATE, "metadataOptions.httpTokens", "optional"),
    ),
    opens("metadata options left out", "CN-052 CN-053", edit(TEMPLATE, "metadataOptions", ABSENT)),
    opens(
        "metadata of a machine without session tokens",
        "CN-052",
        edit(INSTANCE, "metadataOptions.httpTokens", "optional"),
    ),
    opens(
        "metadata that reaches pods",
        "CN-053",
        edit(TEMPLATE, "metadataOptions.httpPutResponseHopLimit", 2),
    ),
    opens(
        "metadata with tags in it",
        "CN-054",
        edit(TEMPLATE, "metadataOptions.instanceMetadataTags", "enabled"),
    ),
    opens(
        "defaults of metadata that reach pods",
        "CN-053",
        add(DEFAULTS, {"httpTokens": "required", "httpPutResponseHopLimit": 2}),
    ),
    opens(
        "a launch template whose disk is in clear",
        "CN-055",
        edit(TEMPLATE, "blockDeviceMappings.0.ebs.encrypted", "false"),
    ),
    opens(
        "a launch template that says nothing of its disks",
        "CN-055",
        edit(TEMPLATE, "blockDeviceMappings", ABSENT),
    ),
    opens(
        "a machine whose root disk is in clear",
        "CN-055",
        edit(INSTANCE, "rootBlockDevice.encrypted", ABSENT),
    ),
    opens(
        "a volume in clear",
        "CN-055",
        add(VOLUME, {"availabilityZone": "ap-northeast-1a", "size": 8}),
    ),
    opens(
        "encryption by default switched off",
        "CN-055",
        add("aws:ebs/encryptionByDefault:EncryptionByDefault", {"enabled": False}),
    ),
    opens(
        "an image by a parameter that changes",
        "CN-056",
        edit(TEMPLATE, "imageId", "resolve:ssm:/aws/service/eks/optimized-ami/1.35/latest"),
    ),
    opens(
        "a machine's image by a parameter that changes",
        "CN-056",
        edit(INSTANCE, "ami", "resolve:ssm:/own/latest"),
    ),
    opens("a launch template with an SSH key", "CN-057", edit(TEMPLATE, "keyName", "ops", KEYLESS)),
    opens("a machine with an SSH key", "CN-057", edit(INSTANCE, "keyName", "ops", KEYLESS)),
    opens(
        "a pool from a launch configuration",
        "CN-058",
        edit(POOL, "launchConfiguration", "older"),
        "CN-004",
    ),
    opens(
        "a pool from a template that nobody describes",
        "CN-004",
        edit(POOL, "launchTemplate", {"id": "lt-0a1b2c3d4e5f60718", "version": "1"}),
    ),
    opens(
        "a pool from a template of others, called by its name",
        "CN-004",
        edit(POOL, "launchTemplate", {"name": "of-others", "version": "1"}),
    ),
    opens(
        "machines with a second interface in another network",
        "CN-004",
        edit(INSTANCE, "secondaryNetworkInterfaces", [{"secondarySubnetId": "ss-0a1b2c3d"}]),
    ),
    opens(
        "managed nodes with SSH from everywhere",
        "CN-075",
        edit(NODE_GROUP, "remoteAccess", {"ec2SshKey": "ops"}),
    ),
    opens(
        "managed nodes without a launch template",
        "CN-076",
        edit(NODE_GROUP, "launchTemplate", ABSENT),
    ),
    opens("managed nodes of Amazon Linux 2", "CN-077", edit(NODE_GROUP, "amiType", "AL2_x86_64")),
    opens(
        "a machine in a subnet that nobody describes",
        "CN-004 reach",
        edit(INSTANCE, "subnetId", "subnet-0a1b2c3d4e5f60718"),
    ),
    opens(
        "a machine in no subnet that is told",
        "reach",
        edit(INSTANCE, "subnetId", ABSENT),
        verdict="undecided",
    ),
    opens(
        "a pool in a subnet that nobody describes",
        "CN-004 reach",
        edit(POOL, "vpcZoneIdentifiers", ["subnet-0a1b2c3d4e5f60718"]),
    ),
)
