"""User data taken apart: every form that machines read, and never a fault of the reader's own."""

import base64
import functools
import gzip
import json
import textwrap

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rules.told import told_by
from rules.user_data import LONGEST, Unreadable, kind_of, parts_of
from tests.policies.analyzer import judge
from tests.policies.told_cases import BOTTLEROCKET, DIGEST, NODE_CONFIG, encoded, script

zipped = functools.partial(gzip.compress, mtime=0)  # the same bytes in every run

TEMPLATE, INSTANCE = "aws:ec2/launchTemplate:LaunchTemplate", "aws:ec2/instance:Instance"
CURL = script("curl -fsS https://x.example/install")


def mime(*parts, encoding="7bit"):
    bodies = "".join(
        f"--B\nContent-Type: {kind}\nContent-Transfer-Encoding: {encoding}\n\n{text}\n"
        for kind, text in parts
    )
    return f'Content-Type: multipart/mixed; boundary="B"\nMIME-Version: 1.0\n\n{bodies}--B--\n'


def hosts(text):
    return {host for _, host in told_by(encoded(text), True).hosts}


@pytest.mark.parametrize(
    ("data", "kinds"),
    [
        (CURL, ["script"]),
        (zipped(CURL.encode()), ["script"]),
        (zipped(zipped(CURL.encode())), ["script"]),
        (NODE_CONFIG, ["node-config"]),
        ("---\n" + NODE_CONFIG, ["node-config"]),
        (BOTTLEROCKET, ["bottlerocket"]),
        ("# ours\n" + BOTTLEROCKET, ["bottlerocket"]),
        ("#cloud-config\nruncmd: []\n", ["cloud-config"]),
        ("## template: jinja\n#cloud-config\na: b\n", ["cloud-config"]),
        ("#cloud-boothook\n#!/bin/sh\n", ["script"]),
        ("<powershell>\nInvoke-WebRequest\n</powershell>", ["script"]),
        ("#include\nhttps://x.example/a\n", ["text"]),
        ("", []),
        ("\n \n", []),
        (mime(("text/x-shellscript", CURL), ("text/cloud-config", "a: b")),
         ["script", "cloud-config"]),
        (mime(("application/node.eks.aws", NODE_CONFIG)), ["node-config"]),
        (mime(("text/x-shellscript", base64.b64encode(CURL.encode()).decode()),
              encoding="base64"), ["script"]),
        (mime(("text/plain", CURL)), ["script"]),
        (zipped(mime(("text/x-shellscript", CURL)).encode()), ["script"]),
    ],
)  # fmt: skip
def test_what_machines_read_is_read(data, kinds):
    assert [part.kind for part in parts_of(encoded(data), True)] == kinds


@pytest.mark.parametrize(
    ("given", "why"),
    [
        ("no base64!", "is not base64"),
        (encoded(bytes(range(128, 256))), "is no text"),
        (encoded(zipped(b"x" * 9999)[:30]), "cut off"),
        (encoded(b"\x1f\x8bnothing"), "broken"),
        (encoded(zipped(b"\0" * (LONGEST + 1))), "unfolds to more"),
        (encoded(mime(("application/octet-stream", "x"))), "content type"),
        (encoded(mime(*[("text/x-shellscript", "#!/bin/sh")] * 65)), "MIME of no part"),
        (encoded(mime(("text/x-shellscript", "!!"), encoding="base64")), "MIME that cannot"),
        (encoded("[settings\nx = 1"), "TOML that cannot be parsed"),
        (encoded("#cloud-config\na: [1"), "line 3 is no YAML"),
        (
            encoded("#cloud-config\nwrite_files: [{encoding: rot13, content: x}]"),
            "encoded in a way",
        ),
        (encoded("#cloud-config\nwrite_files: [{encoding: b64, content: '%'}]"), "is not base64"),
        (encoded("#cloud-config\n" + "[" * 99 + "]" * 99), "nested deeper"),
    ],
)
def test_what_nobody_can_read_says_why_and_quotes_nothing(given, why):
    with pytest.raises(Unreadable, match=why):
        told_by(given, True)


def folded(levels):
    data = CURL.encode()
    for _ in range(levels):
        data = zipped(data)
    return data


def test_what_is_folded_too_often_is_not_unfolded_for_ever():
    assert hosts(folded(4)) == {"x.example"}
    with pytest.raises(Unreadable, match="folded"):
        told_by(encoded(folded(5)), True)


@settings(max_examples=300, deadline=None)
@given(
    st.binary(max_size=80).map(encoded)
    | st.binary(max_size=60).map(gzip.compress).map(encoded)
    | st.text(max_size=60)
    | st.text(alphabet="#cloudnfig: -[]{}\n\"'!&*=\\$(`", max_size=60).map(
        lambda text: encoded("#cloud-config\n" + text)
    )
    | st.text(alphabet="[settings.]=\"'\n#1a", max_size=60).map(
        lambda text: encoded("[settings]\n" + text)
    )
    | st.text(alphabet='-B\n:;=/abContet-Typmulidxs "', max_size=80).map(
        lambda text: encoded("MIME-Version: 1.0\n" + text)
    ),
    st.booleans(),
)
def test_any_bytes_are_told_or_unreadable(given, base64_only):
    try:
        told = told_by(given, base64_only)
    except Unreadable as error:
        assert str(error)
    else:
        assert all(isinstance(host, str) for _, host in told.hosts)


def test_an_instance_takes_plain_text_and_base64_and_a_template_base64_alone():
    for text in (CURL, encoded(CURL)):
        (found,) = [d for d in judge(INSTANCE, instance(text)) if "CN-201" in d.message]
        assert "userData line 2 names x.example, which is a host outside" in found.message
    assert ["CN-206" in d.message for d in judge(TEMPLATE, template(CURL))] == [True]


def instance(text):
    from tests.policies.cases import COMPLIANT

    return {**COMPLIANT[INSTANCE], "userData": text}


def template(text):
    from tests.policies.cases import COMPLIANT

    return {**COMPLIANT[TEMPLATE], "userData": text}


FOUND = {
    "cloud-config's commands as lists": '#cloud-config\nruncmd:\n- [curl, "x.example/a"]\n',
    "commands of a boot": "#cloud-config\nbootcmd:\n- wget https://x.example/a\n",
    "an escaped URL": '#cloud-config\na: "https:\\x2f\\x2fx.example/a"\n',
    "a file in clear": "#cloud-config\nwrite_files:\n- path: /a\n  content: |\n"
    "    curl x.example\n",
    "a file in base64": "#cloud-config\nwrite_files:\n- {path: /a, encoding: base64, content: "
    f"{encoded('https://x.example')}}}\n",
    "time servers": "#cloud-config\nntp: {servers: [x.example]}\n",
    "name servers": "#cloud-config\nresolv_conf: {nameservers: [x.example]}\n",
    "an archive": "#cloud-config-archive\n- type: text/cloud-config\n  content: |\n"
    "    #cloud-config\n    ntp: {pools: [x.example]}\n",
    "an include": "#include\nhttps://x.example/a\n",
    "nodeadm's name servers": NODE_CONFIG + "  instance: {network: {nameservers: [x.example]}}\n",
    "containerd's configuration": NODE_CONFIG + "  containerd:\n    config: |\n"
    "      endpoint = ['https://x.example']\n",
    "Bottlerocket's time": BOTTLEROCKET + "[settings.ntp]\ntime-servers = ['x.example']\n",
    "Bottlerocket's API": BOTTLEROCKET.replace("0123456789ABCDEF.gr7", "x.example/"),
    "commands within commands": "#cloud-config\nruncmd:\n- [sh, -c, 'curl x.example']\n",
    "commands that YAML folds": "#cloud-config\nruncmd:\n- >-\n  curl\n  x.example\n",
    "a master": "#cloud-config\nsalt_minion: {conf: {master: x.example}}\n",
    "a server": "#cloud-config\npuppet: {conf: {agent: {server: x.example}}}\n",
    "a server of keys": "#cloud-config\napt: {sources: {a: {keyserver: x.example}}}\n",
    "logs": "#cloud-config\nrsyslog: {remotes: {a: '@@x.example:514'}}\n",
    "logs to a name alone": "#cloud-config\nrsyslog: {remotes: {a: x.example}}\n",
    "a file system": "#cloud-config\nmounts: [['x.example:/a', /mnt, nfs]]\n",
    "a domain that completes names": "#cloud-config\nresolv_conf: {searchdomains: [x.example]}\n",
    "an escape in a NodeConfig": NODE_CONFIG + '  containerd: {config: "https://\\x78.example"}\n',
    "Ignition's unit": json.dumps(
        {
            "ignition": {"version": "3.4.0"},
            "systemd": {
                "units": [
                    {
                        "name": "a.service",
                        "contents": "[Service]\nExecStart=/usr/bin/curl x.example\n",
                    }
                ]
            },
        }
    ),
    "an escape in Ignition": '{"ignition": {"config": {"merge": [{"source": "https:\\/\\/\\u0078'
    '.example"}]}}}',
    "a mirror without a scheme": BOTTLEROCKET + "[[settings.container-registry.mirrors]]\n"
    "registry = '*'\nendpoint = ['x.example']\n",
    "Bottlerocket's search list": BOTTLEROCKET + "[settings.dns]\nsearch-list = ['x.example']\n",
    "Bottlerocket's AWS": BOTTLEROCKET + "[settings.aws]\nconfig = "
    f"'{encoded('[default]' + chr(10) + 'endpoint_url = https://x.example')}'\n",
    "a bootstrap container": BOTTLEROCKET + "[settings.bootstrap-containers.a]\nuser-data = "
    f"'{encoded('#!/bin/sh' + chr(10) + 'curl https://x.example')}'\n",
}


@pytest.mark.parametrize("what", FOUND)
def test_a_host_is_found_wherever_its_reader_finds_it(what):
    assert "x.example" in hosts(FOUND[what])


@pytest.mark.parametrize(
    ("text", "host"),
    [
        ("ubuntu_pro: {token: a}", "contracts.canonical.com"),
        ("snap: {commands: [[install, a]]}", "snap.default-source"),
        ("snap: {commands: {0: snap install a}}", "snap.default-source"),
        ("ansible: {install_method: pip, package_name: ansible}", "pip.default-source"),
        ("apt: {sources: {a: {source: 'ppa:team/a'}}}", "launchpad.net"),
        ("apt: {sources: {a: {keyid: A1B2}}}", "keyserver.ubuntu.com"),
        ("ntp: {enabled: true}", "pool.ntp.org"),
        ("ntp:", "pool.ntp.org"),
        ("chef: {install_type: omnibus}", "www.chef.io"),
        ("random_seed: {command: [pollinate]}", "entropy.ubuntu.com"),
        ("puppet: {install_type: aio}", "raw.githubusercontent.com"),
        ("landscape: {client: {computer_title: a}}", "landscape.canonical.com"),
        ("rh_subscription: {activation-key: a}", "subscription.rhsm.redhat.com"),
        ("apk_repos: {alpine_repo: {version: v3}}", "alpine.global.ssl.fastly.net"),
        ("mcollective: {conf: {plugin.stomp.host: x.example}}", "x.example"),
    ],
)
def test_modules_of_cloud_init_go_to_hosts_that_nobody_writes(text, host):
    assert hosts(f"#cloud-config\n{text}\n") == {host}


@pytest.mark.parametrize(
    "text",
    [
        "apt: {sources: {a: {keyid: A1B2, key: B}}}",
        "ntp: {enabled: false}",
        "ntp: {servers: [169.254.169.123]}",
        "chef: {install_type: omnibus, omnibus_url: 'https://10.0.0.1/'}",
        "landscape: {client: {url: 'https://10.0.0.1/'}}",
        "rh_subscription: {activation-key: a, server-hostname: a.internal}",
        "mounts: [[/dev/xvdb, /data, xfs], [tmpfs, /tmp, tmpfs]]",
    ],
)
def test_modules_of_cloud_init_that_are_told_somebody_inside_go_there(text):
    assert hosts(f"#cloud-config\n{text}\n") <= {"169.254.169.123", "10.0.0.1", "a.internal"}


def test_addresses_that_bottlerocket_is_told_of_are_found():
    text = "[settings.network]\nhosts = [['8.8.8.8', ['a.internal']]]\n"
    assert "8.8.8.8" in hosts(BOTTLEROCKET + text)


@pytest.mark.parametrize(
    "text",
    [
        "[settings.host-containers.admin]\nsource = 'quay.io/a/b'\n",
        "[ settings.host-containers.admin ]\nsource = 'quay.io/a/b'\n",
        "['settings'.host-containers.admin]\nsource = 'quay.io/a/b'\n",
        "[settings.bootstrap-commands.a]\ncommands = "
        "[['apiclient', 'set', 'host-containers.admin.source=quay.io/a/b']]\n",
        "#!/bin/sh\napiclient set host-containers.admin.source=quay.io/a/b\n",
        "[settings.kubernetes]\npod-infra-container-image = 'quay.io/a/b'\n",
        "[settings.kubernetes.static-pods.a]\nmanifest = '"
        + encoded("kind: Pod\nspec: {containers: [{image: quay.io/a/b}]}\n") + "'\n",
    ],
)  # fmt: skip
def test_images_of_bottlerocket_are_found(text):
    assert [image for _, image in told_by(encoded(text), True).images] == ["quay.io/a/b"]


def test_a_node_of_amazon_linux_2_is_told_by_options():
    pods = "--use-max-pods false --kubelet-extra-args '--max-pods=29'"
    line = f"/etc/eks/bootstrap.sh c1 --apiserver-endpoint $A --b64-cluster-ca $B {pods} \\\n  {{}}"

    def missing(more):
        props = template(encoded(script(line.format(more))))
        return [d.message.partition("\n")[2] for d in judge(TEMPLATE, props)]

    assert missing("--service-ipv4-cidr 172.20.0.0/16") == missing("--dns-cluster-ip $D") == []
    (said,) = missing("--cluster-id x")
    assert "userData has a node join without --dns-cluster-ip." in said


def test_where_eks_adds_the_facts_none_has_to_be_there():
    bare = encoded(NODE_CONFIG.partition("  cluster:")[0] + "  kubelet: {}\n")
    assert "without name, apiServerEndpoint, certificateAuthority, cidr." in str(
        judge(TEMPLATE, template(bare))
    )
    adding = {key: value for key, value in template(bare).items() if key != "imageId"}
    assert judge(TEMPLATE, adding) == []


def test_secrets_in_user_data_are_never_told():
    secret = "wJalrXUtnFEMI-K7MDENG-bPxRfiCYEXAMPLEKEY"
    lines = [
        f"curl https://user:{secret}@x.example/{secret}?token={secret}",
        f"curl https://${{{secret}}}/",
        f"export HTTPS_PROXY=http://user:{secret}@proxy.example:3128",
        f"docker pull quay.io/org/{secret.lower()}:{secret}",
        f"wget https://{secret}/",
    ]
    found = judge(TEMPLATE, template(encoded(script(*lines))))
    assert {m.split()[0] for m in (d.message.partition("\n")[2] for d in found)} >= {
        "CN-145", "CN-201", "CN-202",
    }  # fmt: skip
    assert not any(secret.lower() in d.message.lower() for d in found)


def test_kinds_are_told_by_their_beginning():
    assert kind_of("\ufeff#!/bin/sh") == "script"
    assert kind_of("hello") == "text"
    assert kind_of('{"apiVersion": "node.eks.aws/v1alpha1"}') == "node-config"


def test_a_proxy_of_pods_and_machines_excepts_what_is_near():
    near = ["169.254.169.254", "169.254.170.23", "10.0.0.0/8", "172.20.0.0/16", ".internal",
            ".amazonaws.com"]  # fmt: skip

    def said(*entries):
        lines = script("export HTTPS_PROXY=http://proxy.internal:3128",
                       f"export NO_PROXY={','.join(entries)}")  # fmt: skip
        data = mime(("application/node.eks.aws", NODE_CONFIG), ("text/x-shellscript", lines))
        return "".join(d.message for d in judge(TEMPLATE, template(encoded(data))))

    assert said(*near) == ""
    for left_out, name in zip(
        near,
        ("169.254.169.254", "169.254.170.23", "the VPC's CIDR", "the service CIDR", ".internal",
         "the cluster's API, ECR, S3"),
        strict=True,
    ):  # fmt: skip
        assert f"NO_PROXY lack {name}." in said(*(e for e in near if e != left_out)), left_out
    assert said("*") == ""


TEXT = textwrap.dedent(
    f"""\
    #!/bin/bash
    # docker pull docker.io/library/comment
    docker run -d --name a -v /x:/y -e K=V --net host quay.io/a/run{DIGEST} serve
    ctr -n k8s.io images pull --user a:b quay.io/a/ctr
    crictl pull --creds a:b quay.io/a/crictl
    skopeo copy docker://quay.io/a/skopeo dir:/x
    sandbox_image = "quay.io/a/sandbox"
    kubelet --pod-infra-container-image=quay.io/a/infra
    docker ps
    """
)


def test_images_that_scripts_pull_are_found():
    found = [image for _, image in told_by(encoded(TEXT), True).images]
    assert [image.partition("@")[0].rpartition("/")[2] for image in found] == [
        "run", "ctr", "crictl", "skopeo", "sandbox", "infra",
    ]  # fmt: skip
