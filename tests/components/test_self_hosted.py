"""What members, controllers and endpoints ask of AWS: exact children, parents, and absences.

Mocks show what we ask, not that AWS accepts it; tests/engine shows that.
"""

import base64
import re

import pytest

from tests.mocks import build
from tests.self_hosted_program import BUNDLE, DNS_NAME, USER_DATA, declare
from tests.spec.test_self_hosted import SUPPLIED

MEMBERS = ("etcd-1a", "etcd-1c", "etcd-1d")


@pytest.fixture(scope="module")
def made():
    return build(lambda: declare({}), same_names=True)


def of_type(made, token):
    return {r.name: r.inputs for r in made[0].resources if r.typ == token}


VOLUME, INTERFACE = "aws:ebs/volume:Volume", "aws:ec2/networkInterface:NetworkInterface"
TEMPLATE, GROUP = "aws:ec2/launchTemplate:LaunchTemplate", "aws:autoscaling/group:Group"
BALANCER, TARGETS = "aws:lb/loadBalancer:LoadBalancer", "aws:lb/targetGroup:TargetGroup"
RECORD = "aws:route53/record:Record"


def test_each_member_has_what_outlives_its_machines(made):
    volumes, interfaces = of_type(made, VOLUME), of_type(made, INTERFACE)
    assert tuple(sorted(volumes)) == tuple(sorted(interfaces)) == MEMBERS
    for name in MEMBERS:
        zone = f"ap-northeast-{name.removeprefix('etcd-')}"
        kept = {"Name": f"own-{name}", "heiiki:cluster": "own",
                "heiiki:etcd-member": name.removeprefix("etcd-")}  # fmt: skip
        assert volumes[name] == {
            "availabilityZone": zone, "type": "gp3", "size": 50, "iops": 3000, "throughput": 125,
            "encrypted": True, "kmsKeyId": "arn:aws:mock:::Key/cluster", "tags": kept,
        }  # fmt: skip
        assert interfaces[name]["tags"] == kept
        assert interfaces[name]["subnetId"] == f"nodes-{name.removeprefix('etcd-')}-id"


def test_the_volumes_and_the_load_balancer_are_protected_and_nothing_else(made):
    held = {(r.type, r.name) for r in made[0].registrations if r.protect}
    assert held == {*((VOLUME, name) for name in MEMBERS), (BALANCER, "api-main")}
    off = {"protected": False,
           "endpoints": {"main": {"dnsName": DNS_NAME,
                                  "loadBalancer": {"deletionProtection": False}}}}  # fmt: skip
    free = build(lambda: declare(off), same_names=True)[0].registrations
    assert free and not any(r.protect for r in free)


def test_machines_carry_other_marks_than_what_they_look_for(made):
    """Else a machine's own interface would be a second one of the member's name."""
    kept = {key for inputs in of_type(made, VOLUME).values() for key in inputs["tags"]}
    assert "heiiki:etcd-member" in kept
    for name, template in of_type(made, TEMPLATE).items():
        for specification in template["tagSpecifications"]:
            assert "heiiki:etcd-member" not in specification["tags"], name
            assert specification["tags"]["heiiki:role"] == name


def test_templates_are_closed(made):
    templates = of_type(made, TEMPLATE)
    assert sorted(templates) == ["controller", *MEMBERS]
    for template in templates.values():
        options, (card,) = template["metadataOptions"], template["networkInterfaces"]
        assert (options["httpTokens"], options["httpPutResponseHopLimit"]) == ("required", 1)
        assert card["associatePublicIpAddress"] == "false"
        assert [m["ebs"]["encrypted"] for m in template["blockDeviceMappings"]] == ["true"]
        assert base64.b64decode(template["userData"]).decode() == USER_DATA
        assert "keyName" not in template


def test_a_member_is_a_group_of_one_in_its_zone_that_replaces_nothing_by_itself(made):
    for name in MEMBERS:
        group = of_type(made, GROUP)[name]
        assert {group[k] for k in ("minSize", "maxSize", "desiredCapacity")} == {1}
        assert group["vpcZoneIdentifiers"] == [f"nodes-{name.removeprefix('etcd-')}-id"]
        assert (group["healthCheckType"], group["name"]) == ("EC2", f"own-ap-northeast-1-{name}")
        (hook,) = group["initialLifecycleHooks"]
        assert (hook["name"], hook["defaultResult"]) == ("heiiki-member-ready", "ABANDON")
        assert "instanceRefresh" not in group


def test_asked_to_a_member_is_refreshed_the_old_machine_first():
    asked = {"etcd": {"rollout": {"kind": "atOnce"}}}
    found = build(lambda: declare(asked), same_names=True)
    for name in MEMBERS:
        refresh = of_type(found, GROUP)[name]["instanceRefresh"]
        assert refresh["preferences"]["minHealthyPercentage"] == 0
        assert refresh["preferences"]["maxHealthyPercentage"] == 100


def test_a_machine_starts_when_what_it_looks_for_is_there_and_no_member_waits_for_another(made):
    order = made[0].order
    urns = {r.urn: r for r in made[0].registrations}
    for name in MEMBERS:
        (group,) = (u for u, r in urns.items() if (r.type, r.name) == (GROUP, name))
        before = order.before(group)
        waited = {(urns[u].type, urns[u].name) for u in before if u in urns}
        assert {(VOLUME, name), (INTERFACE, name), (RECORD, name)} <= waited
        others = {n for _, n in waited} & (set(MEMBERS) - {name})
        assert others == set(), f"{name} waits for {others}"


def test_controllers_stand_behind_the_endpoint_and_are_judged_by_it(made):
    group = of_type(made, GROUP)["controller"]
    assert group["targetGroupArns"] == ["arn:aws:mock:::TargetGroup/api-main"]
    assert (group["healthCheckType"], group["minSize"], group["maxSize"]) == ("ELB", 2, 3)
    assert group["instanceRefresh"]["preferences"]["minHealthyPercentage"] == 50
    assert len(group["vpcZoneIdentifiers"]) == 3


def test_the_load_balancer_is_internal_and_asks_for_readiness(made):
    balancer = of_type(made, BALANCER)["api-main"]
    assert balancer["internal"] is True and balancer["loadBalancerType"] == "network"
    assert len(balancer["securityGroups"]) == 1 and balancer["enableDeletionProtection"] is True
    targets = of_type(made, TARGETS)["api-main"]
    assert (targets["protocol"], targets["port"]) == ("TCP", 6443)
    check = targets["healthCheck"]
    assert (check["protocol"], check["path"], check["matcher"]) == ("HTTPS", "/readyz", "200")
    assert targets["preserveClientIp"] == "false"
    (record,) = (r for n, r in of_type(made, RECORD).items() if n == "api-main")
    assert (record["name"], record["type"]) == (DNS_NAME, "A") and record["aliases"]
    zones = of_type(made, "aws:route53/zone:Zone")
    assert sorted(zones) == ["own.example.com", "own.heiiki.internal"]
    assert all(zone["vpcs"] for zone in zones.values()), "a zone without a VPC is public"


def test_a_name_may_be_remembered_for_a_while_and_a_supplied_balancer_is_joined():
    asked = {"endpoints": {
        "main": {"dnsName": DNS_NAME, "record": {"ttlSeconds": 30}},
        "old": {"dnsName": "old.example.com", "loadBalancer": SUPPLIED},
        "bare": {"dnsName": "bare.example.com", "record": {"kind": "none"}},
        "people": {"dnsName": "api.example.com",
                   "loadBalancer": {"kind": "named", "dnsName": "api.green.example.com"}},
        "passed": {"dnsName": "passed.example.com",
                   "record": {"zone": {"kind": "existing", "hostedZoneId": "Z0123456789ABC"},
                              "handedOver": True},
                   "loadBalancer": {"kind": "named", "dnsName": "api.green.example.com"}},
    }}  # fmt: skip
    found = build(lambda: declare(asked), same_names=True)
    assert sorted(of_type(found, BALANCER)) == ["api-bare", "api-main"]
    records = of_type(found, RECORD)
    assert (records["api-main"]["type"], records["api-main"]["ttl"]) == ("CNAME", 30)
    assert "api-bare" not in records and "api-old" not in records
    people = records["api-people"]
    assert (people["type"], people["ttl"]) == ("CNAME", 60)
    assert (people["name"], people["records"]) == ("api.example.com", ["api.green.example.com"])
    assert "allowOverwrite" not in people, "what others have made is not taken over unasked"
    assert records["api-passed"]["allowOverwrite"] is True
    arns = of_type(found, GROUP)["controller"]["targetGroupArns"]
    assert SUPPLIED["targetGroupArn"] in arns and len(arns) == 3


def test_machines_and_load_balancers_are_in_the_groups_of_their_roles(made):
    for name, template in of_type(made, TEMPLATE).items():
        assert template["networkInterfaces"][0]["securityGroups"] == [f"{name}-id"]
    for name, interface in of_type(made, INTERFACE).items():
        assert interface["securityGroups"] == [f"{name}-id"]
    assert of_type(made, BALANCER)["api-main"]["securityGroups"] == ["api-main-id"]


def test_everything_lies_under_its_component(made):
    for token, parent in (
        (VOLUME, "heiiki:etcd:Member"),
        (INTERFACE, "heiiki:etcd:Member"),
        (BALANCER, "heiiki:controlPlane:ApiEndpoint"),
        (TARGETS, "heiiki:controlPlane:ApiEndpoint"),
        ("heiiki:etcd:Member", "heiiki:etcd:Members"),
        ("aws:route53/zone:Zone", "heiiki:network:PrivateZones"),
    ):
        found = [urn for urn in made[1] if re.search(rf"[:$]{re.escape(token)}::", urn)]
        assert found and all(f"::{parent}${token}::" in urn for urn in found), token


def test_roles_boot_from_their_bundle(made):
    policies = of_type(made, "aws:iam/rolePolicy:RolePolicy")
    assert sorted(policies) == ["controller", *MEMBERS]
    assert all(BUNDLE in inputs["policy"] for inputs in policies.values())
