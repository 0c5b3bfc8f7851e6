"""Deletion protection comes off at AWS, without a program, and only when it was asked for."""

import json
from dataclasses import replace

import pytest

from automation import AutomationError, RefusedError, Stack
from automation.contents import Store, filled_stores
from automation.errors import CredentialsError
from automation.protection import BALANCER, protection_of
from automation.state import State
from tests.automation.conftest import REGION, refuse_expected_owner
from tests.automation.events import PASSED, done, step, summary

CLUSTER = "aws:eks/cluster:Cluster"
FIREWALL = "aws:route53/resolverFirewallRuleGroupAssociation:ResolverFirewallRuleGroupAssociation"
GOOD = {"events": PASSED}


KEY = "aws:kms/key:Key"
ARN = f"arn:aws:eks:{REGION}:123456789012:cluster/dev"


def exported(
    *,
    protected: bool,
    association_id: str = "rslvr-frgassoc-1",
    stores: bool = False,
    marked: bool = False,
) -> dict[str, str]:
    def resource(type_token: str, name: str, id_: str, /, **outputs: object) -> dict[str, object]:
        urn = f"urn:pulumi:dev::heiiki::{type_token}::{name}"
        return {"urn": urn, "type": type_token, "id": id_, "outputs": outputs}

    provider = "pulumi:providers:aws"
    resources = [
        {"urn": f"urn:pulumi:dev::heiiki::{provider}::aws", "type": provider, "id": "1",
         "inputs": {"region": REGION}},
        resource(CLUSTER, "control-plane", "dev", deletionProtection=protected, name="dev",
                 arn=ARN),
        resource(FIREWALL, "dns", association_id,
                 mutationProtection="ENABLED" if protected else "DISABLED"),
    ]  # fmt: skip
    if marked:
        resources.append({**resource(KEY, "cluster", "key-1"), "protect": True})
    if stores:
        resources += [
            resource("aws:s3/bucket:Bucket", "material", "dev-material"),
            resource("aws:ecr/repository:Repository", "mirror", "dev/mirror"),
        ]
    return {"stdout": json.dumps({"deployment": {"resources": resources}})}


class Guarded:
    """A cluster and a DNS Firewall that the embedded AWS protects."""

    def __init__(self, account):
        self.eks = account.client("eks", REGION)
        self.resolver = account.client("route53resolver", REGION)
        ec2 = account.client("ec2", REGION)
        vpc_id = ec2.create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"]
        subnet_ids = [
            ec2.create_subnet(VpcId=vpc_id, CidrBlock=f"10.0.{i}.0/24",
                              AvailabilityZone=f"{REGION}{zone}")["Subnet"]["SubnetId"]
            for i, zone in enumerate("ac")
        ]  # fmt: skip
        trust = {"Version": "2012-10-17", "Statement": [{
            "Effect": "Allow", "Principal": {"Service": "eks.amazonaws.com"},
            "Action": "sts:AssumeRole",
        }]}  # fmt: skip
        role = account.client("iam", REGION).create_role(
            RoleName="cluster", AssumeRolePolicyDocument=json.dumps(trust)
        )["Role"]["Arn"]
        self.eks.create_cluster(
            name="dev", version="1.34", roleArn=role, deletionProtection=True,
            accessConfig={"authenticationMode": "API"},
            resourcesVpcConfig={"subnetIds": subnet_ids, "endpointPublicAccess": False,
                                "endpointPrivateAccess": True},
        )  # fmt: skip
        group = self.resolver.create_firewall_rule_group(CreatorRequestId="1", Name="dev")
        self.association_id = self.resolver.associate_firewall_rule_group(
            CreatorRequestId="1", FirewallRuleGroupId=group["FirewallRuleGroup"]["Id"],
            VpcId=vpc_id, Priority=101, Name="dev", MutationProtection="ENABLED",
        )["FirewallRuleGroupAssociation"]["Id"]  # fmt: skip

    @property
    def on(self):
        association = self.resolver.get_firewall_rule_group_association(
            FirewallRuleGroupAssociationId=self.association_id
        )["FirewallRuleGroupAssociation"]
        cluster = self.eks.describe_cluster(name="dev")["cluster"]
        return cluster["deletionProtection"], association["MutationProtection"]


@pytest.fixture
def guarded(account):
    return Guarded(account)


@pytest.fixture
def protected(engine, project, aws_environment, guarded):
    """A stack on the fake engine, with the embedded AWS behind it."""
    engine.says(
        stack_export=exported(protected=True, association_id=guarded.association_id),
        preview=GOOD, up=GOOD, refresh=GOOD, destroy={"events": [summary(delete=2)]},
    )  # fmt: skip
    return Stack("dev", project=project, environment={**engine.environment, **aws_environment})


def test_a_protected_stack_is_not_destroyed(engine, protected):
    with pytest.raises(RefusedError) as raised:
        protected.destroy()
    assert raised.value.details == (f"control-plane ({CLUSTER})", f"dns ({FIREWALL})")
    assert "--disable-protection" in raised.value.advice
    assert not engine.calls("up") and not engine.calls("destroy")


def test_what_a_killed_run_has_made_is_looked_at_before_anything_is_deleted(
    engine, protected, guarded
):
    """The cluster is nowhere recorded yet, and AWS would refuse it when its nodes are gone."""
    tags = {"Name": "dev-cluster", "heiiki:cluster": "dev"}
    guarded.eks.tag_resource(resourceArn=ARN, tags=tags)
    whole = exported(protected=True, association_id=guarded.association_id)
    document = json.loads(whole["stdout"])
    cluster = document["deployment"]["resources"].pop(1)
    begun = {"urn": cluster["urn"], "type": CLUSTER, "inputs": {"name": "dev", "tags": tags}}
    document["deployment"]["pending_operations"] = [{"type": "creating", "resource": begun}]
    cut_off = {"stdout": json.dumps(document)}
    engine.says(stack_export=[cut_off, cut_off, cut_off, whole], stack_import={}, refresh=GOOD)
    with pytest.raises(RefusedError) as raised:
        protected.destroy()
    assert raised.value.details == (f"control-plane ({CLUSTER})", f"dns ({FIREWALL})")
    assert len(engine.calls("stack import")) == 1 and not engine.calls("destroy")


def test_protection_comes_off_at_aws_and_then_it_is_destroyed(engine, protected, guarded):
    assert guarded.on == (True, "ENABLED")
    result = protected.destroy(disable_protection=True)
    assert result.counts == {"delete": 2}
    assert guarded.on == (False, "DISABLED")
    assert not engine.calls("up") and not engine.calls("preview")
    assert len(engine.calls("destroy")) == 1


def test_what_was_switched_off_is_recorded_before_anything_is_deleted(engine, protected):
    """Else an `up` after a destroy that failed would take the protection to be on still."""
    protected.destroy(disable_protection=True)
    (refreshed,) = engine.calls("refresh")
    urns = [f"urn:pulumi:dev::heiiki::{t}::{n}" for t, n in
            ((CLUSTER, "control-plane"), (FIREWALL, "dns"))]  # fmt: skip
    assert [refreshed[i + 1] for i, word in enumerate(refreshed) if word == "--target"] == urns
    calls = [json.loads(line)[0] for line in
             engine.file.with_suffix(".calls").read_text().splitlines()]  # fmt: skip
    assert calls.index("refresh") < calls.index("destroy")


def test_what_the_record_alone_protects_is_not_destroyed_either(engine, protected):
    engine.says(stack_export=exported(protected=False, marked=True), refresh=GOOD,
                destroy={"events": [summary(delete=3)]})  # fmt: skip
    with pytest.raises(RefusedError) as raised:
        protected.destroy()
    assert raised.value.details == (f"cluster ({KEY})",)
    protected.destroy(disable_protection=True)
    (unprotected,) = engine.calls("state unprotect")
    assert unprotected[0].endswith(f"::{KEY}::cluster") and "--yes" in unprotected
    calls = [json.loads(line)[0] for line in
             engine.file.with_suffix(".calls").read_text().splitlines()]  # fmt: skip
    assert calls.index("refresh") < calls.index("state") < calls.index("destroy")


def test_the_record_is_not_asked_to_let_go_of_what_is_gone_at_aws(engine, protected):
    """Somebody has deleted the key, or the embedded AWS began anew: the engine knows no such
    resource any more, and ended the destroy."""
    key = f"urn:pulumi:dev::heiiki::{KEY}::cluster"
    found = [step("cluster", "refresh", KEY, urn=key), done("cluster", "delete", KEY, urn=key)]
    engine.says(
        stack_export=exported(protected=False, marked=True),
        refresh={"events": [*found, summary(delete=1)]},
        destroy={"events": [summary(delete=2)]},
    )
    protected.destroy(disable_protection=True)
    assert len(engine.calls("destroy")) == 1 and not engine.calls("state unprotect")


def test_a_run_that_was_cut_off_after_the_switch_goes_on(engine, protected, guarded):
    guarded.eks.update_cluster_config(name="dev", deletionProtection=False)
    protected.destroy(disable_protection=True)
    assert guarded.on == (False, "DISABLED")
    protected.destroy(disable_protection=True)
    assert len(engine.calls("destroy")) == 2


def test_what_is_gone_needs_no_switch(engine, project, aws_environment, account):
    engine.says(stack_export=exported(protected=True), refresh=GOOD,
                destroy={"events": [summary(delete=2)]})  # fmt: skip
    environment = {**engine.environment, **aws_environment}
    Stack("dev", project=project, environment=environment).destroy(disable_protection=True)
    assert len(engine.calls("destroy")) == 1


def test_an_aws_that_does_not_come_to_an_end_is_not_waited_for_for_ever(
    engine, protected, monkeypatch
):
    monkeypatch.setattr("automation.protection._POLLS", 0)
    with pytest.raises(AutomationError, match="has not switched the protection off") as raised:
        protected.destroy(disable_protection=True)
    assert raised.value.advice.startswith("Nothing was deleted. Run the command again")
    assert not engine.calls("destroy")


def test_no_is_an_answer(engine, protected):
    with pytest.raises(RefusedError, match="as you wished"):
        protected.destroy(disable_protection=True, approve=lambda count: count != 2)
    assert not engine.calls("up") and not engine.calls("destroy")


def test_what_is_unprotected_is_destroyed_at_once(engine, protected):
    engine.says(stack_export=exported(protected=False), destroy={"events": [summary(delete=2)]})
    protected.destroy()
    assert not engine.calls("up")


def test_load_balancers_of_services_hold_it_up_unless_forced(engine, protected, account):
    ec2 = account.client("ec2", REGION)
    vpc_id = ec2.create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"]
    subnet = ec2.create_subnet(VpcId=vpc_id, CidrBlock="10.0.0.0/24")["Subnet"]["SubnetId"]
    account.client("elbv2", REGION).create_load_balancer(
        Name="of-a-service", Subnets=[subnet], Type="network", Scheme="internal",
        Tags=[{"Key": "elbv2.k8s.aws/cluster", "Value": "dev"}],
    )  # fmt: skip
    engine.says(stack_export=exported(protected=False), destroy={"events": [summary(delete=2)]})
    with pytest.raises(RefusedError) as raised:
        protected.destroy()
    assert raised.value.details == ("of-a-service",)
    assert not engine.calls("destroy")
    protected.destroy(force=True)
    assert len(engine.calls("destroy")) == 1


def test_a_faulty_stack_file_does_not_keep_from_destroying(engine, protected, project, guarded):
    """Neither one without protection, nor a protected one: the way here is often an `up` that
    broke on the very fault."""
    (project / "Pulumi.dev.yaml").write_text("config: {heiiki:name: 7}")
    protected.destroy(disable_protection=True)
    assert guarded.on == (False, "DISABLED")
    engine.says(stack_export=exported(protected=False), destroy={"events": [summary(delete=2)]})
    protected.destroy()
    assert len(engine.calls("destroy")) == 2


@pytest.fixture
def carried(engine, project, aws_environment, account):
    """A stack with a bucket and a repository, both in the embedded AWS and empty."""
    s3 = account.client("s3", REGION)
    s3.create_bucket(
        Bucket="dev-material", CreateBucketConfiguration={"LocationConstraint": REGION}
    )
    s3.put_bucket_versioning(Bucket="dev-material", VersioningConfiguration={"Status": "Enabled"})
    account.client("ecr", REGION).create_repository(repositoryName="dev/mirror")
    engine.says(stack_export=exported(protected=False, stores=True),
                destroy={"events": [summary(delete=4)]})  # fmt: skip
    return Stack("dev", project=project, environment={**engine.environment, **aws_environment})


def push(account, number: int) -> None:
    manifest = {"schemaVersion": 2, "mediaType": "application/vnd.oci.image.manifest.v1+json",
                "layers": [], "config": {"digest": f"sha256:{number:064}"}}  # fmt: skip
    account.client("ecr", REGION).put_image(
        repositoryName="dev/mirror", imageManifest=json.dumps(manifest), imageTag=f"v{number}"
    )


def test_what_was_carried_in_is_not_destroyed_unless_that_is_meant(engine, carried, account):
    s3 = account.client("s3", REGION)
    s3.put_object(Bucket="dev-material", Key="x", Body=b"1")
    push(account, 1)
    with pytest.raises(RefusedError) as raised:
        carried.destroy()
    assert raised.value.details == ("bucket dev-material", "repository dev/mirror")
    assert "--allow-data-loss" in raised.value.advice
    assert not engine.calls("destroy")
    assert s3.get_object(Bucket="dev-material", Key="x")["Body"].read() == b"1"


def test_it_is_no_loss_that_a_mark_of_deletion_goes_but_aws_refuses_it_so_we_do(carried, account):
    s3 = account.client("s3", REGION)
    s3.put_object(Bucket="dev-material", Key="x", Body=b"1")
    s3.delete_object(Bucket="dev-material", Key="x")
    with pytest.raises(RefusedError, match="bucket dev-material"):
        carried.destroy()


def test_when_it_is_meant_everything_is_deleted_first(engine, carried, account, monkeypatch):
    s3, ecr = account.client("s3", REGION), account.client("ecr", REGION)
    for body in (b"1", b"2"):
        s3.put_object(Bucket="dev-material", Key="x", Body=body)
    s3.delete_object(Bucket="dev-material", Key="x")
    for number in range(120):  # more than one call deletes
        push(account, number)
    carried.destroy(allow_data_loss=True)
    found = s3.list_object_versions(Bucket="dev-material")
    assert not found.get("Versions") and not found.get("DeleteMarkers")
    assert ecr.list_images(repositoryName="dev/mirror")["imageIds"] == []
    assert len(engine.calls("destroy")) == 1


def test_no_is_an_answer_before_anything_is_emptied(engine, carried, account):
    push(account, 1)
    with pytest.raises(RefusedError, match="as you wished"):
        carried.destroy(allow_data_loss=True, approve=lambda _: False)
    listed = account.client("ecr", REGION).list_images(repositoryName="dev/mirror")
    assert len(listed["imageIds"]) == 1 and not engine.calls("destroy")


def test_what_is_empty_or_gone_already_is_destroyed_at_once(engine, carried, account):
    account.client("s3", REGION).delete_bucket(Bucket="dev-material")
    carried.destroy()
    account.client("ecr", REGION).delete_repository(repositoryName="dev/mirror")
    carried.destroy()
    assert len(engine.calls("destroy")) == 2


def test_a_strangers_bucket_under_the_name_of_ours_is_not_read_and_not_emptied(account):
    s3 = account.client("s3", REGION)
    s3.create_bucket(
        Bucket="dev-material", CreateBucketConfiguration={"LocationConstraint": REGION}
    )
    s3.put_object(Bucket="dev-material", Key="x", Body=b"1")
    state = State.parse(exported(protected=False, stores=True)["stdout"])
    store, *_ = filled_stores(state, account)
    items = store.contents(whole=True)[0]
    refused = refuse_expected_owner(account)
    with pytest.raises(CredentialsError) as raised:
        filled_stores(state, account)
    assert raised.value.message == (
        "S3 answers 403 for bucket dev-material: it is not of account 123456789012, or your "
        "credentials lack s3:ListBucketVersions on it"
    )
    assert "pulumi state delete" in raised.value.advice
    with pytest.raises(CredentialsError, match="s3:DeleteObjectVersion"):
        replace(store, client=account.client("s3", REGION))._delete(items)
    assert refused == ["ListObjectVersions", "DeleteObjects"]
    assert s3.get_object(Bucket="dev-material", Key="x")["Body"].read() == b"1"


class Keeping:
    """A client of ECR with images of several platforms: parts go after what they are parts of."""

    def __init__(self, *rounds: list[str]) -> None:
        self.rounds = list(rounds)  # digests that each call of BatchDeleteImage keeps
        self.images = ["index", "part"]

    def get_paginator(self, _: str) -> "Keeping":
        return self

    def paginate(self, **_: object) -> list[dict[str, list[dict[str, str]]]]:
        return [{"imageIds": [{"imageDigest": digest} for digest in self.images]}]

    def batch_delete_image(self, *, imageIds: list[dict[str, str]], **_: object):
        kept = self.rounds.pop(0)
        self.images = [digest for digest in self.images if digest in kept]
        reason = {"failureCode": "ImageReferencedByManifestList", "failureReason": "in use"}
        return {"failures": [reason for digest in imageIds if digest["imageDigest"] in kept]}


def test_parts_of_an_image_go_in_a_second_round_and_what_never_goes_is_told():
    client = Keeping(["part"], [])
    Store("aws:ecr/repository:Repository", "dev/mirror", client, "123456789012").empty()
    assert client.images == [] and client.rounds == []
    kept = Keeping(["index", "part"])
    stuck = Store("aws:ecr/repository:Repository", "dev/mirror", kept, "123456789012")
    with pytest.raises(AutomationError) as raised:
        stuck.empty()
    assert raised.value.message == (
        "AWS deletes nothing of what is in repository dev/mirror: "
        "ImageReferencedByManifestList: in use"
    )


def test_objects_that_the_stack_has_made_itself_are_no_loss_and_others_beside_them_are(account):
    s3 = account.client("s3", REGION)
    s3.create_bucket(
        Bucket="dev-material", CreateBucketConfiguration={"LocationConstraint": REGION}
    )
    account.client("ecr", REGION).create_repository(repositoryName="dev/mirror")
    s3.put_object(Bucket="dev-material", Key="bundles/own", Body=b"1")
    document = json.loads(exported(protected=False, stores=True)["stdout"])
    (bucket,) = (r for r in document["deployment"]["resources"] if r["type"].endswith(":Bucket"))
    kind = "aws:s3/bucketObjectv2:BucketObjectv2"
    made = {"bucket": "dev-material", "key": "bundles/own"}
    document["deployment"]["resources"].append(
        {**bucket, "urn": f"{bucket['urn'].rpartition('aws:')[0]}{kind}::own", "type": kind,
         "id": "dev-material/bundles/own", "inputs": made, "outputs": made}
    )  # fmt: skip
    state = State.parse(json.dumps(document))
    assert filled_stores(state, account) == ()
    s3.put_object(Bucket="dev-material", Key="snapshots/1", Body=b"1")
    (store,) = filled_stores(state, account)
    store.empty()
    assert [o["Key"] for o in s3.list_objects_v2(Bucket="dev-material")["Contents"]] == [
        "bundles/own"
    ]  # the engine's to delete


def test_a_load_balancer_of_the_api_is_let_go_too_and_one_that_is_gone_needs_no_switch(account):
    ec2, elb = account.client("ec2", REGION), account.client("elbv2", REGION)
    vpc_id = ec2.create_vpc(CidrBlock="10.1.0.0/16")["Vpc"]["VpcId"]
    subnet = ec2.create_subnet(VpcId=vpc_id, CidrBlock="10.1.0.0/24")["Subnet"]["SubnetId"]
    made = elb.create_load_balancer(Name="api", Type="network", Scheme="internal",
                                    Subnets=[subnet])["LoadBalancers"][0]  # fmt: skip
    key, arn = "deletion_protection.enabled", made["LoadBalancerArn"]
    elb.modify_load_balancer_attributes(
        LoadBalancerArn=arn, Attributes=[{"Key": key, "Value": "true"}]
    )
    document = json.loads(exported(protected=False)["stdout"])
    document["deployment"]["resources"] += [
        {"urn": f"urn:pulumi:dev::heiiki::{BALANCER}::{name}", "type": BALANCER, "id": id_,
         "outputs": {"enableDeletionProtection": True}}
        for name, id_ in (("api", arn), ("gone", arn[:-4] + "0000"))
    ]  # fmt: skip
    protection = protection_of(State.parse(json.dumps(document)))
    assert [r.name for r in protection.on] == ["api", "gone"]
    protection.switch_off(account)
    told = elb.describe_load_balancer_attributes(LoadBalancerArn=arn)["Attributes"]
    assert {a["Value"] for a in told if a["Key"] == key} == {"false"}
