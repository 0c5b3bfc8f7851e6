"""Managed node groups, add-ons and tags."""

import pytest


@pytest.fixture
def group(aws, network, create_cluster):
    create_cluster()
    role = network.role("node", "ec2.amazonaws.com")

    def create(**settings):
        asked = {
            "clusterName": "c1",
            "nodegroupName": "n",
            "subnets": network.subnet_ids,
            "nodeRole": role,
        } | settings
        return aws("eks").create_nodegroup(**asked)["nodegroup"]

    return create


def template(aws, **data):
    made = aws("ec2").create_launch_template(LaunchTemplateName="t", LaunchTemplateData=data)
    return made["LaunchTemplate"]["LaunchTemplateId"]


def test_a_node_group_keeps_what_was_asked(aws, group):
    made = group(
        updateConfig={"maxUnavailablePercentage": 30},
        nodeRepairConfig={"enabled": True},
        scalingConfig={"minSize": 1, "maxSize": 4, "desiredSize": 2},
        labels={"pool": "a"},
        taints=[{"key": "k", "value": "v", "effect": "NO_SCHEDULE"}],
        capacityType="SPOT",
    )
    described = aws("eks").describe_nodegroup(clusterName="c1", nodegroupName="n")["nodegroup"]
    assert described == made and described["status"] == "ACTIVE"
    assert described["updateConfig"] == {"maxUnavailablePercentage": 30}
    assert described["nodeRepairConfig"] == {"enabled": True}
    assert (described["version"], described["amiType"]) == ("1.34", "AL2023_x86_64_STANDARD")


def test_a_launch_template_is_resolved_to_id_name_and_version(aws, group):
    template_id = template(aws, ImageId="ami-0123456789abcdef0", InstanceType="m5.large")
    made = group(launchTemplate={"name": "t", "version": "$Latest"})
    assert made["launchTemplate"] == {"id": template_id, "name": "t", "version": "1"}
    assert made["amiType"] == "CUSTOM" and "diskSize" not in made and "instanceTypes" not in made


@pytest.mark.parametrize(
    ("data", "settings", "words"),
    [
        ({"IamInstanceProfile": {"Name": "p"}}, {}, "IamInstanceProfile should not"),
        ({"NetworkInterfaces": [{"DeviceIndex": 0, "SubnetId": "subnet-0"}]}, {}, "Subnets should"),
        ({"InstanceType": "m5.large"}, {"instanceTypes": ["m5.large"]}, "not both"),
        ({}, {"diskSize": 30}, "Disk size"),
        ({}, {"amiType": "CUSTOM"}, "must specify an image id"),
        ({"ImageId": "ami-0123456789abcdef0"}, {"amiType": "AL2023_x86_64_STANDARD"}, "AMI Type"),
    ],
)
def test_what_a_launch_template_may_not_hold(aws, group, data, settings, words):
    template_id = template(aws, **({"EbsOptimized": True} | data))
    eks = aws("eks")
    with pytest.raises(eks.exceptions.InvalidParameterException, match=words):
        group(launchTemplate={"id": template_id}, **settings)


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"amiType": "AL2_x86_64"}, "supported up to Kubernetes 1.32"),
        ({"version": "1.35"}, "newer than the cluster's"),
        ({"scalingConfig": {"minSize": 3, "maxSize": 4, "desiredSize": 2}}, "must lie between"),
        ({"subnets": ["subnet-0"]}, "does not exist"),
        ({"nodeRole": "arn:aws:iam::123456789012:role/cluster"}, "ec2.amazonaws.com"),
    ],
)
def test_what_a_node_group_may_not_be(aws, group, settings, words):
    eks = aws("eks")
    with pytest.raises(eks.exceptions.InvalidParameterException, match=words):
        group(**settings)


def test_a_node_group_enters_its_role_and_holds_its_cluster(aws, group):
    made, eks = group(), aws("eks")
    entry = eks.describe_access_entry(clusterName="c1", principalArn=made["nodeRole"])
    assert entry["accessEntry"]["type"] == "EC2_LINUX"
    with pytest.raises(eks.exceptions.ResourceInUseException, match="nodegroups attached"):
        eks.delete_cluster(name="c1")
    eks.delete_nodegroup(clusterName="c1", nodegroupName="n")
    assert eks.list_nodegroups(clusterName="c1")["nodegroups"] == []
    eks.delete_cluster(name="c1")


def test_labels_taints_and_sizes_change(aws, group):
    group(labels={"a": "1", "b": "2"})
    eks, of = aws("eks"), {"clusterName": "c1", "nodegroupName": "n"}
    taint = {"key": "k", "value": "v", "effect": "NO_EXECUTE"}
    eks.update_nodegroup_config(
        **of,
        labels={"addOrUpdateLabels": {"c": "3"}, "removeLabels": ["a"]},
        taints={"addOrUpdateTaints": [taint]},
        scalingConfig={"maxSize": 9},
    )
    changed = eks.describe_nodegroup(**of)["nodegroup"]
    assert changed["labels"] == {"b": "2", "c": "3"} and changed["taints"] == [taint]
    assert changed["scalingConfig"] == {"minSize": 1, "maxSize": 9, "desiredSize": 2}
    eks.update_nodegroup_config(**of, taints={"removeTaints": [taint]})
    assert eks.describe_nodegroup(**of)["nodegroup"]["taints"] == []


def test_a_node_group_follows_its_template_and_its_cluster(aws, group):
    template_id = template(aws, InstanceType="m5.large")
    group(launchTemplate={"id": template_id})
    aws("ec2").create_launch_template_version(
        LaunchTemplateId=template_id, LaunchTemplateData={"InstanceType": "m6i.large"}
    )
    eks, of = aws("eks"), {"clusterName": "c1", "nodegroupName": "n"}
    eks.update_cluster_version(name="c1", version="1.35")
    eks.update_nodegroup_version(
        **of, version="1.35", launchTemplate={"id": template_id, "version": "2"}
    )
    changed = eks.describe_nodegroup(**of)["nodegroup"]
    assert changed["version"] == "1.35" and changed["launchTemplate"]["version"] == "2"
    assert changed["releaseVersion"].startswith("1.35.")


def test_an_addon_lives_through_its_life(aws, network, create_cluster):
    create_cluster()
    eks, of = aws("eks"), {"clusterName": "c1", "addonName": "vpc-cni"}
    role = network.role("cni", "pods.eks.amazonaws.com")
    made = eks.create_addon(
        **of,
        configurationValues='{"env": {"WARM_IP_TARGET": "2"}}',
        podIdentityAssociations=[{"serviceAccount": "aws-node", "roleArn": role}],
    )["addon"]
    assert made["status"] == "ACTIVE"
    offered = eks.describe_addon_versions(addonName="vpc-cni", kubernetesVersion="1.34")
    versions = offered["addons"][0]["addonVersions"]
    assert made["addonVersion"] == versions[0]["addonVersion"]
    assert versions[0]["compatibilities"][0]["defaultVersion"] is True
    older = versions[-1]["addonVersion"]
    update = eks.update_addon(**of, addonVersion=older)["update"]
    assert eks.describe_addon(**of)["addon"]["addonVersion"] == older
    assert eks.list_updates(name="c1", addonName="vpc-cni")["updateIds"] == [update["id"]]
    (association,) = eks.list_pod_identity_associations(clusterName="c1")["associations"]
    assert association["ownerArn"] == made["addonArn"]
    eks.delete_addon(**of)
    assert eks.list_addons(clusterName="c1")["addons"] == []
    assert eks.list_pod_identity_associations(clusterName="c1")["associations"] == []


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"addonName": "nope"}, "not supported"),
        ({"addonVersion": "v9.9.9"}, "version specified is not supported"),
        ({"configurationValues": "{"}, "not JSON or YAML"),
        ({"configurationValues": "[1]"}, "not an object"),
    ],
)
def test_what_an_addon_may_not_be(aws, create_cluster, settings, words):
    create_cluster()
    eks = aws("eks")
    with pytest.raises(eks.exceptions.InvalidParameterException, match=words):
        eks.create_addon(**({"clusterName": "c1", "addonName": "coredns"} | settings))


def test_kube_proxy_follows_the_version_of_the_cluster(aws, create_cluster):
    create_cluster(version="1.33")
    made = aws("eks").create_addon(clusterName="c1", addonName="kube-proxy")["addon"]
    assert made["addonVersion"].startswith("v1.33.")


def test_every_resource_with_an_arn_takes_tags(aws, network, group):
    eks = aws("eks")
    role = network.role("pod", "pods.eks.amazonaws.com")
    node_group = group()
    arns = [
        eks.describe_cluster(name="c1")["cluster"]["arn"],
        node_group["nodegroupArn"],
        eks.create_addon(clusterName="c1", addonName="coredns")["addon"]["addonArn"],
        eks.describe_access_entry(clusterName="c1", principalArn=node_group["nodeRole"])[
            "accessEntry"
        ]["accessEntryArn"],
        eks.create_pod_identity_association(
            clusterName="c1", namespace="a", serviceAccount="b", roleArn=role
        )["association"]["associationArn"],
    ]
    for arn in arns:
        eks.tag_resource(resourceArn=arn, tags={"a": "1", "b": "2"})
        eks.untag_resource(resourceArn=arn, tagKeys=["a"])
        assert eks.list_tags_for_resource(resourceArn=arn)["tags"] == {"b": "2"}
    with pytest.raises(eks.exceptions.NotFoundException):
        eks.list_tags_for_resource(resourceArn=arns[0] + "x")
