"""docs/proof/completeness.md: how it is found what would break, and the table of features."""

from collections.abc import Iterator

from rules.features import (
    ADD_ONS,
    API_GRANTS,
    FEATURES,
    GRANTS,
    MACHINE_GRANTS,
    MANAGED,
    Call,
    Feature,
)

_INTRODUCTION = """# What would break

A network may be closed and of no use: nodes do not join because one endpoint, one action or one
name is missing. So each call of each feature in use is followed on its way, and where something
stops it, the finding names the features that break, their calls, what stops them and what to write
instead.

```
breaks: CN-190 cluster has no endpoint for ec2; then nodes do not learn their own name, and do not
    join (node name of workers); pods get no addresses (VPC CNI of vpc-cni)
    workers calls ec2:DescribeInstances, ec2:DescribeNetworkInterfaces, ec2:DescribeTags and 8 more
    Make an interface endpoint for ec2 of ap-northeast-1 in ap-northeast-1a, ap-northeast-1c, with a
    policy for these calls.
```

A feature that breaks opens nothing. So the verdict stays what it is, `heiiki prove` says beside it
whether the network is complete (`complete` in `--json`: true, false, or null where a fact is
missing) and ends with the verdict's exit code. A preview with the pack fails, as by every rule.
Where both are to hold: `jq -e '.verdict == "closed" and .complete' proof.json`. Why so:
[ADR 0017](../adr/0017-keep-what-breaks-apart-from-what-opens.md).

## On its way, a call needs

- CN-190: an endpoint of the service in the machines' VPC, with private DNS; of S3 a gateway
  endpoint on the route table of each of their subnets. Without one, a certain way to an internet or
  NAT gateway will do.
- CN-191: that the endpoint stands in every zone that it is called from.
- CN-192: that its policy lets the action pass, for the caller's role and account, on the resource;
  asked of the evaluator of [the perimeter](perimeter.md).
- CN-193: security groups that let tcp/443 out at the machines and in at the endpoint, routes, and
  network ACLs that let calls and answers through.
- CN-194: DNS Firewall rules that let the endpoint's names be asked ([names](names.md)), with those
  that S3 redirects to.
- CN-195: that the role is given the action, where all that it is given is known.

What pods send to each other is not followed, but for the first of it: CN-216 tells of namespaces
whose NetworkPolicies let no pod ask for a name ([Kubernetes](kubernetes.md#what-pods-may-send)).

Where a fact is missing (a supplied subnet or endpoint, a policy or a condition that is not known),
CN-196 says which. Whoever answers for a supplied thing answers for that too.

Security groups are asked here without what [reach](reach.md) adds: there a group's members have any
address of their subnets, since a way must not be missed; here a way must not be made up.

## What shows that a feature is in use

Nodes are machines of a node group; of an Auto Scaling group, or an instance, that a tag
`kubernetes.io/cluster/<name>`, an access entry for their role or the policy of worker nodes calls
so. Where a load balancer asks machines of the cluster's tag for the Kubernetes API itself (port
6443, `/readyz`), the cluster is none of EKS's, and its nodes pull no images of EKS. Add-ons run on
the nodes of their cluster. What roles of machines and of pods (Pod Identity, or trust in the
cluster's issuer) are given shows more: one action that a feature alone needs. Machines that such a
load balancer asks are those with API servers. What a grant names of a bucket is what is asked
about: a policy that lets other objects of it pass alone does not do.
User data shows buckets that are read (`s3://…`), and nodes that look their cluster up.

Encrypted volumes need no endpoint of KMS: EC2 asks for the key, by a grant, and not the machine.

Complete means: of the features below. What a role is given besides, such as `sqs:ReceiveMessage`
or `dynamodb:GetItem` for a program of one's own, shows no feature, and no endpoint is asked for it.
"""
_TABLE = """
## Features and their calls

Written from `policies/rules/features.py`; a row there is all that a new feature needs.

| feature | shown by | service | calls | on | as | then |
|---|---|---|---|---|---|---|"""
_AS = {
    "machine": "the machine's role",
    "pod": "the pods' role, or the machine's",
    "token": "a token",
    "registry": "ECR, by a signed URL",
    "client": "whoever has signed the URL",
}
_OTHERWISE = {
    "node name": "every node, but of a cluster whose API servers are machines of the deployment",
    "image pulls": "every node, and Fargate",
    "own images": "a repository beside nodes",
    "carried images": "every node of a cluster whose API servers are machines of the deployment",
    "cluster lookup": "user data",
    "IAM authentication": "a parameter `authenticator.key` beside machines with API servers",
    "Pod Identity": "an association",
    "roles for service accounts": "a role that trusts the cluster's issuer",
}


_MEMBERS, _API = " to machines that are no nodes", " to machines with API servers"


def render() -> str:
    """The whole page."""
    rows = (row for name, feature in FEATURES.items() for row in _rows(name, feature))
    managed = ", ".join(f"`{name}`" for name in MANAGED)
    end = f"\nOf AWS managed policies these are known, as far as features call them: {managed}.\n"
    return "\n".join([_INTRODUCTION.rstrip(), _TABLE, *rows, end])


def _rows(name: str, feature: Feature) -> Iterator[str]:
    shown = ", ".join(_shown(name))
    for index, call in enumerate(feature.calls):
        first = (f"[{name}]({feature.source})", shown) if index == 0 else ("", "")
        then = feature.breaks if index == 0 else ""
        yield "| " + " | ".join((*first, *_cells(call), then)) + " |"


def _shown(name: str) -> Iterator[str]:
    if name in _OTHERWISE:
        yield _OTHERWISE[name]
    yield from (f"add-on `{add_on}`" for add_on, named in ADD_ONS.items() if name in named)
    for grants, whose in ((GRANTS, ""), (MACHINE_GRANTS, _MEMBERS), (API_GRANTS, _API)):
        yield from (f"a grant of `{a}`{whose}" for a, shown in grants.items() if shown == name)


def _cells(call: Call) -> tuple[str, ...]:
    actions = ", ".join(f"`{action}`" for action in call.actions) or "not told"
    on = ", ".join(f"`{template}`" for template in call.on)
    return f"`{call.service}`", actions, on, _AS[call.caller]
