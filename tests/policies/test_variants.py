"""Every further spelling of the same door, and what looks like a door and is none."""

import pytest
from pulumi_policy.proxy import UNKNOWN_STRING_VALUE as UNKNOWN_VALUE

from tests.policies.analyzer import ACCOUNT, REGION, broken, configured
from tests.policies.cases import (
    BALANCER,
    CLUSTER,
    COMPLIANT,
    ENDPOINT,
    FIREWALL_RULE,
    GROUP,
    GROUP_RULE,
    INSTANCE,
    INTERFACE,
    NODE_GROUP,
    RESOLVER_RULE,
    ROUTE,
    SUBNET,
    TEMPLATE,
    VPC,
)

NAT = "aws:ec2/natGateway:NatGateway"
DHCP = "aws:ec2/vpcDhcpOptions:VpcDhcpOptions"
ISSUER = "aws:iam/openIdConnectProvider:OpenIdConnectProvider"
CACHE = "aws:ecr/pullThroughCacheRule:PullThroughCacheRule"
ENCRYPTION = "aws:ebs/encryptionByDefault:EncryptionByDefault"
NOTIFICATION = "aws:s3/bucketNotification:BucketNotification"
RESOLVER_ENDPOINT = "aws:route53/resolverEndpoint:ResolverEndpoint"
REPLICATION = "aws:ecr/replicationConfiguration:ReplicationConfiguration"


def of(typ, **changes):
    """The compliant resource with these properties in place of its own."""
    return {**COMPLIANT[typ], **changes}


def template(**interface):
    return {"networkInterfaces": [{"associatePublicIpAddress": "false", **interface}]}


def destination(**target):
    own = {"registryId": ACCOUNT, "region": REGION, **target}
    return {"replicationConfiguration": {"rules": [{"destinations": [own]}]}}


BROKEN = [
    *((SUBNET, {key: value}, "CN-041") for key, value in {
        "ipv6IpamPoolId": "ipam-1", "ipv6NetmaskLength": 64, "ipv6Native": True,
        "ipv6CidrBlock": "2001:db8::/64", "enableDns64": "true",
    }.items()),
    (SUBNET, {"customerOwnedIpv4Pool": "pool-1"}, "CN-042"),
    *((VPC, {key: value}, "CN-043") for key, value in {
        "ipv6CidrBlock": "2001:db8::/56", "ipv6IpamPoolId": "ipam-1", "ipv6NetmaskLength": 56,
    }.items()),
    *((NAT, {key: [{"allocationIds": ["eipalloc-1"]}]}, "CN-012") for key in (
        "secondaryAllocationIds", "availabilityZoneAddresses")),
    (DHCP, {"ntpServers": ["192.0.2.1"]}, "CN-045"),
    (DHCP, {"ntpServers": ["AmazonProvidedDNS"]}, "CN-045"),
    *((INTERFACE, {key: value}, "CN-051") for key, value in {
        "ipv6AddressCount": 1, "ipv6AddressLists": ["2001:db8::1"], "ipv6PrefixCount": 1,
        "ipv6Prefixes": ["2001:db8::/80"], "enablePrimaryIpv6": True,
    }.items()),
    (TEMPLATE, template(primaryIpv6="true"), "CN-051"),
    (TEMPLATE, {"blockDeviceMappings": [{"ebs": {"encrypted": "true"}}, UNKNOWN_VALUE]}, "CN-055"),
    (TEMPLATE, {"networkInterfaces": [{"associatePublicIpAddress": "false"}, {}]}, "CN-050"),
    (ENCRYPTION, {"enabled": False}, "CN-055"),
    *((CLUSTER, {"enabledClusterLogTypes": [
        log for log in COMPLIANT[CLUSTER]["enabledClusterLogTypes"] if log != missing
    ]}, "CN-063") for missing in COMPLIANT[CLUSTER]["enabledClusterLogTypes"]),
    *((ISSUER, {"url": url}, "CN-072") for url in (
        "https://bucket.s3.amazonaws.com/id/A", "https://accounts.google.com", f"https://oidc.eks.{REGION}.amazonaws.com",
        f"https://evil.example/oidc.eks.{REGION}.amazonaws.com/id/A",
        f"https://oidc.eks.{REGION}.example.com/id/A",
        f"https://oidc.eks.bucket.s3.{REGION}.amazonaws.com/id/A",
        "https://oidc.eks.balancer-1.elb.amazonaws.com/id/A",
        f"https://oidc.eks.{REGION}.amazonaws.com/other/A",
    )),
    (ENDPOINT, {"resourceConfigurationArn": "arn:aws:vpc-lattice:x"}, "CN-080"),
    *((ENDPOINT, {"vpcEndpointType": kind}, "CN-080") for kind in (
        "Resource", "ServiceNetwork", "Tunnel")),
    (BALANCER, {"subnetMappings": [{}, UNKNOWN_VALUE]}, "CN-112"),
    (RESOLVER_RULE, {"targetIps": [{"ip": "10.1.0.53"}, {"ip": "10.1.0.54", "ipv6": "fd00::1"}]},
     "CN-121"),
    (RESOLVER_RULE, {"targetIps": [{"ip": "10.2.0.53"}]}, "CN-121"),
    *((NOTIFICATION, {key: [{arn: f"arn:aws:sns:{REGION}:999988887777:x"}]}, "CN-133")
      for key, arn in (("topics", "topicArn"), ("lambdaFunctions", "lambdaFunctionArn"))),
    (NOTIFICATION, {"topics": [{"topicArn": "arn:aws:s3:::bucket"}]}, "CN-133"),
    (REPLICATION, destination(region="us-east-1"), "CN-134"),
    (REPLICATION, {"replicationConfiguration": UNKNOWN_VALUE}, "CN-134"),
    (REPLICATION, {"replicationConfiguration": {"rules": UNKNOWN_VALUE}}, "CN-134"),
    *((CACHE, {"upstreamRegistryUrl": url}, "CN-135") for url in (
        "registry.k8s.io", f"999988887777.dkr.ecr.{REGION}.amazonaws.com",
        f"{ACCOUNT}.dkr.ecr.{REGION}.amazonaws.com.evil.example",
        f"{ACCOUNT}.dkr.ecr.{REGION}.example.com",
    )),
    (ROUTE, {"transitGatewayId": "tgw-1", "localGatewayId": "lgw-1"}, "CN-030"),
]  # fmt: skip


@pytest.mark.parametrize(("typ", "changes", "rule"), BROKEN)
def test_the_same_door_in_another_spelling(typ, changes, rule):
    assert broken(typ, of(typ, **changes)) == {rule}


PASSING = [
    (SUBNET, {"ipv6CidrBlock": "", "ipv6NetmaskLength": 0, "ipv6Native": False}),
    (VPC, {"enableDnsHostnames": "true", "assignGeneratedIpv6CidrBlock": False}),
    (VPC, {"enableDnsSupport": None}),
    (DHCP, {"domainNameServers": ["169.254.169.253", "10.0.0.2"]}),
    (DHCP, {"ntpServers": ["169.254.169.253"]}),
    (INSTANCE, {"metadataOptions": {"httpEndpoint": "disabled"}}),
    (INSTANCE, {"associatePublicIpAddress": None, "networkInterfaces": [{"deviceIndex": 0}]}),
    (INSTANCE, {"associatePublicIpAddress": None, "primaryNetworkInterface": {"x": "eni-1"}}),
    (INSTANCE, {"metadataOptions": {**COMPLIANT[INSTANCE]["metadataOptions"],
                                    "instanceMetadataTags": "no-preference"}}),
    (INSTANCE, {"metadataOptions": [COMPLIANT[INSTANCE]["metadataOptions"]]}),
    (TEMPLATE, {"networkInterfaces": [{"networkInterfaceId": UNKNOWN_VALUE}]}),
    (TEMPLATE, template(associateCarrierIpAddress="false")),
    (TEMPLATE, {"imageId": ""}),
    (TEMPLATE, {"blockDeviceMappings": [{"ebs": {"encrypted": "true"}}, {"noDevice": "1"},
                                        {"virtualName": "ephemeral0"}]}),
    (ENCRYPTION, {"enabled": None}),
    (CLUSTER, {"accessConfig": {"authenticationMode": "API_AND_CONFIG_MAP",
                                "bootstrapClusterCreatorAdminPermissions": False}}),
    *((NODE_GROUP, {"amiType": kind}) for kind in ("", "CUSTOM", "BOTTLEROCKET_x86_64")),
    *((ISSUER, {"url": f"{scheme}oidc.eks.{REGION}.{suffix}/id/A"})
      for scheme in ("https://", "")
      for suffix in ("amazonaws.com", "amazonaws.com.cn", "amazonaws.eu", "api.aws",
                     "c2s.ic.gov", "sc2s.sgov.gov", "cloud.adc-e.uk", "csp.hci.ic.gov")),
    *((CACHE, {"upstreamRegistryUrl": f"{ACCOUNT}.dkr.ecr.{REGION}.{suffix}"})
      for suffix in ("amazonaws.com", "amazonaws.com.cn", "amazonaws.eu", "c2s.ic.gov",
                     "sc2s.sgov.gov", "cloud.adc-e.uk", "csp.hci.ic.gov")),
    (RESOLVER_RULE, {"ruleType": "SYSTEM", "domainName": "."}),
    (FIREWALL_RULE, {"blockResponse": "NODATA"}),
    (FIREWALL_RULE, {"action": "ALLOW", "blockResponse": None,
                     "firewallDomainRedirectionAction": "INSPECT_REDIRECTION_DOMAIN"}),
    (ENDPOINT, {"ipAddressType": "ipv4", "serviceRegion": REGION}),
    (ENDPOINT, {"securityGroupIds": UNKNOWN_VALUE}),
]  # fmt: skip


@pytest.mark.parametrize(("typ", "changes"), PASSING)
def test_what_looks_like_a_door_and_is_none(typ, changes):
    assert broken(typ, of(typ, **changes)) == set()


def test_a_block_that_is_unknown_as_a_whole_is_no_second_fault():
    assert broken(CLUSTER, of(CLUSTER, kubernetesNetworkConfig=UNKNOWN_VALUE)) == {"CN-067"}
    assert broken(TEMPLATE, of(TEMPLATE, metadataOptions=UNKNOWN_VALUE)) == {"CN-052", "CN-053"}
    assert broken(TEMPLATE, of(TEMPLATE, networkInterfaces=UNKNOWN_VALUE)) == {"CN-050"}


def test_a_rule_of_unknown_direction_is_judged_as_both():
    rule = {"type": UNKNOWN_VALUE, "protocol": "tcp", "cidrBlocks": ["0.0.0.0/0"]}
    assert broken(GROUP_RULE, rule) == {"CN-100", "CN-101"}
    assert broken(GROUP_RULE, {**rule, "type": "ingress"}) == {"CN-101"}


@pytest.mark.parametrize("rules", [UNKNOWN_VALUE, [UNKNOWN_VALUE]])
def test_a_rule_of_which_nothing_is_known_may_be_for_any_address(rules):
    assert broken(GROUP, of(GROUP, egress=rules)) == {"CN-100"}
    assert broken(GROUP, of(GROUP, ingress=rules)) == {"CN-101"}


def test_an_inbound_resolver_endpoint_needs_no_name():
    assert broken(RESOLVER_ENDPOINT, {"direction": "INBOUND"}, "stranger") == set()
    for direction in ("OUTBOUND", UNKNOWN_VALUE, ""):
        assert broken(RESOLVER_ENDPOINT, {"direction": direction}, "stranger") == {"CN-120"}


def test_without_declared_regions_no_registry_region_is_judged():
    servicer = configured({"accounts": [ACCOUNT]})
    assert broken(REPLICATION, destination(region="us-east-1"), servicer=servicer) == set()


def test_services_by_the_prefixes_of_their_partitions():
    for prefix in (
        "com.amazonaws", "cn.com.amazonaws", "eu.amazonaws", "gov.ic.c2s", "gov.sgov.sc2s",
        "uk.adc-e.cloud", "gov.ic.hci.csp",
    ):  # fmt: skip
        assert broken(ENDPOINT, of(ENDPOINT, serviceName=f"{prefix}.{REGION}.sts")) == set()
    assert broken(ENDPOINT, of(ENDPOINT, serviceName=f"org.amazonaws.{REGION}.sts")) == {"CN-081"}


def test_the_fips_variant_of_sts_mints_no_tokens_either():
    for service in ("sts", "sts-fips"):
        policy = COMPLIANT["aws:ec2/vpcEndpointPolicy:VpcEndpointPolicy"]["policy"]
        props = of(ENDPOINT, serviceName=f"com.amazonaws.{REGION}.{service}", policy=policy)
        assert broken(ENDPOINT, props) == {"CN-087"}
