"""Pull the image of pods' sandboxes: `python3 pause-image IMAGE CREDENTIAL-PROVIDER`.

containerd pulls it by itself, and without credentials, when the first pod starts: a registry that
asks who it is, as ECR does, refuses that. So it is there before the kubelet starts, pulled with
what the kubelet's own provider of credentials answers.
"""

from __future__ import annotations

import base64
import json
import os
import subprocess
import sys
import tempfile

CTR = ["ctr", "--namespace", "k8s.io", "images"]
PINNED = "io.cri-containerd.pinned=pinned"  # so that no cleaning up takes it away
API = "credentialprovider.kubelet.k8s.io/v1"
SECONDS = 120
RUN = "/run"  # in memory
HOSTS = """\
server = "{server}"
[host."{server}"]
capabilities = ["pull", "resolve"]
[host."{server}".header]
authorization = ["{header}"]
"""


def is_here(image: str) -> bool:
    listed = _run([*CTR, "list", "--quiet", f"name=={image}"])
    return image in listed.splitlines()


def authorization(image: str, provider: str) -> str:
    """As the registry wants it in a request."""
    asked = {"apiVersion": API, "kind": "CredentialProviderRequest", "image": image}
    answer = json.loads(_run([provider], json.dumps(asked)))
    (login,) = answer["auth"].values()
    pair = f"{login['username']}:{login['password']}"
    return f"Basic {base64.b64encode(pair.encode()).decode()}"


def pull(image: str, header: str) -> None:
    """The header is in a file that only root reads, and not among the arguments, which all do."""
    registry = image.partition("/")[0]
    with tempfile.TemporaryDirectory(dir=RUN) as folder:
        os.mkdir(os.path.join(folder, registry))
        with open(os.path.join(folder, registry, "hosts.toml"), "w") as hosts:
            hosts.write(HOSTS.format(server=f"https://{registry}", header=header))
        _run([*CTR, "pull", "--hosts-dir", folder, "--label", PINNED, image])


def main() -> None:
    image, provider = sys.argv[1:]
    if not is_here(image):
        pull(image, authorization(image, provider))


def _run(command: list[str], text: str = "") -> str:
    done = subprocess.run(command, input=text, capture_output=True, text=True, timeout=SECONDS)
    if done.returncode != 0:
        sys.exit(f"{command[0]} ended with {done.returncode}: {done.stderr.strip()}")
    return done.stdout


if __name__ == "__main__":
    main()
