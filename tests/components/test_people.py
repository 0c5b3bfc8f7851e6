"""The SSH configuration that is handed over: as whom and with which key, as the stack file says."""

import pulumi
import pytest

from components.program import program
from spec.cluster import ClusterSpec
from spec.errors import parse
from tests.mocks import build
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
