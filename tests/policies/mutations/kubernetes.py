"""Kubernetes objects of the same program: what controllers make of them."""

import datetime
import json
from collections.abc import Iterator
from typing import Any

from model.deployment import Node
from rules.boundary import Used
from tests.policies.mutations.mutation import Change, add, build, opens
from tests.policies.mutations.stacks import ACCOUNT, FOREIGN, REGION, TODAY, Stack


def an_object(type_: str, **body: Any) -> Change:
    group, kind = type_.rsplit(":", 2)[1:]
    return add(type_, {"apiVersion": group.removeprefix("core/"), "kind": kind, **body})


SCHEME = "service.beta.kubernetes.io/aws-load-balancer-scheme"
PUBLIC = {"metadata": {"annotations": {SCHEME: "internet-facing"}}}
INTERNAL = {"metadata": {"annotations": {SCHEME: "internal"}}}
SERVICE = "kubernetes:core/v1:Service"
NODE_CLASS = "kubernetes:karpenter.k8s.aws/v1:EC2NodeClass"
ENI_CONFIG = "kubernetes:crd.k8s.amazonaws.com/v1alpha1:ENIConfig"
RBAC = "kubernetes:rbac.authorization.k8s.io/v1:"
CONTROLLER = {"kind": "ServiceAccount", "name": "controller", "namespace": "tools"}
IMAGE = f"{ACCOUNT}.dkr.ecr.{REGION}.amazonaws.com/app@sha256:{'0123456789abcdef' * 4}"
BINDING = "kubernetes:elbv2.k8s.aws/v1beta1:TargetGroupBinding"
TARGETS_OF = f"arn:aws:elasticloadbalancing:{REGION}:"
TAKES_ON = {
    "name": "app",
    "image": IMAGE,
    "env": [{"name": "AWS_ROLE_ARN", "value": f"arn:aws:iam::{FOREIGN}:role/x"}],
}
IN_SPACE = {"namespace": "tools"}


def of_others(type_: str, **spec: Any) -> Change:
    """An object of an API group that the boundary lists."""
    added = an_object(f"kubernetes:{type_}", spec=spec)

    def change(stack: Stack) -> Iterator[Stack]:
        expires = TODAY + datetime.timedelta(days=30)
        used = Used((type_.partition("/")[0],), "the team", "judged by hand", expires)
        yield from added(stack.declaring(api_groups=(*stack.boundary.api_groups, used)))

    return change


def bound(subject: dict[str, str], **rule: Any) -> Change:
    """A role of one rule, and somebody who is bound to it."""

    def make(stack: Stack) -> list[Node]:
        role = {"metadata": {"name": "changer"}, "rules": [{"verbs": ["patch"], **rule}]}
        to = {"kind": "ClusterRole", "name": "changer"}
        joined = {"roleRef": to, "subjects": [subject]}
        return [
            stack.makes(f"{RBAC}ClusterRole", "changer", role),
            stack.makes(f"{RBAC}ClusterRoleBinding", "changer", joined),
        ]

    return build(make)


def space(stack: Stack, *policies: dict[str, Any]) -> list[Node]:
    """A namespace with a pod and these NetworkPolicies."""
    pod = {"spec": {"containers": [{"name": "app", "image": IMAGE}]}}
    kinds = [
        ("core/v1:Namespace", {"metadata": {"name": "tools"}}),
        ("apps/v1:Deployment", {"metadata": IN_SPACE, "spec": {"template": pod}}),
    ]
    kinds += [
        ("networking.k8s.io/v1:NetworkPolicy", {"metadata": IN_SPACE, "spec": spec})
        for spec in policies
    ]
    return [stack.makes(f"kubernetes:{k}", f"tools-{n}", body) for n, (k, body) in enumerate(kinds)]


def a_space(*policies: dict[str, Any]) -> Change:
    return build(lambda stack: space(stack, *policies))


def _mapped(**data: str) -> Change:
    where = {"name": "aws-auth", "namespace": "kube-system"}
    return an_object("kubernetes:core/v1:ConfigMap", metadata=where, data=data)


def _class(**given: Any) -> dict[str, Any]:
    """A node class that is sound but for what is given."""
    return {"associatePublicIPAddress": False, "instanceProfile": "nodes", **given}


DENIED = {"podSelector": {}, "policyTypes": ["Egress"]}
NOBODY_LEFT_OUT = {"matchExpressions": [{"key": "unused", "operator": "DoesNotExist"}]}
HOOK = "kubernetes:admissionregistration.k8s.io/v1:ValidatingWebhookConfiguration"
MUTATIONS = (
    opens(
        "a Service whose load balancer faces the internet",
        "CN-140",
        an_object(SERVICE, spec={"type": "LoadBalancer"}, **PUBLIC),
    ),
    opens(
        "a Service that leaves its load balancer to the cloud provider",
        "CN-140",
        an_object(SERVICE, spec={"type": "LoadBalancer"}),
    ),
    opens(
        "a Service that names something outside",
        "CN-141",
        an_object(SERVICE, spec={"type": "ExternalName", "externalName": "x.example"}),
    ),
    opens(
        "a Service with public addresses",
        "CN-141",
        an_object(SERVICE, spec={"externalIPs": ["8.8.8.8"]}),
    ),
    opens(
        "an Ingress that says nothing of its scheme",
        "CN-142",
        an_object("kubernetes:networking.k8s.io/v1:Ingress"),
    ),
    opens(
        "a Gateway that says nothing of its scheme",
        "CN-142",
        an_object("kubernetes:gateway.networking.k8s.io/v1:Gateway"),
    ),
    opens(
        "a webhook by URL",
        "CN-143",
        an_object(HOOK, webhooks=[{"clientConfig": {"url": "https://x.example"}}]),
    ),
    opens(
        "a controller that may change webhooks",
        "CN-214",
        bound(
            CONTROLLER,
            apiGroups=["admissionregistration.k8s.io"],
            resources=["mutatingwebhookconfigurations"],
        ),
    ),
    opens(
        "a role for everything",
        "CN-214",
        bound(CONTROLLER, apiGroups=["*"], resources=["*"], verbs=["*"]),
    ),
    opens(
        "everybody who may change aggregated APIs",
        "CN-214",
        bound(
            {"kind": "Group", "name": "system:authenticated"},
            apiGroups=["apiregistration.k8s.io"],
            resources=["apiservices"],
        ),
    ),
    opens(
        "a program that is an administrator",
        "CN-214",
        add(
            f"{RBAC}ClusterRoleBinding",
            {"roleRef": {"name": "cluster-admin"}, "subjects": [CONTROLLER]},
        ),
    ),
    opens(
        "nodes that may change whom the API server asks to convert objects",
        "CN-214",
        bound(
            {"kind": "User", "name": "system:node:ip-10-0-0-1.ec2.internal"},
            apiGroups=["apiextensions.k8s.io"],
            resources=["customresourcedefinitions"],
        ),
    ),
    opens(
        "a program under a role of Kubernetes' own controllers",
        "CN-214",
        add(
            f"{RBAC}ClusterRoleBinding",
            {
                "roleRef": {"name": "system:controller:generic-garbage-collector"},
                "subjects": [CONTROLLER],
            },
        ),
    ),
    opens("a namespace whose pods no policy holds", "CN-215", a_space()),
    opens(
        "a namespace whose pods may send anywhere",
        "CN-215",
        a_space(DENIED, {**DENIED, "egress": [{}]}),
    ),
    opens(
        "a namespace whose pods may send to every port from that of names on",
        "CN-215",
        a_space({**DENIED, "egress": [{"ports": [{"port": 53, "endPort": 65535}]}]}),
    ),
    opens(
        "a namespace whose pods may send anywhere, but for none of them",
        "CN-215",
        a_space(DENIED, {**DENIED, "podSelector": NOBODY_LEFT_OUT, "egress": [{}]}),
    ),
    opens(
        "a chart whose objects nobody sees",
        "CN-144",
        add("kubernetes:helm.sh/v3:Release", {"chart": "x"}),
    ),
    opens(
        "a Service that asks for a public address",
        "CN-140",
        an_object(SERVICE, **INTERNAL, spec={"type": "LoadBalancer", "loadBalancerIP": "8.8.8.8"}),
    ),
    opens(
        "a Service that somebody's tunnel serves",
        "CN-140",
        an_object(
            SERVICE, **INTERNAL, spec={"type": "LoadBalancer", "loadBalancerClass": "tailscale"}
        ),
    ),
    opens(
        "a Gateway that asks for a public address",
        "CN-142",
        an_object(
            "kubernetes:gateway.networking.k8s.io/v1:Gateway",
            spec={
                "infrastructure": INTERNAL["metadata"],
                "addresses": [{"type": "IPAddress", "value": "8.8.8.8"}],
            },
        ),
    ),
    opens(
        "a class of Ingresses that somebody's tunnel serves",
        "CN-142",
        an_object(
            "kubernetes:networking.k8s.io/v1:IngressClass",
            spec={"controller": "k8s.ngrok.com/ingress-controller"},
        ),
    ),
    opens(
        "a name of a host outside that a mesh lets pods call",
        "CN-200",
        of_others("networking.istio.io/v1:ServiceEntry", hosts=["api.x.example"]),
    ),
    opens(
        "a scaler that asks a host outside",
        "CN-200",
        of_others(
            "keda.sh/v1alpha1:ScaledObject",
            triggers=[{"type": "x", "metadata": {"serverAddress": "https://x.example"}}],
        ),
    ),
    opens(
        "another controller's policy that lets pods send anywhere",
        "CN-149",
        of_others("cilium.io/v2:CiliumNetworkPolicy", egress=[{"toCIDR": ["0.0.0.0/0"]}]),
    ),
    opens(
        "a controller's own kind of object",
        "CN-156",
        an_object("kubernetes:s3.services.k8s.aws/v1alpha1:Bucket"),
    ),
    opens(
        "an object in disguise",
        "CN-156",
        add(
            "kubernetes:v1:List",
            {"items": [{"apiVersion": "ec2.aws.upbound.io/v1beta1", "kind": "VPC"}]},
        ),
    ),
    opens(
        "a CoreDNS file that asks outside",
        "CN-157",
        an_object(
            "kubernetes:core/v1:ConfigMap",
            metadata={"name": "coredns"},
            data={"Corefile": ".:53 {\n  forward . 8.8.8.8\n}"},
        ),
    ),
    opens(
        "a CoreDNS file that tells somebody outside of every question",
        "CN-157",
        an_object(
            "kubernetes:core/v1:ConfigMap",
            metadata={"name": "coredns"},
            data={"Corefile": ".:53 {\n  dnstap tcp://203.0.113.9:6000 full\n}"},
        ),
    ),
    opens(
        "a volume that is somebody's bucket",
        "CN-004",
        an_object(
            "kubernetes:core/v1:PersistentVolume",
            spec={"csi": {"driver": "s3.csi.aws.com", "volumeAttributes": {"bucketName": "it"}}},
        ),
    ),
    opens(
        "a node class with public addresses",
        "CN-158",
        an_object(NODE_CLASS, spec={"associatePublicIPAddress": True}),
    ),
    opens(
        "pods in a subnet that nobody answers for",
        "CN-004",
        an_object(ENI_CONFIG, spec={"subnet": "subnet-0ffffffffffffffff"}),
    ),
    opens(
        "a node class with a group that nobody answers for",
        "CN-004",
        an_object(
            NODE_CLASS,
            spec={
                "associatePublicIPAddress": False,
                "securityGroupSelectorTerms": [{"id": "sg-0ffffffffffffffff"}],
            },
        ),
    ),
    *(
        opens(f"a node class {what}", rule, an_object(NODE_CLASS, spec=_class(**given)))
        for what, rule, given in (
            ("without session tokens", "CN-052", {"metadataOptions": {"httpTokens": "optional"}}),
            (
                "whose metadata reaches pods",
                "CN-053",
                {"metadataOptions": {"httpPutResponseHopLimit": 2}},
            ),
            (
                "whose disks are in clear",
                "CN-055",
                {
                    "blockDeviceMappings": [
                        {"deviceName": "/dev/xvda", "ebs": {"volumeSize": "9Gi"}}
                    ]
                },
            ),
            ("of the newest image", "CN-056", {"amiSelectorTerms": [{"alias": "al2023@latest"}]}),
            (
                "with whichever groups are called so",
                "CN-224",
                {"securityGroupSelectorTerms": [{"tags": {"team": "*"}}]},
            ),
            (
                "that has pods ask a name server outside",
                "CN-200",
                {"kubelet": {"clusterDNS": ["8.8.8.8"]}},
            ),
        )
    ),
    opens(
        "pods behind a target group of a name that nobody answers for",
        "CN-004",
        an_object(BINDING, spec={"targetGroupName": "theirs"}),
    ),
    opens(
        "pods behind a target group that nobody answers for",
        "CN-004",
        an_object(BINDING, spec={"targetGroupARN": f"{TARGETS_OF}{ACCOUNT}:targetgroup/x/1"}),
    ),
    opens(
        "an Ingress that sends on to a foreign target group",
        "CN-136",
        an_object(
            "kubernetes:networking.k8s.io/v1:Ingress",
            metadata={
                "annotations": {
                    "alb.ingress.kubernetes.io/scheme": "internal",
                    "alb.ingress.kubernetes.io/actions.on": json.dumps(
                        {"type": "forward", "targetGroupARN": f"{TARGETS_OF}{FOREIGN}:x/1"}
                    ),
                }
            },
            spec={"ingressClassName": "alb"},
        ),
    ),
    opens(
        "volumes of pods under a foreign key",
        "CN-136",
        an_object(
            "kubernetes:storage.k8s.io/v1:StorageClass",
            provisioner="ebs.csi.aws.com",
            parameters={"kmsKeyId": f"arn:aws:kms:{REGION}:{FOREIGN}:key/1"},
        ),
    ),
    opens(
        "a pod that takes a foreign role on",
        "CN-136",
        an_object("kubernetes:core/v1:Pod", spec={"containers": [TAKES_ON]}),
    ),
    *(
        opens(f"a ConfigMap that lets in {whom}", "CN-073", _mapped(**data))
        for whom, data in {
            "a foreign role": {"mapRoles": f"- rolearn: arn:aws:iam::{FOREIGN}:role/x"},
            "a foreign user": {"mapUsers": f"- userarn: arn:aws:iam::{FOREIGN}:user/x"},
            "all of a foreign account": {"mapAccounts": f'- "{FOREIGN}"'},
            "whom nobody can read": {"mapRoles": "- {rolearn: ["},
        }.items()
    ),
    opens(
        "a node class that leaves addresses to the subnet", "CN-158", an_object(NODE_CLASS, spec={})
    ),
)
