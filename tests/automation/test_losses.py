"""What holds data, or is protected, is not taken away by an `up` that did not mean it."""

import json

import pytest

from automation import AutomationError, RefusedError
from tests.automation.events import judged, judged_whole, said, step, summary, urn

CLUSTER = "aws:eks/cluster:Cluster"
SUBNET = "aws:ec2/subnet:Subnet"
VPC = "aws:ec2/vpc:Vpc"
KEY = "aws:kms/key:Key"
LOG_GROUP = "aws:cloudwatch/logGroup:LogGroup"
GROUP = "aws:autoscaling/group:Group"
ASSOCIATION = "aws:ec2/routeTableAssociation:RouteTableAssociation"
FIREWALL = "aws:route53/resolverFirewallRuleGroupAssociation:ResolverFirewallRuleGroupAssociation"


def recorded(*resources: tuple[str, str, dict[str, object], dict[str, object]]) -> dict[str, str]:
    known = [
        {"urn": urn(name, token), "type": token, "id": f"id-{name}", "inputs": i, "outputs": o}
        for token, name, i, o in resources
    ]
    return {"stdout": json.dumps({"deployment": {"resources": known}})}


def previewed(*changes: tuple[str, str, str, dict[str, str]]) -> dict[str, object]:
    """Each: type, name, operation, kinds of difference by property path."""
    events = []
    for token, name, operation, paths in changes:
        detailed = {path: {"diffKind": kind} for path, kind in paths.items()}
        old = {"custom": True, "inputs": {}}
        raw = step(name, operation, token, old=old, detailedDiff=detailed)
        if operation == "delete":
            del raw["resourcePreEvent"]["metadata"]["new"]
        events += [raw, judged(name, type_token=token)]
    return {"events": [*events, judged_whole(), summary(update=1)]}


def protected_cluster(*, on: bool = True):
    return recorded(
        (CLUSTER, "control-plane", {}, {"deletionProtection": on}),
        ("aws:eks/addon:Addon", "vpc-cni", {}, {}),
    )


OTHER_SERVICES = previewed(
    ("aws:eks/addon:Addon", "vpc-cni", "replace", {"clusterName": "update-replace"}),
    (CLUSTER, "control-plane", "replace",
     {"kubernetesNetworkConfig.serviceIpv4Cidr": "update-replace", "tags.owner": "update"}),
)  # fmt: skip


@pytest.mark.parametrize("allowed", [False, True])
def test_a_protected_control_plane_is_not_replaced_whatever_is_allowed(engine, stack, allowed):
    engine.says(preview=OTHER_SERVICES, up=OTHER_SERVICES, stack_export=protected_cluster())
    with pytest.raises(RefusedError) as raised:
        stack().up(approve=lambda _: pytest.fail("asked"), allow_data_loss=allowed)
    assert str(raised.value).splitlines() == [
        "up would replace or delete what is protected",
        "  control-plane (Cluster) would be replaced, and it is protected against that: the "
        "cluster and everything that runs in it is gone; "
        "kubernetesNetworkConfig.serviceIpv4Cidr differs: look at controlPlane.serviceCidr",
        "Nothing was changed. Set the keys back in the stack file and run heiiki preview. If you "
        "mean it, first set controlPlane.deletionProtection: false by a heiiki up of its own, "
        "which asks for exceptions to the rules that demand it; then run heiiki up "
        "--allow-data-loss with the change.",
    ]
    assert raised.value.exit_code == 1
    assert engine.calls("preview") and not engine.calls("up")


ON_THE_RECORD = {"urn": urn("control-plane", CLUSTER), "type": CLUSTER, "protect": True}
CONDEMNED = (
    f'unable to replace resource "{urn("control-plane", CLUSTER)}" as part of replacing '
    f'"{urn("cluster", "aws:iam/role:Role")}" as it is currently marked for protection. To …'
)
REFUSED_TO_DELETE = (
    f'Preview failed: resource "{urn("cluster", KEY)}" cannot be deleted\n'
    "because it is protected. To unprotect the resource, …"
)


@pytest.mark.parametrize("allowed", [False, True])
@pytest.mark.parametrize(
    ("message", "changes", "lines"),
    [
        (CONDEMNED, [("aws:iam/role:Role", "cluster", "replace", {"name": "update-replace"})],
         ["control-plane (Cluster) would be replaced or deleted, and it is protected against "
          "that"]),
        (REFUSED_TO_DELETE, [(KEY, "cluster", "delete", {})],
         ["cluster (Key) would be deleted, and it is protected against that: what the key "
          "encrypts cannot be read any more after its deletion window; look at "
          "controlPlane.encryptionKey"]),
    ],
)  # fmt: skip
def test_where_the_engine_stops_at_what_its_record_protects_that_is_a_refusal(
    engine, stack, message, changes, lines, allowed
):
    events = [e for e in previewed(*changes)["events"] if "policyAnalyzeStackSummaryEvent" not in e]
    stopped = {"events": [*events, said(message), said("preview failed")], "exit": 255}
    exported = {"stdout": json.dumps({"deployment": {"resources": [ON_THE_RECORD]}})}
    engine.says(preview=stopped, stack_export=exported)
    (foretold,) = stack().preview().refusals
    assert foretold.message == "up would replace or delete what is protected"
    assert list(foretold.details) == lines
    untold = "The engine stopped there, so more may change than is shown." in foretold.advice
    assert untold == (message == CONDEMNED)
    with pytest.raises(RefusedError) as raised:
        stack().up(allow_data_loss=allowed)
    assert list(raised.value.details) == lines and not engine.calls("up")


def test_where_it_stops_for_another_reason_too_that_is_an_error(engine, stack):
    events = [*previewed()["events"], said(CONDEMNED), said("no room")]
    engine.says(preview={"events": events, "exit": 255})
    with pytest.raises(AutomationError, match="no room") as raised:
        stack().preview()
    assert not isinstance(raised.value, RefusedError)


def test_an_unprotected_one_is_replaced_only_when_it_is_meant(engine, stack):
    exported = protected_cluster(on=False)
    engine.says(preview=OTHER_SERVICES, up=OTHER_SERVICES, stack_export=exported)
    with pytest.raises(RefusedError) as raised:
        stack().up()
    assert raised.value.message == "up would replace or delete what holds data or addresses"
    assert raised.value.advice.endswith(
        "If you mean it, run heiiki up --allow-data-loss (from Python: allow_data_loss=True)."
    )
    assert not engine.calls("up")
    stack().up(allow_data_loss=True)
    assert len(engine.calls("up")) == 1


@pytest.mark.parametrize(
    ("token", "operation", "paths", "line"),
    [
        (KEY, "delete", {},
         "x (Key) would be deleted: what the key encrypts cannot be read any more after its "
         "deletion window; look at controlPlane.encryptionKey"),
        (LOG_GROUP, "replace", {"name": "update-replace"},
         "x (LogGroup) would be replaced: the logs in it are gone; name differs: look at name"),
        (VPC, "replace", {"cidrBlock": "update-replace"},
         "x (Vpc) would be replaced: the whole network goes, and a "
         "cluster in it cannot move to another; cidrBlock differs: look at "
         "network.vpc.cidr"),
        (SUBNET, "replace", {"availabilityZone": "update-replace"},
         "x (Subnet) would be replaced: every machine with an address in it goes first; "
         "availabilityZone differs: look at availabilityZones or network.subnets"),
        (CLUSTER, "delete", {},
         "x (Cluster) would be deleted: the cluster and everything that runs in it is gone"),
    ],
)  # fmt: skip
def test_each_kind_that_holds_something_is_told(engine, stack, token, operation, paths, line):
    change = previewed((token, "x", operation, paths))
    engine.says(preview=change, up=change)
    with pytest.raises(RefusedError) as raised:
        stack().up()
    assert raised.value.details == (line,)
    assert not engine.calls("up")


def test_a_protected_firewall_is_not_taken_off_its_vpc(engine, stack):
    change = previewed((FIREWALL, "dns", "delete", {}))
    on, off = (
        recorded((FIREWALL, "dns", {}, {"mutationProtection": value}))
        for value in ("ENABLED", "DISABLED")
    )
    engine.says(preview=change, up=change, stack_export=on)
    with pytest.raises(RefusedError, match="what is protected\n  dns "):
        stack().up(allow_data_loss=True)
    engine.says(preview=change, up=change, stack_export=off)
    stack().up()
    assert len(engine.calls("up")) == 1


@pytest.mark.parametrize("inputs", [
    {"vpcZoneIdentifiers": ["id-nodes-1a", "id-nodes-1d"]},
    {"vpcZoneIdentifier": "id-nodes-1a,id-nodes-1d"},
    {"vpcConfig": {"subnetIds": ["id-nodes-1d"]}},
])  # fmt: skip
def test_a_subnet_is_deleted_unless_something_that_stays_has_addresses_in_it(engine, stack, inputs):
    subnet = (SUBNET, "nodes-1d", "delete", {})
    attached = (ASSOCIATION, "nodes-1d", {"subnetId": "id-nodes-1d"}, {})
    exported = recorded(
        (SUBNET, "nodes-1d", {}, {}), attached, (GROUP, "workers", inputs, {}),
    )  # fmt: skip
    stays = previewed(subnet, (GROUP, "workers", "update", {"vpcZoneIdentifiers": "update"}))
    engine.says(preview=stays, up=stays, stack_export=exported)
    with pytest.raises(RefusedError, match="holds data or addresses\n  nodes-1d "):
        stack().up()
    goes = previewed(subnet, (GROUP, "workers", "delete", {}))
    engine.file.with_suffix(".preview").unlink()
    engine.says(preview=goes, up=goes, stack_export=exported)
    stack().up()
    assert len(engine.calls("up")) == 1


def test_what_only_changes_is_not_looked_at(engine, stack):
    change = previewed((CLUSTER, "control-plane", "update", {"tags.owner": "update"}))
    engine.says(preview=change, up=change, stack_export=protected_cluster())
    stack().up()
    assert len(engine.calls("up")) == 1 and not engine.calls("stack export")[1:]


@pytest.mark.parametrize("exported", [protected_cluster(), protected_cluster(on=False)])
def test_a_preview_says_what_up_would_refuse(engine, stack, exported):
    engine.says(preview=OTHER_SERVICES, stack_export=exported)
    (foretold,) = stack().preview().refusals
    with pytest.raises(RefusedError) as raised:
        stack().up()
    said = raised.value
    assert (foretold.message, foretold.details, foretold.advice) == (
        said.message, said.details, said.advice,
    )  # fmt: skip


def test_a_preview_that_loses_nothing_foretells_no_refusal(engine, stack):
    change = previewed((CLUSTER, "control-plane", "update", {"version": "update"}))
    engine.says(preview=change, stack_export=protected_cluster())
    found = stack().preview()
    assert found.changes and found.refusals == ()


@pytest.mark.parametrize(
    ("token", "property_name", "key"),
    [
        ("aws:s3/bucket:Bucket", "bucket", "carryIn.buckets"),
        ("aws:ecr/repository:Repository", "name", "carryIn.repositories"),
    ],
)
@pytest.mark.parametrize("operation", ["delete", "replace"])
def test_what_is_carried_in_through_is_neither_deleted_nor_replaced_unless_it_is_meant(
    engine, stack, token, property_name, key, operation
):
    paths = {property_name: "update-replace"} if operation == "replace" else {}
    losing = previewed((token, "material", operation, paths))
    engine.says(preview=losing, up=losing, stack_export=recorded((token, "material", {}, {})))
    with pytest.raises(RefusedError) as raised:
        stack().up()
    assert key in raised.value.details[0] and "AWS deletes only an empty one" in str(raised.value)
    assert not engine.calls("up")
