"""VPC endpoints: of which kind, to which service, and what their policies let through."""

import datetime
import json
from collections.abc import Iterator
from typing import Any

from model.deployment import Node
from rules.boundary import RuleException
from rules.unknowns import UNKNOWN
from tests.policies.mutations.mutation import ABSENT, Change, add, build, edit, opens, rewrite
from tests.policies.mutations.parts import ENDPOINT, GROUP, INGRESS, cluster_vpc
from tests.policies.mutations.stacks import (
    ACCOUNT,
    FOREIGN,
    FOREIGN_ORGANIZATION,
    ORGANIZATION,
    REGION,
    Of,
    Stack,
)

POLICY = "aws:ec2/vpcEndpointPolicy:VpcEndpointPolicy"
PRINCIPAL, RESOURCE = "aws:PrincipalAccount", "aws:ResourceAccount"
OWN = {PRINCIPAL: ACCOUNT, RESOURCE: ACCOUNT}
BOTH = "CN-085 CN-086 perimeter"
FAR = datetime.date(2027, 1, 31)


def is_interface(node: Node) -> bool:
    return node.resource.props.get("vpcEndpointType") == "Interface"


def _service(suffix: str) -> Any:
    return lambda node: str(node.resource.props.get("serviceName")).endswith(f".{suffix}")


def _document(*statements: dict[str, Any]) -> dict[str, Any]:
    return {"Version": "2012-10-17", "Statement": list(statements)}


def _statement(condition: Any = ABSENT, **given: Any) -> dict[str, Any]:
    """A statement for everybody and everything of one's own, unless something else is said."""
    held = {"StringEquals": OWN} if condition is ABSENT else condition
    base = {"Effect": "Allow", "Principal": "*", "Action": "*", "Resource": "*", "Condition": held}
    return {key: value for key, value in {**base, **given}.items() if value is not ABSENT}


def _policy(*statements: dict[str, Any], suffix: str = "ec2") -> Change:
    """The endpoint's policy is this one."""
    return rewrite(ENDPOINT, "policy", lambda _: _document(*statements), _service(suffix))


def _held(condition: Any, **given: Any) -> Change:
    return _policy(_statement(condition, **given))


def _added(suffix: str, *statements: dict[str, Any]) -> Change:
    """The endpoint's policy has one more statement."""

    def more(document: dict[str, Any]) -> dict[str, Any]:
        return {**document, "Statement": [*document["Statement"], *statements]}

    return rewrite(ENDPOINT, "policy", more, _service(suffix))


def _apart(stack: Stack) -> list[Node]:
    """The policy is a resource of its own, and lets everything through."""
    endpoint = stack.first(ENDPOINT, _service("ec2"))
    policy = json.dumps(_document(_statement({})))
    return [stack.makes(POLICY, "door", {"vpcEndpointId": Of(endpoint), "policy": policy})]


def _answered_by_halves(stack: Stack) -> Iterator[Stack]:
    """Somebody answers for what a statement leaves out; whom it lets in, nobody does."""
    all_but_one = _statement({}, Action=ABSENT, NotAction="ec2:DeleteVpc")
    endpoint = stack.first(ENDPOINT, _service("ec2"))
    answer = RuleException(
        "CN-084", endpoint.resource.name, None, "network team", "all calls but one", FAR
    )
    for opened in _policy(all_but_one)(stack):
        yield opened.declaring(exceptions=(*stack.boundary.exceptions, answer))


def _another(**given: Any) -> Change:
    """One more endpoint, sound but for what is given."""
    base = {
        "vpcEndpointType": "Interface", "serviceName": f"com.amazonaws.{REGION}.sqs",
        "privateDnsEnabled": True, "securityGroupIds": ["own"],
        "policy": json.dumps(_document(_statement(Action="sqs:*"))),
    }  # fmt: skip

    def props(stack: Stack) -> dict[str, Any]:
        # By name: which is recorded first is chance, and that of nodes lets more in.
        group = stack.first(GROUP, lambda node: node.resource.name == "control-plane")
        own = {**base, "vpcId": Of(cluster_vpc(stack)), "securityGroupIds": [Of(group)], **given}
        return {key: value for key, value in own.items() if value is not ABSENT}

    return add(ENDPOINT, props)


def _by(operator: str, key: str, value: Any) -> dict[str, Any]:
    """The principal is held by this and nothing else, the resource as it should be."""
    return _merged({"StringEquals": {RESOURCE: ACCOUNT}}, {operator: {key: value}})


def _to(operator: str, key: str, value: Any) -> dict[str, Any]:
    """The resource is held by this and nothing else, the principal as it should be."""
    return _merged({"StringEquals": {PRINCIPAL: ACCOUNT}}, {operator: {key: value}})


def _merged(*blocks: dict[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for block in blocks:
        for operator, keys in block.items():
            found[operator] = {**found.get(operator, {}), **keys}
    return found


def _wider_group(**given: Any) -> Change:
    """A group of interface endpoints lets something else in, from a group that is inside."""

    def make(stack: Stack) -> Iterator[Node]:
        carried = stack.first(ENDPOINT, is_interface).sources["securityGroupIds"]
        group = stack.first(GROUP, lambda node: node.resource.urn in carried)
        props = {"securityGroupId": Of(group), "referencedSecurityGroupId": Of(group)}
        yield stack.makes(INGRESS, "door", {**props, **given})

    return build(make)


LOOSE = ("StringEqualsIfExists", "StringLikeIfExists", "ForAllValues:StringEquals")
MUTATIONS = (
    opens(
        "endpoints that take calls at another port",
        "CN-221",
        _wider_group(ipProtocol="tcp", fromPort=22, toPort=22),
    ),
    opens(
        "endpoints that take calls at all ports",
        "CN-221",
        _wider_group(ipProtocol="tcp", fromPort=0, toPort=65535),
    ),
    opens("endpoints that take everything", "CN-221", _wider_group(ipProtocol="-1")),
    opens(
        "a registry that takes pushes under one of its two names",
        "CN-222",
        _added("ecr.dkr", _statement(Action="ecr:PutImage")),
    ),
    opens(
        "a registry that is open under one of its two names",
        "CN-222 " + BOTH,
        _added("ecr.dkr", _statement({}, Action="ecr:BatchGetImage")),
    ),
    opens("an endpoint without a policy", "CN-083", edit(ENDPOINT, "policy", ABSENT)),
    opens(
        "an endpoint whose policy is unknown", "CN-083 perimeter", edit(ENDPOINT, "policy", UNKNOWN)
    ),
    opens(
        "an endpoint whose policy is not JSON", "CN-083 perimeter", edit(ENDPOINT, "policy", "{")
    ),
    opens("an endpoint for everybody and everything", BOTH, _held({})),
    opens(
        "an S3 endpoint for everybody and everything", BOTH, _policy(_statement({}), suffix="s3")
    ),
    opens(
        "a policy of everything as a resource of its own",
        "CN-085 CN-086",
        build(_apart),
        "perimeter",
    ),
    opens(
        "an endpoint for foreign principals",
        "CN-085 perimeter",
        _held({"StringEquals": {RESOURCE: ACCOUNT}}),
    ),
    opens(
        "an endpoint for a foreign account by name",
        "CN-085 perimeter",
        _held(_by("StringEquals", PRINCIPAL, [ACCOUNT, FOREIGN])),
    ),
    opens(
        "an endpoint to foreign resources",
        "CN-086 perimeter",
        _held({"StringEquals": {PRINCIPAL: ACCOUNT}}),
    ),
    opens(
        "an endpoint to the resources of a foreign account",
        "CN-086 perimeter",
        _held(_to("StringEquals", RESOURCE, FOREIGN)),
    ),
    opens(
        "an endpoint to any bucket of a name",
        "CN-086 perimeter",
        _policy(
            _statement(
                {"StringEquals": {PRINCIPAL: ACCOUNT}},
                Action="s3:PutObject",
                Resource="arn:aws:s3:::own-*/*",
            ),
            suffix="s3",
        ),
    ),
    # The principal's account is in every request, so that IfExists leaves nothing open: rules are
    # stricter than the proof here. Organizations are not, and resources' accounts neither.
    *(
        opens(f"principals held to an account by {o}", "CN-085", _held(_by(o, PRINCIPAL, ACCOUNT)))
        for o in LOOSE
    ),
    *(
        opens(
            f"principals held to an organization by {o}",
            "CN-085 perimeter",
            _held(_by(o, "aws:PrincipalOrgID", ORGANIZATION)),
        )
        for o in LOOSE
    ),
    *(
        opens(
            f"resources held to an account by {o}",
            "CN-086",
            _held(_to(o, RESOURCE, ACCOUNT)),
            "perimeter",
        )
        for o in LOOSE
    ),
    *(
        opens(
            f"resources held to an organization by {o}",
            "CN-086 perimeter",
            _held(_to(o, "aws:ResourceOrgID", ORGANIZATION)),
        )
        for o in LOOSE
    ),
    opens(
        "principals held by a negation",
        "CN-085 perimeter",
        _held(_by("StringNotEquals", PRINCIPAL, FOREIGN)),
    ),
    opens(
        "an organization with a wildcard",
        "CN-085 perimeter",
        _held(_by("StringLike", "aws:PrincipalOrgID", "o-*")),
    ),
    opens(
        "a foreign organization",
        "CN-085 perimeter",
        _held(_by("StringEquals", "aws:PrincipalOrgID", FOREIGN_ORGANIZATION)),
    ),
    opens(
        "resources of an organization with a wildcard",
        "CN-086 perimeter",
        _held(_to("StringLike", "aws:ResourceOrgID", "o-*")),
    ),
    opens(
        "an account with a wildcard",
        "CN-085 perimeter",
        _held(_by("StringLike", PRINCIPAL, "1234*")),
    ),
    opens(
        "a condition on a key that callers choose",
        BOTH,
        _held({"StringEquals": {"aws:UserAgent": "own"}}),
    ),
    opens(
        "a condition on the source's account in place of the principal's",
        "CN-085 perimeter",
        _held(_by("StringEqualsIfExists", "aws:SourceAccount", ACCOUNT)),
    ),
    opens(
        "a condition on a tag of the principal",
        "CN-085 perimeter",
        _held(_by("StringEquals", "aws:PrincipalTag/team", "own")),
    ),
    opens(
        "a condition on the VPC alone",
        BOTH,
        _held({"StringEquals": {"aws:SourceVpc": "vpc-0a1b2c3d4e5f60718"}}),
        "CN-004",
    ),
    opens(
        "a condition on an address alone",
        BOTH,
        _held({"IpAddress": {"aws:VpcSourceIp": "10.0.0.0/8"}}),
    ),
    opens(
        "a principal with everything but one action",
        "CN-084",
        _held(ABSENT, Action=ABSENT, NotAction="ec2:DeleteVpc"),
    ),
    opens(
        "every resource but one",
        "CN-084",
        _held(ABSENT, Resource=ABSENT, NotResource="arn:aws:ec2:*:*:vpc/x"),
    ),
    opens(
        "every principal but one",
        "CN-084",
        _held(ABSENT, Principal=ABSENT, NotPrincipal={"AWS": f"arn:aws:iam::{FOREIGN}:root"}),
        "perimeter CN-085",
    ),
    opens(
        "everybody but one, held to nothing",
        "CN-084 perimeter",
        _held({}, Principal=ABSENT, NotPrincipal={"AWS": f"arn:aws:iam::{FOREIGN}:root"}),
    ),
    # Rules about bounds leave what allows by exclusion to CN-084. Where that is excepted, the proof
    # alone asks whom the statement lets in.
    opens(
        "everybody by a statement of which only the exclusion is answered for",
        "perimeter",
        _answered_by_halves,
    ),
    opens(
        "a denial in place of a bound",
        "CN-085 perimeter",
        _policy(
            _statement({"StringEquals": {RESOURCE: ACCOUNT}}),
            _statement({"StringNotEquals": {PRINCIPAL: [ACCOUNT, FOREIGN]}}, Effect="Deny"),
        ),
    ),
    # What two denials keep out between them the proof sees, and the rule asks for a bound or one.
    opens(
        "resources bounded by two denials alone",
        "CN-086",
        _policy(
            _statement({"StringEquals": {PRINCIPAL: ACCOUNT}}),
            _statement({"StringNotEquals": {RESOURCE: ACCOUNT}}, Effect="Deny", Action="s3:*"),
            _statement(
                {"StringNotEquals": {RESOURCE: ACCOUNT}},
                Effect="Deny",
                Action=ABSENT,
                NotAction="s3:*",
            ),
        ),
    ),
    opens(
        "resources bounded by a denial that leaves out one stranger's",
        "CN-086 perimeter",
        _policy(
            _statement({"StringEquals": {PRINCIPAL: ACCOUNT}}),
            _statement({"StringNotEquals": {RESOURCE: [ACCOUNT, FOREIGN]}}, Effect="Deny"),
        ),
    ),
    # What a denial keeps out the proof sees; the rule asks why a stranger's resource is named.
    opens(
        "a foreign resource that a denial alone keeps out",
        "CN-086",
        _policy(
            _statement(),
            _statement(
                {"StringEquals": {PRINCIPAL: ACCOUNT}},
                Resource=f"arn:aws:ec2:*:{FOREIGN}:instance/*",
            ),
            _statement({"StringNotEquals": {RESOURCE: ACCOUNT}}, Effect="Deny"),
        ),
    ),
    opens(
        "principals held to paths of the organization by a plain operator",
        "perimeter",
        _held(_by("StringLike", "aws:PrincipalOrgPaths", f"{ORGANIZATION}/*")),
        verdict="undecided",
    ),
    opens("a second statement beside the first", BOTH, _added("ec2", _statement({}))),
    opens(
        "writing to a bucket of AWS's",
        "CN-086 perimeter",
        _added(
            "s3",
            _statement(
                {"StringEquals": {PRINCIPAL: ACCOUNT}},
                Action="s3:PutObject",
                Resource=f"arn:aws:s3:::prod-{REGION}-starport-layer-bucket/*",
            ),
        ),
    ),
    opens(
        "reading any bucket whose name begins as AWS's do",
        "CN-085 CN-086 perimeter",
        _added("s3", _statement({}, Action="s3:GetObject", Resource="arn:aws:s3:::prod-*/*")),
    ),
    opens(
        "pushing to the registry of EKS's images",
        "CN-086 CN-222 perimeter",
        _added(
            "ecr.dkr",
            _statement(
                {"StringEquals": {PRINCIPAL: ACCOUNT, RESOURCE: "602401143452"}},
                Action="ecr:PutImage",
            ),
        ),
    ),
    opens(
        "an STS endpoint that mints session tokens",
        "CN-087",
        _another(
            serviceName=f"com.amazonaws.{REGION}.sts", policy=json.dumps(_document(_statement()))
        ),
    ),
    opens(
        "an STS endpoint that mints tokens for services of others",
        "CN-087",
        _another(
            serviceName=f"com.amazonaws.{REGION}.sts",
            policy=json.dumps(_document(_statement(Action="sts:GetWebIdentityToken"))),
        ),
    ),
    opens(
        "an STS endpoint that hands out what a partner asked for",
        "CN-087",
        _another(
            serviceName=f"com.amazonaws.{REGION}.sts",
            policy=json.dumps(_document(_statement(Action="sts:getdelegatedaccess*"))),
        ),
    ),
    opens(
        "an STS endpoint to foreign roles",
        "CN-086 perimeter",
        _another(
            serviceName=f"com.amazonaws.{REGION}.sts",
            policy=json.dumps(
                _document(
                    _statement({"StringEquals": {PRINCIPAL: ACCOUNT}}, Action="sts:AssumeRole")
                )
            ),
        ),
    ),
    opens(
        "an endpoint to a service of somebody else",
        "CN-081",
        _another(serviceName=f"com.amazonaws.vpce.{REGION}.vpce-svc-0a1b2c3d4e5f60718"),
    ),
    opens(
        "an endpoint to a service of another region",
        "CN-081",
        _another(serviceName="com.amazonaws.us-east-1.sqs"),
        "perimeter",
    ),
    *(
        opens(
            f"an endpoint to {what}",
            "CN-229",
            _another(
                serviceName=f"com.amazonaws.{REGION}.{name}",
                policy=json.dumps(_document(_statement(Action="ses:*"))),
            ),
        )
        for name, what in (
            ("email-smtp", "what sends mail by SMTP"),
            ("email-fips", "what sends mail by its API"),
            ("sms-voice", "what sends messages to telephones"),
        )
    ),
    opens("an endpoint across regions", "CN-082", _another(serviceRegion="us-east-1")),
    opens(
        "an endpoint to a resource of others",
        "CN-080",
        _another(
            vpcEndpointType="Resource",
            resourceConfigurationArn=f"arn:aws:vpc-lattice:{REGION}:{ACCOUNT}:resourceconfiguration/x",
            serviceName=ABSENT,
        ),
        "CN-081",
    ),
    opens(
        "an endpoint to a service network",
        "CN-080",
        _another(
            vpcEndpointType="ServiceNetwork",
            serviceNetworkArn=f"arn:aws:vpc-lattice:{REGION}:{ACCOUNT}:servicenetwork/x",
            serviceName=ABSENT,
        ),
        "CN-081",
    ),
    opens(
        "a Gateway Load Balancer's endpoint",
        "CN-080",
        edit(ENDPOINT, "vpcEndpointType", "GatewayLoadBalancer", is_interface),
    ),
    opens(
        "an endpoint without a private name",
        "CN-088",
        edit(ENDPOINT, "privateDnsEnabled", False, is_interface),
    ),
    opens(
        "an endpoint with the default group",
        "CN-089",
        edit(ENDPOINT, "securityGroupIds", ABSENT, is_interface),
    ),
    opens(
        "an endpoint of both families",
        "CN-090",
        edit(ENDPOINT, "ipAddressType", "dualstack", is_interface),
    ),
    opens(
        "a route table that nobody describes at the S3 endpoint",
        "CN-004",
        edit(ENDPOINT, "routeTableIds", ["rtb-0a1b2c3d4e5f60718"], _service("s3")),
    ),
)
