"""What would break: features in use whose calls are stopped, one finding for each thing that does.

A feature that breaks opens nothing, so these findings leave the verdict alone; whether the network
is complete is said beside it.
"""

from collections.abc import Iterator

from model.build import Model
from model.deployment import Deployment
from proof.answers import Answers
from proof.asking import Stopped
from proof.calls import Calls
from proof.findings import COMPLETENESS, Finding, answered_by, owned_by
from rules.boundary import Boundary
from rules.exceptions import exception_for
from rules.features import FEATURES
from rules.model import Resource
from rules.namespaces import deaf_namespaces
from rules.table import DEAF_NAMESPACE

_NAMED = 4


def features_found(deployment: Deployment, model: Model, boundary: Boundary) -> Iterator[Finding]:
    """What stops calls of features, and what may."""
    answers = Answers(deployment, model.network, boundary)
    grouped: dict[tuple[str, ...], list[Stopped]] = {}
    for stopped in Calls(deployment, model, boundary).stopped():
        doubt = str(stopped.doubt or "")
        key = (stopped.rule.id, stopped.about, stopped.what, doubt)
        if stopped.doubt is not None and stopped.doubt.about is not None:
            key = (stopped.rule.id, "", stopped.what, doubt)
        grouped.setdefault(key, []).append(stopped)
    for group in grouped.values():
        yield _finding(group, deployment, answers)


def names_missed(deployment: Deployment, boundary: Boundary) -> Iterator[Finding]:
    """Namespaces whose pods may not ask for names."""
    for resource, what in deaf_namespaces(deployment.made):
        exception = exception_for(DEAF_NAMESPACE, resource, boundary)
        yield Finding(
            COMPLETENESS, DEAF_NAMESPACE.id, resource.name, resource.type, what,
            instead=DEAF_NAMESPACE.remedy, answered=answered_by(exception), urn=resource.urn,
        )  # fmt: skip


def _finding(group: list[Stopped], deployment: Deployment, answers: Answers) -> Finding:
    first = group[0]
    resource = _resource(first.about, deployment)
    used = {stopped.use.feature for stopped in group}
    features = tuple(feature for feature in FEATURES if feature in used)
    doubt, supply = first.doubt, None
    what = first.what if doubt is None else f"{first.what}: {doubt}"
    if doubt is not None and doubt.about is not None:
        supply = answers.supplies(doubt.about)
    exception = exception_for(first.rule, resource, answers.boundary)
    return Finding(
        COMPLETENESS, first.rule.id, resource.name, resource.type,
        f"{what}; {'then' if doubt is None else 'if so'} {_broken(group, features)}",
        _calls(group), " ".join(dict.fromkeys(stopped.instead for stopped in group)),
        decided=doubt is None,
        answered=answered_by(exception) or (owned_by(supply) if supply else ""),
        urn=resource.urn, missing=frozenset(doubt.missing if doubt is not None else ()),
        features=features,
    )  # fmt: skip


def _resource(key: str, deployment: Deployment) -> Resource:
    """What is declared here of the thing that stops a call."""
    node = deployment.nodes.get(key.partition("#")[0])
    return node.resource if node is not None else Resource("", key, key, {})


def _broken(group: list[Stopped], features: tuple[str, ...]) -> str:
    """Each feature with what it then does not do, and whose it is."""
    told = []
    for feature in features:
        # By name: the engine tells of resources in any order, and one fault is one sentence.
        whose = sorted({s.use.shown_by for s in group if s.use.feature == feature})
        named = ", ".join(whose[:_NAMED])
        more = f" and {len(whose) - _NAMED} more" if len(whose) > _NAMED else ""
        told.append(f"{FEATURES[feature].breaks} ({feature} of {named}{more})")
    return "; ".join(told)


def _calls(group: list[Stopped]) -> str:
    """The calls, with the machines that they come from."""
    listed = list(dict.fromkeys(a for s in group for a in s.actions or (s.call.service,)))
    names = sorted({s.use.machines.name for s in group})
    more = f" and {len(listed) - _NAMED} more" if len(listed) > _NAMED else ""
    senders = ", ".join(names[:_NAMED])
    rest = f" and {len(names) - _NAMED} more" if len(names) > _NAMED else ""
    return f"{senders}{rest} calls {', '.join(listed[:_NAMED])}{more}"
