"""docs/proof/peers.md: what Checkov and cfn-lint find of each mutation, from found.json."""

from collections import Counter
from collections.abc import Iterable, Iterator

from bench.page import ROOT, table
from bench.peers.claims import DOORS
from bench.peers.found import Told, read
from rules.mappings import elsewhere

CHECKS = ROOT / "tests" / "policies" / "catalogues" / "checkov.txt"
KUBERNETES_CHECKS = CHECKS.with_name("checkov-kubernetes.txt")
_INTRODUCTION = """# What others find

The {count} ways to open a closed stack that were known here when the others were last asked
([mutations.md](mutations.md) has those of today), shown to two widely used tools. Each is applied
to one closed example; heiiki finds all of them, by rules and proof.

What counts as found by another tool is generous: a check fails on some resource of the opened
deployment that did not fail on it in the closed one. It counts as a check *of the claim* where
`policies/rules/mappings.py` has it under a rule that heiiki finds the mutation by, or where
`bench/peers/claims.py` says that it is about the very door; otherwise it is about something else,
as the description that the added rule of a security group lacks.

- **Checkov {checkov}** is shown a Terraform plan (`terraform show -json`), the form that it has by
  far the most checks for: {kinds} of AWS, where CloudFormation has about a third of them. The plan
  names what each unknown id comes from, so that Checkov's graph joins the resources; what is not
  known yet counts as set (`EVAL_TF_PLAN_AFTER_UNKNOWN`); every check is on.
- **cfn-lint {cfnlint}** is shown a CloudFormation template, the only form that it reads, with
  regions, informational and experimental rules on. It is no security scanner: it asks whether AWS
  will take a template. What it says of a mutation is mostly that.

Neither knows what is inside: there is no boundary to declare, so no foreign account, organization
or connection can be told from an own one. And neither follows a packet's way through the network.

This page is generated: `python -m bench.peers` (`make peers`) installs both into the cache, renders
every mutation, asks, and writes. `bench/peers` says how each form is written.

## How many of each channel
"""
_LISTED = """
What has no form: {declared} change only what is declared, {foreign} are no resource of AWS, and of
the rest CloudFormation has no type or property for {unwritten}. Of the {says} that cfn-lint says
something of, it misses a property that AWS demands in {missing} (E3003), which the mutation leaves
out for shortness; none of its other rules is about who may reach what.

Mutations of which a check of the claim had failed before on what they change, so that nothing new
is said: {already}. In the closed examples Checkov fails ingress from a security group as ingress
from everywhere (CKV_AWS_25, CKV_AWS_260), and the administrator's role for the own account
(CKV_AWS_61).

A mutation is made of what opens the network, and of no more. One that adds a resource of a kind
that is refused whatever it says, such as a database, is therefore made with few properties, and
Checkov finds what they leave out. Where AWS demands a value that would show the door, the worst one
is written (`bench/peers/terraform_names.py`).

## Every mutation
"""
_HEADING = ("mutation", "heiiki", "Checkov, of the claim", "Checkov, of something else", "cfn-lint")


def render(text: str) -> str:
    """The whole page."""
    versions, every = read(text)
    kinds = len(CHECKS.read_text(encoding="utf-8").splitlines()) - 1
    introduction = _INTRODUCTION.format(
        count=len(every), checkov=versions["checkov"], cfnlint=versions["cfn-lint"], kinds=kinds
    )
    parts = [introduction, _counts(every), _LISTED.format(**_reasons(every)), *_sections(every)]
    return "\n".join(parts).rstrip() + "\n"


def own(told: Told) -> list[str]:
    """Of what Checkov finds newly, the checks of the claim."""
    return [check for check in told.peers["checkov"].new if check in _claims(told)]


def _claims(told: Told) -> set[str]:
    """The checks that are about what the mutation opens."""
    return {*DOORS, *(id_ for rule in told.caught for id_ in elsewhere(rule).checkov)}


def besides(told: Told) -> list[str]:
    """And the others."""
    return [check for check in told.peers["checkov"].new if check not in own(told)]


def already(told: Told) -> bool:
    """Whether a check of the claim failed before, and so tells nothing now."""
    return not own(told) and bool(_claims(told) & set(told.peers["checkov"].before))


def _counts(every: list[Told]) -> str:
    """A row per channel, and one of all."""
    channels = list(dict.fromkeys(told.channel for told in every))
    rows = [_count(name, [t for t in every if t.channel == name]) for name in channels]
    heading = ("channel", "mutations", "heiiki", "shown to Checkov", "found, of the claim",
               "found, of something else", "shown to cfn-lint", "says something")  # fmt: skip
    return table(heading, iter([*rows, _count("**all**", every)]))


def _count(name: str, listed: list[Told]) -> tuple[str, ...]:
    checkov = [told for told in listed if not told.peers["checkov"].excuse]
    lint = [told for told in listed if not told.peers["cfn-lint"].excuse]
    claim = [told for told in checkov if own(told)]
    other = [told for told in checkov if not own(told) and besides(told)]
    says = [told for told in lint if told.peers["cfn-lint"].new]
    counts = (listed, listed, checkov, claim, other, lint, says)
    return (name, *(str(len(each)) for each in counts))


def _reasons(every: list[Told]) -> dict[str, int]:
    excuses = Counter(told.peers["checkov"].excuse for told in every)
    unwritten = sum(
        bool(told.peers["cfn-lint"].excuse) and not told.peers["checkov"].excuse for told in every
    )
    declared = next(count for excuse, count in excuses.items() if "declaration" in excuse)
    foreign = next(count for excuse, count in excuses.items() if "no resource of AWS" in excuse)
    return {
        "declared": declared,
        "foreign": foreign,
        "unwritten": unwritten,
        "already": sum(map(already, every)),
        "says": sum(bool(told.peers["cfn-lint"].new) for told in every),
        "missing": sum("E3003" in told.peers["cfn-lint"].new for told in every),
    }


def _sections(every: Iterable[Told]) -> Iterator[str]:
    channels: dict[str, list[Told]] = {}
    for told in every:
        channels.setdefault(told.channel, []).append(told)
    for channel, listed in channels.items():
        yield f"### {channel}\n\n{table(_HEADING, map(_row, listed))}\n"


def _row(told: Told) -> tuple[str, ...]:
    checkov, lint = told.peers["checkov"], told.peers["cfn-lint"]
    if checkov.excuse:
        return (told.name, ", ".join(told.caught), "no form", "no form", "no form")
    failed = "failed before" if already(told) else ""
    linted = "no form" if lint.excuse else ", ".join(lint.new)
    claims = ", ".join(own(told)) or failed
    return (told.name, ", ".join(told.caught), claims, ", ".join(besides(told)), linted)
