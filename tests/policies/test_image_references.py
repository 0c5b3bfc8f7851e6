"""References of images: the grammar held against a second reader, and what short names mean."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rules.boundary_reader import parse_boundary
from rules.image_references import ImageReference, parse_image
from rules.images import outside_image
from tests.policies.test_boundary import TODAY
from tests.policies.told_cases import ACCOUNT, DIGEST, REGION

HEX = DIGEST.removeprefix("@")


@pytest.mark.parametrize(
    ("text", "registry", "path", "tag", "digest"),
    [
        ("nginx", "docker.io", "library/nginx", None, None),
        ("library/nginx", "docker.io", "library/nginx", None, None),
        ("nginx:1.27", "docker.io", "library/nginx", "1.27", None),
        (f"nginx{DIGEST}", "docker.io", "library/nginx", None, HEX),
        (f"nginx:1{DIGEST}", "docker.io", "library/nginx", "1", HEX),
        ("org/app", "docker.io", "org/app", None, None),
        ("docker.io/nginx", "docker.io", "library/nginx", None, None),
        ("index.docker.io/nginx", "docker.io", "library/nginx", None, None),
        ("quay.io/org/app:v1", "quay.io", "org/app", "v1", None),
        ("localhost/app", "localhost", "app", None, None),
        ("registry:5000/app", "registry:5000", "app", None, None),
        ("registry:5000/app:v1", "registry:5000", "app", "v1", None),
        ("app:5000", "docker.io", "library/app", "5000", None),
        ("REGISTRY/app", "registry", "app", None, None),
        ("Quay.IO/org/app", "quay.io", "org/app", None, None),
        ("[fd00::1]:5000/app", "[fd00::1]:5000", "app", None, None),
        ("10.0.0.5/app", "10.0.0.5", "app", None, None),
        ("a/b__c/d-e.f", "docker.io", "a/b__c/d-e.f", None, None),
    ],
)
def test_what_a_reference_names(text, registry, path, tag, digest):
    assert parse_image(text) == ImageReference(registry, path, tag, digest)


@pytest.mark.parametrize(
    "text",
    ["", ":v1", "app:", "a//b", "/a", "a/", "org/App", "app:v1:v2", "app@", "app@sha256:12",
     "a_b.example/app",
     f"app@sha256:{'A' * 64}", f"app@md5:{'a' * 32}", "a___b", "-a", "a_", "0" * 64, "a b",
     "https://quay.io/a", "$REGISTRY/app", "a.b-/c", "x/" * 128 + "y", "app:" + "t" * 129],
)  # fmt: skip
def test_what_no_runtime_takes_names_nothing(text):
    assert parse_image(text) is None


# The second reader: one expression for all, as the distribution project has it, and then the
# splitting of the name by hand.
_COMPONENT = r"(?:[a-zA-Z0-9]|[a-zA-Z0-9][a-zA-Z0-9-]*[a-zA-Z0-9])"
_PART = r"[a-z0-9]+(?:(?:[._]|__|[-]+)[a-z0-9]+)*"
WHOLE = re.compile(
    rf"^((?:(?:{_COMPONENT}(?:\.{_COMPONENT})*|\[(?:[a-fA-F0-9:]+)\])(?::[0-9]+)?/)?"
    rf"{_PART}(?:/{_PART})*)(?::([\w][\w.-]{{0,127}}))?(?:@(sha256:[0-9a-f]{{64}}))?$",
    re.ASCII,
)


def second_reading(text):
    """Domain, rest, tag, digest; None for what is none."""
    head = re.split(r"[:@]", text)[0]
    if re.fullmatch("[a-f0-9]{64}", head) and "/" not in text:
        return None
    first, _, behind = text.partition("/")
    is_domain = behind and (
        first != first.lower() or set(".:") & set(first) or first == "localhost"
    )
    domain, rest = (first, behind) if is_domain else ("docker.io", text)
    if domain == "index.docker.io":
        domain = "docker.io"
    if domain == "docker.io" and "/" not in rest:
        rest = f"library/{rest}"
    found = WHOLE.match(f"{domain}/{rest}")
    # Of a host with an underscore one runtime makes a part of the path, another a host: neither.
    if "_" in domain or not found or len(found[1]) > 255 or text.endswith("\n"):
        return None
    return domain.lower(), found[1].partition("/")[2], found[2], found[3]


TEXTS = st.lists(
    st.sampled_from(
        ["a", "B", "nginx", "library", "docker.io", "index.docker.io", "localhost", "/", "/", ":",
         ":", ".", "-", "_", "__", "5000", "v1", DIGEST, "@", "registry.example", "[fd00::1]", "\n"]
    ),
    max_size=9,
).map("".join)  # fmt: skip


@given(TEXTS | st.text(max_size=12))
def test_two_readers_agree(text):
    found = parse_image(text)
    shown = None if found is None else (found.registry, found.path, found.tag, found.digest)
    assert shown == second_reading(text)


BOUNDARY = parse_boundary(
    {
        "accounts": [ACCOUNT],
        "regions": [REGION],
        "registries": ["registry.corp.example:5000/team", "mirror.corp.example"],
    },
    TODAY,
)


@pytest.mark.parametrize(
    "inside",
    [
        f"{ACCOUNT}.dkr.ecr.{REGION}.amazonaws.com/a/b:v1",
        f"{ACCOUNT}.dkr.ecr-fips.{REGION}.amazonaws.com/a",
        f"{ACCOUNT}.dkr-ecr.{REGION}.on.aws/a",
        f"{ACCOUNT}.DKR.ECR.{REGION}.amazonaws.com/a",
        "registry.corp.example:5000/team/app",
        "mirror.corp.example/any/thing",
        "localhost/kubernetes/pause",
        "10.0.0.5:5000/app",
    ],
)
def test_own_and_declared_registries_are_inside(inside):
    assert outside_image(inside, BOUNDARY) is None


@pytest.mark.parametrize(
    "outside",
    [
        "nginx",
        f"999988887777.dkr.ecr.{REGION}.amazonaws.com/a",
        f"{ACCOUNT}.dkr.ecr.us-east-1.amazonaws.com/a",
        f"{ACCOUNT}.dkr.ecr.{REGION}.amazonaws.com.evil.example/a",
        f"{ACCOUNT}.dkr.ecr.{REGION}.amazonaws.com:444/a",
        "public.ecr.aws/a/b",
        "registry.corp.example/team/app",
        "registry.corp.example:5000/teams/app",
        "mirror.corp.example.evil.example/a",
        "8.8.8.8/app",
        "registry:5000/app",
        "${REGISTRY}/app",
    ],
)
def test_every_other_registry_is_outside(outside):
    assert outside_image(outside, BOUNDARY) is not None
