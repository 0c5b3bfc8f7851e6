"""One VPC as a network namespace that routes, with a link to each interface that is attached.

Held by an open file: it is gone when the keeper is, and nothing of it is seen by other programs.
"""

import os
import socket
import subprocess
from collections.abc import Iterable, Mapping
from ipaddress import IPv4Address
from pathlib import Path

from local.machines import addresses, firewall, kernel
from local.machines.description import Allow, InterfaceSpec, WorldSpec, mac_of
from local.machines.errors import MachinesError

COMMAND_SECONDS = 120


class Network:
    """The router and what is plugged in. Only the keeper's first thread calls it."""

    def __init__(self, world: WorldSpec) -> None:
        self._world = world
        self._rows: tuple[Allow, ...] = world.allow
        self._plugged: dict[str, firewall.Plugged] = {}
        self._count = 0
        self.router = kernel.new_network()
        _set(self.router, addresses.router_sysctls())
        _ip(self.router, addresses.router_commands(world))
        self._filter()

    def listen(self, kind: socket.SocketKind, address: IPv4Address, port: int) -> socket.socket:
        """A socket that only the VPC can reach; what answers may speak to the outside."""
        with kernel.inside(self.router):
            listener = socket.socket(socket.AF_INET, kind)
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind((str(address), port))
        if kind == socket.SOCK_STREAM:
            listener.listen(128)
        return listener

    def new_machine(self) -> int:
        """A namespace for a machine that is about to boot; nothing is plugged in."""
        network = kernel.new_network()
        _set(network, addresses.machine_sysctls())
        return network

    def plug(self, interface_id: str, spec: InterfaceSpec, network: int, index: int) -> None:
        """It appears in the machine: down, and without an address, as on EC2."""
        self._count += 1
        device = f"eni{self._count}"
        there = f"/proc/{os.getpid()}/fd/{network}"
        guest = addresses.guest_device(index)
        mac = spec.mac or mac_of(interface_id)
        _ip(self.router, addresses.plug_commands(device, mac, spec.address, guest, there))
        self._plugged[interface_id] = firewall.Plugged(device, spec.address, spec.groups)
        self._filter()

    def unplug(self, interface_id: str) -> None:
        """Gone from the machine too, at once. Nothing, where the machine is gone already."""
        plugged = self._plugged.pop(interface_id, None)
        if plugged is None:
            return
        if plugged.device in _devices(self.router):
            _ip(self.router, [f"link delete {plugged.device}"])
        self._filter()

    def configure(self, network: int, address: IPv4Address, subnet_name: str) -> None:
        subnet = self._world.subnets[subnet_name]
        _ip(network, addresses.boot_commands(address, subnet))

    def allow(self, rows: Iterable[Allow]) -> None:
        """In place of all rows so far. Connections that are open stay open, as on AWS."""
        before, self._rows = self._rows, tuple(rows)
        try:
            self._filter()
        except MachinesError:
            self._rows = before
            raise

    def _filter(self) -> None:
        text = firewall.ruleset(self._world, self._rows, self._plugged.values())
        _run(self.router, ["nft", "--file", "-"], text)


def _ip(network: int, commands: Iterable[str]) -> None:
    _run(network, ["ip", "-batch", "-"], "\n".join([*commands, ""]))


def _devices(network: int) -> set[str]:
    with kernel.inside(network):
        return {name for _, name in socket.if_nameindex()}


def _set(network: int, settings: Mapping[str, str]) -> None:
    with kernel.inside(network):
        for name, value in settings.items():
            path = Path("/proc/sys") / name
            if path.exists():  # a kernel without IPv6
                path.write_text(value)


def _run(network: int, command: list[str], text: str) -> None:
    with kernel.inside(network):
        done = subprocess.run(
            command, input=text, capture_output=True, text=True, timeout=COMMAND_SECONDS
        )
    if done.returncode != 0:
        raise MachinesError(f"{' '.join(command)}: {done.stderr.strip()}\ngiven was:\n{text}")
