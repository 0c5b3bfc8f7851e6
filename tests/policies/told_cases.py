"""The cases of what pods and machines are told: images, hosts, proxies, flags, user data."""

import base64
from typing import Any

from tests.policies.analyzer import ACCOUNT, REGION

DIGEST = "@sha256:" + "0123456789abcdef" * 4
OWN_REGISTRY = f"{ACCOUNT}.dkr.ecr.{REGION}.amazonaws.com"
OWN_IMAGE = f"{OWN_REGISTRY}/app{DIGEST}"
API = f"https://0123456789ABCDEF.gr7.{REGION}.eks.amazonaws.com"
NO_PROXY = (
    "169.254.169.254,169.254.170.23,10.0.0.0/16,172.20.0.0/16,.internal,.svc,.cluster.local,"
    f".eks.amazonaws.com,dkr.ecr.{REGION}.amazonaws.com,s3.{REGION}.amazonaws.com"
)

DEPLOYMENT = "kubernetes:apps/v1:Deployment"
POD = "kubernetes:core/v1:Pod"
DAEMON_SET = "kubernetes:apps/v1:DaemonSet"
SECRET = "kubernetes:core/v1:Secret"
API_SERVICE = "kubernetes:apiregistration.k8s.io/v1:APIService"
ENDPOINTS = "kubernetes:core/v1:Endpoints"
SLICE = "kubernetes:discovery.k8s.io/v1:EndpointSlice"
NETWORK_POLICY = "kubernetes:networking.k8s.io/v1:NetworkPolicy"
GATEWAY_CLASS = "kubernetes:gateway.networking.k8s.io/v1:GatewayClass"
NODE_CLASS = "kubernetes:karpenter.k8s.aws/v1:EC2NodeClass"
TEMPLATE = "aws:ec2/launchTemplate:LaunchTemplate"
INSTANCE = "aws:ec2/instance:Instance"

NODE_CONFIG = f"""\
apiVersion: node.eks.aws/v1alpha1
kind: NodeConfig
spec:
  cluster:
    name: c1
    apiServerEndpoint: {API}
    certificateAuthority: Y2VydGlmaWNhdGU=
    cidr: 172.20.0.0/16
  kubelet:
    config:
      maxPods: 29
"""
BOTTLEROCKET = f"""\
[settings.kubernetes]
cluster-name = "c1"
api-server = "{API}"
cluster-certificate = "Y2VydGlmaWNhdGU="
cluster-dns-ip = "172.20.0.10"
max-pods = 29
[settings.metrics]
send-metrics = false
"""


def encoded(text: str | bytes) -> str:
    """As launch templates have it."""
    return base64.b64encode(text if isinstance(text, bytes) else text.encode()).decode()


def script(*lines: str) -> str:
    return "\n".join(["#!/bin/bash", *lines, ""])


def workload(container: dict[str, Any]) -> dict[str, Any]:
    """An object with a pod of one container."""
    return {"spec": {"template": {"spec": {"hostNetwork": False, "containers": [container]}}}}


COMPLIANT: dict[str, dict[str, Any]] = {
    DEPLOYMENT: workload(
        {
            "name": "app",
            "image": OWN_IMAGE,
            "env": [
                {"name": "COLLECTOR", "value": "http://collector.tools.svc:4317"},
                {"name": "HTTPS_PROXY", "value": "http://proxy.internal:3128"},
                {"name": "NO_PROXY", "value": "169.254.170.23,.svc"},
            ],
        }
    ),
    POD: {
        "spec": {
            "containers": [
                {
                    "image": f"{OWN_REGISTRY}/eks/aws-load-balancer-controller:v2{DIGEST}",
                    "args": ["--enable-shield=false", "--enable-waf=false", "--enable-wafv2=false"],
                }
            ]
        }
    },
    DAEMON_SET: workload(
        {
            "name": "aws-node",
            "image": OWN_IMAGE,
            "env": [
                {"name": "ENABLE_SUBNET_DISCOVERY", "value": "false"},
                {"name": "AWS_VPC_K8S_CNI_EXTERNALSNAT", "value": "false"},
            ],
        }
    ),
    SECRET: {"stringData": {"url": f"https://sts.{REGION}.amazonaws.com", "note": "x"}},
    API_SERVICE: {"spec": {"service": {"name": "metrics", "namespace": "kube-system"}}},
    ENDPOINTS: {
        "subsets": [{"addresses": [{"ip": "10.0.0.9"}], "notReadyAddresses": [{"ip": "10.0.0.8"}]}]
    },
    SLICE: {"addressType": "IPv4", "endpoints": [{"addresses": ["10.0.0.9"]}]},
    NETWORK_POLICY: {
        "spec": {
            "egress": [
                {"to": [{"ipBlock": {"cidr": "10.0.0.0/16"}}]},
                {"to": [{"ipBlock": {"cidr": "169.254.170.23/32"}}]},
            ]
        }
    },
    GATEWAY_CLASS: {"spec": {"controllerName": "gateway.k8s.aws/alb"}},
}
USER_DATA = {
    TEMPLATE: {"userData": encoded(NODE_CONFIG)},
    INSTANCE: {"userData": script("echo ready")},
    NODE_CLASS: {"spec": {"associatePublicIPAddress": False, "userData": NODE_CONFIG}},
}

_CONTAINER = ("spec", "template", "spec", "containers", 0)
_NGINX = f"docker.io/library/nginx{DIGEST}"
_PROXY = f"export HTTPS_PROXY=http://proxy.example:3128 NO_PROXY={NO_PROXY}"

# Rule, type, path, the bad value, whether an absent value breaks the rule, and an unknown one.
ROWS: tuple[tuple[str, str, tuple[str | int, ...], Any, bool, bool], ...] = (
    ("CN-145", DEPLOYMENT, (*_CONTAINER, "image"), _NGINX, False, True),
    ("CN-145", TEMPLATE, ("userData",), encoded(script(f"ctr images pull {_NGINX}")), False, False),
    ("CN-146", DEPLOYMENT, (*_CONTAINER, "image"), f"{OWN_REGISTRY}/app:v1", False, True),
    ("CN-147", API_SERVICE, ("spec", "insecureSkipTLSVerify"), True, False, True),
    ("CN-148", DEPLOYMENT, ("spec", "template", "spec", "hostNetwork"), True, False, True),
    ("CN-149", ENDPOINTS, ("subsets", 0, "addresses", 0, "ip"), "8.8.8.8", True, True),
    ("CN-149", ENDPOINTS, ("subsets", 0, "notReadyAddresses", 0, "ip"), "8.8.8.8", True, True),
    ("CN-149", SLICE, ("endpoints", 0, "addresses", 0), "x.example", False, True),
    (
        "CN-149",
        NETWORK_POLICY,
        ("spec", "egress", 0, "to", 0, "ipBlock", "cidr"),
        "0.0.0.0/0",
        False,
        True,
    ),
    (
        "CN-200",
        DEPLOYMENT,
        (*_CONTAINER, "env", 0, "value"),
        "https://x.example/collect",
        False,
        False,
    ),
    ("CN-201", TEMPLATE, ("userData",), encoded(script("curl https://x.example")), False, False),
    ("CN-201", INSTANCE, ("userData",), script("curl https://x.example"), False, False),
    ("CN-202", TEMPLATE, ("userData",), encoded(script(_PROXY)), False, False),
    ("CN-203", POD, ("spec", "containers", 0, "args", 0), "--enable-shield=true", True, True),
    ("CN-203", NODE_CLASS, ("spec", "role"), "nodes", False, True),
    ("CN-204", DAEMON_SET, (*_CONTAINER, "env", 0, "value"), "true", True, True),
    ("CN-204", DAEMON_SET, (*_CONTAINER, "env", 1, "value"), "true", False, True),
    (
        "CN-205",
        GATEWAY_CLASS,
        ("spec", "controllerName"),
        "application-networking.k8s.aws/gateway-api-controller",
        False,
        True,
    ),
    ("CN-206", TEMPLATE, ("userData",), "no base64!", False, False),
    ("CN-206", NODE_CLASS, ("spec", "userData"), encoded(bytes(range(200, 256))), False, True),
    (
        "CN-207",
        TEMPLATE,
        ("userData",),
        encoded(BOTTLEROCKET.replace("send-metrics = false", "send-metrics = true")),
        False,
        False,
    ),
    (
        "CN-208",
        TEMPLATE,
        ("userData",),
        encoded(NODE_CONFIG.replace("    cidr: 172.20.0.0/16\n", "")),
        False,
        False,
    ),
    (
        "CN-209",
        DEPLOYMENT,
        (*_CONTAINER, "env", 1, "value"),
        "http://proxy.example:3128",
        False,
        False,
    ),
    (
        "CN-218",
        TEMPLATE,
        ("userData",),
        encoded(NODE_CONFIG.replace("      maxPods: 29\n", "")),
        False,
        False,
    ),
    ("CN-217", SECRET, ("stringData", "url"), "https://x.example", False, False),
)
