"""DNS Firewall and query logging as the embedded AWS answers them."""

import pytest


@pytest.fixture
def resolver(aws):
    return aws("route53resolver")


def domain_list(resolver, *domains):
    made = resolver.create_firewall_domain_list(CreatorRequestId="list", Name="allowed")
    list_id = made["FirewallDomainList"]["Id"]
    resolver.update_firewall_domains(
        FirewallDomainListId=list_id, Operation="ADD", Domains=list(domains)
    )
    return list_id


def rule_group(resolver):
    made = resolver.create_firewall_rule_group(CreatorRequestId="group", Name="closed")
    return made["FirewallRuleGroup"]["Id"]


def rule(resolver, group_id, list_id, **settings):
    asked = {
        "CreatorRequestId": "rule",
        "FirewallRuleGroupId": group_id,
        "FirewallDomainListId": list_id,
        "Priority": 100,
        "Action": "ALLOW",
        "Name": "allow",
    } | settings
    return resolver.create_firewall_rule(**asked)["FirewallRule"]


def test_domains_come_back_with_their_final_dot(resolver):
    list_id = domain_list(resolver, "*.amazonaws.com", "Example.ORG.", "*")
    answer = resolver.list_firewall_domains(FirewallDomainListId=list_id)
    assert answer["Domains"] == ["*.amazonaws.com.", "example.org.", "*"]
    described = resolver.get_firewall_domain_list(FirewallDomainListId=list_id)
    assert described["FirewallDomainList"]["DomainCount"] == 3
    change = {"FirewallDomainListId": list_id}
    resolver.update_firewall_domains(**change, Operation="REMOVE", Domains=["*"])
    resolver.update_firewall_domains(**change, Operation="ADD", Domains=["a.b"])
    assert len(resolver.list_firewall_domains(**change)["Domains"]) == 3
    resolver.update_firewall_domains(**change, Operation="REPLACE", Domains=["c.d"])
    assert resolver.list_firewall_domains(**change)["Domains"] == ["c.d."]


@pytest.mark.parametrize("domain", ["a.*.com", "exa mple.com", "*x.com", "a..b", "."])
def test_what_is_no_domain_is_refused(resolver, domain):
    with pytest.raises(resolver.exceptions.ValidationException, match="not a valid domain"):
        domain_list(resolver, domain)


def test_a_retry_of_a_creation_makes_nothing_twice(resolver):
    first = resolver.create_firewall_rule_group(CreatorRequestId="x", Name="g")
    again = resolver.create_firewall_rule_group(CreatorRequestId="x", Name="g")
    assert first["FirewallRuleGroup"]["Id"] == again["FirewallRuleGroup"]["Id"]
    assert len(resolver.list_firewall_rule_groups()["FirewallRuleGroups"]) == 1


def test_rules_stand_in_the_order_of_their_priority(resolver):
    list_id, group_id = domain_list(resolver, "a.b"), rule_group(resolver)
    rule(resolver, group_id, list_id, Priority=200)
    rule(
        resolver,
        group_id,
        list_id,
        Priority=100,
        Action="BLOCK",
        BlockResponse="NODATA",
        Qtype="TXT",
    )
    listed = resolver.list_firewall_rules(FirewallRuleGroupId=group_id)["FirewallRules"]
    assert [entry["Priority"] for entry in listed] == [100, 200]
    blocking = resolver.list_firewall_rules(FirewallRuleGroupId=group_id, Action="BLOCK")
    assert [entry["Qtype"] for entry in blocking["FirewallRules"]] == ["TXT"]
    group = resolver.get_firewall_rule_group(FirewallRuleGroupId=group_id)["FirewallRuleGroup"]
    assert group["RuleCount"] == 2


def test_a_rule_changes_and_goes(resolver):
    list_id, group_id = domain_list(resolver, "a.b"), rule_group(resolver)
    rule(resolver, group_id, list_id)
    key = {"FirewallRuleGroupId": group_id, "FirewallDomainListId": list_id}
    changed = resolver.update_firewall_rule(**key, Action="BLOCK", BlockResponse="NXDOMAIN")
    assert changed["FirewallRule"]["BlockResponse"] == "NXDOMAIN"
    back = resolver.update_firewall_rule(**key, Action="ALLOW")["FirewallRule"]
    assert "BlockResponse" not in back
    resolver.delete_firewall_rule(**key)
    with pytest.raises(resolver.exceptions.ResourceNotFoundException):
        resolver.delete_firewall_rule(**key)


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"Action": "BLOCK", "Qtype": "A"}, "BlockResponse must be set"),
        ({"BlockResponse": "NODATA", "Qtype": "A"}, "BlockResponse must be set"),
        (
            {"Action": "BLOCK", "BlockResponse": "OVERRIDE", "Qtype": "A"},
            "BlockOverrideDomain",
        ),
        ({"Priority": 7}, "priority 7 is in use"),
        ({"Priority": 8}, "has a rule for this domain list"),
        ({"Priority": 8, "Qtype": "A", "Name": "123"}, "must match"),
    ],
)
def test_what_a_rule_may_not_be(resolver, settings, words):
    list_id, group_id = domain_list(resolver, "a.b"), rule_group(resolver)
    rule(resolver, group_id, list_id, Priority=7)
    with pytest.raises(resolver.exceptions.ValidationException, match=words):
        rule(resolver, group_id, list_id, **({"Priority": 9} | settings))


def test_an_association_holds_its_group_and_the_rule_its_list(resolver, network):
    list_id, group_id = domain_list(resolver, "a.b"), rule_group(resolver)
    rule(resolver, group_id, list_id)
    made = resolver.associate_firewall_rule_group(
        CreatorRequestId="a",
        FirewallRuleGroupId=group_id,
        VpcId=network.vpc_id,
        Priority=101,
        Name="vpc",
        MutationProtection="ENABLED",
    )["FirewallRuleGroupAssociation"]
    assert made["Status"] == "COMPLETE"
    named = {"FirewallRuleGroupAssociationId": made["Id"]}
    conflict = resolver.exceptions.ConflictException
    with pytest.raises(conflict, match="protected"):
        resolver.disassociate_firewall_rule_group(**named)
    with pytest.raises(conflict, match="associated with the VPC"):
        resolver.delete_firewall_rule_group(FirewallRuleGroupId=group_id)
    with pytest.raises(conflict, match="in use by a firewall rule"):
        resolver.delete_firewall_domain_list(FirewallDomainListId=list_id)
    resolver.update_firewall_rule_group_association(**named, MutationProtection="DISABLED")
    listed = resolver.list_firewall_rule_group_associations(VpcId=network.vpc_id)
    assert [entry["Id"] for entry in listed["FirewallRuleGroupAssociations"]] == [made["Id"]]
    resolver.disassociate_firewall_rule_group(**named)
    resolver.delete_firewall_rule_group(FirewallRuleGroupId=group_id)
    resolver.delete_firewall_domain_list(FirewallDomainListId=list_id)
    assert resolver.list_firewall_domain_lists()["FirewallDomainLists"] == []


@pytest.mark.parametrize("priority", [100, 9900])
def test_an_association_keeps_off_the_reserved_priorities(resolver, network, priority):
    group_id = rule_group(resolver)
    with pytest.raises(resolver.exceptions.ValidationException, match="greater than 100"):
        resolver.associate_firewall_rule_group(
            CreatorRequestId="a",
            FirewallRuleGroupId=group_id,
            VpcId=network.vpc_id,
            Priority=priority,
            Name="vpc",
        )


def test_failing_open_is_off_until_it_is_asked_for(resolver, network):
    of = {"ResourceId": network.vpc_id}
    config = resolver.get_firewall_config(**of)["FirewallConfig"]
    assert config["FirewallFailOpen"] == "DISABLED"
    resolver.update_firewall_config(**of, FirewallFailOpen="ENABLED")
    again = resolver.get_firewall_config(**of)["FirewallConfig"]
    assert again == config | {"FirewallFailOpen": "ENABLED"}
    with pytest.raises(resolver.exceptions.ResourceNotFoundException):
        resolver.get_firewall_config(ResourceId="vpc-0")


def test_query_logging_is_taken_apart_again(resolver, network):
    made = resolver.create_resolver_query_log_config(
        Name="queries",
        DestinationArn="arn:aws:logs:eu-central-1:123456789012:log-group:q",
        CreatorRequestId="q",
        Tags=[{"Key": "a", "Value": "b"}],
    )["ResolverQueryLogConfig"]
    pair = {"ResolverQueryLogConfigId": made["Id"], "ResourceId": network.vpc_id}
    resolver.associate_resolver_query_log_config(**pair)
    tags = resolver.list_tags_for_resource(ResourceArn=made["Arn"])["Tags"]
    assert tags == [{"Key": "a", "Value": "b"}]
    resolver.disassociate_resolver_query_log_config(**pair)
    with pytest.raises(resolver.exceptions.ResourceNotFoundException):
        resolver.disassociate_resolver_query_log_config(**pair)
    resolver.delete_resolver_query_log_config(ResolverQueryLogConfigId=made["Id"])
    assert resolver.list_resolver_query_log_configs()["ResolverQueryLogConfigs"] == []


def test_firewall_resources_take_tags(resolver):
    made = resolver.create_firewall_rule_group(
        CreatorRequestId="x", Name="g", Tags=[{"Key": "a", "Value": "1"}]
    )["FirewallRuleGroup"]
    resolver.tag_resource(ResourceArn=made["Arn"], Tags=[{"Key": "b", "Value": "2"}])
    resolver.untag_resource(ResourceArn=made["Arn"], TagKeys=["a"])
    tags = resolver.list_tags_for_resource(ResourceArn=made["Arn"])["Tags"]
    assert tags == [{"Key": "b", "Value": "2"}]


@pytest.mark.parametrize("domain", ["corp.example", "corp.example."])
def test_a_resolver_rule_has_one_final_dot_and_changes(resolver, domain):
    made = resolver.create_resolver_rule(
        CreatorRequestId=domain, Name="corp", RuleType="SYSTEM", DomainName=domain
    )["ResolverRule"]
    assert made["DomainName"] == "corp.example."
    changed = resolver.update_resolver_rule(ResolverRuleId=made["Id"], Config={"Name": "other"})
    assert changed["ResolverRule"]["Name"] == "other"
    described = resolver.get_resolver_rule(ResolverRuleId=made["Id"])["ResolverRule"]
    assert (described["Name"], described["DomainName"]) == ("other", "corp.example.")
