"""What this project's own machines are told is clean, whatever image and pool: its own side."""

import itertools
from pathlib import Path

import pytest

from machines.node_user_data import render_node_user_data
from machines.user_data import encode_user_data
from plan.cluster import plan_cluster
from rules.boundary_reader import parse_boundary
from rules.judge import judge
from rules.model import Resource
from rules.told import told_by
from spec.cluster import ClusterSpec
from spec.errors import parse
from tests.machines.values import CA_BASE64, ENDPOINT
from tests.plan.samples import completed
from tests.policies.cases import COMPLIANT, TEMPLATE
from tests.policies.test_boundary import TODAY
from tests.policies.told_cases import encoded
from tests.scenarios import EXAMPLES, SCENARIOS, planned, read

NODEADM = [name for name in SCENARIOS if name != "self-hosted"]  # whose machines take a bundle
GOLDEN = Path(__file__).parents[1] / "machines" / "golden"
BOUNDARY = parse_boundary(
    {"accounts": ["123456789012"], "registries": ["registry.internal"]}, TODAY
)


def rules_broken(user_data: str, **more) -> set[str]:
    props = {**COMPLIANT[TEMPLATE], "userData": user_data, **more}
    return {verdict.rule.id for verdict in judge(Resource(TEMPLATE, "w", "u", props), BOUNDARY)}


def rendered(plan, pool):
    text = render_node_user_data(
        pool, plan.control_plane, cluster_name=plan.spec.name, region=plan.spec.region,
        api_server_endpoint=ENDPOINT, certificate_authority_base64=CA_BASE64,
    )  # fmt: skip
    return encode_user_data(user_data=text)


@pytest.mark.parametrize("scenario", NODEADM)
def test_every_pool_of_every_example_is_told_what_is_inside(scenario):
    plan = planned(scenario)
    assert plan.node_pools
    for pool in plan.node_pools.values():
        user_data = rendered(plan, pool)
        assert told_by(user_data, True).hosts, "something is looked at"
        assert rules_broken(user_data) == set()


SCRIPT = "#!/bin/bash\nset -eu\n. /etc/heiiki/cluster.env\nexec /opt/join\n"
CUSTOM = {"kind": "custom", "imageId": "ami-0123456789abcdef0"}
IMAGES = (
    {"kind": "optimized", "family": "al2023"},
    {"kind": "optimized", "family": "bottlerocket"},
    {**CUSTOM, "family": "al2023"},
    {**CUSTOM, "family": "bottlerocket"},
    {**CUSTOM, "family": "script", "script": SCRIPT},
)


def dev_with(image, kind):
    spec, lock = read("dev")
    raw = spec.model_dump(by_alias=True, mode="json")
    pool = {"kind": kind, "instanceType": "m7i.large", "maxSize": 3, "image": image}
    raw["nodePools"] = {"workers": {**pool, "labels": {"tier": "a"}}}
    spec = parse(ClusterSpec, raw, where="test")
    return plan_cluster(spec, completed(lock, spec))


POOLS = [  # a managed node group joins by nodeadm or Bottlerocket
    (image, kind)
    for image, kind in itertools.product(IMAGES, ("selfManaged", "managed"))
    if (image["family"], kind) != ("script", "managed")
]


@pytest.mark.parametrize(("image", "kind"), POOLS)
def test_every_image_of_every_kind_of_pool_is_told_what_is_inside(image, kind):
    plan = dev_with(image, kind)
    (pool,) = plan.node_pools.values()
    assert rules_broken(rendered(plan, pool)) == set()


def test_a_script_of_the_operator_s_own_is_judged_as_anybody_s():
    script = f"{SCRIPT}curl https://x.example\n"
    plan = dev_with({**CUSTOM, "family": "script", "script": script}, "selfManaged")
    (pool,) = plan.node_pools.values()
    assert rules_broken(rendered(plan, pool)) == {"CN-201"}


FORMS = sorted(path.name for path in GOLDEN.iterdir() if path.suffix in (".mime", ".toml"))


@pytest.mark.parametrize("name", FORMS)
def test_every_form_that_is_rendered_is_clean(name):
    """Proxies, host containers, updates and disks too, which no stack file asks for yet."""
    managed = {"imageId": None} if "managed" in name else {}
    found = rules_broken(encoded((GOLDEN / name).read_text(encoding="utf-8")), **managed)
    # The golden host container is named by a tag.
    assert found == ({"CN-146"} if name == "bottlerocket_host.toml" else set())
    assert len(FORMS) > 10


def test_the_examples_folder_holds_what_is_rendered_here():
    texts = [p.read_text(encoding="utf-8") for p in EXAMPLES.glob("*/expected/user-data/*.txt")]
    assert len(texts) > 5
    for text in texts:
        assert rules_broken(encoded(text)) == set()
