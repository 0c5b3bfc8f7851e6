"""Further spellings of doors in types that look harmless, and their closed twins."""

import json

import pytest
from pulumi_policy.proxy import UNKNOWN_STRING_VALUE as UNKNOWN_VALUE

from tests.policies.analyzer import ACCOUNT, FOREIGN, OWN_BUCKET, REGION, broken
from tests.policies.cases import (
    ADDON,
    ALARM,
    BUCKET,
    CLUSTER,
    COMPLIANT,
    CONFIG_MAP,
    EGRESS_RULE,
    ENDPOINT,
    INGRESS_RULE,
    LISTENER,
    PROVIDER,
    SHARE_PRINCIPAL,
    TRAIL,
    ZONE,
    document,
    statement,
)

HOOK = "aws:autoscaling/lifecycleHook:LifecycleHook"
SUBSCRIPTION = "aws:sns/topicSubscription:TopicSubscription"
LISTENER_RULE = "aws:lb/listenerRule:ListenerRule"
FLOW_LOG = "aws:ec2/flowLog:FlowLog"
ORGANIZATIONS = "arn:aws:organizations::444455556666"


def of(typ, **changes):
    return {**COMPLIANT[typ], **changes}


def hosts(**services):
    return of(PROVIDER, endpoints=json.dumps([services]))


def actions(**action):
    return {"defaultActions": [{"type": "forward"}, action]}


BROKEN = [
    (BUCKET, {"grants": [{"id": "a" * 64, "permissions": ["READ"]}]}, "CN-152"),
    (BUCKET, {"grants": UNKNOWN_VALUE}, "CN-152"),
    ("aws:s3/bucketV2:BucketV2", {"websites": [{"indexDocument": "i"}]}, "CN-153"),
    *(
        ("aws:s3/bucketV2:BucketV2", {"replicationConfigurations": given}, "CN-154")
        for given in (
            UNKNOWN_VALUE,
            [{"rules": [{"destinations": [{"account": FOREIGN}]}]}],
            [{"rules": [{"destinations": [{"bucket": "arn:aws:s3:::x"}]}]}],
            [{"rules": UNKNOWN_VALUE}],
        )
    ),
    (ZONE, {"vpcs": [{"vpcId": "vpc-1"}], "delegationSetId": UNKNOWN_VALUE}, "CN-155"),
    *(
        (PROVIDER, hosts(s3=url), "CN-166")
        for url in (
            "https://bucket.s3.amazonaws.com",
            f"https://bucket.s3.{REGION}.amazonaws.com",
            f"https://x.elb.{REGION}.amazonaws.com",
            f"https://api.s3.{REGION}.amazonaws.com",
            f"https://vpce-1.vpce-svc-1.{REGION}.vpce.amazonaws.com",
            "https://s3.amazonaws.com.evil.example",
            "https://s3.amazonaws.com@evil.example",
            "http://8.8.8.8:4566",
            "http://[",
        )
    ),
    (PROVIDER, of(PROVIDER, endpoints=UNKNOWN_VALUE), "CN-166"),
    (PROVIDER, of(PROVIDER, httpProxy="proxy.example:3128"), "CN-166"),
    (PROVIDER, of(PROVIDER, httpProxy="http://sts.amazonaws.com"), "CN-166"),
    (PROVIDER, of(PROVIDER, assumeRoles="not JSON"), "CN-165"),
    (PROVIDER, of(PROVIDER, assumeRole=json.dumps({"roleArn": f"arn:aws:iam::{FOREIGN}:role/x"})),
     "CN-165"),
    (PROVIDER, of(PROVIDER, assumeRoleWithWebIdentity=json.dumps({"sessionName": "x"})), "CN-165"),
    (PROVIDER, of(PROVIDER, stsRegion="us-east-1"), "CN-167"),
    *(
        (SHARE_PRINCIPAL, {"principal": principal}, "CN-159")
        for principal in (
            f"{ORGANIZATIONS}:organization/o-zzzzzzzzzz",
            f"{ORGANIZATIONS}:ou/o-zzzzzzzzzz/ou-a1b2-c3d4e5f6",
            f"arn:aws:organizations::{ACCOUNT}:organization/o-zzzzzzzzzz",
            f"arn:aws:iam::{FOREIGN}:role/x",
            "pca-connector-ad.amazonaws.com",
        )
    ),
    *(
        ("aws:directconnect/hosted" + kind, {"ownerAccountId": FOREIGN}, "CN-159")
        for kind in (
            "PrivateVirtualInterface:HostedPrivateVirtualInterface",
            "TransitVirtualInterface:HostedTransitVirtualInterface",
        )
    ),
    *(
        (ALARM, {key: [f"arn:aws:sns:{REGION}:{FOREIGN}:x"]}, "CN-136")
        for key in ("alarmActions", "okActions", "insufficientDataActions")
    ),
    ("aws:cloudwatch/compositeAlarm:CompositeAlarm",
     {"okActions": [f"arn:aws:sns:{REGION}:{FOREIGN}:x"]}, "CN-136"),
    (TRAIL, of(TRAIL, snsTopicName=f"arn:aws:sns:{REGION}:{FOREIGN}:x"), "CN-136"),
    *(
        (CLUSTER, of(CLUSTER, remoteNetworkConfig=given), "CN-175")
        for given in (
            UNKNOWN_VALUE,
            {"remotePodNetworks": UNKNOWN_VALUE},
            {"remotePodNetworks": [{"cidrs": ["10.0.0.0/8", "0.0.0.0/1"]}]},
            {"remoteNodeNetworks": {"cidrs": [UNKNOWN_VALUE]}},
        )
    ),
    (CLUSTER, of(CLUSTER, storageConfig={"blockStorage": {"enabled": True}}), "CN-176"),
    (CLUSTER, of(CLUSTER, kubernetesNetworkConfig={
        "serviceIpv4Cidr": "172.20.0.0/16", "elasticLoadBalancing": {"enabled": "true"}}),
     "CN-176"),
    (LISTENER, actions(type="authenticate-cognito"), "CN-178"),
    *(
        (SUBSCRIPTION, {"protocol": protocol, "endpoint": UNKNOWN_VALUE}, "CN-133")
        for protocol in ("http", "https", "email", "email-json", "sms", "application", "new")
    ),
    (LISTENER, actions(type="jwt-validation"), "CN-178"),
    (LISTENER, actions(type="forward", jwtValidation={"jwksEndpoint": "https://x"}), "CN-178"),
    (LISTENER, actions(type="of-next-year"), "CN-178"),
    (LISTENER, actions(type=UNKNOWN_VALUE), "CN-178"),
    (LISTENER, {"defaultActions": UNKNOWN_VALUE}, "CN-178"),
    (LISTENER_RULE, {"actions": [{"authenticateOidc": {"issuer": "x"}}]}, "CN-178"),
    (EGRESS_RULE, {"ipProtocol": "tcp", "cidrIpv4": "169.254.0.0/16"}, "CN-100"),
    (INGRESS_RULE, {"ipProtocol": "tcp", "cidrIpv4": "169.254.170.23/32"}, "CN-101"),
]  # fmt: skip


@pytest.mark.parametrize(("typ", "props", "rule"), BROKEN)
def test_a_door_in_another_spelling_is_found(typ, props, rule):
    assert broken(typ, props) == {rule}


PASSING = [
    *(
        (SUBSCRIPTION, {"protocol": protocol, "endpoint": UNKNOWN_VALUE})
        for protocol in ("sqs", "lambda", "firehose", UNKNOWN_VALUE)
    ),
    (BUCKET, {"acl": "", "grants": [], "website": None}),
    (HOOK, {"notificationTargetArn": UNKNOWN_VALUE}),
    (HOOK, {}),
    *(
        (PROVIDER, hosts(s3=url))
        for url in (
            "http://localhost:4566",
            "http://127.0.0.1:4566",
            "https://10.0.0.7",
            "https://iam.amazonaws.com",
            f"https://api.ecr.{REGION}.amazonaws.com",
            f"https://vpce-0a1b-2c3d.sts.{REGION}.vpce.amazonaws.com",
            "https://sts.cn-north-1.amazonaws.com.cn",
            "",
        )
    ),
    (PROVIDER, {"region": REGION}),
    (PROVIDER, {"region": REGION, "allowedAccountIds": ACCOUNT, "stsRegion": REGION}),
    *(
        (SHARE_PRINCIPAL, {"principal": principal})
        for principal in (
            f"{ORGANIZATIONS}:organization/o-a1b2c3d4e5",
            f"{ORGANIZATIONS}:ou/o-a1b2c3d4e5/ou-a1b2-c3d4e5f6",
            f"arn:aws:iam::{ACCOUNT}:role/x",
        )
    ),
    ("aws:ram/resourceShare:ResourceShare", {"allowExternalPrincipals": "false"}),
    *(
        (ALARM, {"alarmActions": [f"arn:aws:automate:{REGION}:ec2:{verb}"]})
        for verb in ("stop", "terminate", "reboot", "recover")
    ),
    (TRAIL, {"s3BucketName": UNKNOWN_VALUE, "snsTopicName": "own-topic"}),
    ("aws:guardduty/detector:Detector", {"enable": True}),
    (FLOW_LOG, {"logDestination": f"arn:aws:s3:::{OWN_BUCKET}/vpc/"}),
    (FLOW_LOG, {"logDestination": f"arn:aws:s3:::{OWN_BUCKET}"}),
    (CLUSTER, of(CLUSTER, remoteNetworkConfig={
        "remoteNodeNetworks": {"cidrs": ["10.9.0.0/16"]},
        "remotePodNetworks": [{"cidrs": ["192.168.0.0/20"]}]})),
    (CLUSTER, of(CLUSTER, computeConfig={"enabled": False},
                 storageConfig={"blockStorage": {"enabled": False}})),
    (LISTENER, actions(type="fixed-response")),
    *(
        (EGRESS_RULE, {"ipProtocol": "tcp", "cidrIpv4": f"169.254.{last}/32"})
        for last in ("170.23", "169.254", "169.123", "169.253")
    ),
]  # fmt: skip


@pytest.mark.parametrize(("typ", "props"), PASSING)
def test_what_stays_inside_passes(typ, props):
    assert broken(typ, props) == set()


def corefile(*lines):
    return "\n".join([".:53 {", "  errors", *(f"  {line}" for line in lines), "}"])


FORWARDS = [
    "forward . 8.8.8.8",
    "forward . tls://9.9.9.9 {",
    "forward . 10.0.0.2 8.8.8.8:53",
    "forward . 10.0.0.2%dns.quad9.net 1.1.1.1",
    "forward . dns://[2001:4860:4860::8888]:53",
    "forward . dns.google",
    "forward . {$UPSTREAM}",
    'forward . "8.8.8.8"',
    '"forward" . 8.8.8.8',
    "forward corp.example 8.8.8.8",
    "forward . /etc/other.conf",
    "grpc . 8.8.8.8:443",
    "proxy . 8.8.8.8",
    "fanout . 8.8.8.8",
    "alternate NXDOMAIN,SERVFAIL . 8.8.8.8:53",
    "alternate original NXDOMAIN . 10.0.0.2 8.8.8.8:53",
    "dnstap tcp://203.0.113.9:6000 full",
    "dnstap tls://taps.example:6000 full {",
    "trace collector.example:9411",
    "trace zipkin collector.example:9411 {",
    "transfer to 203.0.113.9",
    "to * 203.0.113.9",
    "transfer from 203.0.113.9",
]
INSIDE = [
    "forward . /etc/resolv.conf",
    "forward . 169.254.169.253",
    "forward corp.example 10.1.0.53 dns://10.1.0.54:5353 {",
    "forward . tls://10.1.0.53%dns.corp.example",
    "forward . [fd00:ec2::253]:53",
    'forward . "10.1.0.53"',
    "# forward . 8.8.8.8",
    "alternate original NXDOMAIN . 10.1.0.53",
    "dnstap /var/run/tap.sock full",
    "dnstap unix:///var/run/tap.sock",
    "dnstap tcp://tap.dns.svc:6000 full {",
    "trace",
    "trace zipkin http://zipkin.trace.svc.cluster.local:9411/api/v2/spans {",
    "transfer to *",
    "to 10.1.0.53:53",
    "cache 30",
]


def everywhere(text):
    """The same Corefile in each form that reaches the cluster."""
    yield ADDON, {"addonName": "coredns", "configurationValues": json.dumps({"corefile": text})}
    as_yaml = "corefile: |\n" + "\n".join(f"  {line}" for line in text.splitlines())
    yield ADDON, {"addonName": UNKNOWN_VALUE, "configurationValues": as_yaml}
    yield CONFIG_MAP, {"metadata": {"name": "any"}, "data": {"Corefile": text}}
    yield CONFIG_MAP, {"metadata": {"name": "coredns-custom"}, "data": {"x": text}}
    yield CONFIG_MAP, {"metadata": {"name": "x"}, "data": {"corp.server": text}}
    item = {"apiVersion": "v1", "kind": "ConfigMap", "data": {"Corefile": text}}
    yield "kubernetes:v1:List", {"apiVersion": "v1", "kind": "List", "items": [item]}


@pytest.mark.parametrize("line", FORWARDS)
def test_a_name_server_outside_is_found_wherever_the_corefile_stands(line):
    for typ, props in everywhere(corefile(line)):
        assert broken(typ, props) == {"CN-157"}, (typ, props)


@pytest.mark.parametrize("line", INSIDE)
def test_name_servers_inside_pass(line):
    for typ, props in everywhere(corefile(line)):
        assert broken(typ, props) == set(), (typ, props)


@pytest.mark.parametrize(
    ("typ", "props"),
    [
        (ADDON, {"addonName": "coredns", "configurationValues": "{: ["}),
        (ADDON, {"addonName": "coredns", "configurationValues": UNKNOWN_VALUE}),
        (CONFIG_MAP, {"metadata": {"name": "coredns"}, "data": UNKNOWN_VALUE}),
        (CONFIG_MAP, {"metadata": {"name": "coredns"}, "binaryData": {"Corefile": "eA=="}}),
        (CONFIG_MAP, {"metadata": {"name": "x"}, "data": {"Corefile": UNKNOWN_VALUE}}),
    ],
)
def test_a_corefile_that_cannot_be_read_is_found(typ, props):
    assert broken(typ, props) == {"CN-157"}


@pytest.mark.parametrize(
    ("key", "text", "faults"),
    [
        ("upstreamNameservers", '["8.8.8.8"]', {"CN-157"}),
        ("upstreamNameservers", '["10.1.0.53"', {"CN-157"}),
        ("stubDomains", '{"x.example": ["10.1.0.53", "8.8.8.8:53"]}', {"CN-157", "CN-217"}),
        ("upstreamNameservers", '["10.1.0.53"]', set()),
        ("stubDomains", '{"x.example": ["10.1.0.53"]}', set()),
    ],
)
def test_name_servers_of_kube_dns(key, text, faults):
    assert broken(CONFIG_MAP, {"metadata": {"name": "kube-dns"}, "data": {key: text}}) == faults


def test_another_add_on_s_configuration_is_not_coredns_s():
    values = json.dumps({"note": "forward . 8.8.8.8"})
    assert broken(ADDON, {"addonName": "kube-proxy", "configurationValues": values}) == set()
    assert (
        broken(CONFIG_MAP, {"metadata": {"name": "x"}, "data": {"a": corefile(FORWARDS[0])}})
        == set()
    )


def test_a_deny_with_brackets_denies_nothing_to_iam():
    """IAM knows * and ? only, so sts:[g]et* is the name of no action."""
    allow = statement(Action="sts:*")
    denied = {"Effect": "Deny", "Principal": "*", "Resource": "*"}
    for action, found in (("sts:[g]et*", {"CN-087"}), ("sts:Get*", set()), ("sts:?et*", set())):
        policy = document(allow, {**denied, "Action": action})
        assert broken(ENDPOINT, of(ENDPOINT, policy=policy)) == found
    bracketed = document(statement(Action="sts:[g]et*"))
    assert broken(ENDPOINT, of(ENDPOINT, policy=bracketed)) == set()
