"""Bottlerocket's settings, read by tomllib and held against the settings its manual lists."""

import base64
import re
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from machines.bottlerocket import (
    HostContainer,
    HostSettings,
    UpdateRepository,
    render_bottlerocket_user_data,
)
from machines.kubelet import KubeletSettings, Taint
from tests.machines.strategies import HOSTILE, LABEL_KEYS, LABEL_VALUES, LABELS
from tests.machines.values import CA_PEM, CLUSTER, NODE, PROXY, assert_golden
from tests.quick_yaml import loaded

KNOWN: dict[str, Any] = loaded(
    (Path(__file__).parent / "bottlerocket_settings.yaml").read_text(encoding="utf-8")
)
ASKED: dict[str, Any] = {**CLUSTER, **NODE, "instance_id_node_name": True}
EVERYTHING = HostSettings(
    control_container=HostContainer(enabled=True, source="registry.internal/control:v1"),
    admin_container=HostContainer(enabled=True),
    update_repository=UpdateRepository(
        "https://updates.example.internal/2020-07-07/", "https://updates.example.internal/targets/"
    ),
    certificate_bundles={"corp": CA_PEM},
    time_servers=("169.254.169.123", "time.example.internal"),
    kernel_lockdown="confidentiality",
)
SHAPES: dict[str, dict[str, Any]] = {
    "plain": {},
    "private_dns_names": {"instance_id_node_name": False},
    "labels_and_taints": {
        "node_labels": {"tier": "yes", "example.com/b": "1e3", "example.com/a": ""},
        "node_taints": (
            Taint("gpu", "", "NoSchedule"),
            Taint("gpu", "x", "NoExecute"),
            Taint("a", "null", "NoExecute"),
        ),
        "kubelet": KubeletSettings(4096, 70, 60, {"pid.available": "10%"}),
    },
    "host": {"host": EVERYTHING, "cluster_dns_ips": ["169.254.20.10", "172.20.0.10"]},
    "proxy": {"proxy": PROXY},
}
TAKES = {
    "string": lambda value: isinstance(value, str),
    "number": lambda value: type(value) is int,
    "boolean": lambda value: isinstance(value, bool),
    "list of strings": lambda value: (
        isinstance(value, list) and all(isinstance(item, str) for item in value)
    ),
}


def leaves(table: dict[str, Any], path: tuple[str, ...] = ()) -> Iterator[tuple[list[str], Any]]:
    for key, value in table.items():
        if isinstance(value, dict):
            yield from leaves(value, (*path, key))
        else:
            yield [*path, key], value


def unknown_settings(text: str) -> list[str]:
    """The settings that the manual does not list, or that take another value."""
    wrong = []
    for path, value in leaves(tomllib.loads(text)):
        taken = [takes for name, takes in KNOWN.items() if _matches(name.split("."), path)]
        if not any(_takes(takes, value) for takes in taken):
            wrong.append(f"{'.'.join(path)} = {value!r}")
    return wrong


def _matches(name: list[str], path: list[str]) -> bool:
    return len(name) == len(path) and all(n in ("*", p) for n, p in zip(name, path, strict=True))


def _takes(takes: str | list[str], value: Any) -> bool:
    if isinstance(takes, list):
        return value in takes
    return any(TAKES[kind](value) for kind in takes.split(" or "))


@pytest.mark.parametrize("shape", SHAPES)
def test_every_shape_holds_only_settings_that_bottlerocket_knows(shape: str) -> None:
    text = render_bottlerocket_user_data(**ASKED | SHAPES[shape])
    assert_golden(f"bottlerocket_{shape}.toml", text)
    assert unknown_settings(text) == []


def test_a_setting_that_bottlerocket_does_not_know_would_be_found() -> None:
    assert unknown_settings("[settings.metrics]\nsend-metricss = false") != []
    assert unknown_settings('[settings.metrics]\nsend-metrics = "false"') != []
    assert unknown_settings('[settings.kernel]\nlockdown = "off"') != []


def test_a_node_calls_nobody_by_default() -> None:
    settings = tomllib.loads(render_bottlerocket_user_data(**ASKED))["settings"]
    assert settings["metrics"] == {"send-metrics": False}
    assert settings["kubernetes"]["cluster-dns-ip"] == "172.20.0.10"
    assert settings["kubernetes"]["hostname-override-source"] == "instance-id"
    assert settings["ntp"] == {"time-servers": ["169.254.169.123"]}
    assert settings["host-containers"] == {
        "admin": {"enabled": False},
        "control": {"enabled": False},
    }
    assert settings["kernel"] == {"lockdown": "integrity"}
    assert not {"updates", "network", "pki"} & set(settings)


def test_the_cluster_is_the_one_that_was_asked_for() -> None:
    kubernetes = tomllib.loads(render_bottlerocket_user_data(**ASKED))["settings"]["kubernetes"]
    assert kubernetes["cluster-name"] == CLUSTER["cluster_name"]
    assert kubernetes["api-server"] == CLUSTER["api_server_endpoint"]
    assert base64.b64decode(kubernetes["cluster-certificate"]).decode() == CA_PEM
    assert kubernetes["max-pods"] == 29


def test_a_bundle_is_trusted_and_comes_back_as_it_was() -> None:
    text = render_bottlerocket_user_data(**ASKED, host=EVERYTHING)
    (bundle,) = tomllib.loads(text)["settings"]["pki"].values()
    assert (base64.b64decode(bundle["data"]).decode(), bundle["trusted"]) == (CA_PEM, True)


@given(
    labels=LABELS,
    taints=st.lists(
        st.builds(Taint, LABEL_KEYS, LABEL_VALUES, st.sampled_from(["NoSchedule", "NoExecute"])),
        max_size=4,
        unique_by=lambda taint: (taint.key, taint.effect),
    ),
)
def test_labels_and_taints_are_read_back_as_they_were_asked(
    labels: dict[str, str], taints: list[Taint]
) -> None:
    text = render_bottlerocket_user_data(**ASKED | {"node_labels": labels, "node_taints": taints})
    kubernetes = tomllib.loads(text)["settings"]["kubernetes"]
    assert kubernetes.get("node-labels", {}) == labels
    read = {
        (key, *value.split(":"))
        for key, values in kubernetes.get("node-taints", {}).items()
        for value in values
    }
    assert read == {(taint.key, taint.value, taint.effect) for taint in taints}


@given(value=HOSTILE)
def test_a_hostile_value_is_read_back_as_it_was_or_refused_by_name(value: str) -> None:
    host = HostSettings(control_container=HostContainer(source=value))
    try:
        text = render_bottlerocket_user_data(**ASKED, host=host)
    except ValueError as error:
        assert "control_container.source" in str(error)
    else:
        settings = tomllib.loads(text)["settings"]
        assert settings["host-containers"]["control"] == {"enabled": False, "source": value}


@pytest.mark.parametrize(
    ("host", "sentence"),
    [
        ({"kernel_lockdown": "off"}, "kernel_lockdown must be one of integrity, conf"),
        ({"time_servers": ()}, "time_servers must name at least one server"),
        ({"time_servers": ("a b",)}, "time_servers must be a host name"),
        ({"certificate_bundles": {"a.b": CA_PEM}}, "certificate_bundles must be a name of"),
        ({"certificate_bundles": {"a": "x"}}, re.escape("certificate_bundles[a] must hold")),
        (
            {"update_repository": UpdateRepository("http://u/", "https://u/")},
            "metadata_base_url must be a URL such as https",
        ),
        (
            {"update_repository": UpdateRepository("https://u/", "https://u/\n")},
            "targets_base_url must be one non-empty line",
        ),
    ],
)
def test_what_a_host_could_not_use_is_refused_by_name(host: dict[str, Any], sentence: str) -> None:
    with pytest.raises(ValueError, match=sentence):
        render_bottlerocket_user_data(**ASKED, host=HostSettings(**host))


def test_settings_past_the_limit_are_refused() -> None:
    host = HostSettings(certificate_bundles={"a": CA_PEM * 30})
    with pytest.raises(ValueError, match="bytes and EC2 takes 16384"):
        render_bottlerocket_user_data(**ASKED, host=host)
