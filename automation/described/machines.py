"""Machines and whatever else has a network interface: pools, load balancers, file systems."""

from typing import Final

from automation.described.calls import TAGS, Call, From, Kind

INSTANCES: Final = Call(
    "ec2", "describe_instances",
    "Reservations[].Instances[?State.Name!='terminated' && State.Name!='shutting-down'][]",
    filter="vpc-id", ids="[InstanceId]", within="[VpcId]",
    more={
        "_volumes": Call(
            "ec2", "describe_volumes", "Volumes[]",
            {"Filters": [{"Name": "attachment.instance-id", "Values": [From("InstanceId")]}]},
            when="!contains(Tags[].Key || `[]`, 'aws:autoscaling:groupName')",
        ),
    },
)  # fmt: skip
VOLUMES: Final = Call(
    "ec2", "describe_volumes", "Volumes[]", ids="[VolumeId]", owned=True
)  # fmt: skip
INTERFACES: Final = Call(
    "ec2", "describe_network_interfaces", "NetworkInterfaces[]", filter="vpc-id",
    ids="[NetworkInterfaceId]", within="[VpcId]",
)  # fmt: skip
TEMPLATES: Final = Call(
    "ec2", "describe_launch_templates", "LaunchTemplates[]",
    ids="[LaunchTemplateId, LaunchTemplateName]",
    more={
        "_versions": Call(
            "ec2", "describe_launch_template_versions", "LaunchTemplateVersions[]",
            {"LaunchTemplateId": From("LaunchTemplateId"), "Versions": ["$Latest"]},
        ),
    },
)  # fmt: skip
POOLS: Final = Call(
    "autoscaling", "describe_auto_scaling_groups", "AutoScalingGroups[]",
    ids="[AutoScalingGroupName]", within="split(VPCZoneIdentifier, ',')",
)  # fmt: skip
BALANCERS: Final = Call(
    "elbv2", "describe_load_balancers", "LoadBalancers[]", ids="[LoadBalancerArn]",
    within="[VpcId]",
    more={
        "_attributes": Call(
            "elbv2", "describe_load_balancer_attributes", "Attributes[]",
            {"LoadBalancerArn": From("LoadBalancerArn")},
        ),
    },
)  # fmt: skip
LISTENERS: Final = Call(
    "elbv2", "describe_listeners", "Listeners[]", {"LoadBalancerArn": From("LoadBalancerArn")},
    of=BALANCERS, ids="[ListenerArn]",
)  # fmt: skip
CLASSIC: Final = Call(
    "elb", "describe_load_balancers", "LoadBalancerDescriptions[]", ids="[LoadBalancerName]",
    within="[VPCId]",
    more={
        "_attributes": Call("elb", "describe_load_balancer_attributes", "[LoadBalancerAttributes]",
                            {"LoadBalancerName": From("LoadBalancerName")}),
    },
)  # fmt: skip
FILE_SYSTEMS: Final = Call("efs", "describe_file_systems", "FileSystems[]", ids="[FileSystemId]")
FILE_SYSTEM_POLICY: Final = Call(
    "efs", "describe_file_system_policy", "[@]", {"FileSystemId": From("FileSystemId")},
    of=FILE_SYSTEMS, none=("PolicyNotFound",),
)  # fmt: skip
TARGETS: Final = Call(
    "efs", "describe_mount_targets", "MountTargets[]", {"FileSystemId": From("FileSystemId")},
    of=FILE_SYSTEMS, every=True, ids="[MountTargetId]", within="[VpcId, SubnetId]",
    more={
        "_groups": Call("efs", "describe_mount_target_security_groups", "SecurityGroups[]",
                        {"MountTargetId": From("MountTargetId")}),
    },
)  # fmt: skip
FLOW_LOGS: Final = Call(
    "ec2", "describe_flow_logs", "FlowLogs[]", ids="[FlowLogId]", within="[ResourceId]"
)  # fmt: skip

# Those that an Auto Scaling group launched are told by the group; their interfaces, one by one.
_OF_A_GROUP: Final = "contains({}Tags[].Key || `[]`, 'aws:autoscaling:groupName')"
# A machine with a prefix has any address of it, and so any of its subnet.
_NO_PREFIX: Final = "[@][?!(NetworkInterfaces[?Ipv4Prefixes])] | [0]"
# What stands for another resource that is read: its interfaces are told with it.
_TOLD_ELSEWHERE: Final = (
    "contains(['nat_gateway', 'vpc_endpoint', 'gateway_load_balancer', 'network_load_balancer', "
    "'gateway_load_balancer_endpoint', 'transit_gateway', 'load_balancer', 'efs'], "
    "InterfaceType || 'interface') || RequesterManaged && (begins(Description, 'ELB ') "
    "|| begins(Description, 'Route 53 Resolver') || begins(Description, 'EFS mount target') "
    "|| begins(Description, 'VPC Endpoint Interface') "
    "|| begins(Description, 'Interface for NAT Gateway'))"
)
_INTERFACE: Final = {
    "subnetId": "SubnetId", "securityGroups": "Groups[].GroupId",
    "privateIps": "PrivateIpAddresses[].PrivateIpAddress", "sourceDestCheck": "SourceDestCheck",
    "ipv6Addresses": "Ipv6Addresses[].Ipv6Address", "ipv4Prefixes": "Ipv4Prefixes[].Ipv4Prefix",
    "ipv6Prefixes": "Ipv6Prefixes[].Ipv6Prefix", "interfaceType": "InterfaceType",
    "description": "Description",
}  # fmt: skip
_CARD_SILENT: Final = (
    "attachments", "enablePrimaryIpv6", "ipv4PrefixCount", "ipv6AddressCount", "ipv6AddressLists",
    "ipv6PrefixCount", "ipv6AddressListEnabled", "privateIp", "privateIpLists",
    "privateIpListEnabled", "privateIpsCount", "connectionTrackingSpecification",
    "enaSrdSpecification",
)  # fmt: skip
_PUBLIC: Final = {"publicIp": "Association.PublicIp"}
_METADATA: Final = (
    "{httpEndpoint: HttpEndpoint, httpTokens: HttpTokens, httpProtocolIpv6: HttpProtocolIpv6, "
    "httpPutResponseHopLimit: HttpPutResponseHopLimit, instanceMetadataTags: InstanceMetadataTags}"
)
_DATA: Final = "_versions[0].LaunchTemplateData"
_DEVICE: Final = (
    "{deviceName: DeviceName, noDevice: NoDevice, virtualName: VirtualName, ebs: Ebs.{encrypted: "
    "Encrypted, kmsKeyId: KmsKeyId, snapshotId: SnapshotId, volumeSize: VolumeSize, "
    "volumeType: VolumeType, deleteOnTermination: DeleteOnTermination}}"
)
_CARD: Final = (
    "{associatePublicIpAddress: AssociatePublicIpAddress, networkInterfaceId: NetworkInterfaceId, "
    "associateCarrierIpAddress: AssociateCarrierIpAddress, securityGroups: Groups, "
    "subnetId: SubnetId, deviceIndex: DeviceIndex, deleteOnTermination: DeleteOnTermination, "
    "privateIpAddress: PrivateIpAddress, ipv6AddressCount: Ipv6AddressCount, "
    "ipv6Addresses: Ipv6Addresses[].Ipv6Address, ipv6PrefixCount: Ipv6PrefixCount, "
    "ipv6Prefixes: Ipv6Prefixes[].Ipv6Prefix, primaryIpv6: PrimaryIpv6}"
)
_TEMPLATE: Final = "{id: LaunchTemplateId, name: LaunchTemplateName, version: Version}"
_SPECIFICATION: Final = (
    "{launchTemplateId: LaunchTemplateId, launchTemplateName: LaunchTemplateName, version: Version}"
)
_MIXED: Final = (
    "MixedInstancesPolicy && {launchTemplate: {launchTemplateSpecification: "
    f"MixedInstancesPolicy.LaunchTemplate.LaunchTemplateSpecification.{_SPECIFICATION}, "
    "overrides: MixedInstancesPolicy.LaunchTemplate.Overrides[].{instanceType: InstanceType, "
    f"launchTemplateSpecification: LaunchTemplateSpecification.{_SPECIFICATION}}}}}}}"
)
_LOGS_TO: Final = "_attributes[?Key=='{0}.s3.enabled'].Value | [0]"
_ACCESS_LOGS: Final = (
    "{{enabled: _attributes[?Key=='{0}.s3.enabled'].Value | [0], "
    "bucket: _attributes[?Key=='{0}.s3.bucket'].Value | [0]}}"
)

KINDS: Final = (
    Kind(
        "aws:ec2/instance:Instance", INSTANCES, "InstanceId",
        {
            "ami": "ImageId", "instanceType": "InstanceType", "subnetId": "SubnetId",
            "vpcSecurityGroupIds": "NetworkInterfaces[?Attachment.DeviceIndex==`0`]"
            ".Groups[].GroupId",
            "keyName": "KeyName",
            "iamInstanceProfile": "name(IamInstanceProfile.Arn)",
            "associatePublicIpAddress": "NetworkInterfaces[?Attachment.DeviceIndex==`0`]"
            ".Association.IpOwnerId | contains(@, 'amazon')",
            "privateIp": f"{_NO_PREFIX}.PrivateIpAddress",
            "secondaryPrivateIps": f"{_NO_PREFIX}.NetworkInterfaces"
            "[?Attachment.DeviceIndex==`0`].PrivateIpAddresses[][] "
            "| [?Primary==`false`].PrivateIpAddress",
            "ipv6Addresses": "NetworkInterfaces[].Ipv6Addresses[].Ipv6Address",
            "sourceDestCheck": "SourceDestCheck", "metadataOptions": f"MetadataOptions.{_METADATA}",
            "rootBlockDevice": "{encrypted: attached(_volumes, RootDeviceName, `true`)"
            "[0].Encrypted}",
            "ebsBlockDevices": "attached(_volumes, RootDeviceName, `false`)"
            "[].{deviceName: Attachments[0].Device, encrypted: Encrypted}",
            "monitoring": "Monitoring.State=='enabled'", "tenancy": "Placement.Tenancy",
            "availabilityZone": "Placement.AvailabilityZone", **TAGS,
        },
        {"primaryNetworkInterfaceId":
            "NetworkInterfaces[?Attachment.DeviceIndex==`0`].NetworkInterfaceId | [0]"},
        where=f"!{_OF_A_GROUP.format('')}",
        fixed=("capacityReservationSpecification", "hostResourceGroupArn"), silent=(
            "cpuOptions", "creditSpecification",
            "disableApiStop", "disableApiTermination", "ebsOptimized", "enablePrimaryIpv6",
            "enclaveOptions", "ephemeralBlockDevices", "forceDestroy", "getPasswordData",
            "hibernation", "hostId", "instanceInitiatedShutdownBehavior",
            "instanceMarketOptions", "ipv6AddressCount", "launchTemplate", "maintenanceOptions",
            "networkInterfaces", "placementGroup", "placementGroupId", "placementPartitionNumber",
            "primaryNetworkInterface", "privateDnsNameOptions", "secondaryNetworkInterfaces",
            "securityGroups", "userData", "userDataBase64", "userDataReplaceOnChange", "volumeTags",
            ),
    ),
    Kind(
        "aws:ec2/networkInterface:NetworkInterface", INSTANCES, "NetworkInterfaceId",
        {**_INTERFACE}, _PUBLIC, each="NetworkInterfaces",
        where=f"{_OF_A_GROUP.format('_of.')} || Attachment.DeviceIndex!=`0`", silent=_CARD_SILENT,
    ),
    Kind(
        "aws:ec2/networkInterface:NetworkInterface", INTERFACES, "NetworkInterfaceId",
        {**_INTERFACE, "tags": "tags(TagSet)"}, _PUBLIC,
        where=f"!present(Attachment.InstanceId) && !({_TOLD_ELSEWHERE})", silent=_CARD_SILENT,
    ),
    Kind(
        "aws:ec2/launchTemplate:LaunchTemplate", TEMPLATES, "LaunchTemplateId",
        {
            "name": "LaunchTemplateName", "imageId": f"{_DATA}.ImageId",
            "instanceType": f"{_DATA}.InstanceType", "keyName": f"{_DATA}.KeyName",
            "vpcSecurityGroupIds": f"{_DATA}.SecurityGroupIds",
            "securityGroupNames": f"{_DATA}.SecurityGroups",
            "iamInstanceProfile": f"{_DATA}.IamInstanceProfile.{{arn: Arn, name: Name}}",
            "networkInterfaces": f"{_DATA}.NetworkInterfaces[].{_CARD}",
            "blockDeviceMappings": f"{_DATA}.BlockDeviceMappings[].{_DEVICE}",
            "metadataOptions": f"{_DATA}.MetadataOptions.{_METADATA}", **TAGS,
        },
        {"latestVersion": "LatestVersionNumber", "defaultVersion": "DefaultVersionNumber"},
        fixed=("capacityReservationSpecification", "licenseSpecifications", "placement"), silent=(
            "cpuOptions", "creditSpecification",
            "defaultVersion", "description", "disableApiStop", "disableApiTermination",
            "ebsOptimized", "enclaveOptions", "hibernationOptions", "instanceMarketOptions",
            "instanceInitiatedShutdownBehavior", "instanceRequirements", "kernelId",
            "maintenanceOptions", "monitoring", "namePrefix",
            "networkPerformanceOptions", "privateDnsNameOptions", "ramDiskId",
            "secondaryInterfaces", "tagSpecifications", "updateDefaultVersion", "userData",
        ),
    ),
    Kind(
        "aws:ebs/volume:Volume", VOLUMES, "VolumeId",
        {
            "availabilityZone": "AvailabilityZone", "encrypted": "Encrypted",
            "kmsKeyId": "KmsKeyId", "size": "Size", "snapshotId": "SnapshotId",
            "type": "VolumeType",
        },
        fixed=("outpostArn",), silent=(
            "finalSnapshot", "iops", "multiAttachEnabled", "tags", "throughput",
            "volumeInitializationRate",
        ),
    ),
    Kind(
        "aws:autoscaling/group:Group", POOLS, "AutoScalingGroupName",
        {
            "name": "AutoScalingGroupName",
            "vpcZoneIdentifiers": "split(VPCZoneIdentifier, ',')",
            "launchTemplate": "LaunchTemplate.{id: LaunchTemplateId, version: Version}",
            "launchConfiguration": "LaunchConfigurationName",
            "mixedInstancesPolicy": _MIXED, "minSize": "MinSize", "maxSize": "MaxSize",
            "desiredCapacity": "DesiredCapacity", "targetGroupArns": "TargetGroupARNs",
            "loadBalancers": "LoadBalancerNames", "serviceLinkedRoleArn": "ServiceLinkedRoleARN",
            "trafficSources": "TrafficSources[].{identifier: Identifier, type: Type}",
            "tags": "Tags[].{key: Key, value: Value, propagateAtLaunch: PropagateAtLaunch}",
        },
        where="present(VPCZoneIdentifier)",
        fixed=("capacityReservationSpecification",), silent=(
            "availabilityZoneDistribution", "availabilityZones", "capacityRebalance",
            "context", "defaultCooldown",
            "defaultInstanceWarmup", "desiredCapacityType", "enabledMetrics",
            "forceDelete", "forceDeleteWarmPool", "healthCheckGracePeriod", "healthCheckType",
            "ignoreFailedScalingActivities", "initialLifecycleHooks", "instanceLifecyclePolicy",
            "instanceMaintenancePolicy", "instanceRefresh", "maxInstanceLifetime",
            "metricsGranularity", "minElbCapacity", "namePrefix", "placementGroup",
            "protectFromScaleIn", "suspendedProcesses", "terminationPolicies",
            "waitForCapacityTimeout", "waitForElbCapacity", "warmPool",
        ),
    ),
    Kind(
        "aws:lb/loadBalancer:LoadBalancer", BALANCERS, "LoadBalancerArn",
        {
            "name": "LoadBalancerName", "internal": "Scheme=='internal'",
            "loadBalancerType": "Type", "securityGroups": "SecurityGroups",
            "subnets": "AvailabilityZones[].SubnetId", "ipAddressType": "IpAddressType",
            "subnetMappings": "AvailabilityZones[?LoadBalancerAddresses[?AllocationId]]"
            ".{subnetId: SubnetId, allocationId: LoadBalancerAddresses[0].AllocationId}",
            "accessLogs": _ACCESS_LOGS.format("access_logs"),
            "connectionLogs": _ACCESS_LOGS.format("connection_logs"),
            "healthCheckLogs": _ACCESS_LOGS.format("health_check_logs"),
            "customerOwnedIpv4Pool": "CustomerOwnedIpv4Pool",
            "ipamPools": "IpamPools.{ipv4IpamPoolId: Ipv4IpamPoolId}",
        },
        {"vpcId": "VpcId", "zoneId": "CanonicalHostedZoneId"},
        silent=(
            "clientKeepAlive", "desyncMitigationMode", "dnsRecordClientRoutingPolicy",
            "dropInvalidHeaderFields", "enableCrossZoneLoadBalancing", "enableDeletionProtection",
            "enableHttp2", "enablePrefixForIpv6SourceNat",
            "enableTlsVersionAndCipherSuiteHeaders", "enableWafFailOpen",
            "enableXffClientPort", "enableZonalShift", "idleTimeout", "minimumLoadBalancerCapacity",
            "enforceSecurityGroupInboundRulesOnPrivateLinkTraffic", "namePrefix",
            "preserveHostHeader", "secondaryIpsAutoAssignedPerSubnet", "xffHeaderProcessingMode",
            "tags",
        ),
    ),
    Kind(
        "aws:lb/listener:Listener", LISTENERS, "ListenerArn",
        {
            "loadBalancerArn": "LoadBalancerArn", "port": "Port", "protocol": "Protocol",
            "defaultActions": "DefaultActions[].{type: Type, targetGroupArn: TargetGroupArn, "
            "forward: ForwardConfig.{targetGroups: TargetGroups[].{arn: TargetGroupArn}}, "
            "redirect: RedirectConfig.{host: Host, port: Port, protocol: Protocol}, "
            "authenticateOidc: AuthenticateOidcConfig.{issuer: Issuer}, "
            "authenticateCognito: AuthenticateCognitoConfig.{userPoolArn: UserPoolArn}, "
            "jwtValidation: JwtValidationConfig.{issuer: Issuer, jwksEndpoint: JwksEndpoint}}",
            "certificateArn": "Certificates[0].CertificateArn", "sslPolicy": "SslPolicy",
            "mutualAuthentication": "MutualAuthentication.{mode: Mode, trustStoreArn: "
            "TrustStoreArn}",
        },
        silent=("alpnPolicy", "routingHttp*", "tags", "tcpIdleTimeoutSeconds"),
    ),
    Kind(
        "aws:elb/loadBalancer:LoadBalancer", CLASSIC, "LoadBalancerName",
        {
            "name": "LoadBalancerName", "internal": "Scheme=='internal'", "subnets": "Subnets",
            "securityGroups": "SecurityGroups", "instances": "Instances[].InstanceId",
            "listeners": "ListenerDescriptions[].Listener.{lbPort: LoadBalancerPort, "
            "lbProtocol: Protocol, instancePort: InstancePort, instanceProtocol: InstanceProtocol}",
            "accessLogs": "[_attributes[0].AccessLog][?Enabled] | [0].{enabled: Enabled, "
            "bucket: S3BucketName}",
        },
        {"zoneId": "CanonicalHostedZoneNameID"},
        silent=(
            "availabilityZones", "connectionDraining", "connectionDrainingTimeout",
            "crossZoneLoadBalancing", "desyncMitigationMode", "healthCheck", "idleTimeout",
            "namePrefix", "sourceSecurityGroup", "tags",
        ),
    ),
    Kind(
        "aws:efs/fileSystem:FileSystem", FILE_SYSTEMS, "FileSystemId",
        {"encrypted": "Encrypted", "kmsKeyId": "KmsKeyId", **TAGS}, {"arn": "FileSystemArn"},
        silent=(
            "availabilityZoneName", "creationToken", "lifecyclePolicies", "performanceMode",
            "protection", "provisionedThroughputInMibps", "throughputMode",
        ),
    ),
    Kind(
        "aws:efs/fileSystemPolicy:FileSystemPolicy", FILE_SYSTEM_POLICY, "FileSystemId",
        {"fileSystemId": "FileSystemId", "policy": "Policy"},
        silent=("bypassPolicyLockoutSafetyCheck",),
    ),
    Kind(
        "aws:efs/mountTarget:MountTarget", TARGETS, "MountTargetId",
        {
            "fileSystemId": "FileSystemId", "subnetId": "SubnetId", "ipAddress": "IpAddress",
            "securityGroups": "_groups", "ipAddressType": "IpAddressType",
            "ipv6Address": "Ipv6Address",
        },
    ),
    Kind(
        "aws:ec2/flowLog:FlowLog", FLOW_LOGS, "FlowLogId",
        {
            "vpcId": "[ResourceId][?begins(@, 'vpc-')] | [0]",
            "subnetId": "[ResourceId][?begins(@, 'subnet-')] | [0]",
            "eniId": "[ResourceId][?begins(@, 'eni-')] | [0]",
            "transitGatewayId": "[ResourceId][?begins(@, 'tgw-') && "
            "!begins(@, 'tgw-attach-')] | [0]",
            "transitGatewayAttachmentId": "[ResourceId][?begins(@, 'tgw-attach-')] | [0]",
            "logDestination": "LogDestination || LogGroupName",
            "logDestinationType": "LogDestinationType", "trafficType": "TrafficType",
            "iamRoleArn": "DeliverLogsPermissionArn",
            "deliverCrossAccountRole": "DeliverCrossAccountRole",
            "maxAggregationInterval": "MaxAggregationInterval", "logFormat": "LogFormat", **TAGS,
        },
        silent=("destinationOptions", "regionalNatGatewayId", "tagFieldSpecifications"),
    ),
)  # fmt: skip
