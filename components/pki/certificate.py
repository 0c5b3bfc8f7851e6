"""A program's certificate and its key."""

import pulumi
import pulumi_tls as tls

from components.pki.authority import Authority
from components.pki.keys import pem_of, private_key
from plan.pki.table import Certificate as CertificateRow
from spec.pki import Algorithm


class Certificate(pulumi.ComponentResource):
    """One certificate of the table, signed by its authority's present generation.

    Creates   a key, a request, a certificate.
    Outputs:
        certificate, key: in PEM; the key is secret.
        not_after: its end.
    Replaces: another authority, name or use makes another certificate, and leaves the key.
    """

    certificate: pulumi.Output[str]
    key: pulumi.Output[str]
    not_after: pulumi.Output[str]

    def __init__(
        self,
        row: CertificateRow,
        algorithm: Algorithm,
        *,
        authority: Authority,
        opts: pulumi.ResourceOptions | None = None,
    ):
        super().__init__("heiiki:pki:Certificate", row.name, None, opts)
        child = pulumi.ResourceOptions(parent=self)
        key = private_key(row.name, algorithm, child)
        subject: tls.CertRequestSubjectArgsDict = {"common_name": row.common_name}
        if row.organizations:
            (subject["organization"],) = row.organizations
        request = tls.CertRequest(
            row.name,
            private_key_pem=pem_of(key),
            subject=subject,
            dns_names=list(row.dns_names) or None,
            ip_addresses=list(row.ip_addresses) or None,
            opts=child,
        )
        signed = tls.LocallySignedCert(
            row.name,
            cert_request_pem=request.cert_request_pem,
            ca_cert_pem=authority.certificate,
            ca_private_key_pem=authority.key,
            allowed_uses=_uses(row, algorithm),
            validity_period_hours=row.hours,
            early_renewal_hours=row.renew_hours,
            opts=child,
        )
        self.certificate, self.key = signed.cert_pem, pem_of(key)
        self.not_after = signed.validity_end_time
        self.register_outputs({"certificate": self.certificate})


def _uses(row: CertificateRow, algorithm: Algorithm) -> list[str]:
    """Only an RSA key can encipher another."""
    uses = ["digital_signature"]
    uses += ["key_encipherment"] if algorithm.startswith("RSA") else []
    uses += ["server_auth"] if row.server else []
    return uses + (["client_auth"] if row.client else [])
