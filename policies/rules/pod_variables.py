"""What `$(NAME)` stands for in a container: Kubernetes fills it in from the variables given."""

import re
from collections import Counter
from collections.abc import Mapping
from typing import Any, Final

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


def filled(text: str, known: Mapping[str, str]) -> str:
    """A text with what is known in place of variables; the others stay as they are."""
    return _VARIABLE.sub(lambda match: known.get(match[1], match[0]), text)
