"""User data of Amazon Linux 2023, judged by nodeadm itself and by cloud-init's parser."""

import base64
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from machines.kubelet import KubeletSettings, Taint
from machines.nodeadm import (
    LocalStorage,
    render_al2023_user_data,
    render_node_config,
)
from machines.user_data import Script
from tests.machines.strategies import HOSTILE, LABEL_KEYS, LABEL_VALUES, LABELS
from tests.machines.values import CA_BASE64, CLUSTER, ENDPOINT, NODE, PROXY, assert_golden
from tests.quick_yaml import dumped, loaded
from tests.tools import nodeadm
from tests.tools.cloud_init import check_cloud_config, read_user_data
from tests.tools.shell import check_script

ASKED: dict[str, Any] = {**CLUSTER, **NODE, "instance_id_node_name": True}
LIMITS = KubeletSettings(4096, 70, 60, {"pid.available": "10%", "memory.available": "500Mi"})
SHAPES: dict[str, dict[str, Any]] = {
    "plain": {},
    "private_dns_names": {"instance_id_node_name": False},
    "labels_and_taints": {
        "node_labels": {"tier": "yes", "example.com/b": "1e3", "example.com/a": ""},
        "node_taints": (Taint("gpu", "", "NoSchedule"), Taint("a", "null", "NoExecute")),
    },
    "limits_and_disks": {
        "kubelet": LIMITS,
        "local_storage": LocalStorage("RAID0", "/mnt/disks", ("PodLogs",)),
        "fast_image_pull": True,
    },
    "proxy": {"proxy": PROXY},
}
SCRIPT = Script("time.sh", "#!/bin/bash\nset -euo pipefail\ntimedatectl set-timezone Asia/Tokyo\n")


def holds(whole: Any, part: Any) -> bool:
    """Whether everything in `part` stands in `whole`, lists being compared as they are."""
    if isinstance(part, dict):
        return isinstance(whole, dict) and all(
            key in whole and holds(whole[key], value) for key, value in part.items()
        )
    return bool(whole == part)


@pytest.mark.tools
@pytest.mark.parametrize("shape", SHAPES)
def test_nodeadm_takes_every_shape_and_loses_nothing(shape: str) -> None:
    node_config = render_node_config(**ASKED | SHAPES[shape])
    user_data = render_al2023_user_data(
        node_config=node_config, proxy=SHAPES[shape].get("proxy"), scripts=[SCRIPT]
    )
    assert_golden(f"al2023_{shape}.mime", user_data)
    for document in (node_config, user_data):  # alone, and out of the MIME document
        nodeadm.check(document.encode())
        assert holds(nodeadm.dump(document.encode()), loaded(node_config))


@pytest.mark.tools
@pytest.mark.parametrize("shape", SHAPES)
def test_cloud_init_finds_the_parts(shape: str) -> None:
    node_config = render_node_config(**ASKED | SHAPES[shape])
    proxy = SHAPES[shape].get("proxy")
    parts = read_user_data(
        render_al2023_user_data(node_config=node_config, proxy=proxy, scripts=[SCRIPT]).encode()
    )
    first, *files, script = parts
    assert (first.content_type, first.content.decode()) == (
        "application/node.eks.aws",
        node_config,
    )
    assert (script.content_type, script.content.decode()) == (
        "text/x-shellscript",
        SCRIPT.content,
    )
    check_script(script.content.decode())
    assert len(files) == (1 if proxy else 0)
    for part in files:
        assert part.content_type == "text/cloud-config"
        check_cloud_config(part.content.decode())
        (file,) = loaded(part.content)["write_files"]
        assert file["path"] == "/etc/profile.d/heiiki-proxy.sh"
        check_script("#!/bin/bash\n" + file["content"])


@pytest.mark.tools
def test_nodeadm_refuses_what_lacks_a_fact_and_drops_what_it_does_not_know() -> None:
    """Both judges can say no: else the tests above prove nothing."""
    document = loaded(render_node_config(**ASKED))
    del document["spec"]["cluster"]["cidr"]
    with pytest.raises(AssertionError, match="CIDR is missing"):
        nodeadm.check(dumped(document).encode())
    document["spec"]["kubelett"] = {}
    assert not holds(nodeadm.dump(dumped(document).encode()), document)


@pytest.mark.tools
@settings(max_examples=25, deadline=None)
@given(
    labels=LABELS,
    taints=st.lists(
        st.builds(Taint, LABEL_KEYS, LABEL_VALUES, st.just("NoSchedule")),
        max_size=3,
        unique_by=lambda taint: taint.key,
    ),
)
def test_nodeadm_reads_labels_and_taints_as_they_were_asked(
    labels: dict[str, str], taints: list[Taint]
) -> None:
    document = render_node_config(**ASKED | {"node_labels": labels, "node_taints": taints})
    kubelet = nodeadm.dump(document.encode())["spec"]["kubelet"]
    flags = [flag.removeprefix("--node-labels=") for flag in kubelet.get("flags", [])]
    assert dict(pair.split("=") for flag in flags for pair in flag.split(",")) == labels
    read = {t["key"]: t["value"] for t in kubelet["config"].get("registerWithTaints", [])}
    assert read == {taint.key: taint.value for taint in taints}


@given(value=HOSTILE, field=st.sampled_from(sorted(set(CLUSTER) - {"cluster_dns_ips"})))
def test_a_hostile_fact_is_read_back_as_it_was_or_refused_by_name(value: str, field: str) -> None:
    try:
        document = loaded(render_node_config(**ASKED | {field: value}))
    except ValueError as error:
        assert field in str(error)
    else:
        assert value in document["spec"]["cluster"].values()


def test_a_node_config_makes_no_call_for_its_name_only_when_asked_so() -> None:
    gated = loaded(render_node_config(**ASKED))
    assert gated["spec"]["featureGates"] == {"InstanceIdNodeName": True}
    plain = loaded(render_node_config(**ASKED | {"instance_id_node_name": False}))
    assert "featureGates" not in plain["spec"]


def test_the_memory_kept_for_the_kubelet_follows_the_pods_asked_for() -> None:
    kubelet = loaded(render_node_config(**ASKED | {"max_pods": 110}))["spec"]["kubelet"]
    assert (kubelet["config"]["maxPods"], kubelet["maxPodsExpression"]) == (110, "110")


def test_nothing_is_set_that_was_not_asked_for() -> None:
    spec = loaded(render_node_config(**ASKED))["spec"]
    assert set(spec) == {"cluster", "kubelet", "featureGates"}
    assert spec["kubelet"]["config"] == {"maxPods": 29, "clusterDNS": ["172.20.0.10"]}


@pytest.mark.parametrize(
    ("asked", "sentence"),
    [
        ({"cluster_name": "-a"}, "cluster_name must be 1 to 100 letters"),
        ({"api_server_endpoint": "http://a"}, "api_server_endpoint must be a URL such as https"),
        ({"api_server_endpoint": f"{ENDPOINT}/x"}, "api_server_endpoint must be a URL"),
        ({"api_server_endpoint": f"{ENDPOINT}:0"}, "api_server_endpoint must be a URL"),
        ({"api_server_endpoint": "https://a:b@c"}, r"endpoint must be .*\(value not shown"),
        ({"certificate_authority_base64": "x"}, "must hold certificates in PEM form"),
        ({"certificate_authority_base64": CA_BASE64[:-4] + "=!=="}, "in PEM form"),
        ({"service_cidr": "172.20.0.1/16"}, "service_cidr must be a CIDR without host bits"),
        ({"cluster_dns_ips": []}, "cluster_dns_ips must be a list of at least one"),
        ({"cluster_dns_ips": "172.20.0.10"}, "cluster_dns_ips must be a list"),
        ({"cluster_dns_ips": ["dns"]}, "cluster_dns_ips must be an IP address; got 'dns'"),
        ({"cluster_dns_ips": ["10.100.0.10"]}, "must lie in service_cidr 172.20.0.0/16"),
        ({"cluster_dns_ips": ["fd00::a"]}, "must lie in service_cidr 172.20.0.0/16"),
        ({"cluster_dns_ips": ["fe80::a"]}, "must lie in service_cidr 172.20.0.0/16"),
        ({"local_storage": LocalStorage("RAID5")}, "local_storage.strategy must be one of RAID0"),  # type: ignore[arg-type]
        ({"local_storage": LocalStorage("RAID0", "mnt")}, "mount_path must be an absolute path"),
        ({"local_storage": LocalStorage("RAID0", "/a\nb")}, "mount_path must be one non-empty"),
        (
            {"local_storage": LocalStorage("RAID0", None, ("Kubelet",))},  # type: ignore[arg-type]
            "disabled_mounts must be of Containerd, PodLogs, SOCI; got 'Kubelet'",
        ),
    ],
)
def test_what_a_node_could_not_use_is_refused_by_name(asked: dict[str, Any], sentence: str) -> None:
    with pytest.raises(ValueError, match=sentence):
        render_node_config(**ASKED | asked)


def test_a_private_key_among_the_certificates_is_refused_and_not_shown() -> None:
    key = "-----BEGIN PRIVATE KEY-----\nMIGHAgEAMBMGByq\n-----END PRIVATE KEY-----\n"
    encoded = base64.b64encode(key.encode()).decode()
    with pytest.raises(ValueError, match="holds a private key") as raised:
        render_node_config(**ASKED | {"certificate_authority_base64": encoded})
    assert "MIGH" not in str(raised.value) and encoded not in str(raised.value)


def test_a_dns_cache_on_each_node_and_a_cluster_with_ipv6_are_taken() -> None:
    asked = {"cluster_dns_ips": ["169.254.20.10", "172.20.0.10"]}
    spec = loaded(render_node_config(**ASKED | asked))["spec"]
    assert spec["kubelet"]["config"]["clusterDNS"] == ["169.254.20.10", "172.20.0.10"]
    asked = {"service_cidr": "fd30::/108", "cluster_dns_ips": ["fd30::a"]}  # type: ignore[dict-item]
    spec = loaded(render_node_config(**ASKED | asked))["spec"]
    assert spec["cluster"]["cidr"] == "fd30::/108"
