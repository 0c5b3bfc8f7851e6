"""The small types of the stack file, each with a sentence of its own for a wrong value."""

import re
from functools import cached_property
from ipaddress import IPv4Address, IPv4Network, ip_network
from typing import Annotated, Any

from pydantic import (
    BeforeValidator,
    GetCoreSchemaHandler,
    GetJsonSchemaHandler,
    PlainSerializer,
    Strict,
    WithJsonSchema,
)
from pydantic_core import core_schema

from spec.shown import shown_value

PRIVATE_RANGES = tuple(
    IPv4Network(cidr)
    for cidr in ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "100.64.0.0/10", "198.18.0.0/15")
)  # RFC 1918, RFC 6598 and RFC 2544: what a VPC may hold and the internet does not route


class Text:
    """Metadata of a string type that must match `pattern` as a whole.

    sentence: what the operator reads when it does not. letters: those of every script count as
    letters, as AWS takes them in tags; else ASCII's only.
    """

    def __init__(self, pattern: str, sentence: str, *, letters: bool = False) -> None:
        self.pattern, self.sentence, self.letters = pattern, sentence, letters

    @cached_property
    def _compiled(self) -> re.Pattern[str]:
        """When it is first asked: a stack file has values of few of these types."""
        return re.compile(self.pattern, re.UNICODE if self.letters else re.ASCII)

    def _check(self, value: Any) -> str:
        if not isinstance(value, str) or not self._compiled.fullmatch(value):
            raise ValueError(self.sentence)
        return value

    def __get_pydantic_core_schema__(
        self, source: Any, handler: GetCoreSchemaHandler
    ) -> core_schema.CoreSchema:
        return core_schema.no_info_plain_validator_function(self._check)

    def __get_pydantic_json_schema__(
        self, schema: core_schema.CoreSchema, handler: GetJsonSchemaHandler
    ) -> dict[str, Any]:
        pattern = self.pattern
        if self.letters:  # editors read patterns as ECMA-262 does, where \w is ASCII's
            pattern = pattern.replace(r"\w", r"\p{L}\p{N}_")
        return {"type": "string", "pattern": f"^(?:{pattern})$"}


_LENGTH = re.compile(r"/(?:0|[1-9][0-9]?)\Z", re.ASCII)


def _cidr(value: Any) -> IPv4Network:
    if isinstance(value, IPv4Network):
        return value
    if not isinstance(value, str) or "/" not in value:
        raise ValueError("must be an IPv4 CIDR in quotes, such as 10.0.0.0/16")
    if not _LENGTH.search(value):  # Python takes masks and leading zeros too, AWS does not
        raise ValueError("is no IPv4 CIDR; write one such as 10.0.0.0/16")
    try:
        return IPv4Network(value)
    except ValueError:
        pass
    try:
        widened = IPv4Network(value, strict=False)
    except ValueError:
        raise ValueError("is no IPv4 CIDR; write one such as 10.0.0.0/16") from None
    raise ValueError(f"has host bits set; did you mean {widened}?")


_PREFIX_LIST_ID = re.compile(r"pl-(?:[0-9a-f]{8}|[0-9a-f]{17})")


def _any_cidr(value: Any) -> str:
    try:
        return str(ip_network(value if isinstance(value, str) and "/" in value else ""))
    except ValueError:
        raise ValueError("must be an IPv4 or IPv6 CIDR; run heiiki lock") from None


def _route_destination(value: Any) -> str:
    """One validator and not a union: a fault is of the key, not of one of its forms."""
    if value == "unknown" or (isinstance(value, str) and _PREFIX_LIST_ID.fullmatch(value)):
        return str(value)
    try:
        return _any_cidr(value)
    except ValueError:
        raise ValueError(
            "must be an IPv4 or IPv6 CIDR, the id of a prefix list, or unknown; run heiiki lock"
        ) from None


def _private_cidr(value: Any) -> IPv4Network:
    cidr = _cidr(value)
    if not any(cidr.subnet_of(private) for private in PRIVATE_RANGES):
        ranges = ", ".join(str(private) for private in PRIVATE_RANGES)
        raise ValueError(f"is not private; write a CIDR inside one of {ranges}")
    return cidr


def _ipv4_address(value: Any) -> IPv4Address:
    try:
        return IPv4Address(value if isinstance(value, str) else "")
    except ValueError:
        raise ValueError("must be an IPv4 address, such as 10.0.0.4") from None


def each_once(entries: tuple[Any, ...]) -> tuple[Any, ...]:
    """Each becomes a rule, a route or an entry of its own, and AWS takes no two of the same."""
    for i, entry in enumerate(entries):
        if entry in entries[:i]:
            named = entry if isinstance(entry, IPv4Network) else shown_value(entry)
            raise ValueError(f"names {named} twice; write it once")
    return entries


class _EachOnce:
    """Metadata of a list whose entries differ, for editors too."""

    def __get_pydantic_core_schema__(
        self, source: Any, handler: GetCoreSchemaHandler
    ) -> core_schema.CoreSchema:
        return core_schema.no_info_after_validator_function(each_once, handler(source))

    def __get_pydantic_json_schema__(
        self, schema: core_schema.CoreSchema, handler: GetJsonSchemaHandler
    ) -> dict[str, Any]:
        return {**handler(schema), "uniqueItems": True}


Once = _EachOnce()
_AS_TEXT = PlainSerializer(str, return_type=str)
_CIDR_SCHEMA = WithJsonSchema(
    {"type": "string", "format": "ipv4-cidr", "examples": ["10.0.0.0/16"]}
)

_OCTET = "(25[0-5]|2[0-4][0-9]|1[0-9][0-9]|[1-9]?[0-9])"

Cidr = Annotated[IPv4Network, BeforeValidator(_cidr), _AS_TEXT, _CIDR_SCHEMA]
AnyCidr = Annotated[str, BeforeValidator(_any_cidr)]  # of either kind, as AWS says it
PrivateCidr = Annotated[IPv4Network, BeforeValidator(_private_cidr), _AS_TEXT, _CIDR_SCHEMA]
Cidrs = Annotated[tuple[Cidr, ...], Once]
PrivateCidrs = Annotated[tuple[PrivateCidr, ...], Once]
Ipv4Address = Annotated[
    IPv4Address,
    BeforeValidator(_ipv4_address),
    _AS_TEXT,
    WithJsonSchema({"type": "string", "pattern": rf"^({_OCTET}\.){{3}}{_OCTET}$"}),
]

WholeNumber = Annotated[int, Strict()]  # else `true` would count as 1, and '3' as 3

# S3 user guide, general purpose bucket naming rules (read 2026-11-29). What begins so may have been
# made before the rule; what ends so is the alias of an access point, or a bucket of another kind.
NO_BUCKET_BEGINS_SO = r"(?!xn--|sthree-|amzn-s3-demo-)"
NO_BUCKET_ENDS_SO = ("-s3alias", "--ol-s3", ".mrap", "--x-s3", "--table-s3")
_NO_BUCKET = rf"(?!.*(?:{'|'.join(NO_BUCKET_ENDS_SO).replace('.', '[.]')})$)"

# Its buckets' names begin with it.
ClusterName = Annotated[
    str,
    Text(
        rf"{NO_BUCKET_BEGINS_SO}[a-z](?:[a-z0-9-]{{0,28}}[a-z0-9])?",
        "must be 1 to 30 lower-case letters, digits and hyphens, starting with a letter, and not "
        "with xn--, sthree- or amzn-s3-demo-, as no bucket's name may",
    ),
]
Name = Annotated[
    str,
    Text(
        r"[a-z](?:[a-z0-9-]{0,22}[a-z0-9])?",
        "must be 1 to 24 lower-case letters, digits and hyphens, starting with a letter",
    ),
]
Region = Annotated[
    str, Text(r"[a-z]{2,4}(?:-[a-z]+)+-\d", "must be a region's code name, such as ap-northeast-1")
]
AvailabilityZone = Annotated[
    str,
    Text(
        r"[a-z]{2,4}(?:-[a-z]+)+-\d[a-z]", "must be an Availability Zone, such as ap-northeast-1a"
    ),
]
AccountId = Annotated[str, Text(r"\d{12}", "must be 12 digits in quotes, such as '123456789012'")]
OrganizationId = Annotated[
    str, Text(r"o-[a-z0-9]{10,32}", "must be an organization id, such as o-abcde12345")
]
KubernetesVersion = Annotated[
    str,
    Text(
        r"1\.\d{2}",
        "must be a minor version in quotes, such as '1.35' (unquoted, YAML reads a number)",
    ),
]
InstanceType = Annotated[
    str, Text(r"[a-z0-9-]+\.[a-z0-9-]+", "must be an EC2 instance type, such as m7i.large")
]
DeviceName = Annotated[
    str, Text(r"/dev/[a-z0-9]{2,12}", "must be a block device's name, such as /dev/xvda")
]
KeyName = Annotated[
    str, Text(r"[ -~]{1,255}", "must be the name of an EC2 key pair, 1 to 255 ASCII characters")
]
DomainName = Annotated[
    str,
    Text(
        r"(?=.{1,253}\.?$)(?:\*\.)?(?:[A-Za-z0-9_](?:[A-Za-z0-9_-]{0,61}[A-Za-z0-9])?\.)+"
        r"[A-Za-z]{2,63}\.?",
        "must be a domain name of at most 253 characters, such as internal.example.com or "
        "*.example.com",
    ),
]
# IAM user guide, IAM and STS quotas (read 2026-11-28): a path of 512 characters and a name of 64 at
# most, of an instance profile 128. A path may hold * and ? too, which in a policy name others.
_PATH = r"(?:[\w+=,.@-]+/)*"
_ROLE_OR_USER = rf"(?=.{{1,575}}$){_PATH}[\w+=,.@-]{{1,64}}"
_PROFILE = rf"(?=.{{1,639}}$){_PATH}[\w+=,.@-]{{1,128}}"
PrincipalArn = Annotated[
    str,
    Text(
        rf"arn:aws[a-z-]*:iam::\d{{12}}:(?:role|user)/{_ROLE_OR_USER}",
        "must be the ARN of an IAM role or user, such as arn:aws:iam::123456789012:role/admin",
    ),
]
RoleArn = Annotated[
    str,
    Text(
        rf"arn:aws[a-z-]*:iam::\d{{12}}:role/{_ROLE_OR_USER}",
        "must be the ARN of an IAM role, such as arn:aws:iam::123456789012:role/admin",
    ),
]
InstanceProfileArn = Annotated[
    str,
    Text(
        rf"arn:aws[a-z-]*:iam::\d{{12}}:instance-profile/{_PROFILE}",
        "must be the ARN of an instance profile, such as "
        "arn:aws:iam::123456789012:instance-profile/nodes",
    ),
]
KmsKeyArn = Annotated[
    str,
    Text(
        r"arn:aws[a-z-]*:kms:[a-z0-9-]+:\d{12}:key/[A-Za-z0-9-]{1,64}",
        "must be a KMS key's ARN (not an alias), such as "
        "arn:aws:kms:ap-northeast-1:123456789012:key/1234abcd-12ab-34cd-56ef-1234567890ab",
    ),
]
# No two dots in a row, and no IPv4 address.
_BUCKET = rf"(?!.*\.\.)(?!(?:\d+\.){{3}}\d+$){_NO_BUCKET}[a-z0-9][a-z0-9.-]{{1,61}}[a-z0-9]"
BucketArn = Annotated[
    str,
    Text(
        rf"arn:aws[a-z-]*:s3:::{_BUCKET}",
        "must be the ARN of an S3 bucket, such as arn:aws:s3:::flow-logs-of-the-bank",
    ),
]
BucketName = Annotated[
    str,
    Text(
        _BUCKET,
        "must be an S3 bucket's name: 3 to 63 lower-case letters, digits, hyphens and single dots, "
        "no IP address and no alias, such as those that end with -s3alias",
    ),
]

# Without dots: a name with dots has no certificate of S3's.
NewBucketName = Annotated[
    str,
    Text(
        rf"{NO_BUCKET_BEGINS_SO}{_NO_BUCKET}[a-z0-9][a-z0-9-]{{1,61}}[a-z0-9]",
        "must be an S3 bucket's name of 3 to 63 lower-case letters, digits and hyphens that S3 "
        "takes: not beginning with xn--, sthree- or amzn-s3-demo-, nor ending with -s3alias, "
        "--ol-s3, --x-s3 or --table-s3",
    ),
]


def _id(prefix: str, noun: str) -> Text:
    """The id of a supplied AWS resource: `prefix-` and 8 or 17 hexadecimal digits."""
    return Text(
        rf"{prefix}-(?:[0-9a-f]{{8}}|[0-9a-f]{{17}})",
        f"must be the id of {noun}, such as {prefix}-0123456789abcdef0",
    )


VpcId = Annotated[str, _id("vpc", "a VPC")]
SubnetId = Annotated[str, _id("subnet", "a subnet")]
RouteTableId = Annotated[str, _id("rtb", "a route table")]
SecurityGroupId = Annotated[str, _id("sg", "a security group")]
InternetGatewayId = Annotated[str, _id("igw", "an internet gateway")]
NatGatewayId = Annotated[str, _id("nat", "a NAT gateway")]
AllocationId = Annotated[str, _id("eipalloc", "an Elastic IP's allocation")]
TransitGatewayId = Annotated[str, _id("tgw", "a transit gateway")]
VpnGatewayId = Annotated[str, _id("vgw", "a virtual private gateway")]
VpcEndpointId = Annotated[str, _id("vpce", "a VPC endpoint")]
PrefixListId = Annotated[str, _id("pl", "a prefix list")]
RouteDestination = Annotated[str, BeforeValidator(_route_destination)]
ImageId = Annotated[str, _id("ami", "a machine image")]
