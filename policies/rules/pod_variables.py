"""What `$(NAME)` stands for in a container: Kubernetes fills it in from the variables given."""

import re
from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Any, Final

from rules.shell_words import filled as with_variables
from rules.unknowns import at, each, is_set

_VARIABLE = re.compile(r"(?<!\$)\$\(([A-Za-z_][\w.-]*)\)")
# Addresses that the kubelet fills in are of the pod and its node; a name without a dot stands for
# them (Kubernetes, Expose Pod Information to Containers Through Environment Variables).
_FIELDS: Final = {"status.podIP": "pod-address", "status.hostIP": "node-address"}
# What every pod is told of the cluster's API, unless something else overrides it.
_API: Final = {
    "KUBERNETES_SERVICE_HOST": "kubernetes.default.svc",
    "KUBERNETES_SERVICE_PORT": "443",
    "KUBERNETES_SERVICE_PORT_HTTPS": "443",
}


def known_variables(container: Any) -> dict[str, str]:
    """The variables of a container whose values are known; one that is given twice is not."""
    listed = [variable for _, variable in each(at(container, "env"))]
    names = [at(variable, "name") for variable in listed]
    if not all(isinstance(name, str) for name in names):
        return {}  # one whose name is unknown may be any of them
    found = {} if is_set(at(container, "envFrom")) else dict(_API)
    for name, variable in zip(names, listed, strict=True):
        value = at(variable, "value")
        field = at(variable, "valueFrom", "fieldRef", "fieldPath")
        given = value if is_set(value) else _FIELDS.get(field) if isinstance(field, str) else None
        found.pop(name, None)
        if isinstance(given, str) and Counter(names)[name] == 1:
            found[name] = filled(given, found)
    return found


def for_shell(word: str, known: Mapping[str, str], words: Iterable[str]) -> str:
    """A word with the container's variables as a shell has them; as it is, where the words set one.

    HOSTNAME is what the pod is called.
    """
    if "$" not in word:
        return word
    told = {"HOSTNAME": "pod", **known}
    text = "\n".join(words)
    sets = rf"\bread\b|\b(?:{'|'.join(map(re.escape, told))})\+?="
    return word if re.search(sets, text) else with_variables(word, told)


def filled(text: str, known: Mapping[str, str]) -> str:
    """A text with what is known in place of variables; the others stay as they are."""
    return _VARIABLE.sub(lambda match: known.get(match[1], match[0]), text)
