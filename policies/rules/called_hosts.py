"""Hosts that programs of the network are called with, and those that they ask by themselves.

Which words of a command are hosts, follows from the program: curl takes a host in most places, pip
in none and goes to one all the same. A host is also what stands with a port where a program of no
name here is told of it.
"""

import re
from collections.abc import Iterator
from socket import inet_aton, inet_ntoa

from rules.shell_words import words_of

NAME = re.compile(r"[a-z0-9_-]+(?:\.[a-z0-9_-]+)*\.[a-z]{2,}", re.IGNORECASE)
NUMBERS = re.compile(r"(?:0x[0-9a-f]+|\d+)(?:\.(?:0x[0-9a-f]+|\d+)){0,3}", re.IGNORECASE)
CALLERS = words_of(
    "aria2c autossh axel chisel curl dig drill ftp getent git helm host http https "
    "invoke-restmethod invoke-webrequest irm iwr kdig kubeadm lftp lynx mail mailx mosh mount "
    "mount.cifs mount.nfs nc ncat netcat nmap nslookup ntpdate openssl openvpn oras ping ping6 "
    "realm resolve-dnsname resolvectl rsync s3cmd scp sendmail sftp sntp socat ssh ssh-keyscan "
    "start-bitstransfer swaks telnet test-connection test-netconnection tftp tnc tnftp traceroute "
    "w3m wget whois"
)
# Programs that are told of a host by one option alone: their other words are none.
_BY_OPTION = {
    name: words_of(options)
    for names, options in (
        ("add-computer", "-domain -domainname"),
        ("apt-key gpg gpg2", "--keyserver"),
        ("bore", "--to"),
        ("consul", "-join -retry-join -retry-join-wan"),
        ("enter-pssession invoke-command new-pssession", "-computername"),
        ("frpc", "-s --server-addr --server_addr"),
        ("iscsiadm", "-p --portal"),
        ("kcat kafkacat", "-b"),
        ("ldapadd ldapmodify ldapsearch", "-h -H"),
        ("logger", "-n --server"),
        ("mysql mysqldump mariadb psql pg_dump pg_dumpall", "-h --host"),
        ("puppet", "--server --ca_server"),
        ("redis-cli", "-h"),
        ("salt-call salt-minion", "--master"),
        ("send-mailmessage", "-smtpserver"),
        ("teleport tsh", "--auth-server --proxy"),
    )
    for name in names.split()
}
# Of these the options whose next word is no host; of the others few have any.
_VALUED = {
    "curl": words_of(
        "-o -H -d -X -u -A -e -b -c -F -T -m -w -E --output --header --data --data-binary "
        "--request --user --user-agent --cookie --form --cacert --cert --key --max-time "
        "--connect-timeout --retry --retry-delay --write-out --output-dir"
    ),
    "wget": words_of("-O -o -a -P -t -T -U -e -i --header --post-data --ca-certificate --user"),
    "ssh": words_of("-i -l -p -o -F -b -c -E -S"),
    "git": words_of("-C -b -c --branch --depth --config"),
    "mount": words_of("-t -o -O -L -U --types --options"),
}
_VALUED |= dict.fromkeys(("scp", "sftp"), _VALUED["ssh"])
_VALUED_ELSEWHERE = words_of("-i -p -c -w -f --values --version --namespace")
SUFFIXES = words_of(  # of files; what ends in one is none of the hosts that a program is given
    "gz tgz xz bz2 zst tar zip sh pem crt cer key json yaml yml toml txt rpm deb whl conf cfg log "
    "py env img iso bin list repo html xml csv lock tmp sock out noarch src sql "
    "service socket timer mount target path slice"  # of systemd's units
)
_FILLED_IN = re.compile(r"\$\{[^}]*\}|\$\w+")
_OPEN = re.compile(r"(?:[a-z0-9_-]*\.)+[a-z]{2,}", re.IGNORECASE)  # of what stands behind it
FILLED = "$filled"  # what cloud-init's templates have where the machine fills something in
# Of options that are given a value by an equals sign, those that hold a host.
_TO_HOST = re.compile(r"--[a-z-]*(?:host|server|endpoint|remote|address)[a-z-]*=(.+)")
# Below it a number that stands alone is a port, a count, a time.
_LEAST_ADDRESS = 1 << 24
# Where a package manager goes when nothing else is said is outside, whatever its host is called. It
# is named after the program; where a resolver leads it inside, boundary.hosts lists that name.
SOURCE = "default-source"
# By the programs: where each goes, the words by which it does, and those by which something else is
# said. Programs of one source stand together, and the first of them names it.
_DEFAULTS: dict[str, tuple[str, frozenset[str], tuple[str, ...]]] = {
    name: (host or f"{names.split()[0]}.{SOURCE}", words_of(verbs), tuple(instead.split()))
    for names, host, verbs, instead in (
        ("pip pip3 pipx uv poetry", "", "install download wheel sync add",
         "--no-index --index-url index-url PIP_INDEX_URL PIP_NO_INDEX UV_INDEX_URL "
         "UV_DEFAULT_INDEX"),
        ("npm npx yarn pnpm", "", "install i ci add exec dlx",
         "--registry npm_config_registry registry="),
        ("gem bundle", "", "install update", "--source --local BUNDLE_MIRROR"),
        ("go", "", "get install mod", "GOPROXY"),
        ("cargo", "", "install add fetch build", "--registry --offline replace-with"),
        ("conda mamba", "", "install create update", "--offline channels"),
        ("snap", "", "install refresh", "--dangerous snap-store-proxy"),
        # Networks of others that a machine joins, and tunnels to them.
        ("tailscale", "", "up login set", "--login-server"),
        ("netbird", "", "up login", "--management-url"),
        ("zerotier-cli", "", "join orbit", ""),
        ("cloudflared", "", "tunnel access service", ""),
        ("ngrok", "", "", ""),
        ("gcloud", "", "", ""),
        ("az", "", "", ""),
        ("ansible-galaxy", "", "install", "--server --offline"),
        ("add-apt-repository apt-add-repository", "", "", ""),
        ("install-module install-package install-script update-module", "", "",
         "-Repository -Source"),
        ("choco", "", "install upgrade", "--source"),
        ("winget", "", "install upgrade", "--source"),
        ("brew", "", "install update upgrade", ""),
        ("flatpak", "", "install update", "remote-add"),
        ("composer", "", "install update require", "repositories"),
        ("dotnet nuget", "", "install restore", "--source -Source --configfile"),
        ("terraform tofu", "", "init", "-plugin-dir TF_CLI_CONFIG_FILE"),
        ("rustup", "", "install toolchain update", "RUSTUP_DIST_SERVER"),
        ("certbot", "", "certonly renew run", "--server"),
        ("freshclam", "", "", "--config-file DatabaseMirror PrivateMirror"),
        ("gsutil", "", "", ""),
        ("azcopy", "", "", ""),
        ("code", "", "tunnel", ""),
        ("kubeadm", "registry.k8s.io", "init", "--image-repository imageRepository --config"),
        ("gpg gpg2", "keys.openpgp.org", "--recv --recv-keys --search-keys --refresh-keys",
         "--keyserver"),
        ("pro ua", "contracts.canonical.com", "attach", ""),
        ("subscription-manager", "subscription.rhsm.redhat.com", "register", "--serverurl"),
        ("ssh-import-id", "launchpad.net", "", ""),
        ("ssh-import-id-gh", "github.com", "", ""),
    )
    for name in names.split()
}  # fmt: skip
_LOCAL_PACKAGE = re.compile(r"(?:\.{0,2}/|file:).*")
# Most lines have none of these words, and need no second look.
PROGRAM = re.compile(
    rf"\b(?:{'|'.join(map(re.escape, sorted({*CALLERS, *_BY_OPTION, *_DEFAULTS, 'python'})))})",
    re.IGNORECASE,
)


def called(words: list[str]) -> Iterator[str]:
    """The hosts among the words that a program is called with."""
    program = words[0].lower()
    yield from _by_option(words[1:], _BY_OPTION.get(program, frozenset()))
    if program not in CALLERS:
        return
    valued = _VALUED.get(program, _VALUED_ELSEWHERE)
    skipped = False
    for word in words[1:]:
        skip, skipped = skipped, word in valued
        if skip or "://" in word:
            continue
        if given := _TO_HOST.fullmatch(word):
            word = given[1]
        elif word.startswith("-") or "=" in word:
            continue
        yield from _host_in(word)


def _host_in(word: str) -> Iterator[str]:
    """The host of a word: with somebody before it, a port, a path."""
    if word == FILLED:
        yield FILLED
        return
    name = _FILLED_IN.sub(FILLED, word).rpartition("@")[2].removeprefix("//").partition("/")[0]
    name = re.sub(r"^(?:tcp|udp|openssl)\d?:", "", name, flags=re.IGNORECASE).partition(":")[0]
    if NAME.fullmatch(name) and name.rpartition(".")[2].lower() not in SUFFIXES:
        yield name.lower()
    elif _is_address(name):
        yield dotted(name)
    elif _is_message(name):
        yield name.lower()


def _is_message(name: str) -> bool:
    """Whether a name begins with what the machine fills in, which may be a message to its owner."""
    end = name.rpartition(FILLED)[2] if FILLED in name else ""
    return _OPEN.fullmatch(end) is not None and end.rpartition(".")[2].lower() not in SUFFIXES


def _by_option(words: list[str], options: frozenset[str]) -> Iterator[str]:
    """The hosts that these options are given, as the next word or behind an equals sign."""
    for word, following in zip(words, [*words[1:], ""], strict=False) if options else ():
        option, equals, value = word.partition("=")
        if not options.isdisjoint((option, option.lower())) and "://" not in (
            given := value if equals else following
        ):
            yield from _host_in(given)


def _is_address(word: str) -> bool:
    """Whether a word is an IPv4 address as one number, or as four of any base."""
    if not NUMBERS.fullmatch(word):
        return False
    return word.count(".") == 3 or (
        "." not in word and int(word, 0 if "x" in word.lower() else 10) >= _LEAST_ADDRESS
    )


def dotted(host: str) -> str:
    """An IPv4 address that is written as numbers of any base, as programs read it: 0xcb007109."""
    if not NUMBERS.fullmatch(host):
        return host
    try:
        return inet_ntoa(inet_aton(host))
    except OSError:
        return host


def asked_by_default(words: list[str], text: str) -> Iterator[str]:
    """The host that a package manager asks by itself."""
    if words[0].startswith("python") and words[1:3] == ["-m", "pip"]:
        words = words[2:]
    known = _DEFAULTS.get(re.sub(r"^pip3\.\d+$", "pip", words[0].lower()))
    if known is None:
        return
    host, verbs, instead = known
    if verbs and not verbs.intersection(words[1:3]):
        return
    if "-i" in words or any(said in text for said in instead):
        return
    given = [word for word in words[1:] if not word.startswith("-") and word not in verbs]
    if given and all(_LOCAL_PACKAGE.fullmatch(word) for word in given) and "-r" not in words:
        return
    yield host
