"""Clients of AWS: one for each service and region, and no other's."""


def test_a_client_is_made_once_for_each_service_and_region(account):
    here, there = account.client("ec2", "eu-west-1"), account.client("ec2", "us-east-1")
    assert (here.meta.region_name, there.meta.region_name) == ("eu-west-1", "us-east-1")
    assert account.client("ec2", "eu-west-1") is here
    assert account.client("sts", "eu-west-1").meta.service_model.service_name == "sts"
