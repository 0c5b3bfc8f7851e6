"""docs/local.md says of the providers what they do."""

import pytest

from docs import local_page
from local.aws.extensions import EXTENSIONS
from local.aws.resources import RESOURCES as AWS
from local.kubernetes.kinds import KINDS, kind_for
from local.kubernetes.settings import faults
from local.provider_answers import ProviderError
from local.tls.resources import RESOURCES as TLS

PAGE = local_page.PAGE.read_text(encoding="utf-8")


def test_every_type_of_every_provider_stands_on_the_page():
    kinds = [kind for of_version in KINDS.values() for kind in of_version]
    assert kinds and AWS and TLS
    for name in [*kinds, *(token.rpartition(":")[2] for token in (*AWS, *TLS))]:
        assert name in PAGE, name


def test_a_page_without_its_marks_is_refused(tmp_path, monkeypatch):
    monkeypatch.setattr(local_page, "PAGE", tmp_path / "local.md")
    local_page.PAGE.write_text(PAGE.replace("<!-- generated from tls: end -->", ""))
    with pytest.raises(ValueError, match="the marks of tls once each"):
        local_page.local_page()


@pytest.mark.parametrize(
    "token",
    [
        "kubernetes:core/v1:ConfigMapPatch",
        "kubernetes:core/v1:ConfigMapList",
        "kubernetes:apiextensions.k8s.io/v1:CustomResourceDefinition",
        "kubernetes:helm.sh/v3:Release",
    ],
)
def test_what_the_page_calls_refused_is_refused(token):
    with pytest.raises(ProviderError, match="does not know"):
        kind_for(token)


@pytest.mark.parametrize(
    ("setting", "value"),
    [
        ("enableServerSideApply", False), ("alwaysRender", True), ("deleteUnreachable", True),
        ("enablePatchForce", True), ("skipUpdateUnreachable", True),
        ("upsertExistingObjects", True),
    ],
)  # fmt: skip
def test_settings_that_the_page_calls_refused_are_refused(setting, value):
    assert setting == "enableServerSideApply" or f"`{setting}`" in PAGE
    (failure,) = faults({setting: value})
    assert f"knows {setting} only as {str(not value).lower()}" in failure.reason


def test_every_extension_of_the_embedded_aws_stands_on_the_page():
    assert {row.service for row in EXTENSIONS} == set(local_page.SERVICES)
    for row in EXTENSIONS:
        assert row.operation in PAGE
