"""What leads out without any route: DNS, control planes, roles and policies."""

from typing import Any

import pytest

from model.build import Model, build_model
from model.clusters import Cluster
from model.deployment import Deployment, Node
from model.network import Hole
from rules.unknowns import UNKNOWN
from tests.policies.model import types as t
from tests.policies.model.deployments import example, node
from tests.policies.model.views import called, names

NET = node(t.VPC, "net", {"cidrBlock": "10.0.0.0/16"})
R53, IAM = "aws:route53/resolver", "aws:iam/"
GROUP = f"{R53}FirewallRuleGroup:ResolverFirewallRuleGroup"
RULE = f"{R53}FirewallRule:ResolverFirewallRule"
DOMAINS = f"{R53}FirewallDomainList:ResolverFirewallDomainList"
JOINED = f"{R53}FirewallRuleGroupAssociation:ResolverFirewallRuleGroupAssociation"
CONFIG = f"{R53}FirewallConfig:ResolverFirewallConfig"
FORWARD = f"{R53}Rule:ResolverRule"
FORWARD_JOINED = f"{R53}RuleAssociation:ResolverRuleAssociation"
OPTIONS = "aws:ec2/vpcDhcpOptions:VpcDhcpOptions"
OPTIONS_JOINED = "aws:ec2/vpcDhcpOptionsAssociation:VpcDhcpOptionsAssociation"
ROLE, POLICY = f"{IAM}role:Role", f"{IAM}policy:Policy"
ROLE_POLICY = f"{IAM}rolePolicy:RolePolicy"
ROLE_ATTACHMENT = f"{IAM}rolePolicyAttachment:RolePolicyAttachment"
ATTACHMENT = f"{IAM}policyAttachment:PolicyAttachment"
PROFILE = f"{IAM}instanceProfile:InstanceProfile"


def model(*nodes: Node) -> Model:
    return build_model(Deployment.of(nodes))


def test_dev_filters_questions_and_fails_closed():
    dns = build_model(example("dev", known=False)).dns
    (vpc,) = dns.vpcs.values()
    assert (vpc.support, vpc.host_names, vpc.fail_open) == (True, True, False)
    assert vpc.name_servers == ("AmazonProvidedDNS",)
    (joined,) = dns.associations.values()
    assert isinstance(joined.group, str) and joined.vpc == vpc.vpc and joined.protected
    group = dns.groups[joined.group]
    assert group.complete and [rule.action for rule in group.rules][-1] == "BLOCK"
    assert group.rules[-1].domains == ("*",)
    assert [rule.priority for rule in group.rules] == sorted(r.priority or 0 for r in group.rules)
    assert dns == build_model(example("dev", known=True)).dns


def rule(name: str, priority: object, listed: object = "list", **sources: Any) -> Node:
    props = {"firewallRuleGroupId": "group", "priority": priority, "action": "ALLOW"}
    return node(RULE, name, {**props, "firewallDomainListId": listed}, sources)


def test_rules_stand_in_the_order_in_which_they_are_asked():
    listed = node(DOMAINS, "list", {"domains": ["a.example."]})
    made = [rule("second", 20), rule("first", "10"), rule("doubt", UNKNOWN)]
    found = model(node(GROUP, "group"), listed, *made).dns.groups["group"]
    assert [r.name for r in found.rules] == ["first", "second", "doubt"]
    assert found.rules[0].domains == ("a.example.",)


def test_domains_that_nobody_described_are_a_hole():
    unknown = node(DOMAINS, "list", {"domains": ["a.example.", UNKNOWN]})
    found = model(node(GROUP, "group"), unknown, rule("r", 1)).dns.groups["group"]
    assert isinstance(found.rules[0].domains, Hole)
    foreign = model(node(GROUP, "group"), rule("r", 1, "rslvr-fdl-1")).dns.groups["group"]
    assert foreign.rules[0].domains == Hole("rslvr-fdl-1")
    none = model(node(GROUP, "group"), rule("r", 1, None)).dns.groups["group"]
    assert none.rules[0].domains is None


def test_a_rule_of_a_doubtful_group_leaves_each_incomplete():
    props = {"firewallRuleGroupId": UNKNOWN, "priority": 1}
    either = node(RULE, "r", props, {"firewallRuleGroupId": ["group", "other"]})
    found = model(node(GROUP, "group"), node(GROUP, "other"), either).dns.groups
    assert not found["group"].complete and not found["other"].complete


@pytest.mark.parametrize(
    ("value", "expected"), [("ENABLED", True), ("DISABLED", False), (UNKNOWN, None)]
)
def test_a_firewall_may_fail_open(value, expected):
    config = node(CONFIG, "c", {"resourceId": "net", "firewallFailOpen": value})
    assert model(NET, config).dns.vpcs["net"].fail_open is expected
    assert model(NET).dns.vpcs["net"].fail_open is False


def test_a_vpc_may_name_other_servers():
    joined = node(OPTIONS_JOINED, "j", {"vpcId": "net", "dhcpOptionsId": "options"})
    options = node(OPTIONS, "options", {"domainNameServers": ["10.0.0.2"]})
    assert model(NET, options, joined).dns.vpcs["net"].name_servers == ("10.0.0.2",)
    assert isinstance(model(NET, joined).dns.vpcs["net"].name_servers, Hole)
    off = node(t.VPC, "net", {"enableDnsSupport": False, "enableDnsHostnames": UNKNOWN})
    found = model(off).dns.vpcs["net"]
    assert found.support is False and found.host_names is None


def test_questions_may_be_forwarded():
    out = node(t.RESOLVER_ENDPOINT, "out", {"direction": "OUTBOUND", "ipAddresses": []})
    props = {"domainName": ".", "ruleType": "FORWARD", "resolverEndpointId": "out"}
    forward = node(FORWARD, "all", {**props, "targetIps": [{"ip": "192.0.2.1"}, {"ip": UNKNOWN}]})
    joined = node(FORWARD_JOINED, "j", {"vpcId": "net", "resolverRuleId": "all"})
    dns = model(NET, out, forward, joined).dns
    found = dns.rules["all"]
    assert (found.domain, found.kind, found.targets) == (".", "FORWARD", ("192.0.2.1", None))
    assert found.endpoint == "out" and dns.endpoints["out"].direction == "OUTBOUND"
    assert (dns.rule_associations["j"].vpc, dns.rule_associations["j"].rule) == ("net", "all")


def cluster(*more: Node, **props: object) -> Cluster:
    return model(node(t.CLUSTER, "k", {"name": "dev", **props}), *more).clusters.clusters["k"]


def test_a_cluster_that_says_nothing_is_open():
    found = cluster()
    assert found.public_endpoint is True and found.private_endpoint is False
    assert found.public_cidrs == ("0.0.0.0/0",) and found.egress_mode == "AWS_MANAGED"
    assert found.creator_is_admin is True and found.auto_mode is False
    assert found.version is None and found.ip_family == "ipv4"


def test_dev_s_cluster_is_closed():
    for known in (False, True):
        (found,) = build_model(example("dev", known=known)).clusters.clusters.values()
        assert found.public_endpoint is False and found.private_endpoint is True
        assert found.egress_mode == "CUSTOMER_ROUTED" and found.creator_is_admin is False
        assert called(found.vpc) == "cluster" and found.version
        assert {grant.kind for grant in found.grants} == {"access entry"}
        assert {add_on.add_on for add_on in found.add_ons} > {"coredns", "kube-proxy"}
        assert isinstance(found.role, str)


def test_what_is_unknown_of_a_cluster_is_none_or_a_hole():
    found = cluster(vpcConfig=UNKNOWN, computeConfig=UNKNOWN, remoteNetworkConfig=UNKNOWN)
    assert found.public_endpoint is None and found.egress_mode is None
    assert isinstance(found.public_cidrs, Hole) and isinstance(found.remote_networks, Hole)
    assert found.auto_mode is None
    assert cluster(storageConfig={"blockStorage": {"enabled": True}}).auto_mode is True


def test_remote_networks_are_those_of_nodes_and_of_pods():
    remote = {
        "remoteNodeNetworks": {"cidrs": ["10.8.0.0/16"]},
        "remotePodNetworks": {"cidrs": ["10.9.0.0/16"]},
    }
    assert cluster(remoteNetworkConfig=remote).remote_networks == ("10.8.0.0/16", "10.9.0.0/16")


def test_who_may_act_in_a_cluster_or_from_it():
    named = {"clusterName": "dev"}
    made = [
        node(ROLE, "admin", {"name": "admin"}, arn="arn:aws:iam::1:role/admin"),
        node(
            "aws:eks/accessEntry:AccessEntry",
            "1",
            {**named, "principalArn": "arn:aws:iam::1:role/admin"},
        ),
        node(
            "aws:eks/podIdentityAssociation:PodIdentityAssociation",
            "2",
            {**named, "roleArn": "admin", "targetRoleArn": "arn:x"},
        ),
        node(
            "aws:eks/identityProviderConfig:IdentityProviderConfig",
            "3",
            {**named, "oidc": {"issuerUrl": "https://issuer.example"}},
        ),
        node("aws:eks/capability:Capability", "4", {**named, "roleArn": "admin"}),
    ]
    assert [(grant.kind, called(grant.who)) for grant in cluster(*made).grants] == [
        ("access entry", "admin"),
        ("Pod Identity", "? arn:x"),
        ("identity provider", "? https://issuer.example"),
        ("capability", "admin"),
    ]
    elsewhere = node("aws:eks/addon:Addon", "a", {"clusterName": "theirs", "addonName": "x"})
    assert list(model(elsewhere).clusters.elsewhere) == ["theirs"]


TRUST = {"Statement": [{"Effect": "Allow"}]}


def test_a_role_has_its_trust_and_every_policy_however_it_is_attached():
    made = [
        node(
            ROLE,
            "role",
            {
                "name": "r",
                "assumeRolePolicy": '{"Statement": [{"Effect": "Allow"}]}',
                "inlinePolicies": [{"name": "inline", "policy": "{}"}],
                "managedPolicyArns": ["arn:aws:iam::aws:policy/Managed"],
            },
        ),
        node(POLICY, "policy", {"policy": TRUST}, arn="arn:p"),
        node(ROLE_POLICY, "1", {"role": "r", "policy": TRUST}),
        node(ROLE_ATTACHMENT, "2", {"role": "r", "policyArn": "arn:p"}),
        node(ROLE_ATTACHMENT, "3", {"role": "r", "policyArn": "arn:aws:iam::aws:policy/Other"}),
        node(ATTACHMENT, "4", {"roles": ["r"], "policyArn": "arn:p"}),
        node(PROFILE, "profile", {"role": "r"}),
    ]
    role = model(*made).identities.roles["role"]
    assert role.trust == TRUST and role.profiles == ("profile",) and role.complete
    assert [(p.name, p.managed) for p in role.permissions] == [
        ("inline", None),
        ("role", "arn:aws:iam::aws:policy/Managed"),
        ("1", None),
        ("2", None),
        ("3", "arn:aws:iam::aws:policy/Other"),
        ("4", None),
    ]
    assert role.permissions[3].document == TRUST
    assert isinstance(role.permissions[4].document, Hole)


def test_a_role_of_which_something_is_unknown():
    unknown = node(ROLE, "role", {"assumeRolePolicy": UNKNOWN, "inlinePolicies": UNKNOWN})
    found = model(unknown).identities.roles["role"]
    assert isinstance(found.trust, Hole) and not found.complete
    either = node(ROLE_POLICY, "p", {"role": UNKNOWN, "policy": "{}"}, {"role": ["a", "b"]})
    roles = model(node(ROLE, "a"), node(ROLE, "b"), either).identities.roles
    assert [r.complete for r in roles.values()] == [False, False]
    assert [len(r.permissions) for r in roles.values()] == [1, 1]


@pytest.mark.parametrize("known", [True, False])
def test_dev_s_roles_and_keys_are_described(known):
    identities = build_model(example("dev", known=known)).identities
    assert all(isinstance(role.trust, dict) and role.complete for role in identities.roles.values())
    nodes = next(role for role in identities.roles.values() if "node" in role.name)
    assert nodes.permissions and nodes.profiles
    assert identities.elsewhere == {}
    assert {store.kind for store in identities.stores.values()} == {"Key"}


STORES = [
    ("aws:s3/bucket:Bucket", "aws:s3/bucketPolicy:BucketPolicy", "bucket"),
    ("aws:kms/key:Key", "aws:kms/keyPolicy:KeyPolicy", "keyId"),
    ("aws:sqs/queue:Queue", "aws:sqs/queuePolicy:QueuePolicy", "queueUrl"),
    ("aws:sns/topic:Topic", "aws:sns/topicPolicy:TopicPolicy", "arn"),
    ("aws:ecr/repository:Repository", "aws:ecr/repositoryPolicy:RepositoryPolicy", "repository"),
    (
        "aws:secretsmanager/secret:Secret",
        "aws:secretsmanager/secretPolicy:SecretPolicy",
        "secretArn",
    ),
    ("aws:efs/fileSystem:FileSystem", "aws:efs/fileSystemPolicy:FileSystemPolicy", "fileSystemId"),
]


@pytest.mark.parametrize(("type_", "separate", "subject"), STORES)
def test_what_keeps_data_has_every_policy_on_it(type_, separate, subject):
    for value, sources in (("store", {}), (UNKNOWN, {subject: ["store"]})):
        policy = node(separate, "p", {subject: value, "policy": TRUST}, sources)
        found = model(node(type_, "store"), policy).identities
        assert found.stores["store"].policies == (TRUST,)
    assert model(node(type_, "store")).identities.stores["store"].policies == ()
    foreign = node(separate, "p", {subject: "theirs", "policy": TRUST})
    assert model(foreign).identities.elsewhere == {"theirs": (TRUST,)}
    unknown = node(separate, "p", {subject: "store", "policy": UNKNOWN})
    (only,) = model(node(type_, "store"), unknown).identities.stores["store"].policies
    assert isinstance(only, Hole)


def test_policies_of_no_other_subject_are_their_own():
    props = {"policyDocument": TRUST}
    own = node("aws:cloudwatch/logResourcePolicy:LogResourcePolicy", "logs", props)
    store = model(own).identities.stores["logs"]
    assert (store.kind, store.policies) == ("LogResourcePolicy", (TRUST,))


def test_names_of_endpoints_subnets_are_read_for_dns_too():
    place = node(t.SUBNET, "a", {"vpcId": "net", "cidrBlock": "10.0.0.0/24"})
    given = {"direction": "INBOUND", "ipAddresses": [{"subnetId": "a"}]}
    found = model(NET, place, node(t.RESOLVER_ENDPOINT, "in", given)).dns.endpoints["in"]
    assert names(found.subnets) == ["a"]


PROFILE_OF, PROFILE_JOINED, PROFILE_HOLDS = (
    f"aws:route53/profiles{noun}:Profiles{noun}"
    for noun in ("Profile", "Association", "ResourceAssociation")
)


@pytest.mark.parametrize(
    ("arn", "groups", "rules"),
    [
        ("arn:aws:route53resolver:eu-central-1:1:firewall-rule-group/rslvr-frg-1", 1, 0),
        ("arn:aws:route53resolver:eu-central-1:1:resolver-rule/rslvr-rr-1", 0, 1),
        ("arn:aws:route53:::hostedzone/Z1", 0, 0),
        ("arn:aws:ec2:eu-central-1:1:vpc-endpoint/vpce-1", 0, 0),
        ("arn:aws:route53resolver:eu-central-1:1:resolver-query-log-config/rqlc-1", 0, 0),
        ("arn:aws:route53resolver:eu-central-1:1:what-is-new/x-1", 1, 1),
        (UNKNOWN, 1, 1),
    ],
)
def test_what_others_put_into_a_profile_is_of_the_kind_that_its_arn_tells(arn, groups, rules):
    """Of a kind that nobody knows it may be any; nobody describes it, so each is a hole."""
    profile, joined = (
        node(PROFILE_OF, "profile", {"name": "common"}),
        node(PROFILE_JOINED, "joined", {"profileId": "profile", "resourceId": "net"}),
    )
    holds = node(PROFILE_HOLDS, "holds", {"profileId": "profile", "resourceArn": arn})
    dns = model(NET, profile, joined, holds).dns
    found = [each.group for each in dns.associations.values()]
    forwarded = [each.rule for each in dns.rule_associations.values()]
    assert (len(found), len(forwarded)) == (groups, rules)
    assert all(isinstance(each, Hole) for each in (*found, *forwarded))
