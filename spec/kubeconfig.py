"""What may be asked of the kubeconfig that people get, where they follow a name from cluster to
cluster."""

from pydantic import Field

from spec.api_endpoints import HostName
from spec.base import Spec
from spec.fields import Name, WholeNumber
from spec.pki import Certificates


class KubeconfigSpec(Spec):
    """The output kubeconfig: whom it calls, for whom its tokens are, and whose API it believes.

    Clusters that take each other's place say the same here, and people keep the file that they
    have. The administrator's kubeconfig stays one of this cluster alone.
    """

    dns_name: HostName | None = Field(
        None,
        description="Name that it calls, one of the API's certificate: an endpoint's, or of "
        "pki.apiServerNames. Default: the one that machines call.",
    )
    port: WholeNumber | None = Field(
        None,
        ge=1,
        le=65535,
        description="Port that it calls. Default: that of the endpoint of this name, or 6443.",
    )
    cluster_id: Name | None = Field(
        None,
        description="For whom tokens by IAM are, of people and machines: an API server takes those "
        "of its own id alone. Default: the cluster's name. Another one replaces controllers and "
        "nodes, one after the other.",
    )
    also_trusted: Certificates | None = Field(
        None,
        description="Authorities of other clusters whose API servers answer at the name, beside "
        "this one's. API servers take no client of theirs.",
    )
