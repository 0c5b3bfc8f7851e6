"""What the reader of a VPC looks at, made by plain calls of AWS's APIs."""

from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from local.cluster.records import Reader
from plan.self_hosted.firewall import ApiEndpoint, self_hosted_firewall_table

MEMBERS = ("1a", "1c", "1d")
VPC, DOMAIN = "172.25.0.0/16", "dev.heiiki.internal"
SUBNETS = {name: f"172.25.{index}.0/24" for index, name in enumerate(MEMBERS, start=1)}
API_NAME = f"api.{DOMAIN}"


@dataclass
class StandIn:
    """Made in the embedded AWS at a URL."""

    url: str
    region: str
    groups: dict[str, str] = field(default_factory=dict)  # security groups by role
    subnets: dict[str, str] = field(default_factory=dict)
    vpc_id: str = ""
    image_id: str = "ami-00000000000000000"

    @cached_property
    def reader(self) -> Reader:
        return Reader(self.url, self.region)

    def aws(self, service: str) -> Any:
        return self.reader.client(service)

    def network(self) -> None:
        ec2 = self.aws("ec2")
        self.vpc_id = ec2.create_vpc(CidrBlock=VPC)["Vpc"]["VpcId"]
        for name, cidr in SUBNETS.items():
            made = ec2.create_subnet(VpcId=self.vpc_id, CidrBlock=cidr,
                                     AvailabilityZone=f"{self.region}{name[-1]}")  # fmt: skip
            self.subnets[name] = made["Subnet"]["SubnetId"]
        table = self_hosted_firewall_table(
            members=MEMBERS, api_endpoints=[ApiEndpoint("main")], operator=True
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

    def operator(self) -> str:
        """A machine of the operator's, from which people ask; its id."""
        made = self.aws("ec2").run_instances(
            ImageId=self.image_id, InstanceType="m7i.large", MinCount=1, MaxCount=1,
            NetworkInterfaces=[{"DeviceIndex": 0, "SubnetId": self.subnets["1a"],
                                "Groups": [self.groups["operator"]]}],
        )  # fmt: skip
        return str(made["Instances"][0]["InstanceId"])

    def leads(self, name: str, to: str) -> None:
        """A name that leads to another one."""
        values = [{"Value": to}]
        self._change({"Name": name, "Type": "CNAME", "TTL": 60, "ResourceRecords": values})

    def _change(self, record: dict[str, Any]) -> None:
        self.aws("route53").change_resource_record_sets(
            HostedZoneId=self.zone_id,
            ChangeBatch={"Changes": [{"Action": "UPSERT", "ResourceRecordSet": record}]},
        )
