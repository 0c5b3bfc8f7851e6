"""An authority with every generation of it that is trusted, made or supplied."""

import pulumi
import pulumi_tls as tls

from components.pki.keys import pem_of, private_key
from plan.pki.material import Supplied, joined
from plan.pki.table import Authority as AuthorityRow
from plan.pki.table import PkiPlan

_USES = ["cert_signing", "crl_signing"]


class Authority(pulumi.ComponentResource):
    """One authority of the table.

    Creates   a key and a certificate for each trusted generation; nothing where it is supplied.
    Never     a renewal by itself: a certificate that took the place of one that machines trust
              would leave nothing that they believe. It ends, and is rotated before.
    Outputs:
        certificate, key: what signs; the key is secret.
        trusted: every trusted certificate in PEM, the one that signs first.
        not_after: ends of what is trusted, by name.
    """

    certificate: pulumi.Output[str]
    key: pulumi.Output[str]
    trusted: pulumi.Output[str]
    not_after: dict[str, pulumi.Output[str]]

    def __init__(
        self,
        row: AuthorityRow,
        plan: PkiPlan,
        supplied: Supplied,
        *,
        opts: pulumi.ResourceOptions | None = None,
    ):
        file_name = f"{row.name}-ca"
        super().__init__("heiiki:pki:Authority", file_name, None, opts)
        if row.supplied:
            self.certificate = pulumi.Output.from_input(supplied.signing[row.name])
            self.key = pulumi.Output.secret(supplied.keys[f"{file_name}.key"])
            self.trusted = pulumi.Output.from_input(supplied.texts[f"{file_name}.crt"])
            self.not_after = {file_name: pulumi.Output.from_input(supplied.not_after[file_name])}
        else:
            made = {n: self._declare(row, plan, n) for n in row.generations.trusted}
            key, certificate = made[row.generations.generation]
            self.certificate, self.key = certificate.cert_pem, pem_of(key)
            self.trusted = pulumi.Output.all(*(c.cert_pem for _, c in made.values())).apply(joined)
            self.not_after = {f"{n}-ca": c.validity_end_time for n, c in _named(row, made).items()}
        self.register_outputs({"trusted": self.trusted})

    def _declare(
        self, row: AuthorityRow, plan: PkiPlan, generation: int
    ) -> tuple[tls.PrivateKey, tls.SelfSignedCert]:
        name = f"{row.name}-ca-{generation}"
        child = pulumi.ResourceOptions(parent=self)
        key = private_key(name, plan.algorithm, child)
        certificate = tls.SelfSignedCert(
            name,
            private_key_pem=pem_of(key),
            is_ca_certificate=True,
            max_path_length=0,  # it signs programs' certificates and no other authority
            allowed_uses=_USES,
            validity_period_hours=plan.authority_hours,
            early_renewal_hours=0,
            subject={"common_name": row.common_name(plan.names.cluster, generation)},
            opts=child,
        )
        return key, certificate


def _named(
    row: AuthorityRow, made: dict[int, tuple[tls.PrivateKey, tls.SelfSignedCert]]
) -> dict[str, tls.SelfSignedCert]:
    """The one that signs by the authority's name, another by its generation too."""
    signing = row.generations.generation
    return {
        row.name if n == signing else f"{row.name}-{n}": certificate
        for n, (_, certificate) in made.items()
    }
