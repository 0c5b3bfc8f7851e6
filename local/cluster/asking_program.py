"""Asks the API again and again: `python3 -I asking.py KUBECONFIG LOG`, where the operator is.

Twice a second, each time by a connection of its own, with whatever the kubeconfig says then. A line
of the log is when a question began, when it ended, and the status of the answer or what went wrong.
"""

from __future__ import annotations

import base64
import http.client
import os
import ssl
import sys
import tempfile
import time
from typing import Any
from urllib.parse import urlsplit

import yaml

PATH = "/api/v1/namespaces/default"
MEMORY = "/run"  # a key is on no disk
PAUSE_SECONDS = 0.5
ANSWER_SECONDS = 5.0


def client(text: str) -> tuple[str, ssl.SSLContext]:
    """host:port and whom it trusts and is, of a kubeconfig with a certificate."""
    document: dict[str, Any] = yaml.safe_load(text)
    cluster, user = document["clusters"][0]["cluster"], document["users"][0]["user"]
    authorities = base64.b64decode(cluster["certificate-authority-data"]).decode()
    context = ssl.create_default_context(cadata=authorities)
    pair = [base64.b64decode(user[f"client-{kind}-data"]) for kind in ("certificate", "key")]
    with tempfile.NamedTemporaryFile(dir=MEMORY) as file:
        file.write(b"\n".join(pair))
        file.flush()
        context.load_cert_chain(file.name)
    return urlsplit(cluster["server"]).netloc, context


def ask(text: str) -> str:
    try:
        host, context = client(text)
        connection = http.client.HTTPSConnection(host, timeout=ANSWER_SECONDS, context=context)
        try:
            connection.request("GET", PATH)
            answer = connection.getresponse()
            answer.read()
            return str(answer.status)
        finally:
            connection.close()
    except (OSError, http.client.HTTPException, KeyError, ValueError) as error:
        return f"{type(error).__name__}: {error}".replace("\n", " ")


def main() -> None:
    kubeconfig, log = sys.argv[1:]
    while True:
        began = time.time()
        with open(kubeconfig, encoding="utf-8") as file:
            said = ask(file.read())
        ended = time.time()
        with open(log, "a", encoding="utf-8") as lines:
            lines.write(f"{began:.3f} {ended:.3f} {said}\n")
        time.sleep(max(0.0, PAUSE_SECONDS - (ended - began)))


if __name__ == "__main__":
    os.umask(0o077)
    main()
