"""docs/policies.md, written from the rule table; a test keeps the page in step."""

from collections.abc import Iterator

from rules.known_types import HARMLESS, PACKAGES
from rules.kubernetes_objects import GROUPS
from rules.mappings import elsewhere
from rules.model import Rule
from rules.schema import SCHEMA
from rules.table import RULES, STACK_RULES

_INTRO = """\
# The policy pack

Written from the rule table (`policies/rules/table.py`) by `make golden`; do not edit this page.

The pack judges every resource of a Pulumi program for AWS before it is created, and then all of
them together: CN-004 to CN-008, CN-126 and CN-127 are about the whole deployment, and show a way
out hop by hop ([the proof](proof/README.md)); CN-190 to CN-196 name the features that would break
([completeness](proof/completeness.md)). It shares no code with the rest of the project and
runs on any stack:

```
pulumi preview --policy-pack policies
```

What is inside is declared in `heiiki.<stack>.policy.json` beside the stack file (in
`HEIIKI_STACK_DIR` where that is set), in the project's folder. `--policy-pack-config` names another
file; one without a `boundary` counts as none. Without any declaration the pack says so, once, and
the preview fails. `heiiki.<stack>.facts.json`, looked for in the same places, describes what is
supplied ([the proof](proof/README.md#what-is-supplied)); one that cannot be relied on is a fault
of the declaration. `heiiki boundary` proposes the policy file for a stack of this project, with the
logical names of its connections, and what scripts of pools, own files on machines and an etcd of
others name in own domains; owner and reason are
left to people, and the pack refuses empty ones. Of any other program `heiiki boundary --state`
proposes it from what is recorded ([any-program.md](any-program.md)).

Which demand on a closed network each rule is about, and what no rule decides:
[proof/invariants.md](proof/invariants.md).

Where another catalogue has a check of the same claim, or of a part of it, the rule names it under
*Elsewhere* (`policies/rules/mappings.py`). What Checkov and cfn-lint find of each known way to open
a stack: [proof/peers.md](proof/peers.md).

Every rule is mandatory but those that say *advisory*: what such a rule finds is told as a warning,
changes neither verdict nor exit code, and is counted apart. A value that is unknown in preview
counts as the worst it could be, unless the rule says otherwise. A configuration that lowers or
disables a rule is refused before the first resource is judged, and so is a policy file in which a
key is written twice. It may make an advisory rule mandatory, for the pack and `heiiki prove` alike:
`{"stack-require-flow-log-of-vpc": "mandatory", "boundary": {…}}`; `"all": "mandatory"` does so to
each, and through `--policy-pack-config` to `exceptions-in-force` too.

## What is inside: the boundary

What is not declared is not granted: no account is own, no connection is named. The configuration of
the one policy `boundary`, the policy file, declares what is inside:

```json
{
  "boundary": {
    "accounts": ["111122223333"],
    "organizationId": "o-a1b2c3d4e5",
    "regions": ["eu-west-1"],
    "connections": [
      {
        "name": "to-headquarters*",
        "cidrs": ["10.1.0.0/16"],
        "owner": "network team",
        "reason": "administrators reach the cluster from headquarters"
      }
    ],
    "supplied": [
      {
        "ids": ["vpc-0a1b2c3d4e5f60718", "subnet-0a1b2c3d4e5f60711"],
        "owner": "network team",
        "reason": "their VPC; it has no gateway, and local routes only"
      }
    ],
    "exceptions": [
      {
        "rule": "CN-010",
        "type": "aws:ec2/internetGateway:InternetGateway",
        "name": "bastion",
        "owner": "network team",
        "reason": "the bastion's own VPC",
        "expires": "2027-01-31"
      }
    ]
  }
}
```

A `name` is the logical name of a resource, or a beginning of at least two characters followed by
`*`. A connection names routes, attachments, gateways and resolver rules that lead to another
private network, and the ranges behind it; a VPC link of API Gateway, behind which none lie, it
names with `accounts`: whom its endpoint service lets in, who counts as own nowhere else. What the
deployment uses and did not make itself (a VPC, a route table, a prefix list, a bucket that logs go
to) is named by id under `supplied`: a rule can judge only what it sees being made, so somebody
answers for the rest: of a supplied subnet, table or gateway, that it leads nowhere outside, and no
name asked there either, which every preview repeats with the owner's name. `domains` names domains
whose name servers are own: CN-126 lets names in them be asked, and names of AWS; of no other.
That ends where this deployment gives it another route table, or joins two VPCs at a supplied
transit gateway (CN-006). An exception lets one resource
break one rule until a date; while it does, every preview says so, with its owner, as an advisory
line of the policy `exceptions-in-force`. Where it names parts in `only`, it answers for findings
that name one of them in just these words (`bundles/*`, `statement Partner`, `ingress[1]`, a host)
and for nothing else of the resource; never for packets or names, and for what a policy lets pass
where all is closed without the named statements. An exception that has ended, that runs for more
than a year, or that lacks an owner or a reason, fails the preview itself (CN-000). Whatever has a
fault grants nothing until it is mended, an entry or, in a wrong form, a whole key; all else that is
declared counts. One for CN-083, an
endpoint without a policy, counts only where AWS takes none for the service (the table is
`policies/rules/unpoliced.py`), and names in `scp` the service control policy that holds the
endpoint's callers; without it, it fails the preview too.
"""

_WEAKNESSES = """\
## What the pack does not see

- Whether a supplied VPC has flow logs. Whoever made it makes them, in a deployment that the pack is
  not shown; that none is made here says nothing, so CN-240 would warn of every supplied VPC,
  watched or not, and is not asked of one. heiiki's plan can tell, since `heiiki lock` reads the
  VPC, and `validate` and `preview` warn of it (`network.flowLogs.enabled`).
- Resources that a program only reads (`.get()`), and what functions return, are not judged. What is
  made with their ids is (CN-004): such an id passes when it is written out and `boundary.supplied`
  names it. `heiiki preview` and `heiiki up` refuse a program that reads anything.
- CN-004 to CN-008, CN-126, CN-127, CN-181, CN-190 to CN-196, CN-210, CN-211, CN-213 to CN-216,
  CN-219 to CN-222, CN-225 and CN-240 are judged when the whole deployment is known: at the end of
  a preview, and of an update after everything is made. Preview first; `pulumi up` does so unless
  it is told `--skip-preview`.
- The ARN of a bucket, and a few others, name no account, so CN-136 says nothing about them.
- Rules whose unknown column says *deferred* pass in preview while the value is unknown, and judge
  it on `pulumi up`, before the resource is created. Run `up` with the pack, too.
- Objects that a controller makes inside the cluster. A group of `boundary.apiGroups` is taken at
  its word until its date, but for its images and URLs. Admission policies see these objects, the
  pack does not.
- A host that a script or a pod computes, or reads somewhere
  ([what is looked at](proof/kubernetes.md)).
- Whether a bucket that a bucket policy is written to is an own one.
- On a self-managed backend nobody is forced to pass `--policy-pack`.
- A prefix list that `boundary.supplied` names is not resolved; a route to one is refused.
"""


def render() -> str:
    """The whole page."""
    return "\n".join(
        [
            _INTRO,
            *_keys(),
            "## Rules\n",
            *_overview(),
            *(line for rule in (*STACK_RULES, *RULES) for line in _rule(rule)),
            *_types(),
            _WEAKNESSES,
        ]
    )


def _keys() -> Iterator[str]:
    yield "| key | meaning |\n|---|---|"
    for key, schema in SCHEMA.items():
        yield f"| `{key}` | {schema['description']} |"
    yield ""


def _overview() -> Iterator[str]:
    yield "| id | severity | claim |\n|---|---|---|"
    yield "| CN-000 | critical | The declared boundary is sound, and no exception has ended. |"
    for rule in (*STACK_RULES, *RULES):
        grave = _with_level(rule.severity, rule, ", ")
        yield f"| [{rule.id}](#{rule.id.lower()}) | {grave} | {rule.title} |"
    yield ""


def _with_level(text: str, rule: Rule, between: str) -> str:
    """The text, and behind it the level where that is no matter of course."""
    return text if rule.level == "mandatory" else f"{text}{between}{rule.level}"


def _rule(rule: Rule) -> Iterator[str]:
    yield f'### <a id="{rule.id.lower()}"></a>{rule.id} {rule.title}\n'
    number = rule.invariant
    demand = f"[invariant {number}](proof/invariants.md#invariant-{number})"
    yield f"Policy `{rule.name}` · {_with_level(rule.severity, rule, ' · ')} · {demand}"
    yield f"\nWhy: {rule.reason}"
    yield f"\nInstead: {rule.remedy}"
    yield f"\nUnknown in preview: {rule.unknown}. Source: <{rule.source}>"
    if found := elsewhere(rule.id).by_catalogue():
        yield "\nElsewhere: " + "; ".join(f"{n} {', '.join(ids)}" for n, ids in found.items())
    yield "\nTypes: " + ", ".join(f"`{token}`" for token in rule.types) + "\n"


def _types() -> Iterator[str]:
    yield "## Types that pass by themselves\n"
    yield "Everything else of `aws` is either judged by a rule above or refused (CN-001).\n"
    for reason, tokens in HARMLESS.items():
        yield f"- {reason}: " + ", ".join(f"`{token}`" for token in tokens)
    yield "\n## Packages that pass by themselves\n"
    for package, reason in PACKAGES.items():
        yield f"- `{package}`: {reason}"
    yield "\n## Kubernetes API groups that pass by themselves\n"
    yield "Objects of any other group are refused (CN-156) until `boundary.apiGroups` lists it,"
    yield "with an owner, a reason and an expiry date.\n"
    for reason in dict.fromkeys(GROUPS.values()):
        named = (f"`{group or 'core'}`" for group, why in GROUPS.items() if why == reason)
        yield f"- {reason}: {', '.join(named)}"
    yield ""
