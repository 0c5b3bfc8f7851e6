"""The endpoint set: exactly what the enabled features call, in every zone with machines."""

import pytest

from tests.plan.samples import LISTED, lock_keys, locked, plan, refused, subnet, with_endpoint

ALWAYS = {"ec2", "ecr.api", "ecr.dkr", "s3"}
UNGATED = {"nodePools.workers.readiness": {"kind": "none"}}
FEATURES = [  # changes, services beyond ALWAYS, Pod Identity's and the readiness gate's
    ({}, {"eks-auth", "autoscaling"}),
    (UNGATED, {"eks-auth"}),
    ({"addOns.podIdentity": False}, {"autoscaling"}),
    ({"addOns.irsa": True}, {"eks-auth", "autoscaling", "sts"}),
    ({"addOns.ebsCsi": True}, {"eks-auth", "autoscaling"}),
    ({"addOns.containerLogs": True}, {"eks-auth", "autoscaling", "logs"}),
    ({**UNGATED, "addOns.clusterAutoscaler": True, "nodePools.workers.minSize": 3},
     {"eks-auth", "autoscaling", "eks"}),
    ({"access.sessionManager": True}, {"eks-auth", "autoscaling", "ssm", "ssmmessages"}),
    ({"access.operator": {}}, {"eks-auth", "autoscaling"}),
    ({"addOns.vpcCni": False}, {"eks-auth"}),
    ({"network.endpoints.additional": {"kms": "asked"}}, {"eks-auth", "autoscaling", "kms"}),
]  # fmt: skip


@pytest.mark.parametrize(("changes", "more"), FEATURES)
def test_the_set_follows_from_the_features(changes, more):
    assert set(plan(changes).endpoints) == ALWAYS | more


def test_every_endpoint_says_why_and_who_calls_it():
    endpoints = plan({"addOns.irsa": True, "access.operator": {}}).endpoints
    assert endpoints["ec2"].why == (
        "nodes look up their own name and interfaces, and pull images; the VPC CNI gives pods "
        "addresses of the VPC"
    )
    assert endpoints["sts"].why == (
        "pods trade their web-identity token for their role's credentials"
    )
    assert endpoints["sts"].callers == ("node",)
    assert endpoints["ecr.api"].callers == ("node", "operator")
    assert all(endpoint.why and endpoint.callers for endpoint in endpoints.values())


def test_an_additional_endpoint_has_the_reason_that_was_given():
    endpoint = plan({"network.endpoints.additional": {"kms": "SOPS decrypts"}}).endpoints["kms"]
    assert (endpoint.why, endpoint.callers, endpoint.type) == (
        "SOPS decrypts", ("node",), "Interface",
    )  # fmt: skip


def test_interfaces_stand_in_every_zone_with_machines_once():
    changes = {
        "network.subnets": {
            "a": subnet("a", "10.0.0.0/20"),
            "a2": subnet("a", "10.0.16.0/20"),
            "c": subnet("c", "10.0.32.0/20"),
            "cp-a": subnet("a", "10.0.48.0/28"),
            "cp-c": subnet("c", "10.0.48.16/28"),
        },
        "controlPlane.subnets": ["cp-a", "cp-c"],
    }
    for endpoint in plan(changes).endpoints.values():
        assert endpoint.subnets == (("a", "c") if endpoint.type == "Interface" else ())


def test_a_pools_own_subnet_and_the_operators_count_as_machines():
    changes = {
        "availabilityZones": ["ap-northeast-1a", "ap-northeast-1c", "ap-northeast-1d",
                              "ap-northeast-1b"],
        "network.subnets": {
            "a": subnet("a", "10.0.0.0/20"),
            "c": subnet("c", "10.0.16.0/20"),
            "desk": subnet("d", "10.0.32.0/20"),
            "cp-b": subnet("b", "10.0.48.0/24"),
        },
        "controlPlane.subnets": ["a", "cp-b"],
        "nodePools.workers.subnets": ["cp-b"],
        "access.operator": {"subnet": "desk"},
    }  # fmt: skip
    endpoints = plan(changes).endpoints
    assert endpoints["ec2"].subnets == ("c", "cp-b", "desk")
    assert endpoints["s3"].route_tables == ("c", "cp-b", "desk")


def test_the_gateway_endpoint_is_in_every_table_of_machines():
    s3 = plan({"access.operator": {}}).endpoints["s3"]
    assert (s3.type, s3.route_tables, s3.subnets) == (
        "Gateway", ("nodes-1a", "nodes-1c", "operator"), (),
    )  # fmt: skip


def test_names_come_from_the_lock_since_no_one_format_serves_every_partition():
    keys = lock_keys()
    keys["endpointServices"]["ec2"]["serviceName"] = "cn.com.amazonaws.ap-northeast-1.ec2"
    endpoint = plan({}, locked(keys)).endpoints["ec2"]
    assert endpoint.service_name == "cn.com.amazonaws.ap-northeast-1.ec2"
    assert plan().endpoints["ecr.api"].name == "ecr-api"


def test_a_service_that_the_lock_lacks_is_refused():
    keys = lock_keys()
    del keys["endpointServices"]["eks-auth"], keys["endpointServices"]["kms"]
    changes = {"network.endpoints.additional": {"kms": "asked"}}
    assert refused(changes, locked(keys)) == [
        ("addOns.podIdentity",
         "the lock file has no endpoint service eks-auth; run heiiki lock", None),
        ("network.endpoints.additional.kms",
         "the lock file has no endpoint service kms; run heiiki lock", None),
    ]  # fmt: skip


@pytest.mark.parametrize("name", ["com.amazonaws.us-east-1.ec2", "com.amazonaws.ap-northeast-1.s3"])
def test_a_name_of_another_service_or_region_is_refused(name):
    """Only a hand has written it: nodes would find nobody at the names that they ask for."""
    keys = lock_keys()
    keys["endpointServices"]["ec2"]["serviceName"] = name
    told = f"has {name} in the lock file, not ec2 of ap-northeast-1; run heiiki lock"
    assert ("nodePools", told, None) in refused({}, locked(keys))


def test_a_zone_without_the_service_is_refused():
    keys = lock_keys()
    keys["endpointServices"]["ec2"]["availabilityZones"] = ["ap-northeast-1a", "ap-northeast-1d"]
    assert refused({}, locked(keys)) == [
        ("availabilityZones", "ec2 has no endpoint in ap-northeast-1c; use zones among "
         "ap-northeast-1a, ap-northeast-1d", None),
    ]  # fmt: skip


def test_a_service_of_no_zone_is_asked_of_aws_anew():
    keys = lock_keys()
    keys["endpointServices"]["ec2"]["availabilityZones"] = []
    assert refused({}, locked(keys)) == [
        ("availabilityZones", "ec2 has no endpoint in ap-northeast-1a, ap-northeast-1c; the lock "
         "file knows of no zone that has one; run heiiki lock", None),
    ]  # fmt: skip


def test_a_service_without_policies_is_refused_unless_it_is_supplied():
    keys = lock_keys()
    keys["endpointServices"]["monitoring"]["policySupported"] = False
    asked = {"network.endpoints.additional": {"monitoring": "metrics"}}
    assert refused(asked, locked(keys)) == [
        ("network.endpoints.additional.monitoring",
         "monitoring takes no endpoint policy, so it would let everybody's credentials through; do "
         "without it, or supply the endpoint in network.endpoints.existing", None),
    ]  # fmt: skip
    supplied = {**asked, "network.endpoints.existing": {"monitoring": "vpce-0123456789abcdef0"}}
    keys = with_endpoint(keys, "monitoring", None)
    endpoint = plan(supplied, locked(keys)).endpoints["monitoring"]
    assert (endpoint.policy, endpoint.endpoint_id) == (None, "vpce-0123456789abcdef0")


def test_a_service_without_policies_is_told_at_each_key_that_asks_for_it():
    keys = lock_keys()
    keys["endpointServices"]["autoscaling"]["policySupported"] = False
    let_through = "autoscaling takes no endpoint policy, so it would let everybody's credentials "
    let_through += "through"
    supply = "or supply the endpoint in network.endpoints.existing"
    ready = ("nodePools.workers.readiness",
             "nodes tell their Auto Scaling group that they are Ready; "
             f"{let_through}; write {{kind: none}}, {supply}", None)  # fmt: skip
    scaler = ("addOns.clusterAutoscaler",
              "the Cluster Autoscaler changes the size of Auto Scaling groups; "
              f"{let_through}; write false, {supply}", None)  # fmt: skip
    assert refused({}, locked(keys)) == [ready]
    assert refused({"addOns.clusterAutoscaler": True}, locked(keys))[:2] == [ready, scaler]
    quiet = {"nodePools.workers.readiness": {"kind": "none"}}
    assert "autoscaling" not in plan(quiet, locked(keys)).endpoints


def test_a_service_that_nodes_cannot_do_without_is_to_be_supplied():
    keys = lock_keys()
    keys["endpointServices"]["ec2"]["policySupported"] = False
    assert refused({"addOns.ebsCsi": True}, locked(keys)) == [
        ("nodePools", "nodes look up their own name and interfaces, and pull images; ec2 takes no "
         "endpoint policy, so it would let everybody's credentials through; supply the endpoint in "
         "network.endpoints.existing", None),
    ]  # fmt: skip


def test_a_supplied_endpoint_is_used_where_its_zones_are_its_owners_care():
    keys = with_endpoint(lock_keys(), "ec2", plan().endpoints["ec2"].policy)
    keys["endpointServices"]["ec2"]["availabilityZones"] = ["ap-northeast-1a"]
    changes = {"network.endpoints.existing": {"ec2": "vpce-0123456789abcdef0"}}
    assert plan(changes, locked(keys)).endpoints["ec2"].endpoint_id == "vpce-0123456789abcdef0"


def test_a_supplied_endpoint_that_nothing_calls_is_refused():
    changes = {"network.endpoints.existing": {"kms": "vpce-0123456789abcdef0"}}
    assert refused(changes) == [
        ("network.endpoints.existing.kms", "is called by nothing that is enabled; leave it out, or "
         "add the service to network.endpoints.additional with the reason for it", None),
    ]  # fmt: skip


def test_a_supplied_table_needs_a_supplied_s3_endpoint():
    from tests.plan.brownfield.test_checks import EXISTING, existing_lock

    changes = {**EXISTING}
    del changes["network.endpoints.existing"]
    keys = existing_lock()
    keys["supplied"]["routeTables"]["rtb-0123456789abcdef0"]["routes"] = []
    assert refused(changes, locked(keys)) == [
        ("network.endpoints.existing.s3", "is needed: route tables rtb-0123456789abcdef0 are "
         "supplied and are not changed, so their owner adds the S3 gateway endpoint; give its id",
         None),
    ]  # fmt: skip


def test_listed_subnets_are_a_control():
    assert set(plan(LISTED).endpoints) == ALWAYS | {"eks-auth", "autoscaling"}
