"""What a control plane of our own bears while it is up: a step at a time, and some things never."""

import pytest

from plan.errors import PlanError
from plan.self_hosted.changes import check_change, record_of, rotated
from tests.plan import foreign_etcd
from tests.plan.own import asked, own
from tests.plan.samples import ACCOUNT
from tests.spec.stack_files import stack

VERSION, CLUSTER = "1.35", "test"
PEM = "-----BEGIN CERTIFICATE-----\n"
LOCAL = {"kind": "localKeys"}
LOCALLY = {"controlPlane.encryption": LOCAL}


def spec(changes=None):
    return stack(asked(changes)).control_plane


def told(before, after):
    try:
        check_change(
            record_of(spec(before), VERSION, CLUSTER), spec(after), VERSION, CLUSTER, where="test"
        )
    except PlanError as error:
        return [f"{fault.path}: {fault.message}" for fault in error.faults]
    return []


def keys(generation, also=None):
    more = {} if also is None else {"alsoTrusted": also}
    return {"controlPlane.encryption": {**LOCAL, "key": {"generation": generation, **more}}}


def authority(generation, also=None):
    more = {} if also is None else {"alsoTrusted": also}
    return {"controlPlane.pki": {"rotation": {"etcd": {"generation": generation, **more}}}}


def test_what_is_up_is_what_the_stack_puts_out():
    assert own().record == record_of(spec(), VERSION, CLUSTER)
    assert own().record["encryption"] == "kms" and own().record["podCidr"] == "100.64.0.0/14"
    assert record_of(spec(keys(2, 1)), VERSION, CLUSTER)["encryptionKeys"] == [2, 1]


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (None, None),
        (None, {"controlPlane.controllers": {"minSize": 3}}),
        (keys(1), keys(1, 2)),
        (keys(1, 2), keys(2, 1)),
        (authority(1), authority(1, 2)),
        (authority(1, 2), authority(2, 1)),
    ],
)
def test_a_step_is_let_through(before, after):
    assert told(before, after) == []


def test_where_members_live_is_for_life_and_an_earlier_record_says_dedicated():
    on = {"controlPlane.etcd": {"placement": "controllers"}}
    assert told(on, on) == []
    for before, after in ((None, on), (on, None)):
        (one,) = told(before, after)
        assert one.startswith("controlPlane.etcd.placement: is fixed for the cluster's life")
    earlier = {k: v for k, v in record_of(spec(), VERSION, CLUSTER).items() if k != "etcdPlacement"}
    check_change(earlier, spec(), VERSION, CLUSTER, where="test")
    with pytest.raises(PlanError, match=r"etcd\.placement: .*; write dedicated again"):
        check_change(earlier, spec(on), VERSION, CLUSTER, where="test")


def test_what_is_for_life_is_refused_all_at_once():
    after = {
        "controlPlane.encryption": LOCAL,
        "controlPlane.serviceCidr": "10.32.0.0/16",
        "controlPlane.podCidr": "10.64.0.0/12",
    }
    assert told(None, after) == [
        "controlPlane.encryption.kind: is fixed for the cluster's life: what is in etcd is "
        "encrypted so, and nothing else reads it; write kms again",
        "controlPlane.serviceCidr: is fixed for the cluster's life: certificates, CoreDNS and "
        "Services have addresses of it; write 172.20.0.0/16 again",
        "controlPlane.podCidr: is fixed for the cluster's life: nodes have their pods' addresses "
        "of it; write 100.64.0.0/14 again",
    ]


def key(number):
    arn = f"arn:aws:kms:ap-northeast-1:{ACCOUNT}:key/0123abcd-0123-0123-0123-0123456789a{number}"
    return arn, {"controlPlane.encryptionKey": {"kind": "existing", "keyArn": arn}}


def test_another_key_is_refused_with_the_way_to_renew_the_one_that_there_is():
    first, one = key(1)
    second, other = key(2)
    assert told(one, one) == []
    for before, after, write in ((one, other, first), (other, one, second), (one, None, first),
                                 (None, one, "kind create")):  # fmt: skip
        (found,) = told(before, after)
        assert found.startswith("controlPlane.encryptionKey: is fixed for the cluster's life: ")
        assert "aws kms rotate-key-on-demand" in found
        assert found.endswith(f"; write {write} again")
    both = told({**one, **LOCALLY}, {**other, **LOCALLY})
    assert len(both) == 1, "volumes are encrypted by it, whatever encrypts Secrets"


def test_a_key_that_nothing_lasting_is_encrypted_by_may_be_another():
    """Others have etcd, and Secrets are encrypted by keys of ours: machines and files are made
    anew, by either key."""
    _, one = key(1)
    _, other = key(2)
    theirs = foreign_etcd.changes()
    assert told({**theirs, **LOCALLY, **one}, {**theirs, **LOCALLY, **other}) == []
    (found,) = told({**theirs, **one}, {**theirs, **other})
    assert found.startswith("controlPlane.encryptionKey: is fixed")


@pytest.mark.parametrize(
    ("before", "after", "path"),
    [
        (keys(1), keys(2), "controlPlane.encryption.key.generation"),
        (keys(1, 2), keys(2), "controlPlane.encryption.key.generation"),
        (authority(1), authority(2), "controlPlane.pki.rotation.etcd"),
    ],
)
def test_a_leap_is_refused(before, after, path):
    (found,) = told(before, after)
    assert found.startswith(f"{path}: is to sign, and ")


def test_a_pki_of_others_has_no_generations_of_ours():
    files = {"kube-apiserver.crt": "-----BEGIN CERTIFICATE-----\nof a test\n"}
    supplied = {"controlPlane.pki": {"kind": "supplied", "files": files}}
    assert record_of(spec(supplied), VERSION, CLUSTER)["generations"] == {}
    assert told(supplied, supplied) == []


def of_others(**authorities):
    found = {
        key: {"certificate": PEM + signs, **({} if also is None else {"alsoTrusted": PEM + also})}
        for key, (signs, also) in authorities.items()
    }
    return {"controlPlane.pki": {"kind": "caSupplied", "authorities": found}}


def test_authorities_of_another_kind_sign_nothing_that_runs_trusts():
    theirs = of_others(kubernetes=("a", None))
    for before, after, kind in ((None, theirs, "generate"), (theirs, None, "caSupplied")):
        (found,) = told(before, after)
        assert found.startswith("controlPlane.pki.kind: is fixed for the cluster's life: ")
        assert found.endswith(f"; write {kind} again")


@pytest.mark.parametrize(
    ("before", "after", "told_of"),
    [
        (("a", None), ("a", None), None),
        (("a", None), ("a", "b"), None),
        (("a", "b"), ("b", "a"), None),
        (("b", "a"), ("b", None), None),
        (("a", None), ("b", None), "kubernetes.certificate: is to sign, and nobody trusts it yet"),
        (("a", None), ("b", "a"), "kubernetes.certificate: is to sign, and nobody trusts it yet"),
        (("a", "b"), ("b", None), "kubernetes.alsoTrusted: must be the certificate that has"),
    ],
)
def test_a_supplied_authority_is_rotated_step_by_step_too(before, after, told_of):
    found = told(of_others(kubernetes=before), of_others(kubernetes=after))
    wanted = [] if told_of is None else [f"controlPlane.pki.authorities.{told_of}"]
    assert [one[: len(wanted[0])] for one in found] == wanted if wanted else found == []


def test_an_authority_is_supplied_or_made_here_for_good():
    one, two = (
        of_others(kubernetes=("a", None)),
        of_others(kubernetes=("a", None), etcd=("b", None)),
    )
    for before, after, write in ((one, two, "leave it out"), (two, one, "write it")):
        (found,) = told(before, after)
        assert found.startswith("controlPlane.pki.authorities.etcd: is supplied or made here")
        assert found.endswith(f"; {write} again")
    earlier = {
        k: v for k, v in record_of(spec(one), VERSION, CLUSTER).items() if k != "authorities"
    }
    check_change(earlier, spec(two), VERSION, CLUSTER, where="test")


def endpoints(**named):
    """Each with its load balancer, or what that is otherwise."""
    return {"controlPlane.endpoints": {
        key: {"dnsName": f"{key}.example.com", **({"loadBalancer": lb} if lb else {})}
        for key, lb in named.items()
    }}  # fmt: skip


OF_OTHERS = {"kind": "named", "dnsName": "green.example.com"}


@pytest.mark.parametrize(
    ("before", "after", "again"),
    [
        (endpoints(main={}), endpoints(main={}, people={}), None),
        (endpoints(main={}), endpoints(blue=OF_OTHERS, main={}), None),
        (endpoints(main={}), endpoints(corp={"port": 443}, main={}), None),
        (endpoints(main={}), endpoints(corp={}, main={}), "main.example.com"),
        (endpoints(main={}), endpoints(other={}), "main.example.com"),
        (None, endpoints(main={}), "api.test.heiiki.internal"),
        (endpoints(main={}), None, "main.example.com"),
    ],
)
def test_the_name_that_machines_call_stays(before, after, again):
    """In the order of keys, as the engine reads them: another endpoint may come to be first."""
    found = told(before, after)
    if again is None:
        assert found == []
    else:
        (one,) = found
        assert one.startswith("controlPlane.endpoints: is fixed for the cluster's life: machines")
        assert one.endswith(f"; write {again} again")


@pytest.mark.parametrize(
    "asked_for", [None, endpoints(main={}), endpoints(aaa=OF_OTHERS, bbb={"port": 443}, main={})]
)
def test_what_is_recorded_is_what_machines_are_told(asked_for):
    found = own(asked_for)
    assert found.record["apiServer"] == found.api_server_name


def test_what_is_encrypted_and_by_what_is_for_life():
    """An API server reads nothing in the clear of a resource that it encrypts: all of it would be
    lost to it, and nothing encrypted of one that it does not."""
    other = {"controlPlane.encryption": {**LOCAL, "provider": "aescbc"}}
    (found,) = told(LOCALLY, other)
    assert found.startswith("controlPlane.encryption.provider: is fixed for the cluster's life")
    assert found.endswith("; write secretbox again")
    more = {"controlPlane.encryption": {"moreResources": ["configmaps"]}}
    for before, after, write in ((None, more, "[]"), (more, None, "[configmaps]")):
        (found,) = told(before, after)
        assert found.startswith("controlPlane.encryption.moreResources: is fixed")
        assert found.endswith(f"; write {write} again")
    assert told(more, more) == []


@pytest.mark.parametrize(
    ("up", "why", "step"),
    [
        ("1.36", "goes back from 1.36 to 1.35, and a control plane never goes back", "1.36"),
        ("1.33", "leaps from 1.33 to 1.35, and a control plane moves one minor at a time", "1.34"),
        ("1.34", None, None),
        (VERSION, None, None),
    ],
)
def test_a_version_goes_one_minor_on_from_what_is_up(up, why, step):
    try:
        check_change(record_of(spec(), up, CLUSTER), spec(), VERSION, CLUSTER, where="test")
    except PlanError as error:
        (fault,) = error.faults
        assert fault.path == "controlPlane.version" and VERSION in fault.value
        assert fault.message.startswith(f"{why}; have the lock file of {step}, ")
    else:
        assert why is None
    earlier = {k: v for k, v in record_of(spec(), up, CLUSTER).items() if k != "kubernetesVersion"}
    check_change(earlier, spec(), VERSION, CLUSTER, where="test")


@pytest.mark.parametrize(
    ("before", "after", "names"),
    [
        (None, None, ()),
        (None, {"controlPlane.controllers": {"minSize": 3}}, ()),
        (authority(1), authority(1, 2), ("etcd",)),
        (authority(1, 2), authority(2, 1), ("etcd",)),
        (keys(1), keys(1, 2), ("encryption",)),
        (keys(1), keys(1), ()),
    ],
)
def test_what_is_rotated_is_told_by_name(before, after, names):
    assert rotated(record_of(spec(before), VERSION, CLUSTER), spec(after)) == names
    assert rotated({}, spec(after)) == (), "a record of before there was one says nothing"
