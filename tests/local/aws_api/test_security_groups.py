"""Security group rules, and what may not be deleted while something needs it."""

import pytest
from botocore.exceptions import ClientError


def refusal(call, code):
    with pytest.raises(ClientError) as caught:
        call()
    assert caught.value.response["Error"]["Code"] == code
    return caught.value.response["Error"]["Message"]


@pytest.fixture
def groups(aws, network):
    return [
        aws("ec2").create_security_group(GroupName=n, Description=n, VpcId=network.vpc_id)[
            "GroupId"
        ]
        for n in ("one", "two")
    ]


HTTPS = {"IpProtocol": "tcp", "FromPort": 443, "ToPort": 443}


def test_every_peer_is_a_rule_with_its_own_id_description_and_tags(aws, groups):
    ec2 = aws("ec2")
    prefix_list_id = ec2.describe_managed_prefix_lists()["PrefixLists"][0]["PrefixListId"]
    rules = ec2.authorize_security_group_ingress(
        GroupId=groups[0],
        IpPermissions=[
            HTTPS | {"IpRanges": [{"CidrIp": "10.0.0.0/8", "Description": "cidr"}]},
            HTTPS | {"Ipv6Ranges": [{"CidrIpv6": "fd00::/8", "Description": "v6"}]},
            HTTPS | {"UserIdGroupPairs": [{"GroupId": groups[1], "Description": "group"}]},
            HTTPS | {"PrefixListIds": [{"PrefixListId": prefix_list_id, "Description": "list"}]},
        ],
        TagSpecifications=[
            {"ResourceType": "security-group-rule", "Tags": [{"Key": "a", "Value": "b"}]}
        ],
    )["SecurityGroupRules"]
    assert [rule["Description"] for rule in rules] == ["cidr", "v6", "group", "list"]
    assert len({rule["SecurityGroupRuleId"] for rule in rules}) == 4
    assert all(rule["Tags"] == [{"Key": "a", "Value": "b"}] for rule in rules)
    assert rules[2]["ReferencedGroupInfo"]["GroupId"] == groups[1]
    described = ec2.describe_security_group_rules(
        SecurityGroupRuleIds=[rule["SecurityGroupRuleId"] for rule in rules]
    )["SecurityGroupRules"]
    assert [rule["Description"] for rule in described] == ["cidr", "v6", "group", "list"]
    (permission,) = ec2.describe_security_groups(GroupIds=groups[:1])["SecurityGroups"][0][
        "IpPermissions"
    ]
    assert permission["UserIdGroupPairs"][0]["Description"] == "group"
    assert permission["PrefixListIds"][0]["Description"] == "list"
    assert permission["IpRanges"] == [{"CidrIp": "10.0.0.0/8", "Description": "cidr"}]


def test_a_description_with_an_apostrophe_is_refused_of_a_group_and_of_a_rule(aws, network, groups):
    ec2 = aws("ec2")
    told = {"GroupName": "three", "VpcId": network.vpc_id}
    said = refusal(
        lambda: ec2.create_security_group(Description="The operator's", **told),
        "InvalidParameterValue",
    )
    assert said.startswith("Invalid security group description.")
    permission = HTTPS | {"IpRanges": [{"CidrIp": "10.0.0.0/8", "Description": "it's"}]}
    for authorize in (ec2.authorize_security_group_ingress, ec2.authorize_security_group_egress):
        assert refusal(
            lambda call=authorize: call(GroupId=groups[0], IpPermissions=[permission]),
            "InvalidParameterValue",
        ).startswith("Invalid rule description.")
    assert ec2.create_security_group(Description="all (10250), [a] = {b} & c!", **told)["GroupId"]


@pytest.mark.parametrize(
    ("permission", "code"),
    [
        (HTTPS | {"IpRanges": [{"CidrIp": "10.0.0.0/8"}]}, "InvalidPermission.Duplicate"),
        (HTTPS | {"IpRanges": [{"CidrIp": "10.0.0/8"}]}, "InvalidParameterValue"),
        (HTTPS | {"UserIdGroupPairs": [{"GroupId": "sg-0"}]}, "InvalidGroup.NotFound"),
        (HTTPS | {"PrefixListIds": [{"PrefixListId": "pl-0"}]}, "InvalidPrefixListId.NotFound"),
        ({"IpProtocol": "tcp", "IpRanges": [{"CidrIp": "10.0.0.0/8"}]}, "InvalidParameterValue"),
        (HTTPS, "MissingParameter"),
    ],
)
def test_a_request_with_a_fault_adds_none_of_its_rules(aws, groups, permission, code):
    ec2 = aws("ec2")
    present = HTTPS | {"IpRanges": [{"CidrIp": "10.0.0.0/8"}]}
    ec2.authorize_security_group_ingress(GroupId=groups[0], IpPermissions=[present])
    asked = {"GroupId": groups[0], "IpPermissions": [permission]}
    refusal(lambda: ec2.authorize_security_group_ingress(**asked), code)
    group = ec2.describe_security_groups(GroupIds=groups[:1])["SecurityGroups"][0]
    assert [p["IpRanges"] for p in group["IpPermissions"]] == [[{"CidrIp": "10.0.0.0/8"}]]


def test_the_sixty_first_rule_is_one_too_many(aws, groups):
    ec2 = aws("ec2")
    ranges = [{"CidrIp": f"10.0.{i}.0/24"} for i in range(60)]
    ec2.authorize_security_group_ingress(
        GroupId=groups[0], IpPermissions=[HTTPS | {"IpRanges": ranges}]
    )
    one_more = [HTTPS | {"IpRanges": [{"CidrIp": "10.1.0.0/24"}]}]
    refusal(
        lambda: ec2.authorize_security_group_ingress(GroupId=groups[0], IpPermissions=one_more),
        "RulesPerSecurityGroupLimitExceeded",
    )


def test_a_rule_changes_its_peer_and_keeps_its_id(aws, groups):
    ec2 = aws("ec2")
    (rule,) = ec2.authorize_security_group_egress(
        GroupId=groups[0],
        IpPermissions=[HTTPS | {"UserIdGroupPairs": [{"GroupId": groups[1]}]}],
    )["SecurityGroupRules"]
    rule_id = rule["SecurityGroupRuleId"]
    wanted = {"IpProtocol": "udp", "FromPort": 53, "ToPort": 53, "CidrIpv4": "10.0.0.2/32"}
    ec2.modify_security_group_rules(
        GroupId=groups[0],
        SecurityGroupRules=[
            {"SecurityGroupRuleId": rule_id, "SecurityGroupRule": wanted | {"Description": "dns"}}
        ],
    )
    (changed,) = ec2.describe_security_group_rules(SecurityGroupRuleIds=[rule_id])[
        "SecurityGroupRules"
    ]
    assert changed["CidrIpv4"] == "10.0.0.2/32" and changed["Description"] == "dns"
    assert "ReferencedGroupInfo" not in changed and changed["IpProtocol"] == "udp"


def test_a_rule_becomes_none_that_there_is(aws, groups):
    ec2 = aws("ec2")
    ranges = [{"CidrIp": "10.0.0.0/16"}, {"CidrIp": "10.1.0.0/16"}]
    told = {"GroupId": groups[0], "IpPermissions": [HTTPS | {"IpRanges": ranges}]}
    first, second = ec2.authorize_security_group_ingress(**told)["SecurityGroupRules"]
    ec2.authorize_security_group_egress(
        GroupId=groups[0], IpPermissions=[HTTPS | {"IpRanges": [{"CidrIp": "10.2.0.0/16"}]}]
    )

    def change(cidr):
        wanted = {"IpProtocol": "tcp", "FromPort": 443, "ToPort": 443, "CidrIpv4": cidr}
        rule = {"SecurityGroupRuleId": first["SecurityGroupRuleId"]}
        ec2.modify_security_group_rules(
            GroupId=groups[0],
            SecurityGroupRules=[rule | {"SecurityGroupRule": wanted | {"Description": "new"}}],
        )

    def now():
        ids = [rule["SecurityGroupRuleId"] for rule in (first, second)]
        found = ec2.describe_security_group_rules(SecurityGroupRuleIds=ids)["SecurityGroupRules"]
        return {(rule["CidrIpv4"], rule.get("Description")) for rule in found}

    refusal(lambda: change("10.1.0.0/16"), "InvalidPermission.Duplicate")
    assert now() == {("10.0.0.0/16", None), ("10.1.0.0/16", None)}
    change("10.0.0.0/16")  # what it is itself: its description alone
    assert now() == {("10.0.0.0/16", "new"), ("10.1.0.0/16", None)}
    change("10.2.0.0/16")  # the other way's rules are others
    assert now() == {("10.2.0.0/16", "new"), ("10.1.0.0/16", None)}


def test_rules_go_by_id_or_by_what_they_say(aws, groups):
    ec2 = aws("ec2")
    permission = HTTPS | {"UserIdGroupPairs": [{"GroupId": groups[1], "Description": "d"}]}
    ec2.authorize_security_group_ingress(GroupId=groups[0], IpPermissions=[permission])
    ec2.revoke_security_group_ingress(GroupId=groups[0], IpPermissions=[permission])
    refusal(
        lambda: ec2.revoke_security_group_ingress(GroupId=groups[0], IpPermissions=[permission]),
        "InvalidPermission.NotFound",
    )
    everything = [{"IpProtocol": "-1", "IpRanges": [{"CidrIp": "0.0.0.0/0"}]}]
    ec2.revoke_security_group_egress(GroupId=groups[0], IpPermissions=everything)
    group = ec2.describe_security_groups(GroupIds=groups[:1])["SecurityGroups"][0]
    assert group["IpPermissions"] == [] and group["IpPermissionsEgress"] == []


def test_a_group_in_use_stays(aws, network, groups):
    ec2 = aws("ec2")
    permission = HTTPS | {"UserIdGroupPairs": [{"GroupId": groups[1]}]}
    ec2.authorize_security_group_ingress(GroupId=groups[0], IpPermissions=[permission])
    assert groups[0] in refusal(
        lambda: ec2.delete_security_group(GroupId=groups[1]), "DependencyViolation"
    )
    interface = ec2.create_network_interface(SubnetId=network.subnet_ids[0], Groups=groups[:1])
    interface_id = interface["NetworkInterface"]["NetworkInterfaceId"]
    assert interface_id in refusal(
        lambda: ec2.delete_security_group(GroupId=groups[0]), "DependencyViolation"
    )
    refusal(lambda: ec2.delete_subnet(SubnetId=network.subnet_ids[0]), "DependencyViolation")
    ec2.delete_network_interface(NetworkInterfaceId=interface_id)
    for group_id in groups:
        ec2.delete_security_group(GroupId=group_id)
    for subnet_id in network.subnet_ids:
        ec2.delete_subnet(SubnetId=subnet_id)
    ec2.delete_vpc(VpcId=network.vpc_id)


def test_the_default_group_cannot_be_deleted(aws, network):
    ec2 = aws("ec2")
    found = ec2.describe_security_groups(Filters=[{"Name": "vpc-id", "Values": [network.vpc_id]}])[
        "SecurityGroups"
    ]
    refusal(lambda: ec2.delete_security_group(GroupId=found[0]["GroupId"]), "CannotDelete")


def test_a_vpc_with_a_gateway_stays(aws):
    ec2 = aws("ec2")
    vpc_id = ec2.create_vpc(CidrBlock="10.9.0.0/16")["Vpc"]["VpcId"]
    gateway_id = ec2.create_internet_gateway()["InternetGateway"]["InternetGatewayId"]
    ec2.attach_internet_gateway(InternetGatewayId=gateway_id, VpcId=vpc_id)
    assert gateway_id in refusal(lambda: ec2.delete_vpc(VpcId=vpc_id), "DependencyViolation")
    ec2.detach_internet_gateway(InternetGatewayId=gateway_id, VpcId=vpc_id)
    ec2.delete_vpc(VpcId=vpc_id)


def test_an_elastic_ip_is_bound_where_a_gateway_is_and_holds_it(aws):
    ec2 = aws("ec2")
    vpc_id = ec2.create_vpc(CidrBlock="10.8.0.0/24")["Vpc"]["VpcId"]
    subnet_id = ec2.create_subnet(VpcId=vpc_id, CidrBlock="10.8.0.0/28")["Subnet"]["SubnetId"]
    card = ec2.create_network_interface(SubnetId=subnet_id)["NetworkInterface"]
    address = ec2.allocate_address(Domain="vpc")["AllocationId"]
    asked = {"AllocationId": address, "NetworkInterfaceId": card["NetworkInterfaceId"]}
    assert vpc_id in refusal(lambda: ec2.associate_address(**asked), "Gateway.NotAttached")
    gateway_id = ec2.create_internet_gateway()["InternetGateway"]["InternetGatewayId"]
    both = {"InternetGatewayId": gateway_id, "VpcId": vpc_id}
    ec2.attach_internet_gateway(**both)
    association = ec2.associate_address(**asked)["AssociationId"]
    refusal(lambda: ec2.detach_internet_gateway(**both), "DependencyViolation")
    ec2.disassociate_address(AssociationId=association)
    ec2.detach_internet_gateway(**both)
    ec2.delete_internet_gateway(InternetGatewayId=gateway_id)
    ec2.release_address(AllocationId=address)
    ec2.delete_network_interface(NetworkInterfaceId=card["NetworkInterfaceId"])
    ec2.delete_subnet(SubnetId=subnet_id)
    ec2.delete_vpc(VpcId=vpc_id)


def test_a_nat_gateway_stands_in_its_subnet_and_leaves_it(aws, network):
    ec2 = aws("ec2")
    subnet_id = network.subnet_ids[0]
    allocation_id = ec2.allocate_address(Domain="vpc")["AllocationId"]
    asked = {"SubnetId": subnet_id, "AllocationId": allocation_id}
    refusal(lambda: ec2.create_nat_gateway(**asked), "Gateway.NotAttached")
    refusal(lambda: ec2.create_nat_gateway(SubnetId=subnet_id), "MissingParameter")
    gateway_id = ec2.create_internet_gateway()["InternetGateway"]["InternetGatewayId"]
    ec2.attach_internet_gateway(InternetGatewayId=gateway_id, VpcId=network.vpc_id)
    made = ec2.create_nat_gateway(**asked)["NatGateway"]
    (address,) = made["NatGatewayAddresses"]
    assert address["PrivateIp"].startswith("10.0.0.")
    assert address["AllocationId"] == allocation_id
    assert made["ConnectivityType"] == "public"
    refusal(lambda: ec2.create_nat_gateway(**asked), "InvalidParameterValue")
    refusal(lambda: ec2.delete_subnet(SubnetId=subnet_id), "DependencyViolation")
    ec2.delete_nat_gateway(NatGatewayId=made["NatGatewayId"])
    (described,) = ec2.describe_nat_gateways()["NatGateways"]
    assert described["State"] == "deleted"
    ec2.release_address(AllocationId=allocation_id)
    ec2.delete_subnet(SubnetId=subnet_id)
    refusal(lambda: ec2.delete_nat_gateway(NatGatewayId="nat-0"), "NatGatewayNotFound")
