"""Nothing that may be a secret is ever echoed, wherever in the file it stands."""

import random
from base64 import b32encode, b64encode, urlsafe_b64encode
from string import ascii_letters
from uuid import UUID

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from plan.instance_types import instance_type
from spec.cluster import ClusterSpec
from spec.errors import SpecError
from spec.lock import Lock, parse_lock
from spec.schema_branches import key_names
from spec.shown import NOT_SHOWN, shown_path, shown_value
from spec.stack_file import parse_pulumi_config, parse_stack_file
from tests.quick_yaml import dumped, loaded
from tests.spec.stack_files import changed, faults, message, stack, text_of
from tests.spec.strategies import FAST, paths_of

HIDDEN = {  # what it is -> text that must not appear
    "a URL with credentials": "https://user:hunter2hunter2@proxy.example.com",
    "a URL whose password has a slash": "https://user:hunter2/hunter2@proxy.example.com",
    "a private key": "-----BEGIN RSA PRIVATE KEY-----\nhunter2hunter2",
    "an access key's id": "AKIAIOSFODNN7HUNTER2",
    "a temporary key's id": "ASIAIOSFODNN7HUNTER2",
    "a secret access key": "wJalrXUtnFEMIhunter2bPxRfiCYEXAMPLEKEYhu",
    "a GitHub token": "ghp_hunter2hunter2hunter2hunter2hunter2h",
    "a JSON web token": "eyJhunter2hunter2.eyJhunter2hunter2.hunter2",
    "something that says so": "my password is hunter2",
    "a password with other marks": "Hunter2&hunter2!",
    "a password of letters and digits mixed": "xHunter2hunter2x",
    "a GitLab token": "glpat-hunter2hunter2_HUNTER",
    "a Slack token": "xoxb-hunter2-Hunter",
    "a token of Vault": "hvs.hunter2hunter2_HUNTER",
    "an older token of Vault": "s.Hunter2hunter2hunter2hunt",
    "a key of a service": "sk-hunter2hunter2_HUNTER",
}
GENERATED = {  # with nothing in them that could be looked for
    "32 hexadecimal digits": "9f86d081884c7d659a2feaa0c55ad015",
    "64 hexadecimal digits": "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
    "a UUID": "6fa459ea-ee8a-3ca4-894e-db77e160355e",
    "hexadecimal digits that begin as a word": "FACADE38475610293847",
    "a UUID of digits": "29847561-0384-7561-0293-847561029384",
    "a token of Vault": "s.Zq9f86d081884c7d659a2fea",
    "a base32 seed": "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP",
    "base64": "kRk2bq0wT4m8oJvZ1nYcXg==",
    "base64 in two lines": "kRkbqwTmoJvZ/nYcXgLp",
    "digits that YAML reads as a number": 29847561038475610293,
}
PLACES = (
    "name", "region", "tags", "profile", "network.vpc", "nodePools.workers.instanceType",
    "nodePools.workers.maxSize", "availabilityZones", "unknown", "network.unknown",
)  # fmt: skip


@pytest.mark.parametrize("secret", HIDDEN.values(), ids=HIDDEN)
@pytest.mark.parametrize("place", PLACES)
def test_a_secret_as_a_value_is_not_shown(secret, place):
    found = message(text_of(changed({place: secret})))
    assert f"  {place}: " in found
    assert NOT_SHOWN in found
    assert "hunter2" not in found.lower()


@pytest.mark.parametrize("secret", [v for v in HIDDEN.values() if " is " not in v and "&" not in v])
def test_a_secret_as_a_key_is_not_shown(secret):
    for path in ("nodePools.workers", "tags", "nodePools"):
        keys = changed({})
        here = keys
        for part in path.split("."):
            here = here.setdefault(part, {})
        here[secret] = 1
        found = message(text_of(keys))
        assert f"  {path}.(not shown): " in found
        assert "hunter2" not in found.lower()


@pytest.mark.parametrize(
    "key", ["password", "adminPasswd", "passphrase", "clientSecret", "apiKey", "authToken",
            "privateKey", "accessKey", "credentials", "db_pwd"],
)  # fmt: skip
def test_a_value_under_a_key_that_says_secret_is_not_shown(key):
    assert faults({key: "hunter2"})[0][2] == NOT_SHOWN
    assert faults({"nodePools.workers.labels": {key: "hunter 2"}})[0][2] == NOT_SHOWN


def test_ordinary_values_are_shown_as_written_and_long_ones_are_cut():
    assert shown_value("m7i.large") == "'m7i.large'"
    assert shown_value("https://example.com/a") == "'https://example.com/a'"
    assert shown_value("arn:aws:iam::123456789012:role/admin") == (
        "'arn:aws:iam::123456789012:role/admin'"
    )
    assert shown_value({"a": 1}) == "a mapping of 1"
    assert shown_value([1, 2]) == "a list of 2"
    assert len(shown_value("x y " * 100)) == 80
    assert shown_value(16**5000) == "a huge number"  # Python refuses to write it out


@pytest.mark.parametrize("slip", ["Bad_Name!", "dev#", "my cluster?", "{name}"[:-1], "prod; dev"])
def test_a_slip_of_the_keyboard_is_shown(slip):
    assert shown_value(slip) == repr(slip)


@pytest.mark.parametrize(
    "value", ["Bad!!", "Bad_Name1!", "P@ss:word!", "longer-than-a-name!", "dev#dev#", "1!", "a\n!"]
)
def test_more_marks_digits_or_length_are_not_shown(value):
    assert shown_value(value) == NOT_SHOWN


def test_encrypted_values_are_refused_all_at_once_and_beside_other_faults():
    secure = {"secure": "v1:hunter2:hunter2"}
    found = faults(
        {"name": secure, "tags": {"owner": secure}, "availabilityZones": [secure, "x"],
         "region": "Tokyo"}
    )  # fmt: skip
    encrypted = "is encrypted; no key of heiiki holds a secret, write the value in clear"
    assert found == [
        ("name", encrypted, None),
        ("availabilityZones.0", encrypted, None),
        ("tags.owner", encrypted, None),
        ("region", "must be a region's code name, such as ap-northeast-1", "'Tokyo'"),
        ("availabilityZones.1", "must be an Availability Zone, such as ap-northeast-1a", "'x'"),
    ]


def test_yaml_errors_quote_nothing_of_the_file():
    for text in (
        "config: {password: *hunter2}",
        "config: !hunter2 {}",
        "config: 'hunter2",
        "config: {hunter2AKIAIOSFODNN7EXAMPLE: 1, hunter2AKIAIOSFODNN7EXAMPLE: 2}",
        "%hunter2 x\n---\n",
        'config: "\\xhunter2"',
        "!a!hunter2 x",
    ):
        assert "hunter2" not in message(text)


def test_the_lock_file_and_pulumis_configuration_hide_secrets_too():
    with pytest.raises(SpecError) as caught:
        parse_lock("region: AKIAIOSFODNN7HUNTER2\nformat: hunter2 password", where="x")
    assert "hunter2" not in str(caught.value).lower()
    with pytest.raises(SpecError) as caught:
        parse_pulumi_config({"heiiki:region": "https://a:hunter2@b"}, where="x")
    assert "hunter2" not in str(caught.value)


@pytest.mark.parametrize("secret", GENERATED.values(), ids=GENERATED)
@pytest.mark.parametrize("place", PLACES)
def test_what_a_machine_has_made_is_not_shown(secret, place):
    found = message(text_of(changed({place: secret})))
    assert f"  {place}: " in found and str(secret) not in found
    assert str(secret) not in message(text_of(changed({f"network.{secret}": 1})))


@pytest.mark.parametrize("place", ["name", "region", "network.vpc", "unknown"])
def test_a_bootstrap_token_is_not_shown(place):
    """As an instance type it has a form that the spec takes."""
    assert "07401b.f395accd246ae52d" not in message(
        text_of(changed({place: "07401b.f395accd246ae52d"}))
    )
    assert "office.networkfootball" in message(text_of(changed({place: "office.networkfootball"})))


def encoded(encode):
    """Secrets of 20 characters and more, as a machine would make them."""

    def of(seed: int, size: int) -> str:
        return encode(random.Random(seed).randbytes(64)).rstrip("=")[:size]

    return st.builds(of, st.integers(0, 2**32), st.integers(20, 64))


RANDOM = st.one_of(
    encoded(bytes.hex),
    encoded(lambda raw: raw.hex().upper()),
    encoded(lambda raw: b32encode(raw).decode()),
    encoded(lambda raw: b64encode(raw).decode()),
    encoded(lambda raw: urlsafe_b64encode(raw).decode()),
    st.builds(lambda seed: str(UUID(int=random.Random(seed).getrandbits(128))), st.integers(0)),
)


@settings(FAST, max_examples=200)
@given(RANDOM, st.data())
def test_no_random_text_is_shown_in_any_place_of_a_stack_file(secret, data):
    keys = changed({"unknown": {"a": ["x"]}, "tags": {"owner": "x"}, "network": {"vpc": {}}})
    *parents, last = data.draw(st.sampled_from(paths_of(keys)))
    here = keys
    for parent in parents:
        here = here[parent]
    if data.draw(st.booleans()) or isinstance(last, int):
        here[last] = secret
    else:
        here[secret] = here.pop(last)
    try:
        parse_stack_file(text_of(keys), where="x")
    except SpecError as error:
        assert secret not in str(error)
        assert shown_value(secret) == NOT_SHOWN


def test_hardly_any_random_base64_passes_for_words():
    made = [b64encode(random.Random(seed).randbytes(15)).decode() for seed in range(2000)]
    assert sum(shown_value(secret) != NOT_SHOWN for secret in made) <= 10


KNOWN = sorted({*key_names(ClusterSpec), *key_names(Lock)})


@settings(FAST, max_examples=300)
@given(st.sampled_from(KNOWN), st.data())
def test_each_known_key_with_a_letter_changed_is_shown(key, data):
    at = data.draw(st.integers(0, len(key) - 1))
    letter = data.draw(st.sampled_from(ascii_letters + "0123456789"))
    for slip in (f"{key[:at]}{letter}{key[at + 1 :]}", f"{key[:at]}{letter}{key[at:]}"):
        if slip in KNOWN:
            continue
        if key in key_names(ClusterSpec):
            assert slip in {path for path, _, _ in faults({slip: 1})}
        with pytest.raises(SpecError) as found:
            parse_lock(f"'{slip}': 1", where="x")
        assert key not in key_names(Lock) or slip in {fault.path for fault in found.value.faults}


def test_a_key_that_nearly_is_a_known_one_is_shown_with_what_is_meant():
    assert faults({"nodePools2": 1}) == [
        ("nodePools2", "is no key that heiiki knows; did you mean nodePools?", "1")
    ]
    assert len(KNOWN) > 200
    for key in KNOWN:
        assert shown_path([f"{key}2"], KNOWN) == f"{key}2"


def test_a_known_key_is_shown_where_its_value_is_at_fault():
    """Such as one of letters and digits, which by itself would look like a secret."""
    text = "instanceTypes: {z9.large: {limits: {ipv4AddressesPerInterface: many}}}"
    with pytest.raises(SpecError) as found:
        parse_lock(text, where="x")
    paths = {fault.path for fault in found.value.faults}
    assert "instanceTypes.z9.large.limits.ipv4AddressesPerInterface" in paths
    assert shown_path(["ipv4AddressesPerInterface"]) == "(not shown)", "nobody knows it there"


@pytest.mark.parametrize(
    "value",
    [
        "subnet-0123456789abcdef0", "vpc-0a1b2c3d", "ami-0123456789abcdef0",
        "com.amazonaws.vpce.ap-northeast-1.vpce-svc-0123456789abcdef0",
        "arn:aws:kms:eu-west-1:123456789012:key/1234abcd-12ab-34cd-56ef-1234567890ab",
        "arn:aws:kms:eu-west-1:123456789012:key/mrk-1234abcd12ab34cd56ef1234567890ab",
        "arn:aws:acm:eu-west-1:123456789012:certificate/1234abcd-12ab-34cd-56ef-1234567890ab",
        "arn:aws:iam::123456789012:role/stack-NodeInstanceRole-1XYZABC12345",
        "arn:aws:iam::123456789012:role/aws-reserved/sso.amazonaws.com/ap-northeast-1/"
        "AWSReservedSSO_AdministratorAccess_0123456789abcdef",
        "AWSServiceRoleForAmazonEKS", "AmazonEKSWorkerNodePolicy", "nodes-1a-private-m7i-large",
        "clusterEndpointPublicAccessCidrs", "123456789012.dkr.ecr.eu-west-1.amazonaws.com/team/app",
        "prod-cluster-20231231-blue-green", "healthcheck-of-the-northwest",
    ],
)  # fmt: skip
def test_ids_of_aws_and_names_that_people_give_are_shown(value):
    assert shown_value(value).removesuffix("…") in repr(value)
    assert shown_path([value]) == value[:80]


def test_an_instance_type_that_is_a_secret_is_not_shown_by_the_plan():
    token = "s.9f86d081884c7d659a2feaa0"
    spec = stack({"nodePools.workers.instanceType": token})
    with pytest.raises(SpecError) as found:
        instance_type(spec.node_pools["workers"].instance_type, {}, path="x")
    assert token not in str(found.value) and NOT_SHOWN in str(found.value)


def test_a_key_of_the_pki_in_clear_is_refused_beside_other_faults_and_not_shown():
    asked = loaded(text_of(changed({"region": "Tokyo"})))
    secret = "-----BEGIN PRIVATE KEY-----\nhunter2"
    asked["config"] |= {
        "heiiki-pki:kubernetes-ca.key": secret, "heiiki-pki:passphrase": 2212,
        "heiiki-pki:etcd-ca.key": {"secure": "v1:a:b"}, "others:passphrase": "hunter2",
    }  # fmt: skip
    with pytest.raises(SpecError) as caught:
        parse_stack_file(dumped(asked), where="test")
    clear = (
        "stands there in clear, for everybody who reads the stack file; encrypt it with pulumi "
        "config set --secret, and use it no more if others have seen it"
    )
    assert sorted((fault.path, fault.message) for fault in caught.value.faults) == [
        ("heiiki-pki:kubernetes-ca.key", clear),
        ("heiiki-pki:passphrase", clear),
        ("region", "must be a region's code name, such as ap-northeast-1"),
    ]
    assert "hunter2" not in str(caught.value) and "2212" not in str(caught.value)
    asked["config"] = {
        key: value for key, value in asked["config"].items()
        if isinstance(value, dict) or not key.startswith("heiiki-pki:")
    }  # fmt: skip
    asked["config"]["heiiki:region"] = "ap-northeast-1"
    assert parse_stack_file(dumped(asked), where="test")
