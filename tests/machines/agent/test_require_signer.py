"""`require-signer`: a kubelet asks anew until the authority of now signs, once in its machine's
life. openssl is real; a stand-in for the kubelet is given what whoever signs then gives it."""

import subprocess
from dataclasses import dataclass, field

import pytest

from machines.agent.errors import AgentError
from machines.agent.machine import Result
from machines.agent.run import FAILED
from machines.agent.settings import ConfigurationError
from tests.control_plane.pki import Signed, authority, signed
from tests.machines.agent.test_steps import at, boot, last_words

FORMER, NEXT = authority("own kubelet authority 1"), authority("own kubelet authority 2")
PKI, KUBECONFIG = "/var/lib/kubelet/pki", "/var/lib/kubelet/kubeconfig"
CERTIFICATE, AUTHORITY = f"{PKI}/kubelet-client-current.pem", "/etc/kubernetes/pki/signing.crt"
STEP = {
    "step": "require-signer", "certificate": CERTIFICATE, "authority": AUTHORITY,
    "unit": "kubelet.service", "forget": [PKI, KUBECONFIG], "timeoutSeconds": 60,
}  # fmt: skip


@dataclass
class Kubelet:
    """signers: who signs at each of its starts, the last one from then on."""

    world: object
    signers: list[Signed]
    starts: int = 0
    log: list[str] = field(default_factory=list)

    def __post_init__(self):
        self.world.host._systemctl, self.world.host._openssl = self.systemctl, openssl
        at(self.world, AUTHORITY).parent.mkdir(parents=True, exist_ok=True)
        at(self.world, AUTHORITY).write_text(NEXT.certificate_pem)
        self.start()

    def start(self):
        """Asks for a certificate where it has none."""
        folder = at(self.world, PKI)
        if not (folder / "kubelet-client-current.pem").exists():
            assert not at(self.world, KUBECONFIG).exists(), "or it would not ask as its machine"
            made = signed(self.signers[min(self.starts, len(self.signers) - 1)], "system:node:a")
            folder.mkdir(parents=True, exist_ok=True)
            (folder / "2026.pem").write_text(made.certificate_pem + made.key_pem)
            (folder / "kubelet-client-current.pem").symlink_to("2026.pem")
            at(self.world, KUBECONFIG).write_text("as what it was given")
            self.starts += 1

    def systemctl(self, arguments):
        self.log.append(arguments[0])
        if arguments[0] == "start":
            self.start()
        return Result(0, "")


def openssl(arguments):
    ended = subprocess.run(["openssl", *arguments], capture_output=True, text=True)
    return Result(ended.returncode, ended.stderr)


def test_one_that_the_authority_of_now_has_signed_is_kept(world):
    kubelet = Kubelet(world, [NEXT])
    before = at(world, CERTIFICATE).read_text()
    assert boot(world, STEP) == 0, world.console
    assert (kubelet.starts, kubelet.log) == (1, []) and at(world, CERTIFICATE).read_text() == before


def test_a_kubelet_asks_anew_until_the_authority_of_now_signs(world):
    """The former leader of the controller managers may sign more than once."""
    kubelet = Kubelet(world, [FORMER, FORMER, NEXT])
    assert boot(world, STEP, deadline_seconds=300) == 0, world.console
    assert kubelet.starts == 3 and kubelet.log == ["stop", "start"] * 2
    assert sum("of another authority and asks anew" in line for line in world.console) == 2


def test_where_only_the_former_one_signs_the_machine_says_so(world):
    kubelet = Kubelet(world, [FORMER])
    assert boot(world, STEP, deadline_seconds=300) == FAILED
    assert last_words(world) == (
        "kubelet.service has a certificate of another authority "
        "(waited until the boot's time was over)"
    )
    assert kubelet.starts > 2


def test_where_nobody_can_look_nothing_is_thrown_away(world):
    kubelet = Kubelet(world, [FORMER])
    at(world, AUTHORITY).write_text("no certificate")
    assert boot(world, STEP) == FAILED
    assert "openssl verify" in last_words(world)
    assert kubelet.starts == 1 and kubelet.log == []


def test_one_that_has_none_yet_is_waited_for_and_not_disturbed(world):
    kubelet = Kubelet(world, [NEXT])
    at(world, CERTIFICATE).unlink()
    assert boot(world, STEP, deadline_seconds=300) == FAILED
    assert "kubelet.service has no certificate yet" in last_words(world) and kubelet.log == []


def test_it_is_asked_once_in_a_machine_s_life(world):
    """Later a kubelet renews, and whoever signs then may be known to no file of this machine."""
    kubelet = Kubelet(world, [NEXT, FORMER])
    assert boot(world, STEP) == 0
    at(world, CERTIFICATE).unlink()
    at(world, KUBECONFIG).unlink()
    kubelet.start()
    world.host.boot("7c4ab4f2-0000-4000-8000-000000000002")
    assert boot(world, STEP) == 0 and kubelet.log == []


def test_a_kubelet_that_does_not_stop_is_named(world):
    kubelet = Kubelet(world, [FORMER])
    world.host.fails["systemctl"] = AgentError("systemctl stop kubelet.service took longer")
    assert boot(world, STEP) == FAILED and kubelet.starts == 1
    assert "systemctl stop kubelet.service took longer" in world.console[-1]


@pytest.mark.parametrize("missing", ["certificate", "authority", "unit", "forget"])
def test_what_it_cannot_do_without_is_asked_for(world, missing):
    with pytest.raises(ConfigurationError, match=f"{missing}: is missing"):
        boot(world, {key: value for key, value in STEP.items() if key != missing})
