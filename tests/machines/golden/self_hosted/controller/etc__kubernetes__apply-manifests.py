### 0600 root:root /etc/kubernetes/apply-manifests.py
"""Bring what controllers deliver into their cluster: `apply-manifests.py FOLDER PKI KUBECTL`.

Before the first of it is there, nobody has a right but the group `system:masters`, and no machine
is given a certificate of that. A controller has the key by which kubelets' certificates are signed,
and the API server takes those for clients': so it signs itself one that lives for minutes, of a key
that is nowhere but in memory and is gone when this ends.

With it the machine's own node is marked as a controller's: no node may mark itself, or a worker
that was taken over would draw pods to it that are the controllers'.
"""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import tempfile
import time

SERVER = "https://127.0.0.1:6443"
SUBJECT = "/O=system:masters/CN=heiiki:controller"
EARLY_SECONDS, LIFE_SECONDS = 60, 600  # clocks of two machines differ
COMMAND_SECONDS, NODE_SECONDS = 240, 120
MARK = "node-role.kubernetes.io/control-plane="
MEMORY = "/run"
# Of openssl: whoever signs here has no list of what it has signed, and no name that must not be.
AUTHORITY = """\
[ca]
default_ca = own
[own]
database = {folder}/index.txt
new_certs_dir = {folder}
rand_serial = yes
default_md = sha256
policy = any
x509_extensions = client
[any]
organizationName = supplied
commonName = supplied
[client]
basicConstraints = critical, CA:false
keyUsage = critical, digitalSignature
extendedKeyUsage = clientAuth
"""


def sign(folder: str, pki: str, now: float) -> None:
    """client.key and client.crt in the folder."""
    with open(os.path.join(folder, "index.txt"), "w"):
        pass
    with open(os.path.join(folder, "ca.conf"), "w") as file:
        file.write(AUTHORITY.format(folder=folder))
    key, request = os.path.join(folder, "client.key"), os.path.join(folder, "client.csr")
    run(["openssl", "req", "-new", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256",
         "-nodes", "-keyout", key, "-out", request, "-subj", SUBJECT])  # fmt: skip
    run(["openssl", "ca", "-batch", "-notext", "-config", os.path.join(folder, "ca.conf"),
         "-cert", os.path.join(pki, "kubelet-signing-ca.crt"),
         "-keyfile", os.path.join(pki, "kubelet-ca.key"),
         "-startdate", _time(now - EARLY_SECONDS), "-enddate", _time(now + LIFE_SECONDS),
         "-in", request, "-out", os.path.join(folder, "client.crt")])  # fmt: skip


def kubeconfig(folder: str, pki: str) -> str:
    cluster = {"server": SERVER, "certificate-authority": os.path.join(pki, "kubernetes-ca.crt")}
    user = {name: os.path.join(folder, f"client.{end}")
            for name, end in (("client-certificate", "crt"), ("client-key", "key"))}  # fmt: skip
    return json.dumps(
        {
            "apiVersion": "v1",
            "kind": "Config",
            "clusters": [{"name": "own", "cluster": cluster}],
            "contexts": [{"name": "own", "context": {"cluster": "own", "user": "own"}}],
            "current-context": "own",
            "users": [{"name": "own", "user": user}],
        }
    )


def main() -> None:
    manifests, pki, kubectl = sys.argv[1:]
    os.umask(0o077)
    with tempfile.TemporaryDirectory(dir=MEMORY) as folder:
        sign(folder, pki, time.time())
        file = os.path.join(folder, "kubeconfig")
        with open(file, "w") as written:
            written.write(kubeconfig(folder, pki))
        own, node = [kubectl, f"--kubeconfig={file}"], f"node/{socket.gethostname().lower()}"
        for words in (
            ["apply", "--server-side", "--force-conflicts", "--field-manager=heiiki",
             f"--filename={manifests}"],
            ["wait", "--for=create", node, f"--timeout={NODE_SECONDS}s"],
            ["label", "--overwrite", node, MARK],
        ):  # fmt: skip
            # It keeps what it has learnt of the API at home.
            print(run([*own, *words], home=folder), end="")


def _time(seconds: float) -> str:
    return time.strftime("%Y%m%d%H%M%SZ", time.gmtime(seconds))


def run(command: list[str], home: str = "/") -> str:
    environment = {**os.environ, "HOME": home}
    done = subprocess.run(
        command, capture_output=True, text=True, timeout=COMMAND_SECONDS, env=environment
    )
    if done.returncode != 0:
        sys.exit(f"{command[0]} ended with {done.returncode}: {done.stderr.strip()}")
    return done.stdout


if __name__ == "__main__":
    main()
