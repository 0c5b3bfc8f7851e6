"""Each small type: what it takes, what it refuses, and the sentence for that."""

from ipaddress import IPv4Network
from typing import Any

import pytest
from pydantic import TypeAdapter, ValidationError

from spec import access, carry_in, cluster, fields, network, node_pools

HEX8, HEX17 = "0123abcd", "0123456789abcdef0"
LONG = ".".join(["a" * 63] * 3 + ["a" * 61])  # a name of DNS is 253 characters at most
IDS = {
    "vpc": fields.VpcId, "subnet": fields.SubnetId, "rtb": fields.RouteTableId,
    "sg": fields.SecurityGroupId, "igw": fields.InternetGatewayId, "nat": fields.NatGatewayId,
    "eipalloc": fields.AllocationId, "tgw": fields.TransitGatewayId, "vgw": fields.VpnGatewayId,
    "vpce": fields.VpcEndpointId, "ami": fields.ImageId,
}  # fmt: skip
TAKEN: list[tuple[Any, tuple[str, ...], tuple[Any, ...]]] = [  # type, taken, refused
    (fields.ClusterName, ("a", "dev", "a" * 30, "a-1"),
     ("", "A", "1a", "a-", "-a", "a" * 31, "a_b", "a b", "é", 3, None, "a\n")),
    (fields.Name, ("a", "nodes-1a", "a" * 24), ("", "a" * 25, "Nodes", "a.b", "a\n", "1", ["a"])),
    (fields.Region, ("ap-northeast-1", "us-gov-west-1", "cn-north-1", "us-isob-east-1"),
     ("tokyo", "ap-northeast", "ap-northeast-1a", "AP-NORTHEAST-1", "ap-northeast-1")),
    (fields.AvailabilityZone, ("ap-northeast-1a", "us-gov-west-1b"),
     ("1a", "ap-northeast-1", "ap-northeast-1aa", "us-west-2-lax-1a")),
    (fields.AccountId, ("123456789012", "000000000000"),
     ("12345678901", "1234567890123", "１２３４５６７８９０１２", 123456789012)),
    (fields.OrganizationId, ("o-abcde12345",), ("o-abc", "abcde12345", "o-ABCDE12345")),
    (fields.KubernetesVersion, ("1.35",), ("1.3", "1.350", "v1.35", "1.35.1", "2.10", 1.35)),
    (fields.InstanceType, ("m7i.large", "u-6tb1.112xlarge", "i4i.metal"), ("large", "M7i.large")),
    (fields.DeviceName, ("/dev/xvda", "/dev/sda1"), ("xvda", "/dev/", "/dev/../etc", "/dev/a b")),
    (fields.KeyName, ("key", "operator key 1"), ("", "a" * 256, "鍵", "a\nb")),
    (fields.DomainName,
     ("example.com", "*.internal.example.com", "a_b.example.com.", LONG, f"{LONG}."),
     ("com", "*", "*.*.example.com", "exa mple.com", "http://example.com", "example..com",
      f"{LONG}m")),
    (fields.PrincipalArn, ("arn:aws:iam::123456789012:role/admin",
                           "arn:aws-cn:iam::123456789012:user/path/to/me"),
     ("arn:aws:iam::123456789012:group/g", "arn:aws:sts::123456789012:assumed-role/a/b",
      "arn:aws:iam::123456789012:role/", "arn:aws:iam::1:role/a", "arn:aws:iam::*:role/a",
      "arn:aws:iam::123456789012:root", "arn:aws:iam::123456789012:role/é")),
    (fields.RoleArn, ("arn:aws-us-gov:iam::123456789012:role/a",),
     ("arn:aws:iam::123456789012:user/a", "arn:gcp:iam::123456789012:role/a")),
    (fields.InstanceProfileArn, ("arn:aws:iam::123456789012:instance-profile/nodes",),
     ("arn:aws:iam::123456789012:role/nodes",)),
    (fields.KmsKeyArn, ("arn:aws:kms:ap-northeast-1:123456789012:key/1234abcd-12ab",
                        "arn:aws:kms:us-east-1:123456789012:key/mrk-1234"),
     ("arn:aws:kms:ap-northeast-1:123456789012:alias/a", "alias/a", "1234abcd-12ab")),
    (fields.BucketName, ("abc", "a.b-c1", "1.2.3.4a", "s3alias", "amzn-s3-demo-a"),
     ("ab", "-abc", "Abc", "a" * 64, "a/b", "a..b", "1.2.3.4", "a-s3alias", "a--ol-s3", "a.mrap",
      "a--x-s3", "a--table-s3")),
    (fields.NewBucketName, ("abc", "a-b", "a-xn--b", "s3alias", "x--ol-s3a"),
     ("ab", "-abc", "a.b", "xn--abc", "sthree-a", "amzn-s3-demo-a", "a-s3alias", "a--ol-s3",
      "a--x-s3", "a--table-s3")),
    (fields.BucketArn, ("arn:aws:s3:::a.b-c1",),
     ("arn:aws:s3:::a..b", "arn:aws:s3:::1.2.3.4", "arn:aws:s3:::a-s3alias")),
    (fields.ClusterName, ("xn-b", "x", "a-xn--b"), ("xn--b", "sthree-a", "amzn-s3-demo-b", "-a")),
    (network.ServiceSuffix, ("logs", "ecr.api", "s3", "eks-auth"), ("", "Logs", ".a", "a/b")),
    (network.Reason, ("SOPS decrypts", "理由です"), ("", "x", " x y", "a\nb", "x" * 201, 3)),
    (access.Username, ("alice", "ops:alice", "{{SessionName}}"),
     ("system:masters", "eks:a", "aws:a", "amazon:a", "iam:a", "a b", "")),
    (access.Namespace, ("web", "2048-game", "a" * 63, "x--y", "dev-*", "dev-*-a"),
     ("", "*", "*-dev", "dev-?", "a" * 64, "-a", "a-", "A", "a.b", "a_b", "kube/system")),
    (carry_in.RepositoryName, ("ab", "platform/base", "a__b", "a--b", "a---b/c.d_e"),
     ("a", "a___b", "a..b", "a._b", "a//b", "-a", "a-", "A/b", "a" * 257)),
    (access.Group, ("viewers", "system:masters"), ("eks:a", "a b", "")),
    (node_pools.LabelKey, ("tier", "example.com/tier", "a" * 63),
     ("a" * 64, "example.com/", "/a", "a/b/c", "-a", "A_/b")),
    (node_pools.LabelValue, ("", "a", "a.B_c-1", "a" * 63), ("a" * 64, "-a", "a b", 3)),
    (cluster.TagKey, ("owner", "費用 負担", "a:b"),
     ("aws:x", "AWS:x", "", "a" * 129, "a\nb", "a,b")),
    (cluster.TagValue, ("", "開発", "a=b+c@d"), ("a" * 257, "a,b", "a\nb", 1)),
    *((kind, (f"{prefix}-{HEX8}", f"{prefix}-{HEX17}"),
       (f"{prefix}-", f"{prefix}-{HEX17}0", f"{prefix}-GGGGGGGG", f"x{prefix}-{HEX8}", HEX17))
      for prefix, kind in IDS.items()),
]  # fmt: skip


@pytest.mark.parametrize(("kind", "taken", "refused"), TAKEN)
def test_a_text_type_takes_what_aws_takes_and_nothing_else(kind, taken, refused):
    adapter = TypeAdapter(kind)
    for value in taken:
        assert adapter.validate_python(value) == value
    refused = [value for value in refused if value not in taken]
    assert refused
    for value in refused:
        with pytest.raises(ValidationError, match=r"must (be|say)"):
            adapter.validate_python(value)


@pytest.mark.parametrize(("prefix", "kind"), IDS.items())
def test_the_sentence_for_an_id_shows_one(prefix, kind):
    with pytest.raises(ValidationError) as caught:
        TypeAdapter(kind).validate_python("nonsense")
    assert caught.value.errors()[0]["msg"].endswith(f"such as {prefix}-{HEX17}")


@pytest.mark.parametrize("kind", [fields.Cidrs, fields.PrivateCidrs])
def test_a_cidr_stands_once_in_a_list(kind):
    adapter = TypeAdapter(kind)
    assert len(adapter.validate_python(("10.8.0.0/16", "10.8.0.0/17"))) == 2
    with pytest.raises(ValidationError, match=r"names 10\.8\.0\.0/16 twice; write it once"):
        adapter.validate_python(("10.8.0.0/16", "10.9.0.0/16", "10.8.0.0/16"))


@pytest.mark.parametrize(
    ("value", "sentence"),
    [
        ("10.0.0.1/16", "has host bits set; did you mean 10.0.0.0/16?"),
        ("10.0.0.0/33", "is no IPv4 CIDR; write one such as 10.0.0.0/16"),
        ("10.0.0/16", "is no IPv4 CIDR; write one such as 10.0.0.0/16"),
        ("fd00::/8", "is no IPv4 CIDR; write one such as 10.0.0.0/16"),
        ("10.0.0.0/0.0.255.255", "is no IPv4 CIDR; write one such as 10.0.0.0/16"),
        ("10.0.0.0/016", "is no IPv4 CIDR; write one such as 10.0.0.0/16"),
        ("10.0.0.0", "must be an IPv4 CIDR in quotes, such as 10.0.0.0/16"),
        (10, "must be an IPv4 CIDR in quotes, such as 10.0.0.0/16"),
        ("8.8.8.0/24", "is not private; write a CIDR inside one of 10.0.0.0/8, 172.16.0.0/12, "
         "192.168.0.0/16, 100.64.0.0/10, 198.18.0.0/15"),
        ("0.0.0.0/0", "is not private; write a CIDR inside one of 10.0.0.0/8, 172.16.0.0/12, "
         "192.168.0.0/16, 100.64.0.0/10, 198.18.0.0/15"),
    ],
)  # fmt: skip
def test_a_bad_cidr_is_told_with_a_way_out(value, sentence):
    with pytest.raises(ValidationError) as caught:
        TypeAdapter(fields.PrivateCidr).validate_python(value)
    assert caught.value.errors()[0]["msg"] == f"Value error, {sentence}"


def test_cidrs_are_networks_and_any_is_taken_where_people_come_from():
    assert TypeAdapter(fields.PrivateCidr).validate_python("100.64.0.0/10") == IPv4Network(
        "100.64.0.0/10"
    )
    known = IPv4Network("10.0.0.0/8")
    assert TypeAdapter(fields.PrivateCidr).validate_python(known) is known
    assert str(TypeAdapter(fields.Cidr).validate_python("203.0.113.7/32")) == "203.0.113.7/32"


def test_patterns_in_the_schema_are_anchored_and_take_letters_of_every_script_in_tags():
    assert TypeAdapter(fields.AccountId).json_schema()["pattern"] == r"^(?:\d{12})$"
    assert r"\p{L}" in TypeAdapter(cluster.TagValue).json_schema()["pattern"]


@pytest.mark.parametrize(
    ("number", "taken"),
    [(64512, True), (65534, True), (4200000000, True), (4294967294, True), (64511, False),
     (65535, False), (4199999999, False), (4294967295, False)],
)  # fmt: skip
def test_autonomous_system_numbers_are_private(number, taken):
    from spec.connections import CreateVpnGateway

    if taken:
        assert CreateVpnGateway(amazonSideAsn=number).amazon_side_asn == number
    else:
        with pytest.raises(ValidationError, match="is no private number; write one of 64512"):
            CreateVpnGateway(amazonSideAsn=number)
