"""The exact text that the operator reads of a bad stack file."""

import pytest

from spec.errors import Fault, SpecError
from tests.spec.stack_files import GONE, changed, faults, message, stack, text_of

NAME = "must be 1 to 24 lower-case letters, digits and hyphens, starting with a letter"
REQUIRED = "is missing; this key is required"
POOL = "nodePools.workers"


def test_the_smallest_stack_file_is_valid_and_closed():
    spec = stack()
    assert spec.network.egress.kind == "none"
    assert spec.network.dns.firewall is True
    assert [pool.max_size for pool in spec.node_pools.values()] == [3]


def test_the_whole_message_names_file_paths_values_and_ways_out():
    text = text_of(changed({"region": "Tokyo", f"{POOL}.minsize": 2, "name": GONE}))
    assert message(text) == (
        "Pulumi.test.yaml is not valid (3 faults):\n"
        "  name: is missing; this key is required\n"
        "  region: must be a region's code name, such as ap-northeast-1\n"
        "    got: 'Tokyo'\n"
        f"  {POOL}.minsize: is no key that heiiki knows; did you mean minSize?\n"
        "    got: 2"
    )


def test_one_fault_is_counted_as_one_and_the_whole_file_is_called_so():
    error = SpecError([Fault("", "is no YAML")])
    assert str(error) == "the stack file is not valid (1 fault):\n  (whole file): is no YAML"


@pytest.mark.parametrize("key", ["name", "region", "availabilityZones", "nodePools"])
def test_each_required_key_is_missed(key):
    assert faults({key: GONE}) == [(key, REQUIRED, None)]


@pytest.mark.parametrize("key", ["instanceType", "maxSize"])
def test_each_required_key_of_a_pool_is_missed(key):
    assert faults({f"{POOL}.{key}": GONE}) == [(f"{POOL}.{key}", REQUIRED, None)]


def test_no_keys_at_all_miss_everything_at_once():
    assert message("config: {}") == (
        "Pulumi.test.yaml is not valid (4 faults):\n"
        "  name: is missing; this key is required\n"
        "  region: is missing; this key is required\n"
        "  availabilityZones: is missing; this key is required\n"
        "  nodePools: is missing; this key is required"
    )


POOL_KEYS = (
    "custom, desiredSize, image, instanceProfile, instanceType, keyName, kind, kubelet, labels, "
    "maxPods, maxSize, "
    "maxUnavailablePercentage, minSize, readiness, rootVolume, securityGroupIds, subnets, taints, "
    "tenancy"
)
INBOUND = "network.dns.inboundEndpoint"
ONE_FAULT = [  # changed key, its value, path of the fault, message, shown value
    # unknown keys
    ("egres", {}, "egres", "is no key that heiiki knows; known here: access, addOns, "
     "availabilityZones, boundary, carryIn, controlPlane, name, network, nodePools, profile, "
     "region, tags",
     "a mapping of 0"),
    ("Name", "x", "Name", "is no key that heiiki knows; did you mean name?", "'x'"),
    ("network.dnsFire", True, "network.dnsFire",
     "is no key that heiiki knows; known here: connections, dns, egress, endpoints, flowLogs, "
     "routeTables, subnets, vpc", "true"),
    # keys below a wrong parent
    ("serviceCidr", "10.100.0.0/16", "serviceCidr",
     "is no key that heiiki knows; is controlPlane.serviceCidr meant?", "'10.100.0.0/16'"),
    (f"{POOL}.session_manager", True, f"{POOL}.session_manager",
     "is no key that heiiki knows; is access.sessionManager meant?", "true"),
    ("network.tenancy", "dedicated", "network.tenancy",
     "is no key that heiiki knows; is nodePools.<name>.tenancy meant?", "'dedicated'"),
    ("access.retentionDays", 3, "access.retentionDays", "is no key that heiiki knows; is "
     "controlPlane.etcd.snapshots.retentionDays or network.flowLogs.retentionDays meant?", "3"),
    ("access.subnets", [], "access.subnets", "is no key that heiiki knows; known here: "
     "administrator, applyConfigMap, authenticationMode, deployerArn, operator, principals, "
     "sessionManager, ssh", "a list of 0"),
    ("network.dns.fire_wall", True, "network.dns.fire_wall",
     "is no key that heiiki knows; did you mean firewall?", "true"),
    (f"{POOL}.max_size", 3, f"{POOL}.max_size",
     "is no key that heiiki knows; did you mean maxSize?", "3"),
    (f"{POOL}.zzz", None, f"{POOL}.zzz",
     f"is no key that heiiki knows; known here: {POOL_KEYS}", "null"),
    (f"{POOL}.taints", [{"key": "a", "effect": "NoSchedule", "efect": 1}], f"{POOL}.taints.0.efect",
     "is no key that heiiki knows; did you mean effect?", "1"),
    # unions: the kind, and the keys of the chosen kind alone
    ("network.vpc", {"vpcId": "vpc-1", "cidr": "10.0.0.0/16"}, "network.vpc.vpcId",
     "is no key that heiiki knows; it belongs to kind existing", "'vpc-1'"),
    ("network.vpc", {"kind": "creat"}, "network.vpc.kind",
     "must be one of 'create', 'existing'", "'creat'"),
    ("network.vpc", {"kind": 3}, "network.vpc.kind", "must be one of 'create', 'existing'", "3"),
    ("network.vpc", "10.0.0.0/16", "network.vpc", "must be a mapping of keys to values",
     "'10.0.0.0/16'"),
    ("network.vpc", {"kind": "create", "cidr": "10.0.0.0/16", "vpcId": "x"}, "network.vpc.vpcId",
     "is no key that heiiki knows; it belongs to kind existing", "'x'"),
    ("network.vpc", {"kind": "create", "cidr": "10.0.0.0/16", "tenancy": "x"},
     "network.vpc.tenancy", "is no key that heiiki knows; is nodePools.<name>.tenancy meant?",
     "'x'"),
    ("network.egress", {"kind": "proxy"}, "network.egress.kind",
     "must be one of 'none', 'nat', 'internetGateway'", "'proxy'"),
    ("network.connections", {"dc": {}}, "network.connections.dc",
     "needs kind: bastionVpc or existing or vpcPeering or transitGateway or "
     "virtualPrivateGateway", None),
    ("network.subnets", {"a": {"kind": "none"}}, "network.subnets.a.kind",
     "must be one of 'create', 'existing'", "'none'"),
    (f"{POOL}.image", {"family": "al2023", "imageId": "ami-1"}, f"{POOL}.image.imageId",
     "is no key that heiiki knows; it belongs to kind custom", "'ami-1'"),
    (f"{POOL}.kind", "spot", f"{POOL}.kind", "must be 'selfManaged' or 'managed'", "'spot'"),
    # who logs in
    ("access.ssh", {"user": "root user"}, "access.ssh.user",
     "must be a Linux user name, such as ec2-user or ubuntu: 1 to 32 lower-case letters, digits, "
     "'-' and '_'", "'root user'"),
    ("access.ssh", {"identityFile": "id_ed25519"}, "access.ssh.identityFile",
     'must be the path of a private key, from ~/ or / on, in ASCII and without ", \\ and ${, such '
     "as ~/.ssh/id_ed25519", "'id_ed25519'"),
    # values of a wrong type
    ("network", [], "network", "must be a mapping of keys to values", "a list of 0"),
    ("network", None, "network", "must be a mapping of keys to values", "null"),
    ("tags", "a=b", "tags", "must be a mapping of keys to values", "'a=b'"),
    ("availabilityZones", "ap-northeast-1a", "availabilityZones", "must be a list",
     "'ap-northeast-1a'"),
    ("availabilityZones", ["ap-northeast-1a"], "availabilityZones",
     "needs 2 entries or more, not 1", "a list of 1"),
    ("nodePools", {}, "nodePools", "needs 1 entries or more, not 0", "a mapping of 0"),
    (f"{POOL}.maxSize", "3", f"{POOL}.maxSize", "must be a whole number, without quotes", "'3'"),
    (f"{POOL}.maxSize", True, f"{POOL}.maxSize", "must be a whole number, without quotes", "true"),
    (f"{POOL}.maxSize", 2.5, f"{POOL}.maxSize", "must be a whole number, without quotes", "2.5"),
    (f"{POOL}.maxSize", 0, f"{POOL}.maxSize", "must be at least 1", "0"),
    (f"{POOL}.maxSize", 1001, f"{POOL}.maxSize", "must be at most 1000", "1001"),
    ("network.dns.firewall", "perhaps", "network.dns.firewall", "must be true or false",
     "'perhaps'"),
    ("network.dns.firewall", [], "network.dns.firewall", "must be true or false", "a list of 0"),
    (INBOUND, {"sourceCidrs": ["0.0.0.0/0"]}, f"{INBOUND}.sourceCidrs.0",
     "is not private; write a CIDR inside one of 10.0.0.0/8, 172.16.0.0/12, 192.168.0.0/16, "
     "100.64.0.0/10, 198.18.0.0/15", "'0.0.0.0/0'"),
    (INBOUND, {"addresses": {"a": "10.0.0.256"}}, f"{INBOUND}.addresses.a",
     "must be an IPv4 address, such as 10.0.0.4", "'10.0.0.256'"),
    (INBOUND, {"addresses": {"a": 10}}, f"{INBOUND}.addresses.a",
     "must be an IPv4 address, such as 10.0.0.4", "10"),
    (f"{POOL}.image", {"kind": "custom", "imageId": "ami-0123456789abcdef0", "family": "script",
                       "script": "x" * 8193}, f"{POOL}.image.script",
     "must have at most 8192 characters", "'" + "x" * 78 + "…"),
    (f"{POOL}.image", {"kind": "custom", "imageId": "ami-0123456789abcdef0", "family": "script",
                       "script": 3}, f"{POOL}.image.script", "must be text; put it in quotes", "3"),
    # what YAML reads as a number
    ("controlPlane.version", 1.35, "controlPlane.version",
     "must be a minor version in quotes, such as '1.35' (unquoted, YAML reads a number)", "1.35"),
    ("boundary.accountId", 123456789012, "boundary.accountId",
     "must be 12 digits in quotes, such as '123456789012'", "123456789012"),
    ("tags", {"release": 1.10}, "tags.release",
     "must be a tag value in quotes: at most 256 letters, digits, spaces and _.:/=+-@", "1.1"),
    # keys that must follow a pattern
    ("nodePools", {"Work_ers": {"instanceType": "m7i.large", "maxSize": 1}}, "nodePools.Work_ers",
     NAME, "'Work_ers'"),
    ("tags", {1: "x"}, "tags.1",
     "must be a tag key: 1 to 128 letters, digits, spaces and _.:/=+-@, not starting with aws:",
     "1"),
    # relations between keys
    ("availabilityZones", ["ap-northeast-1a", "us-east-1a", "ap-northeast-1a"], "availabilityZones",
     "must all lie in region ap-northeast-1, not us-east-1a; correct the zones, or the region",
     "a list of 3"),
    ("availabilityZones", ["ap-northeast-1a", "ap-northeast-1a"], "availabilityZones",
     "names a zone twice; name each once", "a list of 2"),
    (f"{POOL}.securityGroupIds", ["sg-01234567", "sg-01234567"], f"{POOL}.securityGroupIds",
     "names 'sg-01234567' twice; write it once", "a list of 2"),
    (f"{POOL}.taints", [{"key": "a", "effect": "NoSchedule"}, {"key": "a", "effect": "NoExecute"},
                        {"key": "a", "effect": "NoSchedule", "value": "b"}], f"{POOL}.taints",
     "names a with NoSchedule twice; keep one", "a list of 3"),
    ("network.dns", {"allowedDomains": ["a.example", "b.example", "a.example"]},
     "network.dns.allowedDomains", "names 'a.example' twice; write it once", "a list of 3"),
    ("controlPlane.logTypes", ["api", "api"], "controlPlane.logTypes",
     "names 'api' twice; write it once", "a list of 2"),
    (f"{POOL}.minSize", 4, POOL,
     "sizes must be in order: minSize 4 <= desiredSize 4 <= maxSize 3", "a mapping of 3"),
    (f"{POOL}.desiredSize", 5, POOL,
     "sizes must be in order: minSize 1 <= desiredSize 5 <= maxSize 3", "a mapping of 3"),
    (f"{POOL}.readiness", {"timeoutSeconds": 900}, f"{POOL}.readiness",
     "needs kind: nodeReady or none", None),
    (f"{POOL}.readiness", {"kind": "nodeReady", "timeoutSeconds": 299},
     f"{POOL}.readiness.timeoutSeconds", "must be at least 300", "299"),
    (f"{POOL}.readiness", {"kind": "nodeReady", "timeoutSeconds": 7001},
     f"{POOL}.readiness.timeoutSeconds", "must be at most 7000", "7001"),
    (f"{POOL}.readiness", {"kind": "none", "timeoutSeconds": 900},
     f"{POOL}.readiness.timeoutSeconds",
     "is no key that heiiki knows; it belongs to kind nodeReady", "900"),
    (f"{POOL}.image", {"kind": "custom", "imageId": "ami-0123456789abcdef0", "family": "script"},
     f"{POOL}.image", "script is needed with family script, and with no other family",
     "a mapping of 3"),
    (f"{POOL}.image", {"kind": "custom", "imageId": "ami-0123456789abcdef0", "family": "al2023",
                       "script": "x"}, f"{POOL}.image",
     "script is needed with family script, and with no other family", "a mapping of 4"),
    (f"{POOL}.rootVolume", {"sizeGib": 20, "iops": 10001}, f"{POOL}.rootVolume",
     "gp3 gives at most 500 iops per GiB: 10000 here", "a mapping of 3"),
    (f"{POOL}.rootVolume", {"throughputMibps": 751}, f"{POOL}.rootVolume",
     "gp3 gives at most 1 MiB/s per 4 iops: 750 here", "a mapping of 2"),
    (f"{POOL}.rootVolume", {"kind": "io1", "sizeGib": 20, "iops": 1001}, f"{POOL}.rootVolume",
     "io1 gives at most 50 iops per GiB: 1000 here", "a mapping of 3"),
    (f"{POOL}.rootVolume", {"kind": "io2", "sizeGib": 20, "iops": 20001}, f"{POOL}.rootVolume",
     "io2 gives at most 1000 iops per GiB: 20000 here", "a mapping of 3"),
    (f"{POOL}.rootVolume", {"kind": "io1"}, f"{POOL}.rootVolume.iops",
     "is missing; this key is required", None),
    (f"{POOL}.rootVolume", {"kind": "io2", "iops": 99}, f"{POOL}.rootVolume.iops",
     "must be at least 100", "99"),
    (f"{POOL}.rootVolume", {"kind": "gp2", "iops": 3000}, f"{POOL}.rootVolume.iops",
     "is no key that heiiki knows; it belongs to kind gp3 and io1 and io2", "3000"),
    (f"{POOL}.tenancy", "host", f"{POOL}.tenancy", "must be 'default' or 'dedicated'", "'host'"),
]  # fmt: skip


@pytest.mark.parametrize(
    ("key", "value", "path", "sentence", "shown"),
    ONE_FAULT,
    ids=[f"{i}-{row[0]}" for i, row in enumerate(ONE_FAULT)],
)
def test_a_bad_value_is_told_by_path_sentence_and_value(key, value, path, sentence, shown):
    assert faults({key: value}) == [(path, sentence, shown)]


MANAGED = {"instanceType": "m7i.large", "maxSize": 3, "kind": "managed"}
BOTTLEROCKET = {"kind": "optimized", "family": "bottlerocket"}
SCRIPT = {
    "kind": "custom", "imageId": "ami-0123456789abcdef0", "family": "script", "script": "#!/bin/sh",
}  # fmt: skip


@pytest.mark.parametrize("readiness", [{"kind": "nodeReady"}, {"kind": "none"}])
def test_readiness_of_a_managed_node_group_is_the_matter_of_eks(readiness):
    assert stack({POOL: MANAGED}).node_pools["workers"].readiness is None
    assert faults({POOL: {**MANAGED, "readiness": readiness}}) == [
        (POOL, "readiness is for kind selfManaged: EKS itself waits until the nodes of a managed "
         "node group are Ready; leave readiness out", "a mapping of 4")
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("image", "family", "why"),
    [
        (BOTTLEROCKET, "bottlerocket", "Bottlerocket runs no script of ours that could say so"),
        (SCRIPT, "script", "your own script joins the node, and heiiki does not know how"),
    ],
)
def test_readiness_is_refused_where_no_machine_could_tell_it(image, family, why):
    ungated = stack({f"{POOL}.image": image, f"{POOL}.readiness": {"kind": "none"}})
    assert ungated.node_pools["workers"].readiness is not None
    assert faults({f"{POOL}.image": image, f"{POOL}.readiness": {"kind": "nodeReady"}}) == [
        (POOL, f"readiness nodeReady is for family al2023, and this is {family}: {why}; write "
         "readiness: {kind: none}, or leave it out", "a mapping of 4")
    ]  # fmt: skip


def test_a_key_that_yaml_reads_as_no_text_is_told():
    text = text_of(changed({f"{POOL}.kind": "managed"})).replace("kind:", "1:")
    assert "nodePools.workers.1: must be text as a key; put it in quotes" in message(text)


def test_a_key_of_the_other_kind_is_told_apart_from_an_unknown_one():
    supplied = {
        "kind": "existing", "subnetId": "subnet-0123456789abcdef0", "cidr": "10.0.0.0/20",
        "availabilityZone": "ap-northeast-1a", "routeTableId": "rtb-0123456789abcdef0",
    }  # fmt: skip
    known = "availabilityZone, cidr, exposure, kind, routeTableId, subnetId"
    assert faults({"network.subnets": {"a": {**supplied, "natGateway": "b", "zzz": 1}}}) == [
        ("network.subnets.a.natGateway", "is no key that heiiki knows; it belongs to kind create",
         "'b'"),
        ("network.subnets.a.zzz", f"is no key that heiiki knows; known here: {known}", "1"),
    ]  # fmt: skip


def test_faults_in_different_places_are_told_at_once():
    found = faults(
        {
            "region": 3,
            "network.vpc": {"kind": "create", "cidr": "10.0.0.1/16"},
            "access.operator.machine.rootVolumeGib": 7,
            "tags": {"aws:x": "y"},
        }
    )
    assert [path for path, _, _ in found] == [
        "region", "network.vpc.cidr", "access.operator.machine.rootVolumeGib", "tags.aws:x",
    ]  # fmt: skip


def test_a_profile_with_a_typo_is_not_taken_for_the_default():
    assert faults({"profile": "highlyavailable"}) == [
        ("profile", "must be 'development' or 'highlyAvailable'", "'highlyavailable'")
    ]


def test_a_key_that_looks_like_pydantics_own_mark_is_a_key():
    path, told, _ = faults({"[key]": "dev"})[0]
    assert path == "[key]" and told.startswith("is no key that heiiki knows; known here: access")
    assert faults({"network.[key]": {"kind": "existing"}})[0][0] == "network.[key]"
    assert faults({"tags": {"aws:x": "y"}})[0][0] == "tags.aws:x"
