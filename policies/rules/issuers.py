"""Issuers of tokens: those of EKS's clusters by their form, and whose cluster each is.

Whoever runs a cluster signs what he likes with its key, for any service account by name. So a role
for tokens trusts the issuer of a cluster that is made here, or that somebody answers for.
"""

import re
from collections.abc import Iterator, Mapping
from typing import Any, Final

from rules.hosts import AWS_SUFFIXES
from rules.model import Resource
from rules.unknowns import REGION, UNKNOWN, at, each

PROVIDER: Final = "aws:iam/openIdConnectProvider:OpenIdConnectProvider"
CLUSTER: Final = "aws:eks/cluster:Cluster"
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
