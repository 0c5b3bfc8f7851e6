"""`make cluster`: the example self-hosted by the engine, each machine booted by its own user data.

One world for all of it: the first tests read, the later ones break things, the last takes it away.
What it does not show: how EC2 times these things; that AWS decides by IAM's policies as the
embedded one does, which holds them from power-on (docs/local.md says what it knows of them).
"""

import hashlib
import json
import time
from collections.abc import Iterator
from typing import Any

import pytest

from local.carry_in.images import carried_images
from local.carry_in.programs import programs
from local.cluster.life import MARK, is_open, is_ready
from local.cluster.operator_tools import FOLDER, KUBECONFIGS, KUBECTL
from local.cluster.stack import ACCOUNT
from local.machines import MachinesError
from machines.agent.snapshots import snapshot_of
from machines.authenticator import ADMINISTRATORS
from machines.etcd_snapshots import BUMP_REVISION
from machines.etcd_watch import REPORT
from machines.first_stage_program import FOLDER as BUNDLES
from machines.kube_proxy import METRICS_PORT
from machines.self_hosted_kubelet import KUBECONFIG
from tests.local.cluster import api_seen, keys_seen, network_seen, rights
from tests.local.cluster.booted import (
    API_NAME,
    AUDIT_LOG,
    CLUSTER,
    KUBELET,
    MEMBERS,
    PKI,
    Booted,
    brought_up,
    decided,
    member_host,
    readiness,
)
from tests.local.machines import traces
from tests.tools.capabilities import may_grow_ext4

pytestmark = [pytest.mark.engine, pytest.mark.machines, pytest.mark.tools]
REFUSED = (35, 55, 56)  # of curl: in the handshake, or with the first bytes after it
READY_SECONDS = 240.0  # nothing is asserted of it
NODE = ["write-files", "fetch-binaries", "take-secrets", "start-containerd", "start-kubelet"]
MEMBER = ["write-files", "fetch-binaries", "attach-volume", "attach-interface", "mount",
          "claim-bootstrap", "take-secrets", "refuse-old-data", "join-etcd", "start-etcd",
          "wait-for-member", "settle-etcd", "signal"]  # fmt: skip
STEPS = {
    "controller": [*NODE, "wait-for-api-server", "apply-manifests", "signal"],
    "worker": [
        *NODE[:3],
        "run-settings",
        NODE[3],
        "await-controllers",
        NODE[4],
        "start-custom-units",
        "require-signer",
        "wait-for-node",
        "signal",
    ],
    **{f"etcd-{name}": MEMBER for name in MEMBERS},
}
MACHINES = {"controller": 2, "worker": 2, **{f"etcd-{name}": 1 for name in MEMBERS}}
ADMINISTRATOR = f"{CLUSTER}-ap-northeast-1-administrator"  # the role
# By the Node authorizer (plugin/pkg/auth/authorizer/rbac/bootstrappolicy, NodeRules, 1.34).
KUBELETS_KNOW = {
    "/api/v1/services", "/api/v1/namespaces/kube-system/services",
    "/apis/certificates.k8s.io/v1/certificatesigningrequests",
    "/apis/node.k8s.io/v1/runtimeclasses", "/apis/storage.k8s.io/v1/csidrivers",
}  # fmt: skip
HEARD_BY_NOBODY = {
    ("udp", 68): "answers of DHCP, which AWS filters for nobody",
    ("tcp", 21363): "the authenticator's health and counters, at a port that its source has",
}
NOBODY_HEARS = {("tcp", 443): "extension API servers and webhooks, of which this cluster has none"}
_BY_NAME = dict.fromkeys(("ssm:GetParameter", "ssm:GetParameters"),
                         "scripts of the stack file read keys of their own by name")  # fmt: skip
_NODE = {
    **_BY_NAME,
    "ecr:BatchCheckLayerAvailability": "containerd, where a registry has no manifest by a digest",
}
UNUSED: dict[str, dict[str, str]] = {  # by role of the plan: what it may and need not use at a boot
    "controller": {
        **_NODE,
        "ec2:DescribeInstanceTopology": "the cloud controller, of types that have one",
    },
    "node-workers": _NODE,
    **{f"etcd-{name}": _BY_NAME for name in MEMBERS},
}
TOKEN = "AWS:123456789012-auth-token"  # as ECR of the embedded AWS gives it to no role


@pytest.fixture(scope="module")
def booted(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Booted]:
    """By the time that it is there, every node is Ready, and two pods have reached each other."""
    with brought_up(tmp_path_factory.mktemp("booted")) as cluster:
        yield Booted(cluster, cluster.timeline())


def test_each_machine_of_the_stack_did_the_steps_of_its_role(booted: Booted) -> None:
    ec2 = booted.aws("ec2")
    for role, count in MACHINES.items():
        there = booted.instances(role)
        assert list(there.values()) == ["InService"] * count, role
        steps = booted.steps(role)
        assert list(steps) == STEPS[role]
        assert {step["state"] for step in steps.values()} == {"done"}, role
        for instance_id in there:
            asked = ec2.describe_instance_attribute(InstanceId=instance_id, Attribute="userData")
            assert asked["UserData"]["Value"], "by its own user data"
    lines = booted.timeline.splitlines()
    assert len(lines) == sum(len(STEPS[role]) * count for role, count in MACHINES.items())
    assert {line.split()[1] for line in lines} == {
        f"{CLUSTER}-{name}" for name in (*MACHINES.keys() - {"worker"}, "workers-node")
    }
    reached = booted.cluster.milestones().splitlines()
    assert len(reached) == 5 and "kubectl is first answered" in reached[1]


def test_files_units_and_scripts_of_the_stack_file_are_on_machines_of_their_role(
    booted: Booted,
) -> None:
    """The example's: a file that its script reads, and a timer that is started; none elsewhere."""
    setting = ["cat", "/proc/sys/net/ipv4/tcp_keepalive_time"]
    timer = ["systemctl", "is-active", "disk-report.timer"]
    for worker in booted.machines("worker"):
        assert worker.run(setting).stdout == "300\n"
        assert worker.run(timer).stdout == "active\n"
        words = worker.run(["systemctl", "show", "--value", "--property=Result",
                            "heiiki-script-settings.service"]).stdout  # fmt: skip
        assert words == "success\n"
    controller = booted.machine("controller")
    assert controller.run(setting).stdout != "300\n"
    assert controller.run(timer, check=False).stdout != "active\n"
    for member in MEMBERS:
        motd = booted.machine(f"etcd-{member}").run(["cat", "/etc/motd"]).stdout
        assert motd.startswith("A member of etcd.")


def test_every_node_is_ready_and_joined_by_who_it_is(booted: Booted) -> None:
    """By IAM: no machine was given a token or a certificate of a node."""
    found = booted.cluster.read("nodes")["items"]
    machines = [*booted.machines("controller"), *booted.machines("worker")]
    assert {node["metadata"]["name"] for node in found} == {
        f"ip-{one.status().private_ip.replace('.', '-')}.ap-northeast-1.compute.internal"
        for one in machines
    }
    assert all(is_open(node) for node in found)
    marked = [node for node in found if MARK in node["metadata"]["labels"]]
    assert len(marked) == MACHINES["controller"]
    assert all(MARK in {t["key"] for t in node["spec"]["taints"]} for node in marked)


def test_no_kubelet_would_join_while_an_api_server_is_older_than_it_is(booted: Booted) -> None:
    """By the very command of its boot, which asks by who the machine is; one that has joined, and
    one that says that it is newer than any."""
    worker = booted.machine("worker")
    bundle = json.loads(worker.run(["cat", f"{BUNDLES}/current/agent.json"]).stdout)
    (step,) = (one for one in bundle["steps"] if one.get("name") == "await-controllers")
    at, command = step["command"].index(KUBECONFIG), step["command"]
    assert worker.run(command).stdout == ""
    newer = worker.root() / "run/newer"
    newer.write_text("#!/bin/sh\necho Kubernetes v1.99.0\n", encoding="utf-8")
    newer.chmod(0o755)
    assert worker.run([*command[:at], "/none", *command[at + 1 :]]).stdout == "", "as it is"
    asked = worker.run([*command[:at], "/none", "/run/newer", *command[at + 2 :]], check=False)
    assert asked.returncode == 1
    assert asked.stderr.endswith(", older than Kubernetes v1.99.0\n"), asked.stderr


@pytest.mark.parametrize(
    ("asked", "refused"),
    [
        ("nodeport", "nothing answers at ports of nodes here"),
        ("loadbalancer", "nobody makes load balancers for Services here"),
        ("clusterip", ""),
    ],
)
def test_a_service_that_would_lead_nowhere_is_refused(
    booted: Booted, asked: str, refused: str
) -> None:
    kubectl = [f"{FOLDER}/{KUBECTL}", f"--kubeconfig={KUBECONFIGS['administratorKubeconfig']}"]
    create = [*kubectl, "create", "service", asked, "door", "--tcp=80", "--dry-run=server"]

    def said() -> bool:
        answer = booted.cluster.operator.run(create, check=False)
        return refused in answer.stderr and (answer.returncode == 0) is (refused == "")

    booted.cluster.operator.wait_until(said, f"{asked} is not answered so", READY_SECONDS)


def test_what_controllers_deliver_runs_and_pods_reach_each_other_by_name(booted: Booted) -> None:
    pods = "pods", "--namespace=kube-system"

    def waiting() -> list[str]:
        there = booted.cluster.read(*pods)["items"]
        return [one["metadata"]["name"] for one in there if not is_ready(one)]

    booted.cluster.operator.wait_until(lambda: not waiting(), "not all pods run", READY_SECONDS)
    named = {p["metadata"]["name"].partition("-")[0] for p in booted.cluster.read(*pods)["items"]}
    assert named == {"aws", "cloud", "coredns", "flannel", "kms", "kube", "serving"}
    ours = {p["metadata"]["name"]: p["spec"]["nodeName"]
            for p in booted.cluster.read("pods")["items"]}  # fmt: skip
    assert ours.keys() == {"one", "two"} and len(set(ours.values())) == 2
    marked = {node["metadata"]["name"] for node in booted.cluster.read("nodes")["items"]
              if MARK in node["metadata"]["labels"]}  # fmt: skip
    assert not marked & set(ours.values()), "controllers are nodes that take no pods of others"
    there = {p["metadata"]["name"].partition("-")[0]: p["spec"]["nodeName"]
             for p in booted.cluster.read(*pods)["items"]}  # fmt: skip
    assert there["cloud"] in marked and there["aws"] in marked, "and what needs their rights"
    names = [p["spec"]["nodeName"] for p in booted.cluster.read(*pods)["items"]
             if p["metadata"]["name"].startswith("coredns-")]  # fmt: skip
    assert len(names) == len(set(names)) == 2, "though the first controller was alone for a while"
    for asks, answers in (("one", "two"), ("two", "one")):
        booted.cluster.operator.wait_until(
            lambda asks=asks, answers=answers: booted.hears(asks, answers),
            f"{asks} does not reach {answers}", READY_SECONDS,
        )  # fmt: skip


def test_pods_of_every_node_reach_the_api_by_its_service_on_every_controller(
    booted: Booted,
) -> None:
    """CoreDNS is among those who ask so, wherever it is scheduled."""
    addresses = booted.api_addresses()
    assert len(addresses) == 2
    service = booted.cluster.read("service", "kubernetes")["spec"]["clusterIP"]
    for role in ("worker", "controller"):
        for machine in booted.machines(role):
            for at in addresses:
                to = ("--connect-to", f"{service}:443:{at}:6443")
                assert readiness(machine, f"https://{service}", *to) == "200", at
            assert readiness(machine, f"https://{service}") == "200", "by kube-proxy"


def test_services_lead_on_after_kube_proxy_was_started_anew(booted: Booted) -> None:
    """It finds the rules of the one before. Only new connections tell: others stay as they are."""
    worker = booted.machine("worker")
    service = booted.cluster.read("service", "kubernetes")["spec"]["clusterIP"]
    assert readiness(worker, f"https://{service}") == "200"
    (before,) = worker.run(["pidof", "kube-proxy"]).stdout.split()
    worker.run(["kill", before])
    metrics = ["curl", "--silent", f"http://127.0.0.1:{METRICS_PORT}/metrics"]

    def wrote_its_rules() -> bool:
        said = worker.run(metrics, check=False).stdout
        last = [line.split()[1] for line in said.splitlines()
                if line.startswith("kubeproxy_sync_proxy_rules_last_timestamp_seconds{")
                and 'ip_family="IPv4"' in line]  # fmt: skip
        now = worker.run(["pidof", "kube-proxy"], check=False).stdout.split()
        return bool(now) and before not in now and any(float(one) > 0 for one in last)

    worker.wait_until(wrote_its_rules, "kube-proxy is not back", READY_SECONDS)
    assert readiness(worker, f"https://{service}") == "200"


def test_pods_run_what_was_carried_in_by_its_digest(booted: Booted) -> None:
    carried = carried_images().references(booted.cluster.stack.registry)
    pods = booted.cluster.read("pods", "--all-namespaces")["items"]
    ran = {one["imageID"] for pod in pods for one in pod["status"]["containerStatuses"]}
    assert ran <= {*carried.values()}, ran
    assert {name for name in carried if carried[name] in ran} == carried.keys() - {"pause"}


def test_who_does_not_say_who_it_is_pulls_nothing(booted: Booted) -> None:
    machine, (registry, repository, digest) = booted.machines("worker")[0], pause(booted)
    manifest = f"https://{registry}/v2/{repository}/manifests/{digest}"
    ask = ["curl", "--silent", "--output", "/dev/null", "--write-out", "%{http_code}"]
    accept = ["--header", "Accept: application/vnd.oci.image.manifest.v1+json"]
    assert machine.run([*ask, *accept, manifest]).stdout == "401"
    assert machine.run([*ask, *accept, "--user", TOKEN, manifest]).stdout == "401", "of no role"
    login = ["--user", rights.registry_login(booted, "worker")]
    assert machine.run([*ask, *accept, *login, manifest]).stdout == "200"
    push = ["--request", "POST", f"https://{registry}/v2/a/blobs/uploads/"]
    assert machine.run([*ask, *login, *push], check=False).stdout != "202"


def test_an_image_of_any_registry_comes_from_ours_or_not_at_all(booted: Booted) -> None:
    """As containerd is told; by ctr, which is told the same hosts."""
    machine, (registry, repository, digest) = booted.machines("worker")[0], pause(booted)
    login = rights.registry_login(booted, "worker")
    hosts = ["--hosts-dir", "/etc/containerd/certs.d", "--user", login]
    pull = ["ctr", "--namespace", "tried", "images", "pull", *hosts]
    assert "done" in machine.run([*pull, f"docker.io/{repository}@{digest}"]).stdout
    refused = machine.run([*pull, "docker.io/library/busybox:latest"], check=False)
    assert refused.returncode != 0 and f"host={registry}" in refused.stderr


def pause(booted: Booted) -> tuple[str, str, str]:
    """Registry, repository and digest of an image."""
    image = carried_images().references(booted.cluster.stack.registry)["pause"]
    name, _, digest = image.partition("@")
    registry, _, repository = name.partition("/")
    return registry, repository, digest


def test_who_has_no_name_hears_nothing_but_health(booted: Booted) -> None:
    assert booted.status_of("/readyz") == 200
    assert booted.status_of("/api/v1/nodes") == 401
    assert booted.status_of("/") == 401


def test_a_secret_is_unreadable_in_etcd_and_not_in_the_audit_log(booted: Booted) -> None:
    booted.cluster.kubectl("create", "secret", "generic", "kept", "--from-literal=a=in-the-clear")
    assert booted.cluster.read("secret", "kept")["data"] == {"a": "aW4tdGhlLWNsZWFy"}
    stored = booted.awaited("/registry/secrets/default/kept")
    assert stored.startswith(f"k8s:enc:kms:v2:heiiki-{CLUSTER}:".encode())
    assert b"in-the-clear" not in stored
    key = booted.aws("kms").describe_key(KeyId=f"alias/heiiki/{CLUSTER}")["KeyMetadata"]
    assert key["Arn"].encode() in stored, "by the stack's own key"
    socket = f"/run/heiiki/kms/heiiki-{CLUSTER}.sock"
    for one in booted.machines("controller"):
        assert one.run(["stat", "--format=%a %U", socket]).stdout == "600 root\n"
    logs = [one.run(["cat", AUDIT_LOG]).stdout for one in booted.machines("controller")]
    lines = [json.loads(line) for log in logs for line in log.splitlines() if '"kept"' in line]
    who = {(line["user"]["username"], line["verb"]) for line in lines}
    assert {("administrator", "create"), ("administrator", "get")} <= who
    assert not any("aW4tdGhlLWNsZWFy" in log for log in logs)
    joined = [line for log in logs for line in log.splitlines() if "system:node:ip-10-" in line]
    assert joined, "who logs in by IAM is in it, too"


def test_a_person_logs_in_by_iam_from_the_operator_s_network_and_is_in_the_audit_log(
    booted: Booted,
) -> None:
    """With the stack's `kubeconfig`, in which there is no key, as the role of the machine."""

    def ask(*words: str) -> str:
        return booted.cluster.kubectl(*words, kubeconfig="kubeconfig")

    nodes = json.loads(ask("get", "nodes", "--output=json"))["items"]
    assert {one["metadata"]["name"] for one in nodes} == {
        one["metadata"]["name"] for one in booted.cluster.read("nodes")["items"]
    }
    assert ask("auth", "can-i", "*", "*") == "yes\n"
    mark = f"asked={time.monotonic_ns()}"
    assert json.loads(ask("get", f"--raw=/api/v1/namespaces/default/configmaps?{mark}"))["items"]
    (line,) = booted.audited(mark)
    who, session = line["user"], booted.cluster.operator.status().instance_id
    assert who["username"] == f"administrator:{CLUSTER}"
    assert set(who["groups"]) == {ADMINISTRATORS, "system:authenticated"}
    assert who["extra"]["arn"] == [f"arn:aws:sts::{ACCOUNT}:assumed-role/{ADMINISTRATOR}/{session}"]
    assert (line["verb"], line["responseStatus"]["code"]) == ("list", 200)
    logs = [one.run(["cat", AUDIT_LOG]).stdout for one in booted.machines("controller")]
    assert not any("k8s-aws-v1." in text for text in (*logs, *booted.authenticators())), "no token"


def test_an_arn_that_nobody_mapped_is_refused_and_leaves_its_lines(booted: Booted) -> None:
    """Both of roles that are: another one of the account, and one of this name in another account.
    The audit log tells of a call without a name, the authenticator whose it was; of the other
    account's, that the endpoint of STS passes none of its questions."""
    strangers = [f"arn:aws:iam::{ACCOUNT}:role/{CLUSTER}-ap-northeast-1-stranger",
                 f"arn:aws:iam::999999999999:role/{ADMINISTRATOR}"]  # fmt: skip
    own = f"arn:aws:iam::{ACCOUNT}:role/{ADMINISTRATOR}"
    for role in (own, *strangers):
        mark = f"asked={time.monotonic_ns()}"
        asked = booted.ask_as(role, f"/api/v1/namespaces/default/configmaps?{mark}")
        found = {(line["user"].get("username"), line["responseStatus"]["code"])
                 for line in booted.audited(mark)}  # fmt: skip
        if role == own:
            assert asked.returncode == 0 and found == {(f"administrator:{CLUSTER}", 200)}
            continue
        assert asked.returncode != 0 and "Unauthorized" in asked.stderr
        assert found == {(None, 401)}

    def told() -> list[set[str]]:
        said = booted.authenticators()
        return [{role for role in (own, *strangers) for line in said
                 if f'msg="access {word}"' in line and f'arn="{role}"' in line}
                for word in ("granted", "denied")]  # fmt: skip

    def unheard() -> list[str]:
        return [line for line in booted.authenticators()
                if 'msg="access denied"' in line and "got 403" in line]  # fmt: skip

    # What a pod says comes into its log a moment later.
    booted.cluster.operator.wait_until(
        lambda: sum(map(len, told())) >= 2 and bool(unheard()), "not all are told of", READY_SECONDS
    )
    assert told() == [{own}, {strangers[0]}]
    assert all("no VPC endpoint policy allows" in line for line in unheard())


def test_a_worker_reads_no_other_s_secrets_and_changes_no_other_s_node(booted: Booted) -> None:
    """With its own kubelet's certificate."""
    worker, other = booted.machines("worker")
    names = [f"ip-{one.status().private_ip.replace('.', '-')}.ap-northeast-1.compute.internal"
             for one in (worker, other)]  # fmt: skip
    server = f"https://{API_NAME}:6443/api/v1"
    change = ["--request", "PATCH", "--header", "Content-Type: application/merge-patch+json",
              "--data", '{"metadata":{"annotations":{"a":"b"}}}']  # fmt: skip
    asked = {
        f"{server}/nodes/{names[0]}": "200",
        f"{server}/namespaces/default/secrets/kept": "403",
        f"{server}/namespaces/kube-system/secrets": "403",
    }
    for url, expected in asked.items():
        assert worker.run([*KUBELET, url]).stdout == expected, url
    assert worker.run([*KUBELET, *change, f"{server}/nodes/{names[0]}"]).stdout == "200"
    assert worker.run([*KUBELET, *change, f"{server}/nodes/{names[1]}"]).stdout == "403"


def test_a_worker_is_told_of_nothing_but_what_kubelets_have_to_know(booted: Booted) -> None:
    """At every list of the API that it is told of, its groups and its own kinds among them."""
    answered = api_seen.lists(booted.machine("worker"))
    assert {path for path, status in answered.items() if status == 200} == KUBELETS_KNOW
    assert set(answered.values()) == {200, 403}
    secrets = {path for path in answered if path.endswith("/secrets")}
    assert secrets == {"/api/v1/secrets", "/api/v1/namespaces/kube-system/secrets"}


def test_logs_and_commands_of_pods_reach_people(booted: Booted) -> None:
    """By way of kubelets, which the API server believes by the certificates that were approved."""

    def answers() -> bool:
        try:
            return "HTTP server" in booted.cluster.kubectl("logs", "one")
        except MachinesError:
            return False

    booted.cluster.operator.wait_until(answers, "nobody tells a pod's log", READY_SECONDS)
    for pod in ("one", "two"):
        said = booted.cluster.kubectl("exec", pod, "--", "/agnhost", "help")
        assert "netexec" in said
    names = {node["metadata"]["name"] for node in booted.cluster.read("nodes")["items"]}
    served = {
        one["spec"]["username"].removeprefix("system:node:")
        for one in booted.serving()
        if ("Approved", "OwnNames") in decided(one) and one["status"].get("certificate")
    }
    assert served == names


def test_a_worker_is_given_no_certificate_of_another_s_address(booted: Booted) -> None:
    """It asks with its own kubelet's certificate, as itself, for the other's address beside its
    own. What is approved at the same time is an own request."""
    worker, other = booted.machines("worker")
    own, foreign = (one.status().private_ip for one in (worker, other))
    name = f"ip-{own.replace('.', '-')}.ap-northeast-1.compute.internal"
    booted.ask_to_serve(worker, "own", name, [own])
    booted.ask_to_serve(worker, "foreign", name, [own, foreign])

    def answered() -> dict[str, dict[str, Any]]:
        mine = {one["metadata"]["name"]: one for one in booted.serving()}
        return {asked: mine[asked] for asked in ("own", "foreign") if decided(mine[asked])}

    booted.cluster.operator.wait_until(
        lambda: len(answered()) == 2, "nobody decides", READY_SECONDS
    )
    requests = answered()
    assert decided(requests["own"]) == {("Approved", "OwnNames")}
    assert decided(requests["foreign"]) == {("Denied", "ForeignName")}
    (told,) = requests["foreign"]["status"]["conditions"]
    assert told["message"].endswith(f"has no {foreign}")
    assert "certificate" not in requests["foreign"]["status"]


def test_a_worker_reaches_no_etcd(booted: Booted) -> None:
    worker, address = booted.machine("worker"), member_host("1a")
    assert worker.run(["getent", "hosts", address]).stdout, "it knows the name"
    assert worker.run(["curl", "--silent", "--insecure", f"https://{API_NAME}:6443/readyz"]).stdout
    closed = ["curl", "--silent", "--max-time", "2", f"https://{address}:2379/"]
    assert worker.run(closed, check=False).returncode == 28, "dropped"


def test_who_listens_on_a_machine_is_in_the_firewall_s_table_and_nobody_else(
    booted: Booted,
) -> None:
    found = {}
    for role in network_seen.ROLES:
        known = network_seen.in_the_table(booted, role)
        for machine in booted.machines(role):
            heard = network_seen.listeners(machine)
            beside, missing = heard - known - HEARD_BY_NOBODY.keys(), known - heard
            if beside or missing - NOBODY_HEARS.keys():
                found[f"{role} {machine.name}"] = beside, missing
    assert found == {}


def test_over_the_network_each_role_is_answered_by_whom_the_table_says_and_nobody_else(
    booted: Booted,
) -> None:
    """From a machine of each, at every address of the cluster's, at the table's ports and others'
    that a cluster has."""
    found = {}
    for role, machine in network_seen.askers(booted):
        answered, opened = network_seen.asked_from(booted, role, machine)
        assert opened, "whom it may ask"
        if answered != opened:
            found[role] = answered - opened, opened - answered
    assert found == {}


def test_a_key_is_in_its_own_place_for_its_own_user_and_is_said_nowhere(booted: Booted) -> None:
    secrets = keys_seen.secret_lines(booted)
    assert len(secrets) > len(MACHINES)
    found = set()
    for role in MACHINES:
        for machine in booted.machines(role):
            keys = keys_seen.keys_of(machine)
            assert keys, "of a kubelet or a member at least"
            found |= {
                (role, path, mode)
                for path, (mode, _) in keys.items()
                if not path.startswith(keys_seen.PLACES) or mode not in ("600", "400")
            }
            for kind, text in keys_seen.said_by(machine):
                assert text or kind == "etcd.json", (role, kind)
                told = [name for line, name in secrets.items() if line in text]
                if told or "PRIVATE KEY-----" in text:
                    found.add((role, kind, " ".join(told)))
    assert found == set()


def test_machines_boot_by_what_their_roles_may_and_ask_for_no_more(booted: Booted) -> None:
    """Nor does any program on them, whose calls may fail without a word."""
    assert booted.refused == ()


def test_machines_may_no_more_than_they_have_used_but_for_a_reason(booted: Booted) -> None:
    left = {logical: rights.unused(booted, logical) - reasons.keys()
            for logical, reasons in UNUSED.items()}  # fmt: skip
    assert {logical: more for logical, more in left.items() if more} == {}


def test_a_role_s_keys_are_read_by_its_machines_alone(booted: Booted) -> None:
    rights.keys_are_read_by_their_role_alone(booted)
    rights.the_key_opens_for_each_what_is_its_own(booted)


def test_a_machine_attaches_and_ends_nothing_of_another_s(booted: Booted) -> None:
    rights.volumes_and_interfaces_go_to_their_own_member(booted)
    rights.nobody_acts_as_another(booted)


def test_the_first_start_was_claimed_by_one_and_begun_by_all(booted: Booted) -> None:
    notes = [booted.steps(f"etcd-{name}")["claim-bootstrap"]["notes"] for name in MEMBERS]
    assert sorted(note["outcome"] for note in notes) == ["lost", "lost", "won"]
    assert {note["state"] for note in notes} == {"new"}
    assert set(booted.members()) == set(MEMBERS)
    for name in MEMBERS:
        alarms = booted.etcd("/v3/maintenance/alarm", {"action": "GET"}, member=name)
        assert alarms.get("alarms", []) == []
        booted.look_after("watch", booted.machine(f"etcd-{name}"))
    s3, bucket = booted.aws("s3"), booted.cluster.stack.output(print, "machinesBucket").strip()
    listed = s3.list_objects_v2(Bucket=bucket, Prefix="bootstrap/")["Contents"]
    assert [one["Key"] for one in listed] == [
        f"bootstrap/{CLUSTER}.json",
        *(f"bootstrap/{CLUSTER}/{name}.json" for name in MEMBERS),
        *(f"bootstrap/{CLUSTER}/begun/{name}.json" for name in MEMBERS),
        *(f"bootstrap/{CLUSTER}/well/{name}.json" for name in MEMBERS),
    ]
    claim = json.loads(s3.get_object(Bucket=bucket, Key=listed[0]["Key"])["Body"].read())
    assert set(claim["members"]) == set(MEMBERS)
    for one in listed[-len(MEMBERS) :]:
        well = json.loads(s3.get_object(Bucket=bucket, Key=one["Key"])["Body"].read())
        assert well["id"] == booted.members()[well["member"]], well


def test_members_make_one_snapshot_by_their_timer_s_service(booted: Booted) -> None:
    """Who leads makes it; by the role's own credentials, into the bucket, whole."""
    s3, roles = booted.aws("s3"), [f"etcd-{name}" for name in MEMBERS]
    booted.put("kept", "in the snapshot")
    for machine in map(booted.machine, roles):
        timer = machine.run(["systemctl", "is-active", "heiiki-etcd-snapshot.timer"])
        assert timer.stdout == "active\n"
        booted.look_after("snapshot", machine)
    (key,) = booted.snapshots()
    content = s3.get_object(Bucket=booted.machines_bucket(), Key=key)["Body"].read()
    found = snapshot_of(key)
    assert found is not None and found.generation == 1
    assert found.sha256 == hashlib.sha256(content).hexdigest()
    assert b"in the snapshot" in content
    consoles = [booted.machine(role).console() for role in roles]
    assert sum(f"heiiki-agent: snapshot {key}" in said for said in consoles) == 1


def test_claims_and_snapshots_are_read_by_members_and_deleted_by_no_machine(
    booted: Booted,
) -> None:
    rights.objects_are_each_role_s_as_the_plan_has_it(booted)


def test_etcd_runs_as_its_own_user_on_its_own_disk(booted: Booted) -> None:
    machine = booted.machine("etcd-1a")
    shown = machine.run(["stat", "--format=%a %u:%g", "/var/lib/etcd/data"]).stdout
    assert shown.strip() == "700 2379:2379"
    assert machine.run(["findmnt", "--noheadings", "--output=FSTYPE", "/var/lib/etcd"]).stdout
    user = machine.run(["ps", "-o", "user=", "-C", "etcd"]).stdout
    assert user.strip() == "etcd"


def test_etcd_answers_its_own_alone_and_takes_no_client_for_a_peer(booted: Booted) -> None:
    """Clients of etcd have certificates of the same authority as members."""
    machine = booted.machine("etcd-1a")
    ask = ["curl", "--silent", "--fail", "--http1.1", "--max-time", "50", "--output", "/dev/null",
           "--cacert", f"{PKI}/etcd-ca.crt"]  # fmt: skip

    def answer(address: str, certificate: str = "") -> int:
        files = f"{PKI}/etcd-{certificate}-1a"
        pair = ["--cert", f"{files}.crt", "--key", f"{files}.key"] if certificate else []
        return machine.run([*ask, *pair, address], check=False).returncode

    clients, peers = (f"https://{member_host('1c')}:{port}/version" for port in (2379, 2380))
    assert answer(clients, "health-client") == 0 and answer(peers, "peer") == 0
    assert answer(clients) in REFUSED and answer(peers) in REFUSED
    assert answer(peers, "health-client") in REFUSED


def test_ec2_gives_no_member_s_volume_to_another_machine(booted: Booted) -> None:
    ec2 = booted.aws("ec2")
    filters = [{"Name": "tag:heiiki:etcd-member", "Values": ["1a"]}]
    (volume,) = ec2.describe_volumes(Filters=filters)["Volumes"]
    (other,) = booted.instances("etcd-1c")
    with pytest.raises(ec2.exceptions.ClientError, match="VolumeInUse"):
        ec2.attach_volume(VolumeId=volume["VolumeId"], InstanceId=other, Device="/dev/sdg")


def test_a_target_taken_from_the_load_balancer_is_asked_no_more_and_comes_back(
    booted: Booted,
) -> None:
    """Its machine lives on and answers by itself. No answer fails on the way."""
    elb, operator = booted.aws("elbv2"), booted.cluster.operator
    (group,) = elb.describe_target_groups()["TargetGroups"]
    both = booted.machines("controller")
    lost, other = (one.status().instance_id for one in both)
    target = {"TargetGroupArn": group["TargetGroupArn"], "Targets": [{"Id": lost}]}

    def asked() -> set[str]:
        """Which controllers were asked, of some questions."""
        mark = f"asked={time.monotonic_ns()}"
        for _ in range(8):
            booted.cluster.kubectl("get", f"--raw=/api/v1/namespaces/default/secrets?{mark}")
        return {
            one.status().instance_id for one in both if mark in one.run(["cat", AUDIT_LOG]).stdout
        }

    operator.wait_until(lambda: asked() == {lost, other}, "one is not asked", READY_SECONDS)
    elb.deregister_targets(**target)
    try:
        operator.wait_until(lambda: asked() == {other}, "it is still asked", READY_SECONDS)
        ready = ["curl", "--silent", "--insecure", "https://127.0.0.1:6443/readyz"]
        assert both[0].run(ready).stdout == "ok", "it lives"
    finally:
        elb.register_targets(**target)
    operator.wait_until(lambda: asked() == {lost, other}, "it is not back", READY_SECONDS)


def test_a_member_whose_machine_is_lost_comes_back_with_its_data_and_its_address(
    booted: Booted,
) -> None:
    """And the API goes on without it."""
    role, ec2 = "etcd-1c", booted.aws("ec2")
    before, members = frozenset(booted.instances(role)), booted.members()
    booted.put("kept", "before the loss")
    booted.machine(role).wait_until(
        lambda: booted.get("kept", member="1c", asked_from="1c") == b"before the loss",
        "it does not follow", READY_SECONDS,
    )  # fmt: skip
    ec2.terminate_instances(InstanceIds=list(before))
    booted.put("kept", "while it was away")  # the others have a majority
    booted.wait_until_it_writes()
    fresh = booted.wait_in_service(role, but=before)
    notes = {name: step["notes"] for name, step in booted.steps(role).items()}
    assert notes["claim-bootstrap"]["outcome"] in ("earlier", "lost")
    filters = [{"Name": "tag:heiiki:etcd-member", "Values": ["1c"]}]
    (volume,) = ec2.describe_volumes(Filters=filters)["Volumes"]
    assert [one["InstanceId"] for one in volume["Attachments"]] == [fresh]
    assert volume["VolumeId"] == notes["attach-volume"]["volume"]["id"]
    assert notes["mount"] == {"grown": [volume["VolumeId"], volume["Size"] << 30]}
    (interface,) = ec2.describe_network_interfaces(Filters=filters)["NetworkInterfaces"]
    assert interface["Attachment"]["InstanceId"] == fresh
    booted.machine(role).wait_until(
        lambda: booted.get("kept", member="1c", asked_from="1c") == b"while it was away",
        "it has not caught up", READY_SECONDS,
    )  # fmt: skip
    assert booted.members() == members, "the same member, and no other beside it"


def test_a_member_whose_disk_was_emptied_is_taken_in_anew_and_the_api_goes_on(
    booted: Booted,
) -> None:
    """With `new` it would have begun a cluster of its own, or been refused for ever."""
    role, ec2 = "etcd-1d", booted.aws("ec2")
    before, members = frozenset(booted.instances(role)), booted.members()
    machine = booted.machine(role)
    machine.run(["systemctl", "stop", "etcd.service"])
    machine.run(["find", "/var/lib/etcd/data", "-mindepth", "1", "-delete"])
    ec2.terminate_instances(InstanceIds=list(before))
    booted.wait_until_it_writes()
    annotate = ("annotate", "namespace", "default", "--overwrite", "asked=again")
    booted.wait_in_service(role, but=before, meanwhile=lambda: booted.cluster.kubectl(*annotate))
    steps = booted.steps(role)
    assert steps["claim-bootstrap"]["notes"]["state"] == "existing"
    assert steps["join-etcd"]["notes"]["removed"] == members["1d"]
    now = booted.members()
    assert now.keys() == members.keys() and now["1d"] == steps["join-etcd"]["notes"]["added"]
    assert {n: now[n] for n in ("1a", "1c")} == {n: members[n] for n in ("1a", "1c")}
    booted.put("after", "it came back", member="1d", asked_from="1d")

    def same() -> bool:  # not while one of them still compacts what the others have compacted
        revision = booted.hash_of("1a", 0)["header"]["revision"]
        return len({booted.hash_of(name, revision)["hash"] for name in MEMBERS}) == 1

    booted.machine(role).wait_until(same, "members hold different data", READY_SECONDS)
    booted.wait_until_it_writes()


def has_gib(booted: Booted, member: str) -> float:
    """Of its file system."""
    shown = ["findmnt", "--noheadings", "--bytes", "--output=SIZE", "/var/lib/etcd"]
    return int(booted.machine(f"etcd-{member}").run(shown).stdout) / (1 << 30)


def test_a_volume_that_grows_while_its_member_runs_is_used_without_anybody(booted: Booted) -> None:
    """By the timer's service, which may write to little else of its machine. Where root may not
    grow what is mounted, it is told, and the member goes on."""
    ec2, machine, before = booted.aws("ec2"), booted.machine("etcd-1a"), has_gib(booted, "1a")
    filters = [{"Name": "tag:heiiki:etcd-member", "Values": ["1a"]}]
    (volume,) = ec2.describe_volumes(Filters=filters)["Volumes"]
    assert volume["Size"] * 0.9 < before < volume["Size"]
    ec2.modify_volume(VolumeId=volume["VolumeId"], Size=volume["Size"] + 4)
    words = "file system at /var/lib/etcd has grown to" if may_grow_ext4() else (
        "etcd 1a is not well: its file system cannot be grown with its volume: resize2fs"
    )  # fmt: skip

    def told() -> bool:  # its timer looks each minute; so it need not be waited for
        machine.run(["systemctl", "start", "heiiki-etcd-watch.service"], check=False)
        return words in machine.console()

    machine.wait_until(told, "nobody tells of it", READY_SECONDS)
    assert (has_gib(booted, "1a") > volume["Size"]) is may_grow_ext4()
    booted.put("after", "it grew", member="1a", asked_from="1a")


def test_an_etcd_that_hangs_is_restarted_by_its_machine(booted: Booted) -> None:
    """systemd calls it active, and EC2 calls the machine well. Of the three looks that it takes
    two are said to have been: each waits ten seconds."""
    machine = booted.machine("etcd-1c")
    shown = ["systemctl", "show", "--property=InvocationID", "--value", "etcd.service"]
    booted.look_after("watch", machine)
    before = machine.run(shown).stdout
    machine.run(["systemctl", "kill", "--signal=SIGSTOP", "etcd.service"])
    machine.run(["sed", "-i", 's/"silent": [0-9]*/"silent": 2/', REPORT])

    def restarted() -> bool:  # its timer looks each minute; so it need not be waited for
        machine.run(["systemctl", "start", "heiiki-etcd-watch.service"], check=False)
        return machine.run(shown).stdout != before

    machine.wait_until(restarted, "nobody restarts it", READY_SECONDS)
    assert "heiiki-agent: etcd 1c hangs and is restarted" in machine.console()
    booted.put("after", "it hung", member="1c", asked_from="1c")
    booted.look_after("watch", machine)


def test_a_member_that_lost_its_power_comes_back_by_itself(booted: Booted) -> None:
    machine = booted.machine("etcd-1d")
    machine.kill()
    try:
        booted.wait_until_it_writes()
    finally:
        machine.power_on()

    def answers() -> bool:
        try:
            booted.put("asked", "again", member="1d", asked_from="1d")
        except MachinesError:
            return False
        return True

    machine.wait_until(answers, "it has not come back", READY_SECONDS)


def test_the_api_answers_through_the_other_when_a_controller_is_lost(booted: Booted) -> None:
    before = frozenset(booted.instances("controller"))
    lost = sorted(before)[0]
    booted.handle(lost).kill()
    booted.wait_until_it_writes()
    booted.aws("ec2").terminate_instances(InstanceIds=[lost])
    booted.wait_in_service("controller", but=before)
    booted.wait_until_it_writes()
    with pytest.raises(MachinesError, match=f"there is no machine {lost} yet"):
        booted.handle(lost)


def test_all_members_lose_their_data_at_once_and_the_cluster_begins_again_with_a_snapshot(
    booted: Booted,
) -> None:
    """As docs/self-hosted/snapshots.md has it, from the stack file to the API."""
    stack, roles = booted.cluster.stack, [f"etcd-{name}" for name in MEMBERS]
    key = booted.snapshots()[-1]
    booted.cluster.kubectl("create", "configmap", "after-the-snapshot")
    seen = booted.revision()
    config, built = stack.config, programs()
    config["controlPlane"]["artifacts"]["binaries"]["etcdutl"] = built["etcdutl"].sha256
    config["controlPlane"].setdefault("etcd", {})["restore"] = {"snapshot": key, "generation": 2}
    stack.ask(config)
    stack.carry_in(booted.cluster.aws_url, built)
    stack.up(print)
    before = frozenset(one for role in roles for one in booted.instances(role))
    assert len(before) == len(MEMBERS), "`up` replaces no member's machine"
    for machine in map(booted.machine, roles):
        machine.run(["systemctl", "kill", "--signal=KILL", "etcd.service"])
        machine.run(["systemctl", "stop", "heiiki-etcd-snapshot.timer", "etcd.service"])
        machine.run(["mv", "/var/lib/etcd/data", "/var/lib/etcd/data-of-before"])
    booted.aws("ec2").terminate_instances(InstanceIds=list(before))
    for role in roles:
        booted.wait_in_service(role, but=before)
        assert f"begins with {key}" in booted.machine(role).console()
    assert ("notGrown" in booted.steps("etcd-1a")["mount"]["notes"]) is not may_grow_ext4()
    booted.wait_until_it_writes()
    assert booted.get("kept") == b"in the snapshot"
    names = booted.cluster.kubectl("get", "configmaps", "--output=name").split()
    assert "configmap/kube-root-ca.crt" in names and "configmap/after-the-snapshot" not in names
    assert booted.revision() > seen + BUMP_REVISION // 2
    booted.cluster.operator.wait_until(
        lambda: all(is_open(node) for node in booted.cluster.read("nodes")["items"]),
        "not every node is Ready again", READY_SECONDS,
    )  # fmt: skip
    live = {one.status().private_ip for one in booted.machines("controller")}
    booted.cluster.operator.wait_until(
        lambda: booted.api_addresses() == live,
        "the API's Service leads where it led at the snapshot", READY_SECONDS,
    )  # fmt: skip
    for role in roles:
        booted.look_after("snapshot", booted.machine(role))
    (next_one,) = (one for one in booted.snapshots() if f"/{CLUSTER}-2/" in one)
    found = snapshot_of(next_one)
    assert found is not None and found.revision > BUMP_REVISION


def test_nothing_is_left_of_it(booted: Booted) -> None:
    world, home = booted.cluster.world, booted.cluster.home.directory
    with traces.watched(world) as before:
        booted.cluster.down()
        traces.assert_nothing_stays(world, before)
    assert not home.exists() and traces.processes(home) == {}
