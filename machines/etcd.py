"""etcd on a machine of its own: its flags, its unit, and the environment that goes with it.

Whether a member starts a cluster or joins one is decided at boot by the agent and by nobody else:
it writes STATE_FILE, without which the unit does not start. `new` is for the winner of the
bootstrap claim and the members that the claim names; two empty disks that both said `new` would be
a second, blank cluster (facts of etcd 3.6: docs/adr/0022).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from machines import checks
from machines.flags import Flag, arguments
from machines.host_files import HostFile

CLIENT_PORT, PEER_PORT, METRICS_PORT = 2379, 2380, 2381
FOLDER, PKI, DATA_VOLUME = "/etc/etcd", "/etc/etcd/pki", "/var/lib/etcd"
DATA = f"{DATA_VOLUME}/data"  # 0700 etcd:etcd; below the mount, whose own folder is root's
MEMBERS_FILE = f"{FOLDER}/members.env"
STATE_FILE = "/var/lib/heiiki/agent/etcd.env"  # the agent's to write
CLIENT_ENVIRONMENT = f"{FOLDER}/etcdctl.env"
# The same on every image: what one machine wrote to the volume, the next one reads.
USER_ID = 2379
OWNER = f"{USER_ID}:{USER_ID}"
USER_FILE = "/etc/sysusers.d/heiiki-etcd.conf"
PROGRAM = "/opt/heiiki/bin/etcd"
MOST_MEMBERS = 7
State = Literal["new", "existing"]
STATES: tuple[State, ...] = ("new", "existing")


@dataclass(frozen=True, slots=True)
class EtcdSettings:
    """What may be asked of etcd itself.

    quota_gib: where etcd raises an alarm and takes no more writes; 8 is the most that is advised.
    heartbeat_ms, election_ms: as etcd has them by default; zones of one region need no more.
    compaction: how much history is kept; the API server compacts every five minutes on its own.
    """

    quota_gib: int = 4
    heartbeat_ms: int = 100
    election_ms: int = 1000
    compaction_hours: int = 1


DEFAULTS = EtcdSettings()


@dataclass(frozen=True, slots=True)
class EtcdCluster:
    """Members by name, in a fixed order.

    token: what this cluster's members know each other by; a cluster restored from a snapshot has
        another one than that which was lost.
    snapshot_minutes: how old the newest snapshot may be; None: nobody makes any.
    restored_from: key of the snapshot that this generation of the cluster begins with.
    """

    name: str
    region: str
    domain: str
    members: tuple[str, ...]
    token: str
    settings: EtcdSettings = DEFAULTS
    snapshot_minutes: int | None = None
    restored_from: str | None = None

    @property
    def bootstrap(self) -> str:
        """What its objects below `bootstrap/` are called: each generation begins once."""
        return self.name if self.restored_from is None else self.token

    @property
    def snapshots(self) -> str:
        """The beginning of its snapshots' keys."""
        return f"snapshots/{self.name}/{self.token}"

    def host(self, member: str) -> str:
        return f"{member}.etcd.{self.domain}"

    @property
    def endpoints(self) -> tuple[str, ...]:
        return tuple(f"https://{self.host(name)}:{CLIENT_PORT}" for name in self.members)

    @property
    def initial_cluster(self) -> str:
        return ",".join(f"{name}=https://{self.host(name)}:{PEER_PORT}" for name in self.members)


def check_etcd_cluster(cluster: EtcdCluster) -> EtcdCluster:
    """An odd number of members, each with a name that is a host's; limits that etcd can keep."""
    checks.cluster_name("name", cluster.name)
    checks.region("region", cluster.region)
    checks.host_name("domain", cluster.domain)
    checks.one_line("token", cluster.token)
    if cluster.snapshot_minutes is not None:
        checks.whole_number("snapshot_minutes", cluster.snapshot_minutes, 5, 1440)
    count = len(cluster.members)
    if count % 2 == 0 or count > MOST_MEMBERS or len(set(cluster.members)) != count:
        raise checks.fault(
            "members", ", ".join(cluster.members), "must be 1, 3, 5 or 7 different names: an even "
            "number survives no more losses than one less"
        )  # fmt: skip
    for member in cluster.members:
        if "." in checks.host_name("members", member) or member != member.lower():
            raise checks.fault("members", member, "must be a name such as 1a or 1a-2")
        checks.host_name("members", cluster.host(member))
    return _check_settings(cluster)


def _check_settings(cluster: EtcdCluster) -> EtcdCluster:
    settings = cluster.settings
    checks.whole_number("quota_gib", settings.quota_gib, 1, 8)
    checks.whole_number("heartbeat_ms", settings.heartbeat_ms, 10, 1000)
    checks.whole_number("election_ms", settings.election_ms, 100, 50_000)
    checks.whole_number("compaction_hours", settings.compaction_hours, 1, 24)
    if settings.election_ms < 5 * settings.heartbeat_ms:
        raise checks.fault(
            "election_ms", settings.election_ms, f"must be at least five times heartbeat_ms, which "
            f"is {settings.heartbeat_ms}, or one late heartbeat is an election"
        )  # fmt: skip
    return cluster


def etcd_flags(cluster: EtcdCluster, member: str) -> tuple[Flag, ...]:
    """What never changes of a member; who its peers are it reads from its environment."""
    host = _member_host(cluster, member)
    return (
        Flag("name", member, "a dead machine comes back as the same member"),
        Flag("data-dir", DATA, "on the volume that outlives the machine", ("1.1.11", "1.1.12")),
        Flag("initial-cluster-token", cluster.token, "a machine of another cluster is refused"),
        *_addresses(host),
        *_tls("", f"etcd-server-{member}", ("2.1", "2.2", "2.3")),
        *_tls("peer-", f"etcd-peer-{member}", ("2.4", "2.5", "2.6")),
        *_peers(cluster),
        Flag("tls-min-version", "TLS1.3", "every client is ours, and speaks it"),
        *_behaviour(cluster.settings),
    )


def _addresses(host: str) -> tuple[Flag, ...]:
    return (
        Flag("listen-client-urls", f"https://0.0.0.0:{CLIENT_PORT}",
             "its interface comes and goes with the machine, so no address is named"),
        Flag("advertise-client-urls", f"https://{host}:{CLIENT_PORT}",
             "by name: the certificate holds it"),
        Flag("listen-peer-urls", f"https://0.0.0.0:{PEER_PORT}", "as for clients"),
        Flag("initial-advertise-peer-urls", f"https://{host}:{PEER_PORT}",
             "by name: peers compare it with the certificate"),
        Flag("listen-metrics-urls", f"http://127.0.0.1:{METRICS_PORT}",
             "health and metrics for the agent, with no way in from outside"),
    )  # fmt: skip


def _tls(prefix: str, certificate: str, items: tuple[str, str, str]) -> tuple[Flag, ...]:
    own, asked, made = items
    return (
        Flag(f"{prefix}cert-file", f"{PKI}/{certificate}.crt", "a certificate per member", (own,)),
        Flag(f"{prefix}key-file", f"{PKI}/{certificate}.key", "its key", (own,)),
        Flag(f"{prefix}trusted-ca-file", f"{PKI}/etcd-ca.crt",
             "an authority that signs for etcd alone", ("2.7",)),
        Flag(f"{prefix}client-cert-auth", "true", "nobody speaks to it without one", (asked,)),
        Flag(f"{prefix}auto-tls", "false", "no certificate that it made itself", (made,)),
    )  # fmt: skip


def _peers(cluster: EtcdCluster) -> tuple[Flag, ...]:
    return (
        Flag("peer-cert-allowed-hostname", ",".join(map(cluster.host, cluster.members)),
             "members alone are peers, and no other that the authority signed"),
        Flag("peer-skip-client-san-verification", "true",
             "a member calls from its machine's own address, which comes and goes and has no name"),
    )  # fmt: skip


def _behaviour(settings: EtcdSettings) -> tuple[Flag, ...]:
    return (
        Flag("feature-gates", "InitialCorruptCheck=true,CompactHashCheck=true",
             "a member whose data differ from its peers' does not serve them"),
        Flag("auto-compaction-mode", "periodic", "history is dropped by age"),
        Flag("auto-compaction-retention", f"{settings.compaction_hours}h",
             "also where no API server asks for it"),
        Flag("quota-backend-bytes", str(settings.quota_gib * 1024**3),
             "an alarm before the volume is full"),
        Flag("heartbeat-interval", str(settings.heartbeat_ms), "milliseconds between zones"),
        Flag("election-timeout", str(settings.election_ms), "ten heartbeats"),
        Flag("pre-vote", "true", "a member that comes back starts no election that it cannot win"),
        Flag("strict-reconfig-check", "true", "no change of members that would lose the quorum"),
        Flag("max-learners", "1", "members come back one at a time"),
        Flag("logger", "zap", "the only one"),
        Flag("log-outputs", "stderr", "to the journal, which has a limit"),
    )  # fmt: skip


def _member_host(cluster: EtcdCluster, member: str) -> str:
    check_etcd_cluster(cluster)
    if member not in cluster.members:
        raise checks.fault("member", member, f"must be one of {', '.join(cluster.members)}")
    return cluster.host(member)


def render_etcd_unit(cluster: EtcdCluster, member: str) -> str:
    """The unit. Type=exec: a member's machine is ready when the process runs, since the first of
    three has no quorum to wait for, and would otherwise wait in a ring."""
    start = " \\\n  ".join([PROGRAM, *map(_quoted, arguments(etcd_flags(cluster, member)))])
    return UNIT.format(
        member=member, volume=DATA_VOLUME, members=MEMBERS_FILE, state=STATE_FILE, start=start
    )  # fmt: skip


def _quoted(argument: str) -> str:
    """As systemd reads a word: `%` begins a specifier, `$` a variable."""
    text = argument.replace("\\", "\\\\").replace('"', '\\"').replace("%", "%%")
    return '"' + text.replace("$", "$$") + '"' if text != argument or " " in text else text


UNIT = """\
[Unit]
Description=etcd member {member}
After=network-online.target heiiki-etcd-user.service
Wants=network-online.target
Requires=heiiki-etcd-user.service
RequiresMountsFor={volume}
# On the root disk it would begin empty, and be somebody else.
AssertPathIsMountPoint={volume}
# Written by the agent once it knows whether this member begins a cluster or joins one.
AssertPathExists={state}
StartLimitIntervalSec=0

[Service]
Type=exec
User=etcd
Group=etcd
EnvironmentFile={members}
EnvironmentFile={state}
ExecStart={start}
Restart=always
RestartSec=2
TimeoutStopSec=60
LimitNOFILE=65536
LimitCORE=0
OOMScoreAdjust=-999
UMask=0077
NoNewPrivileges=true
CapabilityBoundingSet=
AmbientCapabilities=
ProtectSystem=strict
ReadWritePaths={volume}
ProtectHome=true
PrivateTmp=true
PrivateDevices=true
ProtectClock=true
ProtectControlGroups=true
ProtectHostname=true
ProtectKernelLogs=true
ProtectKernelModules=true
ProtectKernelTunables=true
ProtectProc=invisible
RestrictAddressFamilies=AF_INET AF_INET6 AF_UNIX
RestrictNamespaces=true
RestrictRealtime=true
RestrictSUIDSGID=true
RemoveIPC=true
LockPersonality=true
MemoryDenyWriteExecute=true
SystemCallArchitectures=native
SystemCallFilter=@system-service
SystemCallFilter=~@privileged @resources
SystemCallErrorNumber=EPERM

[Install]
WantedBy=multi-user.target
"""


# systemd looks a unit's user up before anything of the unit runs, so this is one of its own.
USER_UNIT = f"""\
[Unit]
Description=The user of etcd, and the folder of its data
RequiresMountsFor={DATA_VOLUME}
AssertPathIsMountPoint={DATA_VOLUME}

[Service]
Type=oneshot
RemainAfterExit=yes
ExecStart=/usr/bin/systemd-sysusers {USER_FILE}
ExecStart=/usr/bin/install -d -m 0700 -o etcd -g etcd {DATA}
"""


def etcd_state(state: State) -> str:
    """What the agent writes to STATE_FILE, once it knows which of the two it is."""
    if state not in STATES:
        raise checks.fault("state", state, "must be new or existing")
    return f"ETCD_INITIAL_CLUSTER_STATE={state}\n"


def etcd_member_files(cluster: EtcdCluster, member: str) -> tuple[HostFile, ...]:
    """What a member's machine is given. No other environment reaches etcd than the first file's
    and the agent's: it takes every variable that begins with ETCD_ for a flag."""
    unit = render_etcd_unit(cluster, member)
    members = f"ETCD_INITIAL_CLUSTER={cluster.initial_cluster}\n"
    return (
        HostFile(MEMBERS_FILE, members),
        HostFile(CLIENT_ENVIRONMENT, _client_environment(cluster, member)),
        HostFile(USER_FILE, f'u etcd {USER_ID} "etcd" {DATA_VOLUME}\n'),
        HostFile("/etc/systemd/system/heiiki-etcd-user.service", USER_UNIT),
        HostFile("/etc/systemd/system/etcd.service", unit),
    )


def _client_environment(cluster: EtcdCluster, member: str) -> str:
    certificate = f"{PKI}/etcd-health-client-{member}"
    return environment(
        {
            "ETCD_ENDPOINTS": ",".join(cluster.endpoints),
            "ETCDCTL_ENDPOINTS": ",".join(cluster.endpoints),
            "ETCDCTL_CACERT": f"{PKI}/etcd-ca.crt",
            "ETCDCTL_CERT": f"{certificate}.crt",
            "ETCDCTL_KEY": f"{certificate}.key",
            "AWS_DEFAULT_REGION": cluster.region,
            "KUBERNETES_CLUSTER": cluster.name,
            "HEIIKI_ETCD_MEMBER": member,
            "HEIIKI_ETCD_MEMBERS": ",".join(cluster.members),
        }
    )


def environment(variables: dict[str, str]) -> str:
    """As systemd and a shell both read it: no value here has a character that either minds."""
    return "".join(f"{name}={value}\n" for name, value in variables.items())


def check_endpoints(endpoints: Sequence[str]) -> tuple[str, ...]:
    """Of an etcd: at least one, https, each once."""
    if not endpoints or isinstance(endpoints, str) or len(set(endpoints)) != len(endpoints):
        raise checks.fault("endpoints", endpoints, "must be a list of different https URLs")
    for endpoint in endpoints:
        checks.https_host("endpoints", endpoint)
    return tuple(endpoints)
