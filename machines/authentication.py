"""Who may ask the API servers without a certificate: nobody on most paths, and whom issuers name.

The file of kube-apiserver's --authentication-config (Kubernetes documentation, Authenticating, read
2026-11-29). What IAM says goes by the authenticator beside it (machines/authenticator.py).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from machines import checks
from machines.self_hosted_cluster import FOLDER
from machines.yaml_text import to_yaml

AUTHENTICATION = f"{FOLDER}/authentication-configuration.yaml"
HEALTH_PATHS = ("/livez", "/readyz", "/healthz")
OF_OTHERS = (
    "administrator",
    "heiiki",
    "system",
)  # prefixes of users and groups that are not theirs


@dataclass(frozen=True, slots=True)
class TokenIssuer:
    """An issuer of OpenID Connect tokens. name: without the colon, the prefix of its users and
    groups. authority_pem: what its host's certificate is held against."""

    name: str
    url: str
    authority_pem: str
    audiences: tuple[str, ...]
    username_claim: str = "sub"
    groups_claim: str | None = "groups"
    required_claims: Mapping[str, str] = field(default_factory=dict)


def render_authentication(issuers: Sequence[TokenIssuer] = ()) -> str:
    """Anonymous requests are answered on the paths of health, by which load balancers ask."""
    conditions = [{"path": path} for path in HEALTH_PATHS]
    document: dict[str, Any] = {
        "apiVersion": "apiserver.config.k8s.io/v1",
        "kind": "AuthenticationConfiguration",
        "anonymous": {"enabled": True, "conditions": conditions},
    }
    if issuers:
        document["jwt"] = [_jwt(issuer) for issuer in issuers]
    return to_yaml(document)


def _jwt(issuer: TokenIssuer) -> dict[str, Any]:
    """Every name that a token gives has the prefix, so that none is one of Kubernetes' own."""
    checks.host_name("issuers", issuer.name)
    if issuer.name in OF_OTHERS:
        raise checks.fault("issuers", issuer.name, "begins names that are not the issuer's")
    prefix = f"{issuer.name}:"
    mappings = {"username": {"claim": issuer.username_claim, "prefix": prefix}}
    if issuer.groups_claim is not None:
        mappings["groups"] = {"claim": issuer.groups_claim, "prefix": prefix}
    return {
        "issuer": {
            "url": issuer.url,
            "certificateAuthority": issuer.authority_pem,
            "audiences": list(issuer.audiences),
            "audienceMatchPolicy": "MatchAny",
        },
        "claimValidationRules": [
            {"claim": claim, "requiredValue": value}
            for claim, value in sorted(issuer.required_claims.items())
        ],
        "claimMappings": mappings,
        # An empty claim, or one that is null, would be a user with the prefix for a name.
        "userValidationRules": [
            {"expression": f"user.username != '{prefix}'", "message": "the token names nobody"}
        ],
    }
