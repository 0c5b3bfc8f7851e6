"""Machines that run: what user data does in them, and what they reach.

What it does not show: how EC2 times these things, and what its own kernel and images do.
"""

import json
import textwrap
from collections.abc import Iterator
from pathlib import Path

import boto3
import pytest

from local.machines import (
    Allow,
    InterfaceSpec,
    MachineHandle,
    MachinesError,
    VolumeSpec,
    World,
)
from local.machines.image import image_folder
from tests.embedded_aws import serving_aws
from tests.local.machines import tiny_image, worlds

pytestmark = pytest.mark.machines
METADATA = "http://169.254.169.254/latest"
TOKEN_HEADER = "X-aws-ec2-metadata-token"
DISK = "vol-0b0b0b0b0b0b0b0b0"
ELSEWHERE = "vol-0c0c0c0c0c0c0c0c0"
INTERFACE = "eni-0a0a0a0a0a0a0a0a0"
DOMAIN = "ap-northeast-1.compute.internal"
NAME = "registry.internal/tiny:1"


@pytest.fixture(scope="module")
def aws_url() -> Iterator[str]:
    with serving_aws() as url:
        yield url


@pytest.fixture(scope="module")
def running(aws_url: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """Both machines, with their user data run. Each test leaves them as they were."""
    world = World(tmp_path_factory.mktemp("machines") / "tests")
    world.up(worlds.world(), aws_url)
    try:
        for machine in (worlds.one(), worlds.two()):
            world.start(machine)
        for name in ("one", "two"):
            assert world.machine(name).wait_for_cloud_init() == []
        yield world
    finally:
        world.down()


@pytest.fixture
def one(running: World) -> MachineHandle:
    return running.machine("one")


@pytest.fixture
def two(running: World) -> MachineHandle:
    return running.machine("two")


def sh(machine: MachineHandle, script: str) -> str:
    return machine.run(["sh", "-euc", script]).stdout.strip()


def fails(machine: MachineHandle, script: str) -> int:
    done = machine.run(["sh", "-euc", script], check=False)
    assert done.returncode != 0, done.stdout
    return done.returncode


def get(machine: MachineHandle, url: str) -> str:
    return sh(machine, f"curl --silent --show-error --fail --max-time 60 {url}")


def metadata(machine: MachineHandle, path: str) -> str:
    token = sh(machine, f"curl -sf -X PUT -H '{TOKEN_HEADER}-ttl-seconds: 60' {METADATA}/api/token")
    return sh(machine, f"curl -sf -H '{TOKEN_HEADER}: {token}' {METADATA}/{path}")


def test_a_machine_boots_by_its_own_user_data_under_systemd(one: MachineHandle) -> None:
    assert sh(one, "cat /proc/1/comm") == "systemd"
    assert sh(one, "systemctl is-active answering@8080") == "active"
    assert sh(one, "cat /var/lib/answering/name") == f"ip-10-0-1-10.{DOMAIN}"
    assert sh(one, "systemctl --failed --plain --no-legend") == ""
    assert "Datasource DataSourceEc2" in one.console()


def test_the_timeline_of_a_boot_has_its_steps_in_order(one: MachineHandle) -> None:
    def steps() -> list[str]:
        return [event.what for event in one.timeline()]

    wanted = ["power on", "asked for user-data", "cloud-init-local.service is up",
              "answering@8080.service is up", "cloud-final.service is up"]  # fmt: skip
    one.wait_until(lambda: wanted[-1] in steps(), "cloud-init's last unit is not up")
    assert [step for step in steps() if step in wanted] == wanted
    assert {event.boot for event in one.timeline()} == {1}


def test_the_metadata_service_answers_to_a_token_alone(one: MachineHandle) -> None:
    status = "curl --silent --output /dev/null --write-out '%{http_code}'"
    assert sh(one, f"{status} {METADATA}/meta-data/instance-id") == "401"
    assert sh(one, f"{status} -H '{TOKEN_HEADER}: made-up' {METADATA}/user-data") == "401"
    assert sh(one, f"{status} -X PUT {METADATA}/api/token") == "400"
    assert metadata(one, "meta-data/instance-id") == one.status().instance_id
    assert metadata(one, "meta-data/local-ipv4") == "10.0.1.10"
    assert metadata(one, "meta-data/placement/availability-zone") == "ap-northeast-1a"
    assert metadata(one, "meta-data/mac") == sh(one, "cat /sys/class/net/ens5/address")
    assert metadata(one, "meta-data/tags/instance/Name") == "first"
    assert metadata(one, "user-data") == worlds.USER_DATA.read_text().strip()


def test_each_machine_is_told_of_itself(two: MachineHandle) -> None:
    assert metadata(two, "meta-data/local-ipv4") == "10.0.1.20"
    assert "iam/" not in metadata(two, "meta-data/").split()
    document = json.loads(metadata(two, "dynamic/instance-identity/document"))
    assert document["instanceId"] == two.status().instance_id


BEHIND = """
ip netns add pod
ip link add pod0 type veth peer name eth0 netns pod
ip addr add 192.168.0.1/24 dev pod0
ip link set pod0 up
ip -n pod addr add 192.168.0.2/24 dev eth0
ip -n pod link set eth0 up
ip -n pod route add default via 192.168.0.1
echo 1 > /proc/sys/net/ipv4/ip_forward
nft 'add table ip pod; add chain ip pod out { type nat hook postrouting priority 100; }'
nft 'add rule ip pod out ip saddr 192.168.0.0/24 masquerade'
"""
ASK = f"curl -sf -X PUT -H '{TOKEN_HEADER}-ttl-seconds: 60' {METADATA}/api/token"


def test_a_pod_behind_a_machine_gets_no_answer_within_one_hop(
    one: MachineHandle, two: MachineHandle
) -> None:
    for machine in (one, two):
        sh(machine, BEHIND)
    try:
        assert sh(one, f"{ASK} --max-time 60")
        fails(one, f"ip netns exec pod {ASK} --max-time 2")
        assert sh(two, f"ip netns exec pod {ASK} --max-time 60"), "its hop limit is 2"
    finally:
        for machine in (one, two):
            sh(machine, "ip netns delete pod; nft delete table ip pod")


def policy(statement: dict[str, object]) -> str:
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})


def test_an_object_is_fetched_by_the_endpoint_s_name_with_the_role_s_credentials(
    one: MachineHandle, aws_url: str
) -> None:
    s3, iam = (
        boto3.client(
            service, region_name=worlds.REGION, endpoint_url=aws_url,
            aws_access_key_id="embedded", aws_secret_access_key="embedded",
        )
        for service in ("s3", "iam")
    )  # fmt: skip
    s3.create_bucket(
        Bucket="carried", CreateBucketConfiguration={"LocationConstraint": worlds.REGION}
    )
    for key in ("stage/two.sh", "other"):
        s3.put_object(Bucket="carried", Key=key, Body=b"echo stage two")
    trust = {"Effect": "Allow", "Principal": {"Service": "ec2.amazonaws.com"},
             "Action": "sts:AssumeRole"}  # fmt: skip
    stage = "arn:aws:s3:::carried/stage/*"
    reads = {"Effect": "Allow", "Action": "s3:GetObject", "Resource": stage}
    iam.create_role(RoleName=worlds.ROLE, AssumeRolePolicyDocument=policy(trust))
    iam.put_role_policy(RoleName=worlds.ROLE, PolicyName="own", PolicyDocument=policy(reads))
    secret = json.loads(metadata(one, f"meta-data/iam/security-credentials/{worlds.ROLE}"))
    signed = f"""
        curl --silent --show-error --fail --aws-sigv4 aws:amz:{worlds.REGION}:$SERVICE \\
          --user '{secret["AccessKeyId"]}:{secret["SecretAccessKey"]}' \\
          --header 'x-amz-security-token: {secret["Token"]}' """
    host = f"s3.{worlds.REGION}.amazonaws.com"
    got = sh(one, f"SERVICE=s3; {signed} https://{host}/carried/stage/two.sh")
    assert got == "echo stage two"
    assert sh(one, f"SERVICE=s3; {signed} https://carried.{host}/stage/two.sh") == "echo stage two"
    refused = f"SERVICE=s3; {signed.replace('--fail', '')} https://{host}/carried/other"
    assert "<Code>AccessDenied</Code>" in sh(one, refused), "of another role's"
    identity = sh(one, f"SERVICE=sts; {signed} -d 'Action=GetCallerIdentity&Version=2011-06-15' "
                       f"https://sts.{worlds.REGION}.amazonaws.com/")  # fmt: skip
    assert f":assumed-role/{worlds.ROLE}/{one.status().instance_id}" in identity
    # TLS is verified: whoever trusts another authority, or asks for another name, hears nothing.
    assert fails(one, f"curl -sf --cacert /etc/hostname https://{host}/") == 77
    other = "--resolve example.com:443:10.0.1.200 https://example.com/"
    assert fails(one, f"curl -sf {other}") == 60


def test_the_firewall_s_rows_hold_between_machines(
    running: World, one: MachineHandle, two: MachineHandle
) -> None:
    assert get(one, "http://10.0.1.20:8080/name") == f"ip-10-0-1-20.{DOMAIN}"
    closed = "curl --silent --max-time 0.5"
    assert get(two, "http://127.0.0.1:8081/name") == f"ip-10-0-1-20.{DOMAIN}", (
        "somebody answers there"
    )
    assert fails(one, f"{closed} http://10.0.1.20:8081/name") == 28, "dropped, not refused"
    assert get(one, "http://10.0.1.10:8080/name") == f"ip-10-0-1-10.{DOMAIN}", (
        "somebody answers there too"
    )
    assert fails(two, f"{closed} http://10.0.1.10:8080/name") == 28, "rows have a direction"
    assert fails(two, f"{closed} https://10.0.1.200/") == 28, "no row to the endpoints"
    rows = worlds.world().allow
    running.allow([*rows, Allow(source="10.0.1.10/32", target="two", ports="8081-8082")])
    try:
        assert get(one, "http://10.0.1.20:8081/name") == f"ip-10-0-1-20.{DOMAIN}"
    finally:
        running.allow(rows)
    assert fails(one, f"{closed} http://10.0.1.20:8081/name") == 28


def test_nobody_sends_from_an_address_that_is_not_its_own(
    running: World, one: MachineHandle, two: MachineHandle
) -> None:
    rows = worlds.world().allow
    heard = "/var/tmp/heard"
    sources = ("10.0.1.20/32", "10.0.1.99/32")
    more = [Allow(source=a, target="one", protocol="udp", ports=9000) for a in sources]
    running.allow([*rows, *more])
    sh(one, f"systemd-run --unit=heard socat -u UDP-RECV:9000 OPEN:{heard},creat,append")
    sh(two, "ip addr add 10.0.1.99/32 dev ens5")
    try:
        one.wait_until(lambda: ":9000" in sh(one, "ss -lun"), "nobody listens")
        send = "socat - UDP-SENDTO:10.0.1.10:9000"
        sh(two, f"echo taken | {send},bind=10.0.1.99; echo own | {send},bind=10.0.1.20")
        one.wait_until(lambda: "own" in sh(one, f"cat {heard} || true"), "nothing is heard")
        assert sh(one, f"cat {heard}") == "own"
    finally:
        sh(two, "ip addr del 10.0.1.99/32 dev ens5")
        sh(one, "systemctl stop heard")
        running.allow(rows)


def test_there_is_no_way_to_the_outside(one: MachineHandle) -> None:
    assert get(one, "http://10.0.1.20:8080/name"), "its network works"
    fails(one, "curl --silent --max-time 0.5 http://192.0.2.1/")
    assert fails(one, "getent hosts example.com") == 2
    assert sh(one, "getent hosts sts.ap-northeast-1.amazonaws.com").startswith("10.0.1.200 ")


def test_names_change_while_machines_run(running: World, one: MachineHandle) -> None:
    assert sh(one, "getent hosts member.etcd.internal").startswith("10.0.1.20 ")
    assert sh(one, "getent hosts ip-10-0-1-20").startswith("10.0.1.20 ")
    running.resolve({"member.etcd.internal": ["10.0.1.50"], "*.etcd.internal": ["10.0.1.9"]})
    try:
        assert sh(one, "getent hosts member.etcd.internal").startswith("10.0.1.50 ")
        assert sh(one, "getent hosts other.etcd.internal").startswith("10.0.1.9 ")
    finally:
        running.resolve({name: map(str, to) for name, to in worlds.world().records.items()})
    assert fails(one, "getent hosts other.etcd.internal") == 2


def test_an_interface_moves_with_its_addresses(one: MachineHandle, two: MachineHandle) -> None:
    """As on EC2 the machine sets it up: here, by hand."""
    macs = set()
    set_up = "ip addr add 10.0.1.50/32 dev ens6; ip link set ens6 up"
    reply = "ip rule add from 10.0.1.50 table 50; ip route add default via 10.0.1.1 dev ens6 onlink table 50"  # noqa: E501
    for machine, name in ((two, f"ip-10-0-1-20.{DOMAIN}"), (one, f"ip-10-0-1-10.{DOMAIN}")):
        machine.attach_interface(INTERFACE, 1)
        macs.add(sh(machine, f"{set_up}; {reply}; cat /sys/class/net/ens6/address"))
        assert INTERFACE in metadata(
            machine, f"meta-data/network/interfaces/macs/{sorted(macs)[0]}/interface-id"
        )
        asking = one if machine is two else two
        status = f"curl -so /dev/null -w '%{{http_code}}' --interface 10.0.1.50 {METADATA}/"
        assert sh(machine, status) == "401", "it asks from that address too, without a token here"
        if asking is one:
            assert get(asking, "http://10.0.1.50:8080/name") == name
        other = two if machine is one else one
        with pytest.raises(MachinesError, match=f"{INTERFACE} is attached to machine"):
            other.attach_interface(INTERFACE, 1)
        machine.detach_interface(INTERFACE)
        sh(machine, "ip rule del from 10.0.1.50 table 50")
        fails(machine, "test -e /sys/class/net/ens6")
    assert len(macs) == 1


def test_a_volume_moves_with_what_is_on_it(one: MachineHandle, two: MachineHandle) -> None:
    sh(one, "mkfs.ext4 -q /dev/sdf; mkdir -p /data; mount /dev/nvme1n1 /data; echo kept > /data/x")
    with pytest.raises(MachinesError, match=f"machine one has {DISK} mounted at /data"):
        one.detach_volume(DISK)
    with pytest.raises(MachinesError, match=f"volume {DISK} is attached to machine one"):
        two.attach_volume(DISK, "/dev/sdg")
    with pytest.raises(MachinesError, match=f"{ELSEWHERE} is in ap-northeast-1c, the machine in"):
        two.attach_volume(ELSEWHERE, "/dev/sdg")
    sh(one, "umount /data")
    one.detach_volume(DISK)
    fails(one, "test -e /dev/nvme1n1 -o -e /dev/sdf")
    assert two.attach_volume(DISK, "/dev/sdg") == "/dev/nvme1n1"
    try:
        by_id = f"/dev/disk/by-id/nvme-Amazon_Elastic_Block_Store_{DISK.replace('-', '')}"
        assert sh(two, f"mkdir -p /data; mount {by_id} /data; cat /data/x; umount /data") == "kept"
    finally:
        two.detach_volume(DISK)
        one.attach_volume(DISK, "/dev/sdf")


def test_a_volume_is_made_rolled_back_and_removed(running: World, one: MachineHandle) -> None:
    made = VolumeSpec(zone="ap-northeast-1a", size_mib=16)
    running.add_volume("vol-made", made)
    with pytest.raises(MachinesError, match="vol-made: there is one of this name already"):
        running.add_volume("vol-made", made)
    blank = running.volume_file("vol-made").read_bytes()
    node = one.attach_volume("vol-made", "/dev/sdm")
    sh(one, f"mkfs.ext4 -q {node}")
    with pytest.raises(MachinesError, match="vol-made: it is attached to machine one"):
        running.remove_volume("vol-made")
    one.detach_volume("vol-made")
    assert running.volume_file("vol-made").read_bytes() != blank
    running.volume_file("vol-made").write_bytes(blank)
    one.attach_volume("vol-made", "/dev/sdm")
    assert fails(one, f"blkid {node}") == 2, "nothing is on it again"
    length = f"blockdev --getsize64 {node}"
    assert sh(one, length) == str(16 << 20)
    running.grow_volume("vol-made", 24)
    assert sh(one, length) == str(24 << 20), "while it has it"
    with pytest.raises(MachinesError, match="vol-made: it has 24 MiB, and a volume never shrinks"):
        running.grow_volume("vol-made", 16)
    one.detach_volume("vol-made")
    running.grow_volume("vol-made", 32)
    one.attach_volume("vol-made", "/dev/sdm")
    assert sh(one, length) == str(32 << 20), "and while nobody has it"
    one.detach_volume("vol-made")
    running.remove_volume("vol-made")
    assert not running.volume_file("vol-made").exists()
    with pytest.raises(MachinesError, match="vol-made: there is none of this name"):
        running.remove_volume("vol-made")
    with pytest.raises(MachinesError, match="vol-made: there is none of this name"):
        running.grow_volume("vol-made", 64)


def test_an_interface_is_made_and_removed(running: World, one: MachineHandle) -> None:
    taken = InterfaceSpec(subnet="core-1a", address="10.0.1.50")
    with pytest.raises(MachinesError, match=r"10\.0\.1\.50 is written at interfaces\.eni-0a0a"):
        running.add_interface("eni-made", taken)
    with pytest.raises(MachinesError, match="eni-made: that is machine one's address"):
        running.add_interface("eni-made", taken.model_copy(update={"address": "10.0.1.10"}))
    with pytest.raises(MachinesError, match=r"^interfaces\.\.\./made: String should match pattern"):
        running.add_interface("../made", taken)
    running.add_interface("eni-made", taken.model_copy(update={"address": "10.0.1.51"}))
    one.attach_interface("eni-made", 2)
    assert sh(one, "cat /sys/class/net/ens7/operstate") == "down"
    one.detach_interface("eni-made")
    running.remove_interface("eni-made")


def test_a_volume_that_is_taken_by_force_goes_nowhere_while_it_is_mounted(
    one: MachineHandle, two: MachineHandle
) -> None:
    sh(one, "mkfs.ext4 -qF /dev/sdf; mkdir -p /data; mount /dev/sdf /data; echo kept > /data/x")
    one.detach_volume(DISK, force=True)
    with pytest.raises(MachinesError, match=f"{DISK} was detached by force"):
        two.attach_volume(DISK, "/dev/sdg")
    sh(one, "umount /data")
    one.attach_volume(DISK, "/dev/sdf")
    assert sh(one, "mount /dev/sdf /data; cat /data/x; umount /data") == "kept"


def test_a_container_runs_from_an_image_that_was_carried_in(one: MachineHandle) -> None:
    carried = one.root() / "root" / "tiny.tar"
    tiny_image.write(carried, image_folder(), NAME)
    sh(one, "systemctl start containerd; ctr -n k8s.io images import /root/tiny.tar")
    limits = "--memory-limit 50000000 --cpus 0.5"
    said = sh(one, f"ctr -n k8s.io run --rm {limits} {NAME} c /bin/sh -c 'cat /proc/self/cgroup'")
    assert "/k8s.io/c" in said
    sh(one, "systemctl stop containerd")


def test_a_reboot_keeps_the_disk_and_runs_no_user_data_again(one: MachineHandle) -> None:
    boot = sh(one, "echo written > /root/kept; cat /proc/sys/kernel/random/boot_id")
    one.reboot()
    assert one.wait_for_cloud_init() == []
    assert sh(one, "cat /root/kept") == "written"
    assert sh(one, "cat /var/lib/answering/runs") == "run"
    assert sh(one, "cat /proc/sys/kernel/random/boot_id") != boot
    assert fails(one, "systemctl is-active answering@8080") == 3, "nothing enabled it"
    assert sh(one, "blkid -o value -s TYPE /dev/nvme1n1") == "ext4", "its volume is there again"
    assert one.status().boots == 2
    sh(one, "systemctl start answering@8080")


def test_power_that_fails_ends_everything_in_it_and_the_disk_stays(two: MachineHandle) -> None:
    """Nor do its control groups stay, which were the kernel's."""
    sh(two, "echo written > /root/kept; sync")
    sh(two, "for one in /sys/fs/cgroup /sys/fs/cgroup/*; do mkdir -p $one/left/more || :; done")
    left = "find /sys/fs/cgroup -name left"
    assert sh(two, left)
    two.kill()
    status = two.status()
    assert (status.state, status.why, status.pid) == ("stopped", "power lost", 0)
    with pytest.raises(MachinesError, match="machine two is stopped power lost"):
        sh(two, "true")
    two.power_on()
    assert two.wait_for_cloud_init() == []
    assert sh(two, "cat /root/kept") == "written"
    assert sh(two, left) == ""
    sh(two, "systemctl start answering@8080 answering@8081")


def test_a_machine_stops_and_a_terminated_one_is_gone_and_frees_what_it_had(
    running: World, one: MachineHandle
) -> None:
    third = worlds.one().model_copy(
        update={"name": "three", "private_ip": worlds.two().private_ip + 1, "volumes": {},
                "interfaces": {1: INTERFACE}}
    )  # fmt: skip
    machine = running.start(third)
    folder = Path(machine.status().folder)
    assert machine.status().interfaces == {INTERFACE: 1}
    machine.wait_until(lambda: "running 'init'" in machine.console(), "cloud-init does not run")
    machine.stop()
    assert (machine.status().state, machine.status().why) == ("stopped", "off")
    machine.terminate()
    assert not folder.exists()
    assert [status.name for status in running.status()] == ["one", "two"]
    one.attach_interface(INTERFACE, 1)
    one.detach_interface(INTERFACE)


def test_a_machine_that_cannot_be_is_refused_with_every_reason(running: World) -> None:
    wrong = worlds.one().model_copy(update={"subnet": "core-1c", "volumes": {"/dev/sdz": "vol-x"}})
    with pytest.raises(MachinesError) as refused:
        running.start(wrong)
    assert str(refused.value) == textwrap.dedent("""\
        machines.one.privateIp: 10.0.1.10 is not in subnet core-1c, 10.0.2.0/24
        machines.one: there is a machine of this name; choose another, or terminate it first
        machines.one.privateIp: 10.0.1.10 is the address of machine one
        machines.one.volumes./dev/sdz: there is no volume vol-x under volumes""")
