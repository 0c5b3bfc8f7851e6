"""Tasks of ECS: clusters, services, sets, what runs in them, and what gives them machines."""

from typing import Final

from automation.described.calls import Call, From, Kind, named

_CLUSTER: Final = "aws:ecs/cluster:Cluster"
_SERVICE: Final = "aws:ecs/service:Service"
_SET: Final = "aws:ecs/taskSet:TaskSet"
_DEFINITION: Final = "aws:ecs/taskDefinition:TaskDefinition"
_CAPACITY: Final = "aws:ecs/capacityProvider:CapacityProvider"
_CAPACITIES: Final = "aws:ecs/clusterCapacityProviders:ClusterCapacityProviders"
_TYPES: Final = (_CLUSTER, _SERVICE, _SET, _DEFINITION, _CAPACITY, _CAPACITIES)
_NETWORK: Final = "networkConfiguration.awsvpcConfiguration"
_LAUNCHED: Final = "managedInstancesProvider.instanceLaunchTemplate"

_LISTED: Final = Call("ecs", "list_clusters", "clusterArns[]", recorded=_TYPES)
CLUSTERS: Final = Call(
    "ecs", "describe_clusters", "clusters[?status!='INACTIVE']",
    {"clusters": [From("_text")], "include": ["CONFIGURATIONS", "SETTINGS"]}, of=_LISTED,
    every=True, owned=True, ids=f"[clusterArn, {named(_CAPACITIES, 'clusterName')}]",
    recorded=_TYPES,
)  # fmt: skip
_OF_CLUSTERS: Final = Call(
    "ecs", "list_services", "serviceArns[]", {"cluster": From("clusterArn")}, of=CLUSTERS,
    every=True, recorded=_TYPES,
)  # fmt: skip
SERVICES: Final = Call(
    "ecs", "describe_services", "services[?status!='INACTIVE']",
    {"cluster": From("_of.clusterArn"), "services": [From("_text")]}, of=_OF_CLUSTERS, every=True,
    ids="[serviceArn]", within=f"[{_NETWORK}.subnets, {_NETWORK}.securityGroups][]",
    recorded=_TYPES,
)  # fmt: skip
FAMILIES: Final = Call(
    "ecs", "list_task_definition_families", "families[]", {"status": "ACTIVE"}, owned=True,
    ids=f"[{named(_DEFINITION, '_text')}]", recorded=_TYPES,
)  # fmt: skip
# Of a family the newest: what is made here is that, or somebody has made another one since.
DEFINITIONS: Final = Call(
    "ecs", "describe_task_definition", "[taskDefinition]", {"taskDefinition": From("_text")},
    of=FAMILIES, recorded=_TYPES,
)  # fmt: skip
CAPACITIES: Final = Call(
    "ecs", "describe_capacity_providers",
    "capacityProviders[?autoScalingGroupProvider || managedInstancesProvider]",
    ids="[capacityProviderArn]",
    within=f"[{_LAUNCHED}.{_NETWORK.partition('.')[0]}.subnets, "
    f"{_LAUNCHED}.{_NETWORK.partition('.')[0]}.securityGroups][]",
    recorded=_TYPES,
)  # fmt: skip

_PLACED: Final = (
    f"{_NETWORK}.{{subnets: subnets, securityGroups: securityGroups, "
    "assignPublicIp: assignPublicIp=='ENABLED'}"
)
_STRATEGY: Final = "[].{capacityProvider: capacityProvider, weight: weight, base: base}"
_BALANCED: Final = (
    "loadBalancers[].{targetGroupArn: targetGroupArn, %s: loadBalancerName, "
    "containerName: containerName, containerPort: containerPort}"
)
_REGISTERED: Final = "serviceRegistries[0].{registryArn: registryArn, containerName: containerName}"
_NOW: Final = "(deployments[?status=='PRIMARY'] || deployments)[0]"
_LOG: Final = "logConfiguration.{logDriver: logDriver, options: options}"
_HOOKS: Final = (
    "deploymentConfiguration.lifecycleHooks && {lifecycleHooks: "
    "deploymentConfiguration.lifecycleHooks[].{hookTargetArn: hookTargetArn, roleArn: roleArn}}"
)
_VOLUMES: Final = (
    "volumes[].{name: name, hostPath: host.sourcePath, "
    "dockerVolumeConfiguration: dockerVolumeConfiguration.{driver: driver, "
    "driverOpts: driverOpts}, "
    "efsVolumeConfiguration: efsVolumeConfiguration.{fileSystemId: fileSystemId, "
    "authorizationConfig: authorizationConfig.{accessPointId: accessPointId, iam: iam}}, "
    "fsxWindowsFileServerVolumeConfiguration: fsxWindowsFileServerVolumeConfiguration.{"
    "fileSystemId: fileSystemId, authorizationConfig: authorizationConfig.{"
    "credentialsParameter: credentialsParameter, domain: domain}}, "
    "s3filesVolumeConfiguration: s3filesVolumeConfiguration.{fileSystemArn: fileSystemArn, "
    "accessPointArn: accessPointArn}}"
)

KINDS: Final = (
    Kind(
        _CLUSTER, CLUSTERS, "clusterArn",
        {
            "name": "clusterName",
            "configuration": "configuration.{executeCommandConfiguration: "
            "executeCommandConfiguration.{kmsKeyId: kmsKeyId, logging: logging, logConfiguration: "
            "logConfiguration.{cloudWatchLogGroupName: cloudWatchLogGroupName, s3BucketName: "
            "s3BucketName}}, managedStorageConfiguration: managedStorageConfiguration.{kmsKeyId: "
            "kmsKeyId, fargateEphemeralStorageKmsKeyId: fargateEphemeralStorageKmsKeyId}}",
            "serviceConnectDefaults": "serviceConnectDefaults.{namespace: namespace}",
        },
        {"arn": "clusterArn", "name": "clusterName"}, silent=("settings", "tags"),
    ),
    Kind(
        _CAPACITIES, CLUSTERS, "clusterName",
        {
            "clusterName": "clusterName", "capacityProviders": "capacityProviders",
            "defaultCapacityProviderStrategies": f"defaultCapacityProviderStrategy{_STRATEGY}",
        },
        restates=True,
    ),
    Kind(
        _SERVICE, SERVICES, "serviceArn",
        {
            "name": "serviceName", "cluster": "clusterArn", "taskDefinition": "taskDefinition",
            "launchType": "launchType", "platformVersion": "platformVersion",
            "networkConfiguration": _PLACED,
            "capacityProviderStrategies": f"capacityProviderStrategy{_STRATEGY}",
            "loadBalancers": _BALANCED % "elbName", "serviceRegistries": _REGISTERED,
            "iamRole": "roleArn", "enableExecuteCommand": "enableExecuteCommand",
            "deploymentController": "deploymentController.{type: type}",
            "deploymentConfiguration": _HOOKS,
            "serviceConnectConfiguration": f"{_NOW}.serviceConnectConfiguration.{{"
            f"enabled: enabled, namespace: namespace, logConfiguration: {_LOG}}}",
            "volumeConfiguration": f"{_NOW}.volumeConfigurations[0].{{name: name, "
            "managedEbsVolume: managedEBSVolume.{roleArn: roleArn, kmsKeyId: kmsKeyId}}",
            "vpcLatticeConfigurations": f"{_NOW}.vpcLatticeConfigurations[].{{portName: portName, "
            "roleArn: roleArn, targetGroupArn: targetGroupArn}",
        },
        {"arn": "serviceArn"}, silent=(
            "alarms", "availabilityZoneRebalancing", "deploymentCircuitBreaker",
            "deploymentMaximumPercent", "deploymentMinimumHealthyPercent", "desiredCount",
            "enableEcsManagedTags", "forceDelete", "forceNewDeployment",
            "healthCheckGracePeriodSeconds", "orderedPlacementStrategies", "placementConstraints",
            "propagateTags", "schedulingStrategy", "sigintRollback", "tags", "triggers",
            "waitForSteadyState",
        ),
    ),
    Kind(
        _SET, SERVICES, "join(',', [id, serviceArn, clusterArn])",
        {
            "cluster": "clusterArn", "service": "serviceArn", "taskDefinition": "taskDefinition",
            "launchType": "launchType", "platformVersion": "platformVersion",
            "networkConfiguration": _PLACED, "externalId": "externalId",
            "capacityProviderStrategies": f"capacityProviderStrategy{_STRATEGY}",
            "loadBalancers": _BALANCED % "loadBalancerName", "serviceRegistries": _REGISTERED,
        },
        {"arn": "taskSetArn"}, each="taskSets", silent=(
            "forceDelete", "scale", "tags", "waitUntilStable", "waitUntilStableTimeout",
        ),
    ),
    Kind(
        _DEFINITION, DEFINITIONS, "family",
        {
            "family": "family", "containerDefinitions": "json(containerDefinitions)",
            "networkMode": "networkMode", "requiresCompatibilities": "requiresCompatibilities",
            "executionRoleArn": "executionRoleArn", "taskRoleArn": "taskRoleArn",
            "volumes": _VOLUMES,
        },
        {"arn": "taskDefinitionArn", "family": "family"}, silent=(
            "cpu", "enableFaultInjection", "ephemeralStorage", "ipcMode", "memory", "pidMode",
            "placementConstraints", "proxyConfiguration", "runtimePlatform", "skipDestroy", "tags",
            "trackLatest",
        ),
    ),
    Kind(
        _CAPACITY, CAPACITIES, "capacityProviderArn",
        {
            "name": "name", "cluster": "cluster",
            "autoScalingGroupProvider":
                "autoScalingGroupProvider.{autoScalingGroupArn: autoScalingGroupArn}",
            "managedInstancesProvider": "managedInstancesProvider.{infrastructureRoleArn: "
            "infrastructureRoleArn, instanceLaunchTemplate: instanceLaunchTemplate.{"
            "ec2InstanceProfileArn: ec2InstanceProfileArn, networkConfiguration: "
            "networkConfiguration.{subnets: subnets, securityGroups: securityGroups}}}",
        },
        {"arn": "capacityProviderArn", "name": "name"}, silent=("tags",),
    ),
)  # fmt: skip
