"""VPC endpoints and endpoint services."""

import json

import pytest
from botocore.exceptions import ClientError

SERVICE = "com.amazonaws.eu-central-1"
POLICY = json.dumps(
    {"Version": "2012-10-17", "Statement": [{"Effect": "Deny", "Principal": "*", "Action": "*"}]}
)


@pytest.fixture
def vpc(aws, network):
    for attribute in ("EnableDnsSupport", "EnableDnsHostnames"):
        aws("ec2").modify_vpc_attribute(VpcId=network.vpc_id, **{attribute: {"Value": True}})
    return network


def interface(aws, vpc, service="ec2", **settings):
    asked = {
        "VpcId": vpc.vpc_id,
        "VpcEndpointType": "Interface",
        "ServiceName": f"{SERVICE}.{service}",
        "SubnetIds": vpc.subnet_ids,
    } | settings
    return aws("ec2").create_vpc_endpoint(**asked)["VpcEndpoint"]


def refusal(call, code):
    with pytest.raises(ClientError) as caught:
        call()
    assert caught.value.response["Error"]["Code"] == code
    return caught.value.response["Error"]["Message"]


def test_an_interface_endpoint_stands_in_its_subnets_and_groups(aws, vpc):
    ec2 = aws("ec2")
    group_id = ec2.create_security_group(GroupName="e", Description="e", VpcId=vpc.vpc_id)[
        "GroupId"
    ]
    made = interface(
        aws,
        vpc,
        SecurityGroupIds=[group_id],
        PolicyDocument=POLICY,
        TagSpecifications=[
            {"ResourceType": "vpc-endpoint", "Tags": [{"Key": "Name", "Value": "ec2"}]}
        ],
    )
    described = ec2.describe_vpc_endpoints(VpcEndpointIds=[made["VpcEndpointId"]])["VpcEndpoints"]
    assert described == [made]
    assert made["State"] == "available" and made["PolicyDocument"] == POLICY
    assert made["Tags"] == [{"Key": "Name", "Value": "ec2"}]
    interfaces = ec2.describe_network_interfaces(NetworkInterfaceIds=made["NetworkInterfaceIds"])
    by_subnet = {entry["SubnetId"]: entry for entry in interfaces["NetworkInterfaces"]}
    assert set(by_subnet) == set(vpc.subnet_ids)
    first = by_subnet[vpc.subnet_ids[0]]
    assert first["PrivateIpAddress"].startswith("10.0.0.")
    assert first["InterfaceType"] == "vpc_endpoint" and first["RequesterManaged"]
    assert [group["GroupId"] for group in first["Groups"]] == [group_id]


def test_the_dns_entries_name_region_zones_and_private_name(aws, vpc):
    made = interface(aws, vpc, "ecr.dkr")
    names = [entry["DnsName"] for entry in made["DnsEntries"]]
    assert names[0].startswith(made["VpcEndpointId"] + "-")
    assert names[0].endswith(".dkr.ecr.eu-central-1.vpce.amazonaws.com")
    assert "-eu-central-1a." in names[1]
    assert names[-1] == "dkr.ecr.eu-central-1.amazonaws.com"


def test_without_a_group_the_default_group_of_the_vpc_is_taken(aws, vpc):
    (group,) = interface(aws, vpc)["Groups"]
    assert group["GroupName"] == "default"


def test_private_dns_needs_both_dns_attributes(aws, network):
    message = refusal(lambda: interface(aws, network), "InvalidParameter")
    assert "enableDnsHostnames" in message
    assert interface(aws, network, PrivateDnsEnabled=False)["PrivateDnsEnabled"] is False


def test_a_private_name_is_taken_once_in_a_vpc(aws, vpc):
    interface(aws, vpc)
    message = refusal(lambda: interface(aws, vpc), "InvalidParameter")
    assert "conflicting DNS domain for ec2.eu-central-1.amazonaws.com" in message
    interface(aws, vpc, PrivateDnsEnabled=False)


@pytest.mark.parametrize(
    ("service", "settings", "code", "words"),
    [
        ("nope", {}, "InvalidServiceName", "does not exist"),
        ("oidc-eks", {"PolicyDocument": POLICY}, "InvalidParameter", "not supported by"),
        ("ec2", {"PolicyDocument": "{"}, "InvalidParameter", "not a JSON object"),
        ("ec2", {"SecurityGroupIds": ["sg-0"]}, "InvalidGroup.NotFound", "sg-0"),
        ("ec2", {"RouteTableIds": ["rtb-0"]}, "InvalidParameter", "only supported for Gateway"),
        ("ec2", {"VpcEndpointType": "Tunnel"}, "UnsupportedOperation", "must be one of"),
    ],
)
def test_what_an_endpoint_may_not_be(aws, vpc, service, settings, code, words):
    assert words in refusal(lambda: interface(aws, vpc, service, **settings), code)
    assert aws("ec2").describe_vpc_endpoints()["VpcEndpoints"] == []
    assert aws("ec2").describe_network_interfaces()["NetworkInterfaces"] == []


def test_two_subnets_in_a_zone_are_one_too_many(aws, vpc):
    other = aws("ec2").create_subnet(
        VpcId=vpc.vpc_id, CidrBlock="10.0.9.0/24", AvailabilityZone="eu-central-1a"
    )["Subnet"]["SubnetId"]
    refusal(
        lambda: interface(aws, vpc, SubnetIds=[*vpc.subnet_ids, other]),
        "DuplicateSubnetsInSameZone",
    )


def test_an_endpoint_changes_subnets_groups_dns_and_policy(aws, vpc):
    ec2 = aws("ec2")
    made = interface(aws, vpc, PolicyDocument=POLICY)
    endpoint_id = {"VpcEndpointId": made["VpcEndpointId"]}
    group_id = ec2.create_security_group(GroupName="e", Description="e", VpcId=vpc.vpc_id)[
        "GroupId"
    ]
    ec2.modify_vpc_endpoint(
        **endpoint_id,
        RemoveSubnetIds=vpc.subnet_ids[1:],
        AddSecurityGroupIds=[group_id],
        RemoveSecurityGroupIds=[made["Groups"][0]["GroupId"]],
        PrivateDnsEnabled=False,
        ResetPolicy=True,
    )
    (changed,) = ec2.describe_vpc_endpoints()["VpcEndpoints"]
    assert changed["SubnetIds"] == vpc.subnet_ids[:1]
    assert [group["GroupId"] for group in changed["Groups"]] == [group_id]
    assert changed["PrivateDnsEnabled"] is False
    assert '"Allow"' in changed["PolicyDocument"]
    (left,) = ec2.describe_network_interfaces()["NetworkInterfaces"]
    assert changed["NetworkInterfaceIds"] == [left["NetworkInterfaceId"]]
    assert [group["GroupId"] for group in left["Groups"]] == [group_id]
    assert not [
        e for e in changed["DnsEntries"] if e["DnsName"] == "ec2.eu-central-1.amazonaws.com"
    ]


def test_a_deleted_endpoint_leaves_nothing(aws, vpc):
    ec2 = aws("ec2")
    made = interface(aws, vpc)
    answer = ec2.delete_vpc_endpoints(VpcEndpointIds=[made["VpcEndpointId"], "vpce-0"])
    assert [entry["ResourceId"] for entry in answer["Unsuccessful"]] == ["vpce-0"]
    assert ec2.describe_vpc_endpoints()["VpcEndpoints"] == []
    assert ec2.describe_network_interfaces()["NetworkInterfaces"] == []


def test_a_gateway_endpoint_routes_by_the_prefix_list(aws, network):
    ec2 = aws("ec2")
    tables = [
        ec2.create_route_table(VpcId=network.vpc_id)["RouteTable"]["RouteTableId"] for _ in "ab"
    ]
    asked = {
        "VpcId": network.vpc_id,
        "VpcEndpointType": "Gateway",
        "ServiceName": f"{SERVICE}.s3",
        "PolicyDocument": POLICY,
    }
    made = ec2.create_vpc_endpoint(**asked, RouteTableIds=tables[:1])["VpcEndpoint"]
    assert made["PrivateDnsEnabled"] is False

    def targets(table):
        routes = ec2.describe_route_tables(RouteTableIds=[table])["RouteTables"][0]["Routes"]
        return [r["GatewayId"] for r in routes if "DestinationPrefixListId" in r]

    assert targets(tables[0]) == [made["VpcEndpointId"]]
    refusal(
        lambda: ec2.create_vpc_endpoint(**asked, RouteTableIds=tables[:1]), "RouteAlreadyExists"
    )
    ec2.modify_vpc_endpoint(
        VpcEndpointId=made["VpcEndpointId"],
        AddRouteTableIds=tables[1:],
        RemoveRouteTableIds=tables[:1],
    )
    assert targets(tables[0]) == [] and targets(tables[1]) == [made["VpcEndpointId"]]
    ec2.delete_vpc_endpoints(VpcEndpointIds=[made["VpcEndpointId"]])
    assert targets(tables[1]) == []


def services(aws, region, *names):
    answer = aws("ec2", region).describe_vpc_endpoint_services(
        Filters=[{"Name": "service-name", "Values": list(names)}]
    )
    return {entry["ServiceName"]: entry for entry in answer["ServiceDetails"]}


def test_services_tell_whether_they_take_a_policy(aws):
    found = services(aws, "eu-central-1", f"{SERVICE}.eks", f"{SERVICE}.oidc-eks")
    assert found[f"{SERVICE}.eks"]["VpcEndpointPolicySupported"] is True
    assert found[f"{SERVICE}.oidc-eks"]["VpcEndpointPolicySupported"] is False
    assert len(found[f"{SERVICE}.eks"]["AvailabilityZones"]) == 3
    assert found[f"{SERVICE}.eks"]["PrivateDnsName"] == "eks.eu-central-1.amazonaws.com"


def test_services_without_a_region_are_in_the_region_that_has_them(aws):
    assert "com.amazonaws.iam" in services(aws, "us-east-1", "com.amazonaws.*")
    assert services(aws, "eu-central-1", "com.amazonaws.iam") == {}


def test_names_in_china_differ_by_service(aws):
    names = set(services(aws, "cn-north-1", "*"))
    assert {"cn.com.amazonaws.cn-north-1.ec2", "com.amazonaws.cn-north-1.logs"} <= names
    assert "com.amazonaws.cn-north-1.ec2" not in names


def test_services_are_found_by_name_and_type(aws):
    ec2 = aws("ec2")
    answer = ec2.describe_vpc_endpoint_services(
        ServiceNames=[f"{SERVICE}.s3"], Filters=[{"Name": "service-type", "Values": ["Gateway"]}]
    )
    assert [entry["ServiceName"] for entry in answer["ServiceDetails"]] == [f"{SERVICE}.s3"]
    refusal(
        lambda: ec2.describe_vpc_endpoint_services(ServiceNames=["com.nope"]), "InvalidServiceName"
    )
