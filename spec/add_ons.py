"""EKS add-ons and the features that decide which endpoints exist."""

from pydantic import Field

from spec.base import Spec


class AddOnsSpec(Spec):
    """What runs in every cluster, and what may be added. Versions come from the lock file."""

    vpc_cni: bool = Field(True, description="Pod networking. Off only if you bring another CNI.")
    core_dns: bool = Field(True, description="Cluster DNS.")
    kube_proxy: bool = Field(True, description="Service addresses on nodes.")
    pod_identity: bool = Field(
        True, description="Pod Identity agent: IAM roles for pods without the STS endpoint."
    )
    irsa: bool = Field(
        False, description="IAM roles for service accounts by web identity; adds the sts endpoint."
    )
    ebs_csi: bool = Field(False, description="EBS volumes for pods.")
    cluster_autoscaler: bool = Field(
        False, description="You install the Cluster Autoscaler: its endpoint and role are added."
    )
    container_logs: bool = Field(
        False, description="You ship container logs to CloudWatch: the logs endpoint is added."
    )
