"""Keys and certificates of a control plane of our own: wires the table's rows, decides nothing."""

import base64
from typing import Any

import pulumi

from components.pki.authority import Authority
from components.pki.certificate import Certificate
from components.pki.service_account import ServiceAccountKey
from machines.kubeconfig import render_certificate_kubeconfig
from plan.pki.files import CLIENT_AUTHORITIES, KUBELET_SIGNING
from plan.pki.material import Supplied, joined
from plan.pki.table import ADMINISTRATOR, SERVICE_ACCOUNT, PkiPlan


class Pki(pulumi.ComponentResource):
    """Everything of the table.

    Outputs:
        contents: every file by its name (plan/pki/files.py says who reads which); keys are secret.
        not_after: ends by certificate, for plan/pki/expiry.py.
    """

    contents: dict[str, pulumi.Output[str]]
    not_after: dict[str, pulumi.Output[str]]

    def __init__(
        self,
        name: str,
        plan: PkiPlan,
        supplied: Supplied,
        *,
        opts: pulumi.ResourceOptions | None = None,
    ):
        super().__init__("heiiki:pki:Pki", name, None, opts)
        self._cluster = plan.names.cluster
        self.contents, self.not_after = {}, {}
        if plan.algorithm is None or plan.service_account_algorithm is None:
            self._hand_on(supplied)
        else:
            self._make(plan, supplied)
            child = pulumi.ResourceOptions(parent=self)
            tokens = ServiceAccountKey(
                plan.service_account, plan.service_account_algorithm, opts=child
            )
            self.contents[f"{SERVICE_ACCOUNT}.key"] = tokens.key
            self.contents[f"{SERVICE_ACCOUNT}.pub"] = tokens.public_keys
        for end in sorted(set(supplied.not_after) - set(self.not_after)):  # of issuers of tokens
            self.not_after[end] = pulumi.Output.from_input(supplied.not_after[end])
        trusted = [self.contents[f"{n}-ca.crt"] for n in ("kubernetes", "kubelet")]
        self.contents[CLIENT_AUTHORITIES] = pulumi.Output.all(*trusted).apply(joined)
        self.register_outputs({"notAfter": self.not_after})

    def administrator_kubeconfig(self, endpoint: pulumi.Input[str]) -> pulumi.Output[str] | None:
        """For the API at `endpoint`, secret: it holds the administrator's key. None where nothing
        is signed here."""
        if f"{ADMINISTRATOR}.key" not in self.contents:
            return None
        known = pulumi.Output.all(
            endpoint,
            *(self.contents[name] for name in ("kubernetes-ca.crt", f"{ADMINISTRATOR}.crt")),
            self.contents[f"{ADMINISTRATOR}.key"],
        )
        return pulumi.Output.secret(known.apply(self._kubeconfig))

    def _kubeconfig(self, known: list[Any]) -> str:
        endpoint, authority, certificate, key = known
        return render_certificate_kubeconfig(
            cluster_name=self._cluster,
            api_server_endpoint=endpoint,
            certificate_authority_base64=base64.b64encode(authority.encode()).decode(),
            client_certificate_pem=certificate,
            client_key_pem=key,
        )

    def _hand_on(self, supplied: Supplied) -> None:
        for name, text in supplied.texts.items():
            self.contents[name] = pulumi.Output.from_input(text)
        for name, key in supplied.keys.items():
            self.contents[name] = pulumi.Output.secret(key)
        for name, end in supplied.not_after.items():
            self.not_after[name] = pulumi.Output.from_input(end)
        self.contents[KUBELET_SIGNING] = pulumi.Output.from_input(supplied.signing["kubelet"])

    def _make(self, plan: PkiPlan, supplied: Supplied) -> None:
        assert plan.algorithm is not None
        child = pulumi.ResourceOptions(parent=self)
        authorities = {
            name: Authority(row, plan, supplied, opts=child)
            for name, row in plan.authorities.items()
            if not plan.is_foreign(name)
        }
        for name, made in authorities.items():
            self.contents[f"{name}-ca.crt"] = made.trusted
            if plan.authorities[name].key_readers:
                self.contents[f"{name}-ca.key"] = made.key
            self.not_after |= made.not_after
        for file in sorted(set(supplied.texts) - set(self.contents)):  # what others have signed
            self.contents[file] = pulumi.Output.from_input(supplied.texts[file])
            end = supplied.not_after[file.removesuffix(".crt")]
            self.not_after[file.removesuffix(".crt")] = pulumi.Output.from_input(end)
        self.contents[KUBELET_SIGNING] = authorities["kubelet"].certificate
        for row in plan.certificates.values():
            if plan.is_foreign(row.authority):
                continue
            signed = Certificate(
                row, plan.algorithm, authority=authorities[row.authority], opts=child
            )
            self.contents[f"{row.name}.crt"] = signed.certificate
            self.contents[f"{row.name}.key"] = signed.key
            self.not_after[row.name] = signed.not_after
