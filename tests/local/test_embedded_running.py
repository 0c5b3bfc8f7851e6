"""One embedded AWS that runs: where it listens, what it was given, what is left in it."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import boto3
import pytest

from local import leftovers as module
from local.embedded import EmbeddedAws, Endpoints
from local.leftovers import leftovers

REGION = "eu-central-1"


@pytest.fixture(scope="module")
def aws(tmp_path_factory: pytest.TempPathFactory) -> Iterator[EmbeddedAws]:
    with pytest.MonkeyPatch.context() as monkeypatch:
        monkeypatch.setenv("AWS_PROFILE", "production")
        monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "real")
        monkeypatch.setenv("https_proxy", "http://proxy.example.com")
        aws = EmbeddedAws(tmp_path_factory.mktemp("embedded"))
        aws.start()
    yield aws
    aws.stop()


@pytest.fixture(scope="module")
def endpoints(aws: EmbeddedAws) -> Endpoints:
    endpoints = aws.status().endpoints
    assert endpoints is not None
    return endpoints


class Account:
    def __init__(self, endpoint_url: str) -> None:
        self.endpoint_url = endpoint_url

    def __getattr__(self, service: str) -> Any:
        return boto3.client(
            service,  # type: ignore[call-overload]
            region_name=REGION,
            endpoint_url=self.endpoint_url,
            aws_access_key_id="embedded",
            aws_secret_access_key="embedded",
        )


@pytest.fixture(scope="module")
def account(endpoints: Endpoints) -> Account:
    return Account(endpoints.aws_endpoint_url)


def test_it_listens_on_this_machine_alone(endpoints: Endpoints) -> None:
    ports = {int(e.split(":")[1]) for e in endpoints.debug_providers.split(",")}
    ports.add(int(endpoints.aws_endpoint_url.rsplit(":", 1)[1]))

    listening = [
        line.split()[1].split(":")
        for table in ("tcp", "tcp6")
        for line in Path(f"/proc/net/{table}").read_text().splitlines()[1:]
        if line.split()[3] == "0A"
    ]
    found = {int(port, 16): address for address, port in listening if int(port, 16) in ports}

    assert set(found) == ports
    assert {address[-8:] for address in found.values()} == {"0100007F"}
    assert {a[:-8] for a in found.values()} <= {"", "0000000000000000FFFF0000"}


def test_it_runs_without_the_operators_accounts_and_proxies(aws: EmbeddedAws) -> None:
    for process in aws.status().processes.values():
        variables = Path(f"/proc/{process}/environ").read_text().split("\0")
        assert "AWS_SECRET_ACCESS_KEY=embedded" in variables
        assert not any(v.startswith(("AWS_PROFILE=", "https_proxy=")) for v in variables)


def test_the_regions_are_those_that_were_spoken_to(aws: EmbeddedAws, account: Account) -> None:
    before = aws.regions()

    account.ec2.describe_vpcs()
    account.ec2.describe_vpcs()

    assert REGION not in before
    assert aws.regions() == sorted([*before, REGION])


def test_a_new_account_has_nothing_left_over(endpoints: Endpoints) -> None:
    assert list(leftovers(endpoints.aws_endpoint_url, ["eu-west-1"])) == []


TRUST = json.dumps(
    {
        "Version": "2012-10-17",
        "Statement": [
            {
                "Effect": "Allow",
                "Principal": {"Service": "eks.amazonaws.com"},
                "Action": "sts:AssumeRole",
            }
        ],
    }
)
POLICY = json.dumps(
    {
        "Version": "2012-10-17",
        "Statement": [{"Effect": "Deny", "Action": "*", "Resource": "*"}],
    }
)
VPC_CIDR = "10.0.0.0/16"


def fill(account: Account) -> None:
    """One of everything that is looked for, and some that are gone already."""
    ec2 = account.ec2
    vpc = ec2.create_vpc(CidrBlock=VPC_CIDR)["Vpc"]["VpcId"]
    other = ec2.create_vpc(CidrBlock="10.1.0.0/16")["Vpc"]["VpcId"]
    zones = [f"{REGION}a", f"{REGION}b"]
    subnets = [
        ec2.create_subnet(VpcId=vpc, CidrBlock=f"10.0.{n}.0/24", AvailabilityZone=zone)["Subnet"][
            "SubnetId"
        ]
        for n, zone in enumerate(zones)
    ]
    ec2.create_route_table(VpcId=vpc)
    ec2.create_network_acl(VpcId=vpc)
    group = ec2.create_security_group(GroupName="g", Description="d", VpcId=vpc)["GroupId"]
    ec2.create_managed_prefix_list(PrefixListName="p", MaxEntries=1, AddressFamily="IPv4")
    ec2.create_vpc_peering_connection(VpcId=vpc, PeerVpcId=other)
    ec2.create_vpc_endpoint(VpcId=vpc, ServiceName=f"com.amazonaws.{REGION}.s3")
    gateway = ec2.create_internet_gateway()["InternetGateway"]["InternetGatewayId"]
    ec2.attach_internet_gateway(InternetGatewayId=gateway, VpcId=vpc)
    ec2.create_egress_only_internet_gateway(VpcId=vpc)
    transit = ec2.create_transit_gateway()["TransitGateway"]["TransitGatewayId"]
    ec2.create_transit_gateway_vpc_attachment(
        TransitGatewayId=transit, VpcId=vpc, SubnetIds=subnets
    )
    ec2.create_vpn_gateway(Type="ipsec.1")
    address = ec2.allocate_address(Domain="vpc")["AllocationId"]
    ec2.create_nat_gateway(SubnetId=subnets[0], AllocationId=address)
    ec2.create_network_interface(SubnetId=subnets[0])
    ec2.create_dhcp_options(
        DhcpConfigurations=[{"Key": "domain-name", "Values": ["example.internal"]}]
    )
    ec2.create_volume(AvailabilityZone=zones[0], Size=1)
    ec2.create_key_pair(KeyName="k")
    ec2.create_launch_template(
        LaunchTemplateName="template", LaunchTemplateData={"InstanceType": "t3.micro"}
    )
    image = ec2.describe_images()["Images"][0]["ImageId"]
    ec2.run_instances(ImageId=image, MinCount=1, MaxCount=1, SubnetId=subnets[0])
    account.autoscaling.create_auto_scaling_group(
        AutoScalingGroupName="asg",
        MinSize=0,
        MaxSize=0,
        VPCZoneIdentifier=subnets[0],
        LaunchTemplate={"LaunchTemplateName": "template"},
    )
    account.elbv2.create_load_balancer(Name="lb", Subnets=subnets)
    account.elbv2.create_target_group(Name="tg", Protocol="TCP", Port=443, VpcId=vpc)
    fill_services(account, vpc, subnets, group)
    fill_what_is_global(account)


def fill_services(account: Account, vpc: str, subnets: list[str], group: str) -> None:
    iam, logs, kms, resolver = account.iam, account.logs, account.kms, account.route53resolver
    role = iam.create_role(RoleName="r", AssumeRolePolicyDocument=TRUST)["Role"]["Arn"]
    logs.create_log_group(logGroupName="/l")
    account.ec2.create_flow_logs(
        ResourceIds=[vpc],
        ResourceType="VPC",
        TrafficType="ALL",
        LogGroupName="/l",
        DeliverLogsPermissionArn=role,
    )
    account.eks.create_cluster(
        name="c", roleArn=role, resourcesVpcConfig={"subnetIds": subnets}, version="1.33"
    )
    key = kms.create_key()["KeyMetadata"]["KeyId"]
    kms.create_alias(AliasName="alias/a", TargetKeyId=key)
    account.ssm.put_parameter(Name="/p", Value="v", Type="String")
    gone = kms.create_key()["KeyMetadata"]["KeyId"]
    kms.schedule_key_deletion(KeyId=gone)
    rules = resolver.create_firewall_rule_group(CreatorRequestId="1", Name="g")
    resolver.create_firewall_domain_list(CreatorRequestId="1", Name="d")
    resolver.associate_firewall_rule_group(
        CreatorRequestId="1",
        FirewallRuleGroupId=rules["FirewallRuleGroup"]["Id"],
        VpcId=vpc,
        Priority=101,
        Name="a",
    )
    log_group = logs.describe_log_groups()["logGroups"][0]["arn"]
    query_log = resolver.create_resolver_query_log_config(
        Name="q", DestinationArn=log_group, CreatorRequestId="1"
    )["ResolverQueryLogConfig"]["Id"]
    resolver.associate_resolver_query_log_config(ResolverQueryLogConfigId=query_log, ResourceId=vpc)
    resolver.create_resolver_endpoint(
        CreatorRequestId="1",
        SecurityGroupIds=[group],
        Direction="OUTBOUND",
        IpAddresses=[{"SubnetId": subnet} for subnet in subnets],
    )
    resolver.create_resolver_rule(
        CreatorRequestId="1", RuleType="SYSTEM", DomainName="example.internal", Name="s"
    )
    account.sqs.create_queue(QueueName="q")
    account.events.put_rule(Name="e", ScheduleExpression="rate(1 day)")
    account.secretsmanager.create_secret(Name="s", SecretString="x")
    account.ecr.create_repository(repositoryName="repository")


def fill_what_is_global(account: Account) -> None:
    iam = account.iam
    iam.create_instance_profile(InstanceProfileName="p")
    iam.create_user(UserName="u")
    iam.create_policy(PolicyName="p", PolicyDocument=POLICY)
    iam.create_open_id_connect_provider(Url="https://oidc.example.com", ThumbprintList=["0" * 40])
    account.s3.create_bucket(
        Bucket="b-of-a-test", CreateBucketConfiguration={"LocationConstraint": REGION}
    )
    account.route53.create_hosted_zone(Name="example.internal", CallerReference="1")


def test_everything_that_is_looked_for_is_found(endpoints: Endpoints, account: Account) -> None:
    fill(account)

    found = list(leftovers(endpoints.aws_endpoint_url, [REGION]))

    nouns = [f"{REGION} {row[0]}" for row in module._REGIONAL] + [r[0] for r in module._GLOBAL]
    nouns += [f"{REGION} KMS key", "IAM policy"]
    unseen = [noun for noun in nouns if not any(line.startswith(f"{noun} ") for line in found)]
    assert unseen == []
    assert len([line for line in found if " KMS key " in line]) == 1  # the other is on its way out
    assert f"{REGION} queue http" in " ".join(found)
