"""File systems of FSx beside a cluster: where they stand, whom they ask, what they copy.

MUTATIONS are of the catalogue, and FURTHER are the same by other types and inputs.
"""

import json
from typing import Any, Final

from model.deployment import Node
from rules.unknowns import UNKNOWN
from tests.policies.mutations.mutation import Change, each_opens, made_with, opens
from tests.policies.mutations.parts import GROUP, cluster_subnets, cluster_vpc
from tests.policies.mutations.stacks import ACCOUNT, REGION, Of, Stack

WINDOWS: Final = "aws:fsx/windowsFileSystem:WindowsFileSystem"
ONTAP: Final = "aws:fsx/ontapFileSystem:OntapFileSystem"
ZFS: Final = "aws:fsx/openZfsFileSystem:OpenZfsFileSystem"
LUSTRE: Final = "aws:fsx/lustreFileSystem:LustreFileSystem"
SERVER: Final = "aws:fsx/ontapStorageVirtualMachine:OntapStorageVirtualMachine"
COPIES: Final = "aws:fsx/dataRepositoryAssociation:DataRepositoryAssociation"
_DENIED: Final = {
    "Effect": "Deny", "Principal": "*", "Action": "s3:GetObject*",
    "Resource": "arn:aws:s3:::lake/*",
    "Condition": {"StringNotEquals": {"aws:VpceAccount": ACCOUNT}},
}  # fmt: skip
_DIRECTORY: Final = {"dnsIps": ["10.9.0.4", "10.9.0.5"], "domainName": "corp.internal"}


def file_systems(stack: Stack, subnets: list[Of] | None = None) -> list[Node]:
    """One of each kind, with what belongs to it."""
    shore = subnets or [Of(subnet) for subnet in cluster_subnets(stack)[:1]]
    group = stack.makes(GROUP, "files", {"vpcId": Of(cluster_vpc(stack))})
    policy = json.dumps({"Version": "2012-10-17", "Statement": [_DENIED]})
    lake = stack.makes("aws:s3/bucket:Bucket", "lake", {"bucket": "lake", "policy": policy})
    where = {"subnetIds": shore, "securityGroupIds": [Of(group)]}
    ontap = stack.makes(ONTAP, "files", {**where, "preferredSubnetId": shore[0]})
    lustre = stack.makes(LUSTRE, "scratch", {**where, "subnetIds": shore[0]})
    zfs = stack.makes(ZFS, "shares", {**where, "networkType": "IPV4"})
    return [
        group, lake, ontap, lustre, zfs,
        stack.makes(WINDOWS, "homes", {**where, "selfManagedActiveDirectory": _DIRECTORY}),
        stack.makes(SERVER, "files", {
            "fileSystemId": Of(ontap), "activeDirectoryConfiguration": {
                "selfManagedActiveDirectoryConfiguration": _DIRECTORY,
            },
        }),
        stack.makes("aws:fsx/ontapVolume:OntapVolume", "files", {"sizeInMegabytes": 1024}),
        stack.makes("aws:fsx/openZfsSnapshot:OpenZfsSnapshot", "shares", {"volumeId": Of(zfs)}),
        stack.makes(COPIES, "lake", {
            "fileSystemId": Of(lustre), "fileSystemPath": "/lake",
            "dataRepositoryPath": "s3://lake/in" if stack.known else Of(lake),
        }),
    ]  # fmt: skip


def _opened(type_: str, path: str, value: Any) -> Change:
    return made_with(file_systems, type_, path, value)


_ASKED_BY_SERVERS: Final = (
    "activeDirectoryConfiguration.selfManagedActiveDirectoryConfiguration.dnsIps"
)
_STREAM: Final = f"arn:aws:firehose:{REGION}:{ACCOUNT}:deliverystream/aws-fsx-x"
MUTATIONS = (
    opens("a file system whose directory is asked for outside", "CN-242",
          _opened(WINDOWS, "selfManagedActiveDirectory.dnsIps", ["8.8.8.8"])),
    opens("a file system that is copied to a bucket of others", "CN-004",
          _opened(COPIES, "dataRepositoryPath", "s3://of-others/x")),
    opens("a file system in a subnet of others", "CN-004",
          _opened(ONTAP, "subnetIds", ["subnet-0a1b2c3d4e5f60718"])),
)  # fmt: skip
_FURTHER: Final[tuple[tuple[str, str, str, Any], ...]] = (
    ("CN-004", LUSTRE, "importPath", "s3://of-others"),
    ("CN-004", LUSTRE, "exportPath", "s3://of-others/x"),
    ("CN-004", LUSTRE, "logConfiguration.destination", _STREAM),
    ("CN-004", WINDOWS, "auditLogConfiguration.auditLogDestination", _STREAM),
    ("CN-004", WINDOWS, "activeDirectoryId", "d-0123456789"),
    ("CN-004", ONTAP, "routeTableIds", ["rtb-0a1b2c3d4e5f60718"]),
    ("CN-051", WINDOWS, "networkType", "DUAL"),
    ("CN-051", ONTAP, "networkType", "DUAL"),
    ("CN-051", ZFS, "networkType", UNKNOWN),
    ("CN-242", SERVER, _ASKED_BY_SERVERS,
     ["10.9.0.4", "198.51.100.7"]),
)  # fmt: skip
FURTHER: Final = tuple(each_opens(_FURTHER, _opened))
