"""Web ACLs and groups of their rules: what they answer with, and whether for money.

AWS WAF API reference (read 2026-11-30). A list tells names alone; whole ACLs are asked for. Those
of CloudFront are listed in us-east-1, and in any other region there are none to ask for.
"""

from typing import Final

from automation.described.calls import Call, From, Kind

_ACL: Final = "aws:wafv2/webAcl:WebAcl"
_RULE: Final = "aws:wafv2/webAclRule:WebAclRule"
_GROUP: Final = "aws:wafv2/ruleGroup:RuleGroup"
# Of the scope of CloudFront, asked in another region than its own.
_NOT_HERE: Final = ("WAFInvalidParameterException",)


def _whole(noun: str, scope: str, *recorded: str) -> Call:
    """noun: WebACL or RuleGroup. recorded: the types by which somebody has one."""
    snake = {"WebACL": "web_acl", "RuleGroup": "rule_group"}[noun]
    none = _NOT_HERE if scope == "CLOUDFRONT" else ()
    listed = Call(
        "wafv2", f"list_{snake}s", f"{noun}s[]", {"Scope": scope}, ids="[ARN, Id]", owned=True,
        recorded=recorded, none=none,
    )  # fmt: skip
    return Call(
        "wafv2", f"get_{snake}", f"[{noun}]", {"ARN": From("ARN")}, of=listed, ids="[ARN, Id]"
    )


# Payment is asked for by an action, and by whom it is settled the configuration tells.
_PAID: Final = (
    "MonetizationConfig.{currencyMode: CurrencyMode, cryptoConfig: CryptoConfig, "
    "connectedAccountConfigs: ConnectedAccountConfigs}"
)
_BOTH: Final = {"name": "Name", "description": "Description", "monetizationConfig": _PAID}
_SILENT: Final = ("customResponseBodies", "namePrefix", "scope", "tags", "visibilityConfig")

KINDS: Final = tuple(
    kind
    for scope in ("REGIONAL", "CLOUDFRONT")
    for acls in [_whole("WebACL", scope, _ACL, _RULE)]
    for kind in (
        Kind(
            _ACL, acls, "Id", {**_BOTH, "rules": "Rules"}, {"arn": "ARN"},
            apart={"rules": (_RULE, "parts(ARN, Rules[].Name)")},
            silent=(
                *_SILENT, "associationConfig", "captchaConfig", "challengeConfig",
                "dataProtectionConfig", "defaultAction", "ruleJson", "tokenDomains",
            ),
        ),
        Kind(
            _RULE, acls, "join(',', [_of.ARN, Name])",
            {
                "webAclArn": "_of.ARN", "name": "Name", "action": "Action",
                "overrideAction": "OverrideAction", "statement": "Statement",
            },
            each="Rules", restates=True, key=("webAclArn", "name"),
            silent=("captchaConfig", "challengeConfig", "priority", "ruleLabels",
                    "visibilityConfig"),
        ),
        Kind(
            _GROUP, _whole("RuleGroup", scope, _GROUP), "Id", {**_BOTH, "rules": "Rules"},
            {"arn": "ARN"}, silent=(*_SILENT, "capacity", "rulesJson"),
        ),
    )
)  # fmt: skip
