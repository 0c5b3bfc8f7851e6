"""A well-known call of each service that has VPC endpoints or policies: what a counterexample shows
where a policy lets any call pass.

By the actions of each service in the Service Authorization Reference, read 2026-11-29. Of a service
that moves data it is a call that moves some.
"""

from typing import Final, NamedTuple


class UsualCall(NamedTuple):
    """action: in lower case, as IAM compares it. resource: what is named behind the account.
    of: the service in its ARN, where that is another one."""

    action: str
    resource: str = "outside"
    of: str = ""

    def arn(self, region: str, account: str) -> str:
        service = self.of or self.action.partition(":")[0]
        return f"arn:aws:{service}:{'' if service == 'iam' else region}:{account}:{self.resource}"


# By the prefix of the service's actions.
USUAL_CALLS: Final = {
    "acm-pca": UsualCall("acm-pca:issuecertificate", "certificate-authority/outside"),
    "athena": UsualCall("athena:startqueryexecution", "workgroup/outside"),
    "autoscaling": UsualCall("autoscaling:setdesiredcapacity", "autoScalingGroup:outside"),
    "backup": UsualCall("backup:copyintobackupvault", "backup-vault:outside"),
    "bedrock": UsualCall("bedrock:invokemodel", "provisioned-model/outside"),
    "cloudformation": UsualCall("cloudformation:createstack", "stack/outside"),
    "cloudwatch": UsualCall("cloudwatch:putmetricdata"),
    "codeartifact": UsualCall("codeartifact:getpackageversionasset", "package/outside"),
    "codebuild": UsualCall("codebuild:startbuild", "project/outside"),
    "dynamodb": UsualCall("dynamodb:putitem", "table/outside"),
    "ec2": UsualCall("ec2:createtags", "instance/outside"),
    "ecr": UsualCall("ecr:putimage", "repository/outside"),
    "ecs": UsualCall("ecs:runtask", "task-definition/outside"),
    "eks": UsualCall("eks:describecluster", "cluster/outside"),
    "eks-auth": UsualCall("eks-auth:assumeroleforpodidentity", "cluster/outside"),
    "elasticfilesystem": UsualCall("elasticfilesystem:clientwrite", "file-system/outside"),
    "elasticloadbalancing": UsualCall(
        "elasticloadbalancing:registertargets", "targetgroup/outside"
    ),
    "es": UsualCall("es:eshttppost", "domain/outside"),
    "events": UsualCall("events:putevents", "event-bus/outside"),
    "execute-api": UsualCall("execute-api:invoke"),
    "firehose": UsualCall("firehose:putrecord", "deliverystream/outside"),
    "glue": UsualCall("glue:gettable", "catalog"),
    "kinesis": UsualCall("kinesis:putrecord", "stream/outside"),
    "kms": UsualCall("kms:decrypt", "key/outside"),
    "lambda": UsualCall("lambda:invokefunction", "function:outside"),
    "logs": UsualCall("logs:putlogevents", "log-group:outside"),
    "rds": UsualCall("rds:copydbsnapshot", "snapshot:outside"),
    "route53": UsualCall("route53:changeresourcerecordsets"),
    "s3": UsualCall("s3:putobject"),
    "sagemaker": UsualCall("sagemaker:invokeendpoint", "endpoint/outside"),
    "secretsmanager": UsualCall("secretsmanager:getsecretvalue", "secret:outside"),
    "sns": UsualCall("sns:publish"),
    "sqs": UsualCall("sqs:sendmessage"),
    "ssm": UsualCall("ssm:putparameter", "parameter/outside"),
    "ssmmessages": UsualCall("ssmmessages:createdatachannel"),
    "states": UsualCall("states:startexecution", "stateMachine:outside"),
    "sts": UsualCall("sts:assumerole", "role/outside", "iam"),
    "vpc-lattice-svcs": UsualCall("vpc-lattice-svcs:invoke", "service/outside"),
    "xray": UsualCall("xray:puttracesegments"),
}
# What a solver chooses from: each text more makes its search longer.
_FEW: Final = ("s3", "ecr", "kms", "logs", "secretsmanager", "sns", "sqs", "sts")
# What endpoints are called whose service has another prefix, before their first dot.
_OTHERWISE: Final = {
    "bedrock-runtime": "bedrock",
    "bedrock-agent-runtime": "bedrock",
    "kinesis-firehose": "firehose",
    "kinesis-streams": "kinesis",
    "monitoring": "cloudwatch",
    "sync-states": "states",
}


def prefix_of(endpoint: str | None) -> str | None:
    """What the actions of an endpoint's service begin with. endpoint: as its name has it, such as
    ecr.api; None where it is not known, or no call of it is."""
    name = (endpoint or "").partition(".")[0]
    found = _OTHERWISE.get(name, name)
    return found if found in USUAL_CALLS else None


def few_usual(own: str | None) -> tuple[str, ...]:
    """The actions of a few services that move data, that of one's own first."""
    services = dict.fromkeys((own or "", *_FEW))
    return tuple(USUAL_CALLS[s].action for s in services if s in USUAL_CALLS)
