"""The same words for the same thing in two environments, so that they can be compared.

Every environment has a name, a region, zones, an account, address blocks and ids of its own. What
follows from them is not a difference; it is replaced by what it stands for: `<cluster>`,
`<region>`, `<zone 1>`, `<account>`, `<vpc>+0.0.16.0/20`, `<subnet id>`.
"""

import re
from ipaddress import IPv4Address, IPv4Network

from plan.carry_in import bucket_names
from plan.names import bucket_name, group_name, zone_suffix
from plan.partitions import Partition
from plan.self_hosted.needs import MACHINES_BUCKET, internal_domain
from spec.cluster import ClusterSpec

# Before what, in a plan, a cluster's name stands. Searched for by this and not as a word: a
# cluster may be called node, s3 or aws.
_BEFORE_CLUSTER = ("kubernetes.io/cluster/", "/aws/eks/", "/heiiki/", "administrator:",
                   "heiiki:cluster=", "heiiki/cluster=")  # fmt: skip
_OBJECTS = ("bootstrap/", "snapshots/")  # of members of etcd, by cluster and generation of it
_CIDR = re.compile(r"\d+\.\d+\.\d+\.\d+/\d+")
_ID = re.compile(r"\b(eipalloc|igw|nat|pcx|pl|rtb|sg|subnet|tgw|vgw|vpc|vpce)-[0-9a-f]{8,17}\b")
_IMAGE_ID = re.compile(r"\bami-[0-9a-f]{8,17}\b")
_KEY_ARN = re.compile(r"(:kms:[^ ]*:key/)[A-Za-z0-9-]+")
_OWN = re.compile(r"aws:(Principal|Resource)(?:OrgID|Account)=(?:<account>|<organization>)")


class Neutral:
    """Rewrites the names, values and policies of one environment.

    same_region: image ids are those of a region; two of different regions tell nothing.
    """

    def __init__(
        self, spec: ClusterSpec, partition: Partition, account_id: str, *, same_region: bool
    ) -> None:
        vpc = spec.network.vpc
        self._blocks = (vpc.cidr, *vpc.secondary_cidrs)
        self._same_region = same_region
        self._words = _words(spec, partition, account_id)
        self._known: dict[str, str] = {}

    def __call__(self, text: str) -> str:
        """The text with what is the environment's own replaced."""
        if text not in self._known:  # most texts of a plan stand in it many times
            self._known[text] = self._replaced(text)
        return self._known[text]

    def _replaced(self, text: str) -> str:
        if _CIDR.fullmatch(text):
            return self._relative(IPv4Network(text))
        for real, pattern, word in self._words:
            if real in text:  # most are not, and to look for a pattern takes twenty times as long
                text = pattern.sub(word, text)
        text = _ID.sub(r"<\1 id>", _KEY_ARN.sub(r"\1<key id>", text))
        if not self._same_region:
            text = _IMAGE_ID.sub("<image id>", text)
        return _OWN.sub(r"aws:\1=own", text)

    def _relative(self, cidr: IPv4Network) -> str:
        """Where in the VPC a block lies; one that lies elsewhere is as it is."""
        for number, block in enumerate(self._blocks):
            if cidr.subnet_of(block):
                offset = IPv4Address(int(cidr.network_address) - int(block.network_address))
                which = f" {number + 1}" if number else ""
                return f"<vpc{which}>+{offset}/{cidr.prefixlen}"
        return str(cidr)


def _words(
    spec: ClusterSpec, partition: Partition, account_id: str
) -> tuple[tuple[str, re.Pattern[str], str], ...]:
    """What is replaced wherever it stands by itself, the longer words first: the text that is in
    whatever the pattern finds, the pattern, and what stands for it."""
    zones = {zone: f"<zone {number}>" for number, zone in enumerate(spec.availability_zones, 1)}
    buckets = bucket_names(spec, account_id)
    machines = bucket_name(spec.name, partition.region, account_id, MACHINES_BUCKET)
    words = {
        **{real: f"<bucket {name}>" for name, real in buckets.items()},
        machines: "<bucket of machines>",
        internal_domain(spec.name): "<internal domain>",
        **zones,
        partition.region: "<region>",
        partition.eks_image_account: "<account of EKS images>",
        account_id: "<account>",
        partition.api_dns_suffix: "<API suffix>",
        partition.dns_suffix: "<suffix>",
        "amazonaws.com": "<suffix>",  # service principals end so in other partitions too
        f"arn:{partition.name}": "arn:<partition>",
    }
    if spec.boundary.organization_id:
        words[spec.boundary.organization_id] = "<organization>"
    alone = [_found(old, new, before=r"(?<![A-Za-z0-9])", after=r"(?![A-Za-z0-9])")
             for old, new in words.items()]  # fmt: skip
    named = [_found(f"{before}{spec.name}", f"{before}<cluster>", after=r"(?![a-z0-9-])")
             for before in _BEFORE_CLUSTER]  # fmt: skip
    named += [_found(f"{before}{spec.name}", f"{before}<cluster>", after=r"(?=(?:-[0-9]+)?[/.])")
              for before in _OBJECTS]  # fmt: skip
    # A second member of etcd in a zone is 1a-2.
    suffixes = [_found(zone_suffix(zone), word, before=r"(?<=[-=/])",
                       after=r"(?=(?:-[0-9]+)?(?![A-Za-z0-9-]))")
                for zone, word in zones.items()]  # fmt: skip
    group = f"autoScalingGroupName/{group_name(spec.name, partition.region, '')}"
    groups = [_found(group, "autoScalingGroupName/<cluster>-<region>-")]
    return (*groups, *named, *alone, *suffixes)


def _found(
    real: str, word: str, *, before: str = "", after: str = ""
) -> tuple[str, re.Pattern[str], str]:
    """before, after: patterns of what stands around it."""
    return real, re.compile(f"{before}{re.escape(real)}{after}"), word
