"""User data for an image of the operator's own: facts for a shell, then the operator's script."""

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from machines.custom_ami import CLUSTER_ENVIRONMENT, render_script_user_data
from machines.kubelet import Taint
from tests.machines.strategies import HOSTILE, LABEL_KEYS, LABEL_VALUES, LABELS
from tests.machines.values import CA_BASE64, CLUSTER, ENDPOINT, NODE, PROXY, REGION, assert_golden
from tests.quick_yaml import loaded
from tests.tools.cloud_init import check_cloud_config, read_user_data
from tests.tools.shell import check_script, source_environment

SCRIPT = f"""\
#!/bin/bash
set -euo pipefail
# shellcheck source=/dev/null
. {CLUSTER_ENVIRONMENT}
exec /opt/join --cluster "$HEIIKI_CLUSTER_NAME" --labels "$HEIIKI_NODE_LABELS"
"""
ASKED: dict[str, Any] = {**CLUSTER, **NODE, "region": REGION, "script": SCRIPT}
SHAPES: dict[str, dict[str, Any]] = {
    "plain": {},
    "full": {
        "node_labels": {"tier": "yes", "a": ""},
        "node_taints": (Taint("gpu", "", "NoSchedule"), Taint("a", "b", "NoExecute")),
        "proxy": PROXY,
    },
}


def environment_of(user_data: str) -> str:
    files, _ = read_user_data(user_data.encode())
    check_cloud_config(files.content.decode())
    written = loaded(files.content)["write_files"]
    assert written[0]["path"] == CLUSTER_ENVIRONMENT
    return str(written[0]["content"])


@pytest.mark.tools
@pytest.mark.parametrize("shape", SHAPES)
def test_the_script_arrives_as_it_was_and_the_file_is_a_shell_s(shape: str) -> None:
    user_data = render_script_user_data(**ASKED | SHAPES[shape])
    assert_golden(f"script_{shape}.mime", user_data)
    _, script = read_user_data(user_data.encode())
    assert (script.content_type, script.content.decode()) == ("text/x-shellscript", SCRIPT)
    check_script(script.content.decode())
    check_script("#!/bin/bash\n" + environment_of(user_data))


@pytest.mark.tools
def test_a_shell_finds_every_fact() -> None:
    file = environment_of(render_script_user_data(**ASKED | SHAPES["full"]))
    expected = {
        "HEIIKI_CLUSTER_NAME": "dev",
        "HEIIKI_REGION": REGION,
        "HEIIKI_API_SERVER_ENDPOINT": ENDPOINT,
        "HEIIKI_CERTIFICATE_AUTHORITY_BASE64": CA_BASE64,
        "HEIIKI_SERVICE_CIDR": "172.20.0.0/16",
        "HEIIKI_CLUSTER_DNS_IPS": "172.20.0.10",
        "HEIIKI_MAX_PODS": "29",
        "HEIIKI_NODE_LABELS": "a=,tier=yes",
        "HEIIKI_NODE_TAINTS": "a=b:NoExecute,gpu=:NoSchedule",
        "HTTPS_PROXY": PROXY.https_proxy,
        "NO_PROXY": ",".join(PROXY.no_proxy),
    }
    assert source_environment(file, list(expected)) == expected


@pytest.mark.tools
@settings(max_examples=8, deadline=None)
@given(
    labels=LABELS, taints=st.lists(st.builds(Taint, LABEL_KEYS, LABEL_VALUES, st.just("NoExecute")))
)
def test_a_shell_finds_labels_and_taints_as_they_were_asked(
    labels: dict[str, str], taints: list[Taint]
) -> None:
    unique = {taint.key: taint for taint in taints[:3]}
    user_data = render_script_user_data(
        **ASKED | {"node_labels": labels, "node_taints": list(unique.values())}
    )
    names = ["HEIIKI_NODE_LABELS", "HEIIKI_NODE_TAINTS"]
    read = source_environment(environment_of(user_data), names)
    pairs = [pair for pair in read["HEIIKI_NODE_LABELS"].split(",") if pair]
    assert dict(pair.split("=") for pair in pairs) == labels
    written = sorted(f"{t.key}={t.value}:{t.effect}" for t in unique.values())
    assert sorted(pair for pair in read["HEIIKI_NODE_TAINTS"].split(",") if pair) == written


@given(value=HOSTILE, field=st.sampled_from(["cluster_name", "region", "service_cidr", "script"]))
def test_a_hostile_fact_is_refused_by_name(value: str, field: str) -> None:
    try:
        render_script_user_data(**ASKED | {field: value})
    except ValueError as error:
        assert ("join.sh" if field == "script" else field) in str(error)
    else:
        assert field == "cluster_name" and value.isascii() and "'" not in value
