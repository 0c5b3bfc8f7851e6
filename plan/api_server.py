"""What the API servers are asked for beside heiiki's own flags, held against what is known."""

import difflib

from plan.errors import Faults
from plan.fact_files import load_facts
from spec.api_server import ApiServerSpec

_FACTS = "feature_gates.yaml"
# Gates that other flags, or what keeps machines apart, stand on; and what each has to be.
_KEPT = {
    "RotateKubeletServerCertificate": (True, "kubelets ask for what they serve with"),
    "ServiceAccountNodeAudienceRestriction": (
        True,
        "a machine that was taken over asks for tokens of its own pods' audiences alone",
    ),
}


def check_api_server(
    asked: ApiServerSpec, version: str, path: str, faults: Faults, warnings: list[str]
) -> None:
    """Faults of gates that would stop the API servers or undo what heiiki keeps; a warning where
    no table says which the version has, and of tokens that never end. path: of the key."""
    if asked.static_tokens:
        warnings.append(
            f"{path}.staticTokens: such a token never ends, and whoever has read it is its user; "
            "the CIS benchmark asks for none (1.2.2)"
        )
    known = load_facts(_FACTS)["known"].get(version)
    for name, on in asked.feature_gates.items():
        at = f"{path}.featureGates.{name}"
        if name in _KEPT and on is not _KEPT[name][0]:
            faults.add(at, f"has to stay {str(_KEPT[name][0]).lower()}: {_KEPT[name][1]}; leave it "
                       "out", on)  # fmt: skip
        elif known is not None and name not in known:
            near = difflib.get_close_matches(name, known, n=1)
            meant = f"; did you mean {near[0]}?" if near else ""
            faults.add(at, f"is no feature gate of Kubernetes {version} that may be set, and would "
                       f"stop the API servers{meant}")  # fmt: skip
    if asked.feature_gates and known is None:
        warnings.append(
            f"{path}.featureGates: heiiki knows those of Kubernetes "
            f"{', '.join(load_facts(_FACTS)['known'])} and cannot judge those of {version}; one "
            "that it lacks stops the API servers"
        )
    for plugin in asked.admission_plugins:
        if asked.admission_plugins.count(plugin) > 1:
            faults.add(f"{path}.admissionPlugins", "names a plugin twice; name it once", plugin)
            break
