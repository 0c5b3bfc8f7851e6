"""Three members of etcd on machines of their own, each booted by its own user data.

What it does not show: how EC2 times these things; that IAM refuses what the plan's roles do not
allow (tests/plan/test_iam_self_hosted.py asks the policies themselves).
"""

import json

import pytest

from local.machines import MachinesError
from tests.local.cluster.booted import PKI, Booted
from tests.local.cluster.stand_in import BUCKET, CLUSTER, ETCD, REGION

pytestmark = [pytest.mark.machines, pytest.mark.tools]
REFUSED = (35, 55, 56)  # of curl: in the handshake, or with the first bytes after it
STEPS = [
    "write-files", "fetch-binaries", "attach-volume", "attach-interface", "mount",
    "claim-bootstrap", "take-secrets", "start-etcd", "wait-for-member", "signal",
]  # fmt: skip


def test_every_member_boots_by_its_steps_and_the_cluster_has_all_of_them(booted: Booted) -> None:
    for name in ETCD.members:
        steps = booted.steps(f"etcd-{name}")
        assert list(steps) == STEPS
        assert {step["state"] for step in steps.values()} == {"done"}, name
    assert set(booted.members()) == set(ETCD.members)
    for name in ETCD.members:
        booted.put(f"from-{name}", name, asked_from=name, member=name)
    for name in ETCD.members:
        assert booted.etcd("/v3/maintenance/alarm", {"action": "GET"}, member=name).get(
            "alarms", []
        ) == []  # fmt: skip


def test_the_first_start_was_claimed_by_one_and_begun_by_all(booted: Booted) -> None:
    notes = [booted.steps(f"etcd-{name}")["claim-bootstrap"]["notes"] for name in ETCD.members]
    assert sorted(note["outcome"] for note in notes) == ["lost", "lost", "won"]
    assert {note["state"] for note in notes} == {"new"}
    s3 = booted.made.aws("s3")
    listed = s3.list_objects_v2(Bucket=BUCKET, Prefix="bootstrap/")["Contents"]
    assert [one["Key"] for one in listed] == [
        f"bootstrap/{CLUSTER}.json", *(f"bootstrap/{CLUSTER}/{n}.json" for n in ETCD.members)
    ]  # fmt: skip
    claim = json.loads(s3.get_object(Bucket=BUCKET, Key=listed[0]["Key"])["Body"].read())
    assert set(claim["members"]) == set(ETCD.members)


def test_etcd_runs_as_its_own_user_on_its_own_disk(booted: Booted) -> None:
    machine = booted.machine("etcd-1a")
    shown = machine.run(["stat", "--format=%a %u:%g", "/var/lib/etcd/data"]).stdout
    assert shown.strip() == "700 2379:2379"
    assert machine.run(["findmnt", "--noheadings", "--output=FSTYPE", "/var/lib/etcd"]).stdout
    user = machine.run(["ps", "-o", "user=", "-C", "etcd"]).stdout
    assert user.strip() == "etcd"


def test_nobody_is_answered_without_a_certificate_of_etcd_s_authority(booted: Booted) -> None:
    assert booted.members(), "with one there is an answer"
    machine = booted.machine("etcd-1a")
    ask = ["curl", "--silent", "--max-time", "5", "--cacert", f"{PKI}/etcd-ca.crt"]
    for address in (f"https://{ETCD.host('1c')}:2379/version", f"https://{ETCD.host('1c')}:2380/"):
        refused = machine.run([*ask, address], check=False)
        assert refused.returncode in REFUSED, (address, refused)


def test_who_is_no_member_is_no_peer_though_the_authority_signed(booted: Booted) -> None:
    """Clients of etcd have certificates of the same authority."""
    machine = booted.machine("etcd-1a")

    def answer(certificate: str) -> int:
        files = f"{PKI}/etcd-{certificate}-1a"
        ask = ["curl", "--silent", "--fail", "--http1.1", "--max-time", "5",
               "--output", "/dev/null", "--cacert", f"{PKI}/etcd-ca.crt", "--cert", f"{files}.crt",
               "--key", f"{files}.key", f"https://{ETCD.host('1c')}:2380/version"]  # fmt: skip
        return machine.run(ask, check=False).returncode

    assert answer("peer") == 0
    assert answer("health-client") in REFUSED


def test_ec2_gives_no_member_s_volume_to_another_machine(booted: Booted) -> None:
    ec2 = booted.made.aws("ec2")
    (volume,) = ec2.describe_volumes(
        Filters=[{"Name": "tag:heiiki:etcd-member", "Values": ["1a"]}]
    )["Volumes"]  # fmt: skip
    (other,) = booted.made.instances("etcd-1c")
    with pytest.raises(ec2.exceptions.ClientError, match="VolumeInUse"):
        ec2.attach_volume(VolumeId=volume["VolumeId"], InstanceId=other, Device="/dev/sdg")


def test_a_member_whose_machine_is_lost_comes_back_with_its_data_and_its_address(
    booted: Booted,
) -> None:
    role, ec2 = "etcd-1c", booted.made.aws("ec2")
    before, members = frozenset(booted.made.instances(role)), booted.members()
    booted.put("kept", "before the loss")
    assert booted.get("kept", member="1c", asked_from="1c") == "before the loss"
    ec2.terminate_instances(InstanceIds=list(before))
    booted.put("kept", "while it was away")  # the others have a majority
    (fresh,) = booted.wait_in_service(role, but=before)
    assert fresh not in before
    notes = {name: step["notes"] for name, step in booted.steps(role).items()}
    assert notes["claim-bootstrap"]["outcome"] in ("earlier", "lost")
    filters = [{"Name": "tag:heiiki:etcd-member", "Values": ["1c"]}]
    (volume,) = ec2.describe_volumes(Filters=filters)["Volumes"]
    assert [one["InstanceId"] for one in volume["Attachments"]] == [fresh]
    assert volume["VolumeId"] == notes["attach-volume"]["volume"]["id"]
    (interface,) = ec2.describe_network_interfaces(Filters=filters)["NetworkInterfaces"]
    assert interface["Attachment"]["InstanceId"] == fresh
    machine = booted.machine(role)
    machine.wait_until(
        lambda: booted.get("kept", member="1c", asked_from="1c") == "while it was away",
        "it has not caught up",
    )
    assert booted.members() == members, "the same member, and no other beside it"
    assert booted.get("from-1c", member="1c", asked_from="1c") in ("1c", None)
    zone = booted.machine(role).status().zone
    assert zone == f"{REGION}c"


def test_a_machine_that_is_gone_is_asked_nothing(booted: Booted) -> None:
    with pytest.raises(MachinesError, match="there is no machine i-0 yet"):
        booted.mirror.machine("i-0")
