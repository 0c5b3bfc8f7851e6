"""File systems of FSx: where they stand, whom they ask and what they copy.

Shapes are those of boto3's own models of DescribeFileSystems, DescribeStorageVirtualMachines and
DescribeDataRepositoryAssociations (read 2026-11-30).
"""

from typing import Final

from pulumi.runtime.rpc import UNKNOWN

from automation.described.calls import Call, From, Kind

_WINDOWS: Final = "aws:fsx/windowsFileSystem:WindowsFileSystem"
_ONTAP: Final = "aws:fsx/ontapFileSystem:OntapFileSystem"
_ZFS: Final = "aws:fsx/openZfsFileSystem:OpenZfsFileSystem"
_LUSTRE: Final = "aws:fsx/lustreFileSystem:LustreFileSystem"
_SERVER: Final = "aws:fsx/ontapStorageVirtualMachine:OntapStorageVirtualMachine"
_COPIES: Final = "aws:fsx/dataRepositoryAssociation:DataRepositoryAssociation"
_TYPES: Final = (_WINDOWS, _ONTAP, _ZFS, _LUSTRE, _SERVER, _COPIES)

FILE_SYSTEMS: Final = Call(
    "fsx", "describe_file_systems", "FileSystems[]", ids="[FileSystemId, ResourceARN]",
    within="[[VpcId], SubnetIds][]", recorded=_TYPES, more={
        # FSx tells no groups: its interfaces have them, and there they can be changed as well.
        "_interfaces": Call(
            "ec2", "describe_network_interfaces", "NetworkInterfaces[]",
            {"Filters": [{"Name": "network-interface-id", "Values": From("NetworkInterfaceIds")}]},
            when="NetworkInterfaceIds",
        ),
    },
)  # fmt: skip


def _of_file_systems(operation: str, items: str, ids: str) -> Call:
    """What belongs to file systems, asked of each."""
    of_one = {"Filters": [{"Name": "file-system-id", "Values": [From("FileSystemId")]}]}
    return Call("fsx", operation, items, of_one, of=FILE_SYSTEMS, ids=ids, recorded=_TYPES)


SERVERS: Final = _of_file_systems(
    "describe_storage_virtual_machines", "StorageVirtualMachines[]", "[StorageVirtualMachineId]"
)
COPIES: Final = _of_file_systems(
    "describe_data_repository_associations", "Associations[]", "[AssociationId]"
)

_GROUPS: Final = f"_interfaces[].Groups[].GroupId || '{UNKNOWN}'"
_PLACED: Final = {
    "subnetIds": "SubnetIds", "securityGroupIds": _GROUPS, "kmsKeyId": "KmsKeyId",
    "storageType": "StorageType",
}  # fmt: skip
_DIRECTORY: Final = (
    "SelfManagedActiveDirectoryConfiguration.{dnsIps: DnsIps, domainName: DomainName, "
    "username: UserName, fileSystemAdministratorsGroup: FileSystemAdministratorsGroup, "
    "organizationalUnitDistinguishedName: OrganizationalUnitDistinguishedName}"
)
_SILENT: Final = (
    "automaticBackupRetentionDays", "dailyAutomaticBackupStartTime", "deploymentType",
    "storageCapacity", "tags", "throughputCapacity", "weeklyMaintenanceStartTime",
)  # fmt: skip
_BACKED_UP: Final = ("copyTagsToBackups", "finalBackupTags", "skipFinalBackup")
_ARN: Final = {"arn": "ResourceARN", "vpcId": "VpcId"}


def _routed(configuration: str) -> dict[str, str]:
    """By which network it is reached, and whose tables have its routes."""
    return {
        **_PLACED, "networkType": "NetworkType",
        "preferredSubnetId": f"{configuration}.PreferredSubnetId",
        "routeTableIds": f"{configuration}.RouteTableIds",
        "endpointIpAddressRange": f"{configuration}.EndpointIpAddressRange",
    }  # fmt: skip


_REPOSITORY: Final = "LustreConfiguration.DataRepositoryConfiguration"

KINDS: Final = (
    Kind(
        _WINDOWS, FILE_SYSTEMS, "FileSystemId",
        {
            **_PLACED, "networkType": "NetworkType",
            "preferredSubnetId": "WindowsConfiguration.PreferredSubnetId",
            "activeDirectoryId": "WindowsConfiguration.ActiveDirectoryId",
            "selfManagedActiveDirectory": f"WindowsConfiguration.{_DIRECTORY}",
            "aliases": "WindowsConfiguration.Aliases[].Name",
            "auditLogConfiguration": "WindowsConfiguration.AuditLogConfiguration.{"
            "auditLogDestination: AuditLogDestination, "
            "fileAccessAuditLogLevel: FileAccessAuditLogLevel, "
            "fileShareAccessAuditLogLevel: FileShareAccessAuditLogLevel}",
        },
        _ARN, where="FileSystemType=='WINDOWS'", fixed=("backupId",),
        silent=(*_SILENT, *_BACKED_UP, "diskIopsConfiguration"),
    ),
    Kind(
        _ONTAP, FILE_SYSTEMS, "FileSystemId", _routed("OntapConfiguration"), _ARN,
        where="FileSystemType=='ONTAP'", silent=(
            *_SILENT, "diskIopsConfiguration", "fsxAdminPassword", "haPairs",
            "throughputCapacityPerHaPair",
        ),
    ),
    Kind(
        _ZFS, FILE_SYSTEMS, "FileSystemId", _routed("OpenZFSConfiguration"), _ARN,
        where="FileSystemType=='OPENZFS'", fixed=("backupId",), silent=(
            *_SILENT, *_BACKED_UP, "copyTagsToVolumes", "deleteOptions", "diskIopsConfiguration",
            "readCacheConfiguration", "rootVolumeConfiguration",
        ),
    ),
    Kind(
        _LUSTRE, FILE_SYSTEMS, "FileSystemId",
        {
            **_PLACED, "subnetIds": "SubnetIds[0]",
            "importPath": f"{_REPOSITORY}.ImportPath", "exportPath": f"{_REPOSITORY}.ExportPath",
            "logConfiguration":
                "LustreConfiguration.LogConfiguration.{level: Level, destination: Destination}",
        },
        _ARN, where="FileSystemType=='LUSTRE'", fixed=("backupId",), silent=(
            *_SILENT, *_BACKED_UP, "autoImportPolicy", "dataCompressionType",
            "dataReadCacheConfiguration", "driveCacheType", "efaEnabled", "fileSystemTypeVersion",
            "importedFileChunkSize", "metadataConfiguration", "perUnitStorageThroughput",
            "rootSquashConfiguration",
        ),
    ),
    Kind(
        _SERVER, SERVERS, "StorageVirtualMachineId",
        {
            "name": "Name", "fileSystemId": "FileSystemId",
            "activeDirectoryConfiguration": "ActiveDirectoryConfiguration.{netbiosName: "
            f"NetBiosName, selfManagedActiveDirectoryConfiguration: {_DIRECTORY}}}",
        },
        {"arn": "ResourceARN"},
        silent=("rootVolumeSecurityStyle", "svmAdminPassword", "tags"),
    ),
    Kind(
        _COPIES, COPIES, "AssociationId",
        {
            "fileSystemId": "FileSystemId", "fileSystemPath": "FileSystemPath",
            "dataRepositoryPath": "DataRepositoryPath",
        },
        {"arn": "ResourceARN"}, silent=(
            "batchImportMetaDataOnCreate", "deleteDataInFilesystem", "importedFileChunkSize", "s3",
            "tags",
        ),
    ),
)  # fmt: skip
