"""What each endpoint lets through, decided by an evaluator of its own over sample requests."""

import re
from dataclasses import dataclass, field
from typing import Any

import pytest

from tests.plan.samples import ACCOUNT, like_ec2, lock_keys, locked, plan
from tests.scenarios import SCENARIOS, planned

FOREIGN = "999999999999"
REGION = "ap-northeast-1"
EKS_IMAGES = "602401143452"
ORGANIZATION = "o-abcde12345"


@dataclass(frozen=True)
class Request:
    """A call through an endpoint: who, what, on which resource, and the context AWS adds."""

    action: str
    resource: str
    principal_account: str | None = ACCOUNT  # None: unsigned, or a web identity
    resource_account: str | None = ACCOUNT
    principal_organization: str | None = None
    resource_organization: str | None = None
    more: dict[str, str] = field(default_factory=dict)

    @property
    def context(self) -> dict[str, str]:
        known = {
            "aws:PrincipalAccount": self.principal_account,
            "aws:ResourceAccount": self.resource_account,
            "aws:PrincipalOrgID": self.principal_organization,
            "aws:ResourceOrgID": self.resource_organization,
            **self.more,
        }
        return {key: value for key, value in known.items() if value is not None}


def as_list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def matches(pattern: str, text: str) -> bool:
    parts = [re.escape(part).replace(r"\?", ".") for part in pattern.split("*")]
    return re.fullmatch(".*".join(parts), text) is not None


def meets(condition: dict[str, dict[str, Any]], context: dict[str, str]) -> bool:
    """All operators and all keys must hold; a key that the request lacks holds nowhere."""
    for operator, wanted in condition.items():
        assert operator == "StringEquals", f"the evaluator does not know {operator}"
        for key, values in wanted.items():
            if context.get(key) not in as_list(values):
                return False
    return True


def allows(policy: dict[str, Any], request: Request) -> bool:
    """Deny wins, then any Allow, else no: IAM's evaluation of one policy document."""
    verdict = False
    for statement in policy["Statement"]:
        known = {"Sid", "Effect", "Principal", "Action", "Resource", "Condition"}
        assert set(statement) <= known, statement
        hit = (
            statement["Principal"] in ("*", {"AWS": "*"})
            and any(
                matches(a.lower(), request.action.lower()) for a in as_list(statement["Action"])
            )
            and any(matches(r, request.resource) for r in as_list(statement["Resource"]))
            and meets(statement.get("Condition", {}), request.context)
        )
        if hit and statement["Effect"] == "Deny":
            return False
        verdict = verdict or hit
    return verdict


EVERYTHING = {
    "access.operator": {},
    "access.sessionManager": True,
    "addOns": {"irsa": True, "ebsCsi": True, "containerLogs": True},
    "network.endpoints": {
        "packageRepositories": ["al2023"],
        "buckets": ["own-bucket"],
        "additional": {"kms": "SOPS decrypts", "monitoring": "metrics"},
    },
}
POLICIES = {name: e.policy for name, e in plan(EVERYTHING).endpoints.items()}


def repository(account: str, name: str = "app") -> str:
    return f"arn:aws:ecr:{REGION}:{account}:repository/{name}"


PULL = ("ecr:BatchCheckLayerAvailability", "ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer")
PUSH = ("ecr:InitiateLayerUpload", "ecr:UploadLayerPart", "ecr:CompleteLayerUpload", "ecr:PutImage")
LAYERS = f"arn:aws:s3:::prod-{REGION}-starport-layer-bucket/layer"
ROLE = f"arn:aws:iam::{ACCOUNT}:role/pod"
VOLUME = f"arn:aws:ec2:{REGION}:{ACCOUNT}:volume/*"
SNAPSHOT = f"arn:aws:ec2:{REGION}::snapshot/snap-1"
WEB_IDENTITY = "sts:AssumeRoleWithWebIdentity"
CASES: list[tuple[str, str, bool, Request]] = [  # endpoint, what it shows, verdict, request
    *((e, f"{a} of an own image", True, Request(a, repository(ACCOUNT)))
      for e in ("ecr.api", "ecr.dkr") for a in PULL),
    *((e, f"{a} to an own repository", True, Request(a, repository(ACCOUNT)))
      for e in ("ecr.api", "ecr.dkr") for a in PUSH),
    *((e, f"{a} to a foreign account", False,
       Request(a, repository(FOREIGN), resource_account=FOREIGN))
      for e in ("ecr.api", "ecr.dkr") for a in (*PUSH, *PULL)),
    *((e, f"{a} with a foreign account's keys", False,
       Request(a, repository(ACCOUNT), principal_account=FOREIGN))
      for e in ("ecr.api", "ecr.dkr") for a in (*PUSH, *PULL)),
    *((e, f"{a} of an EKS image {name}", True,
       Request(a, repository(EKS_IMAGES, name), resource_account=EKS_IMAGES))
      for e in ("ecr.api", "ecr.dkr") for a in PULL
      for name in ("eks/kube-proxy", "amazon-k8s-cni", "amazon/aws-network-policy-agent")),
    *((e, f"{a} to the EKS account", False,
       Request(a, repository(EKS_IMAGES, "eks/x"), resource_account=EKS_IMAGES))
      for e in ("ecr.api", "ecr.dkr") for a in PUSH),
    ("ecr.api", "an EKS image with foreign keys", False,
     Request("ecr:BatchGetImage", repository(EKS_IMAGES, "eks/x"), principal_account=FOREIGN,
             resource_account=EKS_IMAGES)),
    ("ecr.api", "an EKS image, unsigned", False,
     Request("ecr:BatchGetImage", repository(EKS_IMAGES, "eks/x"), principal_account=None,
             resource_account=EKS_IMAGES)),
    ("ecr.api", "deleting an own repository", False,
     Request("ecr:DeleteRepository", repository(ACCOUNT))),
    ("ecr.api", "replicating to a foreign registry", False,
     Request("ecr:PutReplicationConfiguration", "*")),
    ("ecr.api", "logging in to the registry", True, Request("ecr:GetAuthorizationToken", "*")),
    ("s3", "a layer by a URL that ECR signed", True,
     Request("s3:GetObject", LAYERS, principal_account=FOREIGN, resource_account=FOREIGN)),
    ("s3", "a package, unsigned", True,
     Request("s3:GetObject", f"arn:aws:s3:::al2023-repos-{REGION}-de612dc2/x",
             principal_account=None, resource_account=FOREIGN)),
    ("s3", "writing into the layer bucket", False, Request("s3:PutObject", LAYERS)),
    ("s3", "another region's layer bucket", False,
     Request("s3:GetObject", "arn:aws:s3:::prod-us-east-1-starport-layer-bucket/x")),
    ("s3", "a bucket whose name begins as the layer bucket's", False,
     Request("s3:GetObject", f"arn:aws:s3:::prod-{REGION}-starport-layer-bucket-2/x")),
    ("s3", "an own bucket that was named", True,
     Request("s3:GetObject", "arn:aws:s3:::own-bucket/x")),
    ("s3", "listing an own bucket that was named", True,
     Request("s3:ListBucket", "arn:aws:s3:::own-bucket")),
    ("s3", "the named bucket with foreign keys", False,
     Request("s3:GetObject", "arn:aws:s3:::own-bucket/x", principal_account=FOREIGN)),
    ("s3", "a bucket of that name that a foreigner owns", False,
     Request("s3:GetObject", "arn:aws:s3:::own-bucket/x", resource_account=FOREIGN)),
    ("s3", "writing to a named bucket", False,
     Request("s3:PutObject", "arn:aws:s3:::own-bucket/x")),
    ("s3", "an own bucket that was not named", False,
     Request("s3:GetObject", "arn:aws:s3:::other-bucket/x")),
    ("s3", "a foreign bucket", False,
     Request("s3:PutObject", "arn:aws:s3:::theirs/x", resource_account=FOREIGN)),
    ("sts", "a pod's token for an own role", True,
     Request(WEB_IDENTITY, ROLE, principal_account=None)),
    ("sts", "a token for a foreign role", False,
     Request(WEB_IDENTITY, f"arn:aws:iam::{FOREIGN}:role/x", principal_account=None,
             resource_account=FOREIGN)),
    ("sts", "asking who one is", True, Request("sts:GetCallerIdentity", "*")),
    ("sts", "asking who one is with foreign keys", False,
     Request("sts:GetCallerIdentity", "*", principal_account=FOREIGN)),
    ("sts", "assuming a foreign role", False,
     Request("sts:AssumeRole", f"arn:aws:iam::{FOREIGN}:role/x", resource_account=FOREIGN)),
    ("ec2", "describing instances", True, Request("ec2:DescribeInstances", "*")),
    ("ec2", "attaching an own volume", True,
     Request("ec2:AttachVolume", f"arn:aws:ec2:{REGION}:{ACCOUNT}:volume/vol-1")),
    ("ec2", "making a volume", True, Request("ec2:CreateVolume", VOLUME, resource_account=None)),
    ("ec2", "making a volume with foreign keys", False,
     Request("ec2:CreateVolume", VOLUME, principal_account=FOREIGN, resource_account=None)),
    ("ec2", "making a volume in a foreign account", False,
     Request("ec2:CreateVolume", VOLUME.replace(ACCOUNT, FOREIGN), resource_account=None)),
    ("ec2", "restoring an own snapshot", True,
     Request("ec2:CreateVolume", SNAPSHOT, resource_account=None, more={"ec2:Owner": ACCOUNT})),
    *(("ec2", f"restoring a snapshot of {owner}", False,
       Request("ec2:CreateVolume", SNAPSHOT, resource_account=None, more={"ec2:Owner": owner}))
      for owner in (FOREIGN, "amazon")),
    ("ec2", "restoring a snapshot of nobody knows whom", False,
     Request("ec2:CreateVolume", SNAPSHOT, resource_account=None)),
    ("ec2", "restoring an own snapshot with foreign keys", False,
     Request("ec2:CreateVolume", SNAPSHOT, principal_account=FOREIGN, resource_account=None,
             more={"ec2:Owner": ACCOUNT})),
    ("ec2", "starting instances", False, Request("ec2:RunInstances", "*")),
    ("ec2", "sharing a snapshot", False, Request("ec2:ModifySnapshotAttribute", "*")),
    ("ec2", "describing with foreign keys", False,
     Request("ec2:DescribeInstances", "*", principal_account=FOREIGN)),
    ("logs", "writing to a foreign log group", False,
     Request("logs:PutLogEvents", f"arn:aws:logs:{REGION}:{FOREIGN}:log-group:x",
             resource_account=FOREIGN)),
    ("logs", "writing to an own log group", True,
     Request("logs:PutLogEvents", f"arn:aws:logs:{REGION}:{ACCOUNT}:log-group:x")),
    ("ssm", "parameters of another account", False,
     Request("ssm:GetParameter", f"arn:aws:ssm:{REGION}:{FOREIGN}:parameter/x",
             resource_account=FOREIGN)),
    ("kms", "decrypting with an own key", True, Request("kms:Decrypt", "*")),
    ("kms", "encrypting with a foreign key", False,
     Request("kms:Encrypt", "*", resource_account=FOREIGN)),
    ("monitoring", "writing own metrics", True, Request("cloudwatch:PutMetricData", "*")),
    ("monitoring", "another service's action", False, Request("ec2:DescribeInstances", "*")),
    ("eks-auth", "a pod's credentials", True,
     Request("eks-auth:AssumeRoleForPodIdentity", f"arn:aws:eks:{REGION}:{ACCOUNT}:cluster/test")),
    ("eks-auth", "a foreign cluster's credentials", False,
     Request("eks-auth:AssumeRoleForPodIdentity", f"arn:aws:eks:{REGION}:{FOREIGN}:cluster/x",
             resource_account=FOREIGN)),
]  # fmt: skip


@pytest.mark.parametrize(
    ("endpoint", "verdict", "request_"),
    [(case[0], case[2], case[3]) for case in CASES],
    ids=[f"{endpoint}: {what}" for endpoint, what, _, _ in CASES],
)
def test_a_request_through_an_endpoint_is_decided(endpoint, verdict, request_):
    assert allows(POLICIES[endpoint], request_) is verdict


@pytest.mark.parametrize("irsa", [True, False])
def test_a_whole_sts_endpoint_mints_no_tokens_that_outlive_the_machine(irsa):
    asked = {"network.endpoints.additional": {"sts": "asked for"}, "addOns": {"irsa": irsa}}
    policy = plan(asked).endpoints["sts"].policy
    assert allows(policy, Request("sts:AssumeRole", ROLE))
    for action in (
        "sts:GetSessionToken",
        "sts:GetFederationToken",
        "sts:GetWebIdentityToken",
        "sts:GetDelegatedAccessToken",
    ):
        assert not allows(policy, Request(action, "*"))


def test_the_evaluator_sees_a_door():
    open_door = {"Statement": [{"Effect": "Allow", "Principal": "*", "Action": "*",
                                "Resource": "*"}]}  # fmt: skip
    closed = {"Statement": [*open_door["Statement"], {**open_door["Statement"][0],
                                                      "Effect": "Deny"}]}  # fmt: skip
    foreign = Request("s3:PutObject", "arn:aws:s3:::theirs/x", FOREIGN, FOREIGN)
    assert allows(open_door, foreign)
    assert not allows(closed, foreign)


def test_with_an_organization_its_members_are_inside_and_nobody_else():
    asked = {**EVERYTHING, "boundary.organizationId": ORGANIZATION}
    policy = plan(asked).endpoints["ecr.api"].policy
    member = Request("ecr:PutImage", repository(FOREIGN), FOREIGN, FOREIGN,
                     ORGANIZATION, ORGANIZATION)  # fmt: skip
    assert allows(policy, member)
    for stranger in ("o-zzzzz99999", None):
        assert not allows(policy, Request("ecr:PutImage", repository(FOREIGN), FOREIGN, FOREIGN,
                                          ORGANIZATION, stranger))  # fmt: skip
        assert not allows(policy, Request("ecr:PutImage", repository(ACCOUNT), FOREIGN, ACCOUNT,
                                          stranger, ORGANIZATION))  # fmt: skip


def test_no_statement_lets_everybody_do_anything_but_read_aws_own_buckets():
    unconditional = [
        (name, statement)
        for name, policy in POLICIES.items()
        for statement in policy["Statement"]
        if "Condition" not in statement
    ]
    ((name, statement),) = unconditional
    assert (name, statement["Action"]) == ("s3", "s3:GetObject")
    assert statement["Resource"] == [
        f"arn:aws:s3:::prod-{REGION}-starport-layer-bucket/*",
        f"arn:aws:s3:::al2023-repos-{REGION}-de612dc2/*",
        f"arn:aws:s3:::al2023-{REGION}/*",
    ]


def test_package_buckets_and_own_buckets_are_closed_unless_asked_for():
    policy = plan().endpoints["s3"].policy
    (statement,) = policy["Statement"]
    assert statement["Resource"] == [f"arn:aws:s3:::prod-{REGION}-starport-layer-bucket/*"]


def test_no_policy_has_a_wildcard_action_unless_a_service_was_added_by_hand():
    for name, policy in POLICIES.items():
        wild = [a for s in policy["Statement"] for a in as_list(s["Action"]) if a.endswith("*")]
        assert wild == ({"kms": ["kms:*"], "monitoring": ["cloudwatch:*"]}.get(name, [])), name


@pytest.mark.parametrize(
    ("service", "action"),
    [("kms", "kms:*"), ("kms-fips", "kms:*"), ("monitoring", "cloudwatch:*"),
     ("eks-auth", "eks-auth:*"), ("execute-api", "execute-api:*"), ("ecr.api", "ecr:*")],
)  # fmt: skip
def test_an_added_service_may_be_called_by_its_iam_prefix(service, action):
    keys = lock_keys()
    keys["endpointServices"][service] = like_ec2(keys, service)
    changes = {"network.endpoints.additional": {service: "asked for"}}
    statement = plan(changes, locked(keys)).endpoints[service].policy["Statement"][0]
    assert action in statement["Action"]
    assert statement["Condition"] == {
        "StringEquals": {"aws:PrincipalAccount": ACCOUNT, "aws:ResourceAccount": ACCOUNT}
    }


def test_sts_without_web_identity_is_an_ordinary_service():
    changes = {"network.endpoints.additional": {"sts": "assume own roles"}}
    statement, denial = plan(changes).endpoints["sts"].policy["Statement"]
    assert statement["Action"] == ["sts:*"] and denial["Effect"] == "Deny"


# Actions whose requests do not say whose the resource is: IAM user guide, aws:ResourceAccount.
UNSAID = {
    "ec2:CopyImage", "ec2:CopySnapshot", "ec2:CreateTransitGatewayPeeringAttachment",
    "ec2:CreateVolume", "ec2:CreateVpcEndpoint", "ec2:CreateVpcPeeringConnection",
    "events:PutEvents", "ebs:GetSnapshotBlock",
}  # fmt: skip


def rendered():
    """Every policy of every example, and of a cluster that asks for everything."""
    plans = {**{name: planned(name) for name in SCENARIOS}, "everything": plan(EVERYTHING)}
    return [
        (f"{name} {service}", policy, decided)
        for name, decided in plans.items()
        for service, e in decided.endpoints.items()
        if (policy := e.policy) is not None
    ]


def test_no_call_that_is_let_through_waits_for_a_key_that_its_request_lacks():
    """A condition on a missing key is never met: the volumes of every pod would be refused."""
    seen = set()
    for name, policy, decided in rendered():
        actions = {a for s in policy["Statement"] for a in as_list(s["Action"])}
        for action in actions & UNSAID:
            own = f"arn:aws:ec2:{decided.spec.region}:{decided.account_id}:volume/*"
            asked = Request(action, own, decided.account_id, None,
                            decided.spec.boundary.organization_id)  # fmt: skip
            assert allows(policy, asked), f"{action} in {name}"
            seen.add(action)
    assert "ec2:CreateVolume" in seen


def test_every_statement_holds_the_resource_by_its_owner_or_by_its_arn():
    for name, policy, decided in rendered():
        for statement in policy["Statement"]:
            held = statement.get("Condition", {}).get("StringEquals", {})
            by_key = {"aws:ResourceAccount", "aws:ResourceOrgID", "ec2:Owner"} & set(held)
            named = all(
                f":{decided.account_id}:" in r or r.startswith("arn:aws:s3:::")
                for r in as_list(statement["Resource"])
            )
            assert by_key or named, f"{statement['Sid']} of {name}"


@pytest.mark.parametrize(
    ("service", "unsaid", "resource"),
    [
        ("events", ["events:*"], f"arn:aws:events:{REGION}:{ACCOUNT}:*"),
        ("ec2", sorted(a for a in UNSAID if a.startswith("ec2:")),
         f"arn:aws:ec2:{REGION}:{ACCOUNT}:*"),
    ],
)  # fmt: skip
def test_a_service_that_is_opened_as_a_whole_is_held_by_arn_where_it_must_be(
    service, unsaid, resource
):
    keys = lock_keys()
    keys["endpointServices"][service] = like_ec2(keys, service)
    changes = {"network.endpoints.additional": {service: "asked for"}}
    policy = plan(changes, locked(keys)).endpoints[service].policy
    by_arn = next(s for s in policy["Statement"] if s["Sid"] == "OwnPrincipalsToOwnArns")
    assert set(unsaid) <= set(by_arn["Action"])
    assert by_arn["Resource"] == resource
    assert by_arn["Condition"] == {"StringEquals": {"aws:PrincipalAccount": ACCOUNT}}


def test_a_cluster_without_such_calls_has_no_statement_for_them():
    (statement,) = plan().endpoints["ec2"].policy["Statement"]
    assert statement["Sid"] == "OwnPrincipalsToOwnResources"
