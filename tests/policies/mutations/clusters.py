"""EKS: its endpoint, its own egress, who administers it, what it runs outside the VPC."""

from model.deployment import Node
from tests.policies.mutations.mutation import ABSENT, add, build, edit, opens
from tests.policies.mutations.parts import CLUSTER, ROLE
from tests.policies.mutations.stacks import FOREIGN, REGION, Of, Stack

ENTRY = "aws:eks/accessEntry:AccessEntry"
POLICY_ASSOCIATION = "aws:eks/accessPolicyAssociation:AccessPolicyAssociation"
POD_IDENTITY = "aws:eks/podIdentityAssociation:PodIdentityAssociation"
ISSUER = "aws:iam/openIdConnectProvider:OpenIdConnectProvider"
ADDON = "aws:eks/addon:Addon"
ADMINISTERS = "arn:aws:eks::aws:cluster-access-policy/AmazonEKSClusterAdminPolicy"


def _of_nodes(stack: Stack) -> Node:
    """The role that nodes have an access entry for."""
    entry = stack.first(ENTRY, lambda node: node.resource.props.get("type") == "EC2_LINUX")
    return stack.first(ROLE, lambda node: node.resource.urn in entry.sources["principalArn"])


def _administers(stack: Stack) -> list[Node]:
    role, cluster = _of_nodes(stack), stack.first(CLUSTER)
    given = {"clusterName": Of(cluster, "name"), "principalArn": Of(role, "arn")}
    return [stack.makes(POLICY_ASSOCIATION, "door", {**given, "policyArn": ADMINISTERS})]


def _bound(stack: Stack) -> list[Node]:
    """Nodes in a group that a binding makes administrators, as it would people."""
    role, cluster = _of_nodes(stack), stack.first(CLUSTER)
    subject = {"kind": "Group", "name": "deployers", "apiGroup": "rbac.authorization.k8s.io"}
    to = {"kind": "ClusterRole", "name": "cluster-admin", "apiGroup": subject["apiGroup"]}
    binding = {
        "apiVersion": "rbac.authorization.k8s.io/v1", "kind": "ClusterRoleBinding",
        "metadata": {"name": "deployers"}, "subjects": [subject], "roleRef": to,
    }  # fmt: skip
    kind = "kubernetes:rbac.authorization.k8s.io/v1:ClusterRoleBinding"
    return [
        stack.makes(kind, "people", binding),
        stack.makes(ENTRY, "door", {
            "clusterName": Of(cluster, "name"), "principalArn": Of(role, "arn"),
            "kubernetesGroups": ["deployers"],
        }),
    ]  # fmt: skip


FOREIGN_ROLE = f"arn:aws:iam::{FOREIGN}:role/thief"
COREFILE = '{"corefile": ".:53 {\\nforward . 8.8.8.8\\n}"}'
MUTATIONS = (
    opens("a public endpoint", "CN-060", edit(CLUSTER, "vpcConfig.endpointPublicAccess", True)),
    opens(
        "a public endpoint by leaving it out",
        "CN-060",
        edit(CLUSTER, "vpcConfig.endpointPublicAccess", ABSENT),
    ),
    opens(
        "a public endpoint for one public address",
        "CN-060",
        edit(
            CLUSTER,
            "vpcConfig",
            {
                "endpointPublicAccess": True,
                "endpointPrivateAccess": True,
                "publicAccessCidrs": ["203.0.113.7/32"],
                "controlPlaneEgressMode": "CUSTOMER_ROUTED",
            },
        ),
        "reach",
    ),
    opens("no private endpoint", "CN-061", edit(CLUSTER, "vpcConfig.endpointPrivateAccess", False)),
    opens(
        "a control plane whose egress AWS routes",
        "CN-062",
        edit(CLUSTER, "vpcConfig.controlPlaneEgressMode", "AWS_MANAGED"),
    ),
    opens(
        "a control plane whose egress AWS routes by default",
        "CN-062",
        edit(CLUSTER, "vpcConfig.controlPlaneEgressMode", ABSENT),
    ),
    opens(
        "logs of a control plane left out",
        "CN-063",
        edit(CLUSTER, "enabledClusterLogTypes", ["api"]),
    ),
    opens("a cluster that one call deletes", "CN-064", edit(CLUSTER, "deletionProtection", False)),
    opens("a cluster of whichever version", "CN-065", edit(CLUSTER, "version", ABSENT)),
    opens(
        "a cluster that says nothing of the end of its support",
        "CN-066",
        edit(CLUSTER, "upgradePolicy", ABSENT),
    ),
    opens(
        "services with public addresses",
        "CN-067",
        edit(CLUSTER, "kubernetesNetworkConfig.serviceIpv4Cidr", "11.0.0.0/16"),
    ),
    opens(
        "a creator who stays administrator",
        "CN-068",
        edit(CLUSTER, "accessConfig.bootstrapClusterCreatorAdminPermissions", True),
    ),
    opens(
        "access by a ConfigMap alone",
        "CN-069",
        edit(CLUSTER, "accessConfig.authenticationMode", "CONFIG_MAP"),
    ),
    opens("pods with IPv6", "CN-070", edit(CLUSTER, "kubernetesNetworkConfig.ipFamily", "ipv6")),
    opens("nodes that administer their cluster", "CN-241", build(_administers)),
    opens("nodes in a group that administers their cluster", "CN-241", build(_bound)),
    opens(
        "a capability, which runs outside the VPC",
        "CN-071",
        add("aws:eks/capability:Capability", {"clusterName": "x", "type": "ARGOCD"}),
    ),
    opens(
        "an issuer of tokens outside",
        "CN-072",
        add(
            "aws:eks/identityProviderConfig:IdentityProviderConfig",
            {"clusterName": "x", "oidc": {"issuerUrl": "https://accounts.example"}},
        ),
    ),
    opens(
        "another issuer's tokens for roles",
        "CN-072",
        add(
            ISSUER,
            {
                "url": "https://token.actions.githubusercontent.com",
                "clientIdLists": ["sts.amazonaws.com"],
            },
        ),
    ),
    opens(
        "the issuer of a cluster of others",
        "CN-004",
        add(ISSUER, {"url": f"https://oidc.eks.{REGION}.amazonaws.com/id/0123456789ABCDEF"}),
    ),
    opens(
        "an issuer that only looks like EKS's",
        "CN-072",
        add(ISSUER, {"url": f"https://oidc.eks.{REGION}.amazonaws.com.evil.example/id/A"}),
    ),
    opens(
        "a foreign administrator",
        "CN-073",
        add(ENTRY, {"clusterName": "x", "principalArn": FOREIGN_ROLE}),
    ),
    opens(
        "a foreign principal with a policy of access",
        "CN-073",
        add(POLICY_ASSOCIATION, {"clusterName": "x", "principalArn": FOREIGN_ROLE}),
    ),
    opens(
        "pods that take a foreign role",
        "CN-074",
        add(POD_IDENTITY, {"clusterName": "x", "targetRoleArn": FOREIGN_ROLE}),
    ),
    opens(
        "remote nodes with public addresses",
        "CN-175",
        edit(CLUSTER, "remoteNetworkConfig", {"remoteNodeNetworks": {"cidrs": ["11.0.0.0/24"]}}),
    ),
    opens("EKS Auto Mode", "CN-176", edit(CLUSTER, "computeConfig", {"enabled": True})),
    opens(
        "load balancers made by EKS Auto Mode",
        "CN-176",
        edit(CLUSTER, "kubernetesNetworkConfig.elasticLoadBalancing", {"enabled": True}),
    ),
    opens(
        "a CoreDNS that asks outside",
        "CN-157",
        edit(
            ADDON,
            "configurationValues",
            COREFILE,
            lambda n: n.resource.props.get("addonName") == "coredns",
        ),
    ),
    opens("an add-on of a vendor", "CN-144", edit(ADDON, "addonName", "vendor_agent")),
    opens(
        "an add-on under a foreign role",
        "CN-136",
        edit(ADDON, "serviceAccountRoleArn", FOREIGN_ROLE),
    ),
    opens("a cluster under a foreign role", "CN-136", edit(CLUSTER, "roleArn", FOREIGN_ROLE)),
    opens(
        "secrets under a foreign key",
        "CN-136",
        edit(CLUSTER, "encryptionConfig.provider.keyArn", f"arn:aws:kms:{REGION}:{FOREIGN}:key/1"),
    ),
)
