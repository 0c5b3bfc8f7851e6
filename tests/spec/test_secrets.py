"""Nothing that may be a secret is ever echoed, wherever in the file it stands."""

import pytest

from spec.errors import SpecError
from spec.lock import parse_lock
from spec.shown import NOT_SHOWN, shown_value
from spec.stack_file import parse_pulumi_config
from tests.spec.stack_files import changed, faults, message, text_of

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
