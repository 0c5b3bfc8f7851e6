"""What a grant shows, and what it does not: whose it is, by whom the call is made, and what of."""

import json

import pytest

from model.grants import Granted, granted
from model.identities import Permission, Role

VIA = {"StringEquals": {"kms:ViaService": "s3.eu-west-1.amazonaws.com"}}


def role(*actions, on="*", **more):
    statement = {"Effect": "Allow", "Action": list(actions), "Resource": on, **more}
    document = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
    return Role("role", "role", "{}", (Permission("inline", document),))


def shown(of, **whose):
    return {one.feature for one in granted(of, **whose)}


def test_what_api_servers_encrypt_by_is_asked_of_kms_where_no_service_asks_for_them():
    assert shown(role("kms:Encrypt"), api=True) == {"KMS plugin"}
    assert shown(role("kms:Encrypt", Condition=VIA), api=True) == set()
    assert shown(role("kms:Encrypt")) == set(), "pods and nodes encrypt by services"


def test_what_a_machine_attaches_is_kept_for_it_where_it_is_no_node():
    attaching = role("ec2:AttachVolume", "ec2:AttachNetworkInterface")
    assert shown(attaching, member=True) == {"kept volume", "kept address"}
    assert shown(attaching) == set(), "a node attaches for pods"


@pytest.mark.parametrize(
    ("action", "on", "found"),
    [
        ("s3:GetObject", "arn:aws:s3:::bin/*", [("own objects", "bin", ("bin/~",))]),
        ("s3:GetObject", "arn:aws:s3:::bin/in/*.gz", [("own objects", "bin", ("bin/in/~.gz",))]),
        (
            "s3:PutObject",
            ["arn:aws:s3:::bin/first.json", "arn:aws:s3:::out/${aws:userid}/*"],
            [
                ("written objects", "bin", ("bin/first.json",)),
                ("written objects", "out", ("out/~/~",)),
            ],
        ),
        ("s3:ListBucket", "arn:aws:s3:::bin", [("listed objects", "bin", ("bin",))]),
        ("s3:ListBucket", "arn:aws:s3:::bin/*", []),
        ("s3:GetObject", "arn:aws:s3:::bin", []),
        ("s3:GetObject", ["*", "arn:aws:s3:::*/*"], []),
    ],
)
def test_objects_are_those_that_the_grant_names(action, on, found):
    wanted = [Granted(feature, "inline", bucket, objects) for feature, bucket, objects in found]
    assert list(granted(role(action, on=on))) == wanted


def test_what_is_denied_or_left_out_shows_nothing():
    assert shown(role("s3:GetObject", on="arn:aws:s3:::bin/*", Effect="Deny")) == set()
    assert shown(None, api=True, member=True) == set()
