"""What is supplied is opened and judged before anything is made, every fault at once."""

import shlex
import subprocess
from collections.abc import Callable, Sequence
from datetime import timedelta
from ipaddress import ip_network
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import dsa, ec, ed25519, rsa
from cryptography.hazmat.primitives.hashes import SHA224
from cryptography.hazmat.primitives.serialization import load_pem_private_key
from cryptography.x509.oid import ExtendedKeyUsageOID

from plan.errors import PlanError
from plan.pki.material import Supplied
from plan.pki.pem import public_pem
from plan.pki.supplied import read_supplied
from tests.plan.pki.authority import TODAY, Theirs, authority, everything, leaf, pem_of
from tests.plan.pki.samples import names, pki_plan, pki_spec

ONE = names(members=["1a"])
PLAN = pki_plan(ONE, kind="supplied", files={"etcd-ca.crt": authority("x").pem})
PATH = "controlPlane.pki"
SECRET = "heiiki-pki:"


def read(spec: Any, secrets: dict[str, str]) -> Supplied:
    parsed = pki_spec(**spec)
    return read_supplied(parsed, pki_plan(ONE, **spec), secrets, today=TODAY)


def faults(spec: Any, secrets: dict[str, str]) -> dict[str, list[str]]:
    """By path; the text of none of them holds anything of a key."""
    with pytest.raises(PlanError) as failed:
        read(spec, secrets)
    assert "PRIVATE" not in str(failed.value) and "MII" not in str(failed.value)
    found: dict[str, list[str]] = {}
    for fault in failed.value.faults:
        found.setdefault(fault.path, []).append(fault.message)
    return found


def with_authorities(**theirs: Theirs) -> dict[str, Any]:
    return {
        "kind": "caSupplied",
        "authorities": {name: {"certificate": made.pem} for name, made in theirs.items()},
    }


BANK = authority("bank kubernetes")
CLIENTS = x509.ExtendedKeyUsage([ExtendedKeyUsageOID.CLIENT_AUTH])
LOOPBACK = x509.IPAddress(ip_network("127.0.0.0/8"))
PERSON = x509.DirectoryName(BANK.certificate.subject)
ODD = x509.UnrecognizedExtension(x509.ObjectIdentifier("1.2.3.4"), bytes.fromhex("0500"))


def permitted(
    *hosts: str, networks: Sequence[str] = (), excluded: Sequence[str] = ()
) -> x509.NameConstraints:
    """Limits of names as companies put into authorities that they give away."""
    inside: list[x509.GeneralName] = [x509.DNSName(name) for name in hosts]
    inside += [x509.IPAddress(ip_network(cidr)) for cidr in networks]
    return x509.NameConstraints(inside, [x509.DNSName(name) for name in excluded] or None)


# Authorities


@pytest.mark.parametrize("passphrase", [None, "correct horse"])
def test_an_authority_is_opened_and_its_key_handed_on_in_the_clear(passphrase) -> None:
    secrets = {"kubernetes-ca.key": pem_of(BANK.key, passphrase)}
    secrets |= {} if passphrase is None else {"passphrase": passphrase}
    found = read(with_authorities(kubernetes=BANK), secrets)
    key = load_pem_private_key(found.keys["kubernetes-ca.key"].encode(), None)
    assert key.public_key() == BANK.key.public_key()
    assert found.signing == {"kubernetes": BANK.pem}
    assert found.texts == {"kubernetes-ca.crt": BANK.pem}
    assert found.not_after["kubernetes-ca"].startswith("2036-")
    assert "PRIVATE" not in repr(found)


def test_authorities_of_other_clusters_are_judged_and_nothing_here_takes_them() -> None:
    """Wherever the cluster's own come from; there may be two, while one of them is rotated."""
    two = authority("green 1").pem + authority("green 2").pem
    plan, spec = pki_plan(ONE), pki_spec()
    assert read_supplied(spec, plan, {}, today=TODAY, also_trusted=two) == Supplied()
    wrong = leaf(plan.certificates["kube-scheduler"], BANK).pem, authority("a", days=0).pem, "a"
    told = ("is no authority's certificate", "has ended on", "holds no certificate that can")
    for pem, sentence in zip(wrong, told, strict=True):
        with pytest.raises(PlanError) as failed:
            read_supplied(
                spec, plan, {}, today=TODAY, also_trusted=two + pem if pem != "a" else pem
            )
        assert {fault.path for fault in failed.value.faults} == {
            "controlPlane.kubeconfig.alsoTrusted"
        }
        assert any(fault.message.startswith(sentence) for fault in failed.value.faults)


def test_a_second_authority_is_trusted_beside_the_one_that_signs() -> None:
    other = authority("bank kubernetes 2")
    spec = with_authorities(kubernetes=BANK)
    spec["authorities"]["kubernetes"]["alsoTrusted"] = other.pem
    found = read(spec, {"kubernetes-ca.key": pem_of(BANK.key)})
    assert found.texts["kubernetes-ca.crt"] == BANK.pem + other.pem
    assert found.signing["kubernetes"] == BANK.pem


def test_one_that_another_has_signed_is_trusted_by_itself() -> None:
    below = authority("below", by=BANK)
    found = read(with_authorities(kubernetes=below), {"kubernetes-ca.key": pem_of(below.key)})
    assert found.texts["kubernetes-ca.crt"] == below.pem


KEY = f"{SECRET}kubernetes-ca.key"
CERTIFICATE = f"{PATH}.authorities.kubernetes.certificate"
OLD = TODAY - timedelta(days=400)


@pytest.mark.parametrize(
    ("secrets", "sentence"),
    [
        ({}, "is missing; run pulumi config set --secret heiiki-pki:kubernetes-ca.key"),
        ({"kubernetes-ca.key": pem_of(BANK.key, "right")}, "is encrypted; give its passphrase"),
        ({"kubernetes-ca.key": pem_of(BANK.key, "right"), "passphrase": "wrong"},
         "does not open with heiiki-pki:passphrase"),
        ({"kubernetes-ca.key": "hunter2"}, "cannot be read; give a private key in PEM"),
        ({"kubernetes-ca.key": pem_of(authority("z").key)}, "is the key of another certificate"),
        ({"kubernetes-ca.key": pem_of(ed25519.Ed25519PrivateKey.generate())}, "of a kind that"),
        ({"kubernetes-ca.key": pem_of(rsa.generate_private_key(65537, 1024))}, "of a kind that"),
        ({"kubernetes-ca.key": pem_of(ec.generate_private_key(ec.SECP224R1()))}, "of a kind"),
    ],
)  # fmt: skip
def test_a_key_that_does_not_do_is_told_without_a_letter_of_it(secrets, sentence) -> None:
    found = faults(with_authorities(kubernetes=BANK), secrets)
    assert list(found) == [KEY] and sentence in found[KEY][0]
    assert "hunter2" not in str(found)


@pytest.mark.parametrize(
    ("made", "sentence"),
    [
        (authority("no authority", ca=False, signs=False), "is no authority's certificate"),
        (authority("signs nothing", signs=False), "may sign no certificate (key usage"),
        (authority("long", organizations=["o" * 60] * 8), "bytes, and 512 are taken"),
        (authority("nameless", identified=False), "has no subject key identifier, without which"),
        (authority("ended", start=OLD, days=30), "has ended on 2025-11-23; give a new one"),
        (authority("not yet", start=TODAY + timedelta(days=9)), "is valid from 2026-12-07 only"),
        (authority("short", days=100), "before what it would sign now for validity."),
        (authority("loose", critical=False), "has basic constraints that are not critical, which"),
        (authority("clients", more=[CLIENTS]), "signs for other uses than serverAuth (extended"),
        (
            authority("elsewhere", more=[permitted("bank.example")]),
            "signs for no kubernetes, kubernetes.default, kubernetes.default.svc",
        ),
        (
            authority("not here", more=[x509.NameConstraints(None, [LOOPBACK])]),
            "signs for no 127.0.0.1 (name constraints); have one that may",
        ),
        (
            authority("people", more=[x509.NameConstraints([PERSON], None)]),
            "limits names by DirectoryName (name constraints), which programs in Go do not read",
        ),
        (authority("odd", more=[ODD]), "critical extensions that programs in Go refuse (1.2.3.4)"),
    ],
)
def test_an_authority_that_does_not_do_is_told(made, sentence) -> None:
    """Each would be found out by programs alone, on machines."""
    found = faults(with_authorities(kubernetes=made), {"kubernetes-ca.key": pem_of(made.key)})
    assert list(found) == [CERTIFICATE]
    assert any(sentence in message for message in found[CERTIFICATE])


def test_limits_that_leave_room_for_every_name_are_taken() -> None:
    hosts = (".heiiki.internal", "kubernetes", "svc", "default", "cluster.local", "localhost")
    own = permitted(*hosts, networks=("127.0.0.0/8", "10.0.0.0/8"), excluded=(".svc.bank.example",))
    uses = x509.ExtendedKeyUsage([ExtendedKeyUsageOID.ANY_EXTENDED_KEY_USAGE])
    made = authority("limited", path_length=0, more=[own, uses])
    found = read(with_authorities(kubernetes=made), {"kubernetes-ca.key": pem_of(made.key)})
    assert found.signing == {"kubernetes": made.pem}
    front = authority("front", more=[CLIENTS, permitted("bank.example")])  # signs for no host
    secrets = {f"{name}-ca.key": pem_of(m.key) for name, m in (("kubernetes", made),
                                                               ("front-proxy", front))}  # fmt: skip
    assert read(with_authorities(kubernetes=made, frontProxy=front), secrets).signing
    also = with_authorities(kubernetes=made)
    also["authorities"]["kubernetes"]["alsoTrusted"] = authority("b", more=[CLIENTS]).pem
    path = f"{PATH}.authorities.kubernetes.alsoTrusted"
    assert "signs for other uses" in str(faults(also, secrets)[path])


def test_kubelets_authority_knows_no_names_before() -> None:
    """The cluster signs by it, for machines as they come."""
    kubelet = authority("kubelet", more=[permitted("ec2.internal", "compute.internal")])
    secrets = {"kubernetes-ca.key": pem_of(BANK.key), "kubelet-ca.key": pem_of(kubelet.key)}
    found = faults(with_authorities(kubernetes=BANK, kubelet=kubelet), secrets)
    (told,) = found[f"{PATH}.authorities.kubelet.certificate"]
    assert "kubelets ask for those of machines that are not there yet" in told


def test_one_that_was_renewed_with_its_key_is_trusted_beside_itself() -> None:
    """Else nobody could come from the one to the other: what is to sign is trusted before."""
    renewed = authority("bank kubernetes", key=BANK.key, days=7300)
    spec = with_authorities(kubernetes=BANK)
    spec["authorities"]["kubernetes"]["alsoTrusted"] = renewed.pem
    found = read(spec, {"kubernetes-ca.key": pem_of(BANK.key)})
    assert found.texts["kubernetes-ca.crt"] == BANK.pem + renewed.pem


@pytest.mark.parametrize("above", ["kubernetes", "etcd"])
def test_no_authority_is_signed_by_another_of_the_cluster(above) -> None:
    """Controllers have the key of kubelets' authority: they would be any API server, any member."""
    theirs = {"kubernetes": BANK, "etcd": authority("bank etcd")}
    theirs["kubelet"] = authority("bank kubelet", by=theirs[above])
    secrets = {f"{name}-ca.key": pem_of(made.key) for name, made in theirs.items()}
    (sentence,) = faults(with_authorities(**theirs), secrets)[f"{PATH}.authorities.kubelet"]
    assert f"has an authority that one of {PATH}.authorities.{above} has signed" in sentence
    theirs["kubelet"] = authority("by a root of theirs", by=authority("root"))
    secrets["kubelet-ca.key"] = pem_of(theirs["kubelet"].key)
    assert set(read(with_authorities(**theirs), secrets).signing) == set(theirs)


def test_one_that_may_sign_no_authority_stands_over_none() -> None:
    over = authority("over", path_length=0)
    theirs = {"kubernetes": over, "kubelet": authority("under", by=over)}
    secrets = {f"{name}-ca.key": pem_of(made.key) for name, made in theirs.items()}
    assert set(read(with_authorities(**theirs), secrets).signing) == set(theirs)


# What openssl writes where it is asked for them; all of these were read with a traceback, or taken.
STRANGE = {
    "an unknown curve": "secp112r1",
    "a curve that is written out": "prime256v1 -param_enc explicit",
}


@pytest.mark.parametrize("curve", STRANGE.values(), ids=STRANGE)
def test_a_key_that_programs_do_not_read_is_told(curve, tmp_path) -> None:
    key, made = tmp_path / "key", tmp_path / "crt"
    for command in (
        f"openssl ecparam -genkey -noout -out {key} -name {curve}",
        f"openssl req -x509 -key {key} -out {made} -subj /CN=odd -days 4000 -addext "
        "keyUsage=critical,keyCertSign",
    ):
        subprocess.run(shlex.split(command), check=True, capture_output=True)
    spec = with_authorities(kubernetes=BANK)
    spec["authorities"]["kubernetes"]["certificate"] = made.read_text()
    told = faults(spec, {"kubernetes-ca.key": pem_of(BANK.key)})[CERTIFICATE]
    assert any("that can be read" in t or "in a form that programs in Go" in t for t in told)


@pytest.mark.parametrize(
    "key",
    [rsa.generate_private_key(65537, 1024), dsa.generate_private_key(2048)],
    ids=["rsa", "dsa"],
)
def test_a_signer_whose_key_is_not_given_has_a_sound_one_too(whole, key) -> None:
    _, files, secrets = whole
    made = authority("bank kubernetes", key=key)
    found = faults({"kind": "supplied", "files": {**files, "kubernetes-ca.crt": made.pem}}, secrets)
    told = found[f"{PATH}.files.kubernetes-ca.crt"]
    assert any("has a key of 1024 bits" in t or "in a form that programs" in t for t in told)


def test_the_signer_of_an_authority_is_not_trusted_with_it() -> None:
    """Nor side by side, nor one under another: what it signs elsewhere would be a user here."""
    below, secrets = authority("below", by=BANK), {}
    secrets["kubernetes-ca.key"] = pem_of(below.key)
    spec = with_authorities(kubernetes=below)
    spec["authorities"]["kubernetes"]["certificate"] = below.pem + BANK.pem
    assert "holds 2 certificates" in faults(spec, secrets)[CERTIFICATE][0]
    spec["authorities"]["kubernetes"] = {"certificate": below.pem, "alsoTrusted": BANK.pem}
    path = f"{PATH}.authorities.kubernetes"
    assert "with the one that has signed it" in faults(spec, secrets)[path][0]


def test_two_authorities_of_one_key_are_refused() -> None:
    again = authority("by another name", key=BANK.key)
    spec = with_authorities(kubernetes=BANK, etcd=again)
    secrets = {f"{name}-ca.key": pem_of(BANK.key) for name in ("kubernetes", "etcd")}
    (sentence,) = faults(spec, secrets)[f"{PATH}.authorities.etcd"]
    assert sentence.startswith(f"has an authority of {PATH}.authorities.kubernetes")


def test_text_that_is_no_certificate_is_told() -> None:
    spec = with_authorities(kubernetes=BANK)
    spec["authorities"]["kubernetes"]["certificate"] = "-----BEGIN CERTIFICATE-----\nhunter2\n"
    found = faults(spec, {"kubernetes-ca.key": pem_of(BANK.key)})
    assert "holds no certificate that can be read" in found[CERTIFICATE][0]
    assert "hunter2" not in str(found)


def test_nothing_is_read_where_everything_is_made_and_no_secret_is_left_unread() -> None:
    assert read({}, {}) == Supplied()
    found = faults({}, {"kubernetes-ca.key": pem_of(BANK.key)})
    assert "is a secret that nothing here reads" in found[KEY][0]


# Everything


@pytest.fixture(scope="module")
def whole() -> tuple[dict[str, Theirs], dict[str, Any], dict[str, str]]:
    return everything(PLAN)


@pytest.mark.parametrize("passphrase", [None, "correct horse"])
def test_a_whole_pki_is_taken(passphrase) -> None:
    authorities, files, secrets = everything(PLAN, passphrase)
    found = read({"kind": "supplied", "files": files}, secrets)
    assert {n: t for n, t in found.texts.items() if n != "service-account.pub"} == files
    assert set(found.keys) == set(secrets) - {"passphrase"}
    token = load_pem_private_key(found.keys["service-account.key"].encode(), None)
    assert found.texts["service-account.pub"] == public_pem(token)
    assert found.signing == {"kubelet": authorities["kubelet"].pem}
    assert set(found.not_after) == {name.removesuffix(".crt") for name in files}


def test_all_that_is_missing_is_told_at_once(whole) -> None:
    _, files, secrets = whole
    found = faults({"kind": "supplied", "files": {"etcd-ca.crt": files["etcd-ca.crt"]}}, {})
    missing = {f"{PATH}.files.{name}" for name in files} - {f"{PATH}.files.etcd-ca.crt"}
    assert set(found) == missing | {f"{SECRET}{name}" for name in secrets}
    assert all("is missing" in message for told in found.values() for message in told)


def changed(whole: Any, name: str, made: Callable[[Any, Any], Theirs]) -> dict[str, list[str]]:
    """The faults when one certificate is made otherwise."""
    authorities, files, secrets = whole
    row = PLAN.certificates[name]
    other = made(row, authorities)
    return faults(
        {"kind": "supplied", "files": {**files, f"{name}.crt": other.pem}},
        {**secrets, f"{name}.key": pem_of(other.key)},
    )


def usage(*, speaks: bool = False, agrees: bool = False, signs: bool = False) -> x509.KeyUsage:
    return x509.KeyUsage(speaks, False, False, False, agrees, signs, False, False, False)


API, MEMBER, SCHEDULER = "kube-apiserver", "etcd-server-1a", "kube-scheduler"
WRONG: list[tuple[str, Callable[[Any, Any], Theirs], str]] = [
    (API, lambda r, a: leaf(r, a["etcd"]), "is not signed by kubernetes-ca.crt"),
    (MEMBER, lambda r, a: leaf(r, a["kubernetes"]), "is not signed by etcd-ca.crt"),
    (API, lambda r, a: leaf(r, a["kubernetes"], leave_out=("10.3.0.1", "localhost")),
     "does not cover localhost, 10.3.0.1"),
    (MEMBER, lambda r, a: leaf(r, a["etcd"], leave_out=("1a.etcd.own.heiiki.internal",)),
     "does not cover 1a.etcd.own.heiiki.internal"),
    (API, lambda r, a: leaf(r, a["kubernetes"], server=False), "no extended key usage serverAuth"),
    (MEMBER, lambda r, a: leaf(r, a["etcd"], client=False), "no extended key usage clientAuth"),
    (SCHEDULER, lambda r, a: leaf(r, a["kubernetes"], common_name="scheduler"),
     "has the common name scheduler, by which its holder is known; have it issued for system:"),
    (SCHEDULER, lambda r, a: leaf(r, a["kubernetes"], organizations=["bank"]),
     "has bank, which Kubernetes takes for groups; have it issued with no organization"),
    (API, lambda r, a: leaf(r, a["kubernetes"], organizations=["system:masters"]),
     "has system:masters"),
    (API, lambda r, a: leaf(r, a["kubernetes"], identified=False),
     "has no authority key identifier, without which strict readers"),
    (API, lambda r, a: leaf(r, a["kubernetes"], more=[usage(agrees=True)]), "digitalSignature"),
    (API, lambda r, a: leaf(r, a["kubernetes"], more=[usage(speaks=True, signs=True)]),
     "may sign certificates (key usage keyCertSign) and is no authority's"),
    (API, lambda r, a: leaf(r, a["kubernetes"], signed_by=SHA224()), "by ecdsa-with-SHA224, which"),
    (API, lambda r, a: leaf(r, a["kubernetes"], more=[ODD]), "has critical extensions that"),
    (API, lambda r, a: leaf(r, a["kubernetes"], ca=True), "is an authority's; give a program's"),
    (API, lambda r, a: leaf(r, a["kubernetes"], start=OLD, days=30), "has ended on 2025-11-23"),
    (API, lambda r, a: leaf(r, a["kubernetes"], start=TODAY + timedelta(days=1)),
     "is valid from 2026-11-29 only"),
]  # fmt: skip


@pytest.mark.parametrize(("name", "made", "sentence"), WRONG, ids=[row[2][:40] for row in WRONG])
def test_a_certificate_that_is_not_its_row_is_told(whole, name, made, sentence) -> None:
    found = changed(whole, name, made)
    assert list(found) == [f"{PATH}.files.{name}.crt"]
    assert any(sentence in message for message in found[f"{PATH}.files.{name}.crt"])


def test_a_servers_organization_is_its_owners_business(whole) -> None:
    authorities, files, secrets = whole
    made = leaf(PLAN.certificates[API], authorities["kubernetes"], organizations=["bank"],
                common_name="api of the bank")  # fmt: skip
    read({"kind": "supplied", "files": {**files, f"{API}.crt": made.pem}},
         {**secrets, f"{API}.key": pem_of(made.key)})  # fmt: skip


def test_a_chain_leads_to_the_authority(whole) -> None:
    authorities, files, secrets = whole
    between = authority("between", by=authorities["kubernetes"])
    made = leaf(PLAN.certificates[API], between)
    keys = {**secrets, f"{API}.key": pem_of(made.key)}
    chain = {**files, f"{API}.crt": made.pem + between.pem}
    assert (
        read({"kind": "supplied", "files": chain}, keys).texts[f"{API}.crt"] == chain[f"{API}.crt"]
    )
    with_root = {**files, f"{API}.crt": made.pem + between.pem + authorities["kubernetes"].pem}
    read({"kind": "supplied", "files": with_root}, keys)  # more than is needed
    broken = {**files, f"{API}.crt": made.pem}
    assert "is not signed by" in str(faults({"kind": "supplied", "files": broken}, keys))
    no_signer = leaf(PLAN.certificates[SCHEDULER], authorities["kubernetes"])
    by_a_program = leaf(PLAN.certificates[API], no_signer)
    told = {**files, f"{API}.crt": by_a_program.pem + no_signer.pem}
    program_keys = {**keys, f"{API}.key": pem_of(by_a_program.key)}
    assert "is not signed by" in str(faults({"kind": "supplied", "files": told}, program_keys))
    other = {**files, f"{API}.crt": made.pem + authority("stranger").pem}
    assert "is not signed by" in str(faults({"kind": "supplied", "files": other}, keys))


@pytest.mark.parametrize(
    ("between", "sentence"),
    [
        ({"path_length": 0}, None),
        ({"signs": False}, "which may sign no certificate"),
        ({"start": OLD, "days": 399}, "which has ended on 2026-11-27"),
        ({"identified": False}, "which has no authority key identifier"),
        ({"more": [CLIENTS]}, "which signs for other uses than serverAuth"),
        ({"more": [permitted("bank.example")]}, "which signs for no kubernetes,"),
        ({"key": rsa.generate_private_key(65537, 1024)}, "which has a key of 1024 bits"),
    ],
)
def test_those_between_may_vouch_for_it_too(whole, between, sentence) -> None:
    authorities, files, secrets = whole
    above = authority("between", by=authorities["kubernetes"], **between)
    made = leaf(PLAN.certificates[API], above)
    asked = {"kind": "supplied", "files": {**files, f"{API}.crt": made.pem + above.pem}}
    keys = {**secrets, f"{API}.key": pem_of(made.key)}
    if sentence is None:
        assert read(asked, keys).texts[f"{API}.crt"] == made.pem + above.pem
        return
    found = faults(asked, keys)
    assert list(found) == [f"{PATH}.files.{API}.crt"]
    assert any(
        f"is signed by CN=between, {sentence}" in t for t in found[f"{PATH}.files.{API}.crt"]
    )


def test_no_key_of_another_authority_stands_between(whole) -> None:
    """Whoever has it, as controllers have that of kubelets', could be any API server."""
    authorities, files, secrets = whole
    crossed = authority("x", by=authorities["kubernetes"], key=authorities["kubelet"].key)
    made = leaf(PLAN.certificates[API], crossed)
    asked = {"kind": "supplied", "files": {**files, f"{API}.crt": made.pem + crossed.pem}}
    (told,) = faults(asked, {**secrets, f"{API}.key": pem_of(made.key)})[f"{PATH}.files.{API}.crt"]
    assert told.startswith(f"has an authority of {PATH}.files.kubelet-ca.crt; what one signs")


def test_a_path_is_no_longer_than_it_may_be(whole) -> None:
    _, files, secrets = whole
    over = authority("over", path_length=1)
    below = authority("below", by=over)
    lowest = authority("lowest", by=below)
    rows = [row for row in PLAN.certificates.values() if row.authority == "front-proxy"]
    (row,) = rows
    for signer, chain, told in ((below, [below], False), (lowest, [lowest, below], True)):
        made = leaf(row, signer)
        text = "".join(c.pem for c in (made, *chain))
        asked = {**files, "front-proxy-ca.crt": over.pem, f"{row.name}.crt": text}
        spec, keys = {"kind": "supplied", "files": asked}, {**secrets}
        keys[f"{row.name}.key"] = pem_of(made.key)
        if told:
            (sentence,) = faults(spec, keys)[f"{PATH}.files.{row.name}.crt"]
            assert "is signed by CN=over, which lets 1 authorities stand between" in sentence
        else:
            read(spec, keys)


def test_a_key_of_another_certificate_is_told(whole) -> None:
    _, files, secrets = whole
    swapped = {**secrets, f"{API}.key": secrets[f"{SCHEDULER}.key"]}
    found = faults({"kind": "supplied", "files": files}, swapped)
    assert found == {f"{SECRET}{API}.key": ["is the key of another certificate; give the one that "
                                            "belongs to it"]}  # fmt: skip


def test_a_file_that_cannot_be_read_is_told(whole) -> None:
    _, files, secrets = whole
    broken = {**files, f"{API}.crt": "-----BEGIN CERTIFICATE-----\nhunter2\n"}
    found = faults({"kind": "supplied", "files": broken}, secrets)
    assert list(found) == [f"{PATH}.files.{API}.crt"]
    assert "hunter2" not in str(found)


def test_kubelets_authority_needs_its_own_key(whole) -> None:
    _, files, secrets = whole
    wrong = {**secrets, "kubelet-ca.key": secrets[f"{API}.key"]}
    assert f"{SECRET}kubelet-ca.key" in faults({"kind": "supplied", "files": files}, wrong)


def test_kubelets_authority_signs_for_machines_as_they_come(whole) -> None:
    _, files, secrets = whole
    made = authority("kubelet", more=[permitted("ec2.internal")])
    asked = {"kind": "supplied", "files": {**files, "kubelet-ca.crt": made.pem}}
    found = faults(asked, {**secrets, "kubelet-ca.key": pem_of(made.key)})
    (told,) = found[f"{PATH}.files.kubelet-ca.crt"]
    assert "limits the names that it signs for" in told


def test_two_of_kubelets_authorities_are_trusted_and_one_signs(whole) -> None:
    authorities, files, secrets = whole
    other = authority("bank kubelet 2")
    both = {**files, "kubelet-ca.crt": other.pem + authorities["kubelet"].pem}
    found = read({"kind": "supplied", "files": both}, secrets)
    assert found.signing == {"kubelet": authorities["kubelet"].pem}


def test_one_authority_for_two_is_told(whole) -> None:
    authorities, files, secrets = whole
    both = {**files, "kubelet-ca.crt": files["kubelet-ca.crt"] + authorities["etcd"].pem}
    found = faults({"kind": "supplied", "files": both}, secrets)
    assert "what one signs the other must not trust" in str(found[f"{PATH}.files.etcd-ca.crt"])


def test_a_file_that_is_in_no_row_is_told(whole) -> None:
    _, files, secrets = whole
    found = faults({"kind": "supplied", "files": {**files, "admin.crt": BANK.pem}}, secrets)
    assert found == {f"{PATH}.files.admin.crt": ["is no file of the table; remove it or mend its "
                                                 "name"]}  # fmt: skip


def test_public_keys_of_tokens_hold_that_of_the_one_that_signs(whole) -> None:
    _, files, secrets = whole
    own = public_pem(load_pem_private_key(secrets["service-account.key"].encode(), None))
    former = public_pem(rsa.generate_private_key(65537, 2048))
    asked = {"kind": "supplied", "files": {**files, "service-account.pub": own + former}}
    assert read(asked, secrets).texts["service-account.pub"] == own + former
    asked["files"]["service-account.pub"] = former
    assert "no new token would be taken" in str(faults(asked, secrets))
