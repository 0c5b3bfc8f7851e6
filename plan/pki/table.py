"""The table of keys and certificates of a control plane of our own, one row for each.

Who signs what, for which names, for how long, who reads the certificate, who reads the key, and
why. docs/self-hosted/pki.md is made from it, and so are the resources, the files in the secret
store, the checks of what is supplied and the tests. Which files they lie in: plan/pki/files.py.

No certificate is of the group system:masters: nobody could take such rights back before its end.
The administrator is of `heiiki:administrators`, which a binding gives cluster-admin
(plan/pki/bindings.py). Common names of kube programs: the Kubernetes documentation, PKI
certificates and requirements, and RBAC's default roles (read 2026-11-28).
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from ipaddress import IPv4Network

from plan.errors import Faults
from spec.pki import (
    AUTHORITY_NAMES,
    Algorithm,
    AuthoritiesSuppliedPki,
    AuthorityName,
    Generations,
    PkiSpec,
    SuppliedPki,
    ValiditySpec,
)

PATH = "controlPlane.pki"  # of the stack file
CONTROLLER, WORKER, ADMINISTRATOR = "controller", "worker", "administrator"
ADMINISTRATORS = "heiiki:administrators"  # the group
SERVICE_ACCOUNT = "service-account"  # the key pair that signs tokens
ETCD: AuthorityName = "etcd"
COMMON_NAME_MAX, LABEL_MAX, NAME_MAX = 64, 63, 253  # RFC 5280, appendix A.1; RFC 1035, 2.3.4
LOOPBACK = "127.0.0.1"
_LABEL = re.compile(r"[a-z0-9](?:[a-z0-9-]*[a-z0-9])?")


@dataclass(frozen=True, slots=True)
class ClusterNames:
    """What certificates are named by. api_names: the records of the API's endpoints.

    external_etcd: others run it, so it has no members here, and nothing of it is signed here.
    """

    cluster: str
    members: tuple[str, ...]
    service_cidr: IPv4Network
    internal_domain: str
    api_names: tuple[str, ...] = ()
    cluster_domain: str = "cluster.local"
    external_etcd: bool = False

    def member_name(self, member: str) -> str:
        """The DNS name of an etcd member."""
        return f"{member}.etcd.{self.internal_domain}"


@dataclass(frozen=True, slots=True)
class Authority:
    """An authority. readers and key_readers: roles of machines; supplied: by the operator."""

    name: AuthorityName
    generations: Generations
    supplied: bool
    readers: tuple[str, ...]
    key_readers: tuple[str, ...]
    why: str

    def common_name(self, cluster: str, generation: int) -> str:
        """Of its own for each generation, so that readers of both never take one for the other."""
        return f"{cluster} {self.name} authority {generation}"


@dataclass(frozen=True, slots=True)
class Certificate:
    """A program's certificate. hours and renew_hours are 0 where it is supplied."""

    name: str
    authority: AuthorityName
    common_name: str
    readers: tuple[str, ...]
    key_readers: tuple[str, ...]
    why: str
    hours: int
    renew_hours: int
    organizations: tuple[str, ...] = ()
    dns_names: tuple[str, ...] = ()
    ip_addresses: tuple[str, ...] = ()
    server: bool = False
    client: bool = False


@dataclass(frozen=True, slots=True)
class PkiPlan:
    """The table. algorithm is None where every file is supplied."""

    names: ClusterNames
    authorities: dict[AuthorityName, Authority]
    certificates: dict[str, Certificate]
    service_account: Generations
    algorithm: Algorithm | None
    service_account_algorithm: Algorithm | None
    authority_hours: int

    def is_foreign(self, authority: str) -> bool:
        """Whether others sign what is of this authority, and have its keys: nothing is made."""
        return self.names.external_etcd and authority == ETCD


def default_internal_domain(cluster: str) -> str:
    """The private zone of a cluster that names none."""
    return f"{cluster}.heiiki.internal"


def member_role(member: str) -> str:
    """The role of an etcd member, which no other member has."""
    return f"etcd-{member}"


def plan_pki(spec: PkiSpec, names: ClusterNames, *, where: str = "the stack file") -> PkiPlan:
    """The table for one cluster; PlanError with every name that no certificate can hold."""
    _check_names(spec, names, where)
    supplied = isinstance(spec, SuppliedPki)
    validity = ValiditySpec() if isinstance(spec, SuppliedPki) else spec.validity
    authorities = {row.name: row for row in _authorities(spec, names)}
    lives = (0, 0, 0) if supplied else _lives(validity)
    certificates = {row.name: row for row in _certificates(spec, names, lives)}
    if isinstance(spec, SuppliedPki):
        return PkiPlan(names, authorities, certificates, Generations(), None, None, 0)
    return PkiPlan(
        names,
        authorities,
        certificates,
        spec.rotation.service_account,
        spec.algorithm,
        spec.service_account_algorithm,
        validity.authority_days * 24,
    )


def _lives(validity: ValiditySpec) -> tuple[int, int, int]:
    """Hours of programs' certificates, hours before their end, hours of the administrator's."""
    programs, early = validity.certificate_days * 24, validity.renew_before_days * 24
    return programs, early, validity.administrator_hours


def _authorities(spec: PkiSpec, names: ClusterNames) -> Iterator[Authority]:
    members = tuple(member_role(member) for member in names.members)
    theirs: Sequence[str] = AUTHORITY_NAMES if isinstance(spec, SuppliedPki) else ()
    if isinstance(spec, AuthoritiesSuppliedPki):
        theirs = [name for name, _ in spec.authorities.each()]
    if names.external_etcd:
        theirs = [*theirs, ETCD]
    rows: tuple[tuple[AuthorityName, tuple[str, ...], tuple[str, ...], str], ...] = (
        ("kubernetes", (CONTROLLER, WORKER, ADMINISTRATOR), (),
         "Signs the API server and its clients. Whoever had its key could be anybody, so no "
         "machine has it"),
        ("kubelet", (CONTROLLER,), (CONTROLLER,),
         "Signs what kubelets ask for while the cluster runs, so controllers must have its key. "
         "The API server trusts it for clients beside the Kubernetes authority"),
        ("etcd", (CONTROLLER, *members), (),
         "Signs members and their few clients. etcd knows no other rights: whoever it signs for "
         "reads and writes everything"),
        ("front-proxy", (CONTROLLER,), (),
         "Signs the one client whose word on who a user is extension API servers take"),
    )  # fmt: skip
    for name, readers, key_readers, why in rows:
        own = Generations() if isinstance(spec, SuppliedPki) else spec.rotation.of(name)
        yield Authority(name, own, name in theirs, readers, key_readers, why)


def _certificates(
    spec: PkiSpec, names: ClusterNames, lives: tuple[int, int, int]
) -> Iterator[Certificate]:
    hours, renew_hours, administrator_hours = lives
    yield _api_server(spec, names, hours, renew_hours)
    for name, authority, common_name, why in _CLIENTS:
        foreign = names.external_etcd and authority == ETCD
        yield Certificate(
            name, authority, common_name, (CONTROLLER,), () if foreign else (CONTROLLER,), why,
            0 if foreign else hours, 0 if foreign else renew_hours, client=True,
        )  # fmt: skip
    yield Certificate(
        "authenticator", "kubernetes", "authenticator", (CONTROLLER,), (CONTROLLER,),
        "The API server asks the authenticator who an IAM token is of, on the same machine",
        hours, renew_hours, dns_names=("localhost",), ip_addresses=(LOOPBACK,), server=True,
    )  # fmt: skip
    for member in names.members:
        yield from _of_member(names, member, hours, renew_hours)
    if isinstance(spec, SuppliedPki):
        return  # people get theirs from whoever signs here
    yield Certificate(
        "administrator", "kubernetes", ADMINISTRATOR, (), (),
        "For people, while IAM cannot be asked. In no store: an output of the stack, secret, and "
        "short-lived, since no certificate can be taken back",
        administrator_hours, 0, organizations=(ADMINISTRATORS,), client=True,
    )  # fmt: skip


_CLIENTS: tuple[tuple[str, AuthorityName, str, str], ...] = (
    ("kube-apiserver-kubelet-client", "kubernetes", "kube-apiserver-kubelet-client",
     "The API server as a client of kubelets, for logs and exec. Of no group: a binding gives the "
     "name system:kubelet-api-admin"),
    ("kube-apiserver-etcd-client", "etcd", "kube-apiserver-etcd-client",
     "The API server as a client of etcd"),
    ("front-proxy-client", "front-proxy", "front-proxy-client",
     "The API server as the proxy before extension API servers, which take no other name"),
    ("kube-controller-manager", "kubernetes", "system:kube-controller-manager",
     "The name that Kubernetes binds its role to"),
    ("kube-scheduler", "kubernetes", "system:kube-scheduler",
     "The name that Kubernetes binds its role to"),
)  # fmt: skip


def _api_server(spec: PkiSpec, names: ClusterNames, hours: int, renew_hours: int) -> Certificate:
    service = "kubernetes.default.svc"
    dns = ("kubernetes", "kubernetes.default", service, f"{service}.{names.cluster_domain}",
           "localhost", f"api.{names.internal_domain}",
           *names.api_names, *spec.api_server_names)  # fmt: skip
    addresses = (LOOPBACK, str(names.service_cidr[1]), *map(str, spec.api_server_addresses))
    return Certificate(
        "kube-apiserver", "kubernetes", "kube-apiserver", (CONTROLLER,), (CONTROLLER,),
        "Under every name and address by which pods, machines and people reach it",
        hours, renew_hours, server=True,
        dns_names=tuple(dict.fromkeys(name.rstrip(".").lower() for name in dns)),
        ip_addresses=tuple(dict.fromkeys(addresses)),
    )  # fmt: skip


def _of_member(
    names: ClusterNames, member: str, hours: int, renew_hours: int
) -> Iterator[Certificate]:
    """Three of its own: a member that is taken over is no other member's end.

    The server's is a client's too, since etcd's own HTTP gateway dials the server with it
    (etcd-io/etcd issues 9785 and 16590). Members take each other by the name of a member in
    the peer's certificate (machines/etcd.py), so it holds that name and no other.
    """
    role, dns_name = (member_role(member),), names.member_name(member)
    rows = (
        (f"etcd-server-{member}", (dns_name, "localhost"), (LOOPBACK,), True,
         "Answers clients, and itself on the machine"),
        (f"etcd-peer-{member}", (dns_name,), (), True, "Answers and asks the other members"),
        (f"etcd-health-client-{member}", (), (), False,
         "The agent asks the member on its machine how it is"),
    )  # fmt: skip
    for name, dns_names, addresses, server, why in rows:
        yield Certificate(
            name, "etcd", name, role, role, why, hours, renew_hours,
            dns_names=dns_names, ip_addresses=addresses, server=server, client=True,
        )  # fmt: skip


def _check_names(spec: PkiSpec, names: ClusterNames, where: str) -> None:
    faults = Faults()
    if not names.members and not names.external_etcd:
        faults.add("controlPlane.etcd", "has no member; a control plane needs at least one")
    if names.service_cidr.num_addresses < 4:
        faults.add("controlPlane.serviceCidr", "has no room for a Service; write a wider one",
                   names.service_cidr)  # fmt: skip
    for member in names.members:
        _check_name(faults, "controlPlane.etcd", names.member_name(member))
        if len(f"etcd-health-client-{member}") > COMMON_NAME_MAX:
            faults.add("controlPlane.etcd", f"has a member whose name makes a common name of more "
                       f"than {COMMON_NAME_MAX} characters; shorten it", member)  # fmt: skip
    for name in (f"api.{names.internal_domain}", f"svc.{names.cluster_domain}"):
        _check_name(faults, "controlPlane.internalDomain", name)
    for name in names.api_names:
        _check_name(faults, "controlPlane.endpoints", name)
    for name in spec.api_server_names:
        _check_name(faults, f"{PATH}.apiServerNames", name.rstrip(".").lower())
    faults.raise_if_any(where=where)


def _check_name(faults: Faults, path: str, name: str) -> None:
    labels = name.split(".")
    if len(name) > NAME_MAX or any(len(label) > LABEL_MAX for label in labels):
        faults.add(path, f"makes a DNS name of {len(name)} characters; DNS takes {NAME_MAX}, and "
                   f"{LABEL_MAX} between two dots; shorten it", name)  # fmt: skip
    elif not all(_LABEL.fullmatch(label) for label in labels):
        faults.add(path, "makes a DNS name that no certificate holds for a host; write lower-case "
                   "letters, digits and hyphens between dots", name)  # fmt: skip
