"""The local tls provider: real keys and certificates, kept in the engine's state alone.

As pulumi-tls 5.6.2, which wraps github.com/hashicorp/terraform-provider-tls: what was made never
changes; a change of what it was made from makes another.
"""

from collections.abc import Callable, Sequence
from datetime import UTC, datetime

from local.provider_answers import (
    Change,
    Checked,
    Difference,
    Failure,
    ProviderError,
    State,
    Subject,
)
from local.provider_protocol import LocalProvider
from local.provider_values import UNKNOWN, Properties, Secret
from local.tls import checks
from local.tls.resources import RESOURCES, Resource, is_ready_for_renewal

_CONFIG_KEYS = frozenset({"proxy", "version", "pluginDownloadURL"})
_SECRET_OUTPUTS = frozenset(
    {"caPrivateKeyPem", "privateKeyOpenssh", "privateKeyPem", "privateKeyPemPkcs8"}
)
_WRITE_ONLY = frozenset({"privateKeyPemWo", "caPrivateKeyPemWo"})


def _now() -> datetime:
    return datetime.now(UTC)


class TlsProvider(LocalProvider):
    package = "tls"
    version = "5.6.2"

    def __init__(self, now: Callable[[], datetime]):
        self._now = now

    def check_config(self, config: Properties) -> Sequence[Failure]:
        return [
            Failure(key, f"the tls provider has no setting {key}")
            for key in sorted(config.keys() - _CONFIG_KEYS)
            if not key.startswith("__")
        ]

    def configure(self, config: Properties) -> None:
        """Nothing to configure: nothing here reaches the network, so a proxy has no use."""

    def check(self, subject: Subject, olds: Properties, news: Properties, seed: bytes) -> Checked:
        return Checked(news, checks.faults(_resource(subject), news))

    def diff(
        self, subject: Subject, id_: str, outputs: Properties, olds: Properties, news: Properties
    ) -> Difference:
        resource = _resource(subject)
        former, wanted = {**resource.defaults, **olds}, {**resource.defaults, **news}
        changes = {
            property_: _change(resource, property_, former, wanted)
            for property_ in resource.inputs
            if former.get(property_) != wanted.get(property_)
        }
        early = wanted.get("earlyRenewalHours", UNKNOWN)
        if early is not UNKNOWN and is_ready_for_renewal(outputs, early, self._now()):
            changes["readyForRenewal"] = "UPDATE_REPLACE"
        return Difference(changes)

    def create(self, subject: Subject, inputs: Properties, preview: bool) -> State:
        resource = _resource(subject)
        wanted = {**resource.defaults, **inputs}
        if preview:
            return State("", _outputs(wanted, dict.fromkeys(resource.computed, UNKNOWN)), inputs)
        id_, made = resource.make(wanted, self._now().replace(microsecond=0))
        return State(id_, _outputs(wanted, made), inputs)

    def read(
        self, subject: Subject, id_: str, outputs: Properties, inputs: Properties
    ) -> State | None:
        resource = _resource(subject)
        if any(property_ not in outputs for property_ in resource.computed):
            raise ProviderError(
                f"a {subject.type} cannot be imported: it is nowhere but in the state of the stack "
                "that made it; let this stack make its own"
            )
        if "readyForRenewal" in resource.computed:
            ready = is_ready_for_renewal(outputs, outputs["earlyRenewalHours"], self._now())
            outputs = {**outputs, "readyForRenewal": ready}
        return State(id_, outputs, inputs)

    def update(
        self,
        subject: Subject,
        id_: str,
        outputs: Properties,
        olds: Properties,
        news: Properties,
        preview: bool,
    ) -> Properties:
        resource = _resource(subject)
        made = {name: outputs[name] for name in resource.computed}
        return _outputs({**resource.defaults, **news}, made)

    def delete(self, subject: Subject, id_: str, outputs: Properties, inputs: Properties) -> None:
        """Nothing to delete: it is nowhere but in the state."""


def _resource(subject: Subject) -> Resource:
    resource = RESOURCES.get(subject.type)
    if resource is None:
        raise ProviderError(
            f"the local tls provider does not know the resource type {subject.type}; there are "
            f"{', '.join(RESOURCES)}"
        )
    return resource


def _change(resource: Resource, property_: str, olds: Properties, news: Properties) -> Change:
    in_place = property_ in resource.in_place
    if olds.get(property_) is None:
        return "ADD" if in_place else "ADD_REPLACE"
    if news.get(property_) is None:
        return "DELETE" if in_place else "DELETE_REPLACE"
    return "UPDATE" if in_place else "UPDATE_REPLACE"


def _outputs(inputs: Properties, made: Properties) -> Properties:
    """Keys are secret by nature, whatever the program marked."""
    outputs = {k: v for k, v in {**inputs, **made}.items() if k not in _WRITE_ONLY}
    return {k: Secret(v) if k in _SECRET_OUTPUTS else v for k, v in outputs.items()}


def create_servicer(now: Callable[[], datetime] = _now) -> TlsProvider:
    """A provider to be served with provider_protocol.serve; `now` tells the time, in UTC."""
    return TlsProvider(now)
