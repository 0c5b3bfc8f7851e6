"""Every fault in the inputs of a tls resource, each with its property and what to write instead."""

from collections.abc import Callable, Iterator, Mapping
from types import MappingProxyType
from typing import Final

from local.provider_answers import Failure, ProviderError
from local.provider_values import UNKNOWN, Properties, Value, has_unknown
from local.tls import certificates, keys
from local.tls.resources import Kind, Resource

_NAMES: Final[Mapping[Kind, str]] = MappingProxyType(
    {"str": "a text", "int": "a whole number", "bool": "true or false", "list": "a list of texts"}
)

_HOURS_MOST: Final = 2_562_047  # what Go's time.Duration holds: 292 years
_PATH_LENGTH_MOST: Final = 2**31 - 1


def faults(resource: Resource, inputs: Properties) -> list[Failure]:
    found = [*_unknown_properties(resource, inputs), *_missing(resource, inputs)]
    for property_, kind in resource.inputs.items():
        value = inputs.get(property_)
        if value is None or value is UNKNOWN:
            continue
        if kind == "subject":
            found += _subject_faults(value)
        elif not _is_of(kind, value):
            place = "" if property_ in _PRIVATE else property_
            found.append(Failure(place, f"{property_} must be {_NAMES[kind]}"))
        elif judge := _JUDGES.get(property_):
            found += judge(property_, value)
    # What follows reads several values together, so each must be sound by itself.
    return found or list(_together(resource, inputs))


def _unknown_properties(resource: Resource, inputs: Properties) -> Iterator[Failure]:
    for property_ in sorted(inputs.keys() - resource.inputs.keys()):
        if not property_.startswith("__"):
            known = ", ".join(sorted(resource.inputs))
            yield Failure("", f"{property_} is not a property; there are {known}")


def _missing(resource: Resource, inputs: Properties) -> Iterator[Failure]:
    for property_ in resource.required:
        if property_ not in inputs:
            yield Failure(property_, f"{property_} is missing")
    for pair in resource.one_of:
        given = [property_ for property_ in pair if property_ in inputs]
        if len(given) != 1:
            yield Failure("", f"give exactly one of {' and '.join(pair)}, not {len(given)}")


def _is_of(kind: Kind, value: Value) -> bool:
    if kind == "list":
        return isinstance(value, list) and all(i is UNKNOWN or isinstance(i, str) for i in value)
    if kind == "int":
        return isinstance(value, int) and not isinstance(value, bool)
    return isinstance(value, bool if kind == "bool" else str)


def _subject_faults(subject: Value) -> Iterator[Failure]:
    if not isinstance(subject, dict):
        yield Failure("subject", "subject must be an object such as {commonName: ...}")
        return
    for name, value in subject.items():
        path = f"subject.{name}"
        kind: Kind = "list" if name == "streetAddresses" else "str"
        if name not in certificates.SUBJECT_NAMES:
            known = ", ".join(sorted(certificates.SUBJECT_NAMES))
            yield Failure(path, f"{path} is not a property; there are {known}")
        elif has_unknown(value):
            continue
        elif not _is_of(kind, value):
            yield Failure(path, f"{path} must be {_NAMES[kind]}")
        elif value:
            try:
                certificates.name_part(name, value)
            except ValueError as error:
                yield Failure(path, f"{path} is {value!r}, which no certificate can hold: {error}")


def _one_of(allowed: tuple[str, ...]) -> "_Judge":
    def judge(property_: str, value: Value) -> Iterator[Failure]:
        if value not in allowed:
            yield Failure(
                property_, f"{property_} is {value!r}, and must be one of {', '.join(allowed)}"
            )

    return judge


def _between(least: int, most: int) -> "_Judge":
    def judge(property_: str, value: Value) -> Iterator[Failure]:
        if not least <= value <= most:
            yield Failure(property_, f"{property_} is {value}, and must be {least} to {most}")

    return judge


def _uses(property_: str, value: Value) -> Iterator[Failure]:
    for index, use in enumerate(value):
        if use is not UNKNOWN:
            yield from _one_of(certificates.ALLOWED_USES)(f"{property_}[{index}]", use)


def _general_names(property_: str, value: Value) -> Iterator[Failure]:
    for index, text in enumerate(value):
        if text is UNKNOWN:
            continue
        try:
            certificates.general_name(property_, text)
        except ValueError as error:
            path = f"{property_}[{index}]"
            yield Failure(path, f"{path} is {text!r}, which no certificate can hold: {error}")


def _loads(load: Callable[[str, str], object]) -> "_Judge":
    def judge(property_: str, value: Value) -> Iterator[Failure]:
        try:
            load(property_, value)
        except ProviderError as error:
            # Under its name the engine would show the value beside the reason, secret or not
            # (issueCheckErrors in step_generator.go of github.com/pulumi/pulumi, v3.250.0).
            yield Failure("", error.reason)

    return judge


_PRIVATE: Final = ("privateKeyPem", "privateKeyPemWo", "caPrivateKeyPem", "caPrivateKeyPemWo")
_Judge = Callable[[str, Value], Iterator[Failure]]
_JUDGES: Final[Mapping[str, _Judge]] = MappingProxyType(
    {
        "algorithm": _one_of(keys.ALGORITHMS),
        "ecdsaCurve": _one_of(tuple(keys.CURVES)),
        "rsaBits": _between(keys.RSA_BITS_LEAST, keys.RSA_BITS_MOST),
        "allowedUses": _uses,
        "earlyRenewalHours": _between(0, _HOURS_MOST),
        "validityPeriodHours": _between(0, _HOURS_MOST),
        "maxPathLength": _between(-1, _PATH_LENGTH_MOST),
        **dict.fromkeys(certificates.GENERAL_NAMES, _general_names),
        **dict.fromkeys(_PRIVATE, _loads(keys.load)),
        "caCertPem": _loads(lambda _, pem: certificates.load_certificate(pem)),
        "certRequestPem": _loads(lambda _, pem: certificates.load_request(pem)),
    }
)


def _together(resource: Resource, inputs: Properties) -> Iterator[Failure]:
    uses = inputs.get("allowedUses", [])
    if not has_unknown(uses):
        try:
            certificates.key_usage(uses)
        except ValueError:
            yield Failure(
                "allowedUses", "encipher_only and decipher_only say nothing without key_agreement"
            )
    if "subject" not in resource.inputs or has_unknown(inputs):
        return
    is_authority = inputs.get("isCaCertificate", False)
    if is_authority and not any((inputs.get("subject") or {}).values()):
        yield Failure("subject", "a certificate authority needs a subject with at least one name")
    has_key_id = is_authority or inputs.get("setSubjectKeyId", False)
    if inputs.get("setAuthorityKeyId", False) and not has_key_id:
        yield Failure(
            "setAuthorityKeyId",
            "setAuthorityKeyId names the key identifier of the certificate itself, which has none; "
            "set setSubjectKeyId too",
        )
