"""Who may ask the API servers without a certificate: the paths of health, and whom issuers name."""

import pytest

from machines.authentication import HEALTH_PATHS, OF_OTHERS, TokenIssuer, render_authentication
from spec.issuers import _TAKEN
from tests.quick_yaml import loaded

PEM = "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"
CORP = TokenIssuer(
    "corp", "https://login.example.com:8443/realms/people", PEM, ("a", "b"), "email", "roles",
    {"tenant": "bank", "env": "prod"},
)  # fmt: skip


def test_anonymous_requests_are_answered_on_the_paths_of_health_alone_whoever_logs_in():
    for issuers in ((), (CORP,)):
        read = loaded(render_authentication(issuers))
        assert read["anonymous"] == {
            "enabled": True, "conditions": [{"path": path} for path in HEALTH_PATHS],
        }  # fmt: skip
        assert ("jwt" in read) is bool(issuers)


def test_an_issuer_is_told_with_its_authority_and_every_name_has_its_prefix():
    (told,) = loaded(render_authentication([CORP]))["jwt"]
    assert told == {
        "issuer": {
            "url": CORP.url, "certificateAuthority": PEM, "audiences": ["a", "b"],
            "audienceMatchPolicy": "MatchAny",
        },
        "claimValidationRules": [
            {"claim": "env", "requiredValue": "prod"},
            {"claim": "tenant", "requiredValue": "bank"},
        ],
        "claimMappings": {
            "username": {"claim": "email", "prefix": "corp:"},
            "groups": {"claim": "roles", "prefix": "corp:"},
        },
        "userValidationRules": [
            {"expression": "user.username != 'corp:'", "message": "the token names nobody"}
        ],
    }  # fmt: skip
    alone = TokenIssuer("corp", CORP.url, PEM, ("a",), groups_claim=None)
    (told,) = loaded(render_authentication([alone]))["jwt"]
    assert list(told["claimMappings"]) == ["username"]


@pytest.mark.parametrize("name", OF_OTHERS)
def test_no_issuer_is_called_as_names_of_others_begin(name: str):
    with pytest.raises(ValueError, match="begins names that are not the issuer's"):
        render_authentication([TokenIssuer(name, CORP.url, PEM, ("a",))])
    assert OF_OTHERS == _TAKEN, "the stack file refuses them too"
