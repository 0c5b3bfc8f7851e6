"""A self-hosted control plane on this machine: the rendered files, the real programs.

What is rendered is taken as it is, but for what one machine has only once: a folder of the test
stands for the root, ports are free ones, names of members are localhost, and nothing listens beyond
loopback. All processes end with the block.
"""

import base64
import json
import re
import shlex
import ssl
import subprocess
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field, replace
from http.client import HTTPException
from pathlib import Path
from typing import Any

import yaml

from local.carry_in.programs import OWN
from machines.agent.transport import trusting
from machines.audit_log import AuditLog
from machines.authenticator import ADMINISTRATORS
from machines.encryption import (
    CONFIGURATION,
    SOCKET_FOLDER,
    LocalKey,
    render_local_encryption,
)
from machines.etcd import STATE_FILE, etcd_member_files, etcd_state
from machines.host_files import HostFile
from machines.kube_apiserver import ApiServerSettings
from machines.self_hosted_files import controller_files
from tests.control_plane.pki import Signed, authority, signed, write
from tests.embedded_aws import serving_aws
from tests.machines.self_hosted import CLUSTER, CONTROLLER, ETCD
from tests.ports import free_port
from tests.tools.kms_plugin import aws_variables, made_key
from tests.tools.kubernetes import READY_SECONDS, NotReadyError, process

ASK_SECONDS = 60.0
PORTS = (6443, 10257, 10259, 21362, 8083)
ETCD_PORTS = (2379, 2380, 2381)
MEMBERS = ETCD.members
NEW_KEY, OLD_KEY = (
    LocalKey(name, base64.b64encode(bytes([byte]) * 32).decode())
    for name, byte in (("key-2", 2), ("key-1", 1))
)
STATIC_TOKEN = "a-static-token-of-the-test"
JSON = "application/json"
APPLY = "application/apply-patch+yaml"


@dataclass(frozen=True)
class Machine:
    """root: stands for `/`. places: what is rendered -> what it is here, the longest first.

    authorities: by name, as in their files' names.
    """

    root: Path
    places: dict[str, str]
    authorities: dict[str, Signed]

    def here(self, text: str) -> str:
        """All in one go: a port that was put in may begin like one that is rendered."""
        either = "|".join(re.escape(place) for place in self.places)
        return re.sub(rf"(?:{either})(?!(?<=\d)\d)", lambda found: self.places[found[0]], text)

    def port(self, number: int) -> int:
        return int(self.here(f":{number}").removeprefix(":"))

    def path(self, rendered: str) -> Path:
        return self.root / rendered.lstrip("/")

    def trusting(self, ca: str) -> ssl.SSLContext:
        return trusting(text=self.authorities[ca].certificate_pem)

    def lay_down(self, files: tuple[HostFile, ...]) -> None:
        for file in files:
            write(self.path(file.path).parent, {Path(file.path).name: self.here(file.content)})


def member_ports() -> dict[str, dict[int, int]]:
    """Of each etcd member, which here share an address."""
    return {name: {port: free_port() for port in ETCD_PORTS} for name in MEMBERS}


def _places(root: Path, ports: dict[str, dict[int, int]]) -> dict[str, str]:
    places = {
        f"{ETCD.host(name)}:{port}": f"localhost:{mine}"
        for name, own in ports.items()
        for port, mine in own.items()
    }
    places |= {ETCD.host(name): "localhost" for name in MEMBERS}  # in certificates
    places["0.0.0.0:"] = "127.0.0.1:"
    places |= {f"api.dev.heiiki.internal:{PORTS[0]}": f"localhost:{PORTS[0]}"}
    for number, mine in {number: free_port() for number in PORTS}.items():
        places |= {f":{number}": f":{mine}", f"-port={number}": f"-port={mine}"}
    for folder in ("/etc/", "/var/lib/", "/var/log/", "/run/heiiki/"):
        marks = ("=", " ", '"', "unix://")
        places |= {f"{mark}{folder}": f"{mark}{root}{folder}" for mark in marks}
    return places


@dataclass
class Members:
    """Members that run. running: by name; one that was ended may be started anew."""

    machine: Machine
    ports: dict[str, dict[int, int]]
    stack: ExitStack
    running: dict[str, "subprocess.Popen[bytes]"] = field(default_factory=dict)

    def start(
        self, name: str, *, more: Sequence[str] = (), before: Sequence[str] = (), **changes: str
    ) -> None:
        """more: flags, each in the place of one that its unit has. before: a command that leads to
        it. changes: to the environment that its machine gives it."""
        flags, variables = member(self.machine, name, self.ports[name])
        folder = self.machine.root / f"run-{name}"
        folder.mkdir(exist_ok=True)
        running = process(
            folder, "etcd", [*flags, *more], variables=variables | changes, before=before
        )
        self.running[name] = self.stack.enter_context(running)

    def wait_until_well(self, name: str) -> None:
        url = f"http://127.0.0.1:{self.ports[name][2381]}/health"
        wait_for(self.machine.root, lambda: json.loads(get(url))["health"] == "true")


@contextmanager
def etcd_members(root: Path) -> Iterator[Members]:
    """Three members that have found each other."""
    ports = member_ports()
    bank = authority("of all the bank")  # as above supplied ones; nobody here has it
    names = ("kubernetes", "kubelet", "etcd", "front-proxy")
    authorities = {name: authority(name, by=bank) for name in names}
    with ExitStack() as stack:
        members = Members(Machine(root, _places(root, ports), authorities), ports, stack)
        for name in MEMBERS:
            members.start(name)
        for name in MEMBERS:
            members.wait_until_well(name)
        yield members


@contextmanager
def etcd(root: Path) -> Iterator[Machine]:
    with etcd_members(root) as members:
        yield members.machine


def own_machine(machine: Machine, name: str, ports: dict[int, int]) -> Machine:
    """A member's, in a folder of its own."""
    return replace(machine, root=machine.root / name, places=_own(machine, name, ports))


def member(machine: Machine, name: str, ports: dict[int, int]) -> tuple[list[str], dict[str, str]]:
    """Lays down what a member's machine is given; its command and its environment."""
    own = own_machine(machine, name, ports)
    own.lay_down(etcd_member_files(ETCD, name))
    own.lay_down((HostFile(STATE_FILE, etcd_state("new")),))
    ca, pki = machine.authorities["etcd"], own.path("/etc/etcd/pki")
    files = {"etcd-ca.crt": ca.certificate_pem}
    for use in ("server", "peer", "health-client"):
        files |= pair(f"etcd-{use}-{name}", signed(ca, f"etcd-{use}-{name}", server=True))
    write(pki, files)
    own.path("/var/lib/etcd").mkdir(parents=True, exist_ok=True)
    return unit(own, "etcd.service")


def unit(machine: Machine, name: str) -> tuple[list[str], dict[str, str]]:
    """Its command without the program, and its environment."""
    text = machine.path(f"/etc/systemd/system/{name}").read_text(encoding="utf-8")
    lines = text.replace("\\\n", "").splitlines()
    (start,) = [line.partition("=")[2] for line in lines if line.startswith("ExecStart=")]
    read = [line.partition("=")[2] for line in lines if line.startswith("EnvironmentFile=")]
    texts = [Path(path).read_text(encoding="utf-8") for path in read]
    variables = dict(line.split("=", 1) for text in texts for line in text.splitlines())
    return shlex.split(start)[1:], variables


def _own(machine: Machine, name: str, ports: dict[int, int]) -> dict[str, str]:
    """A member's own folder, and its own ports where it listens."""
    root = str(machine.root)
    places = {k: v.replace(root, f"{root}/{name}") for k, v in machine.places.items()}
    listening = {
        f"{host}:{port}": f"127.0.0.1:{mine}"
        for host in ("0.0.0.0", "127.0.0.1")
        for port, mine in ports.items()
    }
    return listening | places


def pair(name: str, of: Signed) -> dict[str, str]:
    return {f"{name}.crt": of.certificate_pem, f"{name}.key": of.key_pem}


@dataclass(frozen=True)
class ControlPlane:
    """One that answers. aws_url: of the AWS beside it, where it has one."""

    machine: Machine
    api_pid: int
    aws_url: str

    @property
    def url(self) -> str:
        return f"https://localhost:{self.machine.port(PORTS[0])}"

    def client(self, name: str, *groups: str, ca: str = "kubernetes") -> Signed:
        """A certificate of one of the cluster's authorities."""
        return signed(self.machine.authorities[ca], name, groups=groups)

    def ask(
        self,
        path: str,
        who: Signed | None = None,
        *,
        method: str = "GET",
        body: object = None,
        content_type: str = JSON,
        headers: dict[str, str] | None = None,
    ) -> bytes:
        """What it answers; urllib.error.HTTPError where it refuses. who: None is nobody."""
        data = None if body is None else json.dumps(body).encode()
        sent = {"Content-Type": content_type, **(headers or {})}
        request = urllib.request.Request(self.url + path, data, sent, method=method)
        context = context_for(self.machine, "kubernetes", who)
        with urllib.request.urlopen(request, context=context, timeout=ASK_SECONDS) as answer:
            return bytes(answer.read())

    def read(self, path: str, who: Signed | None) -> Any:
        return json.loads(self.ask(path, who))

    def status(self, path: str, who: Signed | None = None, **more: Any) -> int:
        """The answer's number, whatever it is."""
        try:
            self.ask(path, who, **more)
        except urllib.error.HTTPError as error:
            with error:
                return error.code
        return 200

    def failing(self) -> list[str]:
        """What keeps it from being ready, by its own word."""
        try:
            self.ask("/readyz")
        except urllib.error.HTTPError as error:
            with error:
                return re.findall(r"^\[-\](\S+)", error.read().decode(), re.MULTILINE)
        return []

    def stored(self, key: str) -> bytes:
        """What etcd itself holds."""
        who = signed(self.machine.authorities["etcd"], "kube-apiserver-etcd-client")
        body = json.dumps({"key": base64.b64encode(key.encode()).decode()}).encode()
        host = self.machine.here(f"{ETCD.host(MEMBERS[0])}:2379")
        with urllib.request.urlopen(
            urllib.request.Request(f"https://{host}/v3/kv/range", body),
            context=context_for(self.machine, "etcd", who), timeout=ASK_SECONDS,
        ) as answer:  # fmt: skip
            (found,) = json.loads(answer.read())["kvs"]
        return base64.b64decode(found["value"])


def context_for(machine: Machine, ca: str, who: Signed | None) -> ssl.SSLContext:
    context = machine.trusting(ca)
    if who is not None:
        folder = machine.root / "clients"
        name = f"{who.certificate.serial_number:x}"
        write(folder, pair(name, who))
        context.load_cert_chain(folder / f"{name}.crt", folder / f"{name}.key")
    return context


AUDIT = AuditLog(megabytes=1, backups=3, days=1, volume_gib=1)
SETTINGS = ApiServerSettings(audit=AUDIT)


@contextmanager
def control_plane(root: Path, settings: ApiServerSettings = SETTINGS) -> Iterator[ControlPlane]:
    """etcd, an API server, a controller manager and a scheduler, all as rendered."""
    by_kms = settings.switches.encryption == "kms"
    with etcd(root) as machine, serving_aws() as aws_url, ExitStack() as running:
        keys = {"key-1": made_key(aws_url)} if by_kms else {}
        controller = replace(CONTROLLER, kms_keys=keys, api_server=settings)
        machine.lay_down(controller_files(CLUSTER, controller))
        if not by_kms:
            encryption = render_local_encryption([NEW_KEY, OLD_KEY])
            machine.lay_down((HostFile(CONFIGURATION, encryption),))
        write(machine.path("/etc/kubernetes/pki"), _pki(machine))
        machine.path(settings.audit.folder).mkdir(parents=True)
        api = running.enter_context(static_pod(machine, "kube-apiserver", LOOPBACK))
        plane = ControlPlane(machine, api.pid, aws_url)
        if by_kms:  # comes late, and is waited for by what needs it alone
            wait_for(root, lambda: plane.failing() == ["kms-providers"])
            assert plane.ask("/livez") == b"ok", "nobody ends it for that"
            running.enter_context(_kms_plugin(machine, aws_url))
        wait_for(root, lambda: plane.ask("/readyz") == b"ok")
        for name, port in (("kube-controller-manager", 10257), ("kube-scheduler", 10259)):
            running.enter_context(static_pod(machine, name, ()))
            url = f"https://127.0.0.1:{machine.port(port)}/healthz"
            wait_for(root, lambda url=url: get(url, ssl._create_unverified_context()) == b"ok")
        yield plane


# A machine's own address is advertised; loopback may not be, so here nothing is.
LOOPBACK = ("--bind-address=127.0.0.1", "--advertise-address=127.0.0.1",
            "--endpoint-reconciler-type=none", "--shutdown-delay-duration=0s")  # fmt: skip


def command(machine: Machine, pod: str) -> list[str]:
    """Of a static pod, without its program."""
    text = machine.path(f"/etc/kubernetes/manifests/{pod}.yaml").read_text(encoding="utf-8")
    words: list[str] = yaml.safe_load(text)["spec"]["containers"][0]["command"]
    return words[1:]


def static_pod(machine: Machine, pod: str, more: tuple[str, ...]) -> Any:
    folder = machine.root / f"run-{pod}"
    folder.mkdir()
    given = {flag.partition("=")[0] for flag in more}
    flags = [flag for flag in command(machine, pod) if flag.partition("=")[0] not in given]
    return process(folder, pod, [*flags, *more])


def _kms_plugin(machine: Machine, aws_url: str) -> Any:
    machine.path(SOCKET_FOLDER).mkdir(parents=True)
    folder = machine.root / "run-kms-plugin"
    folder.mkdir()
    flags = command(machine, "kms-plugin-key-1")
    return process(folder, "kms-plugin", flags, variables=aws_variables(aws_url), source=OWN)


def _pki(machine: Machine) -> dict[str, str]:
    return controller_pki(machine.authorities) | _tokens()


def controller_pki(by: dict[str, Signed], hosts: tuple[str, ...] = ()) -> dict[str, str]:
    """What a controller is given. Certificates and their groups as in docs/adr/0022.

    hosts: what the API server is called beside localhost."""
    files = {f"{name}-ca.crt": ca.certificate_pem for name, ca in by.items()}
    files["kubelet-signing-ca.crt"] = by["kubelet"].certificate_pem
    # In a rotation, when the next one of each is trusted too: whoever takes one certificate ends.
    for name in by:
        files[f"{name}-ca.crt"] += authority(f"{name} 2").certificate_pem
    files["client-ca.crt"] = files["kubernetes-ca.crt"] + files["kubelet-ca.crt"]
    files["kubelet-ca.key"] = by["kubelet"].key_pem
    kubernetes = by["kubernetes"]
    files |= pair("kube-apiserver", signed(kubernetes, "kube-apiserver", server=True, hosts=hosts))
    files |= pair("authenticator", signed(kubernetes, "authenticator", server=True))
    for name, user in (
        ("kube-controller-manager", "system:kube-controller-manager"),
        ("kube-scheduler", "system:kube-scheduler"),
        ("kube-apiserver-kubelet-client", "kube-apiserver-kubelet-client"),
    ):
        files |= pair(name, signed(kubernetes, user))
    etcd_client = signed(by["etcd"], "kube-apiserver-etcd-client")
    files |= pair("kube-apiserver-etcd-client", etcd_client)
    files |= pair("front-proxy-client", signed(by["front-proxy"], "front-proxy-client"))
    accounts = authority("service-account")
    return files | {
        "service-account.key": accounts.key_pem,
        "service-account.pub": accounts.public_pem,
    }


def _tokens() -> dict[str, str]:
    """Static tokens, which only a server reads that has them turned on."""
    names = ("kube-controller-manager", "kube-scheduler")
    rows = [f"token-of-{name},system:{name},{name}" for name in names]
    rows.append(f'{STATIC_TOKEN},anna,anna,"{ADMINISTRATORS},system:masters"')
    files = {f"{name}.token": f"token-of-{name}" for name in names}
    return files | {"tokens.csv": "\n".join(rows) + "\n"}


def get(url: str, context: ssl.SSLContext | None = None) -> bytes:
    with urllib.request.urlopen(url, context=context, timeout=ASK_SECONDS) as answer:
        return bytes(answer.read())


def wait_for(root: Path, holds: Callable[[], object]) -> None:
    """Until it holds; NotReadyError with the programs' last words where it never does."""
    until = time.monotonic() + READY_SECONDS
    while True:
        try:
            if holds():
                return
        except (OSError, HTTPException, ValueError, KeyError):  # nobody listens yet, or says no
            pass
        if time.monotonic() > until:
            logs = sorted(root.glob("run-*/*.log"))
            last = [f"{p}:\n{p.read_text(errors='replace')[-2000:]}" for p in logs]
            raise NotReadyError("it did not come to hold:\n" + "\n".join(last))
        time.sleep(0.1)


def output_of(folder: Path, program: str, flags: list[str], seconds: float = 300) -> str:
    """What a program says that ends by itself."""
    folder.mkdir(parents=True, exist_ok=True)
    with process(folder, program, flags) as running:
        running.wait(seconds)
    return (folder / f"{program}.log").read_text(errors="replace")
