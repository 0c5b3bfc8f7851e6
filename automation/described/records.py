"""The record of a stack: what of it answers of AWS are held against, and whose parts it has."""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, Final

from pulumi.runtime.rpc import UNKNOWN

from automation.described.calls import Kind
from automation.described.paths import object_key, rule_of
from automation.described.scope import Scope
from automation.described.spread import roles_of
from automation.described.tables import KINDS
from automation.state import Resource

OTHER_NAMES: Final = {  # types of the provider that stand for one another
    "aws:s3/bucketAclV2:BucketAclV2": "aws:s3/bucketAcl:BucketAcl",
    "aws:s3/bucketLoggingV2:BucketLoggingV2": "aws:s3/bucketLogging:BucketLogging",
    "aws:s3/bucketServerSideEncryptionConfigurationV2:BucketServerSideEncryptionConfigurationV2":
        "aws:s3/bucketServerSideEncryptionConfiguration:BucketServerSideEncryptionConfiguration",
    "aws:s3/bucketV2:BucketV2": "aws:s3/bucket:Bucket",
    "aws:s3/bucketWebsiteConfigurationV2:BucketWebsiteConfigurationV2":
        "aws:s3/bucketWebsiteConfiguration:BucketWebsiteConfiguration",
    "aws:alb/loadBalancer:LoadBalancer": "aws:lb/loadBalancer:LoadBalancer",
    "aws:alb/listener:Listener": "aws:lb/listener:Listener",
    "aws:alb/listenerRule:ListenerRule": "aws:lb/listenerRule:ListenerRule",
    "aws:alb/targetGroup:TargetGroup": "aws:lb/targetGroup:TargetGroup",
    "aws:alb/targetGroupAttachment:TargetGroupAttachment":
        "aws:lb/targetGroupAttachment:TargetGroupAttachment",
}  # fmt: skip


# Of these AWS tells in every region, whichever they were made in.
_EVERYWHERE: Final = ("aws:iam/", "aws:route53/", "aws:s3/")


class Records:
    """The record of a stack, to look things up in; and what of it was found.

    region: that is read. What the stack has in another one may be called as something here is.
    account: whose credentials read. kept_by_others: by URN, what another account has of the
    stack's, and cannot be otherwise than it is recorded for as long as it is there.
    """

    def __init__(
        self,
        resources: Iterable[Resource] = (),
        region: str | None = None,
        account: str | None = None,
    ) -> None:
        self.resources = tuple(resources)
        self.kept_by_others = frozenset(
            resource.urn for resource in self.resources if _is_kept_by_others(resource, account)
        )
        self.elsewhere = frozenset(
            resource.urn for resource in self.resources if _is_elsewhere(resource, region)
        )
        self._by_id: dict[tuple[str, str], Resource] = {}
        self._by_key: dict[tuple[str, tuple[Any, ...]], Resource] = {}
        keys = {kind.token: kind.key for kind in KINDS if kind.key or kind.single}
        for resource in self.here:
            token = OTHER_NAMES.get(resource.type, resource.type)
            self._by_id[token, resource.id] = resource
            if token in keys:
                values = {**resource.inputs, **resource.outputs}
                if token in _BY_KEY:
                    values["key"] = object_key(str(values.get("key")))
                self._by_key[token, _key(keys[token], values)] = resource
        for resource in self.resources:  # a copy lies elsewhere, and its table here tells of it
            if resource.type == _REPLICA:
                self._by_key[_REPLICA, _copied(resource)] = resource

    def find(self, kind: Kind, id_: str, inputs: Mapping[str, Any]) -> Resource | None:
        """What is recorded of a thing, if it is."""
        found = self._by_id.get((kind.token, id_))
        if found is None and (kind.key or kind.single):
            found = self._by_key.get((kind.token, _key(kind.key, inputs)))
        return found

    @property
    def here(self) -> Iterator[Resource]:
        """What the stack has in the region that is read."""
        return (resource for resource in self.resources if resource.urn not in self.elsewhere)

    def has(self, token: str, id_: str) -> bool:
        return (token, id_) in self._by_id

    def has_part(self, token: str, id_: str) -> bool:
        """Whether a part of a thing is recorded, by its key, parted by commas."""
        return (token, tuple(id_.split(","))) in self._by_key

    @property
    def types(self) -> frozenset[str]:
        return frozenset(OTHER_NAMES.get(r.type, r.type) for r in self.here)

    @property
    def holders(self) -> frozenset[str]:
        """What the things of the record are parts of, whoever made it: of somebody else's log group
        the stack's own filter is read, and no other."""
        alike = {r.id for r in self.here if OTHER_NAMES.get(r.type, r.type) in _CALLED_ALIKE}
        return frozenset(filter(None, {*map(_holder, self.here), *alike}))

    def scope(self, described: Iterable[str] = ()) -> Scope:
        """Of a stack. described: what its file takes as supplied."""
        known = {*described, *self.vpcs, *self.holders}
        return Scope.of(self.ids, known, self.types, keys=self.keys)

    @property
    def held(self) -> dict[str, list[Resource]]:
        """What is asked for one by one, by the name of what it is in: objects of a bucket."""
        found: dict[str, list[Resource]] = {}
        for resource in self.here:
            if resource.type in _BY_KEY:
                holder = {**resource.inputs, **resource.outputs}.get("bucket")
                found.setdefault(str(holder), []).append(resource)
        return found

    @property
    def keys(self) -> dict[str, tuple[str, ...]]:
        """The keys of these."""
        return {
            holder: tuple(
                object_key(str({**part.inputs, **part.outputs}.get("key"))) for part in parts
            )
            for holder, parts in self.held.items()
        }

    @property
    def vpcs(self) -> frozenset[str]:
        """The VPCs that things of the record lie in, whoever made them."""
        found = (resource.outputs.get("vpcId") for resource in self.here)
        return frozenset(vpc for vpc in found if isinstance(vpc, str))

    @property
    def ids(self) -> frozenset[str]:
        """What the things of the record are called, with their type and without, and what those
        parts belong to that have no id of their own."""
        own = [r for r in self.here if r.id and r.type.startswith("aws:")]
        found = {r.id for r in own if OTHER_NAMES.get(r.type, r.type) not in _CALLED_ALIKE}
        found |= {f"{OTHER_NAMES.get(r.type, r.type)} {r.id}" for r in own}
        keyed = {kind.token: kind.key for kind in KINDS if kind.key}
        for resource in self.here:
            for name in keyed.get(resource.type, ()):
                value = resource.outputs.get(name)
                if isinstance(value, str) and resource.type in _PARTS_OF_OWNED:
                    found.add(value)
            found.update(role for role in roles_of(resource) if isinstance(role, str))
        found |= {f"{holder}/{key}" for holder, keys in self.keys.items() for key in keys}
        return frozenset(found)


_BY_KEY: Final = frozenset(kind.token for kind in KINDS if kind.call.by_key)
# What is called by the id of what it is about: that may be somebody else's.
_CALLED_ALIKE: Final = frozenset(kind.token for kind in KINDS if kind.id == "_of.Name") | {
    "aws:apigateway/restApiPolicy:RestApiPolicy",
    "aws:apigateway/restApiPut:RestApiPut",
    "aws:backup/vaultPolicy:VaultPolicy",
    "aws:ec2/vpcEndpointPolicy:VpcEndpointPolicy",
    "aws:ecr/repositoryPolicy:RepositoryPolicy",
    "aws:efs/fileSystemPolicy:FileSystemPolicy",
    "aws:kms/keyPolicy:KeyPolicy",
    "aws:networkfirewall/loggingConfiguration:LoggingConfiguration",
    "aws:ram/resourceShareAssociationsExclusive:ResourceShareAssociationsExclusive",
    "aws:secretsmanager/secretPolicy:SecretPolicy",
    "aws:sns/topicPolicy:TopicPolicy",
    "aws:sqs/queuePolicy:QueuePolicy",
    "aws:vpclattice/authPolicy:AuthPolicy",
    "aws:vpclattice/resourcePolicy:ResourcePolicy",
}


_REPLICA: Final = "aws:dynamodb/tableReplica:TableReplica"


def _copied(replica: Resource) -> tuple[str, str, str]:
    """Of which table, to which region and under whose key; "" for the key that AWS takes."""
    values = {**replica.inputs, **replica.outputs}
    region = values.get("region") or str(values.get("arn")).split(":")[3:4]
    where = region if isinstance(region, str) else "".join(region)
    return str(values.get("globalTableArn")), where, str(values.get("kmsKeyArn") or "")


def _is_elsewhere(resource: Resource, region: str | None) -> bool:
    """Whether a thing is recorded in another region than the one that is read."""
    own = resource.outputs.get("region") or resource.inputs.get("region")
    known = region is not None and isinstance(own, str) and own != UNKNOWN
    return known and own != region and not resource.type.startswith(_EVERYWHERE)


_GRANT: Final = "aws:kms/grant:Grant"


def _is_kept_by_others(resource: Resource, account: str | None) -> bool:
    """Whether it is a grant on a key of another account, which lists it to whom its policy lets. A
    grant is made and retired, and never changed (KMS developer guide, Grants; read 2026-11-30)."""
    if resource.type != _GRANT or account is None:
        return False
    key = {**resource.inputs, **resource.outputs}.get("keyId")
    of = _KEY_ARN.fullmatch(key) if isinstance(key, str) else None
    return of is not None and of[1] != account


# Parts of roles: of a role that is supplied, what the stack attaches is its own all the same.
_PARTS_OF_OWNED: Final = frozenset({"aws:iam/rolePolicyAttachment:RolePolicyAttachment"})


_LOG_GROUP: Final = "aws:cloudwatch/logGroup:LogGroup"
_RULE: Final = "aws:cloudwatch/eventRule:EventRule"
# Where parts name what they are of, and the type as which the reader calls that.
_HELD: Final = {
    "aws:apigateway/authorizer:Authorizer": ("restApi", ""),
    "aws:apigateway/basePathMapping:BasePathMapping": (
        "domainName",
        "aws:apigateway/domainName:DomainName",
    ),
    "aws:apigateway/deployment:Deployment": ("restApi", ""),
    "aws:apigateway/integration:Integration": ("restApi", ""),
    "aws:apigateway/restApiPut:RestApiPut": ("restApiId", ""),
    "aws:apigateway/stage:Stage": ("restApi", ""),
    "aws:cloudwatch/logResourcePolicy:LogResourcePolicy": ("resourceArn", ""),
    "aws:cloudwatch/logSubscriptionFilter:LogSubscriptionFilter": ("logGroup", _LOG_GROUP),
    "aws:codebuild/webhook:Webhook": ("projectName", "aws:codebuild/project:Project"),
    "aws:codepipeline/webhook:Webhook": ("targetPipeline", "aws:codepipeline/pipeline:Pipeline"),
    "aws:directconnect/gatewayAssociation:GatewayAssociation": ("associatedGatewayId", ""),
    "aws:ec2/vpcEndpointServiceAllowedPrinciple:VpcEndpointServiceAllowedPrinciple": (
        "vpcEndpointServiceId",
        "",
    ),
    "aws:ec2/vpcEndpointConnectionAccepter:VpcEndpointConnectionAccepter": (
        "vpcEndpointServiceId",
        "",
    ),
    _GRANT: ("keyId", ""),
    "aws:ram/principalAssociation:PrincipalAssociation": ("resourceShareArn", ""),
    "aws:ram/resourceAssociation:ResourceAssociation": ("resourceShareArn", ""),
    "aws:route53/vpcAssociationAuthorization:VpcAssociationAuthorization": ("zoneId", ""),
    "aws:vpclattice/accessLogSubscription:AccessLogSubscription": ("resourceIdentifier", ""),
    "aws:vpclattice/targetGroupAttachment:TargetGroupAttachment": ("targetGroupIdentifier", ""),
    "aws:wafv2/webAclRule:WebAclRule": ("webAclArn", ""),
}
_TARGET: Final = "aws:cloudwatch/eventTarget:EventTarget"


def _holder(resource: Resource) -> str:
    """What a thing is a part of, as the reader calls it; "" where it is none of these."""
    values = {**resource.inputs, **resource.outputs}
    if resource.type == _TARGET:
        return f"{_RULE} {rule_of(values.get('rule'), _called(values.get('eventBusName')))}"
    name, type_ = _HELD.get(resource.type, ("", ""))
    return f"{type_} {values.get(name, '')}".strip()


_KEY_ARN: Final = re.compile(r"arn:[^:]+:kms:[^:]*:(\d{12}):key/.+")
# Programs name some things by their names or by their ARNs: functions, layers, buses, keys.
_BY_ARN: Final = re.compile(
    r"arn:[^:]+:(?:lambda:[^:]*:[^:]*:(?:function|layer):([^:]+)"
    r"|events:[^:]*:[^:]*:event-bus/(.+)|kms:[^:]*:[^:]*:key/(.+)"
    r"|vpc-lattice:[^:]*:[^:]*:[a-z]+/(.+))"
)


def _key(names: Sequence[str], values: Mapping[str, Any]) -> tuple[Any, ...]:
    return tuple(_called(values.get(name)) or None for name in names)


def _called(value: Any) -> Any:
    if isinstance(value, Mapping):
        return tuple(sorted((k, v) for k, v in value.items() if v is not None))
    named = _BY_ARN.fullmatch(value) if isinstance(value, str) else None
    return next(filter(None, named.groups())) if named else value
