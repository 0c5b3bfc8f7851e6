"""The PKI of a control plane of our own as its cluster has it: names, and texts of others."""

from dataclasses import replace

from plan.api_endpoints import ApiEndpoints
from plan.errors import Faults, PlanError
from plan.etcd import EtcdPlan
from plan.external_etcd import ExternalEtcd
from plan.pki.files import plan_files
from plan.pki.table import PATH, ClusterNames, PkiPlan, plan_pki
from plan.self_hosted.needs import internal_domain
from spec.cluster import ClusterSpec
from spec.pki import AuthoritiesSuppliedPki, Generations, PkiSpec, SuppliedPki
from spec.self_hosted import SelfHostedSpec


def cluster_pki(
    spec: ClusterSpec, asked: SelfHostedSpec, etcd: EtcdPlan | ExternalEtcd,
    endpoints: ApiEndpoints, faults: Faults,
) -> PkiPlan:  # fmt: skip
    """The table; where a name fits into no certificate, that of names that do, with the fault."""
    external = isinstance(etcd, ExternalEtcd)
    members = () if isinstance(etcd, ExternalEtcd) else tuple(etcd.members) or ("1a",)
    names = ClusterNames(
        spec.name, members, asked.service_cidr, internal_domain(spec.name), endpoints.dns_names,
        external_etcd=external,
    )  # fmt: skip
    if external:
        _check_unsigned(asked.pki, faults)
    try:
        found = plan_pki(asked.pki, names)
        plan_files(found, public_texts(asked.pki) | foreign_texts(etcd))
    except PlanError as error:
        faults.extend(error)
        return plan_pki(asked.pki.model_copy(update={"api_server_names": ()}),
                        replace(names, api_names=()))  # fmt: skip
    return found


def _check_unsigned(asked: PkiSpec, faults: Faults) -> None:
    """Keys of an authority of etcd's, which signs nothing where others run it."""
    if isinstance(asked, AuthoritiesSuppliedPki) and asked.authorities.etcd is not None:
        faults.add(f"{PATH}.authorities.etcd", "signs nothing, since others run etcd; leave it "
                   "out: their authority is etcd.certificateAuthority")  # fmt: skip
    if not isinstance(asked, SuppliedPki) and asked.rotation.etcd != Generations():
        faults.add(f"{PATH}.rotation.etcd", "rotates nothing, since others run etcd; leave it "
                   "out")  # fmt: skip


def foreign_texts(etcd: EtcdPlan | ExternalEtcd) -> dict[str, str]:
    """Certificates of an etcd that others run, by the name of their file."""
    return etcd.certificates if isinstance(etcd, ExternalEtcd) else {}


def public_texts(asked: PkiSpec) -> dict[str, str]:
    """Certificates that the stack file holds, by the name of the file that they come to be in."""
    if isinstance(asked, SuppliedPki):
        return dict(asked.files)
    if isinstance(asked, AuthoritiesSuppliedPki):
        return {
            f"{name}-ca.crt": f"{supplied.certificate}\n{supplied.also_trusted or ''}"
            for name, supplied in asked.authorities.each()
        }
    return {}
