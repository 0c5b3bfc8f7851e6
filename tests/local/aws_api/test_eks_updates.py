"""What may change on a cluster, one kind of change a request."""

import pytest
from botocore.exceptions import ClientError


def described(aws):
    return aws("eks").describe_cluster(name="c1")["cluster"]


def refused(aws, words, **change):
    with pytest.raises(ClientError) as caught:
        aws("eks").update_cluster_config(name="c1", **change)
    assert caught.value.response["Error"]["Code"] == "InvalidParameterException"
    assert words in caught.value.response["Error"]["Message"]


def test_the_way_to_customer_routed_egress_is_one_way(aws, create_cluster):
    create_cluster()
    update = aws("eks").update_cluster_config(
        name="c1", resourcesVpcConfig={"controlPlaneEgressMode": "CUSTOMER_ROUTED"}
    )["update"]
    assert update["type"] == "ControlPlaneEgressUpdate" and update["status"] == "Successful"
    assert described(aws)["resourcesVpcConfig"]["controlPlaneEgressMode"] == "CUSTOMER_ROUTED"
    refused(
        aws,
        "from CUSTOMER_ROUTED to AWS_MANAGED",
        resourcesVpcConfig={"controlPlaneEgressMode": "AWS_MANAGED"},
    )
    assert described(aws)["resourcesVpcConfig"]["controlPlaneEgressMode"] == "CUSTOMER_ROUTED"


def test_the_public_endpoint_opens_and_closes(aws, create_cluster):
    create_cluster()
    eks = aws("eks")
    eks.update_cluster_config(
        name="c1",
        resourcesVpcConfig={"endpointPublicAccess": True, "publicAccessCidrs": ["192.0.2.0/24"]},
    )
    config = described(aws)["resourcesVpcConfig"]
    assert config["endpointPublicAccess"] and config["publicAccessCidrs"] == ["192.0.2.0/24"]
    eks.update_cluster_config(name="c1", resourcesVpcConfig={"endpointPublicAccess": False})
    assert described(aws)["resourcesVpcConfig"]["publicAccessCidrs"] == []
    refused(aws, "already at", resourcesVpcConfig={"endpointPublicAccess": False})


def test_log_types_are_added_and_taken_away(aws, create_cluster):
    create_cluster()
    eks = aws("eks")
    change = {"clusterLogging": [{"types": ["audit", "api"], "enabled": True}]}
    eks.update_cluster_config(name="c1", logging=change)
    assert described(aws)["logging"]["clusterLogging"][0] == {
        "types": ["api", "audit"],
        "enabled": True,
    }
    refused(aws, "No changes needed", logging=change)
    eks.update_cluster_config(
        name="c1", logging={"clusterLogging": [{"types": ["api"], "enabled": False}]}
    )
    assert described(aws)["logging"]["clusterLogging"][0]["types"] == ["audit"]


def test_two_kinds_of_change_need_two_requests(aws, create_cluster):
    create_cluster()
    refused(
        aws,
        "Only one type of update",
        logging={"clusterLogging": [{"types": ["api"], "enabled": True}]},
        deletionProtection=True,
    )
    assert described(aws)["deletionProtection"] is False
    refused(aws, "changes nothing")


def test_authentication_moves_towards_access_entries_only(aws, create_cluster):
    create_cluster(accessConfig={"authenticationMode": "CONFIG_MAP"})
    aws("eks").update_cluster_config(
        name="c1", accessConfig={"authenticationMode": "API_AND_CONFIG_MAP"}
    )
    refused(
        aws,
        "from API_AND_CONFIG_MAP to CONFIG_MAP",
        accessConfig={"authenticationMode": "CONFIG_MAP"},
    )
    mode = described(aws)["accessConfig"]["authenticationMode"]
    assert mode == "API_AND_CONFIG_MAP"


def test_a_version_goes_up_by_one(aws, create_cluster):
    create_cluster(version="1.33")
    eks = aws("eks")
    for wanted in ("1.35", "1.33", "1.32", "nonsense"):
        with pytest.raises(ClientError) as caught:
            eks.update_cluster_version(name="c1", version=wanted)
        assert "Unsupported Kubernetes minor version update" in str(caught.value)
    update = eks.update_cluster_version(name="c1", version="1.34")["update"]
    assert described(aws)["version"] == "1.34"
    assert eks.list_updates(name="c1")["updateIds"] == [update["id"]]
    assert eks.describe_update(name="c1", updateId=update["id"])["update"] == update


def test_other_subnets_move_the_interfaces(aws, network, create_cluster):
    create_cluster()
    ec2 = aws("ec2")
    other = ec2.create_subnet(
        VpcId=network.vpc_id, CidrBlock="10.0.9.0/24", AvailabilityZone="eu-central-1b"
    )["Subnet"]["SubnetId"]
    wanted = [network.subnet_ids[0], other]
    update = aws("eks").update_cluster_config(name="c1", resourcesVpcConfig={"subnetIds": wanted})
    assert update["update"]["type"] == "VpcConfigUpdate"
    interfaces = ec2.describe_network_interfaces()["NetworkInterfaces"]
    assert {interface["SubnetId"] for interface in interfaces} == set(wanted)


def test_a_control_plane_stays_in_its_zones(aws, network, create_cluster):
    create_cluster()
    third = aws("ec2").create_subnet(
        VpcId=network.vpc_id, CidrBlock="10.0.9.0/24", AvailabilityZone="eu-central-1c"
    )["Subnet"]["SubnetId"]
    before = described(aws)["resourcesVpcConfig"]["subnetIds"]
    for wanted in ([*network.subnet_ids, third], [network.subnet_ids[0], third]):
        refused(aws, "exact set of AZs 'eu-central-1a,eu-central-1b'",
                resourcesVpcConfig={"subnetIds": wanted})  # fmt: skip
    assert described(aws)["resourcesVpcConfig"]["subnetIds"] == before


def test_an_update_is_found_under_what_it_updated_only(aws, network, create_cluster):
    create_cluster()
    eks = aws("eks")
    node_role = network.role("node", "ec2.amazonaws.com")
    eks.create_nodegroup(
        clusterName="c1", nodegroupName="n", subnets=network.subnet_ids, nodeRole=node_role
    )
    update = eks.update_nodegroup_config(
        clusterName="c1", nodegroupName="n", scalingConfig={"maxSize": 5}
    )["update"]
    assert eks.list_updates(name="c1")["updateIds"] == []
    assert eks.list_updates(name="c1", nodegroupName="n")["updateIds"] == [update["id"]]
    with pytest.raises(eks.exceptions.ResourceNotFoundException):
        eks.describe_update(name="c1", updateId=update["id"])
