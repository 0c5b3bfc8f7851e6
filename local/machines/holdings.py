"""What the keeper holds of one world, and what can be done with it."""

from collections.abc import Callable, Iterator
from pathlib import Path
from socket import SOCK_DGRAM, SOCK_STREAM
from typing import Any, Literal

from pydantic import TypeAdapter

from local.machines import authority, cgroups, seed, volumes
from local.machines.addresses import LOCAL_RESOLVER, METADATA
from local.machines.credentials import Credentials
from local.machines.description import (
    Allow,
    InterfaceSpec,
    MachineSpec,
    VolumeSpec,
    WorldSpec,
    machine_faults,
    world_faults,
)
from local.machines.errors import MachinesError
from local.machines.front import Front
from local.machines.machine import Machine
from local.machines.metadata import Facts, facts_of
from local.machines.metadata_server import Client, MetadataServer, client
from local.machines.name_server import NameServer
from local.machines.names import Records, endpoint_names, records_of
from local.machines.network import Network
from local.machines.power_on import add_disk, remove_disk
from local.machines.volumes import volume_file

Kind = Literal["volumes", "interfaces"]
Ended = Callable[[str, int, int], None]  # name, boot, how
_ALLOWED = TypeAdapter(tuple[Allow, ...])
_RECORDS = TypeAdapter(dict[str, tuple[Any, ...]])


class Holdings:
    def __init__(
        self,
        folder: Path,
        world: str,
        aws_url: str,
        image: Path,
        group: str,
        ended: Ended,
        registry: Path | None = None,
    ) -> None:
        self.world = WorldSpec.model_validate_json(world)
        self._folder, self._image, self._group, self._ended = folder, image, group, ended
        self._hierarchies = cgroups.here()
        self._machines: dict[str, Machine] = {}
        self._clients: dict[str, Client] = {}  # of the metadata service, by machine
        self._attached: dict[str, tuple[str, int]] = {}  # interface to machine and index
        self._volumes: dict[str, tuple[str, str]] = {}  # volume to machine and device name
        self._private: Records = self.world.records
        self._credentials = Credentials(aws_url, self.world)
        self._network = Network(self.world)
        self._issued = authority.issue(folder, endpoint_names(self.world))
        listen = self._network.listen
        self._metadata = MetadataServer(listen(SOCK_STREAM, METADATA, 80))
        self._names = NameServer()
        for address in (self.world.resolver, LOCAL_RESOLVER):
            for kind in (SOCK_DGRAM, SOCK_STREAM):
                self._names.serve(listen(kind, address, 53))
        if (ends := self.world.endpoints) is not None:
            listener = listen(SOCK_STREAM, ends.address, 443)
            self._front = Front(listener, self._issued, aws_url, self.world.region, registry,
                                self.world.vpc_id)  # fmt: skip
        (folder / "volumes").mkdir()
        for volume_id, volume in self.world.volumes.items():
            volumes.create(self.file_of(volume_id), volume.size_mib)
        self._tell()

    # Machines

    def start(self, spec: str) -> None:
        machine_spec = MachineSpec.model_validate_json(spec)
        others = [machine.spec for machine in self._machines.values()]
        faults = [*machine_faults(self.world, machine_spec, others),
                  *self._taken(machine_spec)]  # fmt: skip
        if faults:
            raise MachinesError("\n".join(faults))
        machine = Machine(machine_spec, self._folder / "machines" / machine_spec.name, self._image)
        bundle = (self._image / seed.BUNDLE).read_text(encoding="utf-8")
        pem = self._issued.authority_pem
        machine.write(seed.first_files(self.world, machine_spec, pem, bundle))
        machine.write(seed.first_programs(), 0o755)
        machine.link(seed.first_links())
        self._machines[machine_spec.name] = machine
        for index, interface_id in machine_spec.interfaces.items():
            self._attached[interface_id] = (machine_spec.name, index)
        for device_name, volume_id in machine_spec.volumes.items():
            self._insert(machine, volume_id, device_name)
        self._clients[machine_spec.name] = client(
            lambda: self._facts(machine), machine.note, machine_spec.hop_limit
        )
        self._tell()
        self._boot(machine)

    def power_on(self, name: str) -> None:
        machine = self._machine(name)
        if machine.state != "stopped":
            raise MachinesError(f"machine {name} is {machine.state}; only a stopped one is started")
        self._boot(machine)

    def ask(self, name: str, number: int) -> None:
        self._machine(name).ask(number)

    def kill(self, name: str) -> None:
        self._switched_off(self._machine(name), "power lost")

    def terminate(self, name: str) -> None:
        """Its disk is gone, and what was attached to it is free."""
        machine = self._machine(name)
        self._switched_off(machine, "terminated")
        for interface_id in [i for i, (owner, _) in self._attached.items() if owner == name]:
            del self._attached[interface_id]
        for volume_id in [v for v, (owner, _) in self._volumes.items() if owner == name]:
            self._release(machine, volume_id)
        del self._clients[name], self._machines[name]
        self._remove_groups(name)
        machine.erase()
        self._tell()

    def ended(self, name: str, boot: int, why: str) -> None:
        """Told by the one that waits for it; of an earlier boot, it is known already."""
        machine = self._machines.get(name)
        if machine is None or machine.boots != boot or machine.state != "running":
            return
        self._switched_off(machine, why)
        if why == "reboot":
            self._boot(machine)

    def status(self) -> list[dict[str, Any]]:
        return [
            {"name": name, "instance_id": m.spec.id, "private_ip": str(m.spec.private_ip),
             "zone": self.world.subnets[m.spec.subnet].zone, "state": m.state, "pid": m.pid,
             "boots": m.boots, "why": m.why, "folder": str(m.folder),
             "volumes": {v: d for v, (owner, d) in self._volumes.items() if owner == name},
             "interfaces": {i: n for i, (owner, n) in self._attached.items() if owner == name}}
            for name, m in self._machines.items()
        ]  # fmt: skip

    def end(self) -> None:
        for machine in self._machines.values():
            machine.kill()

    # Volumes and interfaces

    def add(self, kind: Kind, name: str, spec: dict[str, Any]) -> None:
        known = self.world.volumes if kind == "volumes" else self.world.interfaces
        if name in known:
            raise MachinesError(f"{kind}.{name}: there is one of this name already")
        asked = self.world.model_dump(exclude={"volumes", "interfaces"})
        world = WorldSpec.model_validate(
            {**asked, "volumes": self.world.volumes, "interfaces": self.world.interfaces,
             kind: {**known, name: spec}}
        )  # fmt: skip
        faults = list(world_faults(world))
        for machine in self._machines.values() if kind == "interfaces" else ():
            if machine.spec.private_ip == world.interfaces[name].address:
                faults.append(f"{kind}.{name}: that is machine {machine.spec.name}'s address")
        if faults:
            raise MachinesError("\n".join(faults))
        self.world = world
        if kind == "volumes":
            volumes.create(self.file_of(name), world.volumes[name].size_mib)

    def remove(self, kind: Kind, name: str) -> None:
        known = {**(self.world.volumes if kind == "volumes" else self.world.interfaces)}
        if name in self._volumes or name in self._attached:
            owner = (self._volumes.get(name) or self._attached[name])[0]
            raise MachinesError(f"{kind}.{name}: it is attached to machine {owner}")
        if known.pop(name, None) is None:
            raise MachinesError(f"{kind}.{name}: there is none of this name")
        self.world = self.world.model_copy(update={kind: known})
        if kind == "volumes":
            self.file_of(name).unlink()

    def grow(self, name: str, size_mib: int) -> None:
        """A volume, also while a machine has it, which sees it at once."""
        known = self.world.volumes.get(name)
        if known is None:
            raise MachinesError(f"volumes.{name}: there is none of this name")
        if size_mib < known.size_mib:
            raise MachinesError(
                f"volumes.{name}: it has {known.size_mib} MiB, and a volume never shrinks"
            )
        larger = VolumeSpec(zone=known.zone, size_mib=size_mib)
        volumes.lengthen(self.file_of(name), size_mib)
        if name in self._volumes:
            owner, device_name = self._volumes[name]
            self._machine(owner).disks[device_name].grow()
        self.world = self.world.model_copy(update={"volumes": {**self.world.volumes, name: larger}})

    def file_of(self, volume_id: str) -> Path:
        return volume_file(self._folder, volume_id)

    def attach_volume(self, volume_id: str, name: str, device_name: str) -> str:
        machine = self._machine(name)
        asked = machine.spec.model_copy(update={"volumes": {device_name: volume_id},
                                                "interfaces": {}})  # fmt: skip
        faults = [*machine_faults(self.world, asked, ()), *self._taken(asked)]
        if device_name in machine.disks:
            faults.append(f"machine {name} has a volume at {device_name} already")
        if faults:
            raise MachinesError("\n".join(faults))
        self._insert(machine, volume_id, device_name)
        node, links = machine.links_of(device_name)
        if machine.pid:
            dev = Path(f"/proc/{machine.pid}/root/dev")
            add_disk(dev, node, machine.disks[device_name].number, links)
        return f"/dev/{node}"

    def detach_volume(self, volume_id: str, force: bool) -> None:
        if volume_id not in self._volumes:
            raise MachinesError(f"volume {volume_id} is not attached")
        name, device_name = self._volumes[volume_id]
        machine = self._machine(name)
        at = volumes.in_use(machine.disks[device_name].number, machine.pid) if machine.pid else None
        if at is not None and not force:
            raise MachinesError(f"machine {name} has {volume_id} mounted at {at}; unmount it first")
        if machine.pid:
            node, links = machine.links_of(device_name)
            remove_disk(Path(f"/proc/{machine.pid}/root/dev"), node, links)
        self._release(machine, volume_id)

    def attach_interface(self, interface_id: str, name: str, index: int) -> None:
        machine = self._machine(name)
        asked = machine.spec.model_copy(update={"interfaces": {index: interface_id},
                                                "volumes": {}})  # fmt: skip
        faults = [*machine_faults(self.world, asked, ()), *self._taken(asked)]
        if (name, index) in self._attached.values():
            faults.append(f"machine {name} has an interface at index {index} already")
        if faults:
            raise MachinesError("\n".join(faults))
        self._attached[interface_id] = (name, index)
        self._tell()
        if machine.network is not None:
            spec = self.world.interfaces[interface_id]
            self._network.plug(interface_id, spec, machine.network, index)

    def detach_interface(self, interface_id: str) -> None:
        if interface_id not in self._attached:
            raise MachinesError(f"interface {interface_id} is not attached")
        del self._attached[interface_id]
        self._network.unplug(interface_id)
        self._tell()

    # Tables

    def allow(self, rows: list[dict[str, Any]]) -> None:
        self._network.allow(_ALLOWED.validate_python(rows))

    def resolve(self, records: dict[str, list[str]]) -> None:
        """In place of all private records so far."""
        asked = self.world.model_dump(include={"vpc", "subnets"}) | {"records": records}
        self._private = WorldSpec.model_validate(asked).records
        self._tell()

    def _boot(self, machine: Machine) -> None:
        name = machine.spec.name
        place = self._folder / "cgroups"
        groups = cgroups.make(place, self._hierarchies, f"{self._group}/{name}")
        network = self._network.new_machine()
        for index, (interface_id, interface) in self._interfaces(machine).items():
            self._network.plug(interface_id, interface, network, index)
        self._network.configure(network, machine.spec.private_ip, machine.spec.subnet)
        boot = machine.boots + 1
        machine.power_on(network, groups, lambda how: self._ended(name, boot, how))

    def _switched_off(self, machine: Machine, why: str) -> None:
        if machine.state != "running":
            return
        machine.kill()
        for interface_id, _ in self._interfaces(machine).values():
            self._network.unplug(interface_id)
        machine.is_off(why)
        self._remove_groups(machine.spec.name)

    def _remove_groups(self, name: str) -> None:
        """A kernel begins with none. A kubelet takes each that is left for a container, and waits
        seconds for its runtime to say that it knows no such one."""
        cgroups.remove(self._folder / "cgroups", self._hierarchies, f"{self._group}/{name}")

    def _interfaces(self, machine: Machine) -> dict[int, tuple[str, InterfaceSpec]]:
        spec = machine.spec
        own = InterfaceSpec(subnet=spec.subnet, address=spec.private_ip, groups=spec.groups)
        there = list(self._attached.items())  # at once: the metadata service asks from its threads
        more = {n: (i, self.world.interfaces[i]) for i, (owner, n) in there if owner == spec.name}
        return {0: (spec.primary_interface, own), **more}

    def _facts(self, machine: Machine) -> Facts:
        spec = machine.spec
        return facts_of(
            self.world, spec, self._interfaces(machine),
            lambda: self._credentials.of(spec.role, spec.id),
        )  # fmt: skip

    def _taken(self, spec: MachineSpec) -> Iterator[str]:
        for volume_id in spec.volumes.values():
            if volume_id in self._volumes:
                yield f"volume {volume_id} is attached to machine {self._volumes[volume_id][0]}"
            elif volumes.is_held(self.file_of(volume_id)):
                yield (
                    f"volume {volume_id} was detached by force, and is mounted where it was: "
                    "unmount it there, or kill that machine"
                )
        for interface_id in spec.interfaces.values():
            if interface_id in self._attached:
                owner = self._attached[interface_id][0]
                yield f"interface {interface_id} is attached to machine {owner}"

    def _insert(self, machine: Machine, volume_id: str, device_name: str) -> None:
        disk = volumes.LoopDevice(self.file_of(volume_id))
        machine.add_disk(device_name, volume_id, disk)
        self._volumes[volume_id] = (machine.spec.name, device_name)

    def _release(self, machine: Machine, volume_id: str) -> None:
        _, device_name = self._volumes.pop(volume_id)
        machine.remove_disk(device_name).close()

    def _machine(self, name: str) -> Machine:
        if name not in self._machines:
            known = ", ".join(self._machines) or "none"
            raise MachinesError(f"there is no machine {name}; there are: {known}")
        return self._machines[name]

    def _tell(self) -> None:
        """The resolver and the metadata service, of who is where now."""
        there = [machine.spec for machine in self._machines.values()]
        self._names.records = records_of(self.world, there, self._private)
        self._metadata.clients = {
            str(interface.address): self._clients[name]
            for name, machine in self._machines.items()
            for _, interface in self._interfaces(machine).values()
        }
