"""What scripts of a stack file name within own domains: hosts, and registries of images.

Only names below `network.dns.allowedDomains` are proposed. That these are the operator's own,
somebody signs in `boundary.domains`; a host of anybody else in a script is a finding, and no
proposal.
"""

import re
from collections.abc import Iterator

from plan.cluster import ClusterPlan

_LABEL = r"[a-z0-9](?:[a-z0-9-]*[a-z0-9])?"
_HOST = re.compile(rf"(?<![\w.@-])(?:[\w.+-]+@)?({_LABEL}(?:\.{_LABEL})+)(?![\w-]|\.\w)", re.I)
# An image as programs are given it: no URL, and with a tag or a digest behind its path.
_IMAGE = re.compile(
    rf"(?<![\w./:@-])({_LABEL}(?:\.{_LABEL})+(?::\d{{1,5}})?)/[\w./-]+(?::[\w.-]+|@sha256:)", re.I
)
_COMMENT = re.compile(r"(?m)(?:^|\s)#(?!!).*$")


def hosts(plan: ClusterPlan, domains: list[str]) -> list[str]:
    """The hosts below own domains that scripts name, but for registries."""
    registries = {name.partition(":")[0] for name in _images(plan, domains)}
    found = (match[1].lower() for text in _scripts(plan) for match in _HOST.finditer(text))
    return [h for h in dict.fromkeys(found) if _below(h, domains) and h not in registries]


def registries(plan: ClusterPlan, domains: list[str]) -> list[str]:
    """The own account's registry, and those below own domains that scripts take images from."""
    own = f"{plan.account_id}.dkr.ecr.{plan.spec.region}.{plan.partition.dns_suffix}"
    return [own, *dict.fromkeys(_images(plan, domains))]


def _images(plan: ClusterPlan, domains: list[str]) -> Iterator[str]:
    for text in _scripts(plan):
        for match in _IMAGE.finditer(text):
            name = match[1].lower()
            if _below(name.partition(":")[0], domains):
                yield name


def _scripts(plan: ClusterPlan) -> Iterator[str]:
    for pool in plan.node_pools.values():
        if pool.script:
            yield _COMMENT.sub("", pool.script)


def _below(host: str, domains: list[str]) -> bool:
    return any(f".{host}".endswith(f".{domain}") for domain in domains)
