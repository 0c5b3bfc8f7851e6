"""A second evaluator, written from the IAM User Guide apart from the pack's: slow, plain, direct.

It shares nothing with policies/iam. It answers True or False, and None where the guide is silent.
"""

from datetime import UTC, datetime


def glob(pattern, text):
    """* is any text, ? any one character; by a table of prefixes."""
    row = [True] + [False] * len(text)
    for p in pattern:
        if p == "*":
            new = [row[0]]
            for j in range(len(text)):
                new.append(new[j] or row[j + 1])
        else:
            new = [False] + [row[j] and p in ("?", text[j]) for j in range(len(text))]
        row = new
    return row[-1]


STAR, MARK = "\ue000", "\ue001"  # a literal * and ?, as ${*} and ${?} write them


def substituted(text, context):
    """Variables replaced; None when one has no value. Literal wildcards are hidden."""
    out, rest = "", text
    while "${" in rest:
        before, rest = rest.split("${", 1)
        inner, rest = rest.split("}", 1)
        out += before
        if inner in ("*", "?", "$"):
            out += {"*": STAR, "?": MARK, "$": "$"}[inner]
            continue
        name, _, default = inner.partition(", ")
        values = context.get(name.lower())
        if values is None and not default:
            return None
        value = values[0] if values is not None else default[1:-1]
        out += value.replace("*", STAR).replace("?", MARK)
    return out + rest


def same(pattern, text):
    """Compare with the hidden literal wildcards shown again."""
    return pattern.replace(STAR, "*").replace(MARK, "?") == text


def like(pattern, text):
    return glob(pattern, text.replace("*", STAR).replace("?", MARK))


def arn_like(pattern, text):
    wanted, given = pattern.split(":", 5), text.split(":", 5)
    if len(wanted) < 6:
        return None
    return len(given) == 6 and all(like(w, g) for w, g in zip(wanted, given, strict=True))


def when(text):
    if text.isdigit():
        return int(text)
    text = text if "T" in text else f"{text}T00:00:00Z"
    moment = datetime.strptime(text.replace("Z", "+0000"), "%Y-%m-%dT%H:%M:%S%z")
    return (moment - datetime(1970, 1, 1, tzinfo=UTC)).total_seconds()


def bits(address):
    """An address as a text of bits."""
    if "." in address:
        return "".join(f"{int(octet):08b}" for octet in address.split("."))
    left, _, right = address.partition("::")
    head, tail = ([g for g in side.split(":") if g] for side in (left, right))
    groups = head + ["0"] * (8 - len(head) - len(tail)) + tail
    return "".join(f"{int(group, 16):016b}" for group in groups)


def in_block(block, address):
    if ("." in block) != ("." in address):
        return False
    network, _, length = block.partition("/")
    count = int(length) if length else len(bits(network))
    return bits(network)[:count] == bits(address)[:count]


POSITIVE = {
    "StringEquals": same,
    "StringEqualsIgnoreCase": lambda p, t: same(p.lower(), t.lower()),
    "StringLike": like,
    "ArnEquals": arn_like,
    "ArnLike": arn_like,
    "BinaryEquals": same,
    "Bool": lambda p, t: p.lower() == t.lower(),
    "IpAddress": in_block,
    "NumericEquals": lambda p, t: float(t) == float(p),
    "NumericLessThan": lambda p, t: float(t) < float(p),
    "NumericLessThanEquals": lambda p, t: float(t) <= float(p),
    "NumericGreaterThan": lambda p, t: float(t) > float(p),
    "NumericGreaterThanEquals": lambda p, t: float(t) >= float(p),
    "DateEquals": lambda p, t: when(t) == when(p),
    "DateLessThan": lambda p, t: when(t) < when(p),
    "DateLessThanEquals": lambda p, t: when(t) <= when(p),
    "DateGreaterThan": lambda p, t: when(t) > when(p),
    "DateGreaterThanEquals": lambda p, t: when(t) >= when(p),
}
NEGATIVE = {
    "StringNotEquals": "StringEquals",
    "StringNotEqualsIgnoreCase": "StringEqualsIgnoreCase",
    "StringNotLike": "StringLike",
    "ArnNotEquals": "ArnEquals",
    "ArnNotLike": "ArnLike",
    "NotIpAddress": "IpAddress",
    "NumericNotEquals": "NumericEquals",
    "DateNotEquals": "DateEquals",
}
MULTIVALUED = (
    "aws:tagkeys", "aws:calledvia", "aws:principalservicenameslist", "aws:principalorgpaths",
    "aws:resourceorgpaths", "aws:sourceorgpaths", "aws:vpceorgpaths",
)  # fmt: skip


def condition(name, key, values, context):
    given = context.get(key.lower())
    if name == "Null":
        return any((v in ("true", True)) == (given is None) for v in values)
    of, _, rest = name.rpartition(":")
    base = rest.removesuffix("IfExists")
    negative = base in NEGATIVE
    compare = POSITIVE[NEGATIVE.get(base, base)]
    if given is None:
        if rest.endswith("IfExists") or of == "ForAllValues":
            return True
        return negative and of == ""
    if of == "" and (len(given) > 1 or key.lower() in MULTIVALUED):
        return None
    verdicts = []
    for text in given:
        hits = []
        for value in values:
            pattern = substituted(value, context)
            hits.append(False if pattern is None else compare(pattern, text))
        hit = True if True in hits else None if None in hits else False
        verdicts.append(None if hit is None else hit is not negative)
    decisive = of == "ForAnyValue"  # one True settles it; otherwise one False does
    if decisive in verdicts:
        return decisive
    return None if None in verdicts else not decisive


def listed(value):
    return value if isinstance(value, list) else [value]


def names(element, principal):
    """Whether a Principal element names somebody."""
    if element == "*":
        return True
    for kind, values in element.items():
        for value in listed(values):
            if kind == "AWS" and value == "*":
                return True
            if kind != principal["kind"]:
                continue
            if kind != "AWS":
                if value == principal["name"]:
                    return True
            elif str(value) in (
                principal["account"],
                f"arn:aws:iam::{principal['account']}:root",
            ) or value in (principal["name"], principal["session"]):
                return True
    return False


def unresolved(statement, context):
    """Whether the statement has a variable without a value: AWS may hold it for invalid."""
    parts = [statement.get("Resource"), statement.get("NotResource"), statement.get("Condition")]
    return any(substituted(text, context) is None for text in texts(parts))


def texts(value):
    if isinstance(value, str):
        return [value]
    if isinstance(value, bool | int):
        return []
    if isinstance(value, dict):
        value = list(value.values())
    return [t for item in value or [] for t in texts(item)]


def applies(statement, request):
    who, context = request["principal"], request["context"]
    if "NotPrincipal" in statement:
        found = not names(statement["NotPrincipal"], who)
    else:
        found = names(statement["Principal"], who)
    action = request["action"].lower()
    for key in ("Action", "NotAction"):
        if key in statement:
            hit = any(glob(a.lower(), action) for a in listed(statement[key]))
            found = found and hit is (key == "Action")
    for key in ("Resource", "NotResource"):
        if key in statement:
            patterns = [substituted(r, context) for r in listed(statement[key])]
            hit = any(p is not None and like(p, request["resource"]) for p in patterns)
            found = found and hit is (key == "Resource")
    if not found:
        return False
    answers = [
        condition(name, key, listed(values), context)
        for name, block in statement.get("Condition", {}).items()
        for key, values in block.items()
    ]
    if False in answers:
        return False
    return None if None in answers or unresolved(statement, context) else True


def allowed(document, request):
    """Explicit deny, then allow, then nothing."""
    answers = {"Allow": [], "Deny": []}
    for statement in listed(document["Statement"]):
        answers[statement["Effect"]].append(applies(statement, request))
    if True in answers["Deny"] or not {True, None} & set(answers["Allow"]):
        return False
    return True if None not in answers["Deny"] and True in answers["Allow"] else None
