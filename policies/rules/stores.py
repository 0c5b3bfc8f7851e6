"""Whether what a bucket or a repository holds is read through own VPC endpoints only.

A bucket that AWS's own services alone write into, such as one for logs, takes nothing out of the
network: it may be read from elsewhere.
"""

import re
from collections.abc import Iterator, Mapping

from model.deployment import Node
from rules.boundary import Boundary
from rules.bounds import matches
from rules.documents import Condition, DocumentError, Statement, parse_document
from rules.model import Check, Resource
from rules.unknowns import UNKNOWN, is_set

# What answers with contents: Service Authorization Reference, Amazon S3 and Amazon ECR (read
# 2026-11-28). A manifest (ecr:BatchGetImage) names layers and holds none, and pushers ask for it.
_OBJECTS = ("s3:GetObject", "s3:GetObjectVersion")
_LAYERS = ("ecr:GetDownloadUrlForLayer",)
_READS = {
    "Bucket": _OBJECTS,
    "BucketV2": _OBJECTS,
    "BucketPolicy": _OBJECTS,
    "RepositoryPolicy": _LAYERS,
    "RepositoryCreationTemplate": _LAYERS,
}
# Where a policy is one property among others: without it, no policy is judged here.
_INLINE = {
    "Bucket": "policy",
    "BucketV2": "policy",
    "RepositoryCreationTemplate": "repositoryPolicy",
}
# What a policy of each is, and the property by which it names it.
_POLICY_OF = {
    "aws:s3/bucket:Bucket": ("aws:s3/bucketPolicy:BucketPolicy", "bucket"),
    "aws:s3/bucketV2:BucketV2": ("aws:s3/bucketPolicy:BucketPolicy", "bucket"),
    "aws:ecr/repository:Repository": ("aws:ecr/repositoryPolicy:RepositoryPolicy", "repository"),
}
_WRITE = "s3:PutObject"
_WAYS = ("aws:sourcevpce", "aws:sourcevpc", "aws:vpceaccount", "aws:vpceorgid")
# An id in full: a variable such as ${aws:SourceVpce} would compare the key with itself.
_ID = {
    "aws:sourcevpce": re.compile("vpce-[0-9a-f]{8,}"),
    "aws:sourcevpc": re.compile("vpc-[0-9a-f]{8,}"),
}
_EVERY_OBJECT = re.compile(r"\*|arn:[^:]*:s3:::[^/*?]+/\*")
# Some objects of one bucket; a variable or a wildcard before them might be any.
_OBJECTS_OF = re.compile(r"arn:[^:*?$]+:s3:::[^/*?$]+/([^$]+)")
_ELSEWHERE = re.compile(r"arn:aws-[a-z-]+:")
# A negated operator holds where the key is missing, with IfExists and without (IAM user guide,
# condition operators).
_DIFFERS = ("stringnotequals", "stringnotequalsifexists")


def _unbound(resource: Resource, boundary: Boundary) -> Iterator[str]:
    noun = resource.noun
    value = resource.props.get(_INLINE.get(noun, "policy"))
    if noun in _INLINE and not is_set(value):
        return
    try:
        statements = parse_document(value)
    except DocumentError:
        return  # CN-131 says so
    if _READS[noun] == _OBJECTS and any(_keeps_all_but_aws_out(s) for s in statements):
        return
    unbound: dict[str, list[str]] = {}
    for action in _READS[noun]:
        for part in _left_open(statements, action, noun, boundary):
            unbound.setdefault(part, []).append(action)
    for part, actions in unbound.items():
        what = f"{' and '.join(actions)}{f' of {part}' if part else ''}"
        yield f"policy lets {what} be called by other ways than own VPC endpoints"


def _left_open(
    statements: tuple[Statement, ...], action: str, noun: str, boundary: Boundary
) -> tuple[str, ...]:
    """The objects that are read by another way, as one of the statements leaves them out; "" is
    everything. That which leaves out the fewest tells, whatever others would add to it."""
    binding = (s for s in statements if _binds(s, action, noun, boundary))
    found = (_left_out(statement, noun) for statement in binding)
    return min(found, key=lambda parts: ("" in parts, len(parts)), default=("",))


def _binds(statement: Statement, action: str, noun: str, boundary: Boundary) -> bool:
    """Whether it denies the action to everybody who comes by another way, but for what it leaves
    out."""
    return (
        _denies_everybody(statement, action)
        and len(statement.conditions) == 1
        and _another_way(statement.conditions[0], boundary, _owner_told(statement, noun))
    )


def _left_out(statement: Statement, noun: str) -> tuple[str, ...]:
    """Objects that a statement is not about: none, those of its NotResource, or it cannot be told
    which; a prefix in Resource leaves all others out."""
    if statement.negated:
        found = [_OBJECTS_OF.fullmatch(r) for r in statement.not_resources if isinstance(r, str)]
        if len(found) != len(statement.not_resources) or statement.negated != ("NotResource",):
            return ("",)
        return tuple(match[1] if match else "" for match in found) or ("",)
    return () if _READS[noun] == _LAYERS or _every_object(statement) else ("",)


def _keeps_all_but_aws_out(statement: Statement) -> bool:
    """Whether it denies to write any object to whoever is no service of AWS.

    The key says of a request that a service principal makes it itself, which nobody else can have
    (IAM user guide, aws:PrincipalIsAWSService). Where nobody has signed, the key is missing.
    """
    return (
        _denies_everybody(statement, _WRITE)
        and _every_object(statement)
        and len(statement.conditions) == 1
        and statement.conditions[0].operator == "boolifexists"
        and statement.conditions[0].key == "aws:principalisawsservice"
        and statement.conditions[0].values == ("false",)
    )


def _denies_everybody(statement: Statement, action: str) -> bool:
    return (
        not statement.allows
        and not {"NotPrincipal", "NotAction"} & set(statement.negated)
        and ("AWS", "*") in statement.principals
        and any(
            isinstance(a, str) and matches(action.lower(), a.lower()) for a in statement.actions
        )
    )


def _every_object(statement: Statement) -> bool:
    """Whether one of its resources is all objects of a bucket; a prefix leaves the others out."""
    return any(isinstance(r, str) and _EVERY_OBJECT.fullmatch(r) for r in statement.resources)


def _owner_told(statement: Statement, noun: str) -> bool:
    """Whether AWS tells there whose endpoint a request came through.

    S3 does in partition aws; elsewhere, and of ECR, that is not published (IAM user guide,
    aws:VpceAccount, read 2026-11-28). A bucket's ARN names its partition.
    """
    named = statement.resources or statement.not_resources
    return _READS[noun] == _OBJECTS and not all(
        isinstance(r, str) and _ELSEWHERE.match(r) for r in named
    )


def _another_way(condition: Condition, boundary: Boundary, owner_told: bool) -> bool:
    if condition.key not in _WAYS or not condition.values or UNKNOWN in condition.values:
        return False
    if condition.operator == "null":
        return condition.values == ("true",) and not owner_told  # else anybody's endpoint passes
    if condition.operator not in _DIFFERS:
        return False
    if condition.key == "aws:vpceaccount":
        return all(value in boundary.accounts for value in condition.values)
    if condition.key == "aws:vpceorgid":
        return all(value == boundary.organization_id for value in condition.values)
    # Whose endpoint or VPC an id stands for, the deployment or boundary.supplied tells (CN-004).
    form = _ID[condition.key]
    return all(isinstance(value, str) and form.fullmatch(value) for value in condition.values)


_TEMPLATE = "aws:ecr/repositoryCreationTemplate:RepositoryCreationTemplate"


def bare(nodes: Mapping[str, Node]) -> Iterator[tuple[Resource, str]]:
    """Buckets and repositories of the deployment that no policy of it is about.

    One resource alone does not tell. A policy that is there is judged where it is made (CN-180).
    """
    for node in nodes.values():
        if node.resource.type == _TEMPLATE and not is_set(
            node.resource.props.get(_INLINE[node.resource.noun])
        ):
            yield node.resource, "gives the repositories that it makes no repositoryPolicy"
        its = _POLICY_OF.get(node.resource.type)
        if its is None or is_set(node.resource.props.get("policy")):
            continue
        policy, key = its
        policies = (other for other in nodes.values() if other.resource.type == policy)
        if not any(_is_of(node, other, key) for other in policies):
            yield node.resource, f"has no {policy.rsplit(':', 1)[-1]} in this deployment"


def _is_of(store: Node, policy: Node, key: str) -> bool:
    """By name or id where they are known, else by what the engine knows of the value's sources."""
    named = policy.resource.props.get(key)
    if named is UNKNOWN:
        return store.resource.urn in policy.sources.get(key, frozenset())
    names = (store.resource.props.get("bucket"), store.resource.props.get("name"),
             store.outputs().get("id"))  # fmt: skip
    return isinstance(named, str) and named in names


CHECKS: dict[str, Check] = {"CN-180": _unbound}
