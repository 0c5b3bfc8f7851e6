"""EKS clusters as the embedded AWS answers them. Proves our records, not AWS's behaviour."""

import base64
import json

import pytest
from botocore.exceptions import ClientError
from cryptography import x509

ALL_LOGS = ["api", "audit", "authenticator", "controllerManager", "scheduler"]


def refusal(call, code):
    with pytest.raises(ClientError) as caught:
        call()
    assert caught.value.response["Error"]["Code"] == code
    return caught.value.response["Error"]["Message"]


def test_a_cluster_keeps_what_was_asked_and_is_active_at_once(aws, create_cluster):
    created = create_cluster(
        resourcesVpcConfig={"controlPlaneEgressMode": "CUSTOMER_ROUTED"},
        kubernetesNetworkConfig={"serviceIpv4Cidr": "172.30.0.0/16"},
        logging={"clusterLogging": [{"types": ALL_LOGS, "enabled": True}]},
        upgradePolicy={"supportType": "STANDARD"},
        zonalShiftConfig={"enabled": True},
        bootstrapSelfManagedAddons=False,
        tags={"team": "core"},
    )
    described = aws("eks").describe_cluster(name="c1")["cluster"]
    assert described == created
    assert described["status"] == "ACTIVE" and described["version"] == "1.34"
    assert described["resourcesVpcConfig"]["controlPlaneEgressMode"] == "CUSTOMER_ROUTED"
    assert described["resourcesVpcConfig"]["endpointPrivateAccess"] is True
    assert described["resourcesVpcConfig"]["publicAccessCidrs"] == []
    assert described["kubernetesNetworkConfig"]["serviceIpv4Cidr"] == "172.30.0.0/16"
    assert described["logging"]["clusterLogging"] == [{"types": ALL_LOGS, "enabled": True}]
    assert described["upgradePolicy"] == {"supportType": "STANDARD"}
    assert described["zonalShiftConfig"] == {"enabled": True}
    assert described["tags"] == {"team": "core"}


def test_what_is_not_asked_has_the_defaults_of_eks(aws, network):
    role_arn = network.role("cluster", "eks.amazonaws.com")
    cluster = aws("eks").create_cluster(
        name="c1", roleArn=role_arn, resourcesVpcConfig={"subnetIds": network.subnet_ids}
    )["cluster"]
    config = cluster["resourcesVpcConfig"]
    assert (config["endpointPublicAccess"], config["endpointPrivateAccess"]) == (True, False)
    assert config["publicAccessCidrs"] == ["0.0.0.0/0"]
    assert config["controlPlaneEgressMode"] == "AWS_MANAGED"
    assert cluster["accessConfig"]["authenticationMode"] == "CONFIG_MAP"
    assert cluster["upgradePolicy"] == {"supportType": "EXTENDED"}
    assert cluster["deletionProtection"] is False
    assert cluster["kubernetesNetworkConfig"]["serviceIpv4Cidr"] == "172.20.0.0/16"
    assert cluster["logging"]["clusterLogging"] == [{"types": ALL_LOGS, "enabled": False}]


def test_the_certificate_authority_is_real_and_the_endpoint_has_the_form_of_eks(create_cluster):
    cluster = create_cluster()
    pem = base64.b64decode(cluster["certificateAuthority"]["data"])
    certificate = x509.load_pem_x509_certificate(pem)
    assert certificate.extensions.get_extension_for_class(x509.BasicConstraints).value.ca
    certificate.verify_directly_issued_by(certificate)
    cluster_id = cluster["identity"]["oidc"]["issuer"].rsplit("/", 1)[1]
    assert len(cluster_id) == 32
    assert cluster["endpoint"] == f"https://{cluster_id}.gr7.eu-central-1.eks.amazonaws.com"


def test_the_cluster_security_group_and_interfaces_come_and_go_with_the_cluster(
    aws, network, create_cluster
):
    ec2 = aws("ec2")
    own = ec2.create_security_group(GroupName="x", Description="x", VpcId=network.vpc_id)["GroupId"]
    cluster = create_cluster(resourcesVpcConfig={"securityGroupIds": [own]})
    group_id = cluster["resourcesVpcConfig"]["clusterSecurityGroupId"]
    group = ec2.describe_security_groups(GroupIds=[group_id])["SecurityGroups"][0]
    assert group["VpcId"] == network.vpc_id
    assert group["IpPermissions"][0]["UserIdGroupPairs"][0]["GroupId"] == group_id
    assert group["IpPermissionsEgress"][0]["IpRanges"] == [{"CidrIp": "0.0.0.0/0"}]
    tags = {tag["Key"]: tag["Value"] for tag in group["Tags"]}
    assert tags["kubernetes.io/cluster/c1"] == "owned"
    interfaces = ec2.describe_network_interfaces()["NetworkInterfaces"]
    assert {interface["SubnetId"] for interface in interfaces} == set(network.subnet_ids)
    assert {g["GroupId"] for g in interfaces[0]["Groups"]} == {group_id, own}

    aws("eks").delete_cluster(name="c1")

    assert ec2.describe_network_interfaces()["NetworkInterfaces"] == []
    refusal(lambda: ec2.describe_security_groups(GroupIds=[group_id]), "InvalidGroup.NotFound")
    refusal(lambda: aws("eks").describe_cluster(name="c1"), "ResourceNotFoundException")
    assert aws("eks").list_clusters()["clusters"] == []


def test_logging_makes_the_log_group_and_deletion_leaves_it(aws, create_cluster):
    create_cluster(logging={"clusterLogging": [{"types": ["api"], "enabled": True}]})
    aws("eks").delete_cluster(name="c1")
    groups = aws("logs").describe_log_groups()["logGroups"]
    assert [group["logGroupName"] for group in groups] == ["/aws/eks/c1/cluster"]


def test_encryption_takes_an_existing_enabled_key_and_secrets_only(aws, network, create_cluster):
    key_arn = aws("kms").create_key()["KeyMetadata"]["Arn"]
    config = [{"resources": ["secrets"], "provider": {"keyArn": key_arn}}]
    assert create_cluster(encryptionConfig=config)["encryptionConfig"] == config


@pytest.mark.parametrize(
    ("settings", "code", "words"),
    [
        ({"version": "1.19"}, "InvalidParameterException", "offered: 1.32"),
        (
            {"resourcesVpcConfig": {"endpointPrivateAccess": False}},
            "InvalidParameterException",
            "cannot be false",
        ),
        (
            {"kubernetesNetworkConfig": {"serviceIpv4Cidr": "10.0.128.0/20"}},
            "InvalidParameterException",
            "overlaps",
        ),
        (
            {"kubernetesNetworkConfig": {"serviceIpv4Cidr": "100.64.0.0/16"}},
            "InvalidParameterException",
            "must lie in",
        ),
        (
            {"encryptionConfig": [{"resources": ["secrets"], "provider": {"keyArn": "arn:x"}}]},
            "InvalidParameterException",
            "KMS key",
        ),
        (
            {"roleArn": "arn:aws:iam::123456789012:role/none"},
            "InvalidParameterException",
            "assumed",
        ),
        ({"resourcesVpcConfig": {"subnetIds": ["subnet-0"]}}, "InvalidParameterException", "exist"),
        ({"name": "-c"}, "InvalidParameterException", "must match"),
    ],
)
def test_what_eks_refuses_leaves_nothing_behind(
    aws, network, create_cluster, settings, code, words
):
    assert words in refusal(lambda: create_cluster(**settings), code)
    assert aws("eks").list_clusters()["clusters"] == []
    assert aws("ec2").describe_network_interfaces()["NetworkInterfaces"] == []
    groups = aws("ec2").describe_security_groups()["SecurityGroups"]
    assert not [group for group in groups if group["GroupName"].startswith("eks-cluster-sg")]


def test_one_zone_does_not_make_a_cluster(network, create_cluster):
    settings = {"subnetIds": network.subnet_ids[:1]}
    message = refusal(
        lambda: create_cluster(resourcesVpcConfig=settings), "InvalidParameterException"
    )
    assert "two different AZs" in message


def test_a_barred_zone_is_refused_by_its_id(aws):
    ec2 = aws("ec2", "us-east-1")
    zones = ec2.describe_availability_zones()["AvailabilityZones"]
    barred = next(zone["ZoneName"] for zone in zones if zone["ZoneId"] == "use1-az3")
    other = next(zone["ZoneName"] for zone in zones if zone["ZoneId"] == "use1-az1")
    vpc_id = ec2.create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"]
    subnet_ids = [
        ec2.create_subnet(VpcId=vpc_id, CidrBlock=f"10.0.{i}.0/24", AvailabilityZone=zone)[
            "Subnet"
        ]["SubnetId"]
        for i, zone in enumerate((barred, other))
    ]
    message = refusal(
        lambda: aws("eks", "us-east-1").create_cluster(
            name="c1",
            roleArn="arn:aws:iam::123456789012:role/r",
            resourcesVpcConfig={"subnetIds": subnet_ids},
        ),
        "UnsupportedAvailabilityZoneException",
    )
    assert "use1-az3" in message


def test_a_name_is_taken_once_per_region(aws, create_cluster):
    create_cluster()
    role_arn = "arn:aws:iam::123456789012:role/cluster"
    config = aws("eks").describe_cluster(name="c1")["cluster"]["resourcesVpcConfig"]["subnetIds"]
    again = {"name": "c1", "roleArn": role_arn, "resourcesVpcConfig": {"subnetIds": config}}
    refusal(lambda: aws("eks").create_cluster(**again), "ResourceInUseException")
    assert aws("eks", "eu-west-1").list_clusters()["clusters"] == []


def test_deletion_protection_holds_until_it_is_lifted(aws, create_cluster):
    create_cluster(deletionProtection=True)
    eks = aws("eks")
    assert "deletion protection" in refusal(
        lambda: eks.delete_cluster(name="c1"), "InvalidRequestException"
    )
    eks.update_cluster_config(name="c1", deletionProtection=False)
    assert eks.delete_cluster(name="c1")["cluster"]["status"] == "DELETING"


def test_versions_are_offered_newest_first_with_one_default(aws):
    versions = aws("eks").describe_cluster_versions()["clusterVersions"]
    assert [row["clusterVersion"] for row in versions] == ["1.36", "1.35", "1.34", "1.33", "1.32"]
    assert len([row for row in versions if row["defaultVersion"]]) == 1
    extended = aws("eks").describe_cluster_versions(versionStatus="EXTENDED_SUPPORT")
    assert [row["clusterVersion"] for row in extended["clusterVersions"]] == ["1.33", "1.32"]


def test_lists_come_in_pages(aws, network):
    role_arn, eks = network.role("cluster", "eks.amazonaws.com"), aws("eks")
    for name in ("c", "a", "b"):
        eks.create_cluster(
            name=name, roleArn=role_arn, resourcesVpcConfig={"subnetIds": network.subnet_ids}
        )
    first = eks.list_clusters(maxResults=2)
    assert first["clusters"] == ["a", "b"]
    rest = eks.list_clusters(nextToken=first["nextToken"])
    assert rest["clusters"] == ["c"] and "nextToken" not in rest


def test_an_api_server_of_ones_own_stands_behind_the_endpoint(
    create_cluster, tmp_path, monkeypatch
):
    file = tmp_path / "servers.json"
    monkeypatch.setenv("HEIIKI_API_SERVERS", str(file))
    server = {"endpoint": "https://127.0.0.1:6443", "certificateAuthority": "PEM"}
    file.write_text(json.dumps({"other": {}, "c1": server}))
    cluster = create_cluster()
    assert cluster["endpoint"] == "https://127.0.0.1:6443"
    assert base64.b64decode(cluster["certificateAuthority"]["data"]) == b"PEM"


def test_an_api_server_stands_for_clusters_of_its_name_only(create_cluster, tmp_path, monkeypatch):
    file = tmp_path / "servers.json"
    monkeypatch.setenv("HEIIKI_API_SERVERS", str(file))
    file.write_text('{"other": {"endpoint": "x", "certificateAuthority": "x"}}')
    assert ".eks.amazonaws.com" in create_cluster()["endpoint"]


@pytest.mark.parametrize("text", [None, "{", "[]", '{"c1": {"endpoint": "x"}}'])
def test_a_file_of_api_servers_that_cannot_be_read_is_told(
    create_cluster, tmp_path, monkeypatch, text
):
    file = tmp_path / "servers.json"
    monkeypatch.setenv("HEIIKI_API_SERVERS", str(file))
    if text is not None:
        file.write_text(text)
    message = refusal(create_cluster, "InvalidParameterException")
    assert f"{file}, which HEIIKI_API_SERVERS names, is no JSON file of clusters" in message
