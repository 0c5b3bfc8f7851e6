"""`heiiki lock` against the embedded AWS: gateways, watchers, roles, keys, machines of others."""

import json
from typing import Any

import pytest
from botocore.exceptions import ClientError

from automation.errors import AutomationError
from automation.lock.facts import Aws
from automation.lock.supplied_api import read_api
from automation.lock.supplied_keys import read_keys_and_buckets
from automation.lock.text import lock_text
from plan.cluster import plan_cluster
from plan.errors import Faults
from plan.kms import key_policy
from plan.partitions import partition_of
from spec.errors import SpecError
from spec.lock import Lock, parse_lock
from spec.supplied import Supplied
from tests.automation.conftest import REGION
from tests.automation.test_lock import SuppliedNetwork, faults, resolve, spec, supplied
from tests.plan.own import asked as asked_of_own
from tests.spec.stack_files import stack

__all__ = ["resolve", "supplied"]  # fixtures
ACCOUNT = "123456789012"
POOL = {"instanceType": "m7i.large", "maxSize": 3}
NOT_THERE = "is not in this account"


def trust(**principal: str) -> str:
    statement = {"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": principal}
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})


def read_back(lock: Lock) -> Lock:
    return parse_lock(lock_text(lock), where="x")


def test_roles_are_read_with_their_trust_and_what_gives_them_everything(resolve, account):
    iam = account.client("iam", REGION)
    iam.create_role(RoleName="nodes", Path="/eks/", AssumeRolePolicyDocument=trust(
        Service="ec2.amazonaws.com"))  # fmt: skip
    names = ("AmazonEKSWorkerNodePolicy", "AmazonEC2ContainerRegistryPullOnly",
             "AdministratorAccess")  # fmt: skip
    for name in names:
        iam.attach_role_policy(RoleName="nodes", PolicyArn=f"arn:aws:iam::aws:policy/{name}")
    everything = {"Effect": "Allow", "Action": "iam:*", "Resource": "*"}
    little = {"Effect": "Allow", "Action": "s3:GetObject", "Resource": "*"}
    for name, statement in (("all", everything), ("some", little)):
        document = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
        iam.put_role_policy(RoleName="nodes", PolicyName=name, PolicyDocument=document)
    iam.create_instance_profile(InstanceProfileName="nodes")
    iam.add_role_to_instance_profile(InstanceProfileName="nodes", RoleName="nodes")
    role = f"arn:aws:iam::{ACCOUNT}:role/eks/nodes"
    profile = f"arn:aws:iam::{ACCOUNT}:instance-profile/nodes"
    pool = {**POOL, "instanceProfile": {"kind": "existing", "roleArn": role,
                                        "instanceProfileArn": profile}}  # fmt: skip
    asked = spec(nodePools={"workers": pool})
    lock = resolve(asked)
    found = lock.supplied.roles[role]
    assert found.trust["Statement"][0]["Principal"] == {"Service": "ec2.amazonaws.com"}
    assert found.managed_policy_arns == tuple(
        sorted(f"arn:aws:iam::aws:policy/{name}" for name in names)
    )
    assert found.inline_policies == ("all", "some")
    assert found.administrator_policies == ("all", "arn:aws:iam::aws:policy/AdministratorAccess")
    assert lock.supplied.instance_profiles[profile].role_arns == (role,)
    assert read_back(lock) == lock
    (warning,) = [w for w in plan_cluster(asked, lock).warnings if "administrator rights" in w]
    assert warning.startswith("nodePools.workers.instanceProfile.roleArn: ")


def test_a_role_under_another_path_or_none_is_not_there(resolve, account):
    iam = account.client("iam", REGION)
    iam.create_role(RoleName="eks", Path="/a/", AssumeRolePolicyDocument=trust(
        Service="eks.amazonaws.com"))  # fmt: skip
    for name in ("eks", "none"):
        role = {"kind": "existing", "roleArn": f"arn:aws:iam::{ACCOUNT}:role/{name}"}
        told = faults(resolve, spec(controlPlane={"role": role}))
        assert NOT_THERE in told["controlPlane.role.roleArn"]


def test_the_key_is_read_with_its_policy_and_judged(resolve, account):
    kms = account.client("kms", REGION)
    arn = kms.create_key()["KeyMetadata"]["Arn"]
    asked = spec(controlPlane={"encryptionKey": {"kind": "existing", "keyArn": arn}})
    lock = resolve(asked)
    found = lock.supplied.keys[arn]
    assert (found.state, found.usage, found.spec, found.manager, found.rotation) == (
        "Enabled", "ENCRYPT_DECRYPT", "SYMMETRIC_DEFAULT", "CUSTOMER", False,
    )  # fmt: skip
    with pytest.raises(SpecError) as raised:  # AWS's own default policy lets no service in
        plan_cluster(asked, lock)
    who = [f.message.split(" use it;")[0].rpartition(" let ")[2] for f in raised.value.faults]
    assert who == [f"logs.{REGION}.amazonaws.com", *["EC2 Auto Scaling's service-linked role"] * 2]
    policy = key_policy(asked, partition_of(REGION), ACCOUNT)
    kms.put_key_policy(KeyId=arn, PolicyName="default", Policy=json.dumps(policy))
    kms.enable_key_rotation(KeyId=arn)
    lock = resolve(asked)
    assert lock.supplied.keys[arn].policy == policy and lock.supplied.keys[arn].rotation
    assert not [w for w in plan_cluster(asked, lock).warnings if "keyArn" in w]
    assert read_back(lock) == lock


def test_a_key_that_is_not_there_is_a_fault(resolve):
    arn = f"arn:aws:kms:{REGION}:{ACCOUNT}:key/00000000-0000-0000-0000-000000000000"
    told = faults(resolve, spec(controlPlane={"encryptionKey": {"kind": "existing",
                                                                "keyArn": arn}}))  # fmt: skip
    assert NOT_THERE in told["controlPlane.encryptionKey.keyArn"]


def machine_pools(image: str, key: str) -> dict[str, Any]:
    own = {"kind": "custom", "imageId": image, "family": "al2023", "rootDevice": "/dev/sda1"}
    return {"workers": {**POOL, "image": own, "keyName": key}}


def test_images_and_key_pairs_are_read(resolve, account):
    ec2 = account.client("ec2", REGION)
    ec2.create_key_pair(KeyName="ops")
    base = ec2.describe_images()["Images"][0]["ImageId"]
    machine = ec2.run_instances(ImageId=base, MinCount=1, MaxCount=1)["Instances"][0]
    image = ec2.create_image(InstanceId=machine["InstanceId"], Name="own")["ImageId"]
    lock = resolve(spec(nodePools=machine_pools(image, "ops")))
    assert lock.supplied.key_pairs == ("ops",)
    found = lock.supplied.images[image]
    assert (found.owner_id, found.state, found.architecture) == (ACCOUNT, "available", "x86_64")
    assert found.root_device_name
    assert read_back(lock) == lock


def test_images_and_key_pairs_that_are_not_there_are_faults(resolve):
    told = faults(resolve, spec(nodePools=machine_pools("ami-00000000000000000", "none")))
    assert NOT_THERE in told["nodePools.workers.image.imageId"]
    assert NOT_THERE in told["nodePools.workers.keyName"]


def api_of_own(arn: str, zone: str):
    group = {"kind": "existing", "targetGroupArn": arn, "securityGroupIds": ["sg-" + "0" * 17]}
    endpoints = {
        "main": {"dnsName": "api.corp.example.com", "loadBalancer": group},
        "people": {"dnsName": "k8s.corp.example.com",
                   "record": {"zone": {"kind": "existing", "hostedZoneId": zone}}},
    }  # fmt: skip
    return stack(asked_of_own({"controlPlane.endpoints": endpoints}))


def read_of_api(account, arn: str, zone: str):
    """By the part of `heiiki lock` that reads them."""
    told = Faults()
    found = read_api(Aws(account, REGION, told, print), api_of_own(arn, zone))
    return Supplied.model_validate(found), told.found


def test_target_groups_and_zones_of_the_api_are_read(account):
    vpc_id = account.client("ec2", REGION).create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"]
    elb, route53 = account.client("elbv2", REGION), account.client("route53", REGION)
    group = elb.create_target_group(
        Name="api", Protocol="TCP", Port=6443, VpcId=vpc_id, TargetType="instance",
        HealthCheckProtocol="HTTPS", HealthCheckPath="/readyz",
    )["TargetGroups"][0]["TargetGroupArn"]  # fmt: skip
    made = route53.create_hosted_zone(
        Name="corp.example.com", CallerReference="a",
        VPC={"VPCRegion": REGION, "VPCId": vpc_id}, HostedZoneConfig={"PrivateZone": True},
    )["HostedZone"]["Id"]  # fmt: skip
    zone = made.rpartition("/")[2]
    found, told = read_of_api(account, group, zone)
    assert told == []
    read = found.target_groups[group]
    assert (read.protocol, read.port, read.target_type, read.vpc_id) == (
        "TCP", 6443, "instance", vpc_id,
    )  # fmt: skip
    assert (read.health_check.protocol, read.health_check.path) == ("HTTPS", "/readyz")
    row = found.hosted_zones[zone]
    assert (row.name, row.private, row.vpc_ids) == ("corp.example.com", True, (vpc_id,))

    elb.delete_target_group(TargetGroupArn=group)
    route53.delete_hosted_zone(Id=zone)
    found, told = read_of_api(account, group, zone)
    assert {fault.path for fault in told if NOT_THERE in fault.message} == {
        "controlPlane.endpoints.main.loadBalancer.targetGroupArn",
        "controlPlane.endpoints.people.record.zone.hostedZoneId",
    }
    assert not found.target_groups and not found.hosted_zones


def to_bucket(name: str):
    existing = {"kind": "existing", "bucketArn": f"arn:aws:s3:::{name}"}
    destination = {"kind": "bucket", "bucket": existing}
    return spec(network={"flowLogs": {"destination": destination}})


def test_the_bucket_of_the_flow_logs_is_read_and_judged(resolve, account):
    s3 = account.client("s3", REGION)
    s3.create_bucket(Bucket="archive", CreateBucketConfiguration={"LocationConstraint": REGION})
    lock = resolve(to_bucket("archive"))
    found = lock.supplied.log_buckets["arn:aws:s3:::archive"]
    assert (found.region, found.policy, found.public_access_blocked) == (REGION, None, False)
    with pytest.raises(SpecError, match=r"delivery\.logs\.amazonaws\.com may not do s3"):
        plan_cluster(to_bucket("archive"), lock)
    everybody = {"Effect": "Allow", "Principal": "*", "Action": "s3:*", "Resource": "*"}
    policy = {"Version": "2012-10-17", "Statement": [everybody]}
    s3.put_bucket_policy(Bucket="archive", Policy=json.dumps(policy))
    ways = ("BlockPublicAcls", "IgnorePublicAcls", "BlockPublicPolicy", "RestrictPublicBuckets")
    s3.put_public_access_block(
        Bucket="archive", PublicAccessBlockConfiguration=dict.fromkeys(ways, True)
    )
    lock = resolve(to_bucket("archive"))
    found = lock.supplied.log_buckets["arn:aws:s3:::archive"]
    assert found.policy == policy and found.public_access_blocked
    assert read_back(lock) == lock


def test_a_bucket_that_is_not_there_is_a_fault(resolve):
    path = "network.flowLogs.destination.bucket.bucketArn"
    assert NOT_THERE in faults(resolve, to_bucket("nowhere"))[path]


def test_who_watches_a_supplied_vpc_is_read(resolve, supplied, account):
    before = resolve(supplied.asked()).supplied.vpcs[supplied.vpc_id].watch
    assert before is not None
    assert (before.flow_logs, before.query_logs, before.dns_firewall) == ((), False, None)
    watch(supplied, account)
    lock = resolve(supplied.asked())
    found = lock.supplied.vpcs[supplied.vpc_id].watch
    assert found is not None and found.dns_firewall is not None
    assert (found.flow_logs, found.query_logs) == (("REJECT",), True)
    assert found.dns_firewall.fail_open
    assert [(r.action, r.domains) for r in found.dns_firewall.rules] == [
        ("ALLOW", ("example.com",)), ("BLOCK", ("*",)),
    ]  # fmt: skip
    assert read_back(lock) == lock


def watch(supplied: SuppliedNetwork, account) -> None:
    resolver, s3 = account.client("route53resolver", REGION), account.client("s3", REGION)
    s3.create_bucket(Bucket="logs", CreateBucketConfiguration={"LocationConstraint": REGION})
    supplied.ec2.create_flow_logs(
        ResourceIds=[supplied.vpc_id], ResourceType="VPC", TrafficType="REJECT",
        LogDestinationType="s3", LogDestination="arn:aws:s3:::logs",
    )  # fmt: skip
    config = resolver.create_resolver_query_log_config(
        Name="q", DestinationArn="arn:aws:s3:::logs", CreatorRequestId="q"
    )["ResolverQueryLogConfig"]["Id"]
    resolver.associate_resolver_query_log_config(
        ResolverQueryLogConfigId=config, ResourceId=supplied.vpc_id
    )
    for number, (name, action, domain) in enumerate(
        (("block", "BLOCK", "*"), ("allow", "ALLOW", "example.com"))
    ):
        group = resolver.create_firewall_rule_group(Name=name, CreatorRequestId=name)
        group_id = group["FirewallRuleGroup"]["Id"]
        listed = resolver.create_firewall_domain_list(Name=name, CreatorRequestId=name)
        list_id = listed["FirewallDomainList"]["Id"]
        resolver.update_firewall_domains(
            FirewallDomainListId=list_id, Operation="ADD", Domains=[domain]
        )
        response = {"BlockResponse": "NXDOMAIN"} if action == "BLOCK" else {}
        resolver.create_firewall_rule(
            CreatorRequestId=name, FirewallRuleGroupId=group_id, FirewallDomainListId=list_id,
            Priority=1, Action=action, Name=name, **response,
        )  # fmt: skip
        resolver.associate_firewall_rule_group(
            CreatorRequestId=name, FirewallRuleGroupId=group_id, VpcId=supplied.vpc_id,
            Priority=300 - number, Name=name,
        )  # fmt: skip
    resolver.update_firewall_config(ResourceId=supplied.vpc_id, FirewallFailOpen="ENABLED")


def test_a_closed_supplied_vpc_without_a_dns_firewall_is_refused(resolve, supplied):
    with pytest.raises(SpecError) as raised:
        plan_cluster(supplied.asked(), resolve(supplied.asked()))
    assert [(f.path, f.message.split(",")[0]) for f in raised.value.faults] == [
        ("network.vpc.vpcId", "has no DNS Firewall")
    ]


def test_gateways_and_addresses_are_read(resolve, supplied, account):
    ec2 = supplied.ec2
    igw = ec2.create_internet_gateway()["InternetGateway"]["InternetGatewayId"]
    ec2.attach_internet_gateway(InternetGatewayId=igw, VpcId=supplied.vpc_id)
    free, used = (ec2.allocate_address(Domain="vpc")["AllocationId"] for _ in range(2))
    nat = ec2.create_nat_gateway(
        SubnetId=supplied.subnets[0], AllocationId=used,
        TagSpecifications=[{"ResourceType": "natgateway",
                            "Tags": [{"Key": "heiiki:cluster", "Value": "other"}]}],
    )["NatGateway"]["NatGatewayId"]  # fmt: skip
    tgw = ec2.create_transit_gateway()["TransitGateway"]["TransitGatewayId"]
    attachment = ec2.create_transit_gateway_vpc_attachment(
        TransitGatewayId=tgw, VpcId=supplied.vpc_id, SubnetIds=supplied.subnets
    )["TransitGatewayVpcAttachment"]["TransitGatewayAttachmentId"]
    vgw = ec2.create_vpn_gateway(Type="ipsec.1")["VpnGateway"]["VpnGatewayId"]
    ec2.attach_vpn_gateway(VpnGatewayId=vgw, VpcId=supplied.vpc_id)
    peer = ec2.create_vpc(CidrBlock="10.50.0.0/16")["Vpc"]["VpcId"]
    pcx = ec2.create_vpc_peering_connection(VpcId=supplied.vpc_id, PeerVpcId=peer)[
        "VpcPeeringConnection"
    ]["VpcPeeringConnectionId"]
    network = supplied.asked().network.model_dump(mode="json", by_alias=True)
    network["egress"] = {
        "kind": "nat", "internetGateway": {"kind": "existing", "internetGatewayId": igw},
        "natGateways": {
            "theirs": {"kind": "existing", "natGatewayId": nat},
            **{name: {"kind": "create", "subnet": "x",
                      "elasticIp": {"kind": "existing", "allocationId": i}}
               for name, i in (("free", free), ("used", used))},
        },
    }  # fmt: skip
    network["connections"] = {
        "hub": {"kind": "existing", "targetId": tgw, "cidrs": ["10.60.0.0/16"]},
        "peer": {"kind": "existing", "targetId": pcx, "cidrs": ["10.50.0.0/16"]},
        "line": {"kind": "virtualPrivateGateway", "onPremisesCidrs": ["10.70.0.0/16"],
                 "gateway": {"kind": "existing", "vpnGatewayId": vgw}},
    }  # fmt: skip
    lock = resolve(spec(network=network))
    found = lock.supplied
    assert found.internet_gateways[igw].vpc_ids == (supplied.vpc_id,)
    assert found.nat_gateways[nat].model_dump() == {
        "vpc_id": supplied.vpc_id, "subnet_id": supplied.subnets[0], "state": "available",
        "connectivity_type": "public",
    }  # fmt: skip
    assert found.elastic_ips[free].associated_with is None
    assert (found.elastic_ips[used].associated_with, found.elastic_ips[used].made_by) == (
        nat, "other",
    )  # fmt: skip
    assert found.transit_gateways[tgw].attachments == {supplied.vpc_id: "available"}
    assert found.vpn_gateways[vgw].vpc_ids == (supplied.vpc_id,)
    assert found.peerings[pcx].state == "pending-acceptance"
    assert set(found.peerings[pcx].vpc_ids) == {supplied.vpc_id, peer}
    assert read_back(lock) == lock
    own_ways = {
        "hub": {"kind": "transitGateway", "transitGatewayId": tgw,
                "onPremisesCidrs": ["10.60.0.0/16"]},
        "peer": {"kind": "vpcPeering", "peerVpcId": peer, "peerCidrs": ["10.50.0.0/16"]},
        "line": {"kind": "virtualPrivateGateway", "onPremisesCidrs": ["10.70.0.0/16"]},
    }  # fmt: skip
    asked = spec(network={**network, "connections": own_ways})
    theirs = resolve(asked).supplied
    assert theirs.transit_gateways[tgw].attachments == {supplied.vpc_id: "available"}
    assert theirs.vpn_gateways[vgw].vpc_ids == (supplied.vpc_id,)
    assert set(theirs.peerings[pcx].vpc_ids) == {supplied.vpc_id, peer}
    ec2.create_tags(Resources=[pcx, vgw, attachment],
                    Tags=[{"Key": "heiiki:cluster", "Value": asked.name}])  # fmt: skip
    ours = resolve(asked).supplied  # what the stack's own first `up` has made is no hindrance
    assert (ours.transit_gateways[tgw].attachments, ours.vpn_gateways, ours.peerings) == (
        {},
        {},
        {},
    )


def test_gateways_that_are_not_there_are_faults_at_their_keys(resolve, supplied):
    network = supplied.asked().network.model_dump(mode="json", by_alias=True)
    zeros = "0" * 17
    network["egress"] = {
        "kind": "nat",
        "internetGateway": {"kind": "existing", "internetGatewayId": f"igw-{zeros}"},
        "natGateways": {
            "a": {"kind": "existing", "natGatewayId": f"nat-{zeros}"},
            "b": {"kind": "create", "subnet": "x",
                  "elasticIp": {"kind": "existing", "allocationId": f"eipalloc-{zeros}"}},
        },
    }  # fmt: skip
    far = ["10.60.0.0/16"]
    network["connections"] = {
        "t": {"kind": "transitGateway", "transitGatewayId": f"tgw-{zeros}", "onPremisesCidrs": far},
        "p": {"kind": "existing", "targetId": f"pcx-{zeros}", "cidrs": far},
        "v": {"kind": "virtualPrivateGateway", "onPremisesCidrs": far,
              "gateway": {"kind": "existing", "vpnGatewayId": f"vgw-{zeros}"}},
    }  # fmt: skip
    told = faults(resolve, spec(network=network))
    assert {path: NOT_THERE in message for path, message in told.items()} == dict.fromkeys(
        (
            "network.egress.internetGateway.internetGatewayId",
            "network.egress.natGateways.a.natGatewayId",
            "network.egress.natGateways.b.elasticIp.allocationId",
            "network.connections.t.transitGatewayId",
            "network.connections.p.targetId",
            "network.connections.v.gateway.vpnGatewayId",
        ),
        True,
    )


class Denying:
    """S3 and KMS that answer with this code to what they are asked first."""

    def __init__(self, code: str) -> None:
        self.code = code

    def client(self, service: str, region: str) -> "Denying":
        return self

    def get_bucket_location(self, *, Bucket: str, ExpectedBucketOwner: str):
        assert (Bucket, ExpectedBucketOwner) == ("archive", ACCOUNT)
        raise ClientError({"Error": {"Code": self.code, "Message": "no"}}, "GetBucketLocation")

    def describe_key(self, *, KeyId: str):
        raise ClientError({"Error": {"Code": f"{self.code}Exception", "Message": "no"}}, "x")


def looked_up(code: str) -> list[tuple[str, str]]:
    aws = Aws(Denying(code), REGION, Faults(), lambda _: None)  # type: ignore[arg-type]
    key = f"arn:aws:kms:{REGION}:{ACCOUNT}:key/1234abcd-12ab-34cd-56ef-1234567890ab"
    archive = {"kind": "existing", "bucketArn": "arn:aws:s3:::archive"}
    asked = spec(
        controlPlane={"encryptionKey": {"kind": "existing", "keyArn": key}},
        network={"flowLogs": {"destination": {"kind": "bucket", "bucket": archive}}},
    )
    assert read_keys_and_buckets(aws, asked, ACCOUNT) == {"keys": {}, "logBuckets": {}}
    return [(fault.path, fault.message) for fault in aws.faults.found]


def test_what_aws_denies_is_not_told_to_be_missing():
    assert looked_up("AccessDenied") == [
        ("controlPlane.encryptionKey.keyArn",
         "AWS answers AccessDeniedException: your credentials lack kms:DescribeKey on it, by IAM "
         "or by the key's own policy; ask its owner for that permission"),
        ("network.flowLogs.destination.bucket.bucketArn",
         "AWS answers AccessDenied: the bucket is another account's, or your credentials lack "
         "s3:GetBucketLocation on it; correct the name, or ask for that permission"),
    ]  # fmt: skip


def test_a_failure_of_another_kind_ends_the_lookup():
    with pytest.raises(AutomationError, match="kms:DescribeKey: SlowDownException"):
        looked_up("SlowDown")
