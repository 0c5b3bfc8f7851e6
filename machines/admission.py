"""What the API server itself refuses of objects that anybody makes, with what to write instead."""

from collections.abc import Mapping, Sequence
from typing import Any

from machines.manifests import Document

_VERSION = "admissionregistration.k8s.io/v1"


def limit_manifests(
    name: str, resource: str, validations: Sequence[Mapping[str, str]], *,
    namespace: str | None = None, conditions: Sequence[Mapping[str, str]] = (),
) -> list[Document]:  # fmt: skip
    """A policy over a resource of the core group, and the binding that puts it in force.

    validations: CEL expressions that have to hold, each with the message of the refusal. namespace:
    where alone it is asked. conditions: which objects it is about.
    Source: https://kubernetes.io/docs/reference/access-authn-authz/validating-admission-policy/
    """
    rule = {
        "apiGroups": [""],
        "apiVersions": ["v1"],
        "operations": ["CREATE", "UPDATE"],
        "resources": [resource],
    }
    within = {"matchLabels": {"kubernetes.io/metadata.name": namespace}}
    policy: dict[str, Any] = {
        "failurePolicy": "Fail",
        "matchConstraints": {
            **({"namespaceSelector": within} if namespace is not None else {}),
            "resourceRules": [rule],
        },
        **({"matchConditions": [*conditions]} if conditions else {}),
        "validations": [*validations],
    }
    binding = {"policyName": name, "validationActions": ["Deny"]}
    return [
        {"apiVersion": _VERSION, "kind": kind, "metadata": {"name": name}, "spec": spec}
        for kind, spec in (
            ("ValidatingAdmissionPolicy", policy),
            ("ValidatingAdmissionPolicyBinding", binding),
        )
    ]
