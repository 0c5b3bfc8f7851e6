"""What a stack file has machines name within own domains: hosts, and registries of images.

Scripts of pools, the operator's own files on machines of a control plane of one's own, and an etcd
that others run.

Only names below `network.dns.allowedDomains` are proposed. That these are the operator's own,
somebody signs in `boundary.domains`; a host of anybody else in a script is a finding, and no
proposal.
"""

import re
from collections.abc import Iterator

from plan.cluster import ClusterPlan
from spec.beside import additions
from spec.etcd import ExistingEtcd
from spec.self_hosted import SelfHostedSpec

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
    texts = (*_scripts(plan), *_etcd(plan))
    found = (match[1].lower() for text in texts for match in _HOST.finditer(text))
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
    for added in additions(plan.spec).values():
        yield from (_COMMENT.sub("", written.content or "") for _, written in added.each())


def _etcd(plan: ClusterPlan) -> Iterator[str]:
    """Where an etcd answers that others run."""
    control_plane = plan.spec.control_plane
    if isinstance(control_plane, SelfHostedSpec) and isinstance(control_plane.etcd, ExistingEtcd):
        yield from control_plane.etcd.endpoints


def _below(host: str, domains: list[str]) -> bool:
    return any(f".{host}".endswith(f".{domain}") for domain in domains)
