"""What may be asked of the authorities, certificates and keys of a control plane of our own.

No key here holds a secret: private keys and the passphrase are secret values of Pulumi's
configuration under a namespace of their own (`heiiki-pki:<file name>`), beside heiiki's.
"""

from collections.abc import Iterator, Mapping
from typing import Annotated, Any, Literal, get_args

from pydantic import BeforeValidator, Field, WithJsonSchema, model_validator
from pydantic.alias_generators import to_camel

from spec.base import Spec, default_kind
from spec.fields import DomainName, Ipv4Address, Text, WholeNumber

AuthorityName = Literal["kubernetes", "kubelet", "etcd", "front-proxy"]
AUTHORITY_NAMES: tuple[AuthorityName, ...] = get_args(AuthorityName)
Algorithm = Literal["ECDSA-P256", "ECDSA-P384", "RSA-2048", "RSA-3072", "RSA-4096"]
SECRET_NAMESPACE = "heiiki-pki"  # of Pulumi's configuration
PASSPHRASE = "passphrase"  # the secret that encrypted keys are opened with

_CERTIFICATE = "-----BEGIN CERTIFICATE-----"
_PEM_SENTENCE = f"must be certificates in PEM, such as {_CERTIFICATE} and what follows it"


def yaml_key(name: str) -> str:
    """An authority's or a key pair's name as the stack file writes it: frontProxy."""
    return to_camel(name.replace("-", "_"))


def _certificates(value: Any) -> str:
    """Only certificates: what stands in a stack file is read by everybody who reads the stack."""
    if isinstance(value, str) and "PRIVATE KEY" in value:
        raise ValueError(
            "holds a private key, which no stack file may; write the certificates alone, and give "
            f"the key with pulumi config set --secret {SECRET_NAMESPACE}:<file name>"
        )
    if not isinstance(value, str) or not value.lstrip().startswith(_CERTIFICATE):
        raise ValueError(_PEM_SENTENCE)
    return value


def _public(value: Any) -> str:
    """Certificates, or for tokens the public keys."""
    if isinstance(value, str) and value.lstrip().startswith("-----BEGIN PUBLIC KEY-----"):
        return value
    return _certificates(value)


_PEM_SCHEMA = WithJsonSchema({"type": "string", "pattern": "^\\s*-----BEGIN "})
Certificates = Annotated[str, BeforeValidator(_certificates), _PEM_SCHEMA]
PublicPem = Annotated[str, BeforeValidator(_public), _PEM_SCHEMA]
FileName = Annotated[
    str,
    Text(
        r"[a-z0-9][a-z0-9-]{0,79}\.(?:crt|pub)",
        "must be a file's name as in the table of certificates, such as kube-apiserver.crt",
    ),
]


class Generations(Spec):
    """Which generation of a key signs, and which is trusted beside it.

    A rotation is three updates: trust the next one too, sign with it, trust the former one no
    more. Each ends before the next begins, so that nobody meets a signature that it does not know.
    """

    generation: WholeNumber = Field(
        1, ge=1, le=999, description="The generation that signs. Another number is another key."
    )
    also_trusted: WholeNumber | None = Field(
        None,
        ge=1,
        le=999,
        description="A neighbour that is trusted beside it: the next one before it signs, or the "
        "former one until nothing signed by it is in use.",
    )

    @model_validator(mode="after")
    def _neighbours(self) -> "Generations":
        other = self.also_trusted
        if other is not None and abs(other - self.generation) != 1:
            near = [n for n in (self.generation - 1, self.generation + 1) if n > 0]
            raise ValueError(
                f"alsoTrusted {other} is no neighbour of generation {self.generation}; write "
                f"{' or '.join(map(str, near))}, and rotate one generation at a time"
            )
        return self

    @property
    def trusted(self) -> tuple[int, ...]:
        """The one that signs first."""
        also = () if self.also_trusted is None else (self.also_trusted,)
        return (self.generation, *also)


class RotationSpec(Spec):
    """The generations of every authority's key and of the key that signs tokens."""

    kubernetes: Generations = Field(
        default_factory=Generations, description="Of the Kubernetes authority."
    )
    kubelet: Generations = Field(default_factory=Generations, description="Of that of kubelets.")
    etcd: Generations = Field(default_factory=Generations, description="Of that of etcd.")
    front_proxy: Generations = Field(
        default_factory=Generations, description="Of that of the aggregation layer."
    )
    service_account: Generations = Field(
        default_factory=Generations, description="Of the key that signs service accounts' tokens."
    )

    def of(self, name: str) -> Generations:
        """By the name of an authority or key pair, as files are called."""
        found = getattr(self, name.replace("-", "_"))
        assert isinstance(found, Generations)
        return found


class ValiditySpec(Spec):
    """How long certificates are valid, from when they are made."""

    authority_days: WholeNumber = Field(
        3650,
        ge=30,
        le=7300,
        description="Days of an authority. It is never renewed by itself, which would leave "
        "nothing that trusts it: rotate it.",
    )
    certificate_days: WholeNumber = Field(
        365, ge=1, le=3650, description="Days of the certificates of programs."
    )
    renew_before_days: WholeNumber = Field(
        30,
        ge=0,
        le=365,
        description="The first `up` within this many days of a program's certificate's end makes "
        "another.",
    )
    administrator_hours: WholeNumber = Field(
        24,
        ge=1,
        le=168,
        description="Hours of the administrator's certificate. The first `up` after its end makes "
        "another; nothing on a machine changes.",
    )

    @model_validator(mode="after")
    def _in_their_order(self) -> "ValiditySpec":
        if self.renew_before_days >= self.certificate_days:
            raise ValueError(
                f"renewBeforeDays {self.renew_before_days} leaves nothing of certificateDays "
                f"{self.certificate_days}: every `up` would make new ones; write fewer days"
            )
        if self.certificate_days >= self.authority_days:
            raise ValueError(
                f"certificateDays {self.certificate_days} outlives authorityDays "
                f"{self.authority_days}, which signs it; write fewer days"
            )
        return self


class ExpirySpec(Spec):
    """How near the end of a certificate may be, by the day of whoever asks."""

    warn_days: WholeNumber = Field(
        90, ge=1, le=3650, description="A preview warns of what ends within this many days."
    )
    fail_days: WholeNumber = Field(
        14, ge=0, le=3650, description="A preview fails when something ends within this many days."
    )

    @model_validator(mode="after")
    def _warned_first(self) -> "ExpirySpec":
        if self.fail_days >= self.warn_days:
            raise ValueError(
                f"failDays {self.fail_days} leaves no warning before it; write fewer than "
                f"warnDays {self.warn_days}"
            )
        return self


class _Pki(Spec):
    """What every kind has."""

    api_server_names: tuple[DomainName, ...] = Field(
        (), description="More names that the API server's certificate covers."
    )
    api_server_addresses: tuple[Ipv4Address, ...] = Field(
        (), description="More addresses that the API server's certificate covers."
    )
    expiry: ExpirySpec = Field(default_factory=ExpirySpec, description="How near an end may be.")

    @model_validator(mode="after")
    def _no_wildcards(self) -> "_Pki":
        for name in self.api_server_names:
            if name.startswith("*."):
                raise ValueError(
                    f"apiServerNames has {name}, which other hosts would answer to; write the "
                    "names of the API alone"
                )
        return self


class _Signing(_Pki):
    """What kinds have that make certificates themselves."""

    algorithm: Algorithm = Field(
        "ECDSA-P256", description="Of every key but the one that signs service accounts' tokens."
    )
    service_account_algorithm: Algorithm = Field(
        "RSA-2048",
        description="Of the key that signs service accounts' tokens. RS256 is what every reader of "
        "OpenID Connect tokens must take; ES256 is not.",
    )
    validity: ValiditySpec = Field(
        default_factory=ValiditySpec, description="How long certificates are valid."
    )
    rotation: RotationSpec = Field(
        default_factory=RotationSpec, description="Which generation of each key signs."
    )

    @model_validator(mode="after")
    def _renewed_before_it_fails(self) -> "_Signing":
        renewed, fails = self.validity.renew_before_days, self.expiry.fail_days
        if renewed < fails:
            raise ValueError(
                f"validity.renewBeforeDays {renewed} is less than expiry.failDays {fails}: what "
                f"ends within {fails} days would fail the `up` that alone could renew it; write "
                f"renewBeforeDays {fails} or more, or fewer failDays"
            )
        return self


class GeneratedPki(_Signing):
    """Four authorities of the cluster's own, whose keys are nowhere but in the stack's state."""

    kind: Literal["generate"] = "generate"


class SuppliedAuthority(Spec):
    """An authority of the operator's. Its key is the secret `heiiki-pki:<name>-ca.key`."""

    certificate: Certificates = Field(
        description="The authority's certificate alone. One that has signed it is not written: "
        "whoever that one signs for elsewhere would be a user of this cluster."
    )
    also_trusted: Certificates | None = Field(
        None,
        description="A second authority's certificate that is trusted beside it, for a rotation: "
        "the next one before it signs, or the former one.",
    )


class SuppliedAuthorities(Spec):
    """The Kubernetes authority is the one that anybody outside sees; the other three may be ours.

    No two may be the same: the key of one authority alone, that of kubelets, reaches machines, and
    whoever had it could then sign for the API server and for etcd too.
    """

    kubernetes: SuppliedAuthority = Field(
        description="Signs the API server's certificate and its clients'."
    )
    kubelet: SuppliedAuthority | None = Field(
        None, description="Signs what kubelets ask for. Its key reaches controllers."
    )
    etcd: SuppliedAuthority | None = Field(None, description="Signs members and their clients.")
    front_proxy: SuppliedAuthority | None = Field(
        None, description="Signs the client of the aggregation layer."
    )

    def each(self) -> Iterator[tuple[AuthorityName, SuppliedAuthority]]:
        """Those that are supplied, by name."""
        for name in AUTHORITY_NAMES:
            found = getattr(self, name.replace("-", "_"))
            if found is not None:
                yield name, found

    @model_validator(mode="after")
    def _apart(self) -> "SuppliedAuthorities":
        seen: dict[str, str] = {}
        for name, authority in self.each():
            text = "".join(authority.certificate.split())
            if text in seen:
                raise ValueError(
                    f"{yaml_key(name)} has the certificate of {yaml_key(seen[text])}; what one "
                    "signs the other must not trust, so give each an authority of its own"
                )
            seen[text] = name
        return self


class AuthoritiesSuppliedPki(_Signing):
    """Authorities of the operator's, by which heiiki signs. Those that are left out are made."""

    kind: Literal["caSupplied"]
    authorities: SuppliedAuthorities = Field(description="The authorities that are supplied.")

    @model_validator(mode="after")
    def _one_way_to_rotate(self) -> "AuthoritiesSuppliedPki":
        for name, _ in self.authorities.each():
            key = yaml_key(name)
            if self.rotation.of(name) != Generations():
                raise ValueError(
                    f"rotation.{key} counts generations of a supplied authority; write its next "
                    f"certificate under authorities.{key}.alsoTrusted instead"
                )
        return self


class SuppliedPki(_Pki):
    """Every file of the table of certificates from the operator; heiiki signs nothing.

    Each key is the secret `heiiki-pki:<file name>`, such as heiiki-pki:kube-apiserver.key.
    """

    kind: Literal["supplied"]
    files: Mapping[FileName, PublicPem] = Field(
        description="Each certificate by its file's name, in PEM."
    )


PkiSpec = Annotated[
    GeneratedPki | AuthoritiesSuppliedPki | SuppliedPki,
    Field(discriminator="kind"),
    default_kind("generate"),
]


def secrets_in(config: Mapping[str, str]) -> dict[str, str]:
    """What is secret, by file name, from Pulumi's configuration as the program is given it."""
    prefix = f"{SECRET_NAMESPACE}:"
    return {
        key.removeprefix(prefix): value for key, value in config.items() if key.startswith(prefix)
    }
