"""The SSH configuration that is handed over: as whom and with which key, as the stack file says."""

import pulumi
import pytest

from components.program import program
from spec.cluster import ClusterSpec
from spec.errors import parse
from tests.mocks import build
from tests.plan.samples import locked
from tests.scenarios import read

SESSIONS = {"network.connections": {}, "access.sessionManager": True}


def ssh_config(ssh: dict[str, str] | None, changes: dict[str, object]) -> str:
    """What two-vpc so changed hands over."""
    spec, lock = read("two-vpc")
    raw = spec.model_dump(by_alias=True, mode="json", exclude_unset=True)
    for path, value in changes.items():
        parent, _, key = path.rpartition(".")
        raw[parent][key] = value
    if ssh is not None:
        raw["access"]["ssh"] = ssh
    asked, seen = parse(ClusterSpec, raw, where="test"), []

    def run():
        outputs = program(asked, lock, where="test")
        pulumi.Output.from_input(outputs["sshConfig"]).apply(seen.append)

    build(run)
    return seen[0]


@pytest.mark.parametrize("changes", [{}, SESSIONS], ids=["bastion", "session manager"])
def test_people_log_in_as_the_stack_file_says(changes):
    by_default = ssh_config(None, changes)
    assert "    User ec2-user\n" in by_default
    assert '    IdentityFile "~/.ssh/id_ed25519"\n' in by_default
    asked = ssh_config({"user": "ubuntu", "identityFile": "/keys/my key"}, changes)
    assert "    User ubuntu\n" in asked and "ec2-user" not in asked
    assert '    IdentityFile "/keys/my key"\n' in asked and "id_ed25519" not in asked


@pytest.mark.parametrize(
    ("instance_type", "credit"),
    [("t3.nano", {"cpuCredits": "standard"}), ("m7i.large", None)],
)
def test_machines_for_people_compute_on_saved_credits_alone(instance_type, credit):
    spec, lock = read("two-vpc")
    raw = spec.model_dump(by_alias=True, mode="json", exclude_unset=True)
    raw["access"]["operator"]["machine"]["instanceType"] = instance_type
    raw["network"]["connections"]["bastion"]["machine"]["instanceType"] = instance_type
    asked = parse(ClusterSpec, raw, where="test")
    keys = lock.model_dump(mode="json", by_alias=True)
    keys["instanceTypes"][instance_type] = keys["instanceTypes"]["t3.nano"]
    recorder, _ = build(lambda: program(asked, locked(keys), where="test"))
    machines = [r for r in recorder.resources if r.typ == "aws:ec2/instance:Instance"]
    assert {m.name for m in machines} == {"bastion", "operator"}
    assert all(m.inputs["instanceType"] == instance_type for m in machines)
    assert [m.inputs.get("creditSpecification") for m in machines] == [credit] * 2
