"""Which authorities a machine trusts, shows and is signed by, by the names in its certificates."""

import os
from collections.abc import Iterator, Mapping
from pathlib import Path

from cryptography import x509

from local.machines import MachineHandle, MachinesError

KUBELET_CERTIFICATE = "/var/lib/kubelet/pki/kubelet-client-current.pem"  # with its key
FOLDERS = ("etc/kubernetes/pki", "etc/etcd/pki", "var/lib/kubelet/pki")
# Who listens with a certificate, by what a machine has: the file that only they have, their port.
LISTENING = {
    "etc/kubernetes/pki/kube-apiserver.crt": 6443,
    "var/lib/kubelet/pki/kubelet-server-current.pem": 10250,
    "etc/etcd/pki/etcd-ca.crt": 2379,
}


def names(pem: bytes) -> set[str]:
    """Common names of subjects and issuers of all certificates in it."""
    return {
        str(part.value)
        for certificate in x509.load_pem_x509_certificates(pem)
        for name in (certificate.subject, certificate.issuer)
        for part in name.get_attributes_for_oid(x509.NameOID.COMMON_NAME)
    }


def in_files(root: Path) -> Iterator[tuple[str, set[str]]]:
    """By path, of every file of certificates that programs read."""
    for folder in FOLDERS:
        for path in sorted((root / folder).glob("*")):
            # A link leads to one of them, by a path that is the machine's.
            reads = path.suffix in (".crt", ".pem") and not path.is_symlink()
            content = path.read_bytes() if reads else b""
            if b"BEGIN CERTIFICATE" in content:
                yield str(path.relative_to(root)), names(content)


def shown(machine: MachineHandle) -> Iterator[tuple[str, bytes]]:
    """By port, the certificates that whoever connects on the machine itself is shown, in PEM."""
    for file, port in LISTENING.items():
        if not os.path.lexists(machine.root() / file):
            continue
        # Who wants a client's certificate ends it without one, and has shown its own before.
        ask = ["openssl", "s_client", "-showcerts", "-connect", f"127.0.0.1:{port}"]
        said = machine.run(ask, check=False).stdout
        if "BEGIN CERTIFICATE" not in said:
            raise MachinesError(f"nobody shows a certificate at port {port}")
        yield f"port {port}", said.encode()


def of_machine(machine: MachineHandle) -> Mapping[str, set[str]]:
    """Names, by file and port."""
    ports = [(port, names(pem)) for port, pem in shown(machine)]
    return dict([*in_files(machine.root()), *ports])


def is_worker(machine: MachineHandle) -> bool:
    """Who shows what its kubelet asked for alone."""
    own = ("etc/kubernetes/pki/kube-apiserver.crt", "etc/etcd/pki/etcd-ca.crt")
    return not any((machine.root() / file).exists() for file in own)


def serials(machine: MachineHandle) -> set[int]:
    """Of what it shows at its ports, as whose that is and nobody else's: the first at each."""
    found = (x509.load_pem_x509_certificates(pem)[0] for _, pem in shown(machine))
    return {one.serial_number for one in found}
