"""What user data says of a node's size and name, as far as it says anything.

Nothing of it is needed to join, as the facts of told.JOIN are; but without it a node runs as many
pods as its image guesses, and a name that its role is not mapped to is refused by the API server.
"""

from itertools import pairwise
from typing import Any, Final

from rules.unknowns import at, is_set

MAX_PODS: Final = "max pods"
NAMED_BY: Final = "named by"
INSTANCE_ID: Final = "the instance's id"
PRIVATE_DNS: Final = "the private DNS name"
FIXED: Final = "a fixed name"
_SOURCES: Final = {"instance-id": INSTANCE_ID, "private-dns-name": PRIVATE_DNS}


def of_node_config(config: Any) -> dict[str, str]:
    """Of nodeadm: maxPods, the expression for it, or the kubelet's flag; the gate for the name."""
    kubelet, found = at(config, "spec", "kubelet"), {}
    flags = at(kubelet, "flags")
    limited = at(kubelet, "config", "maxPods"), at(kubelet, "maxPodsExpression")
    by_flag = any(str(flag).startswith("--max-pods") for flag in _items(flags))
    if by_flag or any(is_set(limit) for limit in limited):
        found[MAX_PODS] = "given"
    gate = at(config, "spec", "featureGates", "InstanceIdNodeName")
    if gate is not None:
        found[NAMED_BY] = INSTANCE_ID if gate is True else PRIVATE_DNS
    return found


def of_bottlerocket(kubernetes: Any) -> dict[str, str]:
    """Of settings.kubernetes."""
    found = {MAX_PODS: "given"} if is_set(at(kubernetes, "max-pods")) else {}
    source = at(kubernetes, "hostname-override-source")
    if source in _SOURCES:
        found[NAMED_BY] = _SOURCES[source]
    if is_set(at(kubernetes, "hostname-override")):
        found[NAMED_BY] = FIXED
    return found


def of_bootstrap(line: str) -> dict[str, str]:
    """Of Amazon Linux 2: the kubelet's flag counts where the image's own table does not."""
    words = line.replace('"', " ").replace("'", " ").split()
    own = ("--use-max-pods", "false") in pairwise(words) or "--use-max-pods=false" in words
    limited = any(word.startswith("--max-pods") for word in words)
    return {MAX_PODS: "given"} if own and limited else {}


def _items(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []
