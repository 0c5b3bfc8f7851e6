"""What moto has no path or no service for is an AWS error that names the operation, in the
protocol of the service: boto3 reads it, and repeats nothing."""

import urllib.error
import urllib.request

import pytest
from botocore.exceptions import ClientError

CALLS = {  # service, call, arguments, and the operation as the answer names it
    "REST and XML": ("route53", "get_checker_ip_ranges", {}, "route53:GetCheckerIpRanges"),
    "REST and JSON": ("vpc-lattice", "list_domain_verifications", {},
                      "vpc-lattice:ListDomainVerifications"),
    "JSON of a service that moto lacks": (
        "snowball", "describe_addresses", {}, "snowball:DescribeAddresses"),
    "REST of a service that moto lacks": (
        "braket", "search_jobs", {"filters": []}, "braket:SearchJobs"),
    "a form of a service that moto lacks": (
        "cloudsearch", "describe_domains", {}, "cloudsearch:DescribeDomains"),
    "CBOR of a service that moto lacks": (
        "appstream", "describe_stacks", {}, "appstream:DescribeStacks"),
    "a service that signs by another name": (
        "efs", "describe_account_preferences", {},
        "elasticfilesystem:GET /2015-02-01/account-preferences"),
}  # fmt: skip


@pytest.mark.filterwarnings("ignore:Exception.Refused. with code NotImplemented")
@pytest.mark.parametrize("call", CALLS)
def test_what_nobody_takes_is_an_error_that_names_the_operation(aws, call):
    service, method, arguments, operation = CALLS[call]
    with pytest.raises(ClientError) as caught:
        getattr(aws(service), method)(**arguments)
    error = caught.value.response
    assert error["Error"]["Code"] == "NotImplemented"
    said = f"The embedded AWS cannot answer {operation}: nothing here takes it"
    assert error["Error"]["Message"] == said
    assert error["ResponseMetadata"]["HTTPStatusCode"] == 501
    assert error["ResponseMetadata"]["RetryAttempts"] == 0


@pytest.mark.filterwarnings("ignore:Exception.Refused. with code NotImplemented")
@pytest.mark.parametrize(
    ("service", "headers", "data", "named"),
    [
        ("no-such", {}, None, "no-such:GET /a"),
        ("no-such", {"X-Amz-Target": "NoSuch_2020.DoThis"}, b"{}", "no-such:DoThis"),
        ("no-such", {"Content-Type": "application/x-www-form-urlencoded"}, b"Action=DoThis",
         "no-such:DoThis"),
    ],
)  # fmt: skip
def test_a_service_that_nobody_knows_is_named_too(endpoint_url, service, headers, data, named):
    scope = f"AWS4-HMAC-SHA256 Credential=a/20260101/eu-central-1/{service}/aws4_request, Signature"
    request = urllib.request.Request(
        f"{endpoint_url}/a", data=data, headers={"Authorization": scope, **headers}
    )
    with pytest.raises(urllib.error.HTTPError) as caught:
        urllib.request.urlopen(request)
    body = caught.value.read().decode()
    assert caught.value.code == 501 and f"The embedded AWS cannot answer {named}:" in body
    assert "<html" not in body


def test_what_is_only_not_there_is_told_as_ever(aws):
    """The twin: a service's own 404 is not taken for one of the server's."""
    with pytest.raises(ClientError) as caught:
        aws("s3").head_bucket(Bucket="none")
    assert caught.value.response["Error"]["Code"] == "404"
    with pytest.raises(ClientError) as caught:
        aws("route53").get_hosted_zone(Id="Z0123456789")
    assert caught.value.response["Error"]["Code"] == "NoSuchHostedZone"
