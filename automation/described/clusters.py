"""EKS clusters with their add-ons, pools and whoever is let in."""

from typing import Final

from automation.described.calls import Call, From, Kind

_NAMED: Final = {"clusterName": From("_cluster")}
_GONE: Final = ("ResourceNotFoundException",)


def _listed(operation: str, items: str) -> Call:
    """The names of what a cluster has, each with the cluster's."""
    return Call("eks", operation, items, {"clusterName": From("name")}, of=CLUSTERS)


def _described(operation: str, items: str, of: Call, **arguments: str) -> Call:
    named = {name: From(path) for name, path in arguments.items()}
    return Call("eks", operation, items, {"clusterName": From("_of.name"), **named}, of=of,
                none=_GONE)  # fmt: skip


NAMES: Final = Call("eks", "list_clusters", "clusters[].{name: @}", ids="[name]")
CLUSTERS: Final = Call(
    "eks", "describe_cluster", "[cluster]", {"name": From("name")}, of=NAMES, every=True,
    ids="[name, arn]", within="[resourcesVpcConfig.vpcId]", none=_GONE,
)  # fmt: skip
ADD_ONS: Final = _described(
    "describe_addon", "[addon]", _listed("list_addons", "addons[].{name: @}"), addonName="name"
)
NODE_GROUPS: Final = _described(
    "describe_nodegroup", "[nodegroup]", _listed("list_nodegroups", "nodegroups[].{name: @}"),
    nodegroupName="name",
)  # fmt: skip
FARGATE: Final = _described(
    "describe_fargate_profile", "[fargateProfile]",
    _listed("list_fargate_profiles", "fargateProfileNames[].{name: @}"), fargateProfileName="name",
)  # fmt: skip
# Of a cluster that its ConfigMap alone lets people into, EKS refuses to tell of entries: there are
# none (EKS API reference, ListAccessEntries, and CreateAccessConfigRequest; read 2026-11-29).
_WITH_ENTRIES: Final = Call(
    "eks", "describe_cluster", "[cluster][?accessConfig.authenticationMode!='CONFIG_MAP']",
    {"name": From("name")}, of=NAMES, every=True, ids="[name, arn]",
    within="[resourcesVpcConfig.vpcId]", none=_GONE,
)  # fmt: skip
_ENTRIES: Final = Call(
    "eks", "list_access_entries", "accessEntries[].{arn: @}", {"clusterName": From("name")},
    of=_WITH_ENTRIES,
)  # fmt: skip
ENTRIES: Final = _described("describe_access_entry", "[accessEntry]", _ENTRIES, principalArn="arn")
ENTRY_POLICIES: Final = _described(
    "list_associated_access_policies", "associatedAccessPolicies[]", _ENTRIES, principalArn="arn"
)
POD_IDENTITIES: Final = _described(
    "describe_pod_identity_association", "[association]",
    _listed("list_pod_identity_associations", "associations[].{id: associationId}"),
    associationId="id",
)  # fmt: skip
PROVIDERS: Final = _described(
    "describe_identity_provider_config", "[identityProviderConfig.oidc]",
    _listed("list_identity_provider_configs", "identityProviderConfigs[]"),
    identityProviderConfig="{type: type, name: name}",
)  # fmt: skip
CAPABILITIES: Final = _described(
    "describe_capability", "[capability]",
    _listed("list_capabilities", "capabilities[].{name: capabilityName}"), capabilityName="name",
)  # fmt: skip

_TEMPLATE: Final = "launchTemplate.{id: id, name: name, version: to_string(version)}"

KINDS: Final = (
    Kind(
        "aws:eks/cluster:Cluster", CLUSTERS, "name",
        {
            "name": "name", "version": "version", "roleArn": "roleArn",
            "vpcConfig": "resourcesVpcConfig.{subnetIds: subnetIds, "
            "securityGroupIds: securityGroupIds, endpointPublicAccess: endpointPublicAccess, "
            "endpointPrivateAccess: endpointPrivateAccess, publicAccessCidrs: publicAccessCidrs, "
            "controlPlaneEgressMode: controlPlaneEgressMode}",
            "accessConfig": "accessConfig", "upgradePolicy": "upgradePolicy",
            "enabledClusterLogTypes": "logging.clusterLogging[?enabled].types[]",
            "encryptionConfig": "encryptionConfig[0].{resources: resources, "
            "provider: {keyArn: provider.keyArn}}",
            "kubernetesNetworkConfig": "kubernetesNetworkConfig.{serviceIpv4Cidr: serviceIpv4Cidr, "
            "ipFamily: ipFamily, elasticLoadBalancing: elasticLoadBalancing}",
            "deletionProtection": "deletionProtection", "outpostConfig": "outpostConfig",
            "remoteNetworkConfig": "remoteNetworkConfig.{remoteNodeNetworks: "
            "remoteNodeNetworks[0], remotePodNetworks: remotePodNetworks[0]}",
            "computeConfig": "computeConfig", "storageConfig": "storageConfig",
            "zonalShiftConfig": "zonalShiftConfig", "tags": "tags",
        },
        {
            "arn": "arn", "endpoint": "endpoint",
            "vpcConfig": "resourcesVpcConfig.{clusterSecurityGroupId: clusterSecurityGroupId}",
            "certificateAuthority": "certificateAuthority",
        },
        silent=(
            "bootstrapSelfManagedAddons", "controlPlaneScalingConfig", "defaultAddonsToRemoves",
            "forceUpdateVersion", "kubeApiServerConfig", "kubeControllerManagerConfig",
            "kubeSchedulerConfig",
        ),
    ),
    Kind(
        "aws:eks/addon:Addon", ADD_ONS, "join(':', [clusterName, addonName])",
        {
            "clusterName": "clusterName", "addonName": "addonName", "addonVersion": "addonVersion",
            "configurationValues": "configurationValues",
            "serviceAccountRoleArn": "serviceAccountRoleArn", "tags": "tags",
            # For whom each of them is, the associations tell, which are read themselves.
            "podIdentityAssociations": "podIdentityAssociations[].{associationArn: @}",
        },
        silent=(
            "namespaceConfig", "preserve", "resolveConflictsOnCreate", "resolveConflictsOnUpdate",
        ),
    ),
    Kind(
        "aws:eks/nodeGroup:NodeGroup", NODE_GROUPS, "join(':', [clusterName, nodegroupName])",
        {
            "clusterName": "clusterName", "nodeGroupName": "nodegroupName",
            "nodeRoleArn": "nodeRole", "subnetIds": "subnets", "amiType": "amiType",
            "instanceTypes": "instanceTypes", "version": "version",
            "launchTemplate": _TEMPLATE, "scalingConfig": "scalingConfig",
            "remoteAccess": "remoteAccess.{ec2SshKey: ec2SshKey, "
            "sourceSecurityGroupIds: sourceSecurityGroups}",
            "labels": "labels", "taints": "taints", "tags": "tags",
        },
        silent=(
            "capacityType", "diskSize", "forceUpdateVersion", "nodeGroupNamePrefix",
            "nodeRepairConfig", "releaseVersion", "updateConfig", "warmPoolConfig",
        ),
    ),
    Kind(
        "aws:eks/fargateProfile:FargateProfile", FARGATE,
        "join(':', [clusterName, fargateProfileName])",
        {
            "clusterName": "clusterName", "fargateProfileName": "fargateProfileName",
            "podExecutionRoleArn": "podExecutionRoleArn", "subnetIds": "subnets",
            "selectors": "selectors", "tags": "tags",
        },
    ),
    Kind(
        "aws:eks/accessEntry:AccessEntry", ENTRIES, "join(':', [clusterName, principalArn])",
        {
            "clusterName": "clusterName", "principalArn": "principalArn", "type": "type",
            "userName": "username", "kubernetesGroups": "kubernetesGroups", "tags": "tags",
        },
    ),
    Kind(
        "aws:eks/accessPolicyAssociation:AccessPolicyAssociation", ENTRY_POLICIES,
        "join('#', [_of._of.name, _of.arn, policyArn])",
        {
            "clusterName": "_of._of.name", "principalArn": "_of.arn", "policyArn": "policyArn",
            "accessScope": "accessScope",
        },
    ),
    Kind(
        "aws:eks/podIdentityAssociation:PodIdentityAssociation", POD_IDENTITIES, "associationId",
        {
            "clusterName": "clusterName", "namespace": "namespace", "roleArn": "roleArn",
            "serviceAccount": "serviceAccount", "targetRoleArn": "targetRoleArn",
            "policy": "policy", "tags": "tags",
        },
        silent=("disableSessionTags",),
    ),
    Kind(
        "aws:eks/identityProviderConfig:IdentityProviderConfig", PROVIDERS,
        "join(':', [clusterName, identityProviderConfigName])",
        {
            "clusterName": "clusterName", "tags": "tags",
            "oidc": "{issuerUrl: issuerUrl, clientId: clientId, "
            "identityProviderConfigName: identityProviderConfigName}",
        },
    ),
    Kind(
        "aws:eks/capability:Capability", CAPABILITIES, "join(':', [clusterName, capabilityName])",
        {
            "clusterName": "clusterName", "capabilityName": "capabilityName", "type": "type",
            "roleArn": "roleArn", "configuration": "configuration", "tags": "tags",
        },
        silent=("deletePropagationPolicy",),
    ),
)  # fmt: skip
