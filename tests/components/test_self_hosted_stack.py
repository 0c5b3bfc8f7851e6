"""A control plane of our own as a stack file asks for it: what is there, when, and for whom.

Mocks show what we ask, not that AWS accepts it; tests/engine/test_life.py shows that.
"""

import base64
import gzip
import hashlib
import json
from datetime import UTC, datetime, timedelta

import pulumi
import pytest
import yaml
from pulumi.runtime import rpc

from components.program import program
from machines.checks import secret_in
from plan.errors import PlanError
from spec.part import PartSpec
from tests import mocks
from tests.mocks import build
from tests.plan import foreign_etcd
from tests.plan.own import asked, lock
from tests.plan.pki.authority import authority
from tests.plan.samples import completed
from tests.scenarios import read
from tests.spec.stack_files import stack

PARAMETER, OBJECT = "aws:ssm/parameter:Parameter", "aws:s3/bucketObjectv2:BucketObjectv2"
GROUP, TEMPLATE = "aws:autoscaling/group:Group", "aws:ec2/launchTemplate:LaunchTemplate"
VOLUME, LISTENER = "aws:ebs/volume:Volume", "aws:lb/listener:Listener"
MACHINES = ("controller", "etcd-1a", "etcd-1c", "etcd-1d", "workers")


def declared(spec, locked, **more):
    """What is registered, and what the stack puts out; secret ones by name."""
    told, secret = {}, []

    def run():
        for name, value in program(spec, locked, where="test", **more).items():
            output = pulumi.Output.from_input(value)
            pulumi.Output.unsecret(output).apply(
                lambda known, name=name: told.update({name: known})
            )
            pulumi.Output.from_input(output.is_secret()).apply(
                lambda yes, name=name: secret.append(name) if yes else None
            )

    recorder, urns = build(run, key_arn=mocks.OWN_KEY_ARN)
    return recorder, urns, told, sorted(secret)


@pytest.fixture(scope="module")
def made():
    return declared(*read("self-hosted"))


def of_type(made, token):
    return {r.name: r.inputs for r in made[0].resources if r.typ == token}


def test_snapshots_expire_and_nothing_else_of_the_bucket_does(made):
    """What machines boot from would be gone with the day."""
    rules = of_type(made, "aws:s3/bucketLifecycleConfiguration:BucketLifecycleConfiguration")
    (rule,) = rules["machines"]["rules"]
    assert (rule["filter"], rule["expiration"]) == ({"prefix": "snapshots/"}, {"days": 30})


def test_a_group_for_each_role_and_the_api_behind_a_load_balancer(made):
    groups = of_type(made, GROUP)
    assert tuple(sorted(groups)) == MACHINES
    assert groups["controller"]["targetGroupArns"] and "targetGroupArns" not in groups["workers"]
    measured = {name for name, group in groups.items() if "enabledMetrics" in group}
    assert measured == set(MACHINES) - {"workers"}
    for name in measured:
        assert groups[name]["metricsGranularity"] == "1Minute"
        assert {"GroupInServiceInstances", "GroupTotalInstances"} < {
            str(metric) for metric in groups[name]["enabledMetrics"]
        }
    tags = {t["key"]: t["value"] for t in groups["workers"]["tags"]}
    assert tags["heiiki:role"] == "worker" and tags["kubernetes.io/cluster/self-hosted"] == "owned"


def test_each_machine_is_started_from_the_object_that_its_user_data_names(made):
    objects = {inputs["key"]: inputs for inputs in of_type(made, OBJECT).values()}
    named = set()
    for name, template in of_type(made, TEMPLATE).items():
        user_data = base64.b64decode(template["userData"]).decode()
        (key,) = (k for k in objects if k in user_data)
        content = base64.b64decode(objects[key]["contentBase64"])
        assert key == f"bundles/{hashlib.sha256(content).hexdigest()}.tar.gz", name
        assert objects[key]["bucket"] in user_data
        whole = gzip.decompress(content).decode("latin-1")
        assert secret_in(whole) is None and secret_in(user_data) is None
        named.add(key)
    assert named == set(objects) and len(named) == len(MACHINES)


def test_machines_wait_for_what_they_look_for_and_for_no_other_machine(made):
    order, registered = made[0].order, {r.urn: r for r in made[0].registrations}
    groups = {u for u, r in registered.items() if r.type == GROUP}
    assert len(groups) == len(MACHINES)
    everything = {(r.type, r.name) for r in registered.values() if r.type in (PARAMETER, OBJECT)}
    for group in groups:
        before = order.before(group)
        waited = {(registered[u].type, registered[u].name) for u in before if u in registered}
        assert everything <= waited, registered[group].name
        assert not before & groups, "nothing waits in a ring"
    (controller,) = (u for u in groups if registered[u].name == "controller")
    assert any(registered[u].type == LISTENER for u in order.before(controller) if u in registered)


def test_members_on_controllers_are_groups_of_one_behind_the_endpoint():
    """The member's own interface is of its group, the machine's of the controllers'."""
    changes = {"controlPlane.etcd": {"placement": "controllers"}}
    recorder, _, told, _ = found = declared(stack(asked(changes)), lock(changes))
    groups = of_type(found, GROUP)
    assert sorted(groups) == ["controller-1a", "controller-1c", "controller-1d", "workers"]
    for name in ("controller-1a", "controller-1c", "controller-1d"):
        group = groups[name]
        assert (group["minSize"], group["maxSize"], group["healthCheckType"]) == (1, 1, "EC2")
        assert len(group["targetGroupArns"]) == 1
        assert "instanceRefresh" not in group, "heiiki roll replaces them one by one"
    ids = {n: f"{n}_id" for n in of_type(found, "aws:ec2/securityGroup:SecurityGroup")}
    assert {"controller", "etcd-1a"} <= ids.keys() and "controller-1a" not in ids
    (template,) = (i for n, i in of_type(found, TEMPLATE).items() if n == "controller-1a")
    kept = of_type(found, "aws:ec2/networkInterface:NetworkInterface")["etcd-1a"]
    assert template["networkInterfaces"][0]["securityGroups"] != kept["securityGroups"]
    order, registered = recorder.order, {r.urn: r for r in recorder.registrations}
    urns = {u for u, r in registered.items() if r.type == GROUP}
    for urn in urns:
        assert not order.before(urn) & urns, "nothing waits in a ring"
        if registered[urn].name.startswith("controller-"):
            waited = {(registered[u].type, registered[u].name) for u in order.before(urn)
                      if u in registered}  # fmt: skip
            member = registered[urn].name.replace("controller", "etcd")
            assert any(kind == LISTENER for kind, _ in waited)
            assert {(VOLUME, member), ("aws:route53/record:Record", member)} <= waited
    assert set(told["etcdGroups"]) == {"1a", "1c", "1d"} and "controllerGroup" not in told


def test_keys_lie_in_the_store_of_their_role_encrypted_and_nowhere_else(made):
    parameters = of_type(made, PARAMETER)
    assert len(parameters) > 30
    for name, inputs in parameters.items():
        secret = inputs["name"].endswith(".key")
        assert inputs["type"] == ("SecureString" if secret else "String"), name
        assert ("keyId" in inputs) is secret
    plugin = parameters["controller-kms-plugin-heiiki-self-hosted.yaml"]
    assert mocks.OWN_KEY_ARN in plugin["insecureValue"]
    workers = [i["name"] for i in parameters.values() if "/worker/" in i["name"]]
    assert workers == [
        f"/heiiki/self-hosted/worker/{name}-ca.crt" for name in ("kubelet-signing", "kubernetes")
    ]
    rest = json.dumps([r.inputs for r in made[0].resources
                       if not r.typ.startswith(("tls:", "aws:ssm/"))], default=str)  # fmt: skip
    assert "PRIVATE KEY" not in rest


def test_protection_is_about_data_and_the_key(made):
    held = {(r.type, r.name) for r in made[0].registrations if r.protect}
    assert {(VOLUME, f"etcd-1{zone}") for zone in "acd"} | {
        ("aws:kms/key:Key", "cluster"), ("aws:s3/bucket:Bucket", "machines"),
        ("aws:lb/loadBalancer:LoadBalancer", "api-main"),
    } <= held  # fmt: skip
    bucket = of_type(made, "aws:s3/bucket:Bucket")["machines"]
    assert bucket["forceDestroy"] is False
    off = {"loadBalancer": {"deletionProtection": False}, "dnsName": "api.example.com"}
    changes = {"controlPlane.deletionProtection": False, "controlPlane.endpoints": {"main": off}}
    free = declared(stack(asked(changes)), lock(changes))
    assert not any(r.protect for r in free[0].registrations)
    assert of_type(free, "aws:s3/bucket:Bucket")["machines"]["forceDestroy"] is True
    names = {i["name"] for i in of_type(free, "aws:route53/zone:Zone").values()}
    assert names == {"test.heiiki.internal", "example.com"}


def test_people_get_what_they_need_and_what_opens_the_cluster_is_secret(made):
    _, _, told, secret = made
    assert secret == ["administratorKubeconfig", "kubeconfig"]
    assert told["apiEndpoints"] == {"main": "https://api.self-hosted.heiiki.internal:6443"}
    assert "https://api.self-hosted.heiiki.internal:6443" in told["kubeconfig"]
    assert "PRIVATE KEY" not in told["kubeconfig"] and "get-token" in told["kubeconfig"]
    assert "client-key-data" in told["administratorKubeconfig"]
    assert set(told["etcdVolumeIds"]) == set(told["etcdAddresses"]) == {"1a", "1c", "1d"}
    assert set(told["nodePools"]) == {"workers"} and told["controllerGroup"]
    assert "operatorInstanceId" in told and told["clusterName"] == "self-hosted"
    assert set(told["certificatesEnd"]) >= {"kubernetes-ca", "kube-apiserver", "etcd-peer-1a"}


def test_whoever_takes_the_administrators_role_on_says_so():
    """Nobody carries it where there is no operator's machine. And people who follow a name from
    cluster to cluster have a kubeconfig that does: with it, for its tokens, of both authorities.
    """
    other, people = authority("of green"), "api.example.com"
    changes = {
        "controlPlane.pki": {"apiServerNames": [people]},
        "controlPlane.kubeconfig": {
            "dnsName": people, "clusterId": "k8s", "alsoTrusted": other.pem,
        },
        "controlPlane.endpoints": {"main": {"dnsName": "api.blue.example.com", "record": {
            "zone": {"moreVpcIds": ["vpc-0123456789abcdef0"]}}}},
    }  # fmt: skip
    found = declared(stack(asked(changes)), lock(changes))
    told = found[2]
    assert "test-ap-northeast-1-administrator" in told["kubeconfig"]
    written = yaml.safe_load(told["kubeconfig"])
    (cluster,), (user,) = written["clusters"], written["users"]
    assert cluster["cluster"]["server"] == f"https://{people}:6443"
    arguments = user["user"]["exec"]["args"]
    assert arguments[arguments.index("--cluster-name") + 1] == "k8s"
    believed = base64.b64decode(cluster["cluster"]["certificate-authority-data"]).decode()
    own = of_type(found, PARAMETER)["controller-kubernetes-ca.crt"]["insecureValue"]
    assert believed == f"{own.strip()}\n{other.pem.strip()}\n"
    assert other.pem not in json.dumps([r.inputs for r in found[0].resources], default=str), (
        "no API server takes clients of it"
    )
    alone = yaml.safe_load(told["administratorKubeconfig"])["clusters"][0]["cluster"]
    assert alone["server"] == "https://api.blue.example.com:6443"
    assert base64.b64decode(alone["certificate-authority-data"]).decode().strip() == own.strip()
    zones = of_type(found, "aws:route53/zone:Zone")
    assert [len(zones[n]["vpcs"]) for n in ("blue.example.com", "test.heiiki.internal")] == [2, 1]


def test_local_keys_are_made_and_kept_secret():
    changes = {"controlPlane.encryption": {"kind": "localKeys"}}
    found = declared(stack(asked(changes)), lock(changes))
    config = of_type(found, PARAMETER)["controller-encryption-config.yaml"]
    assert config["type"] == "SecureString" and "secretbox" in config["value"]["value"]
    keys = of_type(found, "tls:index/privateKey:PrivateKey")
    assert "encryption-1" in keys


def test_an_etcd_of_others_is_called_and_nothing_of_it_is_made():
    """Its certificates come to controllers as they are; the key is in no resource and no state."""
    changes = foreign_etcd.changes()
    spec = stack(asked(changes))
    found = declared(spec, completed(lock(changes), spec))
    assert sorted(of_type(found, GROUP)) == ["controller", "workers"]
    assert of_type(found, VOLUME) == {} and of_type(found, "aws:route53/record:Record")
    assert not [r.name for r in found[0].resources if r.name.startswith("etcd")]
    kept = of_type(found, PARAMETER)
    signer, client = foreign_etcd.theirs()
    assert kept["controller-etcd-ca.crt"]["insecureValue"] == signer.pem
    pair = "controller-kube-apiserver-etcd-client"
    assert (kept[f"{pair}.crt"]["insecureValue"], kept[f"{pair}.crt"]["type"]) == (
        client.pem,
        "String",
    )
    assert f"{pair}.key" not in kept and "controller-kube-scheduler.key" in kept
    made = [r.name for r in found[0].resources if r.typ.startswith("tls:")]
    assert made and not [name for name in made if "etcd" in name], "no key is made for it"
    assert {"etcd-ca", "kube-apiserver-etcd-client"} <= set(found[2]["certificatesEnd"])
    assert found[2]["etcdGroups"] == {} and found[2]["controlPlaneRecord"]["etcd"] == "existing"
    rules = of_type(found, "aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule")
    out = {n: r for n, r in rules.items() if r.get("cidrIpv4") == "10.20.3.0/24"}
    assert {(r["fromPort"], r["toPort"]) for r in out.values()} == {(2379, 2379), (2380, 2380)}
    assert {r["securityGroupId"] for r in out.values()} == {"controller-id"}


def test_a_supplied_load_balancer_is_joined_and_none_is_made():
    arn = ("arn:aws:elasticloadbalancing:ap-northeast-1:123456789012:targetgroup/api/"
           "0123456789abcdef")  # fmt: skip
    balancer = {"kind": "existing", "targetGroupArn": arn,
                "securityGroupIds": ["sg-0123456789abcdef0"]}  # fmt: skip
    changes = {
        "controlPlane.endpoints": {
            "main": {"dnsName": "a.example.com", "loadBalancer": balancer},
            "people": {"dnsName": "api.example.com",
                       "loadBalancer": {"kind": "named", "dnsName": "a.example.com"}},
        }
    }  # fmt: skip
    spec = stack(asked(changes))
    found = declared(spec, completed(lock(changes), spec))
    assert of_type(found, GROUP)["controller"]["targetGroupArns"] == [arn]
    assert of_type(found, "aws:lb/loadBalancer:LoadBalancer") == {}
    people = of_type(found, "aws:route53/record:Record")["api-people"]
    assert people["records"] == ["a.example.com"], "a name that leads to it is a record alone"


def marks(made):
    """By template, what it says of the files that its machines read."""
    found = {}
    for name, template in of_type(made, TEMPLATE).items():
        tags = {s["resourceType"]: s["tags"] for s in template["tagSpecifications"]}
        assert not any("heiiki:files" in tags[kind] for kind in ("volume", "network-interface"))
        found[name] = tags["instance"]["heiiki:files"]
    return found


@pytest.mark.parametrize(
    ("renewed", "started_anew"),
    [
        ("etcd-peer-1a", {"etcd-1a"}),
        ("kube-apiserver", {"controller"}),
        ("kubernetes-ca-1", {"controller", "workers"}),
        ("etcd-ca-1", {"controller", "etcd-1a", "etcd-1c", "etcd-1d"}),
        ("service-account-1", {"controller"}),
        ("administrator", set()),
    ],
)
def test_what_ends_reaches_machines_by_what_they_are_started_from(
    made, monkeypatch, renewed, started_anew
):
    """Machines read their files when they boot: in the store alone, a certificate that was renewed
    would save nobody from the one that ends."""
    plain, seen = mocks.Recorder.new_resource, []

    def new_resource(self, args):
        id_, state = plain(self, args)
        if args.name == renewed and args.typ.startswith("tls:"):
            seen.append(args.typ)
            for key in {"certPem", "publicKeyPem"} & state.keys():
                state = {**state, key: state[key] + "made anew"}
        return id_, state

    monkeypatch.setattr(mocks.Recorder, "new_resource", new_resource)
    before, after = marks(made), marks(declared(*read("self-hosted")))
    assert seen and before.keys() == set(MACHINES)
    assert {name for name in before if before[name] != after[name]} == started_anew
    assert all(len(mark) == 16 and mark.isalnum() for mark in after.values())


def test_another_key_of_encryption_starts_controllers_anew_and_shows_nothing_of_itself():
    def of(*trusted):
        key = dict(zip(("generation", "alsoTrusted"), trusted, strict=False))
        changes = {"controlPlane.encryption": {"kind": "localKeys", "key": key}}
        return marks(declared(stack(asked(changes)), lock()))

    former, both = of(1), of(1, 2)
    assert {name for name in former if former[name] != both[name]} == {"controller"}
    assert isinstance(both["controller"], str), "and no secret, which the engine would wrap"


def test_a_controller_that_a_member_lives_on_is_started_anew_for_the_files_of_either(monkeypatch):
    changes = {"controlPlane.etcd": {"placement": "controllers", "members": 3},
               "controlPlane.controllers": {"instanceType": "m7i.large"}}  # fmt: skip
    plain, renewed = mocks.Recorder.new_resource, [""]

    def new_resource(self, args):
        id_, state = plain(self, args)
        if args.name == renewed[0] and "certPem" in state:
            state = {**state, "certPem": state["certPem"] + "made anew"}
        return id_, state

    def of(certificate):
        renewed[0] = certificate
        return marks(declared(stack(asked(changes)), lock()))

    monkeypatch.setattr(mocks.Recorder, "new_resource", new_resource)
    before, member, servers = of("none"), of("etcd-peer-1a"), of("kube-apiserver")
    all_three = {"controller-1a", "controller-1c", "controller-1d"}
    assert {name for name in before if before[name] != member[name]} == {"controller-1a"}
    assert {name for name in before if before[name] != servers[name]} == all_three


@pytest.mark.parametrize(("days", "refused"), [(60, False), (7, True)])
def test_a_certificate_that_ends_soon_is_told_and_one_too_soon_refused(monkeypatch, days, refused):
    end = (datetime.now(UTC) + timedelta(days=days, hours=1)).strftime("%Y-%m-%dT%H:%M:%SZ")
    soon = {**mocks.PEM, "validityEndTime": end}
    monkeypatch.setitem(mocks.COMPUTED, "tls:index/selfSignedCert:SelfSignedCert", soon)
    warned = []
    monkeypatch.setattr(pulumi.log, "warn", lambda text, *_, **__: warned.append(text))
    if refused:
        with pytest.raises(pulumi.RunError, match="kubernetes-ca ends in 7 days"):
            declared(stack(asked()), lock())
    else:
        declared(stack(asked()), lock())
        assert any("kubernetes-ca ends in 60 days" in text for text in warned)


def test_what_is_made_anew_hides_no_other_s_end_from_a_preview(monkeypatch):
    """The administrator's certificate has ended in nearly every preview, and its next one has no
    end yet."""
    end = (datetime.now(UTC) + timedelta(days=7, hours=1)).strftime("%Y-%m-%dT%H:%M:%SZ")
    soon = {**mocks.PEM, "validityEndTime": end}
    monkeypatch.setitem(mocks.COMPUTED, "tls:index/selfSignedCert:SelfSignedCert", soon)
    plain, seen = mocks.Recorder.new_resource, []

    def new_resource(self, args):
        id_, state = plain(self, args)
        if args.name == "administrator" and "validityEndTime" in state:
            seen.append(args.name)
            state = {**state, "certPem": rpc.UNKNOWN, "validityEndTime": rpc.UNKNOWN}
        return id_, state

    monkeypatch.setattr(mocks.Recorder, "new_resource", new_resource)
    with pytest.raises(pulumi.RunError, match="kubernetes-ca ends in 7 days") as refused:
        build(
            lambda: program(stack(asked()), lock(), where="test"),
            key_arn=mocks.OWN_KEY_ARN,
            preview=True,
        )
    assert seen == ["administrator"] and "administrator ends" not in str(refused.value)


def test_it_is_one_stack_and_unread_secrets_are_told():
    spec, locked = read("self-hosted")
    part = PartSpec.model_validate({"of": "self-hosted", "name": "network"})
    with pytest.raises(PlanError, match="a control plane of your own is one stack"):
        build(lambda: program(spec, locked, where="test", part=part))
    with pytest.raises(PlanError, match="is a secret that nothing here reads"):
        build(lambda: program(spec, locked, where="test", secrets={"etcd-ca.key": "x"}))
