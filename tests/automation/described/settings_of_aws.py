"""Deliveries, grants, settings of a registry and of an account, firewalls and issuers of tokens, of
a deployment as AWS tells of them.

Written by hand from the API references of CloudWatch, CloudWatch Logs, EventBridge, CloudTrail, EC2
and its Auto Scaling, KMS, ECR, Backup, Network Firewall, Direct Connect, IAM and S3 (read
2026-11-29), apart from the tables of the reader.
"""

from collections.abc import Callable
from typing import Any

from model.deployment import Node
from rules.unknowns import at
from tests.automation.described.answers import Answers, Asked, Item, Nothing
from tests.automation.described.data_services_of_aws import id_of
from tests.policies.mutations.stacks import ACCOUNT, REGION, Stack

FILTER = "aws:cloudwatch/logSubscriptionFilter:LogSubscriptionFilter"
LOGS_POLICY = "aws:cloudwatch/logResourcePolicy:LogResourcePolicy"
DESTINATION_POLICY = "aws:cloudwatch/logDestinationPolicy:LogDestinationPolicy"
BUS_POLICY = "aws:cloudwatch/eventBusPolicy:EventBusPolicy"
TARGET = "aws:cloudwatch/eventTarget:EventTarget"
ALARM = "aws:cloudwatch/metricAlarm:MetricAlarm"
COMPOSITE = "aws:cloudwatch/compositeAlarm:CompositeAlarm"
TRAIL = "aws:cloudtrail/trail:Trail"
NOTIFICATION = "aws:autoscaling/notification:Notification"
KEY, KEY_POLICY = "aws:kms/key:Key", "aws:kms/keyPolicy:KeyPolicy"
EXTERNAL, REPLICA = "aws:kms/externalKey:ExternalKey", "aws:kms/replicaKey:ReplicaKey"
GRANT = "aws:kms/grant:Grant"
ACCESS_GRANT = "aws:s3control/accessGrant:AccessGrant"
ACCESS_POLICY = (
    "aws:s3control/accessGrantsInstanceResourcePolicy:AccessGrantsInstanceResourcePolicy"
)
ACCESS = "aws:s3control/accessGrantsInstance:AccessGrantsInstance"
REGISTRY_POLICY = "aws:ecr/registryPolicy:RegistryPolicy"
REPLICATION = "aws:ecr/replicationConfiguration:ReplicationConfiguration"
CACHE = "aws:ecr/pullThroughCacheRule:PullThroughCacheRule"
TEMPLATE = "aws:ecr/repositoryCreationTemplate:RepositoryCreationTemplate"
VAULT_POLICY = "aws:backup/vaultPolicy:VaultPolicy"
ISSUER = "aws:iam/openIdConnectProvider:OpenIdConnectProvider"
FIREWALL = "aws:networkfirewall/firewall:Firewall"
LOGGING = "aws:networkfirewall/loggingConfiguration:LoggingConfiguration"
DIRECT = "aws:directconnect/gatewayAssociation:GatewayAssociation"
BUCKET_LOGGING = "aws:s3/bucketLogging:BucketLogging"
EXCLUSION = "aws:ec2/vpcBlockPublicAccessExclusion:VpcBlockPublicAccessExclusion"
OPTIONS = "aws:ec2/vpcBlockPublicAccessOptions:VpcBlockPublicAccessOptions"
ENCRYPTION = "aws:ebs/encryptionByDefault:EncryptionByDefault"
SNAPSHOTS = "aws:ebs/snapshotBlockPublicAccess:SnapshotBlockPublicAccess"
IMAGES = "aws:ec2/imageBlockPublicAccess:ImageBlockPublicAccess"
METADATA = "aws:ec2/instanceMetadataDefaults:InstanceMetadataDefaults"
BUCKETS = "aws:s3/accountPublicAccessBlock:AccountPublicAccessBlock"
# What is told of here; of keys those that a deployment has.
TYPES = (
    FILTER, LOGS_POLICY, DESTINATION_POLICY, BUS_POLICY, TARGET, ALARM, COMPOSITE, TRAIL,
    NOTIFICATION, KEY_POLICY, EXTERNAL, REPLICA, GRANT, REGISTRY_POLICY, REPLICATION, CACHE,
    TEMPLATE, VAULT_POLICY, ISSUER, FIREWALL, LOGGING, DIRECT, BUCKET_LOGGING, EXCLUSION,
    OPTIONS, ENCRYPTION,
    SNAPSHOTS, IMAGES, METADATA, BUCKETS, ACCESS_GRANT, ACCESS_POLICY,
)  # fmt: skip
# What some of them are parts of.
REPOSITORY = "aws:ecr/repository:Repository"
REPOSITORY_POLICY = "aws:ecr/repositoryPolicy:RepositoryPolicy"
LOG_GROUP = "aws:cloudwatch/logGroup:LogGroup"
DESTINATION = "aws:cloudwatch/logDestination:LogDestination"
BUS, RULE = "aws:cloudwatch/eventBus:EventBus", "aws:cloudwatch/eventRule:EventRule"
VAULT = "aws:backup/vault:Vault"
VPN_GATEWAY = "aws:ec2/vpnGateway:VpnGateway"
VGW, DXGW = "vgw-0a1b2c3d4e5f60718", "0a1b2c3d-4e5f-6071-8293-a4b5c6d7e8f9"
OTHERS_FIREWALL = f"arn:aws:network-firewall:{REGION}:{ACCOUNT}:firewall/of-others"
OTHERS_KEY = "0f1e2d3c-4b5a-6978-8796-a5b4c3d2e1f0"


def as_made(stack: Stack) -> Stack:
    """The deployment with the names that AWS and the provider would have given, where a test has
    none, and ids in the form of AWS's."""
    given: dict[str, Callable[[Node], dict[str, Any]]] = {
        FILTER: lambda n: {"name": n.resource.name},
        LOGS_POLICY: lambda n: {"policyName": n.resource.name},
        DESTINATION_POLICY: lambda n: {"destinationName": n.resource.name},
        BUS_POLICY: lambda n: {"eventBusName": "default"},
        TARGET: lambda n: {"eventBusName": "default", "targetId": f"t-{n.resource.name}"},
        ALARM: lambda n: {"name": n.resource.name},
        COMPOSITE: lambda n: {"alarmName": n.resource.name},
        TRAIL: lambda n: {"name": n.resource.name},
        KEY_POLICY: lambda n: {"keyId": id_of(next(stack.each(KEY)))},
        GRANT: lambda n: {"keyId": OTHERS_KEY},
        CACHE: lambda n: {"ecrRepositoryPrefix": "upstream"},
        TEMPLATE: lambda n: {"prefix": "ROOT"},
        VAULT_POLICY: lambda n: {"backupVaultName": n.resource.name},
        LOGGING: lambda n: {"firewallArn": OTHERS_FIREWALL},
        DIRECT: lambda n: {"dxGatewayId": DXGW, "associatedGatewayId": VGW},
    }
    named = [
        stack.edited(node, {
            key: value
            for key, value in given[type_](node).items()
            if node.resource.props.get(key, "x") == "x"
        })
        for type_ in given
        for node in stack.each(type_)
    ]  # fmt: skip
    return stack.having(*named)


def real_id(node: Node) -> str:
    """The id that the provider gives a thing."""
    name, props = node.resource.name, node.resource.props
    ids: dict[str, Callable[[], str]] = {
        FILTER: lambda: "cwlsf-1234567890",
        LOGS_POLICY: lambda: str(props["policyName"]),
        DESTINATION_POLICY: lambda: str(props["destinationName"]),
        BUS_POLICY: lambda: str(props["eventBusName"]),
        TARGET: lambda: f"{props['rule']}-{props['targetId']}",
        ALARM: lambda: str(props["name"]),
        COMPOSITE: lambda: str(props["alarmName"]),
        TRAIL: lambda: _trail_arn(node),
        NOTIFICATION: lambda: str(props["topicArn"]),
        KEY_POLICY: lambda: str(props["keyId"]),
        GRANT: lambda: f"{props['keyId']}:{'0' * 64}",
        ACCESS_GRANT: lambda: f"{ACCOUNT},{name}",
        ACCESS_POLICY: lambda: ACCOUNT,
        REGISTRY_POLICY: lambda: ACCOUNT,
        REPLICATION: lambda: ACCOUNT,
        CACHE: lambda: str(props["ecrRepositoryPrefix"]),
        TEMPLATE: lambda: str(props["prefix"]),
        VAULT_POLICY: lambda: str(props["backupVaultName"]),
        ISSUER: lambda: f"arn:aws:iam::{ACCOUNT}:oidc-provider/{name}",
        FIREWALL: lambda: f"arn:aws:network-firewall:{REGION}:{ACCOUNT}:firewall/{name}",
        LOGGING: lambda: str(props["firewallArn"]),
        DIRECT: lambda: f"ga-{DXGW}{VGW}",
        BUCKET_LOGGING: lambda: str(props["bucket"]),
    }
    if node.resource.type in (REPOSITORY, LOG_GROUP, DESTINATION, BUS, RULE, VAULT):
        return str(props.get("name", name))
    return ids.get(node.resource.type, lambda: id_of(node))()


def _trail_arn(node: Node) -> str:
    return f"arn:aws:cloudtrail:{REGION}:{ACCOUNT}:trail/{node.resource.props['name']}"


def tell(answers: Answers, stack: Stack) -> None:
    for part in (_logs, _events, _alarms, _keys, _registry, _vaults, _issuers, _firewalls, _direct,
                 _logging, _account, _access):  # fmt: skip
        part(answers, stack)


def _props(stack: Stack, type_: str) -> list[Any]:
    return [node.resource.props for node in stack.each(type_)]


def _set(values: Item) -> Item:
    return {name: value for name, value in values.items() if value is not None}


def _logs(answers: Answers, stack: Stack) -> None:
    names = dict.fromkeys(["x", *(str(p["logGroup"]) for p in _props(stack, FILTER))])
    of_groups = [p for p in _props(stack, LOGS_POLICY) if "resourceArn" in p]
    names |= dict.fromkeys(str(p["resourceArn"]).rsplit(":", 1)[-1] for p in of_groups)
    group = f"arn:aws:logs:{REGION}:{ACCOUNT}:log-group"
    answers.lists("logs", "DescribeLogGroups", "logGroups", *(
        {"logGroupName": name, "arn": f"{group}:{name}:*", "logGroupArn": f"{group}:{name}"}
        for name in names
    ))  # fmt: skip
    answers.lists("logs", "DescribeSubscriptionFilters", "subscriptionFilters", *(
        {"logGroupName": p["logGroup"], "filterName": p["name"], "filterPattern": "",
         "destinationArn": p["destinationArn"], "distribution": "ByLogStream"}
        for p in _props(stack, FILTER)
    ))  # fmt: skip

    def policies(asked: Asked) -> Item:
        whose = asked.get("resourceArn")
        return {
            "resourcePolicies": [
                _set({
                    "policyName": p["policyName"], "policyDocument": p["policyDocument"],
                    "policyScope": "RESOURCE" if whose else "ACCOUNT", "resourceArn": whose,
                })
                for p in _props(stack, LOGS_POLICY)
                if p.get("resourceArn") == whose
            ]
        }  # fmt: skip

    answers.says("logs", "DescribeResourcePolicies", policies)
    answers.lists("logs", "DescribeDestinations", "destinations", *(
        {"destinationName": p["destinationName"], "accessPolicy": p["accessPolicy"]}
        for p in _props(stack, DESTINATION_POLICY)
    ))  # fmt: skip


def _events(answers: Answers, stack: Stack) -> None:
    policy = next((p["policy"] for p in _props(stack, BUS_POLICY)), None)
    arn = f"arn:aws:events:{REGION}:{ACCOUNT}:event-bus/default"
    answers.lists("events", "ListEventBuses", "EventBuses",
                  _set({"Name": "default", "Arn": arn, "Policy": policy}))  # fmt: skip
    targets = _props(stack, TARGET)
    rules = dict.fromkeys(["another", *(str(p["rule"]) for p in targets)])
    answers.says("events", "ListRules", lambda asked: {
        "Rules": [{"Name": rule, "EventBusName": asked["EventBusName"]} for rule in rules],
    })  # fmt: skip
    answers.says("events", "ListTargetsByRule", lambda asked: {
        "Targets": [_target(p) for p in targets if p["rule"] == asked["Rule"]],
    })  # fmt: skip


def _target(props: Any) -> Item:
    told: Item = {"Id": props["targetId"], "Arn": props["arn"]}
    task = props.get("ecsTarget")
    if task is not None:
        public = "ENABLED" if at(task, "networkConfiguration", "assignPublicIp") else "DISABLED"
        where = {"Subnets": [], "AssignPublicIp": public}
        told["EcsParameters"] = {
            "TaskDefinitionArn": f"arn:aws:ecs:{REGION}:{ACCOUNT}:task-definition/x:1",
            "LaunchType": "FARGATE", "NetworkConfiguration": {"awsvpcConfiguration": where},
        }  # fmt: skip
    return told


def _alarms(answers: Answers, stack: Stack) -> None:
    for type_, member, key in ((ALARM, "MetricAlarms", "name"),
                               (COMPOSITE, "CompositeAlarms", "alarmName")):  # fmt: skip
        answers.lists("cloudwatch", "DescribeAlarms", member, *(
            {"AlarmName": p[key], "AlarmActions": p["alarmActions"], "OKActions": [],
             "InsufficientDataActions": []}
            for p in _props(stack, type_)
        ))  # fmt: skip
    answers.says("cloudtrail", "DescribeTrails",
                 lambda _: {"trailList": [_trail(node) for node in stack.each(TRAIL)]})  # fmt: skip
    answers.lists("autoscaling", "DescribeNotificationConfigurations", "NotificationConfigurations",
                  *({"AutoScalingGroupName": p.get("groupNames", ["x"])[0],
                     "TopicARN": p["topicArn"],
                     "NotificationType": "autoscaling:EC2_INSTANCE_LAUNCH"}
                    for p in _props(stack, NOTIFICATION)))  # fmt: skip


def _trail(node: Node) -> Item:
    props = node.resource.props
    topic = props.get("snsTopicName")
    arn = f"arn:aws:sns:{REGION}:{ACCOUNT}:{str(topic).rsplit(':', 1)[-1]}" if topic else None
    return _set({
        "Name": props["name"], "TrailARN": _trail_arn(node), "S3BucketName": props["s3BucketName"],
        "SnsTopicName": topic, "SnsTopicARN": arn,
    })  # fmt: skip


def _keys(answers: Answers, stack: Stack) -> None:
    keys = {id_of(node): node for node in stack.each(KEY, EXTERNAL, REPLICA)}
    policies = {p["keyId"]: p["policy"] for p in _props(stack, KEY_POLICY)}
    arn = f"arn:aws:kms:{REGION}:{ACCOUNT}:key/"
    answers.lists("kms", "ListKeys", "Keys",
                  *({"KeyId": k, "KeyArn": f"{arn}{k}"} for k in (*keys, OTHERS_KEY)))  # fmt: skip

    def key(asked: Asked) -> Item:
        node = keys.get(asked["KeyId"])
        told: Item = {"KeyId": asked["KeyId"], "Enabled": True, "Origin": "AWS_KMS"}
        if node is not None and node.resource.type == EXTERNAL:
            told["Origin"] = "EXTERNAL"
        if node is not None and node.resource.type == REPLICA:
            first = {"Arn": node.resource.props["primaryKeyArn"]}
            which = {"MultiRegionKeyType": "REPLICA", "PrimaryKey": first}
            told |= {"MultiRegion": True, "MultiRegionConfiguration": which}
        return {"KeyMetadata": told}

    def policy(asked: Asked) -> Item:
        node = keys.get(asked["KeyId"])
        own = None if node is None else node.resource.props.get("policy")
        return _set({"Policy": policies.get(asked["KeyId"], own)})

    answers.says("kms", "DescribeKey", key)
    answers.says("kms", "GetKeyPolicy", policy)
    answers.says("kms", "GetKeyRotationStatus", lambda _: {"KeyRotationEnabled": True})
    answers.says("kms", "ListGrants", lambda asked: {
        "Grants": [
            {"KeyId": f"{arn}{asked['KeyId']}", "GrantId": "1" * 64, "Operations": ["Decrypt"],
             "GranteePrincipal": f"rds.{REGION}.amazonaws.com"},
            *({"KeyId": f"{arn}{asked['KeyId']}", "GrantId": "0" * 64,
               "GranteePrincipal": p["granteePrincipal"], "Operations": p["operations"]}
              for p in _props(stack, GRANT) if p["keyId"] == asked["KeyId"]),
        ],
    })  # fmt: skip


def _registry(answers: Answers, stack: Stack) -> None:
    def registry(_: Asked) -> Item:
        given = next(iter(_props(stack, REPLICATION)), {})
        rules = at(given, "replicationConfiguration", "rules") or []
        return {"registryId": ACCOUNT, "replicationConfiguration": {"rules": rules}}

    def policy(_: Asked) -> Item:
        for props in _props(stack, REGISTRY_POLICY):
            return {"registryId": ACCOUNT, "policyText": props["policy"]}
        raise Nothing("RegistryPolicyNotFoundException")

    def no_policy(_: Asked) -> Item:
        raise Nothing("RepositoryPolicyNotFoundException")

    answers.lists("ecr", "DescribeRepositories", "repositories", *(
        {"repositoryName": real_id(node), "registryId": ACCOUNT} for node in stack.each(REPOSITORY)
    ))  # fmt: skip
    answers.says("ecr", "GetRepositoryPolicy", no_policy)
    answers.says("ecr", "DescribeRegistry", registry)
    answers.says("ecr", "GetRegistryPolicy", policy)
    answers.lists("ecr", "DescribePullThroughCacheRules", "pullThroughCacheRules",
                  *map(dict, _props(stack, CACHE)))  # fmt: skip
    answers.lists("ecr", "DescribeRepositoryCreationTemplates", "repositoryCreationTemplates", *(
        _set({"prefix": p["prefix"], "appliedFor": ["PULL_THROUGH_CACHE"],
              "repositoryPolicy": p.get("repositoryPolicy")})
        for p in _props(stack, TEMPLATE)
    ))  # fmt: skip


def _vaults(answers: Answers, stack: Stack) -> None:
    policies = {p["backupVaultName"]: p["policy"] for p in _props(stack, VAULT_POLICY)}
    answers.lists("backup", "ListBackupVaults", "BackupVaultList",
                  *({"BackupVaultName": name} for name in ("Default", *policies)))  # fmt: skip

    def policy(asked: Asked) -> Item:
        if asked["BackupVaultName"] not in policies:
            raise Nothing("ResourceNotFoundException")
        return {"Policy": policies[asked["BackupVaultName"]]}

    answers.says("backup", "GetBackupVaultAccessPolicy", policy)


def _issuers(answers: Answers, stack: Stack) -> None:
    found = {real_id(node): node.resource.props for node in stack.each(ISSUER)}
    answers.lists("iam", "ListOpenIDConnectProviders", "OpenIDConnectProviderList",
                  *({"Arn": arn} for arn in found))  # fmt: skip
    answers.says("iam", "GetOpenIDConnectProvider", lambda asked: {
        "Url": found[asked["OpenIDConnectProviderArn"]]["url"].removeprefix("https://"),
        "ClientIDList": ["sts.amazonaws.com"],
    })  # fmt: skip


def _firewalls(answers: Answers, stack: Stack) -> None:
    own = {real_id(node): node for node in stack.each(FIREWALL)}
    logged = {p["firewallArn"]: p for p in _props(stack, LOGGING)}
    answers.lists("network-firewall", "ListFirewalls", "Firewalls",
                  *({"FirewallArn": arn} for arn in (*own, OTHERS_FIREWALL)))  # fmt: skip

    def firewall(asked: Asked) -> Item:
        arn, node = asked["FirewallArn"], own.get(asked["FirewallArn"])
        policy = f"arn:aws:network-firewall:{REGION}:{ACCOUNT}:firewall-policy/x"
        props: Any = {} if node is None else node.resource.props
        told = {
            "FirewallArn": arn, "FirewallName": arn.rsplit("/", 1)[-1], "FirewallId": "1" * 36,
            "VpcId": props.get("vpcId", "vpc-0123456789abcdef0"), "FirewallPolicyArn": policy,
            "SubnetMappings": [
                {"SubnetId": one["subnetId"]} for one in props.get("subnetMappings", ())
            ],
        }  # fmt: skip
        known = {} if node is None else node.outputs()
        states = [s for of in known.get("firewallStatuses", ()) for s in of["syncStates"]]
        synced = {
            one["availabilityZone"]: {"Attachment": {
                "EndpointId": one["attachments"][0]["endpointId"], "Status": "READY",
            }}
            for one in states
        }  # fmt: skip
        status = {
            "Status": "READY", "ConfigurationSyncStateSummary": "IN_SYNC", "SyncStates": synced
        }  # fmt: skip
        return {"Firewall": told, "FirewallStatus": status}

    def logging(asked: Asked) -> Item:
        configs = at(logged.get(asked["FirewallArn"], {}), "loggingConfiguration",
                     "logDestinationConfigs") or []  # fmt: skip
        return {"LoggingConfiguration": {"LogDestinationConfigs": [
            {"LogType": c["logType"], "LogDestinationType": "KinesisDataFirehose",
             "LogDestination": c["logDestination"]}
            for c in configs
        ]}}  # fmt: skip

    answers.says("network-firewall", "DescribeFirewall", firewall)
    answers.says("network-firewall", "DescribeLoggingConfiguration", logging)


def _direct(answers: Answers, stack: Stack) -> None:
    gateways = (VGW, *map(id_of, stack.each(VPN_GATEWAY)))
    answers.lists("ec2", "DescribeVpnGateways", "VpnGateways", *(
        {"VpnGatewayId": gateway, "State": "available", "VpcAttachments": []}
        for gateway in gateways
    ))  # fmt: skip
    answers.says("directconnect", "DescribeDirectConnectGatewayAssociations", lambda asked: {
        "directConnectGatewayAssociations": [
            _associated(p)
            for p in _props(stack, DIRECT)
            if asked["associatedGatewayId"] == p["associatedGatewayId"]
        ],
    })  # fmt: skip


def _associated(props: Any) -> Item:
    return {
        "directConnectGatewayId": DXGW, "associationState": "associated",
        "associationId": "1" * 36, "associatedGateway": {
            "id": props["associatedGatewayId"], "type": "virtualPrivateGateway", "region": REGION,
            "ownerAccount": props.get("associatedGatewayOwnerAccountId", ACCOUNT),
        },
    }  # fmt: skip


def _logging(answers: Answers, stack: Stack) -> None:
    logged = {str(p["bucket"]): p for p in _props(stack, BUCKET_LOGGING)}
    answers.lists("s3", "ListBuckets", "Buckets", *({"Name": name} for name in logged))

    def logging(asked: Asked) -> Item:
        props = logged[asked["Bucket"]]
        grants = [
            {"Permission": g["permission"],
             "Grantee": {"Type": g["grantee"]["type"], "URI": g["grantee"]["uri"]}}
            for g in props.get("targetGrants", ())
        ]  # fmt: skip
        return {"LoggingEnabled": {
            "TargetBucket": props["targetBucket"], "TargetPrefix": props.get("targetPrefix", ""),
            **({"TargetGrants": grants} if grants else {}),
        }}  # fmt: skip

    answers.says("s3", "GetBucketLogging", logging)


def _account(answers: Answers, stack: Stack) -> None:
    """Every account has these settings, whoever has set them."""

    def given(type_: str, key: str, otherwise: Any) -> Any:
        return next((p.get(key, otherwise) for p in _props(stack, type_)), otherwise)

    answers.says(
        "ec2",
        "GetEbsEncryptionByDefault",
        lambda _: {"EbsEncryptionByDefault": given(ENCRYPTION, "enabled", False)},
    )
    answers.says(
        "ec2",
        "GetSnapshotBlockPublicAccessState",
        lambda _: {"State": given(SNAPSHOTS, "state", "unblocked")},
    )
    answers.says(
        "ec2",
        "GetImageBlockPublicAccessState",
        lambda _: {"ImageBlockPublicAccessState": given(IMAGES, "state", "unblocked")},
    )
    answers.says(
        "ec2",
        "GetInstanceMetadataDefaults",
        lambda _: {
            "AccountLevel": _set(
                {
                    "HttpTokens": given(METADATA, "httpTokens", None),
                    "HttpPutResponseHopLimit": given(METADATA, "httpPutResponseHopLimit", None),
                    "InstanceMetadataTags": given(METADATA, "instanceMetadataTags", None),
                }
            )
        },
    )
    answers.says(
        "ec2",
        "DescribeVpcBlockPublicAccessOptions",
        lambda _: {
            "VpcBlockPublicAccessOptions": {
                "InternetGatewayBlockMode": given(OPTIONS, "internetGatewayBlockMode", "off"),
            },
        },
    )
    answers.lists(
        "ec2",
        "DescribeVpcBlockPublicAccessExclusions",
        "VpcBlockPublicAccessExclusions",
        *(_exclusion(node) for node in stack.each(EXCLUSION)),
    )

    def block(_: Asked) -> Item:
        for props in _props(stack, BUCKETS):
            blocks = (
                "blockPublicAcls",
                "blockPublicPolicy",
                "ignorePublicAcls",
                "restrictPublicBuckets",
            )
            return {
                "PublicAccessBlockConfiguration": {
                    name[0].upper() + name[1:]: bool(props.get(name)) for name in blocks
                }
            }
        raise Nothing("NoSuchPublicAccessBlockConfiguration")

    answers.says("s3control", "GetPublicAccessBlock", block)


def _exclusion(node: Node) -> Item:
    props = node.resource.props
    of = f"vpc/{props['vpcId']}" if "vpcId" in props else f"subnet/{props['subnetId']}"
    return {
        "ExclusionId": id_of(node),
        "State": "create-complete",
        "ResourceArn": f"arn:aws:ec2:{REGION}:{ACCOUNT}:{of}",
        "InternetGatewayExclusionMode": props["internetGatewayExclusionMode"],
    }


def _access(answers: Answers, stack: Stack) -> None:
    answers.lists("s3control", "ListAccessGrants", "AccessGrantsList", *(
        {"AccessGrantId": node.resource.name, "Permission": node.resource.props["permission"],
         "AccessGrantArn": f"arn:aws:s3:{REGION}:{ACCOUNT}:access-grants/default/grant/x",
         "Grantee": {"GranteeType": at(node.resource.props, "grantee", "granteeType"),
                     "GranteeIdentifier": at(node.resource.props, "grantee", "granteeIdentifier")}}
        for node in stack.each(ACCESS_GRANT)
    ))  # fmt: skip

    def policy(asked: Asked) -> Item:
        assert asked == {"AccountId": ACCOUNT}
        for props in _props(stack, ACCESS_POLICY):
            return {"Policy": props["policy"]}
        raise Nothing("AccessGrantsInstanceResourcePolicyNotExists")

    answers.says("s3control", "GetAccessGrantsInstanceResourcePolicy", policy)
