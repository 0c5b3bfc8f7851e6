"""Three members and two controllers behind one endpoint, from nothing to nothing, by the engine.

The tests of this module follow each other: each begins with what the one before it has left.
"""

import pytest

from automation.aws_calls import account_of
from automation.member_machines import member_groups, replace_machines
from automation.state import State
from local.leftovers import leftovers
from tests.engine.aws_side import client
from tests.engine.members_stack import MembersStack
from tests.self_hosted_program import CLUSTER, DNS_NAME, REGION

MEMBERS = ("1a", "1c", "1d")
PEOPLE = "api.example.com"
FORMER, BLUE, GREEN = (DNS_NAME.replace("own", cluster) for cluster in ("former", "own", "green"))


def leading_to(name, zone_id, **balancer):
    """Machines' own name, and people's, which leads to one cluster or another. Its record was
    another stack's before, and will be another one's then."""
    record = {"zone": {"kind": "existing", "hostedZoneId": zone_id}, "handedOver": True}
    leads = {"kind": "named", "dnsName": name}
    return {"endpoints": {
        "main": {"dnsName": DNS_NAME, "loadBalancer": balancer},
        "people": {"dnsName": PEOPLE, "loadBalancer": leads, "record": record},
    }}  # fmt: skip


LARGER = {"etcd": {"instanceType": "m6i.xlarge"}, "controllers": {"instanceType": "m6i.xlarge"}}


@pytest.fixture(scope="module")
def zone_id(world):
    """Of a zone of others, in which the stack before has left its record of people's name."""
    ec2, route53 = (client(world, service, REGION) for service in ("ec2", "route53"))
    (vpc,) = ec2.describe_vpcs(Filters=[{"Name": "is-default", "Values": ["true"]}])["Vpcs"]
    made = route53.create_hosted_zone(
        Name="example.com", CallerReference="people", HostedZoneConfig={"PrivateZone": True},
        VPC={"VPCRegion": REGION, "VPCId": vpc["VpcId"]},
    )["HostedZone"]["Id"].rpartition("/")[2]  # fmt: skip
    left = {"Name": PEOPLE, "Type": "CNAME", "TTL": 60, "ResourceRecords": [{"Value": FORMER}]}
    changes = [{"Action": "CREATE", "ResourceRecordSet": left}]
    route53.change_resource_record_sets(HostedZoneId=made, ChangeBatch={"Changes": changes})
    return made


@pytest.fixture(scope="module")
def nothing(world, zone_id):
    return set(leftovers(world.aws_endpoint_url, [REGION]))


@pytest.fixture(scope="module")
def stack(world, nothing, zone_id, tmp_path_factory):
    images = client(world, "ec2", REGION).describe_images(
        Filters=[{"Name": "architecture", "Values": ["x86_64"]}]
    )
    made = MembersStack.begin(
        world, tmp_path_factory.mktemp("members") / "stack", REGION,
        images["Images"][0]["ImageId"],
    )  # fmt: skip
    assert led_to(world) == FORMER
    made.ask(leading_to(BLUE, zone_id))
    assert "create ebs/volume etcd-1a" in made.up()
    return made


def volumes(world):
    """Member to its data volume."""
    owned = [{"Name": "tag:heiiki:cluster", "Values": [CLUSTER]}]
    found = client(world, "ec2", REGION).describe_volumes(Filters=owned)["Volumes"]
    tags = [({t["Key"]: t["Value"] for t in volume["Tags"]}, volume) for volume in found]
    return {t["heiiki:etcd-member"]: v for t, v in tags if "heiiki:etcd-member" in t}


def interfaces(world):
    """Member to the interface that outlives its machine."""
    held = [{"Name": "tag-key", "Values": ["heiiki:etcd-member"]}]
    rows = client(world, "ec2", REGION).describe_network_interfaces(Filters=held)
    return {
        {t["Key"]: t["Value"] for t in row["TagSet"]}["heiiki:etcd-member"]: row
        for row in rows["NetworkInterfaces"]
    }


def groups(world):
    rows = client(world, "autoscaling", REGION).describe_auto_scaling_groups()
    return {row["AutoScalingGroupName"]: row for row in rows["AutoScalingGroups"]}


def machines(world):
    """Group to the ids of its machines."""
    return {name: {i["InstanceId"] for i in g["Instances"]} for name, g in groups(world).items()}


def kept(world):
    """Ids of what must outlive machines."""
    return (
        {name: volume["VolumeId"] for name, volume in volumes(world).items()},
        {name: row["NetworkInterfaceId"] for name, row in interfaces(world).items()},
    )


def led_to(world):
    """Where the name goes that people call."""
    route53 = client(world, "route53", REGION)
    found = [
        row["ResourceRecords"]
        for zone in route53.list_hosted_zones()["HostedZones"]
        for row in route53.list_resource_record_sets(HostedZoneId=zone["Id"])["ResourceRecordSets"]
        if (row["Type"], row["Name"].rstrip(".")) == ("CNAME", PEOPLE)
    ]
    assert len(found) == 1 and len(found[0]) == 1
    return found[0][0]["Value"].rstrip(".")


def test_aws_has_what_was_asked_for(world, stack):
    found = volumes(world)
    assert tuple(sorted(found)) == MEMBERS
    for name, volume in found.items():
        assert (volume["AvailabilityZone"], volume["Encrypted"]) == (f"ap-northeast-{name}", True)
        assert (volume["VolumeType"], volume["Size"], volume["Iops"]) == ("gp3", 50, 3000)
    assert {n: row["AvailabilityZone"] for n, row in interfaces(world).items()} == {
        name: f"ap-northeast-{name}" for name in MEMBERS
    }
    assert {name: len(ids) for name, ids in machines(world).items()} == {
        f"own-{REGION}-controller": 2, **{f"own-{REGION}-etcd-{name}": 1 for name in MEMBERS},
    }  # fmt: skip
    outputs = stack.outputs()
    assert outputs["addresses"] == {
        name: row["PrivateIpAddress"] for name, row in interfaces(world).items()
    }


def test_names_lead_to_members_and_to_the_load_balancer_inside_the_vpc_alone(world, stack):
    route53, elb = client(world, "route53", REGION), client(world, "elbv2", REGION)
    (balancer,) = elb.describe_load_balancers()["LoadBalancers"]
    assert (balancer["Scheme"], balancer["Type"]) == ("internal", "network")
    found = {}
    for zone in route53.list_hosted_zones()["HostedZones"]:
        assert zone["Config"]["PrivateZone"]
        for row in route53.list_resource_record_sets(HostedZoneId=zone["Id"])["ResourceRecordSets"]:
            if row["Type"] == "A":
                values = [r["Value"] for r in row.get("ResourceRecords", [])]
                alias = row.get("AliasTarget", {}).get("DNSName", "").rstrip(".")
                found[row["Name"].rstrip(".")] = values or [alias]
    assert found.pop(DNS_NAME) == [balancer["DNSName"]]
    assert found == {
        f"{name}.etcd.own.heiiki.internal": [row["PrivateIpAddress"]]
        for name, row in interfaces(world).items()
    }


def test_controllers_and_nobody_else_are_behind_the_load_balancer(world, stack):
    elb = client(world, "elbv2", REGION)
    (targets,) = elb.describe_target_groups()["TargetGroups"]
    rows = elb.describe_target_health(TargetGroupArn=targets["TargetGroupArn"])
    assert {row["Target"]["Id"] for row in rows["TargetHealthDescriptions"]} == machines(world)[
        f"own-{REGION}-controller"
    ]
    assert (targets["HealthCheckProtocol"], targets["HealthCheckPath"]) == ("HTTPS", "/readyz")
    assert groups(world)[f"own-{REGION}-controller"]["HealthCheckType"] == "ELB"


def test_a_second_up_changes_nothing_and_neither_does_a_look_at_aws(stack):
    assert stack.up() == []
    refreshed = stack.run("refresh", "--yes", "--skip-preview", "--json")
    assert refreshed.code == 0, refreshed.text
    assert stack.up() == []


def test_another_type_of_machine_touches_nothing_that_holds_data(world, stack, zone_id):
    """Nor does the line by which another cluster answers people: it is one record."""
    before, running = kept(world), machines(world)
    assert led_to(world) == BLUE, "taken over as it was made"
    stack.ask(LARGER | leading_to(GREEN, zone_id))
    done = stack.up()
    parts = ("controller", *(f"etcd-{name}" for name in MEMBERS))
    assert done == sorted([
        *(f"update {kind} {name}" for kind in ("autoscaling/group", "ec2/launchTemplate")
          for name in parts),
        "update route53/record api-people",
    ])  # fmt: skip
    assert led_to(world) == GREEN
    assert kept(world) == before
    now = machines(world)
    for name in MEMBERS:  # oneByOne: somebody who asks how the others are replaces them
        group = f"own-{REGION}-etcd-{name}"
        assert now[group] == running[group]
        assert groups(world)[group]["LaunchTemplate"]["Version"] == "2"
    controllers = f"own-{REGION}-controller"
    assert not now[controllers] & running[controllers]
    assert stack.up() == []


def test_members_are_replaced_one_by_one_and_keep_what_outlives_them(world, stack):
    """By the record, as `heiiki roll` does."""
    before, running = kept(world), machines(world)
    members = member_groups(State.parse(stack.run("stack", "export").text))
    assert [member.name for member in members] == [f"etcd-{name}" for name in MEMBERS]
    account, told = account_of(world.environment), []
    done = replace_machines(members, REGION, account, tell=told.append)
    assert done == tuple(f"etcd-{name}" for name in MEMBERS) and len(told) == 2 * len(done)
    now = machines(world)
    for name in MEMBERS:
        group = f"own-{REGION}-etcd-{name}"
        assert len(now[group]) == 1 and not now[group] & running[group]
    assert kept(world) == before
    assert replace_machines(members, REGION, account, tell=told.append) == ()


def test_members_that_are_replaced_at_once_keep_what_outlives_them(world, stack, zone_id):
    """And certificates that were renewed are what they are replaced for: machines read them when
    they boot."""
    before, running = kept(world), machines(world)
    at_once = {**LARGER["etcd"], "rollout": {"kind": "atOnce"}}
    renewed = {**LARGER, **leading_to(GREEN, zone_id), "etcd": at_once, "filesMark": "renewed"}
    stack.ask(renewed)
    done = stack.up()
    assert not any("ebs/volume" in step or "networkInterface" in step for step in done)
    now = machines(world)
    controllers = f"own-{REGION}-controller"
    assert not now[controllers] & running[controllers], "controllers read some, too"
    for name in MEMBERS:
        group = f"own-{REGION}-etcd-{name}"
        assert len(now[group]) == 1 and not now[group] & running[group]
    assert kept(world) == before


def test_a_volume_grows_in_place_and_a_smaller_one_is_refused(world, stack, zone_id):
    before = kept(world)
    stack.ask({"etcd": {"dataVolume": {"sizeGib": 60}}} | leading_to(GREEN, zone_id))
    assert [step for step in stack.up() if "volume" in step] == [
        f"update ebs/volume etcd-{name}" for name in MEMBERS
    ]
    assert kept(world) == before
    assert {volume["Size"] for volume in volumes(world).values()} == {60}
    stack.ask({"etcd": {"dataVolume": {"sizeGib": 50}}} | leading_to(GREEN, zone_id))
    ended = stack.run("up", "--yes", "--skip-preview")
    assert ended.code != 0 and "cannot be smaller than existing size" in ended.text
    assert {volume["Size"] for volume in volumes(world).values()} == {60}
    stack.ask({"etcd": {"dataVolume": {"sizeGib": 60}}} | leading_to(GREEN, zone_id))
    assert not any(step.split()[0] in ("create", "delete", "replace") for step in stack.up())


def test_a_volume_that_somebody_deleted_is_made_again_and_no_other_is_touched(world, stack):
    """A protected one: EC2 knows nothing of that. By the two commands of docs/self-hosted; most
    members' are refused by heiiki (tests/automation/test_own_steps.py)."""
    before, running = kept(world), machines(world)
    lost = before[0]["1c"]
    client(world, "ec2", REGION).delete_volume(VolumeId=lost)
    refreshed = stack.run("refresh", "--yes", "--skip-preview")
    assert refreshed.code == 0, refreshed.text
    assert stack.up() == ["create ebs/volume etcd-1c"]
    made = volumes(world)
    assert made["1c"]["VolumeId"] != lost and made["1c"]["AvailabilityZone"].endswith("1c")
    now = kept(world)
    assert now == ({**before[0], "1c": made["1c"]["VolumeId"]}, before[1])
    assert stack.outputs()["volumeIds"] == now[0]
    assert machines(world) == running, "the member's own machine waits for it, by its tags"


def test_what_would_replace_a_volume_or_take_a_member_away_is_refused(world, stack, zone_id):
    """By the engine, in its preview: the volume is protected."""
    before, running = kept(world), machines(world)
    grown = {"dataVolume": {"sizeGib": 60}}
    for asked in (
        {"subnets": ["nodes-1c", "nodes-1a", "nodes-1d"], "members": 3},
        {"subnets": ["nodes-1a", "nodes-1a", "nodes-1d"], "members": 3},
        {"members": 1},
    ):
        stack.ask({"etcd": {**grown, **asked}} | leading_to(GREEN, zone_id))
        ended = stack.run("up", "--yes")
        if asked["members"] == 3 and sorted(asked["subnets"]) == [
            f"nodes-{name}" for name in MEMBERS
        ]:
            assert ended.code == 0, "another order of the same members is no change"
        else:
            assert ended.code != 0 and "protect" in ended.text, ended.text
    assert (kept(world), machines(world)) == (before, running)
    stack.ask({"etcd": grown} | leading_to(GREEN, zone_id))


def test_a_protected_stack_is_not_destroyed(world, stack):
    """By the preview that a destroy begins with."""
    before = kept(world)
    ended = stack.run("destroy", "--yes")
    assert ended.code != 0 and "protect" in ended.text
    assert kept(world) == before and len(machines(world)) == 4


def test_without_protection_all_goes_but_the_volumes_and_they_are_told(
    world, stack, nothing, zone_id
):
    held = kept(world)[0]
    stack.ask({
        "etcd": {"dataVolume": {"sizeGib": 60}}, "protected": False,
        **leading_to(GREEN, zone_id, deletionProtection=False),
    })  # fmt: skip
    stack.up()
    ended = stack.run("destroy", "--yes", "--skip-preview")
    assert ended.code == 0, ended.text
    left = set(leftovers(world.aws_endpoint_url, [REGION])) - nothing
    assert left == {f"{REGION} volume {volume_id}" for volume_id in held.values()}
    tags = {name: volume["Tags"] for name, volume in volumes(world).items()}
    assert tuple(sorted(tags)) == MEMBERS, "and whose they were can be told"
    assert led_to(world) == GREEN, "the stack after it goes on with the name"
