"""Rules and entries are named by what AWS knows them by, and found under the names they had."""

import types
from unittest.mock import patch

import pulumi_aws as aws
import pytest

from components.access.entries import AccessEntries
from components.program import program
from plan.access import Principal
from plan.tags import Tags
from tests.mocks import OWN_KEY_ARN, build
from tests.scenarios import read

FORMER = {
    "two-vpc": {
        "bastion-from-cidr-ssh-": "bastion-from-cidr-ssh-0",
        "bastion-to-cidr-ssh-": "bastion-to-cidr-ssh-0",
        "operator-from-cidr-ssh-": "operator-from-cidr-bastion-ssh-0",
    },
    "on-premises": {"control-plane-from-cidr-api-": "control-plane-from-cidr-datacentre-api-0"},
    "self-hosted": {"api-main-from-cidr-clients-": "api-main-from-cidr-clients-0-api"},
}


@pytest.mark.parametrize("scenario", FORMER)
def test_a_stack_that_is_up_keeps_its_rules(scenario, monkeypatch):
    """One that is not found would be made anew beside itself, which EC2 refuses."""
    seen: dict[str, list[str]] = {}

    def declared(name, **keys):
        seen[name] = [alias.name for alias in keys["opts"].aliases or ()]

    for kind in ("SecurityGroupIngressRule", "SecurityGroupEgressRule"):
        monkeypatch.setattr(aws.vpc, kind, declared)
    spec, lock = read(scenario)
    build(lambda: program(spec, lock, where="test"), key_arn=OWN_KEY_ARN)
    for begins, former in FORMER[scenario].items():
        (found,) = [aliases for aliases in seen.values() if former in aliases]
        (name,) = [name for name, aliases in seen.items() if aliases is found]
        assert name.startswith(begins) and found == [former]
    assert len(seen) > len([name for name, aliases in seen.items() if aliases]) > 0


@pytest.mark.parametrize("key", ["viewers", "auditors"])
def test_a_stack_that_is_up_keeps_its_entries(key):
    """EKS has one of a role, so none is made beside it, and none under another key's name."""
    seen: dict[str, list[object]] = {}

    def declared(name, **keys):
        seen.setdefault(name, []).append([alias.name for alias in keys["opts"].aliases or ()])
        return types.SimpleNamespace(principal_arn=keys["principal_arn"])

    person = Principal(
        key, None, "arn:aws:iam::123456789012:role/x/Viewers", "STANDARD", None, (), "policy", ()
    )
    ours = Principal("node-workers", "node-workers", None, "EC2_LINUX", None, (), None, ())
    with patch.multiple(aws.eks, AccessEntry=declared, AccessPolicyAssociation=declared):
        build(lambda: AccessEntries(
            "access", {key: person, ours.name: ours}, cluster_name="dev",
            role_arns={"node-workers": "arn"}, tags=Tags("dev", {}),
        ))  # fmt: skip
    assert seen == {"role-viewers": [[key], [key]], "node-workers": [[]]}
