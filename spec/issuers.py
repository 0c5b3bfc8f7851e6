"""What may be asked of an issuer of tokens, by which people log in to the API servers."""

from typing import Annotated, Any

from pydantic import BeforeValidator, Field

from spec.base import Spec
from spec.etcd import FULL_NAME_OR_ADDRESS
from spec.fields import PrivateCidrs, Text
from spec.pki import Certificates

IssuerUrl = Annotated[
    str,
    Text(
        rf"(?=.{{1,255}}$)https://{FULL_NAME_OR_ADDRESS}(?::[1-9][0-9]{{0,4}})?"
        r"(?:/[A-Za-z0-9._~-]+)*/?",
        "must be an https URL of a full name or an IPv4 address, without a query, as the issuer "
        "writes it into its tokens, such as https://login.example.com/realms/people",
    ),
]
Claim = Annotated[
    str,
    Text(
        r"[A-Za-z0-9:/._-]{1,128}",
        "must be the name of a claim, such as sub or https://example.com/groups",
    ),
]
ClaimValue = Annotated[str, Text(r"[ -~]{1,256}", "must be 1 to 256 printable characters of ASCII")]
# Prefixes of names that Kubernetes and heiiki give themselves. A token could else name one.
_TAKEN = ("administrator", "heiiki", "system")


def _issuer_name(name: Any) -> Any:
    if name in _TAKEN:
        raise ValueError(
            "begins the names of users and groups that are not the issuer's; choose another name"
        )
    return name


IssuerName = Annotated[
    str,
    Text(
        r"[a-z](?:[a-z0-9-]{0,30}[a-z0-9])?",
        "must be 1 to 32 lower-case letters, digits and hyphens, beginning with a letter",
    ),
    BeforeValidator(_issuer_name),
]


class IssuerSpec(Spec):
    """An issuer of OpenID Connect tokens inside the network, such as the house's own login.

    API servers fetch its keys, and nobody else calls it. Whom it names they know as
    `<name>:<username>`, in groups `<name>:<group>`, so no token names a user or a group of another
    issuer, of IAM's or of Kubernetes' own.
    """

    url: IssuerUrl = Field(
        description="Its URL, below which .well-known/openid-configuration says where its keys "
        "are; that has to be the same host and port."
    )
    cidrs: PrivateCidrs = Field(
        min_length=1,
        description="Networks that it lies in, of the VPC or of a connection. Controllers may call "
        "them at the URL's port, and nobody else may.",
    )
    certificate_authority: Certificates = Field(
        description="Certificate of the authority that its own is of, in PEM; no other is believed."
    )
    audiences: tuple[ClaimValue, ...] = Field(
        min_length=1,
        max_length=16,
        description="For whom its tokens are, as it calls this cluster: one of them has to be in "
        "`aud`. A token for another program is refused.",
    )
    username_claim: Claim = Field("sub", description="Claim that is the user's name.")
    groups_claim: Claim | None = Field("groups", description="Claim that lists the user's groups.")
    required_claims: dict[Claim, ClaimValue] = Field(
        default_factory=dict, description="Claims that a token has to have, with their values."
    )
