"""Resolver endpoints as the embedded AWS answers them."""


def test_an_endpoint_tells_the_settings_that_it_was_given(aws):
    ec2, resolver = aws("ec2"), aws("route53resolver")
    vpc_id = ec2.create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"]
    subnets = [
        ec2.create_subnet(VpcId=vpc_id, CidrBlock=f"10.0.{i}.0/28")["Subnet"]["SubnetId"]
        for i in range(2)
    ]
    group = ec2.create_security_group(GroupName="dns", Description="dns", VpcId=vpc_id)
    asked = {"Direction": "INBOUND", "SecurityGroupIds": [group["GroupId"]],
             "IpAddresses": [{"SubnetId": subnet} for subnet in subnets]}  # fmt: skip
    plain = resolver.create_resolver_endpoint(CreatorRequestId="plain", Name="plain", **asked)
    assert plain["ResolverEndpoint"]["Protocols"] == ["Do53"]
    assert plain["ResolverEndpoint"]["ResolverEndpointType"] == "IPV4"
    chosen = resolver.create_resolver_endpoint(
        CreatorRequestId="chosen", Name="chosen", Protocols=["DoH"], **asked
    )["ResolverEndpoint"]
    assert chosen["Protocols"] == ["DoH"] and chosen["ResolverEndpointType"] == "IPV4"
    changed = resolver.update_resolver_endpoint(
        ResolverEndpointId=chosen["Id"], ResolverEndpointType="DUALSTACK"
    )["ResolverEndpoint"]
    told = resolver.get_resolver_endpoint(ResolverEndpointId=chosen["Id"])["ResolverEndpoint"]
    for found in (changed, told):
        assert found["Name"] == "chosen"
        assert found["Protocols"] == ["DoH"] and found["ResolverEndpointType"] == "DUALSTACK"
    listed = resolver.list_resolver_endpoints()["ResolverEndpoints"]
    assert {e["Name"]: e["Protocols"] for e in listed} == {"plain": ["Do53"], "chosen": ["DoH"]}
