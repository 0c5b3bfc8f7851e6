"""What each pool's nodes are told, judged by the reader that the pool's own image has."""

import tomllib

import pytest

from machines.node_user_data import render_node_user_data
from plan.cluster import plan_cluster
from spec.cluster import ClusterSpec
from spec.errors import parse
from tests.machines.values import CA_BASE64, ENDPOINT
from tests.plan.samples import completed
from tests.scenarios import OF_EKS, planned, read
from tests.tools import nodeadm
from tests.tools.cloud_init import read_user_data
from tests.tools.shell import check_script

SCRIPT = """\
#!/bin/bash
set -euo pipefail
# shellcheck source=/dev/null
. /etc/heiiki/cluster.env
echo "$HEIIKI_CLUSTER_NAME"
"""


def rendered(plan, pool: str) -> str:
    return render_node_user_data(
        plan.node_pools[pool],
        plan.control_plane,
        cluster_name=plan.spec.name,
        region=plan.spec.region,
        api_server_endpoint=ENDPOINT,
        certificate_authority_base64=CA_BASE64,
    )


def dev_with(pool: dict):
    """The plan of dev whose one pool says this."""
    spec, lock = read("dev")
    raw = spec.model_dump(by_alias=True, mode="json")
    raw["nodePools"] = {"workers": {"instanceType": "m7i.large", "maxSize": 3, **pool}}
    spec = parse(ClusterSpec, raw, where="test")
    offered = dict.fromkeys(
        (pool.instance_type for pool in spec.node_pools.values()), lock.instance_types["m7i.large"]
    )
    lock = lock.model_copy(update={"instance_types": offered})
    return plan_cluster(spec, completed(lock, spec))


@pytest.mark.tools
@pytest.mark.parametrize("scenario", OF_EKS)
def test_the_image_of_every_example_pool_takes_its_user_data(scenario):
    plan = planned(scenario)
    for name, pool in plan.node_pools.items():
        text = rendered(plan, name)
        if pool.family == "bottlerocket":
            kubernetes = tomllib.loads(text)["settings"]["kubernetes"]
            assert kubernetes["cluster-name"] == plan.spec.name
            assert kubernetes["max-pods"] == pool.max_pods
            continue
        part = read_user_data(text.encode())[0]
        nodeadm.check(part.content)
        cluster = nodeadm.dump(part.content)["spec"]["cluster"]
        assert cluster["name"] == plan.spec.name
        assert cluster["cidr"] == str(plan.control_plane.service_cidr)


@pytest.mark.tools
def test_a_script_of_the_operators_own_finds_the_facts_and_is_left_as_it_is():
    image = {"kind": "custom", "imageId": "ami-0123456789abcdef0", "family": "script"}
    plan = dev_with({"image": {**image, "script": SCRIPT}, "labels": {"tier": "a"}})
    parts = {part.content_type: part for part in read_user_data(rendered(plan, "workers").encode())}
    script = parts["text/x-shellscript"].content.decode()
    assert script == SCRIPT
    check_script(script)
    assert "HEIIKI_CLUSTER_NAME" in parts["text/cloud-config"].content.decode()


@pytest.mark.tools
def test_labels_and_taints_of_a_pool_reach_the_kubelet():
    taint = {"key": "dedicated", "value": "batch", "effect": "NoSchedule"}
    plan = dev_with({"labels": {"example.com/tier": "yes"}, "taints": [taint]})
    part = read_user_data(rendered(plan, "workers").encode())[0]
    kubelet = nodeadm.dump(part.content)["spec"]["kubelet"]
    (labels,) = [f for f in kubelet["flags"] if f.startswith("--node-labels=")]
    assert "example.com/tier=yes" in labels and "heiiki/pool=workers" in labels
    assert kubelet["config"]["registerWithTaints"] == [taint]


@pytest.mark.parametrize(("kind", "mode"), [("g5.xlarge", "none"), ("m7i.large", "integrity")])
def test_the_kernel_takes_the_modules_of_the_nvidia_variant_and_is_locked_down_elsewhere(
    kind, mode
):
    image = {"kind": "custom", "imageId": "ami-0123456789abcdef0", "family": "bottlerocket"}
    text = rendered(dev_with({"instanceType": kind, "image": image}), "workers")
    assert tomllib.loads(text)["settings"]["kernel"] == {"lockdown": mode}
