"""Volumes and interfaces that outlive their machines, at an EC2 that is strict about them."""

import pytest

from machines.agent.devices import find_device
from machines.agent.run import FAILED, REFUSED
from tests.machines.agent.strict_ec2 import Attachment, Resource
from tests.machines.agent.world import ME, OTHER, ZONE, configured

TAGS = {"heiiki:cluster": "dev", "heiiki:member": "1a"}
OTHERS = {"heiiki:cluster": "dev", "heiiki:member": "1c"}
VOLUME, INTERFACE = "vol-0123456789abcdef0", "eni-0123456789abcdef0"
ATTACH_VOLUME = {"step": "attach-volume", "tags": TAGS, "device": "/dev/sdf"}
ATTACH_INTERFACE = {"step": "attach-interface", "tags": TAGS, "subnetCidr": "10.0.16.0/24"}
STEPS = {VOLUME: ATTACH_VOLUME, INTERFACE: ATTACH_INTERFACE}
both = pytest.mark.parametrize("name", [VOLUME, INTERFACE])


def resource(name, tags=TAGS, zone=ZONE, holder=None, state="attached"):
    held = None if holder is None else Attachment(holder, "/dev/sdf", state, 0.0)
    return Resource(name, zone, dict(tags), held, "10.0.16.9", "06:00:00:00:00:09")


def boot(world, name, *, deadline_seconds=600, timeout_seconds=600, **changes):
    step = {**STEPS[name], "timeoutSeconds": timeout_seconds, **changes}
    return world.run(configured(step, signal=None, deadlineSeconds=deadline_seconds))


def place(world, *resources):
    world.ec2.resources = {r.id: r for r in resources}
    world.ec2._remember()


def holder_of(world, name):
    held = world.ec2.resources[name].attachment
    return None if held is None else (held.instance, held.state)


@both
def test_a_free_one_is_attached_and_is_here(world, name):
    place(world, resource(name))
    assert boot(world, name) == 0, world.console
    assert holder_of(world, name) == (ME, "attached")
    assert world.ec2.calls == [f"attach {name} to {ME}"]


@both
def test_one_that_the_old_machine_still_holds_is_waited_for(world, name):
    place(world, resource(name, holder=OTHER))
    world.ec2.detach_seconds = 90
    world.ec2.terminate(OTHER)
    assert boot(world, name) == 0, world.console
    assert world.clock.seconds > 190 and world.ec2.calls == [f"attach {name} to {ME}"]


@both
def test_one_that_is_never_released_is_never_taken(world, name):
    place(world, resource(name, holder=OTHER))
    world.ec2.busy.add(name)
    world.ec2.terminate(OTHER)
    assert boot(world, name, deadline_seconds=100, timeout_seconds=60) == FAILED
    assert holder_of(world, name) == (OTHER, "detaching") and world.ec2.calls == []
    assert f"{name} is detaching to {OTHER}" in world.console[-1]


@both
def test_one_whose_device_is_here_and_that_another_machine_has_is_not_ours(world, name):
    """A device that the kernel still shows says nothing; EC2 says who has it."""
    place(world, resource(name, holder=OTHER))
    world.host.plug_volume(VOLUME)
    world.host.plug_interface("06:00:00:00:00:09")
    assert boot(world, name, deadline_seconds=30, timeout_seconds=20) == FAILED
    assert world.ec2.calls == [] and world.host.addresses == {}
    assert f"{name} is attached to {OTHER}" in world.console[-1]


@both
def test_one_that_is_still_coming_is_waited_for(world, name):
    place(world, resource(name, holder=ME, state="attaching"))
    world.host.plug_volume(VOLUME)
    world.host.plug_interface("06:00:00:00:00:09")
    world.ec2.attach_seconds = 10_000
    assert boot(world, name, deadline_seconds=30, timeout_seconds=20) == FAILED
    assert world.ec2.calls == []


@both
def test_what_was_true_a_while_ago_is_not_believed(world, name):
    """Describe says that it is free while another has just taken it: EC2 refuses, and we wait."""
    place(world, resource(name))
    world.clock.seconds += 50
    world.ec2.stale_seconds = 30
    world.ec2.resources[name].attachment = Attachment(OTHER, "/dev/sdf", "attached", 0)
    world.ec2._remember()
    assert boot(world, name, deadline_seconds=100, timeout_seconds=60) == FAILED
    assert holder_of(world, name) == (OTHER, "attached") and world.ec2.calls == []
    assert {"AttachVolume", "AttachNetworkInterface"} & set(world.asked)
    assert f"{name} is attached to {OTHER}" in world.console[-1]


@both
def test_describe_that_lags_behind_delays_and_does_no_harm(world, name):
    place(world, resource(name))
    world.ec2.stale_seconds = 20
    assert boot(world, name) == 0, world.console
    assert world.ec2.calls == [f"attach {name} to {ME}"]


@both
def test_throttling_and_errors_of_ec2_are_overcome(world, name):
    place(world, resource(name))
    verb = "AttachVolume" if name == VOLUME else "AttachNetworkInterface"
    noun = "DescribeVolumes" if name == VOLUME else "DescribeNetworkInterfaces"
    world.ec2.refusals = [
        (noun, 503, "Unavailable"), (noun, 400, "RequestLimitExceeded"),
        (verb, 500, "InternalError"), (verb, 503, "RequestLimitExceeded"),
    ]  # fmt: skip
    assert boot(world, name) == 0, world.console
    assert world.ec2.refusals == [] and world.ec2.calls == [f"attach {name} to {ME}"]


@both
def test_an_attach_whose_answer_was_lost_is_not_asked_for_twice(world, name):
    """EC2 did it and said 500: the second call is refused as in use, by ourselves."""
    place(world, resource(name))
    real = world.ec2._attach
    lost = []

    def losing(*arguments, **named):
        answer = real(*arguments, **named)
        if not lost:
            lost.append(answer)
            return 500, "<Error><Code>InternalError</Code></Error>"
        return answer

    world.ec2._attach = losing
    assert boot(world, name) == 0, world.console
    assert world.ec2.calls == [f"attach {name} to {ME}"]


@both
def test_one_in_another_zone_is_refused(world, name):
    place(world, resource(name, zone="ap-northeast-1c"))
    assert boot(world, name) == REFUSED
    assert "lies in ap-northeast-1c, this machine in ap-northeast-1a" in world.console[-1]
    assert world.ec2.calls == []


@both
def test_of_two_none_is_taken(world, name):
    place(world, resource(name), resource(name[:-1] + "1"))
    assert boot(world, name) == REFUSED
    assert "there is more than one" in world.console[-1] and world.ec2.calls == []


@both
def test_that_of_another_member_is_not_taken_even_when_ec2_shows_it(world, name):
    place(world, resource(name, tags=OTHERS))
    world.ec2.ignores_filters = True
    assert boot(world, name, deadline_seconds=20) == FAILED
    assert "with heiiki:cluster=dev, heiiki:member=1a" in world.console[-1]
    assert world.ec2.calls == []


@both
def test_one_that_appears_late_is_found(world, name):
    place(world, resource(name))
    world.ec2._past = [(0.0, {}), (115.0, {name: resource(name)})]
    world.ec2.stale_seconds = 0.001
    assert boot(world, name) == 0, world.console


@both
def test_another_refusal_of_ec2_is_told(world, name):
    place(world, resource(name))
    world.ec2.instances[ME] = (ZONE, "running")
    verb = "AttachVolume" if name == VOLUME else "AttachNetworkInterface"
    world.ec2.refusals = [(verb, 403, "UnauthorizedOperation")] * 50
    assert boot(world, name, deadline_seconds=10) == FAILED
    assert f"ec2 {verb}: UnauthorizedOperation (403)" in world.console[-1]


@both
def test_a_second_agent_finds_it_done(world, name):
    place(world, resource(name))
    assert boot(world, name) == 0
    (world.folder / "state" / "journal.json").unlink()
    before = list(world.host.log), list(world.ec2.calls)
    assert boot(world, name) == 0
    assert (world.host.log, world.ec2.calls) == before


@both
def test_after_a_boot_it_is_still_ours_and_is_looked_at_again(world, name):
    place(world, resource(name))
    assert boot(world, name) == 0
    world.host.boot("another-boot")
    assert boot(world, name) == 0
    assert world.ec2.calls == [f"attach {name} to {ME}"]
    if name == INTERFACE:
        assert world.host.rules == [{"src": "10.0.16.9", "table": "101"}]


@both
def test_a_device_that_the_kernel_does_not_show_is_waited_for(world, name):
    place(world, resource(name))
    world.ec2.attached = lambda resource: None  # the kernel is slow
    assert boot(world, name, deadline_seconds=30, timeout_seconds=20) == FAILED
    assert holder_of(world, name) == (ME, "attached")
    assert "here yet" in world.console[-1] or "not seen it yet" in world.console[-1]


def test_a_volume_is_known_by_its_serial_and_not_by_its_name(world):
    """Another member's disk has taken the name that ours had."""
    world.host.plug_volume("vol-0fffffffffffffff0", "nvme1n1")
    world.ec2.attached = lambda resource: world.host.plug_volume(resource.id, "nvme2n1")
    place(world, resource(VOLUME))
    mount = {"step": "mount", "volume": "attach-volume", "path": "/var/lib/etcd",
             "cluster": "dev", "member": "1a", "owner": ""}  # fmt: skip
    assert world.run(configured(ATTACH_VOLUME, mount, signal=None)) == 0, world.console
    assert world.host.mounts == {str(world.folder / "root/var/lib/etcd"): "/dev/nvme2n1"}


def test_a_volume_is_known_by_the_name_that_udev_gives_its_serial(world):
    def plug(resource):
        links = world.folder / "root/dev/disk/by-id"
        links.mkdir(parents=True)
        (world.folder / "root/dev/loop7").touch()
        link = f"nvme-Amazon_Elastic_Block_Store_{resource.id.replace('-', '')}"
        (links / link).symlink_to("../../loop7")

    world.ec2.attached = plug
    place(world, resource(VOLUME))
    assert boot(world, VOLUME) == 0, world.console
    assert find_device(world.machine(), VOLUME, "/dev/sdf") == "/dev/loop7"


@pytest.mark.parametrize("device", ["xvdf", "sdf"])
def test_a_volume_of_xen_is_known_by_the_name_that_was_asked_for(world, device):
    world.ec2.attached = lambda resource: (world.folder / "root/dev" / device).touch()
    place(world, resource(VOLUME))
    assert boot(world, VOLUME) == 0, world.console


def test_a_name_of_xen_is_not_believed_where_there_is_nvme(world):
    world.host.plug_volume("vol-0fffffffffffffff0", "nvme0n1")
    world.ec2.attached = lambda resource: (world.folder / "root/dev/xvdf").touch()
    place(world, resource(VOLUME))
    assert boot(world, VOLUME, deadline_seconds=30, timeout_seconds=20) == FAILED


def test_a_device_that_was_asked_for_as_xvd_is_found(world):
    world.ec2.attached = lambda resource: (world.folder / "root/dev/xvdg").touch()
    place(world, resource(VOLUME))
    assert boot(world, VOLUME, device="/dev/xvdg") == 0, world.console


def test_what_comes_from_an_interface_goes_back_through_it(world):
    place(world, resource(INTERFACE))
    assert boot(world, INTERFACE) == 0
    assert world.host.addresses == {"ens6": {"10.0.16.9"}}
    assert world.host.routes == {"101": {"10.0.16.0/24": "ens6", "default": "ens6"}}
    assert world.host.rules == [{"src": "10.0.16.9", "table": "101"}]


@pytest.mark.parametrize("lost", ["address", "route", "default", "rule"])
def test_a_route_that_somebody_removed_comes_back(world, lost):
    place(world, resource(INTERFACE))
    assert boot(world, INTERFACE) == 0
    (world.folder / "state" / "journal.json").unlink()
    host = world.host
    {
        "address": lambda: host.addresses.clear(),
        "route": lambda: host.routes["101"].pop("10.0.16.0/24"),
        "default": lambda: host.routes["101"].pop("default"),
        "rule": lambda: host.rules.clear(),
    }[lost]()
    assert boot(world, INTERFACE) == 0
    test_addresses = (host.addresses, host.routes, host.rules)
    assert test_addresses == (
        {"ens6": {"10.0.16.9"}},
        {"101": {"10.0.16.0/24": "ens6", "default": "ens6"}},
        [{"src": "10.0.16.9", "table": "101"}],
    )


def test_ip_that_gives_no_json_is_told(world, monkeypatch):
    from machines.agent.machine import Result

    place(world, resource(INTERFACE))
    monkeypatch.setattr(world.host, "_rule", lambda words: Result(0, "no json"))
    assert boot(world, INTERFACE, deadline_seconds=10) == FAILED
    assert "ip gave no JSON" in world.console[-1]


def test_a_link_that_goes_while_it_is_looked_at_is_passed_over(world):
    (world.folder / "root/sys/class/net/aaa").mkdir()
    place(world, resource(INTERFACE))
    assert boot(world, INTERFACE) == 0
