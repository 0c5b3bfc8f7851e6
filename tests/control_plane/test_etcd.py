"""etcd itself, as its machines are told to run it."""

import base64
import json
import os
import re
import shutil
import ssl
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from io import BytesIO
from pathlib import Path
from types import SimpleNamespace

import pytest

from local.carry_in.programs import ETCD_TOOLS, ETCD_VERSION
from local.processes import end
from machines.agent.clock import Clock
from machines.agent.configuration import parse
from machines.agent.errors import AgentError, Refused
from machines.agent.etcd_api import cluster_id_of
from machines.agent.journal import Journal
from machines.agent.machine import Commands, Result
from machines.agent.machine import Machine as AgentMachine
from machines.agent.snapshots import snapshot_of
from machines.agent.steps.step import Step
from machines.etcd import EtcdCluster
from machines.etcd_snapshots import BUMP_REVISION, RESTORE_PROGRAM, looks_after_snapshots
from machines.member_bundles import etcd_bundle
from machines.role_bundles import etcd_controller_bundle
from plan.pki.files import parameter_path
from tests.control_plane.machine import (
    ASK_SECONDS,
    Machine,
    Members,
    context_for,
    etcd_members,
    output_of,
    own_machine,
    wait_for,
)
from tests.control_plane.pki import Signed, authority, signed
from tests.machines.self_hosted import CLUSTER, CONTROLLER, ETCD
from tests.machines.test_role_bundles import KEPT, delivery, held
from tests.tools.kubernetes import READY_SECONDS, STOP_SECONDS

pytestmark = pytest.mark.tools


@pytest.fixture(scope="module")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Members]:
    with etcd_members(tmp_path_factory.mktemp("etcd")) as found:
        yield found


@pytest.fixture
def members(cluster: Members) -> Machine:
    return cluster.machine


def ask(members: Machine, who: Signed | None, name: str = "1a") -> dict:
    """Its list of members, over the JSON form of its API."""
    host = members.here(f"{ETCD.host(name)}:2379")
    request = urllib.request.Request(f"https://{host}/v3/cluster/member/list", b"{}")
    context = context_for(members, "etcd", who)
    with urllib.request.urlopen(request, context=context, timeout=ASK_SECONDS) as answer:
        return dict(json.loads(answer.read()))


def test_three_members_find_each_other_and_answer_whom_their_authority_signed(
    members: Machine,
) -> None:
    who = signed(members.authorities["etcd"], "kube-apiserver-etcd-client")
    for name in ETCD.members:
        assert {m["name"] for m in ask(members, who, name)["members"]} == set(ETCD.members)


@pytest.mark.parametrize("ca", [None, "kubernetes", "stranger"])
def test_nobody_else_is_answered(members: Machine, ca: str | None) -> None:
    """Not even who the cluster's own authority signed, such as a worker or an administrator."""
    who = None
    if ca is not None:
        who = signed(members.authorities.get(ca) or authority(ca), "kube-apiserver-etcd-client")
    with pytest.raises((ssl.SSLError, urllib.error.URLError, ConnectionError, OSError)) as caught:
        ask(members, who)
    assert not isinstance(caught.value, urllib.error.HTTPError), "refused before it was asked"


def started_with(members: Machine) -> str:
    return (members.root / "run-1a" / "etcd.log").read_text(errors="replace")


def test_it_runs_with_what_was_asked_and_understands_every_variable(members: Machine) -> None:
    said = started_with(members)
    (line,) = [line for line in said.splitlines() if '"starting an etcd server"' in line]
    told = json.loads(line)
    assert told["etcd-version"] == ETCD_VERSION
    assert told["feature-gates"] == "CompactHashCheck=true,InitialCorruptCheck=true"
    assert told["initial-cluster-state"] == "new" and told["pre-vote"] is True
    assert told["quota-backend-bytes"] == 4 * 1024**3
    assert told["auto-compaction-mode"] == "periodic"
    assert "unrecognized environment variable" not in said


@pytest.mark.parametrize("flag", ["--enable-v2=true", "--feature-gates=InitialCorrupt=true"])
def test_a_flag_that_is_gone_or_never_was_stops_it(tmp_path: Path, flag: str) -> None:
    said = output_of(tmp_path, "etcd", [f"--data-dir={tmp_path / 'data'}", flag])
    assert "not defined" in said or "unrecognized feature gate" in said


def test_what_it_keeps_is_its_own_to_read(members: Machine) -> None:
    data = members.root / "1a" / "var/lib/etcd/data"
    assert data.stat().st_mode & 0o777 == 0o700


@dataclass(kw_only=True)
class Systemd(Commands):
    """What a member's machine says of etcd.service, and how it starts it anew; other commands are
    those of this machine."""

    cluster: Members
    name: str
    enter: Sequence[str] = ()  # what leads to where its file systems are mounted

    def run(
        self, arguments: Sequence[str], *, allowed: Sequence[int] = (0,), seconds: float = 0
    ) -> Result:
        if arguments[0] != "systemctl":
            return super().run([*self.enter, *arguments], allowed=allowed, seconds=seconds)
        process = self.cluster.running[self.name]
        if arguments[1] == "restart":
            process.kill()
            process.wait()
            self.cluster.start(self.name, ETCD_INITIAL_CLUSTER_STATE="existing")
            return Result(0, "")
        state = "active" if process.poll() is None else "failed"
        return Result(0, f"ActiveState={state}\nInvocationID={process.pid}\n")


def entering(process: int) -> list[str]:
    """What leads to where that process has its file systems."""
    return ["/usr/bin/nsenter", f"--mount=/proc/{process}/ns/mnt", "--"]


@dataclass
class Inside(AgentMachine):
    """A machine whose file systems are those that a process has mounted; 0: this one."""

    process: int = 0

    def path(self, name: str) -> Path:
        if name.startswith("/proc/self/"):
            return Path(f"/proc/{self.process or 'self'}/{name.removeprefix('/proc/self/')}")
        return super().path(name)


@dataclass
class Agent:
    """A member's agent, as far as its steps need more than etcd and the machine's files."""

    cluster: Members
    name: str
    said: list[str] = field(default_factory=list)
    bucket: dict[str, bytes] = field(default_factory=dict)
    etcd: EtcdCluster = ETCD
    told: str = "existing"
    on_controller: bool = False  # whose machine it is, too
    objects: dict[str, bytes] = field(default_factory=dict)  # of the bucket, beside snapshots
    holder: int = 0  # a process that has its volume mounted; 0: it has none of its own

    def steps(self, file: str = "agent.json") -> dict[str, Step]:
        """As the member's bundle has them, but for the time that others may take."""
        bundle = (
            etcd_controller_bundle(
                CLUSTER, CONTROLLER, self.etcd, self.name, KEPT, delivery("controller"),
                parameter_path(CLUSTER.name, f"etcd-{self.name}"),
            )
            if self.on_controller
            else etcd_bundle(self.etcd, self.name, KEPT, delivery(f"etcd-{self.name}"))
        )  # fmt: skip
        own = own_machine(self.cluster.machine, self.name, self.cluster.ports[self.name])
        document = json.loads(own.here(held(bundle)[file].decode()))
        for row in document["steps"]:
            if row["step"] in ("refuse-old-data", "join-etcd", "settle-etcd"):
                row["timeoutSeconds"] = 60
            if row["step"] == "restore-etcd":
                assert row["program"] == RESTORE_PROGRAM
                row |= {"program": str(ETCD_TOOLS.binary("etcdutl")),
                        "owner": f"{os.getuid()}:{os.getgid()}"}  # fmt: skip
        found = {step.name: step for step in parse(json.dumps(document).encode()).steps}
        for step in found.values():
            if step.kind == "watch-etcd":  # at each look, and not in five minutes
                step.settings["saySeconds"] = 0
        return found

    def machine(self) -> AgentMachine:
        put = SimpleNamespace(
            metadata=SimpleNamespace(instance_id=lambda: "i-1"), put_new=self._put_new,
            put_over=self._put_over, has_object=lambda _, key: key in self.objects,
            read=lambda _, key: (self.objects[key], str(self.objects[key])),
            keys=lambda _, prefix, after: sorted(
                key for key in self.bucket if key.startswith(prefix) and key > after
            ),
            put_new_file=lambda _, key, path, digest: self.bucket.update({key: path.read_bytes()}),
            download=lambda _, key, take: take(iter([self.bucket[key]])),
        )  # fmt: skip
        found = Journal(self.cluster.machine.root / f"journal-{self.name}")
        found.start("c", "b", 0.0, list(self.steps()))
        found.note("claim-bootstrap", "state", self.told)
        console = SimpleNamespace(say=self.said.append)
        root = Path(f"/proc/{self.holder}/root" if self.holder else "/")
        enter = entering(self.holder) if self.holder else ()
        commands = Systemd(cluster=self.cluster, name=self.name, enter=enter)
        return Inside(root, Path("/"), put, Clock(), commands, console, found, self.holder)

    def _put_new(self, _: str, key: str, content: bytes) -> bool:
        return key not in self.objects and self._put_over(_, key, content, "")

    def _put_over(self, _: str, key: str, content: bytes, tag: str) -> bool:
        if tag != str(self.objects.get(key, "")):
            return False
        self.objects[key] = content
        return True

    def do(self, name: str, file: str = "agent.json") -> None:
        """Until it is done, as an agent tries; Refused is not tried again."""
        latest = time.monotonic() + READY_SECONDS
        while True:
            step, machine = self.steps(file)[name], self.machine()
            try:
                if not step.done(machine):
                    step.run(machine)
                return
            except AgentError as error:
                if isinstance(error, Refused) or time.monotonic() > latest:
                    raise
            time.sleep(0.1)


# On a busy machine a leader's heartbeat is late, and the others choose another. What was on its way
# to the former one has no answer, and neither has anything while there is none: it is asked again.
BETWEEN_LEADERS = re.compile(r"etcdserver: (leader changed|no leader|request timed out)")


def post(cluster: Members, path: str, body: dict, name: str) -> dict:
    """One member's own answer, once there is one."""
    latest = time.monotonic() + READY_SECONDS
    while True:
        try:
            return _post(cluster, path, body, name)
        except urllib.error.HTTPError as error:
            said = error.read()
            if time.monotonic() > latest or not BETWEEN_LEADERS.search(said.decode()):
                raise urllib.error.HTTPError(
                    error.url, error.code, error.msg, error.headers, BytesIO(said)
                ) from None
        time.sleep(0.1)


def _post(cluster: Members, path: str, body: dict, name: str) -> dict:
    machine = cluster.machine
    who = signed(machine.authorities["etcd"], "kube-apiserver-etcd-client")
    url = f"https://{machine.here(f'{ETCD.host(name)}:2379')}/v3/{path}"
    request = urllib.request.Request(url, json.dumps(body).encode())
    context = context_for(machine, "etcd", who)
    with urllib.request.urlopen(request, context=context, timeout=ASK_SECONDS) as answer:
        return dict(json.loads(answer.read()))


def change(cluster: Members, what: str, body: dict) -> None:
    """Members, once etcd finds that enough of them have been well for a while."""

    def changed() -> bool:
        try:
            post(cluster, f"cluster/member/{what}", body, "1a")
        except urllib.error.HTTPError as error:
            assert "unhealthy cluster" in error.read().decode()
            return False
        return True

    wait_for(cluster.machine.root, changed)


def leader(cluster: Members, *names: str) -> str:
    """Which of these members leads, once all follow it."""
    found: list[str] = []

    def agreed() -> bool:
        told = {name: post(cluster, "maintenance/status", {}, name) for name in names}
        followed = {one["leader"] for one in told.values()}
        found[:] = [n for n, one in told.items() if {one["header"]["member_id"]} == followed]
        return len(found) == 1

    wait_for(cluster.machine.root, agreed)
    return found[0]


def put(cluster: Members, key: str, name: str = "1a") -> None:
    coded = base64.b64encode(key.encode()).decode()
    post(cluster, "kv/put", {"key": coded, "value": coded}, name)


def ids(cluster: Members) -> dict[str, str]:
    listed = post(cluster, "cluster/member/list", {"linearizable": True}, "1a")["members"]
    assert not any(one.get("isLearner") for one in listed)
    return {one["name"]: one["ID"] for one in listed}


def lose(cluster: Members, name: str, *, with_disk: bool) -> None:
    end(cluster.running[name], STOP_SECONDS)
    if with_disk:
        shutil.rmtree(cluster.machine.root / name / "var/lib/etcd/data")


def test_a_member_whose_disk_is_gone_is_taken_in_anew_with_all_that_the_others_have(
    cluster: Members,
) -> None:
    """By the agent's steps on a controller that it lives on. With one of the others gone too,
    nothing is touched before."""
    before = ids(cluster)
    put(cluster, "before")
    lose(cluster, "1c", with_disk=True)
    put(cluster, "while it was away")
    lose(cluster, "1d", with_disk=False)
    agent = Agent(cluster, "1c", on_controller=True)
    step = agent.steps()["join-etcd"]
    step.settings["timeoutSeconds"] = 1
    with pytest.raises(AgentError, match=r"1c has no data.* 2 have to answer so"):
        step.run(agent.machine())
    assert agent.said == [], "nobody was taken out"
    cluster.start("1d")
    cluster.wait_until_well("1d")

    agent.do("join-etcd")
    assert agent.said == [f"1c has lost its data; its former self {before['1c']} is taken out"]
    agent.do("join-etcd")  # as after a kill before its start: it is taken in once
    cluster.start("1c", ETCD_INITIAL_CLUSTER_STATE="existing")
    agent.do("settle-etcd")
    after = ids(cluster)
    assert after.keys() == before.keys() and after["1c"] != before["1c"]
    assert {n: after[n] for n in ("1a", "1d")} == {n: before[n] for n in ("1a", "1d")}
    put(cluster, "after", "1c")
    everywhere = {n: post(cluster, "kv/range", {"key": "AA=="}, n) for n in before}  # caught up
    revision = int(everywhere["1a"]["header"]["revision"])
    hashes = {n: post(cluster, "maintenance/hash", {"revision": revision}, n) for n in before}
    assert len({one["hash"] for one in hashes.values()}) == 1, hashes
    assert {one["header"]["revision"] for one in hashes.values()} == {str(revision)}


def test_a_learner_turns_clients_away_and_is_promoted(cluster: Members) -> None:
    """Why a member that is taken in anew is none: API servers ask every member. Somebody may have
    added one all the same."""
    lose(cluster, "1d", with_disk=True)
    change(cluster, "remove", {"ID": ids(cluster)["1d"]})
    peer = cluster.machine.here(f"https://{ETCD.host('1d')}:2380")
    change(cluster, "add", {"peerURLs": [peer], "isLearner": True})
    agent = Agent(cluster, "1d")
    agent.do("join-etcd")
    cluster.start("1d", ETCD_INITIAL_CLUSTER_STATE="existing")
    wait_for(
        cluster.machine.root,
        lambda: post(cluster, "maintenance/status", {}, "1d")["isLearner"],
    )
    with pytest.raises(urllib.error.HTTPError) as refused:
        post(cluster, "kv/range", {"key": "AA=="}, "1d")
    assert "rpc not supported for learner" in refused.value.read().decode()
    agent.do("settle-etcd")
    assert set(ids(cluster)) == set(ETCD.members)
    put(cluster, "by a member again", "1d")


def value(cluster: Members, key: str, name: str = "1a", **more: object) -> str | None:
    coded = base64.b64encode(key.encode()).decode()
    found = post(cluster, "kv/range", {"key": coded, **more}, name).get("kvs", [])
    return base64.b64decode(found[0]["value"]).decode() if found else None


def header(cluster: Members, name: str = "1a") -> dict:
    return dict(post(cluster, "maintenance/status", {}, name)["header"])


def test_all_members_lose_their_data_at_once_and_begin_again_with_a_snapshot(
    cluster: Members,
) -> None:
    """The leader makes it, and nobody else; what is no snapshot of ours is refused; nothing is
    restored over data or beside a cluster that lives; revisions only go on."""
    for number in range(300):
        put(cluster, f"key-{number}")
    lease = post(cluster, "lease/grant", {"TTL": 3600}, "1a")["ID"]  # as an API server's own
    leased = base64.b64encode(b"/registry/masterleases/10.0.0.7").decode()
    post(cluster, "kv/put", {"key": leased, "value": leased, "lease": lease}, "1a")
    bucket: dict[str, bytes] = {}
    agents = {name: Agent(cluster, name, bucket=bucket) for name in ETCD.members}
    watch = f"files{looks_after_snapshots(60).configuration}"
    first = leader(cluster, *ETCD.members)
    agents[first].do("snapshot-etcd", watch)
    ((key, content),) = bucket.items()
    made = snapshot_of(key)
    assert made is not None and made.generation == 1 and len(content) > 300 * 10
    assert agents[first].said == [f"snapshot {key}"]
    for agent in agents.values():  # it is young
        agent.do("snapshot-etcd", watch)
    assert list(bucket) == [key]

    put(cluster, "after the snapshot")
    seen = int(header(cluster)["revision"])
    restored = replace(ETCD, token="dev-2", restored_from=key)
    again = [Agent(cluster, n, [], bucket, restored, "new") for n in ETCD.members]
    with pytest.raises(Refused, match=r"has data .* nothing is restored over it"):
        again[0].do("restore-etcd")
    lose(cluster, "1a", with_disk=True)
    assert leader(cluster, "1c", "1d")
    with pytest.raises(Refused, match=r"1[cd] follows a leader, of cluster \d+: it lives"):
        again[0].do("restore-etcd")
    for name in ("1c", "1d"):
        lose(cluster, name, with_disk=True)

    bucket[key] = content[:5000] + bytes([content[5000] ^ 1]) + content[5001:]
    with pytest.raises(Refused, match=f"{key} has digest .*; choose another snapshot"):
        again[0].do("restore-etcd")
    assert not (cluster.machine.root / "1a/var/lib/etcd/data").exists()
    bucket[key] = content
    for agent in again:
        agent.do("restore-etcd")
        agent.do("restore-etcd")  # as after a kill before etcd has started
        assert agent.said == [f"{agent.name} begins with {key}"]
        cluster.start(agent.name)
    for name in ETCD.members:
        cluster.wait_until_well(name)
    assert value(cluster, "key-299") == "key-299"
    assert value(cluster, "after the snapshot") is None
    left = post(cluster, "lease/timetolive", {"ID": lease, "keys": True}, "1a")
    assert left["keys"] == [leased] and 0 < int(left["TTL"]) <= int(left["grantedTTL"]) == 3600
    now = header(cluster)
    assert int(now["revision"]) >= made.revision + BUMP_REVISION > seen
    peers = {n: cluster.machine.here(f"https://{ETCD.host(n)}:2380") for n in ETCD.members}
    assert now["cluster_id"] == cluster_id_of(peers, "dev-2") != cluster_id_of(peers, "dev-1")
    with pytest.raises(urllib.error.HTTPError) as refused:
        value(cluster, "key-299", revision=seen)
    assert "has been compacted" in refused.value.read().decode(), "whoever watched lists anew"
    put(cluster, "and goes on", "1d")
    assert set(ids(cluster)) == set(ETCD.members)
