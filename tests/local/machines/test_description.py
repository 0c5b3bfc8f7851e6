"""What can be asked for, and every reason why it cannot."""

import pytest
from pydantic import ValidationError

from local.machines import Allow, EndpointsSpec, InterfaceSpec, MachineSpec
from local.machines.description import mac_of, machine_faults, world_faults
from tests.local.machines import worlds


def test_the_world_and_the_machines_of_the_tests_have_no_fault() -> None:
    world = worlds.world()
    assert list(world_faults(world)) == []
    assert list(machine_faults(world, worlds.one(), ())) == []
    assert list(machine_faults(world, worlds.two(), [worlds.one()])) == []


def test_a_world_s_faults_are_told_all_at_once() -> None:
    taken = InterfaceSpec(subnet="core-1a", address="10.0.1.3")
    world = worlds.world().model_copy(
        update={
            "interfaces": {
                "eni-1": InterfaceSpec(subnet="core-9z", address="10.0.1.50"),
                "eni-2": taken,
                "eni-3": InterfaceSpec(subnet="core-1a", address="10.0.1.255"),
                "eni-4": InterfaceSpec(subnet="core-1a", address="10.0.1.50"),
            },
            "endpoints": EndpointsSpec(address="10.9.0.1"),
        }
    )
    keeps = "AWS keeps {} for itself; write one of 10.0.1.4 to 10.0.1.254"
    assert list(world_faults(world)) == [
        "interfaces.eni-1.subnet: there is no subnet core-9z; write one of core-1a, core-1c",
        "interfaces.eni-2.address: " + keeps.format("10.0.1.3"),
        "interfaces.eni-3.address: " + keeps.format("10.0.1.255"),
        "endpoints.address: 10.9.0.1 is not in vpc, 10.0.0.0/16",
        "interfaces.eni-4.address: 10.0.1.50 is written at interfaces.eni-1.address too",
    ]


MOVING, ELSEWHERE = "eni-0a0a0a0a0a0a0a0a0", "vol-0c0c0c0c0c0c0c0c0"
ONE = worlds.one().id


@pytest.mark.parametrize(
    ("change", "fault"),
    [
        ({"private_ip": "10.0.1.200"}, "privateIp: 10.0.1.200 is the address of endpoints"),
        ({"private_ip": "10.0.1.10"}, "privateIp: 10.0.1.10 is the address of machine one"),
        ({"private_ip": "10.0.1.50"}, f"privateIp: 10.0.1.50 is the address of interface {MOVING}"),
        ({"instance_id": ONE}, f"instanceId: machine one has {ONE} too"),
        ({"interfaces": {0: MOVING}},
         "interfaces.0: indexes begin with 1; 0 is the machine's own"),
        ({"interfaces": {1: "eni-x"}}, "interfaces.1: there is no eni-x under interfaces"),
        ({"volumes": {"/dev/sdf": ELSEWHERE}},
         f"volumes./dev/sdf: {ELSEWHERE} is in ap-northeast-1c, the machine in ap-northeast-1a"),
    ],
)  # fmt: skip
def test_a_machine_that_cannot_be_there_is_refused(change: dict[str, object], fault: str) -> None:
    asked = {"name": "new", "subnet": "core-1a", "private_ip": "10.0.1.30"}
    assert list(machine_faults(worlds.world(), MachineSpec(**asked), [worlds.one()])) == []
    machine = MachineSpec(**{**asked, **change})
    assert list(machine_faults(worlds.world(), machine, [worlds.one()])) == [
        f"machines.new.{fault}"
    ]


def test_ports_are_a_number_or_a_range() -> None:
    assert Allow(source="a", target="b", ports=443).ports == (443, 443)
    assert Allow(source="a", target="b", ports="2379-2380").ports == (2379, 2380)
    assert Allow(source="a", target="b", ports="22").ports == (22, 22)
    for wrong in ("2380-2379", "70000", "ssh"):
        with pytest.raises(ValidationError):
            Allow(source="a", target="b", ports=wrong)


def test_a_row_names_groups_or_cidrs_and_nothing_that_nft_would_take_for_more() -> None:
    assert Allow(source="10.0.0.0/8", target="b").source == "10.0.0.0/8"
    for wrong in ("10.0.0.1/8", "a b", "x; flush ruleset", "10.0.0.0/99"):
        with pytest.raises(ValidationError):
            Allow(source=wrong, target="b")
        with pytest.raises(ValidationError):
            Allow(source="a", target=wrong)


@pytest.mark.parametrize(
    "change",
    [{"name": "../x"}, {"name": "A"}, {"role": "a/b"}, {"instance_id": "../i"},
     {"volumes": {"/dev/sda": "vol-1"}}, {"volumes": {"/dev/sdf": "../vol-1"}},
     {"interfaces": {1: "eni 1"}}],
)  # fmt: skip
def test_what_becomes_part_of_a_path_is_a_plain_name(change: dict[str, object]) -> None:
    asked = {"name": "new", "subnet": "core-1a", "private_ip": "10.0.1.30"}
    assert MachineSpec(**asked).name == "new"
    with pytest.raises(ValidationError):
        MachineSpec(**{**asked, **change})


def test_what_travels_as_json_comes_back_the_same() -> None:
    machine = worlds.one().model_copy(update={"user_data": bytes(range(256))})
    assert MachineSpec.model_validate_json(machine.model_dump_json()) == machine
    assert (
        type(worlds.world()).model_validate_json(worlds.world().model_dump_json()) == worlds.world()
    )


def test_an_interface_keeps_its_hardware_address_and_no_two_share_one() -> None:
    assert mac_of("eni-1") == mac_of("eni-1") != mac_of("eni-2")
    first = int(mac_of("eni-1")[:2], 16)
    assert (first & 1, first & 2) == (0, 2), "of one interface, and locally administered"
