"""`attach-interface`: the address that outlives its machines.

As with a volume, attaching is the lock, and nothing is believed until EC2 says that the interface
is attached to this instance and the kernel has it. What comes in by its address must leave by it
too, or security groups and the peer's own checks drop it: so it has a table of routes of its own.
"""

from __future__ import annotations

import json
from ipaddress import IPv4Network
from typing import Any, ClassVar
from xml.etree.ElementTree import Element

from machines.agent.errors import AgentError
from machines.agent.machine import Machine
from machines.agent.settings import (
    SECONDS,
    TEXT,
    Schema,
    Setting,
    mapping_of,
    matching,
    whole_number,
)
from machines.agent.steps.ours import Kind, is_attached_here
from machines.agent.steps.step import Step

INTERFACE = Kind(
    noun="network interface",
    short="interface",
    describe="DescribeNetworkInterfaces",
    rows="networkInterfaceSet/item",
    id="networkInterfaceId",
    attach="AttachNetworkInterface",
    held=frozenset(
        {
            "InvalidNetworkInterface.InUse",
            "InvalidParameterValue",
            "IncorrectState",
            "IncorrectInstanceState",
        }
    ),
)
RULE_PRIORITY = 1000  # before the main table


class AttachInterface(Step):
    kind = "attach-interface"
    does = (
        "finds the one network interface with these tags, waits until an old machine has released "
        "it, attaches it, and routes what comes from its address through it"
    )
    schema: ClassVar[Schema] = {
        "tags": Setting(mapping_of(TEXT), "tags that one interface alone has"),
        "subnetCidr": Setting(matching(r"[0-9.]+/\d{1,2}", "a CIDR"), "its subnet's addresses"),
        "deviceIndex": Setting(whole_number(1, 14), "its place on the instance", 1),
        "table": Setting(whole_number(1, 250), "the number of its table of routes", 101),
        "timeoutSeconds": Setting(SECONDS, "how long an old machine may hold it", 600),
    }

    @classmethod
    def check(cls, settings: dict[str, Any], where: str) -> list[str]:
        try:
            subnet = IPv4Network(settings["subnetCidr"])
        except ValueError as error:
            return [f"{where}.subnetCidr: {error}"]
        return [] if subnet.prefixlen <= 28 else [f"{where}.subnetCidr: is smaller than /28"]

    def done(self, machine: Machine) -> bool:
        interface = INTERFACE.the_one(machine, self.settings["tags"])
        link = self._link(machine, interface)
        return link is not None and self._is_routed(machine, interface, link)

    def run(self, machine: Machine) -> None:
        state = "it was not looked for"

        def reached() -> bool:
            nonlocal state
            interface = INTERFACE.the_one(machine, self.settings["tags"])
            link = self._link(machine, interface)
            if link is not None:
                self._route(machine, interface, link)
                return True
            unseen, index = "the kernel has not seen it yet", str(self.settings["deviceIndex"])
            state = INTERFACE.ask_for(
                machine, interface, _attachment(interface), unseen, DeviceIndex=index
            )
            return False

        machine.wait(self.settings["timeoutSeconds"], reached, lambda: state)

    def _link(self, machine: Machine, interface: Element) -> str | None:
        """The kernel's name of it, once EC2 says that this instance has it."""
        if not is_attached_here(machine, _attachment(interface)):
            return None
        address = interface.findtext("macAddress", "")
        for folder in sorted(machine.path("/sys/class/net").glob("*")):
            try:
                found = (folder / "address").read_text(encoding="ascii").strip()
            except OSError:  # it went, or it is no link
                continue
            if found == address:
                ip = interface.findtext("privateIpAddress", "")
                noted = {"id": INTERFACE.id_of(interface), "address": ip, "link": folder.name}
                machine.journal.note(self.name, "interface", noted)
                return folder.name
        return None

    def _is_routed(self, machine: Machine, interface: Element, link: str) -> bool:
        ip, table = interface.findtext("privateIpAddress", ""), str(self.settings["table"])
        shown = machine.commands.run(["ip", "-json", "-4", "address", "show", "dev", link])
        addresses = [
            a.get("local") for row in _rows(shown.output) for a in row.get("addr_info", [])
        ]
        routes = machine.commands.run(
            ["ip", "-json", "-4", "route", "show", "table", table], allowed=(0, 2)
        )
        found = [] if routes.status else _rows(routes.output)  # 2: there is no such table yet
        ways = {row.get("dst"): row.get("dev") for row in found}
        return (
            ip in addresses
            and ways.get("default") == link
            and ways.get(self.settings["subnetCidr"]) == link
            and self._has_rule(machine, ip)
        )

    def _has_rule(self, machine: Machine, ip: str) -> bool:
        rules = _rows(machine.commands.run(["ip", "-json", "-4", "rule", "show"]).output)
        table = str(self.settings["table"])
        return any(row.get("src") == ip and str(row.get("table")) == table for row in rules)

    def _route(self, machine: Machine, interface: Element, link: str) -> None:
        """Each command sets what there is anew, so that it may be repeated."""
        ip, table = interface.findtext("privateIpAddress", ""), str(self.settings["table"])
        subnet = IPv4Network(self.settings["subnetCidr"])
        run = machine.commands.run
        run(["ip", "link", "set", "dev", link, "up"])
        # No route of the kernel's own: in the same subnet it would draw the machine's other traffic
        # to this interface, with a source that EC2 does not let through here.
        address = f"{ip}/{subnet.prefixlen}"
        run(["ip", "address", "replace", address, "dev", link, "noprefixroute"])
        here = ["dev", link, "src", ip, "table", table]
        run(["ip", "route", "replace", str(subnet), *here])
        gateway = str(subnet.network_address + 1)  # the second address of a subnet is the VPC's
        run(["ip", "route", "replace", "default", "via", gateway, *here])
        if not self._has_rule(machine, ip):
            priority = str(RULE_PRIORITY + self.settings["deviceIndex"])
            run(["ip", "rule", "add", "priority", priority, "from", ip, "lookup", table])


def _attachment(interface: Element) -> Element | None:
    """The one that counts: EC2 shows a detached one for a while."""
    found = interface.find("attachment")
    return None if found is None or found.findtext("status") == "detached" else found


def _rows(output: str) -> list[dict[str, Any]]:
    try:
        found = json.loads(output or "[]")
    except ValueError:
        raise AgentError("ip gave no JSON") from None
    return [row for row in found if isinstance(row, dict)]
