"""Tell a secret that a machine has made from the words and ids that people write, by its form."""

import re

_UUID = r"[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}"
_NAMED = re.compile(  # what says by its own form what it is
    r"-----BEGIN"
    r"|(?:AKIA|ASIA)[A-Z0-9]{12,}"  # ids of AWS keys
    r"|(?<![\w/+])[\w/+]{40}(?![\w/+])"  # AWS secret keys
    r"|://\S*@"  # URLs with credentials
    r"|eyJ[\w-]{10,}\.|AQICA"  # JWTs, what KMS has encrypted
    r"|gh[a-z]_\w{20,}|github_pat_|glpat-|xox[a-z]-"  # GitHub, GitLab, Slack
    r"|(?<![\w.])(?:hv[sbr]\.[\w-]{8}|[sbr]\.\w{20})"  # Vault
    r"|(?<![a-z0-9.])[a-z0-9]{6}\.(?=[a-z]*[0-9])[a-z0-9]{16}(?![a-z0-9.])"  # bootstrap tokens
    r"|(?<![a-z0-9])(?:sk-(?:[\w-]*\d|[a-z-]*[a-z]{16})|[spr]k_(?:live|test)_)",  # OpenAI, Stripe
    re.IGNORECASE | re.ASCII,
)
# Ids that AWS gives and shows to everybody: subnet-0123456789abcdef0, and keys in their ARNs.
_AWS_ID = re.compile(
    r"(?<![\w-])[a-z]+(?:-[a-z]+)*-[0-9a-f]{8}(?:[0-9a-f]{9})?(?![\w-])"
    r"|(?<=:key/)mrk-[0-9a-f]{32}(?![\w-])"
    rf"|(?:(?<=:key/)|(?<=:certificate/)){_UUID}(?![\w-])"
)
_ARN = re.compile(r"arn:aws[a-z-]*:[a-z0-9-]+:[a-z0-9-]*:\d*:")
# Roles of people who sign in through IAM Identity Center; AWS makes the end of their names.
_SSO_ROLE = re.compile(
    r"(arn:aws[a-z-]*:iam::\d{12}:role/aws-reserved/sso\.amazonaws\.com/(?:[a-z0-9-]{1,20}/)?"
    r"AWSReservedSSO_[A-Za-z_-]{1,32})_[0-9a-f]{16}\Z"
)
_RANDOM = re.compile(  # hexadecimal digits, base32, UUIDs
    rf"(?<![A-Za-z0-9])(?:[0-9a-fA-F]{{20,}}|[A-Z2-7]{{20,}})(?![A-Za-z0-9])|(?i:{_UUID})"
)
_MIXED_WORD = re.compile(
    r"(?=[a-z0-9_]*[A-Z])(?=[A-Z0-9_]*[a-z])(?=[A-Za-z_]*[0-9])\w{8,}", re.ASCII
)
_LONG_RUN = re.compile(r"[A-Za-z0-9+/_-]{20,}")  # of base64, in both alphabets
_PIECE = re.compile(r"[A-Za-z0-9]+")
_PART = re.compile(r"[A-Z]?[a-z]+|[A-Z]+(?![a-z])|[0-9]+")  # of a word in camelCase
_VOWEL = re.compile(r"[aeiouy]", re.IGNORECASE)
_SHORT = re.compile(r"[a-z0-9]{1,4}|[A-Z]?[a-z]{1,3}|[A-Z]{1,4}")  # 1a, m7i, eks2, Dev, NLB
_LETTERS_AROUND_DIGITS = re.compile(r"[a-z][0-9]+[a-z]")
_LONG_PIECE = 20
_REPEATED = 4  # different characters at most, as in aaaa or 1010; a random text of 20 has more
_ODD_OF_PIECE, _ODD_OF_RUN = 5, 6  # characters that are of no word; random text has more


def is_secret(text: str) -> bool:
    """Whether the text, or a part of it, has the form of a secret."""
    text = _SSO_ROLE.sub(r"\1", text)
    if _NAMED.search(text) or _MIXED_WORD.search(text):
        return True
    rest = _AWS_ID.sub("", text)
    is_arn = _ARN.match(text) is not None  # names in them may end as CloudFormation makes them
    return any(not _repeats(found[0]) for found in _RANDOM.finditer(rest)) or any(
        _is_random(run[0], is_arn) for run in _LONG_RUN.finditer(rest)
    )


def _is_random(run: str, is_arn: bool) -> bool:
    """Whether too little of it is words, as names in camelCase and paths are made of."""
    odd = {piece[0]: _odd(piece[0]) for piece in _PIECE.finditer(run)}
    if any(len(piece) >= _LONG_PIECE and count >= _ODD_OF_PIECE for piece, count in odd.items()):
        return True
    return not is_arn and sum(odd.values()) >= _ODD_OF_RUN


def _odd(piece: str) -> int:
    """How many of these letters and digits are part of no word and of no number."""
    if _SHORT.fullmatch(piece) or _repeats(piece) or (piece.isdigit() and len(piece) < _LONG_PIECE):
        return 0
    if len(piece) >= _LONG_PIECE and _LETTERS_AROUND_DIGITS.search(piece):
        return len(piece)
    return sum(map(_odd_part, _PART.findall(piece.rstrip("0123456789") or piece)))


def _repeats(piece: str) -> bool:
    return len(set(piece)) <= _REPEATED


def _odd_part(part: str) -> int:
    if part.isupper() and len(part) in (3, 4):  # AWS, EKS
        return 1
    return 0 if len(part) > 2 and _VOWEL.search(part) and part[1:].islower() else len(part)
