"""The tags of every resource, in one place."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from plan.errors import Faults

Ownership = Literal["owned", "shared"]


RESERVED = ("heiiki:", "kubernetes.io/cluster/", "kubernetes.io/role/", "eks:")
MOST_OWN_TAGS = 40  # AWS takes 50 on a resource; heiiki and EKS add theirs


def check_tags(own: Mapping[str, str], faults: Faults) -> None:
    """Note own tags that would be overwritten or are one key to IAM, and more than fit."""
    seen: dict[str, str] = {}
    for key in own:
        folded = key.casefold()  # to IAM, Owner and owner are one key
        if folded == "name" or folded.startswith(RESERVED):
            faults.add(f"tags.{key}", "is a key that heiiki or EKS sets; choose another", own[key])
        elif folded in seen:
            faults.add(f"tags.{key}", f"differs from tags.{seen[folded]} by case alone, and IAM "
                       "takes them for one key; keep one", own[key])  # fmt: skip
        seen.setdefault(folded, key)
    if len(own) > MOST_OWN_TAGS:
        faults.add("tags", f"are {len(own)}; write at most {MOST_OWN_TAGS}, AWS takes 50 with ours")


@dataclass(frozen=True)
class Tags:
    """Tags for one cluster: the operator's own, and what Kubernetes and people look for."""

    cluster: str
    own: Mapping[str, str]

    @property
    def cluster_key(self) -> str:
        """The key that cloud controllers find a cluster's resources by."""
        return f"kubernetes.io/cluster/{self.cluster}"

    def named(self, name: str, **more: str) -> dict[str, str]:
        """Tags of a resource: the operator's, Name, and heiiki's own mark of the cluster."""
        mark = {"heiiki:cluster": self.cluster}
        return dict(sorted({**self.own, **mark, "Name": f"{self.cluster}-{name}", **more}.items()))

    def for_kubernetes(self, name: str, ownership: Ownership, **more: str) -> dict[str, str]:
        """Tags of a resource that Kubernetes looks for; ours are owned, supplied ones shared."""
        return dict(sorted({**self.named(name, **more), self.cluster_key: ownership}.items()))
