"""Flow logs, gateways, and single operations of KMS, logs, IAM and STS."""

import json

import pytest
from botocore.exceptions import ClientError

from tests.local.aws_api.conftest import REGION


def test_flow_logs_go_to_a_log_group_by_name_or_arn(aws, network):
    ec2, logs = aws("ec2"), aws("logs")
    logs.create_log_group(logGroupName="flow")
    arn = logs.describe_log_groups()["logGroups"][0]["arn"]
    role = network.role("flow", "vpc-flow-logs.amazonaws.com")
    asked = {
        "ResourceIds": [network.vpc_id],
        "ResourceType": "VPC",
        "TrafficType": "ALL",
        "DeliverLogsPermissionArn": role,
        "LogDestinationType": "cloud-watch-logs",
        "LogDestination": arn,
        "MaxAggregationInterval": 60,
        "TagSpecifications": [
            {"ResourceType": "vpc-flow-log", "Tags": [{"Key": "a", "Value": "b"}]}
        ],
    }
    (flow_log_id,) = ec2.create_flow_logs(**asked)["FlowLogIds"]
    (made,) = ec2.describe_flow_logs(FlowLogIds=[flow_log_id])["FlowLogs"]
    assert (made["LogGroupName"], made["DeliverLogsStatus"]) == ("flow", "SUCCESS")
    assert made["MaxAggregationInterval"] == 60 and made["Tags"] == [{"Key": "a", "Value": "b"}]
    with pytest.raises(ClientError, match="existing Flow Log"):
        ec2.create_flow_logs(**asked)
    ec2.delete_flow_logs(FlowLogIds=[flow_log_id])
    assert ec2.describe_flow_logs()["FlowLogs"] == []


def test_flow_logs_go_to_a_bucket_with_a_prefix_and_options(aws, network):
    ec2 = aws("ec2")
    asked = {
        "ResourceIds": network.subnet_ids,
        "ResourceType": "Subnet",
        "TrafficType": "REJECT",
        "LogDestinationType": "s3",
        "LogDestination": "arn:aws:s3:::flow-bucket/prefix/",
        "DestinationOptions": {"FileFormat": "parquet"},
    }
    missing = ec2.create_flow_logs(**asked)
    assert missing["FlowLogIds"] == []
    assert "flow-bucket does not exist" in missing["Unsuccessful"][0]["Error"]["Message"]
    aws("s3").create_bucket(
        Bucket="flow-bucket",
        CreateBucketConfiguration={"LocationConstraint": "eu-central-1"},
    )
    assert len(ec2.create_flow_logs(**asked)["FlowLogIds"]) == 2
    made = ec2.describe_flow_logs()["FlowLogs"][0]
    assert made["LogDestination"] == "arn:aws:s3:::flow-bucket/prefix/"
    assert made["DestinationOptions"] == {
        "FileFormat": "parquet",
        "HiveCompatiblePartitions": False,
        "PerHourPartition": False,
    }


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"MaxAggregationInterval": 61}, "must be 60 or 600"),
        ({"LogDestinationType": "s3"}, "LogDestination can't be empty"),
        ({"LogGroupName": "x"}, "DeliverLogsPermissionArn can't be empty"),
    ],
)
def test_what_a_flow_log_may_not_be(aws, network, settings, words):
    asked = {
        "ResourceIds": [network.vpc_id],
        "ResourceType": "VPC",
        "TrafficType": "ALL",
    } | settings
    with pytest.raises(ClientError, match=words):
        aws("ec2").create_flow_logs(**asked)


def test_a_virtual_private_gateway_propagates_where_it_is_attached(aws, network):
    ec2 = aws("ec2")
    gateway_id = ec2.create_vpn_gateway(Type="ipsec.1")["VpnGateway"]["VpnGatewayId"]
    table_id = ec2.create_route_table(VpcId=network.vpc_id)["RouteTable"]["RouteTableId"]
    pair = {"GatewayId": gateway_id, "RouteTableId": table_id}

    def propagating():
        table = ec2.describe_route_tables(RouteTableIds=[table_id])["RouteTables"][0]
        return [entry["GatewayId"] for entry in table.get("PropagatingVgws", [])]

    with pytest.raises(ClientError, match="is not attached"):
        ec2.enable_vgw_route_propagation(**pair)
    ec2.attach_vpn_gateway(VpcId=network.vpc_id, VpnGatewayId=gateway_id)
    ec2.enable_vgw_route_propagation(**pair)
    ec2.enable_vgw_route_propagation(**pair)
    assert propagating() == [gateway_id]
    ec2.disable_vgw_route_propagation(**pair)
    assert propagating() == []


def test_a_transit_gateway_without_default_tables_associates_nothing(aws, network):
    ec2 = aws("ec2")
    gateway = ec2.create_transit_gateway(
        Options={
            "DefaultRouteTableAssociation": "disable",
            "DefaultRouteTablePropagation": "disable",
        }
    )["TransitGateway"]
    assert "AssociationDefaultRouteTableId" not in gateway["Options"]
    attached = ec2.create_transit_gateway_vpc_attachment(
        TransitGatewayId=gateway["TransitGatewayId"],
        VpcId=network.vpc_id,
        SubnetIds=network.subnet_ids,
        TagSpecifications=[
            {"ResourceType": "transit-gateway-attachment", "Tags": [{"Key": "a", "Value": "b"}]}
        ],
    )["TransitGatewayVpcAttachment"]
    assert attached["Tags"] == [{"Key": "a", "Value": "b"}]
    attachment_id = {"TransitGatewayAttachmentId": attached["TransitGatewayAttachmentId"]}

    def association():
        (found,) = ec2.describe_transit_gateway_attachments()["TransitGatewayAttachments"]
        return found.get("Association")

    assert association() is None
    table_id = ec2.create_transit_gateway_route_table(TransitGatewayId=gateway["TransitGatewayId"])[
        "TransitGatewayRouteTable"
    ]["TransitGatewayRouteTableId"]
    ec2.associate_transit_gateway_route_table(TransitGatewayRouteTableId=table_id, **attachment_id)
    assert association()["TransitGatewayRouteTableId"] == table_id
    with pytest.raises(ClientError, match="non-deleted VPC Attachments"):
        ec2.delete_transit_gateway(TransitGatewayId=gateway["TransitGatewayId"])
    table = {"TransitGatewayRouteTableId": table_id}
    with pytest.raises(ClientError, match="has associations"):
        ec2.delete_transit_gateway_route_table(**table)
    ec2.disassociate_transit_gateway_route_table(**table, **attachment_id)
    ec2.delete_transit_gateway_vpc_attachment(**attachment_id)
    deleted = ec2.delete_transit_gateway_route_table(**table)["TransitGatewayRouteTable"]
    assert deleted["State"] == "deleted"
    ec2.delete_transit_gateway(TransitGatewayId=gateway["TransitGatewayId"])
    assert ec2.describe_transit_gateways()["TransitGateways"] == []


def test_routes_of_a_transit_gateway_tell_where_they_lead(aws, network):
    ec2 = aws("ec2")
    gateway = ec2.create_transit_gateway()["TransitGateway"]
    gateway_id = gateway["TransitGatewayId"]
    attachment_id = ec2.create_transit_gateway_vpc_attachment(
        TransitGatewayId=gateway_id, VpcId=network.vpc_id, SubnetIds=network.subnet_ids
    )["TransitGatewayVpcAttachment"]["TransitGatewayAttachmentId"]
    table = {"TransitGatewayRouteTableId": gateway["Options"]["AssociationDefaultRouteTableId"]}
    ec2.create_transit_gateway_route(
        **table, DestinationCidrBlock="10.9.0.0/16", TransitGatewayAttachmentId=attachment_id
    )
    routes = ec2.search_transit_gateway_routes(
        **table, Filters=[{"Name": "type", "Values": ["static", "propagated"]}]
    )["Routes"]
    found = {route["DestinationCidrBlock"]: route for route in routes}
    assert found["10.9.0.0/16"]["Type"] == "static"
    assert found["10.0.0.0/16"]["Type"] == "propagated"
    for route in routes:
        (attachment,) = route["TransitGatewayAttachments"]
        assert attachment["TransitGatewayAttachmentId"] == attachment_id
    gone = ec2.delete_transit_gateway_route(**table, DestinationCidrBlock="10.9.0.0/16")["Route"]
    assert gone["State"] == "deleted"
    with pytest.raises(ClientError, match=r"InvalidRoute\.NotFound"):
        ec2.delete_transit_gateway_route(**table, DestinationCidrBlock="10.9.0.0/16")
    static = [{"Name": "route-search.exact-match", "Values": ["10.9.0.0/16"]}]
    assert ec2.search_transit_gateway_routes(**table, Filters=static)["Routes"] == []


@pytest.mark.parametrize(
    ("operation", "parameter", "code"),
    [
        ("delete_transit_gateway", "TransitGatewayId", "InvalidTransitGatewayID.NotFound"),
        (
            "delete_transit_gateway_vpc_attachment",
            "TransitGatewayAttachmentId",
            "InvalidTransitGatewayAttachmentID.NotFound",
        ),
        (
            "delete_transit_gateway_route_table",
            "TransitGatewayRouteTableId",
            "InvalidRouteTableID.NotFound",
        ),
    ],
)
def test_what_is_not_there_is_not_found(aws, operation, parameter, code):
    with pytest.raises(ClientError) as caught:
        getattr(aws("ec2"), operation)(**{parameter: "tgw-0"})
    assert caught.value.response["Error"]["Code"] == code


def test_a_prefix_list_keeps_its_name_and_counts_its_versions(aws):
    ec2 = aws("ec2")
    made = ec2.create_managed_prefix_list(
        PrefixListName="nets", MaxEntries=5, AddressFamily="IPv4"
    )["PrefixList"]
    change = {
        "PrefixListId": made["PrefixListId"],
        "CurrentVersion": 1,
        "AddEntries": [{"Cidr": "10.0.0.0/8"}],
    }
    changed = ec2.modify_managed_prefix_list(**change)["PrefixList"]
    assert (changed["PrefixListName"], changed["Version"]) == ("nets", 2)
    with pytest.raises(ClientError, match="incorrect version number 1"):
        ec2.modify_managed_prefix_list(**change)


def test_clients_of_an_oidc_provider_come_and_go(aws):
    iam = aws("iam")
    arn = iam.create_open_id_connect_provider(Url="https://oidc.example", ClientIDList=["a"])
    provider = {"OpenIDConnectProviderArn": arn["OpenIDConnectProviderArn"]}
    iam.add_client_id_to_open_id_connect_provider(**provider, ClientID="b")
    iam.remove_client_id_from_open_id_connect_provider(**provider, ClientID="a")
    assert iam.get_open_id_connect_provider(**provider)["ClientIDList"] == ["b"]


def test_key_rotation_tells_its_period(aws):
    kms = aws("kms")
    key_id = kms.create_key()["KeyMetadata"]["KeyId"]
    assert kms.describe_key(KeyId=key_id)["KeyMetadata"]["KeyUsage"] == "ENCRYPT_DECRYPT"
    assert kms.get_key_rotation_status(KeyId=key_id)["KeyRotationEnabled"] is False
    kms.enable_key_rotation(KeyId=key_id, RotationPeriodInDays=180)
    status = kms.get_key_rotation_status(KeyId=key_id)
    assert (status["KeyRotationEnabled"], status["RotationPeriodInDays"]) == (True, 180)


def test_log_groups_change_their_key_and_keep_their_protection(aws):
    logs = aws("logs")
    key_arn = aws("kms").create_key()["KeyMetadata"]["Arn"]
    logs.create_log_group(logGroupName="a", deletionProtectionEnabled=True)
    logs.associate_kms_key(logGroupName="a", kmsKeyId=key_arn)
    (group,) = logs.describe_log_groups()["logGroups"]
    assert (group["kmsKeyId"], group["logGroupClass"]) == (key_arn, "STANDARD")
    logs.disassociate_kms_key(logGroupName="a")
    assert "kmsKeyId" not in logs.describe_log_groups()["logGroups"][0]
    with pytest.raises(ClientError, match="protected from deletion"):
        logs.delete_log_group(logGroupName="a")
    logs.put_log_group_deletion_protection(logGroupIdentifier="a", deletionProtectionEnabled=False)
    logs.delete_log_group(logGroupName="a")
    assert logs.describe_log_groups()["logGroups"] == []


def test_an_operation_that_nobody_implements_says_so_at_once(aws):
    with pytest.raises(ClientError, match="cannot answer ec2:CreateIpam") as caught:
        aws("ec2").create_ipam()
    assert caught.value.response["ResponseMetadata"]["RetryAttempts"] == 0


def test_instance_profiles_list_their_tags(aws):
    iam = aws("iam")
    iam.create_instance_profile(InstanceProfileName="p", Tags=[{"Key": "a", "Value": "b"}])
    tags = iam.list_instance_profile_tags(InstanceProfileName="p")["Tags"]
    assert tags == [{"Key": "a", "Value": "b"}]


def test_managed_policies_of_aws_are_there_to_attach(aws, network):
    network.role("node", "ec2.amazonaws.com")
    iam = aws("iam")
    arn = "arn:aws:iam::aws:policy/AmazonEKSWorkerNodeMinimalPolicy"
    iam.attach_role_policy(RoleName="node", PolicyArn=arn)
    attached = iam.list_attached_role_policies(RoleName="node")["AttachedPolicies"]
    assert [policy["PolicyArn"] for policy in attached] == [arn]
    document = {
        "Version": "2012-10-17",
        "Statement": [{"Effect": "Deny", "Action": "*", "Resource": "*"}],
    }
    own = iam.create_policy(PolicyName="own", PolicyDocument=json.dumps(document))["Policy"]
    assert [p["Arn"] for p in iam.list_policies(Scope="Local")["Policies"]] == [own["Arn"]]


def test_the_caller_has_an_arn_of_iam(aws):
    identity = aws("sts").get_caller_identity()
    assert identity["Arn"] == f"arn:aws:iam::{identity['Account']}:user/moto"


def test_a_bucket_policy_is_kept_and_holds_nobody(aws):
    """Its conditions are not judged here, so neither is a Deny that stands under one."""
    s3 = aws("s3")
    s3.create_bucket(Bucket="material", CreateBucketConfiguration={"LocationConstraint": REGION})
    deny = {
        "Effect": "Deny", "Principal": "*", "Action": "s3:*",
        "Resource": "arn:aws:s3:::material/*",
        "Condition": {"Bool": {"aws:SecureTransport": "false"}},
    }  # fmt: skip
    policy = {"Version": "2012-10-17", "Statement": [deny]}
    s3.put_bucket_policy(Bucket="material", Policy=json.dumps(policy))
    s3.put_object(Bucket="material", Key="k", Body=b"1")
    assert s3.get_object(Bucket="material", Key="k")["Body"].read() == b"1"
    assert "Errors" not in s3.delete_objects(Bucket="material", Delete={"Objects": [{"Key": "k"}]})
    assert json.loads(s3.get_bucket_policy(Bucket="material")["Policy"]) == policy


def test_ids_of_hosted_zones_are_of_aws_s_form(aws):
    """By which stack files name one. A random id would begin so once in 36 times."""
    for number in range(3):
        asked = {"Name": f"a{number}.example.com", "CallerReference": str(number)}
        made = aws("route53").create_hosted_zone(**asked)["HostedZone"]["Id"]
        assert made.startswith("/hostedzone/Z") and len(made) == len("/hostedzone/") + 22
