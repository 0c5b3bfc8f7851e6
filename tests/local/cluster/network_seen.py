"""Who listens on machines, and who is answered over the network: each against the table.

A packet that the firewall drops has no answer, and one that it lets through has one, be it a
refusal by a machine on which nobody listens. So ports need no listener to be asked.
"""

import json
from collections.abc import Iterator

from local.machines import MachineHandle
from plan.firewall import ENDPOINT, OPERATOR, allowed
from tests.local.cluster.booted import API_NAME, MEMBERS, Booted, member_host

API_BALANCER = "api-main"  # its role
ROLES = ("controller", "worker", *(f"etcd-{name}" for name in MEMBERS))
# Those of the table, and of programs of a cluster that answer others elsewhere: SSH, health and
# metrics of etcd, kubelet, kube-proxy, controller manager and scheduler, Services' on nodes.
PORTS = (22, 53, 80, 111, 443, 2379, 2380, 2381, 4194, 5473, 6443, 8080, 9100, 9153, 10248, 10249,
         10250, 10255, 10256, 10257, 10258, 10259, 21362, 30000, 32767)  # fmt: skip
# Asks all at once and prints who has answered. It waits for those that are to answer as long as it
# takes, and then a moment for others.
_ASK = """
import errno, json, selectors, socket, sys, time
asked = json.load(sys.stdin)
waited = {tuple(one) for one in asked["open"]}
ways, answered = selectors.DefaultSelector(), []
for address, port in asked["ports"]:
    way = socket.socket()
    way.setblocking(False)
    way.connect_ex((address, port))
    ways.register(way, selectors.EVENT_WRITE, (address, port))
until, last = time.monotonic() + 120, None
while time.monotonic() < (last or until):
    for key, _ in ways.select(0.1):
        ways.unregister(key.fileobj)
        error = key.fileobj.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR)
        key.fileobj.close()
        if error in (0, errno.ECONNREFUSED):
            answered.append(key.data)
            waited.discard(key.data)
    if not waited and last is None:
        last = time.monotonic() + 2
print(json.dumps(answered))
"""


def listeners(machine: MachineHandle) -> set[tuple[str, int]]:
    """Protocol and port of whoever may be asked from elsewhere."""
    found = set()
    for line in machine.run(["ss", "-Hlntu"]).stdout.splitlines():
        protocol, _, _, _, local, *_ = line.split()
        address, _, port = local.rpartition(":")
        if not address.startswith(("127.", "[::1]")):
            found.add((protocol, int(port)))
    return found


def in_the_table(booted: Booted, role: str) -> set[tuple[str, int]]:
    """What somebody may ask of a role."""
    return {
        (row.protocol, row.ports[0])
        for row in booted.plan().firewall
        if row.target == role and row.protocol in ("tcp", "udp")
    }


def addresses(booted: Booted) -> dict[str, str]:
    """Whose each is, by role. Members have one that goes with its machine, and one that stays."""
    asker = booted.machine("etcd-1a")

    def named(name: str) -> str:
        return asker.run(["getent", "ahostsv4", name]).stdout.split()[0]

    found = {machine.status().private_ip: role
             for role in ROLES for machine in booted.machines(role)}  # fmt: skip
    found |= {named(member_host(name)): f"etcd-{name}" for name in MEMBERS}
    region = booted.cluster.stack.region
    found[named(f"ssm.{region}.amazonaws.com")] = ENDPOINT
    found[named(API_NAME)] = API_BALANCER
    assert len(found) == 2 + 2 + 2 * len(MEMBERS) + 2
    return found


def askers(booted: Booted) -> Iterator[tuple[str, MachineHandle]]:
    """A machine of each role, and people's."""
    for role in ("worker", "controller", "etcd-1a"):
        yield role, booted.machine(role)
    yield OPERATOR, booted.cluster.operator


def asked_from(booted: Booted, role: str, machine: MachineHandle) -> tuple[set[str], set[str]]:
    """Who answers a machine of this role, and who is to by the table: each as role:port."""
    table, own = booted.plan().firewall, machine.run(["hostname", "--all-ip-addresses"]).stdout
    others = {at: whose for at, whose in addresses(booted).items() if at not in own.split()}
    ways = [(at, port) for at in others for port in PORTS]
    opened = [(at, port) for at, port in ways if allowed(table, role, others[at], "tcp", port)]
    told = json.dumps({"ports": ways, "open": opened})
    answered = json.loads(machine.run(["python3", "-c", _ASK], stdin=told).stdout)

    def shown(found: list[tuple[str, int]]) -> set[str]:
        return {f"{others[at]}:{port} at {at}" for at, port in found}

    return shown(answered), shown(opened)
