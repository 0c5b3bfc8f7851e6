"""File systems of FSx as AWS tells of them.

Written by hand from the FSx API reference (read 2026-11-30), apart from the tables of the reader.
"""

from typing import Any, Final

from model.deployment import Node
from tests.automation.described.answers import Answers, Asked, Item
from tests.policies.mutations.file_systems import COPIES, LUSTRE, ONTAP, SERVER, WINDOWS, ZFS
from tests.policies.mutations.stacks import Stack

_KINDS: Final = {WINDOWS: "WINDOWS", ONTAP: "ONTAP", ZFS: "OPENZFS", LUSTRE: "LUSTRE"}
TYPES: Final = (*_KINDS, SERVER, COPIES)
_CARD: Final = "eni-0000000000000000{}"


def real_id(node: Node) -> str:
    """As the deployments of tests call it, which others name it by."""
    return str(node.outputs()["id"])


def tell(answers: Answers, stack: Stack) -> None:
    """All of them; whose groups they have EC2 says, of interfaces that it is asked for."""
    groups: dict[str, list[str]] = {}
    for number, node in enumerate(stack.each(*_KINDS)):
        card = _CARD.format(number)
        groups[card] = node.resource.props["securityGroupIds"]
        told = {"FileSystemId": real_id(node), "NetworkInterfaceIds": [card],
                "FileSystemType": _KINDS[node.resource.type]}  # fmt: skip
        answers.lists("fsx", "DescribeFileSystems", "FileSystems",
                      {**told, **_of_kind(node.resource.type, node.resource.props)})  # fmt: skip

    def cards(asked: Asked) -> Item:
        (of,) = asked["Filters"]
        assert of["Name"] == "network-interface-id"
        return {"NetworkInterfaces": [
            {"NetworkInterfaceId": card, "Groups": [{"GroupId": group} for group in groups[card]]}
            for card in of["Values"]
        ]}  # fmt: skip

    answers.says("ec2", "DescribeNetworkInterfaces", cards)
    answers.says("fsx", "DescribeStorageVirtualMachines", lambda asked: {
        "StorageVirtualMachines": [_server(node) for node in _of(stack, SERVER, asked)],
    })  # fmt: skip
    answers.says("fsx", "DescribeDataRepositoryAssociations", lambda asked: {
        "Associations": [_copies(node) for node in _of(stack, COPIES, asked)],
    })  # fmt: skip


def _of(stack: Stack, type_: str, asked: Asked) -> list[Node]:
    """What belongs to the file system that is asked about."""
    (one,) = asked["Filters"]
    assert one["Name"] == "file-system-id"
    return [n for n in stack.each(type_) if n.resource.props["fileSystemId"] in one["Values"]]


def _of_kind(type_: str, props: Any) -> Item:
    subnets = props["subnetIds"]
    told: Item = {"SubnetIds": [subnets] if isinstance(subnets, str) else subnets,
                  "NetworkType": props.get("networkType", "IPV4")}  # fmt: skip
    routed = {name[0].upper() + name[1:]: props[name]
              for name in ("preferredSubnetId", "routeTableIds") if name in props}  # fmt: skip
    if type_ == ONTAP:
        return {**told, "OntapConfiguration": routed}
    if type_ == ZFS:
        return {**told, "OpenZFSConfiguration": {"RootVolumeId": "fsvol-0123456789abcdef0"}}
    if type_ == LUSTRE:
        copied = {name[0].upper() + name[1:]: props[name]
                  for name in ("importPath", "exportPath") if name in props}  # fmt: skip
        logs = {"Level": "DISABLED"}
        if "logConfiguration" in props:
            logs = {"Level": "WARN_ERROR", "Destination": props["logConfiguration"]["destination"]}
        lustre: Item = {"LogConfiguration": logs}
        if copied:
            lustre["DataRepositoryConfiguration"] = {"Lifecycle": "AVAILABLE", **copied}
        return {**told, "LustreConfiguration": lustre}
    windows: Item = _directory(props["selfManagedActiveDirectory"])
    if "activeDirectoryId" in props:
        windows["ActiveDirectoryId"] = props["activeDirectoryId"]
    if "auditLogConfiguration" in props:
        windows["AuditLogConfiguration"] = {
            "FileAccessAuditLogLevel": "SUCCESS_ONLY", "FileShareAccessAuditLogLevel": "DISABLED",
            "AuditLogDestination": props["auditLogConfiguration"]["auditLogDestination"],
        }  # fmt: skip
    return {**told, "WindowsConfiguration": windows}


def _directory(given: Any) -> Item:
    said = {"DnsIps": given["dnsIps"], "DomainName": given["domainName"], "UserName": "joiner"}
    return {"SelfManagedActiveDirectoryConfiguration": said}


def _server(node: Node) -> Item:
    props = node.resource.props
    given = props["activeDirectoryConfiguration"]["selfManagedActiveDirectoryConfiguration"]
    return {
        "StorageVirtualMachineId": real_id(node), "Name": node.resource.name,
        "FileSystemId": props["fileSystemId"], "Lifecycle": "CREATED",
        "ActiveDirectoryConfiguration": {"NetBiosName": "FILES", **_directory(given)},
    }  # fmt: skip


def _copies(node: Node) -> Item:
    props = node.resource.props
    return {
        "AssociationId": real_id(node), "Lifecycle": "AVAILABLE",
        "FileSystemId": props["fileSystemId"], "FileSystemPath": props["fileSystemPath"],
        "DataRepositoryPath": props["dataRepositoryPath"],
    }  # fmt: skip
