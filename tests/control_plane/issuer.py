"""An issuer of OpenID Connect tokens on loopback, as a house has one for its people's log-in."""

import base64
import json
import ssl
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from cryptography.hazmat.primitives.hashes import SHA256

from machines.authentication import TokenIssuer
from tests.control_plane.pki import Signed, authority, signed, write

AUDIENCE, TENANT = "heiiki-dev", "bank"
SIZE = 32  # bytes of a number of P-256


@dataclass(frozen=True)
class Issuer:
    """url: as it calls itself in tokens. signer: of its host's certificate."""

    url: str
    signer: Signed
    key: ec.EllipticCurvePrivateKey

    @property
    def asked(self) -> TokenIssuer:
        """As the API server is told of it."""
        return TokenIssuer(
            name="corp", url=self.url, authority_pem=self.signer.certificate_pem,
            audiences=("another", AUDIENCE), required_claims={"tenant": TENANT},
        )  # fmt: skip

    def token(self, key: ec.EllipticCurvePrivateKey | None = None, **claims: Any) -> str:
        """A good one, but for these claims. key: that it is signed with, where not its own."""
        now = int(time.time())
        body = {
            "iss": self.url, "aud": AUDIENCE, "sub": "anna", "groups": ["viewers"],
            "tenant": TENANT, "iat": now, "exp": now + 3600, **claims,
        }  # fmt: skip
        head = _part({"alg": "ES256", "typ": "JWT", "kid": "1"})
        text = f"{head}.{_part(body)}"
        r, s = decode_dss_signature((key or self.key).sign(text.encode(), ec.ECDSA(SHA256())))
        return f"{text}.{_plain(r.to_bytes(SIZE, 'big') + s.to_bytes(SIZE, 'big'))}"


def _plain(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def _part(content: object) -> str:
    return _plain(json.dumps(content).encode())


def _documents(url: str, key: ec.EllipticCurvePrivateKey) -> dict[str, Any]:
    numbers = key.public_key().public_numbers()
    point = {axis: _plain(getattr(numbers, axis).to_bytes(SIZE, "big")) for axis in ("x", "y")}
    jwk = {"kty": "EC", "crv": "P-256", "alg": "ES256", "use": "sig", "kid": "1", **point}
    about = {
        "issuer": url, "jwks_uri": f"{url}/keys", "response_types_supported": ["id_token"],
        "subject_types_supported": ["public"],
        "id_token_signing_alg_values_supported": ["ES256"],
    }  # fmt: skip
    return {"/.well-known/openid-configuration": about, "/keys": {"keys": [jwk]}}


@contextmanager
def serving_issuer(folder: Path) -> Iterator[Issuer]:
    """One that answers until the block ends. folder: for its certificate."""
    signer, key = authority("of the login"), ec.generate_private_key(ec.SECP256R1())
    own = signed(signer, "login", server=True)
    write(folder, {"login.crt": own.certificate_pem, "login.key": own.key_pem})
    documents: dict[str, Any] = {}

    class Answers(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            found = documents.get(self.path)
            self.send_response(404 if found is None else 200)
            self.send_header("Content-Type", "application/json")
            self.end_headers()
            self.wfile.write(json.dumps(found).encode())

        def log_message(self, *_: object) -> None:
            """Nothing."""

    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(folder / "login.crt", folder / "login.key")
    with ThreadingHTTPServer(("127.0.0.1", 0), Answers) as server:
        server.socket = context.wrap_socket(server.socket, server_side=True)
        url = f"https://localhost:{server.server_address[1]}"
        documents |= _documents(url, key)
        answering = threading.Thread(target=server.serve_forever, daemon=True)
        answering.start()
        try:
            yield Issuer(url, signer, key)
        finally:
            server.shutdown()
            answering.join()
