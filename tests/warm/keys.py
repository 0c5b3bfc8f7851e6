"""The KMS key that stacks of tests encrypt their secrets with.

With a passphrase the engine makes a million rounds of PBKDF2 each time that it opens a stack, a
sixth of a second of processor time, and tests open hundreds. So theirs have a key of KMS, as teams'
stacks have, by the engine's own provider for it, which asks once. Who answers is a thread of the
tests' own process, since the embedded AWS is counted and emptied by what is tested. It has one key
and two actions, and encrypts with AES-GCM.

HEIIKI_COLD_TESTS=1 has passphrases everywhere; test_make.py has one at any rate.
"""

import base64
import functools
import json
import os
import threading
from collections.abc import Mapping
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

ALIAS = "alias/of-tests"
PROVIDER = f"awskms://{ALIAS}?region=us-east-1"
KMS_URL = "AWS_ENDPOINT_URL_KMS"  # by which AWS's SDKs find another KMS
# Of nobody: the service asks for none, and AWS's SDK for the engine does nothing without.
CREDENTIALS = {"AWS_ACCESS_KEY_ID": "of-tests", "AWS_SECRET_ACCESS_KEY": "of-tests"}
NONCE_BYTES = 12
_KEY = AESGCM(AESGCM.generate_key(256))


class RefusedError(Exception):
    """The text is AWS's name of what is wrong."""


def answer(action: str, asked: Mapping[str, str]) -> dict[str, bytes]:
    """What KMS says, with blobs as bytes; raises RefusedError.

    Source: https://docs.aws.amazon.com/kms/latest/APIReference/API_Decrypt.html and API_Encrypt.
    """
    if asked.get("KeyId", ALIAS) != ALIAS:
        raise RefusedError("NotFoundException")
    if action == "Encrypt":
        nonce, text = os.urandom(NONCE_BYTES), base64.b64decode(asked["Plaintext"])
        return {"CiphertextBlob": nonce + _KEY.encrypt(nonce, text, None)}
    if action == "Decrypt":
        text = base64.b64decode(asked["CiphertextBlob"])
        try:
            return {"Plaintext": _KEY.decrypt(text[:NONCE_BYTES], text[NONCE_BYTES:], None)}
        except InvalidTag:
            raise RefusedError("InvalidCiphertextException") from None
    raise RefusedError("UnknownOperationException")


class _Answers(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_POST(self) -> None:
        asked = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        action = self.headers["X-Amz-Target"].removeprefix("TrentService.")
        try:
            blobs = answer(action, asked)
        except RefusedError as error:
            self._say(400, {"__type": str(error)})
            return
        self._say(200, {name: base64.b64encode(blob).decode() for name, blob in blobs.items()})

    def _say(self, status: int, said: Mapping[str, str]) -> None:
        body = json.dumps(said).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/x-amz-json-1.1")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *arguments: object) -> None:
        """A line per request would bury what a failing test prints."""


@functools.cache
def key_service() -> str:
    """Where it answers, until this process ends."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Answers)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    return f"http://127.0.0.1:{server.server_port}"
