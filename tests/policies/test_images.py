"""Where images are named: in every kind with pods, by shape elsewhere, and in words of tools."""

import pytest
from pulumi_policy.proxy import UNKNOWN_STRING_VALUE as UNKNOWN_VALUE

from tests.policies.analyzer import CONFIG, broken, configured, judge, used
from tests.policies.told_cases import DIGEST, OWN_IMAGE, OWN_REGISTRY

OUT = f"quay.io/org/app{DIGEST}"
APPS, CORE, BATCH = "kubernetes:apps/v1:", "kubernetes:core/v1:", "kubernetes:batch/v1:"


def of(image, key="containers"):
    return {key: [{"name": "app", "image": OWN_IMAGE}, {"name": "b", "image": image}]}


def in_template(spec):
    return {"spec": {"template": {"spec": spec}}}


KINDS = {
    f"{CORE}Pod": lambda spec: {"spec": spec},
    f"{CORE}PodTemplate": lambda spec: {"template": {"spec": spec}},
    f"{CORE}ReplicationController": in_template,
    f"{APPS}Deployment": in_template,
    f"{APPS}DeploymentPatch": in_template,
    f"{APPS}DaemonSet": in_template,
    f"{APPS}StatefulSet": in_template,
    f"{APPS}ReplicaSet": in_template,
    f"{BATCH}Job": in_template,
    f"{BATCH}CronJob": lambda spec: {"spec": {"jobTemplate": in_template(spec)}},
    f"{APPS}DeploymentList": lambda spec: {"items": [{}, in_template(spec)]},
    "kubernetes:v1:List": lambda spec: {
        "items": [{"apiVersion": "apps/v1", "kind": "Deployment", **in_template(spec)}]
    },
    "kubernetes:serving.knative.dev/v1:Service": in_template,  # a kind of others
}
KEYS = ("containers", "initContainers", "ephemeralContainers")


def judged():
    return configured({**CONFIG, "apiGroups": [used("serving.knative.dev", "example.com")]})


@pytest.mark.parametrize("typ", KINDS)
@pytest.mark.parametrize("key", KEYS)
def test_every_container_of_every_kind_is_looked_at(typ, key):
    whole, servicer = KINDS[typ], judged()
    assert broken(typ, whole(of(OWN_IMAGE, key)), servicer=servicer) == set()
    assert broken(typ, whole(of(OUT, key)), servicer=servicer) == {"CN-145"}
    assert broken(typ, whole(of(f"{OWN_REGISTRY}/app:v1", key)), servicer=servicer) == {"CN-146"}


@pytest.mark.parametrize("typ", [f"{APPS}Deployment", f"{BATCH}Job"])
@pytest.mark.parametrize(
    "props",
    [
        {"spec": UNKNOWN_VALUE},
        {"spec": {"template": UNKNOWN_VALUE}},
        {"spec": {"template": {"spec": UNKNOWN_VALUE}}},
        in_template({"containers": UNKNOWN_VALUE}),
        in_template({"containers": [UNKNOWN_VALUE]}),
    ],
)
def test_pods_that_are_unknown_may_take_any_image(typ, props):
    assert broken(typ, props) == {"CN-145"}


def test_an_unknown_part_of_what_holds_no_pods_says_nothing():
    assert broken(f"{CORE}Namespace", {"spec": UNKNOWN_VALUE}) == set()


CUSTOM = "kubernetes:example.com/v1:Database"


@pytest.mark.parametrize(
    "spec",
    [
        {"image": OUT},
        {"image": {"repository": "quay.io/org/app", "tag": "v1", "digest": DIGEST[1:]}},
        {"image": {"registry": "quay.io", "repository": "org/app", "digest": DIGEST[1:]}},
        {"proxy": {"sidecarImage": OUT}},
        {"imageName": OUT},
        {"list": [{"image": OUT}]},
    ],
)
def test_images_in_the_fields_of_others_are_found(spec):
    assert broken(CUSTOM, {"spec": spec}, servicer=judged()) == {"CN-145"}


@pytest.mark.parametrize(
    "props",
    [
        {"spec": {"image": OWN_IMAGE}},
        {"spec": {"image": {"pullPolicy": "Always"}}},
        {"spec": {"imagePullPolicy": "Always", "diskImage": "golden", "imageFormat": "raw"}},
        {"spec": {"image": ""}},
        {"status": {"image": OUT}},
        {"metadata": {"annotations": {"image": OUT}}},
        {"spec": {"versions": [{"schema": {"openAPIV3Schema": {"image": OUT}}}]}},
    ],
)
def test_what_is_no_image_is_not_taken_for_one(props):
    assert broken(CUSTOM, props, servicer=judged()) == set()


def test_a_disk_of_ceph_is_no_image_and_a_volume_of_one_is():
    def volume(**given):
        return {"spec": {"volumes": [{"name": "v", **given}], "containers": []}}

    assert broken(f"{CORE}Pod", volume(rbd={"image": "disk", "pool": "p"})) == set()
    assert broken(f"{CORE}Pod", volume(image={"reference": OUT})) == {"CN-145"}
    assert broken(f"{CORE}ConfigMap", {"data": {"image": OUT, "a": "b"}}) == set()


def container(**more):
    return in_template({"containers": [{"name": "app", "image": OWN_IMAGE, **more}]})


@pytest.mark.parametrize(
    "more",
    [
        {"args": [f"--acme-http01-solver-image={OUT}"]},
        {"args": ["--sidecar-image", OUT]},
        {"args": [f"--config-reloader={OUT}"]},
        {"command": ["operator", f"-image=registry.example:5000/app{DIGEST}"]},
        {"env": [{"name": "RELATED_IMAGE_APP", "value": f"registry.example/app{DIGEST}"}]},
        {"env": [{"name": "RELOADER", "value": f"ghcr.io/org/app{DIGEST}"}]},
    ],
)
def test_images_that_tools_are_told_of_are_found(more):
    assert broken(f"{APPS}Deployment", container(**more)) == {"CN-145"}


@pytest.mark.parametrize(
    "more",
    [
        {"args": ["--image-gc-high-threshold=85", "--image-pull-progress-deadline", "1m"]},
        {"args": ["--image-credential-provider-config", "registry.example/config"]},
        {"args": ["--path=etc.d/app", "--leader-elect-resource-name", "a/b"]},
        {"env": [{"name": "IMAGE_PULL_SECRET", "value": "registry.example/secret"}]},
        {"env": [{"name": "FILE", "value": "a.b/c"}, {"name": "IMAGE", "value": "nginx"}]},
    ],
)
def test_words_that_look_like_images_and_are_none_pass(more):
    assert broken(f"{APPS}Deployment", container(**more)) == set()


def test_the_registry_alone_is_told_and_nothing_of_the_rest():
    (found,) = judge(f"{CORE}Pod", {"spec": of(f"quay.io/secret/name:token{DIGEST}")})
    assert "containers[1].image is taken from quay.io, which is none of the boundary." in (
        found.message
    )
    assert "secret" not in found.message and "token" not in found.message


def test_images_that_an_admission_policy_writes_into_pods_are_found():
    policy = "kubernetes:admissionregistration.k8s.io/v1beta1:MutatingAdmissionPolicy"
    for registry, found in ((OWN_REGISTRY, set()), ("docker.io", {"CN-145"})):
        written = f"Object{{spec: Object.spec{{image: '{registry}/team/agent{DIGEST}'}}}}"
        mutations = [{"applyConfiguration": {"expression": written}}]
        assert broken(policy, {"spec": {"mutations": mutations}}) == found
