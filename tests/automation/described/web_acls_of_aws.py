"""Web ACLs and rule groups of a deployment as AWS tells of them.

Written by hand from the AWS WAF API reference (read 2026-11-30), apart from the tables of the
reader.
"""

from typing import Any

from model.deployment import Node
from tests.automation.described.answers import Answers, Asked, Item, Nothing
from tests.policies.mutations.stacks import ACCOUNT, REGION, Stack

ACL = "aws:wafv2/webAcl:WebAcl"
RULE = "aws:wafv2/webAclRule:WebAclRule"
GROUP = "aws:wafv2/ruleGroup:RuleGroup"
TYPES = (ACL, RULE, GROUP)
OTHERS = f"arn:aws:wafv2:{REGION}:{ACCOUNT}:regional/webacl/of-others/0f0f"
SEEN = {"SampledRequestsEnabled": True, "CloudWatchMetricsEnabled": True, "MetricName": "x"}
NOUNS = {ACL: "WebACL", GROUP: "RuleGroup"}


def arn(node: Node) -> str:
    props = node.resource.props
    scope = {"REGIONAL": "regional", "CLOUDFRONT": "global"}[props.get("scope", "REGIONAL")]
    noun = NOUNS[node.resource.type].lower()
    return f"arn:aws:wafv2:{REGION}:{ACCOUNT}:{scope}/{noun}/{node.resource.name}/{_id(node)}"


def _id(node: Node) -> str:
    return f"1d-of-{node.resource.name}"


def real_id(node: Node) -> str:
    """As the provider calls it (pulumi-aws 7.51, import of each)."""
    if node.resource.type == RULE:
        return f"{node.resource.props['webAclArn']},{node.resource.props['name']}"
    return _id(node)


def tell(answers: Answers, stack: Stack) -> None:
    """Everything, and a web ACL of somebody else."""
    things: dict[str, list[Item]] = {"WebACL": [], "RuleGroup": []}
    of_scope: dict[str, str] = {}
    parts: dict[str, list[Item]] = {}
    for node in stack.each(RULE):
        parts.setdefault(node.resource.props["webAclArn"], []).append(node.resource.props)
    for node in stack.each(ACL, GROUP):
        props, own = node.resource.props, arn(node)
        rules = [*map(_rule, props.get("rules", ())), *map(_rule, parts.get(own, ()))]
        thing = {"Name": node.resource.name, "Id": _id(node), "ARN": own, "Rules": rules}
        things[NOUNS[node.resource.type]].append({**thing, **_more(node.resource.type, props)})
        of_scope[own] = props.get("scope", "REGIONAL")
    theirs = {"Name": "of-others", "Id": "0f0f", "ARN": OTHERS, **_more(ACL, {})}
    of_others = [*map(_rule, parts.get(OTHERS, ())), PAYING]
    things["WebACL"].insert(0, {**theirs, "Rules": of_others})  # on a page before the stack's own
    for noun, listed in things.items():
        _says(answers, noun, listed, of_scope)


def _says(answers: Answers, noun: str, things: list[Item], of_scope: dict[str, str]) -> None:
    def lists(asked: Asked) -> Item:
        """Of CloudFront in one region alone, and page by page."""
        if asked["Scope"] == "CLOUDFRONT" and REGION != "us-east-1":
            raise Nothing("WAFInvalidParameterException")
        scope, at = asked["Scope"], int(asked.get("NextMarker", 0))
        there = [t for t in things if of_scope.get(t["ARN"], "REGIONAL") == scope]
        page = [{k: t[k] for k in ("Name", "Id", "ARN")} for t in there[at : at + 1]]
        more = {"NextMarker": str(at + 1)} if page else {}
        return {f"{noun}s": page, **more}

    def gets(asked: Asked) -> Item:
        (thing,) = (t for t in things if t["ARN"] == asked["ARN"])
        return {noun: thing, "LockToken": "x"}

    answers.says("wafv2", f"List{noun}s", lists)
    answers.says("wafv2", f"Get{noun}", gets)


def _more(type_: str, props: Any) -> Item:
    found: Item = {"VisibilityConfig": SEEN, "Capacity": 10}
    if type_ == ACL:
        found["DefaultAction"] = {"Allow": {}}
    if props.get("monetizationConfig") is not None:
        found["MonetizationConfig"] = {"CurrencyMode": "REAL"}
    return found


def _rule(said: Any) -> Item:
    """One that looks for bytes, as AWS has them."""
    searched = {
        "SearchString": b"\x00sql", "PositionalConstraint": "CONTAINS",
        "FieldToMatch": {"Body": {}}, "TextTransformations": [{"Priority": 0, "Type": "NONE"}],
    }  # fmt: skip
    statement: Item = {"ByteMatchStatement": searched}
    group = (said.get("statement") or {}).get("ruleGroupReferenceStatement")
    if group:
        statement = {"RuleGroupReferenceStatement": {"ARN": group["arn"]}}
    (action,) = said.get("action") or {"count": {}}
    named = {"Name": said["name"], "Priority": 1, "VisibilityConfig": SEEN}
    return {**named, "Statement": statement, "Action": {action.capitalize(): {}}}


PAYING = _rule({"name": "theirs", "action": {"monetize": {}}})
