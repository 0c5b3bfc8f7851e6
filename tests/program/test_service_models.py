"""What validation lets through, AWS's own models of its services let through.

Stack files with values at their limits are planned and registered, and every input is judged by the
shape of the member that carries it, as the embedded AWS's provider judges it: enums, patterns,
lengths, numbers of entries. A value that only AWS refuses would be a fault of ours.
"""

from typing import Any

from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from components.program import program
from local.aws.resources import RESOURCES
from local.aws.translate.calls import Call
from local.aws.translate.checks import judged_by_model
from local.aws.translate.clients import Clients
from local.provider_answers import Subject
from plan.cluster import plan_cluster
from plan.errors import PlanError
from spec.errors import SpecError
from tests.mocks import OWN_KEY_ARN, build
from tests.plan import own
from tests.plan.samples import completed, lock_for
from tests.program.test_renames import EKS, OWN, as_it_was
from tests.spec.stack_files import changed, stack

FEW = settings(  # each builds a whole stack, so a counterexample is not made smaller
    max_examples=3, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck),
    phases=[Phase.generate],
)  # fmt: skip
REGION = "ap-northeast-1"
NODE_GROUP = "aws:eks/nodeGroup:NodeGroup"


def either(short: Any, longest: Any) -> st.SearchStrategy[Any]:
    return st.sampled_from((longest, short))


def text(alphabet: str, most: int) -> st.SearchStrategy[str]:
    return st.one_of(st.text(alphabet, min_size=most, max_size=most),
                     st.text(alphabet, min_size=1, max_size=most))  # fmt: skip


LABEL = st.builds(lambda middle: f"a{middle}z", text("aB0._-", 61))
KEY = st.one_of(LABEL, st.builds(lambda key: f"{'a' * 50}.example.com/{key}", LABEL))
DOMAIN = st.builds(lambda n: ".".join(["a" * 63] * n + ["example", "com"]), st.integers(0, 3))
TAGS = st.dictionaries(text("aB0 .:/=+@-_開é", 128), text("aB0 .:/=+@-_開é", 256), max_size=45)
EFFECTS = ("NoSchedule", "PreferNoSchedule", "NoExecute")
VOLUME = either({"kind": "gp3"}, {"kind": "gp3", "sizeGib": 65536, "iops": 80000,
                                  "throughputMibps": 2000})  # fmt: skip


def taints(keys: st.SearchStrategy[str], most: int) -> st.SearchStrategy[list[dict[str, str]]]:
    one = st.fixed_dictionaries({"key": keys, "value": LABEL, "effect": st.sampled_from(EFFECTS)})
    return st.lists(one, max_size=most, unique_by=lambda taint: (taint["key"], taint["effect"]))


POOL = {
    "labels": st.dictionaries(KEY, LABEL, max_size=6),
    "taints": taints(KEY, 3),
    "keyName": text("".join(map(chr, range(33, 127))), 255),
    "maxSize": either(3, 1000),
    "rootVolume": VOLUME,
}
# EKS takes fewer of these in a managed node group.
MANAGED = {**POOL, "labels": st.dictionaries(LABEL, LABEL, max_size=6),
           "taints": taints(LABEL, 60)}  # fmt: skip
NAMES = st.builds(lambda middle: f"a{middle}z", text("a0-", 22))
OF_ALL = {
    "name": either("test", "a" * 30),
    "tags": TAGS,
}
OF_EKS = {
    "network.dns.allowedDomains": st.lists(DOMAIN, max_size=3, unique=True),
    "access.principals.person.namespaces": st.lists(NAMES, max_size=3, unique=True),
    "access.principals.person.username": st.none()
    | st.builds(lambda more: f"u{more}", text("aB0:@._-", 127)),
    "controlPlane.serviceCidr": either("172.20.0.0/16", "192.168.0.0/16"),
}


def drawn(draw: st.DrawFn, base: dict[str, Any], more: dict[str, Any]) -> dict[str, Any]:
    changes = {key: draw(values) for key, values in {**OF_ALL, **more}.items()}
    for name, pool in base["nodePools"].items():
        keys = MANAGED if pool.get("kind") == "managed" else POOL
        changes |= {f"nodePools.{name}.{key}": draw(values) for key, values in keys.items()}
    return changed({k: v for k, v in changes.items() if v is not None}, base)


def judged(registrations: Any) -> list[str]:
    """What the models say of the inputs. Secrets are sealed here, and no number is a whole one."""
    clients, found = Clients("http://127.0.0.1:9"), []
    for r in registrations:
        if r.type.startswith("aws:"):
            inputs = {k: v for k, v in whole(dict(r.inputs)).items() if not sealed(v)}
            call = Call(clients, RESOURCES[r.type], Subject(r.urn), REGION, inputs)
            found += [f"{r.type} {r.name} {f.property}: {f.reason}" for f in judged_by_model(call)]
    return found


def whole(value: Any) -> Any:
    if isinstance(value, dict):
        return {k: whole(v) for k, v in value.items()}
    if isinstance(value, list):
        return [whole(v) for v in value]
    return int(value) if isinstance(value, float) and value.is_integer() else value


def sealed(value: Any) -> bool:
    return isinstance(value, dict) and any(len(key) == 32 for key in value)


def told(keys, lock):
    """What the models say of a stack; None where it is refused before they are asked."""
    try:
        spec = stack(keys)
        plan_cluster(spec, lock, where="test")
    except (SpecError, PlanError):
        return None
    recorder, _ = build(lambda: program(spec, lock, where="test"),
                        same_names=True, key_arn=OWN_KEY_ARN)  # fmt: skip
    assert len(recorder.registrations) > 100
    return judged(recorder.registrations)


def test_of_eks_what_is_valid_is_taken():
    seen = []

    @FEW
    @given(st.data())
    def judge(data):
        keys = drawn(data.draw, EKS, OF_EKS)
        seen.append(found := told(keys, lock_for(stack(keys))))
        assert not found

    judge()
    assert seen.count([]) >= 2


def test_so_it_is_of_a_control_plane_of_ones_own():
    seen = []

    @FEW
    @given(st.data())
    def judge(data):
        keys = drawn(data.draw, OWN, {})
        seen.append(found := told(keys, completed(own.lock(keys), stack(keys))))
        assert not found

    judge()
    assert seen.count([]) >= 2


def test_what_aws_does_not_take_is_found():
    """Or nothing said would say nothing."""
    (pool,) = [r for r in as_it_was("eks") if r.type == NODE_GROUP]
    wrong = {"labels": {"a" * 64: "x"}, "taints": [{"key": "a", "value": "b", "effect": "NONE"}]}
    found = judged([pool._replace(inputs={**pool.inputs, **wrong})])
    assert len(found) == 2 and not judged([pool])
