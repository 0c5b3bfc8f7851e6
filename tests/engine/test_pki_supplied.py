"""An operator's authorities and files by the real engine, with their keys as secrets of the stack.

The tests of this module follow each other: each begins with what the one before it has left.
"""

from datetime import UTC, datetime, timedelta

import pytest
from cryptography.hazmat.primitives.serialization import load_pem_private_key

from tests.engine.pki_stack import CLUSTER, MEMBERS, PkiStack
from tests.engine.test_pki import parameters, verified
from tests.plan.pki.authority import authority, everything, pem_of
from tests.plan.pki.samples import names, pki_plan

NOW = datetime.now(UTC).replace(microsecond=0)
BANK = authority("bank kubernetes", start=NOW - timedelta(days=1))
PASSPHRASE = "correct horse battery"
ASKED = {"kind": "caSupplied", "authorities": {"kubernetes": {"certificate": BANK.pem}}}


@pytest.fixture(scope="module")
def stack(world, tmp_path_factory):
    return PkiStack.begin(world, tmp_path_factory.mktemp("supplied") / "stack", {"pki": ASKED})


def keep(stack, secrets):
    """As a user does it, from standard input."""
    for name, text in secrets.items():
        stack.pulumi("config", "set", "--secret", f"heiiki-pki:{name}", stdin=text)


def test_a_key_that_does_not_open_is_told_before_anything_is_made(world, stack):
    keep(stack, {"kubernetes-ca.key": pem_of(BANK.key, PASSPHRASE)})
    said = stack.pulumi("up", "--yes", "--skip-preview", exit_code=1)
    assert "heiiki-pki:kubernetes-ca.key: is encrypted; give its passphrase with pulumi" in said
    assert "Traceback" not in said and "PRIVATE KEY" not in said
    assert parameters(world) == {}


def test_a_supplied_authority_signs_and_its_key_stays_secret(world, stack, tmp_path):
    keep(stack, {"passphrase": PASSPHRASE})
    stack.pulumi("up", "--yes", "--skip-preview")
    found = {name.rpartition("/")[2]: p["Value"] for name, p in parameters(world).items()}
    assert found["kubernetes-ca.crt"] == BANK.pem
    assert verified(tmp_path, BANK.pem, found["kube-apiserver.crt"], "sslserver")
    assert not verified(tmp_path, BANK.pem, found["kube-apiserver-etcd-client.crt"], "sslclient")
    assert "kubernetes-ca.key" not in found
    line = pem_of(BANK.key).splitlines()[1]
    for text in stack.state_files():
        assert line not in text and PASSPHRASE not in text
    config = (stack.directory / "Pulumi.own.yaml").read_text(encoding="utf-8")
    assert PASSPHRASE not in config and "BEGIN" not in config and "secure:" in config
    assert stack.preview() == {}


def test_the_next_authority_is_trusted_first_and_signs_then(world, stack, tmp_path):
    following = authority("bank kubernetes 2", start=NOW - timedelta(days=1))
    former = stack.outputs()["contents"]["kube-scheduler.crt"]
    both = {"certificate": BANK.pem, "alsoTrusted": following.pem}
    stack.ask({"pki": {**ASKED, "authorities": {"kubernetes": both}}})
    assert {step: len(done) for step, done in stack.up().items()} == {
        "update": 4
    }  # 3 roles, 1 more
    turned = {"certificate": following.pem, "alsoTrusted": BANK.pem}
    stack.ask({"pki": {**ASKED, "authorities": {"kubernetes": turned}}})
    keep(stack, {"kubernetes-ca.key": pem_of(following.key, PASSPHRASE)})
    stack.up()
    now = stack.outputs()["contents"]
    assert verified(tmp_path, following.pem, now["kube-scheduler.crt"], "sslclient")
    assert verified(tmp_path, now["kubernetes-ca.crt"], former, "sslclient")
    assert not verified(tmp_path, following.pem, former, "sslclient")


def test_a_whole_pki_is_handed_on_as_it_is(world, stack):
    of = names(CLUSTER, MEMBERS, api_names=("api.own.example.com",))
    plan = pki_plan(of, kind="supplied", files={"etcd-ca.crt": BANK.pem})
    _, files, secrets = everything(plan, PASSPHRASE)
    stack.ask({"pki": {"kind": "supplied", "files": files}})
    stack.pulumi("config", "rm", "heiiki-pki:kubernetes-ca.key")
    keep(stack, secrets)
    stack.pulumi("up", "--yes", "--skip-preview")
    assert "tls:index/certRequest" not in stack.pulumi("stack", "export")
    for name, parameter in parameters(world).items():
        file = name.rpartition("/")[2]
        if file in files:
            assert parameter["Value"] == files[file]
        if file in secrets:
            assert parameter["Type"] == "SecureString"
            opened = load_pem_private_key(parameter["Value"].encode(), None)
            theirs = load_pem_private_key(secrets[file].encode(), PASSPHRASE.encode())
            assert opened.private_numbers() == theirs.private_numbers()
    assert stack.preview() == {}
    stack.destroy()
    assert parameters(world) == {}
