"""What a stack makes of a self-hosted cluster, made here by plain calls of AWS's APIs.

The values are those that the rooms render and plan: bundles, user data, the firewall's table, the
PKI's table. Only who makes the resources stands in for the engine.
"""

import base64
import hashlib
import json
import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from ipaddress import IPv4Network
from pathlib import Path
from typing import Any

from local.aws.extensions.ec2.instances import NEVER_READY
from local.cluster.records import Reader
from machines.authenticator import render_authenticator
from machines.bundle import Bundle
from machines.encryption import LocalKey, render_local_encryption
from machines.etcd import EtcdCluster
from machines.kube_apiserver import ApiServerSettings, ApiServerSwitches
from machines.role_bundles import (
    Delivery,
    Kept,
    Program,
    controller_bundle,
    etcd_bundle,
    role_user_data,
    worker_bundle,
)
from machines.self_hosted_cluster import SelfHostedCluster
from machines.self_hosted_files import Controller
from machines.self_hosted_kubelet import KubeletHost, SelfHostedKubelet
from plan.firewall_self_hosted import ApiEndpoint, etcd_role, self_hosted_firewall_table
from plan.pki import ClusterNames, PkiPlan, plan_pki
from plan.pki_files import ENCRYPTION_CONFIG, encryption_file, parameter_path, plan_files
from spec.encryption import LocalKeyEncryption
from spec.pki import GeneratedPki
from tests.local.cluster.pki import files_of

REGION, CLUSTER, ACCOUNT = "ap-northeast-1", "dev", "123456789012"
REGISTRY = f"{ACCOUNT}.dkr.ecr.{REGION}.amazonaws.com"
AUTHORITIES = "/etc/ssl/certs/ca-certificates.crt"  # that of the world is among them
# What a namespace does not let a kubelet do, and a machine does.
NAMESPACE = KubeletHost(cgroup_v1=True, local_storage_isolation=False)
VPC = "172.25.0.0/16"
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
    """Made in the embedded AWS at a URL. programs: files of this machine, images: references, by
    name."""

    url: str
    programs: Mapping[str, Path]
    images: Mapping[str, str]
    groups: dict[str, str] = field(default_factory=dict)  # security groups by role
    subnets: dict[str, str] = field(default_factory=dict)
    vpc_id: str = ""
    region: str = REGION
    image_id: str = "ami-00000000000000000"

    @cached_property
    def reader(self) -> Reader:
        return Reader(self.url, self.region)

    def aws(self, service: str) -> Any:
        return self.reader.client(service)

    @cached_property
    def pki(self) -> PkiPlan:
        return plan_pki(GeneratedPki(), ClusterNames(CLUSTER, ETCD.members, SERVICES, DOMAIN))

    @cached_property
    def secrets(self) -> dict[str, str]:
        key = LocalKey("generation-1", base64.b64encode(os.urandom(32)).decode())
        return files_of(self.pki) | {ENCRYPTION_CONFIG: render_local_encryption([key])}

    @cached_property
    def cluster(self) -> SelfHostedCluster:
        return SelfHostedCluster(
            name=CLUSTER, region=REGION, api_server_name=API_NAME, vpc_cidrs=(VPC,),
            pod_cidr="10.64.0.0/12", service_cidr=str(SERVICES), registry=REGISTRY,
            images=self.images, etcd=ETCD, authorities_file=AUTHORITIES,
        )  # fmt: skip

    def network(self) -> None:
        ec2 = self.aws("ec2")
        self.vpc_id = ec2.create_vpc(CidrBlock=VPC)["Vpc"]["VpcId"]
        for name, cidr in SUBNETS.items():
            made = ec2.create_subnet(VpcId=self.vpc_id, CidrBlock=cidr,
                                     AvailabilityZone=f"{self.region}{name[-1]}")  # fmt: skip
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
            Name=DOMAIN, CallerReference="1", VPC={"VPCRegion": self.region, "VPCId": self.vpc_id},
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
        local_keys = encryption_file(LocalKeyEncryption(kind="localKeys"))
        for file in (*plan_files(self.pki, {}), local_keys):
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
            PrivateIpAddress=f"{SUBNETS[name].rpartition('.')[0]}.100",
            TagSpecifications=[{"ResourceType": "network-interface", "Tags": listed}],
        )["NetworkInterface"]  # fmt: skip
        self.record(ETCD.host(name), interface["PrivateIpAddress"])
        delivery = self.delivery(role)
        bundle = etcd_bundle(ETCD, name, Kept(tags, SUBNETS[name]), delivery)
        self.group(role, bundle, delivery, [self.subnets[name]], 1)

    def endpoint(self) -> None:
        """The API's load balancer, its target group, and the name that leads to it."""
        elb = self.aws("elbv2")
        self.target_group = elb.create_target_group(
            Name="api", Protocol="TCP", Port=6443, VpcId=self.vpc_id, TargetType="instance",
            HealthCheckProtocol="HTTPS", HealthCheckPath="/readyz", HealthCheckPort="traffic-port",
            HealthCheckIntervalSeconds=10, UnhealthyThresholdCount=3, HealthyThresholdCount=3,
        )["TargetGroups"][0]["TargetGroupArn"]  # fmt: skip
        made = elb.create_load_balancer(
            Name="api", Type="network", Scheme="internal", Subnets=list(self.subnets.values())[:2],
            SecurityGroups=[self.groups["api-main"]],
        )["LoadBalancers"][0]  # fmt: skip
        elb.create_listener(
            LoadBalancerArn=made["LoadBalancerArn"], Protocol="TCP", Port=6443,
            DefaultActions=[{"Type": "forward", "TargetGroupArn": self.target_group}],
        )  # fmt: skip
        alias = {"HostedZoneId": made["CanonicalHostedZoneId"], "DNSName": made["DNSName"],
                 "EvaluateTargetHealth": True}  # fmt: skip
        self._change({"Name": API_NAME, "Type": "A", "AliasTarget": alias})

    def controllers(self, size: int) -> None:
        """The group of all controllers, behind the endpoint."""
        roles = [f"arn:aws:iam::{ACCOUNT}:role/{CLUSTER}-{r}" for r in ("controller", "worker")]
        controller = Controller(
            partition="aws",
            authenticator=render_authenticator(self.cluster, nodes=roles, administrators=[]),
            api_server=ApiServerSettings(ApiServerSwitches(encryption="local")),
            kubelet=SelfHostedKubelet("controller", host=NAMESPACE),
            restrict_oom_score_adj=True,
        )
        delivery = self.delivery("controller")
        bundle = controller_bundle(self.cluster, controller, delivery)
        self.group(
            "controller", bundle, delivery, list(self.subnets.values())[:2], size,
            TargetGroupARNs=[self.target_group],
        )  # fmt: skip

    def workers(self, size: int) -> None:
        delivery = self.delivery("worker")
        kubelet = SelfHostedKubelet("worker", host=NAMESPACE)
        bundle = worker_bundle(self.cluster, kubelet, delivery, restrict_oom_score_adj=True)
        self.group("worker", bundle, delivery, list(self.subnets.values())[:2], size)

    def operator(self) -> str:
        """A machine of the operator's, from which people ask; its id."""
        made = self.aws("ec2").run_instances(
            ImageId=self.image_id, InstanceType="m7i.large", MinCount=1, MaxCount=1,
            SubnetId=self.subnets["1a"], SecurityGroupIds=[self.groups["operator"]],
        )  # fmt: skip
        return str(made["Instances"][0]["InstanceId"])

    def record(self, name: str, *addresses: str) -> None:
        record = {"Name": name, "Type": "A", "TTL": 60,
                  "ResourceRecords": [{"Value": address} for address in addresses]}  # fmt: skip
        self._change(record)

    def _change(self, record: dict[str, Any]) -> None:
        self.aws("route53").change_resource_record_sets(
            HostedZoneId=self.zone_id,
            ChangeBatch={"Changes": [{"Action": "UPSERT", "ResourceRecordSet": record}]},
        )

    def group(
        self, role: str, bundle: Bundle, delivery: Delivery, subnets: list[str], size: int,
        **more: Any,
    ) -> None:  # fmt: skip
        """The bundle, a launch template that names it, and a group whose machines wait."""
        self.aws("s3").put_object(Bucket=BUCKET, Key=bundle.key, Body=bundle.content)
        user_data = role_user_data(bundle, REGION, delivery).encode()
        tags = [{"Key": "Name", "Value": f"{CLUSTER}-{role}"},
                {"Key": "heiiki:role", "Value": role},
                {"Key": f"kubernetes.io/cluster/{CLUSTER}", "Value": "owned"}]  # fmt: skip
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
            **more,
        )  # fmt: skip

    def instances(self, role: str) -> dict[str, str]:
        """Of its group: id to its state there."""
        (group,) = self.aws("autoscaling").describe_auto_scaling_groups(
            AutoScalingGroupNames=[f"{CLUSTER}-{role}"]
        )["AutoScalingGroups"]
        return {one["InstanceId"]: one["LifecycleState"] for one in group["Instances"]}
