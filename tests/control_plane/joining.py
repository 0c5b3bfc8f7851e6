"""A real kubelet that joins a control plane of a test by a bootstrap token."""

import base64
from datetime import datetime, timedelta
from pathlib import Path

import yaml

from automation.bootstrap_tokens import Minted, mint
from machines.kubeconfig import render_certificate_kubeconfig
from machines.self_hosted_kubelet import (
    SelfHostedKubelet,
    kubelet_configuration,
    kubelet_flags,
)
from machines.yaml_text import to_yaml
from tests.control_plane.machine import ControlPlane, wait_for
from tests.control_plane.pki import Signed, write
from tests.machines.self_hosted import CLUSTER
from tests.tools.kubernetes import process

CERTIFICATE = "own/kubelet-client-current.pem"


def token_of(
    plane: ControlPlane, who: Signed, life: timedelta, started: datetime | None = None
) -> Minted:
    """As `heiiki bootstrap-token` makes one, with a kubeconfig as of administratorKubeconfig."""
    authority = plane.machine.authorities["kubernetes"].certificate_pem
    kubeconfig = render_certificate_kubeconfig(
        cluster_name=CLUSTER.name,
        api_server_endpoint=plane.url,
        certificate_authority_base64=base64.b64encode(authority.encode()).decode(),
        client_certificate_pem=who.certificate_pem,
        client_key_pem=who.key_pem,
    )
    now = {} if started is None else {"now": lambda: started}
    return mint(kubeconfig, life=life, description="of a test", **now)


def bearer(made: Minted) -> dict[str, str]:
    token = yaml.safe_load(made.kubeconfig)["users"][0]["user"]["token"]
    return {"Authorization": f"Bearer {token}"}


def join(plane: ControlPlane, folder: Path, name: str, made: Minted) -> Path:
    """The file with the certificate and its key that the kubelet was given, once it has it."""
    kubelet = SelfHostedKubelet("worker")
    # One that renews asks in the background, and ends before that where there is no containerd.
    here = {"failCgroupV1": False, "rotateCertificates": False}
    document = kubelet_configuration(CLUSTER, kubelet) | here
    text = to_yaml(document).replace("/etc/kubernetes/", f"{folder}/")
    write(folder, {"kubelet.yaml": text, "join": made.kubeconfig})
    authority = plane.machine.authorities["kubernetes"].certificate_pem
    write(folder / "pki", {"kubernetes-ca.crt": authority})
    paths = {"config": "kubelet.yaml", "bootstrap-kubeconfig": "join", "kubeconfig": "kubeconfig",
            "cert-dir": "own", "root-dir": "root"}  # fmt: skip
    flags = {flag.name: flag.value for flag in kubelet_flags(kubelet, ecr=False)}
    flags |= {flag: f"{folder}/{place}" for flag, place in paths.items()}
    flags["hostname-override"] = name
    with process(folder, "kubelet", [f"--{n}={v}" for n, v in flags.items()]):
        wait_for(folder, lambda: (folder / CERTIFICATE).stat().st_size)
    return folder / CERTIFICATE
