"""What an account has beside its cluster that only keeps, guards or tells: a closed design of it,
and what opens a part of it. None of it lies in the network.
"""

from collections.abc import Iterator
from typing import Any, Final

from rules.unknowns import UNKNOWN
from tests.policies.mutations.mutation import Change, add, opens
from tests.policies.mutations.parts import cluster_vpc
from tests.policies.mutations.stacks import ACCOUNT, FOREIGN, REGION, Of, Stack

TOPIC: Final = "aws:sns/topic:Topic"
CHANNEL: Final = "aws:cfg/deliveryChannel:DeliveryChannel"
CONFIG_RULE: Final = "aws:cfg/rule:Rule"
ACL_LOGS: Final = "aws:wafv2/webAclLoggingConfiguration:WebAclLoggingConfiguration"
WEB_ACL: Final = "aws:wafv2/webAcl:WebAcl"
FINDINGS: Final = "aws:guardduty/publishingDestination:PublishingDestination"
EVENTS: Final = "aws:rds/eventSubscription:EventSubscription"
VAULT_EVENTS: Final = "aws:backup/vaultNotifications:VaultNotifications"
REPORTS: Final = "aws:backup/reportPlan:ReportPlan"
GRANT: Final = "aws:s3control/accessGrant:AccessGrant"
GRANTS_POLICY: Final = (
    "aws:s3control/accessGrantsInstanceResourcePolicy:AccessGrantsInstanceResourcePolicy"
)
BUCKET_ACL: Final = "aws:s3/bucketAcl:BucketAcl"
_OTHERS: Final = f"arn:aws:sns:{REGION}:{ACCOUNT}:of-others"
_FUNCTION: Final = f"arn:aws:lambda:{REGION}:{ACCOUNT}:function:of-others"
_STREAM: Final = f"arn:aws:firehose:{REGION}:{ACCOUNT}:deliverystream/aws-waf-logs-x"
_RULES: Final = f"arn:aws:wafv2:{REGION}:{ACCOUNT}:regional/rulegroup/of-others/0f0f"
_EVERYBODY: Final = "http://acs.amazonaws.com/groups/global/AllUsers"
_LOG_DELIVERY: Final = "http://acs.amazonaws.com/groups/s3/LogDelivery"
_ROLE: Final = f"arn:aws:iam::{ACCOUNT}:role/guard"
_GROUP: Final = f"arn:aws:logs:{REGION}:{ACCOUNT}:log-group:aws-waf-logs-x"
_STRANGER: Final = (
    '{"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Principal": {"AWS": '
    f'"arn:aws:iam::{FOREIGN}:root"}}, "Action": "s3:GetDataAccess", "Resource": "*"}}]}}'
)
# By their types, with what is said of each.
_KEPT: Final[dict[str, dict[str, Any]]] = {
    "aws:accessanalyzer/analyzer:Analyzer": {"analyzerName": "a", "type": "ACCOUNT"},
    "aws:backup/vault:Vault": {"name": "daily"},
    "aws:backup/selection:Selection": {"iamRoleArn": _ROLE, "planId": "x", "resources": ["*"]},
    "aws:cfg/recorder:Recorder": {"roleArn": _ROLE, "recordingGroup": {"allSupported": True}},
    "aws:cfg/recorderStatus:RecorderStatus": {"isEnabled": True, "name": "default"},
    CONFIG_RULE: {"source": {"owner": "AWS", "sourceIdentifier": "ENCRYPTED_VOLUMES"}},
    "aws:cloudtrail/eventDataStore:EventDataStore": {"name": "calls"},
    "aws:cloudwatch/eventBus:EventBus": {"name": "orders"},
    "aws:guardduty/detectorFeature:DetectorFeature": {"name": "S3_DATA_EVENTS"},
    "aws:iam/accountPasswordPolicy:AccountPasswordPolicy": {"minimumPasswordLength": 20},
    "aws:iam/group:Group": {"name": "auditors"},
    "aws:inspector2/enabler:Enabler": {"accountIds": [ACCOUNT], "resourceTypes": ["ECR"]},
    "aws:kinesis/stream:Stream": {"name": "orders", "encryptionType": "KMS"},
    "aws:securityhub/account:Account": {},
    "aws:securityhub/standardsSubscription:StandardsSubscription": {
        "standardsArn": f"arn:aws:securityhub:{REGION}::standards/x/v/1.0.0",
    },
    GRANT: {"grantee": {"granteeType": "IAM", "granteeIdentifier": _ROLE}, "permission": "READ"},
    "aws:s3control/accessGrantsLocation:AccessGrantsLocation": {
        "iamRoleArn": _ROLE,
        "locationScope": "s3://",
    },
    "aws:ssm/maintenanceWindow:MaintenanceWindow": {"schedule": "cron(0 3 * * ? *)"},
    "aws:wafv2/ipSet:IpSet": {"addresses": ["10.0.0.0/8"], "scope": "REGIONAL"},
    WEB_ACL: {"scope": "REGIONAL", "rules": [{"name": "inside", "action": {"allow": {}}}]},
    ACL_LOGS: {"logDestinationConfigs": [_GROUP]},
    "aws:servicequotas/serviceQuota:ServiceQuota": {"value": 10},
    "aws:xray/group:Group": {"groupName": "orders"},
}


def keepers(stack: Stack) -> Stack:
    """Guards, recorders, backups and the like of an account, with a topic that events go to."""
    topic = stack.makes(TOPIC, "guards", {"kmsMasterKeyId": "alias/guards"})
    tells = {"snsTopicArn": Of(topic, "arn"), "backupVaultName": "daily"}
    inside = {"vpc": Of(cluster_vpc(stack)), "name": "apps.internal"}
    rules = stack.makes("aws:wafv2/ruleGroup:RuleGroup", "common", {"scope": "REGIONAL"})
    refers = {"ruleGroupReferenceStatement": {"arn": Of(rules, "arn")}}
    acl = stack.makes(WEB_ACL, "shop", {"rules": [{"name": "common", "statement": refers}]})
    front = {"webAclArn": Of(acl, "arn")}
    return stack.having(
        topic,
        rules,
        acl,
        stack.makes("aws:wafv2/webAclAssociation:WebAclAssociation", "shop", front),
        *(stack.makes(type_, "kept", props) for type_, props in _KEPT.items()),
        stack.makes(
            BUCKET_ACL,
            "logs",
            {
                "accessControlPolicy": _granting({"uri": _LOG_DELIVERY}),
            },
        ),
        stack.makes(BUCKET_ACL, "private", {"acl": "private"}),
        stack.makes(EVENTS, "databases", {"snsTopic": Of(topic, "arn")}),
        stack.makes(VAULT_EVENTS, "vault", tells),
        stack.makes("aws:servicediscovery/privateDnsNamespace:PrivateDnsNamespace", "apps", inside),
    )


def _rule(identifier: Any) -> Change:
    return add(CONFIG_RULE, {"source": {"owner": "CUSTOM_LAMBDA", "sourceIdentifier": identifier}})


def _granting(*grantees: dict[str, str]) -> dict[str, Any]:
    grants = [{"permission": "READ", "grantee": grantee} for grantee in (*grantees, {"id": "a0a0"})]
    return {"owner": {"id": "a0a0"}, "grants": grants}


def _grants(kind: str, to: str) -> dict[str, Any]:
    return {"grantee": {"granteeType": kind, "granteeIdentifier": to}, "permission": "READ"}


def _unknown(stack: Stack) -> Iterator[Stack]:
    """A topic that comes from nowhere."""
    yield stack.having(stack.makes(EVENTS, "door", {"snsTopic": UNKNOWN}))


MUTATIONS = (
    opens("findings into a bucket of others", "CN-004",
          add(FINDINGS, {"destinationArn": "arn:aws:s3:::of-others/findings"})),
    opens("records of Config into a bucket of others", "CN-004",
          add(CHANNEL, {"s3BucketName": "of-others"})),
    opens("a web ACL that asks for payment", "CN-243",
          add(WEB_ACL, {"scope": "REGIONAL", "monetizationConfig": {"cryptoConfig": {}}})),
    opens("a part of a bucket that is granted to a foreign role", "CN-244",
          add(GRANT, _grants("IAM", _ROLE.replace(ACCOUNT, FOREIGN)))),
    opens("a bucket whose ACL is public", "CN-152",
          add(BUCKET_ACL, {"bucket": "x", "acl": "public-read"})),
)  # fmt: skip
FURTHER = (
    opens("a part of a bucket that is granted to people of a directory", "CN-244",
          add(GRANT, _grants("DIRECTORY_GROUP", "0a0a"))),
    opens("grants of S3 that strangers may ask for", "CN-131", add(GRANTS_POLICY, {
        "policy": _STRANGER}), also="perimeter"),
    opens("a rule of Config by a function of others", "CN-004", _rule(_FUNCTION)),
    opens("a rule of Config by a foreign function", "CN-136",
          _rule(_FUNCTION.replace(ACCOUNT, FOREIGN))),
    opens("logs of a web ACL to a bucket of others", "CN-004",
          add(ACL_LOGS, {"logDestinationConfigs": ["arn:aws:s3:::aws-waf-logs-x"]})),
    opens("logs of a web ACL to a stream of others", "CN-004",
          add(ACL_LOGS, {"logDestinationConfigs": [_STREAM]})),
    opens("events of databases to a topic of others", "CN-004", add(EVENTS, {"snsTopic": _OTHERS})),
    opens("events of databases to a topic from nowhere", "CN-004", _unknown),
    opens("events of databases to a foreign topic", "CN-136",
          add(EVENTS, {"snsTopic": _OTHERS.replace(ACCOUNT, FOREIGN)})),
    opens("records of Config to a topic of others", "CN-004",
          add(CHANNEL, {"snsTopicArn": _OTHERS})),
    opens("events of a vault to a topic of others", "CN-004",
          add(VAULT_EVENTS, {"snsTopicArn": _OTHERS})),
    opens("reports of backups into a bucket of others", "CN-004",
          add(REPORTS, {"reportDeliveryChannel": {"s3BucketName": "of-others"}})),
    opens("a bucket with a policy of grants", "CN-152",
          add(BUCKET_ACL, {"accessControlPolicy": _granting({"id": "0f0f"})})),
    opens("a bucket with a grant for everybody", "CN-152",
          add(BUCKET_ACL, {"accessControlPolicy": _granting({"uri": _EVERYBODY})})),
    opens("a bucket with a policy that nobody knows", "CN-152",
          add(BUCKET_ACL, {"accessControlPolicy": UNKNOWN})),
    opens("a bucket that is made a website", "CN-153",
          add("aws:s3/bucketWebsiteConfiguration:BucketWebsiteConfiguration", {"bucket": "x"})),
    opens("a web ACL with a text that asks for payment", "CN-243",
          add(WEB_ACL, {"ruleJson": '[{"Action": {"Monetize": {}}}]'})),
    opens("a web ACL by the rules of others", "CN-004", add(WEB_ACL, {"rules": [
        {"name": "x", "statement": {"ruleGroupReferenceStatement": {"arn": _RULES}}}]})),
    opens("a web ACL with a text by the rules of others", "CN-004", add(WEB_ACL, {"ruleJson":
        f'[{{"Statement": {{"RuleGroupReferenceStatement": {{"ARN": "{_RULES}"}}}}}}]'})),
    opens("the rules of others in a web ACL", "CN-004",
          add("aws:wafv2/webAclRuleGroupAssociation:WebAclRuleGroupAssociation",
              {"ruleGroupReference": {"arn": _RULES}})),
    opens("a web ACL of others in front of one's own", "CN-004",
          add("aws:wafv2/webAclAssociation:WebAclAssociation",
              {"webAclArn": _RULES.replace("rulegroup", "webacl")})),
)  # fmt: skip
