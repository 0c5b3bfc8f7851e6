"""What a stack makes of a self-hosted cluster, made here by plain calls of AWS's APIs.

The values are those that the rooms render and plan: bundles, user data, the firewall's table, the
PKI's table. Only who makes the resources stands in for the engine.
"""

import base64
import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from ipaddress import IPv4Network
from pathlib import Path
from typing import Any

from local.aws.extensions.ec2.instances import NEVER_READY
from local.cluster.records import Reader
from machines.bundle import Bundle
from machines.etcd import EtcdCluster
from machines.role_bundles import Delivery, Kept, Program, etcd_bundle, role_user_data
from plan.firewall_self_hosted import ApiEndpoint, etcd_role, self_hosted_firewall_table
from plan.pki import ClusterNames, PkiPlan, plan_pki
from plan.pki_files import parameter_path, plan_files
from spec.pki import GeneratedPki
from tests.local.cluster.pki import files_of

REGION, CLUSTER = "ap-northeast-1", "dev"
VPC, ENDPOINTS = "172.25.0.0/16", "172.25.0.250"
DOMAIN = f"{CLUSTER}.heiiki.internal"
ZONES = {"1a": f"{REGION}a", "1c": f"{REGION}c", "1d": f"{REGION}d"}
SUBNETS = {name: f"172.25.{index}.0/24" for index, name in enumerate(ZONES, start=1)}
BUCKET, HOOK = f"{CLUSTER}-cluster", "ready"
ETCD = EtcdCluster(CLUSTER, REGION, DOMAIN, tuple(ZONES), f"{CLUSTER}-1")
SERVICES = IPv4Network("10.32.0.0/16")
API_NAME = f"api.{DOMAIN}"
VOLUME_GIB = 1


@dataclass
class StandIn:
    """Made in the embedded AWS at a URL. programs: files of this machine, by name."""

    url: str
    programs: Mapping[str, Path]
    groups: dict[str, str] = field(default_factory=dict)  # security groups by role
    subnets: dict[str, str] = field(default_factory=dict)
    vpc_id: str = ""
    image_id: str = "ami-00000000000000000"

    @cached_property
    def reader(self) -> Reader:
        return Reader(self.url, REGION)

    def aws(self, service: str) -> Any:
        return self.reader.client(service)

    @cached_property
    def pki(self) -> PkiPlan:
        return plan_pki(GeneratedPki(), ClusterNames(CLUSTER, ETCD.members, SERVICES, DOMAIN))

    @cached_property
    def secrets(self) -> dict[str, str]:
        return files_of(self.pki)

    def network(self) -> None:
        ec2 = self.aws("ec2")
        self.vpc_id = ec2.create_vpc(CidrBlock=VPC)["Vpc"]["VpcId"]
        for name, cidr in SUBNETS.items():
            made = ec2.create_subnet(VpcId=self.vpc_id, CidrBlock=cidr,
                                     AvailabilityZone=ZONES[name])  # fmt: skip
            self.subnets[name] = made["Subnet"]["SubnetId"]
        table = self_hosted_firewall_table(
            members=ETCD.members, api_endpoints=[ApiEndpoint("main")], operator=True
        )
        roles = {str(end) for row in table for end in (row.source, row.target)}
        for role in sorted(roles - {"endpoint", "s3-prefix-list"}):
            group = ec2.create_security_group(
                GroupName=role, Description=role, VpcId=self.vpc_id
            )["GroupId"]  # fmt: skip
            self.groups[role] = group
            everything = [{"IpProtocol": "-1", "IpRanges": [{"CidrIp": "0.0.0.0/0"}]}]
            ec2.revoke_security_group_egress(GroupId=group, IpPermissions=everything)
        for row in table:
            self._rule(ec2, row)
        self.zone_id = self.aws("route53").create_hosted_zone(
            Name=DOMAIN, CallerReference="1", VPC={"VPCRegion": REGION, "VPCId": self.vpc_id},
            HostedZoneConfig={"PrivateZone": True},
        )["HostedZone"]["Id"]  # fmt: skip

    def _rule(self, ec2: Any, row: Any) -> None:
        protocol = {"IpProtocol": row.protocol, "FromPort": row.ports[0], "ToPort": row.ports[1]}
        ends = {"endpoint": None, "s3-prefix-list": None, **self.groups}
        source, target = str(row.source), str(row.target)
        if target in self.groups:
            pairs = [{"GroupId": ends[source]}]
            ec2.authorize_security_group_ingress(
                GroupId=ends[target], IpPermissions=[{**protocol, "UserIdGroupPairs": pairs}]
            )
        if source in self.groups:
            to: dict[str, Any] = {"IpRanges": [{"CidrIp": VPC}]}  # where the endpoints are
            if target in self.groups:
                to = {"UserIdGroupPairs": [{"GroupId": ends[target]}]}
            elif target == "s3-prefix-list":
                return  # S3 has the same address here as all others
            ec2.authorize_security_group_egress(
                GroupId=ends[source], IpPermissions=[{**protocol, **to}]
            )

    def store(self) -> None:
        """The bucket with all programs, and every role's path of the secret store."""
        s3, ssm = self.aws("s3"), self.aws("ssm")
        s3.create_bucket(Bucket=BUCKET, CreateBucketConfiguration={"LocationConstraint": REGION})
        for name, path in self.programs.items():
            key = f"binaries/{self.digests[name].sha256}"
            s3.put_object(Bucket=BUCKET, Key=key, Body=path.read_bytes())
        for file in plan_files(self.pki, {}):
            ssm.put_parameter(
                Name=f"{parameter_path(CLUSTER, file.role)}/{file.name}",
                Value=self.secrets[file.name],
                Type="SecureString" if file.secret else "String",
            )

    @cached_property
    def digests(self) -> dict[str, Program]:
        return {
            name: Program(hashlib.sha256(path.read_bytes()).hexdigest())
            for name, path in self.programs.items()
        }

    def delivery(self, role: str) -> Delivery:
        return Delivery(
            BUCKET, "amazonaws.com", parameter_path(CLUSTER, role), self.digests,
            {"group": f"{CLUSTER}-{role}", "hook": HOOK},
        )  # fmt: skip

    def role(self, role: str) -> str:
        """A role of IAM and its profile; what it may do is the plan's, and not held here."""
        iam, name = self.aws("iam"), f"{CLUSTER}-{role}"
        trust = {"Version": "2012-10-17", "Statement": [
            {"Effect": "Allow", "Principal": {"Service": "ec2.amazonaws.com"},
             "Action": "sts:AssumeRole"}]}  # fmt: skip
        iam.create_role(RoleName=name, AssumeRolePolicyDocument=json.dumps(trust))
        arn = iam.create_instance_profile(InstanceProfileName=name)["InstanceProfile"]["Arn"]
        iam.add_role_to_instance_profile(InstanceProfileName=name, RoleName=name)
        return str(arn)

    def member(self, name: str) -> None:
        """One member: what is kept, and the group of its one machine."""
        ec2, role = self.aws("ec2"), etcd_role(name)
        tags = {"heiiki:cluster": CLUSTER, "heiiki:etcd-member": name}
        listed = [{"Key": key, "Value": value} for key, value in tags.items()]
        ec2.create_volume(
            AvailabilityZone=ZONES[name], Size=VOLUME_GIB, VolumeType="gp3",
            TagSpecifications=[{"ResourceType": "volume", "Tags": listed}],
        )  # fmt: skip
        interface = ec2.create_network_interface(
            SubnetId=self.subnets[name], Groups=[self.groups[role]],
            TagSpecifications=[{"ResourceType": "network-interface", "Tags": listed}],
        )["NetworkInterface"]  # fmt: skip
        self.record(ETCD.host(name), interface["PrivateIpAddress"])
        delivery = self.delivery(role)
        bundle = etcd_bundle(ETCD, name, Kept(tags, SUBNETS[name]), delivery)
        self.group(role, bundle, delivery, [self.subnets[name]], 1)

    def record(self, name: str, *addresses: str) -> None:
        record = {"Name": name, "Type": "A", "TTL": 60,
                  "ResourceRecords": [{"Value": address} for address in addresses]}  # fmt: skip
        self.aws("route53").change_resource_record_sets(
            HostedZoneId=self.zone_id,
            ChangeBatch={"Changes": [{"Action": "UPSERT", "ResourceRecordSet": record}]},
        )

    def group(
        self, role: str, bundle: Bundle, delivery: Delivery, subnets: list[str], size: int
    ) -> None:
        """The bundle, a launch template that names it, and a group whose machines wait."""
        self.aws("s3").put_object(Bucket=BUCKET, Key=bundle.key, Body=bundle.content)
        user_data = role_user_data(bundle, REGION, delivery).encode()
        tags = [{"Key": "Name", "Value": f"{CLUSTER}-{role}"},
                {"Key": "heiiki:role", "Value": role}]  # fmt: skip
        template = self.aws("ec2").create_launch_template(
            LaunchTemplateName=f"{CLUSTER}-{role}",
            LaunchTemplateData={
                "ImageId": self.image_id, "InstanceType": "m7i.large",
                "UserData": base64.b64encode(user_data).decode(),
                "IamInstanceProfile": {"Arn": self.role(role)},
                "NetworkInterfaces": [{"DeviceIndex": 0, "Groups": [self.groups[role]],
                                       "DeleteOnTermination": True}],
                "TagSpecifications": [{"ResourceType": "instance", "Tags": tags}],
            },
        )["LaunchTemplate"]  # fmt: skip
        self.aws("autoscaling").create_auto_scaling_group(
            AutoScalingGroupName=f"{CLUSTER}-{role}", MinSize=size, MaxSize=size + 1,
            DesiredCapacity=size, VPCZoneIdentifier=",".join(subnets),
            LaunchTemplate={"LaunchTemplateId": template["LaunchTemplateId"], "Version": "1"},
            LifecycleHookSpecificationList=[
                {"LifecycleHookName": HOOK, "DefaultResult": "ABANDON",
                 "LifecycleTransition": "autoscaling:EC2_INSTANCE_LAUNCHING"}],
            Tags=[{"Key": NEVER_READY, "Value": "", "PropagateAtLaunch": True}],
        )  # fmt: skip

    def instances(self, role: str) -> dict[str, str]:
        """Of its group: id to its state there."""
        (group,) = self.aws("autoscaling").describe_auto_scaling_groups(
            AutoScalingGroupNames=[f"{CLUSTER}-{role}"]
        )["AutoScalingGroups"]
        return {one["InstanceId"]: one["LifecycleState"] for one in group["Instances"]}
