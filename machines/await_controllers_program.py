"""Is every API server as new as the kubelet here? `await-controllers SERVER CA KUBECONFIG KUBELET
AUTHENTICATOR WORD ...`: ends with 0 where none is older.

A kubelet must not be newer than any API server (Kubernetes, "Version Skew Policy", read
2026-11-30). Where the version rises, controllers and nodes are replaced at the same time, and
behind a load balancer old and new answer in turn: so each of its addresses is asked several times.
It is asked by who the machine is, as its kubelet does, and before that has joined. One that has a
kubeconfig of its own has joined, and starts again whoever answers.
"""

from __future__ import annotations

import http.client
import json
import os
import re
import socket
import ssl
import subprocess
import sys
from urllib.parse import urlsplit

ASKED, SECONDS = 4, 5  # of each address; that each answer may take
COMMAND_SECONDS = 20


class OneAddress(http.client.HTTPSConnection):
    """To this address, by the server's name."""

    def __init__(self, name: str, port: int, address: str, trusted: ssl.SSLContext) -> None:
        super().__init__(name, port, timeout=SECONDS)
        self._address, self._trusted = address, trusted

    def connect(self) -> None:
        plain = socket.create_connection((self._address, self.port), timeout=SECONDS)
        self.sock = self._trusted.wrap_socket(plain, server_hostname=self.host)


def minor(version: str) -> int:
    """v1.34.2 is minor 34."""
    found = re.search(r"v1\.(\d+)\.", version)
    if found is None:
        sys.exit(f"no version of Kubernetes: {version.strip()[:100]}")
    return int(found[1])


def addresses(name: str, port: int) -> list[str]:
    found = socket.getaddrinfo(name, port, socket.AF_INET, socket.SOCK_STREAM)
    return sorted({str(one[4][0]) for one in found})


def answers(connection: OneAddress) -> None:
    """OSError where nobody does, or somebody else."""
    connection.connect()
    connection.close()


def version_of(connection: OneAddress, token: str) -> str:
    """The version of whoever answers."""
    try:
        connection.request("GET", "/version", headers={"Authorization": f"Bearer {token}"})
        said = connection.getresponse()
        text = said.read()
    finally:
        connection.close()
    if said.status != 200:
        sys.exit(f"the API answers {said.status}")
    return str(json.loads(text)["gitVersion"])


def main() -> None:
    server, authority, kubeconfig, kubelet, *authenticator = sys.argv[1:]
    if os.path.exists(kubeconfig):
        return
    there = urlsplit(server)
    name, port = str(there.hostname), int(there.port or 443)
    trusted = ssl.create_default_context(cafile=authority)
    try:
        found = addresses(name, port)
        answers(OneAddress(name, port, found[0], trusted))  # or programs are asked in vain
        own = run([kubelet, "--version"])
        token = json.loads(run(authenticator))["status"]["token"]
        for address in found * ASKED:
            version = version_of(OneAddress(name, port, address, trusted), token)
            if minor(version) < minor(own):
                sys.exit(f"an API server is still {version}, older than {own.strip()}")
    except (OSError, http.client.HTTPException, subprocess.TimeoutExpired) as error:
        sys.exit(f"{server} is not asked yet: {error}")


def run(command: list[str]) -> str:
    environment = {**os.environ, "AWS_STS_REGIONAL_ENDPOINTS": "regional"}
    done = subprocess.run(
        command, capture_output=True, text=True, timeout=COMMAND_SECONDS, env=environment
    )
    if done.returncode != 0:
        sys.exit(f"{command[0]} ended with {done.returncode}: {done.stderr.strip()}")
    return done.stdout


if __name__ == "__main__":
    main()
