"""Issuers of tokens: those of EKS's clusters by their form, and whose cluster each is.

Whoever runs a cluster signs what he likes with its key, for any service account by name, and
whoever holds the key of a provider of SAML says who anybody is. So a role for tokens or assertions
trusts a provider that is made here, or that somebody answers for; that it is set up in an own
account does not tell whose key it takes (IAM user guide, create a role for a third-party identity
provider; read 2026-11-29).
"""

import re
from collections.abc import Iterator, Mapping
from typing import Any, Final

from rules.boundary import Boundary
from rules.bounds import allowances
from rules.documents import DocumentError, parse_document
from rules.hosts import AWS_SUFFIXES
from rules.identities import own_arn, parse_arn
from rules.model import Resource
from rules.unknowns import REGION, UNKNOWN, at, each

PROVIDER: Final = "aws:iam/openIdConnectProvider:OpenIdConnectProvider"
CLUSTER: Final = "aws:eks/cluster:Cluster"
_SAML_PROVIDER: Final = "aws:iam/samlProvider:SamlProvider"
_ROLE: Final = "aws:iam/role:Role"
_OF_TOKENS: Final = "oidc-provider/"
_SCHEME: Final = "https://"
# With more labels before the region, a host of AWS may be a customer's, such as that of a bucket.
_SUFFIX: Final = "|".join(map(re.escape, AWS_SUFFIXES))
_OF_EKS: Final = re.compile(rf"(?:{_SCHEME})?oidc\.eks\.{REGION.pattern}\.(?:{_SUFFIX})/id/.*")


def is_of_eks(url: Any) -> bool:
    """Whether an issuer is an EKS cluster's: oidc.eks.<region>.<suffix of a partition>/id/…"""
    return _OF_EKS.fullmatch(str(url)) is not None


def cluster_trusted(resource: Resource) -> Any:
    """The issuer that a provider of identities names, if it is, or may be, a cluster's."""
    url = resource.props.get("url") if resource.type == PROVIDER else None
    return url if url is UNKNOWN or is_of_eks(url) else None


def issuers_of(cluster: Mapping[str, Any]) -> Iterator[str]:
    """What a cluster's tokens are issued by, in both forms, by the cluster's outputs."""
    for _, identity in each(cluster.get("identities")):
        for _, one in each(at(identity, "oidcs")):
            if isinstance(url := at(one, "issuer"), str):
                yield from (url, url.removeprefix(_SCHEME))


def providers_trusted(role: Resource, boundary: Boundary) -> Iterator[tuple[str, str]]:
    """The ARN of each provider of an own account that a role trusts, with what trusts it.

    Of those elsewhere, and of what has no ARN, CN-130 speaks.
    """
    if role.type != _ROLE:
        return
    try:
        statements = parse_document(role.props.get("assumeRolePolicy"))
    except DocumentError:
        return
    for statement in allowances(statements):
        for kind, provider in statement.principals:
            if kind == "Federated" and own_arn(provider, boundary):
                yield f"assumeRolePolicy: the provider of {statement.label}", str(provider)


def names_of_provider(arn: str) -> tuple[str, ...]:
    """What else a provider is known by: what stands behind its account, and its issuer."""
    parsed = parse_arn(arn)
    resource = parsed.resource if parsed is not None else arn
    issuer = resource.removeprefix(_OF_TOKENS)
    return (resource, issuer, f"{_SCHEME}{issuer}") if issuer != resource else (resource,)


def provider_of(resource: Resource) -> Iterator[str]:
    """What stands behind the account in the ARN of a provider that is made here."""
    url, name = resource.props.get("url"), resource.props.get("name")
    if resource.type == PROVIDER and isinstance(url, str):
        yield f"{_OF_TOKENS}{url.removeprefix(_SCHEME)}"
    if resource.type == _SAML_PROVIDER and isinstance(name, str):
        yield f"saml-provider/{name}"
