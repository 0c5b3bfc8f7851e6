"""The API server's encryption configuration: the key that writes stands first, none is in clear."""

import base64
from typing import Any

import pytest

from machines.encryption import kms_socket, local_key, render_encryption_config
from spec.encryption import KmsEncryption, LocalKeyEncryption
from tests.machines.values import assert_golden
from tests.quick_yaml import loaded

KEYS = {n: local_key(f"key {n}") for n in (1, 2, 3)}


def rule(spec: Any) -> dict[str, Any]:
    text = render_encryption_config(spec, cluster="own", keys=KEYS)
    document = loaded(text)
    assert document["kind"] == "EncryptionConfiguration"
    (found,) = document["resources"]
    assert isinstance(found, dict)
    assert not [p for p in found["providers"] if "identity" in p]  # nothing in the clear
    return found


def local(**asked: Any) -> LocalKeyEncryption:
    return LocalKeyEncryption.model_validate({"kind": "localKeys", **asked})


def test_kms_wraps_by_its_second_version_through_the_plugin() -> None:
    text = render_encryption_config(KmsEncryption(), cluster="own")
    assert_golden("encryption_config_kms.yaml", text)
    (provider,) = loaded(text)["resources"][0]["providers"]
    assert provider["kms"]["apiVersion"] == "v2" and provider["kms"][
        "endpoint"
    ] == "unix://" + kms_socket(provider["kms"]["name"])


@pytest.mark.parametrize("provider", ["secretbox", "aescbc"])
def test_the_key_that_writes_stands_first_and_a_neighbour_is_read(provider) -> None:
    asked = local(provider=provider, key={"generation": 2, "alsoTrusted": 1})
    (found,) = rule(asked)["providers"]
    assert found == {
        provider: {
            "keys": [
                {"name": "generation-2", "secret": KEYS[2]},
                {"name": "generation-1", "secret": KEYS[1]},
            ]
        }
    }


def test_a_local_key_has_256_bits_and_is_each_ones_own() -> None:
    assert {len(base64.b64decode(key)) for key in KEYS.values()} == {32}
    assert len(set(KEYS.values())) == len(KEYS)
    assert local_key("key 1\n") == KEYS[1]  # however the text ends


def test_a_local_key_is_made_as_ever() -> None:
    """Otherwise nothing that it has encrypted could be read."""
    assert KEYS[1] == "mGucrpQBc4GhNSRhFUUcdNJPBM7ne2F1u/emc0UBQQY="


def test_more_is_encrypted_where_it_is_asked_and_secrets_always() -> None:
    asked = local(moreResources=["configmaps", "secrets", "widgets.example.com"])
    assert rule(asked)["resources"] == ["secrets", "configmaps", "widgets.example.com"]
    assert rule(local())["resources"] == ["secrets"]
