"""What the other files do not reach: seldom-used operations and their refusals."""

import pytest
from botocore.exceptions import ClientError

HTTPS = {"IpProtocol": "tcp", "FromPort": 443, "ToPort": 443}


def refusal(call, code):
    with pytest.raises(ClientError) as caught:
        call()
    assert caught.value.response["Error"]["Code"] == code
    return caught.value.response["Error"]["Message"]


def test_a_cluster_is_encrypted_later_once_and_with_secrets_only(aws, create_cluster):
    create_cluster()
    eks = aws("eks")
    key = {"keyArn": aws("kms").create_key()["KeyMetadata"]["Arn"]}
    of = {"clusterName": "c1"}
    wrong = [{"resources": ["configmaps"], "provider": key}]
    assert "must be ['secrets']" in refusal(
        lambda: eks.associate_encryption_config(**of, encryptionConfig=wrong),
        "InvalidParameterException",
    )
    right = [{"resources": ["secrets"], "provider": key}]
    eks.associate_encryption_config(**of, encryptionConfig=right)
    assert eks.describe_cluster(name="c1")["cluster"]["encryptionConfig"] == right
    refusal(
        lambda: eks.associate_encryption_config(**of, encryptionConfig=right),
        "ResourceInUseException",
    )


def test_small_settings_of_a_cluster_change_one_by_one(aws, create_cluster):
    create_cluster()
    eks = aws("eks")
    eks.update_cluster_config(name="c1", upgradePolicy={"supportType": "STANDARD"})
    eks.update_cluster_config(name="c1", zonalShiftConfig={"enabled": True})
    eks.update_cluster_config(
        name="c1",
        computeConfig={"enabled": False},
        storageConfig={"blockStorage": {"enabled": False}},
        kubernetesNetworkConfig={"elasticLoadBalancing": {"enabled": False}},
    )
    cluster = eks.describe_cluster(name="c1")["cluster"]
    assert cluster["upgradePolicy"] == {"supportType": "STANDARD"}
    assert cluster["zonalShiftConfig"] == {"enabled": True}
    refusal(
        lambda: eks.update_cluster_config(
            name="c1", kubernetesNetworkConfig={"serviceIpv4Cidr": "172.31.0.0/16"}
        ),
        "InvalidParameterException",
    )
    refusal(
        lambda: eks.update_cluster_config(
            name="c1", resourcesVpcConfig={"endpointPrivateAccess": False}
        ),
        "InvalidParameterException",
    )


def test_a_cluster_stays_in_its_vpc(aws, create_cluster):
    create_cluster()
    ec2 = aws("ec2")
    vpc_id = ec2.create_vpc(CidrBlock="10.7.0.0/16")["Vpc"]["VpcId"]
    subnet_ids = [
        ec2.create_subnet(
            VpcId=vpc_id, CidrBlock=f"10.7.{i}.0/24", AvailabilityZone=f"eu-central-1{zone}"
        )["Subnet"]["SubnetId"]
        for i, zone in enumerate("ab")
    ]
    message = refusal(
        lambda: aws("eks").update_cluster_config(
            name="c1", resourcesVpcConfig={"subnetIds": subnet_ids}
        ),
        "InvalidParameterException",
    )
    assert "must belong to the VPC" in message


def test_a_security_group_of_the_cluster_that_is_still_named_stays(aws, network, create_cluster):
    cluster = create_cluster()
    ec2, group_id = aws("ec2"), cluster["resourcesVpcConfig"]["clusterSecurityGroupId"]
    other = ec2.create_security_group(GroupName="o", Description="o", VpcId=network.vpc_id)
    permission = HTTPS | {"UserIdGroupPairs": [{"GroupId": group_id}]}
    ec2.authorize_security_group_ingress(GroupId=other["GroupId"], IpPermissions=[permission])
    aws("eks").delete_cluster(name="c1")
    assert ec2.describe_security_groups(GroupIds=[group_id])["SecurityGroups"]


def test_an_ipv6_cluster_has_an_ipv6_service_range(create_cluster):
    config = create_cluster(kubernetesNetworkConfig={"ipFamily": "ipv6"})["kubernetesNetworkConfig"]
    assert config["serviceIpv6Cidr"].endswith("/108") and "serviceIpv4Cidr" not in config


def test_addons_tell_the_policies_that_their_service_accounts_want(aws):
    eks = aws("eks")
    versions = eks.describe_addon_versions(addonName="vpc-cni")["addons"][0]["addonVersions"]
    version = versions[0]["addonVersion"]
    told = eks.describe_addon_configuration(addonName="vpc-cni", addonVersion=version)
    (entry,) = told["podIdentityConfiguration"]
    assert entry["serviceAccount"] == "aws-node"
    assert entry["recommendedManagedPolicies"] == ["arn:aws:iam::aws:policy/AmazonEKS_CNI_Policy"]
    refusal(
        lambda: eks.describe_addon_configuration(addonName="vpc-cni", addonVersion="v0"),
        "ResourceNotFoundException",
    )
    storage = eks.describe_addon_versions(types=["storage"])["addons"]
    assert {addon["type"] for addon in storage} == {"storage"}


def test_an_addon_changes_its_configuration_and_its_roles(aws, network, create_cluster):
    create_cluster()
    eks, of = aws("eks"), {"clusterName": "c1", "addonName": "aws-ebs-csi-driver"}
    roles = [network.role(name, "pods.eks.amazonaws.com") for name in "ab"]

    def identity(role):
        return [{"serviceAccount": "ebs-csi-controller-sa", "roleArn": role}]

    eks.create_addon(**of, podIdentityAssociations=identity(roles[0]))
    eks.update_addon(**of, configurationValues="{}", podIdentityAssociations=identity(roles[1]))
    assert eks.describe_addon(**of)["addon"]["configurationValues"] == "{}"
    (association,) = eks.list_pod_identity_associations(clusterName="c1")["associations"]
    described = eks.describe_pod_identity_association(
        clusterName="c1", associationId=association["associationId"]
    )
    assert described["association"]["roleArn"] == roles[1]


def test_the_resolver_of_a_vpc_has_its_own_settings(aws, network):
    resolver, of = aws("route53resolver"), {"ResourceId": network.vpc_id}
    assert resolver.get_resolver_config(**of)["ResolverConfig"]["AutodefinedReverse"] == "ENABLED"
    resolver.update_resolver_config(**of, AutodefinedReverseFlag="DISABLE")
    (config,) = resolver.list_resolver_configs()["ResolverConfigs"]
    assert config["AutodefinedReverse"] == "DISABLED"
    resolver.update_firewall_config(**of, FirewallFailOpen="ENABLED")
    (firewall,) = resolver.list_firewall_configs()["FirewallConfigs"]
    assert firewall["FirewallFailOpen"] == "ENABLED"


def test_a_rule_group_is_associated_once_and_changes_its_priority(aws, network):
    resolver = aws("route53resolver")
    groups = [
        resolver.create_firewall_rule_group(CreatorRequestId=n, Name=n)["FirewallRuleGroup"]["Id"]
        for n in "ab"
    ]

    def associate(token, group_id, priority):
        return resolver.associate_firewall_rule_group(
            CreatorRequestId=token,
            FirewallRuleGroupId=group_id,
            VpcId=network.vpc_id,
            Priority=priority,
            Name=token,
        )["FirewallRuleGroupAssociation"]

    made = associate("one", groups[0], 101)
    assert associate("one", groups[0], 101) == made
    refusal(lambda: associate("two", groups[0], 102), "ConflictException")
    refusal(lambda: associate("three", groups[1], 101), "ValidationException")
    named = {"FirewallRuleGroupAssociationId": made["Id"]}
    resolver.update_firewall_rule_group_association(**named, Priority=300)
    described = resolver.get_firewall_rule_group_association(**named)
    assert described["FirewallRuleGroupAssociation"]["Priority"] == 300
    resolver.update_firewall_rule_group_association(**named, MutationProtection="ENABLED")
    refusal(
        lambda: resolver.update_firewall_rule_group_association(**named, Priority=301),
        "ConflictException",
    )


def test_a_rule_may_be_for_threats_in_place_of_a_list(aws):
    resolver = aws("route53resolver")
    group_id = resolver.create_firewall_rule_group(CreatorRequestId="g", Name="g")[
        "FirewallRuleGroup"
    ]["Id"]
    asked = {
        "CreatorRequestId": "r",
        "FirewallRuleGroupId": group_id,
        "Priority": 1,
        "Action": "BLOCK",
        "BlockResponse": "NXDOMAIN",
        "Name": "tunnels",
    }
    refusal(lambda: resolver.create_firewall_rule(**asked), "ValidationException")
    rule = resolver.create_firewall_rule(
        **asked, DnsThreatProtection="DNS_TUNNELING", ConfidenceThreshold="LOW"
    )["FirewallRule"]
    resolver.delete_firewall_rule(
        FirewallRuleGroupId=group_id,
        FirewallThreatProtectionId=rule["FirewallThreatProtectionId"],
    )
    assert resolver.list_firewall_rules(FirewallRuleGroupId=group_id)["FirewallRules"] == []


def test_descriptions_of_rules_change_and_rules_go_by_their_id(aws, network):
    ec2 = aws("ec2")
    group_id = ec2.create_security_group(GroupName="g", Description="g", VpcId=network.vpc_id)[
        "GroupId"
    ]
    permission = HTTPS | {"IpRanges": [{"CidrIp": "10.0.0.0/8", "Description": "old"}]}
    for way in ("ingress", "egress"):
        (rule,) = getattr(ec2, f"authorize_security_group_{way}")(
            GroupId=group_id, IpPermissions=[permission]
        )["SecurityGroupRules"]
        changed = HTTPS | {"IpRanges": [{"CidrIp": "10.0.0.0/8", "Description": "new"}]}
        update = getattr(ec2, f"update_security_group_rule_descriptions_{way}")
        update(GroupId=group_id, IpPermissions=[changed])
        rule_id = [rule["SecurityGroupRuleId"]]
        found = ec2.describe_security_group_rules(SecurityGroupRuleIds=rule_id)
        assert found["SecurityGroupRules"][0]["Description"] == "new"
        revoke = getattr(ec2, f"revoke_security_group_{way}")
        revoke(GroupId=group_id, SecurityGroupRuleIds=rule_id)
        unknown = "InvalidSecurityGroupRuleId.NotFound"
        again = {"GroupId": group_id, "SecurityGroupRuleIds": rule_id}
        with pytest.raises(ClientError, match=unknown):
            revoke(**again)
        refusal(
            lambda update=update, told=changed: update(GroupId=group_id, IpPermissions=[told]),
            "InvalidPermission.NotFound",
        )


@pytest.mark.parametrize("what", ["endpoint", "group", "attachment", "acl"])
def test_a_vpc_is_held_by_what_is_left_in_it(aws, network, what):
    ec2, vpc_id = aws("ec2"), network.vpc_id
    if what == "endpoint":
        held = ec2.create_vpc_endpoint(
            VpcId=vpc_id, ServiceName="com.amazonaws.eu-central-1.s3", VpcEndpointType="Gateway"
        )["VpcEndpoint"]["VpcEndpointId"]
    elif what == "group":
        held = ec2.create_security_group(GroupName="g", Description="g", VpcId=vpc_id)["GroupId"]
    elif what == "attachment":
        gateway_id = ec2.create_transit_gateway()["TransitGateway"]["TransitGatewayId"]
        held = ec2.create_transit_gateway_vpc_attachment(
            TransitGatewayId=gateway_id, VpcId=vpc_id, SubnetIds=network.subnet_ids
        )["TransitGatewayVpcAttachment"]["TransitGatewayAttachmentId"]
    else:
        held = ec2.create_network_acl(VpcId=vpc_id)["NetworkAcl"]["NetworkAclId"]
    assert held in refusal(lambda: ec2.delete_vpc(VpcId=vpc_id), "DependencyViolation")


def test_a_full_subnet_takes_no_endpoint(aws):
    ec2 = aws("ec2")
    vpc_id = ec2.create_vpc(CidrBlock="10.9.0.0/16")["Vpc"]["VpcId"]
    subnet_id = ec2.create_subnet(VpcId=vpc_id, CidrBlock="10.9.0.0/28")["Subnet"]["SubnetId"]

    def endpoint():
        ec2.create_vpc_endpoint(
            VpcId=vpc_id,
            VpcEndpointType="Interface",
            ServiceName="com.amazonaws.eu-central-1.ec2",
            SubnetIds=[subnet_id],
            PrivateDnsEnabled=False,
        )

    for _ in range(11):  # a /28 has 16 addresses, of which AWS keeps 5
        endpoint()
    refusal(endpoint, "InsufficientFreeAddressesInSubnet")


def test_groups_of_machines_are_named_when_they_are_not_there(aws):
    asg = aws("autoscaling")
    tag = {"ResourceId": "g", "ResourceType": "auto-scaling-group", "Key": "k", "Value": "v"}
    refusal(lambda: asg.create_or_update_tags(Tags=[tag]), "ValidationError")
    refusal(lambda: asg.delete_tags(Tags=[tag]), "ValidationError")
    refusal(lambda: asg.start_instance_refresh(AutoScalingGroupName="g"), "ValidationError")


def test_a_vpc_takes_no_block_that_ec2_refuses_beside_its_own(aws):
    ec2 = aws("ec2")

    def add(first, *blocks):
        vpc_id = ec2.create_vpc(CidrBlock=first)["Vpc"]["VpcId"]
        for block in blocks:
            ec2.associate_vpc_cidr_block(VpcId=vpc_id, CidrBlock=block)

    for first, block in (
        ("10.0.0.0/16", "192.168.0.0/20"),
        ("10.1.0.0/16", "10.0.64.0/20"),
        ("172.16.0.0/16", "172.31.0.0/20"),
        ("100.64.0.0/16", "10.2.0.0/20"),
        ("10.2.0.0/16", "169.254.0.0/20"),
    ):
        message = refusal(lambda pair=(first, block): add(*pair), "InvalidVpc.Range")
        assert f"'{block}' is restricted" in message
    add("10.0.0.0/16", "10.1.0.0/16", "100.64.0.0/16")
    add("192.168.0.0/20", "192.168.16.0/20")
