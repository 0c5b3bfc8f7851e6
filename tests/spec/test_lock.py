"""The lock file: read back as written, and told about like the stack file when it is broken."""

from ipaddress import IPv4Network

import pytest

from spec.errors import SpecError
from spec.lock import lock_file_name, parse_lock
from tests.quick_yaml import dumped, loaded
from tests.scenarios import EXAMPLES, SCENARIOS, read

TEXT = (EXAMPLES / "existing" / lock_file_name("existing")).read_text(encoding="utf-8")

RESTORE = "restore the file, which heiiki lock writes, from version control"


def message(text: str) -> str:
    with pytest.raises(SpecError) as caught:
        parse_lock(text, where="heiiki.x.lock.yaml")
    return str(caught.value)


@pytest.mark.parametrize("scenario", SCENARIOS)
def test_a_lock_file_that_is_written_out_is_read_back_the_same(scenario):
    _, lock = read(scenario)
    text = dumped(lock.model_dump(mode="json", by_alias=True))
    assert parse_lock(text, where="x") == lock


def test_what_was_read_of_supplied_resources_is_typed():
    supplied = parse_lock(TEXT, where="x").supplied
    assert [vpc.cidrs for vpc in supplied.vpcs.values()] == [(IPv4Network("10.40.0.0/16"),)]
    (table,) = supplied.route_tables.values()
    assert [(r.destination, r.target) for r in table.routes] == [
        ("10.40.0.0/16", "local"), ("pl-0a1b2c3d4e5f60740", "vpce-0a1b2c3d4e5f60735"),
    ]  # fmt: skip


@pytest.mark.parametrize("key", [
    "region", "partition", "accountId", "kubernetesVersion", "availabilityZones", "images",
    "endpointServices", "addOns",
])  # fmt: skip
def test_each_required_key_is_missed(key):
    document = loaded(TEXT)
    del document[key]
    assert message(dumped(document)) == (
        "heiiki.x.lock.yaml is not valid (1 fault):\n"
        f"  {key}: is missing; this key is required; {RESTORE}"
    )  # fmt: skip


def test_faults_of_a_lock_file_are_told_at_once_with_their_paths():
    document = loaded(TEXT)
    document["format"] = 2
    document["endpointServices"]["ecr.api"]["type"] = "Tunnel"
    document["supplied"]["subnets"]["subnet-1"] = {}
    found = message(dumped(document))
    assert f"  format: must be 1; {RESTORE}\n    got: 2" in found
    assert found.count(RESTORE) == 1
    assert "  endpointServices.ecr.api.type: must be 'Interface' or 'Gateway'" in found
    assert "  supplied.subnets.subnet-1: must be the id of a subnet" in found


@pytest.mark.parametrize("text", ["", "- a", "half", "region: ap-northeast-1\nimages:\n  al2023"])
def test_a_lock_file_that_is_cut_off_or_empty_is_told_with_what_to_do(text):
    assert RESTORE in message(text).splitlines()[1]


LIMITS = ("vcpus", "memoryMib", "networkInterfaces", "ipv4AddressesPerInterface")


@pytest.mark.parametrize("key", LIMITS)
@pytest.mark.parametrize("value", [0, -2, True, "4"])
def test_a_limit_of_an_instance_type_is_a_number_from_one_on(key, value):
    document = loaded(TEXT)
    limits = {"architecture": "arm64", **dict.fromkeys(LIMITS, 1)}
    offered = {"availabilityZones": ["ap-northeast-1a"], "limits": limits}
    document["instanceTypes"] = {"m9x.large": offered}
    assert parse_lock(dumped(document), where="x").instance_types["m9x.large"].limits
    limits[key] = value
    lines = message(dumped(document)).splitlines()
    assert lines[1].startswith("  instanceTypes.m9x.large.limits.") and ": must be " in lines[1]
    assert len([line for line in lines if ": must be " in line]) == 1


@pytest.mark.parametrize("version", [
    "latest; rm -rf", "latest", "v1.20.4", "v1.20.4-eksbuild.2 ", "1.20.4-eksbuild.2", 1, "",
])  # fmt: skip
def test_a_version_of_an_add_on_is_one_of_eks(version):
    document = loaded(TEXT)
    taken = ("v1.20.4-eksbuild.2", "v1.4.0-eksbuild.preview", "v1.24.7-minimal-eksbuild.10")
    for known in taken:
        document["addOns"]["vpc-cni"] = known
        assert parse_lock(dumped(document), where="x").add_ons["vpc-cni"] == known
    document["addOns"]["vpc-cni"] = version
    assert "  addOns.vpc-cni: must be an EKS add-on's version" in message(dumped(document))


@pytest.mark.parametrize("value", [True, "1"])
def test_a_format_is_the_number_and_nothing_that_python_takes_for_it(value):
    document = loaded(TEXT)
    document["format"] = value
    assert "  format: must be 1" in message(dumped(document))


@pytest.mark.parametrize("destination", ["nowhere", "10.0.0.0", 7, None, "pl-1"])
def test_a_fault_of_a_route_is_one_and_at_its_key(destination):
    document = loaded(TEXT)
    ((table, read_of_it),) = document["supplied"]["routeTables"].items()
    read_of_it["routes"][0]["destination"] = destination
    assert message(dumped(document)).splitlines()[1] == (
        f"  supplied.routeTables.{table}.routes.0.destination: must be an IPv4 or IPv6 CIDR, the "
        "id of a prefix list, or unknown; run heiiki lock"
    )


@pytest.mark.parametrize("destination", ["10.0.0.0/8", "::/0", "pl-0a1b2c3d4e5f60740", "unknown"])
def test_a_route_leads_to_what_aws_names(destination):
    document = loaded(TEXT)
    ((table, read_of_it),) = document["supplied"]["routeTables"].items()
    read_of_it["routes"][0]["destination"] = destination
    supplied = parse_lock(dumped(document), where="x").supplied
    assert supplied.route_tables[table].routes[0].destination == destination


def test_the_lock_file_lies_beside_the_stack_file_under_its_name():
    assert lock_file_name("dev") == "heiiki.dev.lock.yaml"
