"""What is signed by an authority or a key of now: kept, to be tried when that signs no more, and
when nobody trusts it any more."""

import base64
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import yaml

from local.cluster.life import Cluster, Progress
from local.cluster.operator_tools import KUBECONFIGS
from local.cluster.signed_by import KUBELET_CERTIFICATE
from local.cluster.stack import NAME
from local.machines import MachinesError

# Which any certificate or token that is believed may ask, and nobody without one.
PATH = "/api"
IN_HANDSHAKE = (35, 55, 56)  # of curl: refused there, or with the first bytes after it
FOLDER = "root/signed-by"
AUTHORITIES = ("kubernetes", "kubelet", "etcd", "front-proxy")
TOKENS = "service-account"  # the key that signs them
# What may be rotated, as its files are called, and as the stack file calls it.
YAML_KEYS = {
    **{name: name for name in (*AUTHORITIES, TOKENS)},
    "front-proxy": "frontProxy",
    TOKENS: "serviceAccount",
}


@dataclass(frozen=True, slots=True)
class Signed:
    """By one authority or key. pem: certificate and key, or the token of a service account. role:
    of the machine that asks with it, and "" for the operator's."""

    url: str
    pem: str
    is_token: bool = False
    header: str = ""
    role: str = ""

    def answer(self, cluster: Cluster, name: str) -> str:
        """The status, or curl's own number where there is none. name: of a file for it."""
        machine = cluster.machines(self.role)[0] if self.role else cluster.operator
        folder = machine.root() / FOLDER
        folder.mkdir(mode=0o700, exist_ok=True)
        file = folder / name
        file.touch(mode=0o600)
        ask = ["curl", "--silent", "--insecure", "--http1.1", "--max-time", "20", "--output",
               "/dev/null", "--write-out", "%{http_code}"]  # fmt: skip
        if self.is_token:  # in a file, since every user of a machine sees arguments
            file.write_text(f'header = "Authorization: Bearer {self.pem.strip()}"\n', "utf-8")
            ask += ["--config", f"/{FOLDER}/{name}"]
        else:
            file.write_text(self.pem, encoding="utf-8")
            ask += ["--cert", f"/{FOLDER}/{name}"]
        if self.header:
            ask += ["--header", self.header]
        done = machine.run([*ask, self.url], check=False)
        return done.stdout if done.returncode == 0 else f"curl {done.returncode}"


@dataclass(frozen=True, slots=True)
class Former:
    """authorities: their names, of the generations that signed. signed: by name, of authorities
    and keys that are rotated."""

    authorities: frozenset[str]
    signed: Mapping[str, Signed]

    def is_believed(self, cluster: Cluster, progress: Progress = lambda _: None) -> None:
        """What it has signed is of use until it is dropped."""
        waiting = partial(unbelieved, cluster, self.signed)
        cluster.wait("what was signed before is believed", waiting, progress)

    def is_refused(self, cluster: Cluster) -> None:
        """MachinesError where something is believed, or what is signed now is not: then nothing
        would be shown by a refusal."""
        now = {name: one for name, one in signed_now(cluster).items() if name in self.signed}
        cluster.wait(
            "what is signed now is believed", partial(unbelieved, cluster, now), lambda _: None
        )
        taken = {name: one.answer(cluster, f"former-{name}") for name, one in self.signed.items()}
        if believed := [name for name, said in taken.items() if not is_refusal(said)]:
            raise MachinesError("what was dropped is still believed: "
                                + ", ".join(f"{n} ({taken[n]})" for n in believed))  # fmt: skip


def is_refusal(said: str) -> bool:
    return said == "401" or said in {f"curl {number}" for number in IN_HANDSHAKE}


def unbelieved(cluster: Cluster, signed: Mapping[str, Signed]) -> list[str]:
    told = {name: one.answer(cluster, name) for name, one in signed.items()}
    return [f"{name} is answered {said}" for name, said in told.items() if said != "200"]


def former_of(cluster: Cluster, generations: Mapping[str, int]) -> Former:
    """generations: that sign now, by name."""
    known = frozenset(
        f"{NAME} {name} authority {of}" for name, of in generations.items() if name in AUTHORITIES
    )
    signed = {n: one for n, one in signed_now(cluster).items() if n in generations}
    return Former(known, signed)


def signed_now(cluster: Cluster) -> dict[str, Signed]:
    """By name: something of each authority, and a token."""
    found: dict[str, Callable[[], Signed]] = {
        "kubernetes": partial(_administrator, cluster),
        "kubelet": partial(_kubelet, cluster),
        "front-proxy": partial(_front_proxy, cluster),
        TOKENS: partial(_token, cluster),
        **dict(_members(cluster)),
    }
    return {name: make() for name, make in found.items()}


def _kubeconfig(cluster: Cluster) -> tuple[str, str]:
    """The API's address, and the administrator's certificate with its key."""
    file = cluster.operator.root() / KUBECONFIGS["administratorKubeconfig"].lstrip("/")
    document = yaml.safe_load(file.read_text(encoding="utf-8"))
    user = document["users"][0]["user"]
    pair = [base64.b64decode(user[f"client-{kind}-data"]).decode() for kind in
            ("certificate", "key")]  # fmt: skip
    return f"{document['clusters'][0]['cluster']['server']}{PATH}", "\n".join(pair)


def _administrator(cluster: Cluster) -> Signed:
    url, pem = _kubeconfig(cluster)
    return Signed(url, pem)


def _kubelet(cluster: Cluster) -> Signed:
    pem = cluster.machines("worker")[0].run(["cat", KUBELET_CERTIFICATE]).stdout
    return Signed(_kubeconfig(cluster)[0], pem)


def _front_proxy(cluster: Cluster) -> Signed:
    pem = _pair(cluster.machines("controller")[0].root() / "etc/kubernetes/pki/front-proxy-client")
    return Signed(_kubeconfig(cluster)[0], pem, header="X-Remote-User: somebody")


def _token(cluster: Cluster) -> Signed:
    token = cluster.kubectl("create", "token", "default", "--duration=4h")
    return Signed(_kubeconfig(cluster)[0], token, is_token=True)


def _members(cluster: Cluster) -> Iterator[tuple[str, Callable[[], Signed]]]:
    """Of one member, which another one is asked with: its own machine may be replaced."""
    roles = cluster.members()
    if not roles:
        return
    member, other = min(roles), max(roles)

    def made() -> Signed:
        (machine,) = cluster.machines(roles[member])
        pem = _pair(machine.root() / f"etc/etcd/pki/etcd-health-client-{member}")
        host = f"{other}.etcd.{NAME}.heiiki.internal"
        return Signed(f"https://{host}:2379/health", pem, role=roles[member])

    yield "etcd", made


def _pair(path: Path) -> str:
    """Of a certificate and its key beside it. path: without their endings."""
    return "\n".join(Path(f"{path}.{end}").read_text(encoding="utf-8") for end in ("crt", "key"))
