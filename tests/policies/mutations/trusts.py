"""Roles: who may take them, by which credentials or tokens."""

import json
from collections.abc import Iterator
from typing import Any

from tests.policies.mutations.mutation import Change, add, opens, rewrite
from tests.policies.mutations.parts import ROLE, supply
from tests.policies.mutations.stacks import ACCOUNT, FOREIGN, ORGANIZATION, REGION, Stack

FOREIGN_ROOT = f"arn:aws:iam::{FOREIGN}:root"
ISSUER = f"oidc.eks.{REGION}.amazonaws.com/id/0123456789ABCDEF"
OWN_PROVIDER = f"arn:aws:iam::{ACCOUNT}:oidc-provider/{ISSUER}"
TRUSTED = "CN-130 perimeter"
CLAIMS = "CN-161 CN-004"  # and nobody answers for the provider


def _trust(principal: Any, condition: Any = None, action: str = "sts:AssumeRole") -> Change:
    """A role trusts one more."""
    held = {} if condition is None else {"Condition": condition}
    statement = {"Effect": "Allow", "Principal": principal, "Action": action, **held}

    def more(document: dict[str, Any]) -> dict[str, Any]:
        return {**document, "Statement": [*document["Statement"], statement]}

    return rewrite(ROLE, "assumeRolePolicy", more)


def _web(provider: str, **claims: Any) -> Change:
    condition = {"StringEquals": claims.get("equal", {}), "StringLike": claims.get("like", {})}
    held = {operator: block for operator, block in condition.items() if block}
    return _trust({"Federated": provider}, held or None, "sts:AssumeRoleWithWebIdentity")


def _answered(principal: Any, condition: Any, action: str) -> Change:
    """The same, of a provider that somebody answers for."""

    def change(stack: Stack) -> Iterator[Stack]:
        answered = (*stack.boundary.supplied, supply(OWN_PROVIDER))
        for opened in _trust(principal, condition, action)(stack):
            yield opened.declaring(supplied=answered)

    return change


SUB, AUD = f"{ISSUER}:sub", f"{ISSUER}:aud"
STS = {AUD: "sts.amazonaws.com"}
GITHUB = "token.actions.githubusercontent.com"
UNREADABLE = {"assumeRolePolicy": "{", "name": "door"}
MUTATIONS = (
    opens("a role for a foreign account", TRUSTED, _trust({"AWS": FOREIGN_ROOT})),
    opens("a role for a foreign role", TRUSTED, _trust({"AWS": f"arn:aws:iam::{FOREIGN}:role/x"})),
    opens("a role for everybody", TRUSTED, _trust("*")),
    opens(
        "a role for everybody with an external id",
        TRUSTED,
        _trust({"AWS": "*"}, {"StringEquals": {"sts:ExternalId": "x"}}),
    ),
    opens(
        "a role for an organization with a wildcard",
        TRUSTED,
        _trust({"AWS": "*"}, {"StringLike": {"aws:PrincipalOrgID": "o-*"}}),
    ),
    opens(
        "a role for principals held to an account by IfExists",
        "CN-130",
        _trust({"AWS": "*"}, {"StringEqualsIfExists": {"aws:PrincipalAccount": ACCOUNT}}),
    ),
    opens(
        "a role for principals held to an organization by IfExists",
        TRUSTED,
        _trust({"AWS": "*"}, {"StringEqualsIfExists": {"aws:PrincipalOrgID": ORGANIZATION}}),
    ),
    opens("a role for every pod of the cluster", f"{CLAIMS} perimeter", _web(OWN_PROVIDER)),
    opens(
        "a role for tokens of any audience",
        f"{CLAIMS} perimeter",
        _web(OWN_PROVIDER, equal={SUB: "system:serviceaccount:a:b"}),
    ),
    opens("a role for tokens of any subject", f"{CLAIMS} perimeter", _web(OWN_PROVIDER, equal=STS)),
    opens(
        "a role for tokens whose subject is a wildcard",
        f"{CLAIMS} perimeter",
        _web(OWN_PROVIDER, equal=STS, like={SUB: "system:serviceaccount:*"}),
    ),
    opens(
        "a role for tokens with one claim among several",
        "CN-161",
        _answered(
            {"Federated": OWN_PROVIDER},
            {
                "ForAllValues:StringEquals": {AUD: "sts.amazonaws.com"},
                "Null": {AUD: "false"},
                "StringEquals": {SUB: "system:serviceaccount:a:b"},
            },
            "sts:AssumeRoleWithWebIdentity",
        ),
    ),
    opens(
        "a role for tokens of another issuer",
        TRUSTED,
        _web(
            f"arn:aws:iam::{FOREIGN}:oidc-provider/{ISSUER}",
            equal={**STS, SUB: "system:serviceaccount:a:b"},
        ),
    ),
    opens(
        "a role for all of GitHub",
        f"{CLAIMS} perimeter",
        _web(
            f"arn:aws:iam::{ACCOUNT}:oidc-provider/{GITHUB}",
            equal={f"{GITHUB}:aud": "sts.amazonaws.com"},
            like={f"{GITHUB}:sub": "repo:*"},
        ),
    ),
    opens(
        "a role for tokens of an issuer that calls its users as a cluster calls accounts",
        CLAIMS,
        _web(
            f"arn:aws:iam::{ACCOUNT}:oidc-provider/id.example",
            equal={
                "id.example:aud": "sts.amazonaws.com",
                "id.example:sub": "system:serviceaccount:a:b",
            },
        ),
    ),
    opens(
        "a role for a foreign SAML provider",
        TRUSTED,
        _trust(
            {"Federated": f"arn:aws:iam::{FOREIGN}:saml-provider/x"}, None, "sts:AssumeRoleWithSAML"
        ),
    ),
    opens(
        "a role for a SAML provider that nobody answers for",
        "CN-004",
        _trust(
            {"Federated": f"arn:aws:iam::{ACCOUNT}:saml-provider/people"},
            {"StringEquals": {"SAML:aud": "https://signin.aws.amazon.com/saml"}},
            "sts:AssumeRoleWithSAML",
        ),
    ),
    opens(
        "a role for service accounts of a cluster that nobody answers for",
        "CN-004",
        _web(OWN_PROVIDER, equal={**STS, SUB: "system:serviceaccount:a:b"}),
    ),
    opens(
        "a role for a public identity provider",
        TRUSTED,
        _trust({"Federated": "accounts.google.com"}, None, "sts:AssumeRoleWithWebIdentity"),
    ),
    *(
        opens(f"a role for holders of certificates of {whose}", "CN-130", _trust({"Service": name}))
        for whose, name in {
            "one's own authority": "rolesanywhere.amazonaws.com",
            "things": "credentials.iot.amazonaws.com",
            "an authority of another region": f"rolesanywhere.{REGION}.amazonaws.com",
        }.items()
    ),
    opens(
        "a role for every service of AWS",
        "CN-130",
        _trust("*", {"Bool": {"aws:PrincipalIsAWSService": "true"}}),
    ),
    opens(
        "a role for every service that acts for one's own account",
        "CN-130",
        _trust({"AWS": "*"}, {"StringEquals": {"aws:SourceAccount": ACCOUNT}}),
    ),
    opens("a role whose trust cannot be read", TRUSTED, add(ROLE, UNREADABLE)),
    opens(
        "a role bounded by a foreign policy",
        "CN-136",
        add(
            ROLE,
            {
                "name": "door",
                "permissionsBoundary": f"arn:aws:iam::{FOREIGN}:policy/x",
                "assumeRolePolicy": json.dumps(
                    {
                        "Version": "2012-10-17",
                        "Statement": [
                            {
                                "Effect": "Allow",
                                "Principal": {"Service": "ec2.amazonaws.com"},
                                "Action": "sts:AssumeRole",
                            }
                        ],
                    }
                ),
            },
        ),
    ),
)
