"""aws-auth: handed over as text by default; applied only where it is asked for."""

import subprocess
import sys

import pulumi
import yaml

from components.program import program
from plan.cluster import plan_cluster
from spec.cluster import ClusterSpec
from spec.errors import parse
from tests.mocks import build
from tests.scenarios import ROOT, read

CONFIG_MAP = "kubernetes:core/v1:ConfigMap"
PROVIDER = "pulumi:providers:kubernetes"


def registered(apply: bool):
    """two-vpc, whose mode keeps the ConfigMap; its outputs, and its Kubernetes objects."""
    spec, lock = read("two-vpc")
    raw = spec.model_dump(by_alias=True, mode="json")
    raw["access"]["applyConfigMap"] = apply
    changed = parse(ClusterSpec, raw, where="test")
    seen = {}

    def run():
        outputs = program(changed, lock, where="test")
        pulumi.Output.from_input(outputs["awsAuthConfigMap"]).apply(
            lambda text: seen.update(manifest=text)
        )
        return outputs

    recorder, _ = build(run)
    found = ([r for r in recorder.resources if r.typ == t] for t in (CONFIG_MAP, PROVIDER))
    return seen["manifest"], *found


def test_the_config_map_is_handed_over_with_an_own_name_for_every_role():
    manifest, applied, _ = registered(apply=False)
    roles = yaml.safe_load(yaml.safe_load(manifest)["data"]["mapRoles"])
    assert applied == []
    assert {r["rolearn"].rsplit("/", 1)[-1]: r["username"] for r in roles} == {
        "yoda-ap-northeast-1-node-worker": "system:node:{{EC2PrivateDNSName}}",
        "yoda-ap-northeast-1-administrator": "administrator:yoda",
    }
    groups = {r["rolearn"].rsplit("-", 1)[-1]: r["groups"] for r in roles}
    assert groups["administrator"] == ["system:masters"]
    assert groups["worker"] == ["system:bootstrappers", "system:nodes"]


def test_it_is_applied_where_up_runs_inside_and_asks_for_it():
    manifest, (config_map,), _ = registered(apply=True)
    assert config_map.inputs["metadata"]["namespace"] == "kube-system"
    assert config_map.inputs["data"] == yaml.safe_load(manifest)["data"]


def test_no_variable_of_who_runs_up_lets_it_overwrite_what_is_somebody_elses():
    _, _, (provider,) = registered(apply=True)
    assert provider.inputs["upsertExistingObjects"] == "false"
    assert provider.inputs["enablePatchForce"] == "false"


def test_a_mode_without_config_map_has_none():
    spec, lock = read("dev")
    assert plan_cluster(spec, lock).control_plane.authentication_mode == "API"
    seen = {}
    recorder, _ = build(lambda: seen.update(program(spec, lock, where="dev")) or None)
    assert "kubeconfig" in seen and "awsAuthConfigMap" not in seen
    assert not [r for r in recorder.resources if r.typ == CONFIG_MAP]


def test_the_sdk_of_kubernetes_is_loaded_only_where_something_is_applied():
    """In a process of its own: here another test may have loaded it."""
    question = "import sys, components.program; print('pulumi_kubernetes' in sys.modules)"
    asked = [sys.executable, "-c", question]
    answer = subprocess.run(asked, capture_output=True, text=True, check=True, cwd=ROOT)
    assert answer.stdout == "False\n"
