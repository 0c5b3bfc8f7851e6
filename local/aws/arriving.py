"""What the endpoints' front tells the embedded AWS of a request, in headers of its own.

Whoever sends one from a machine is not believed: the front writes it in place of what came.
"""

import base64
import binascii
import json

FROM_VPC = "X-Embedded-Aws-From-Vpc"  # the VPC's id
# An endpoint's name: tell only whether its policy and the caller's let this call pass (204).
JUDGE = "X-Embedded-Aws-Judge"
HEADERS = (FROM_VPC, JUDGE)
NO_CONTENT = 204
REFUSED = "refused: "  # begins a line of the embedded AWS's log, for each refusal
ALLOWED = "allowed: "  # and for the first call of each action by each role: role, action


def registry_token(access_key: str, session_token: str) -> str:
    """ECR's, as `AWS:password` in base64: whose it is, so that each pull is that role's."""
    password = base64.urlsafe_b64encode(json.dumps([access_key, session_token]).encode()).decode()
    return base64.b64encode(f"AWS:{password}".encode()).decode()


def session_in(authorization: str | None) -> tuple[str, str] | None:
    """Access key and session token of who logs in to a registry; None of no session's."""
    scheme, _, token = (authorization or "").partition(" ")
    try:
        user, _, password = base64.b64decode(token, validate=True).decode().partition(":")
        found = json.loads(base64.urlsafe_b64decode(password))
    except (binascii.Error, ValueError):
        return None
    if scheme.lower() != "basic" or user != "AWS" or not isinstance(found, list):
        return None
    if len(found) != 2 or not all(isinstance(one, str) for one in found):
        return None
    return found[0], found[1]
