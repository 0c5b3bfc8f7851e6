"""docs/self-hosted/pki.md: the table of keys and certificates, from a planned example."""

from collections.abc import Iterable
from ipaddress import IPv4Network
from typing import get_args

from plan.pki.bindings import BINDINGS
from plan.pki.files import StoredFile, parameter_path, plan_files
from plan.pki.table import Certificate, ClusterNames, PkiPlan, default_internal_domain, plan_pki
from spec.pki import Algorithm, GeneratedPki

CLUSTER, MEMBER = "own", "1a"
INTRODUCTION = """# Keys and certificates of a control plane of our own

Every key and certificate of a cluster called `own` with the service CIDR 10.3.0.0/16 and an etcd
member `1a`; each further member has rows of its own. Resources, files, checks and tests are made
from the same table, `plan/pki/table.py`. This page is generated from it: `make docs`. How to ask
for such a control plane: [README.md](README.md).

Keys are made by the engine and are secret in the stack's state. A machine reads its role's files
from Parameter Store, under `/heiiki/own/<role>/`, and no other role's. No certificate is of the
group `system:masters`.
"""
KINDS = """## Where they come from

| `kind` | Who makes what |
|---|---|
| `generate` | all of it is made here |
| `caSupplied` | the Kubernetes authority is yours, the others if you like; the rest is made here |
| `supplied` | every file is yours, nothing is signed here; people get certificates from you, too |

Your keys are secret values of Pulumi's configuration, by file name; a key may be encrypted
(PKCS#8), and is opened in memory:

```sh
pulumi config set --secret heiiki-pki:kubernetes-ca.key < kubernetes-ca.key
pulumi config set --secret heiiki-pki:passphrase
```

Whatever is missing, does not belong together, has ended or covers too little is told at once,
before anything is made.

A supplied authority is one certificate, without the one that has signed it, and no two are the
same. What is trusted as an authority is trusted for all that it signs: under a root of the
company, every certificate of the company would be a user here. For the same reason none of them
has signed another: controllers have the key of kubelets' authority. One root over all of them is
sound, since nobody here has it. One that was renewed with the same key is written under
`alsoTrusted` first, as any other.

Limits of an authority count for all that it signs, as programs in Go and OpenSSL take them: names
(name constraints), lengths of paths, extended key usages. A name of the table that it may not sign
for is told; kubelets' authority has no limits of names, since machines come and go. Keys are of RSA
with 2048 bits or more, or of ECDSA on P-256, P-384 or P-521; signatures of SHA-256 or more.
"""
ROTATION = """## Rotation

An authority, the key that signs tokens, and local keys of encryption are rotated in three updates.
Machines read their files when they boot, so each update replaces those that read a changed one:
controllers and nodes by itself, members of etcd by `heiiki roll`. `heiiki up` refuses the next one
while a machine that reads such a file has not taken the one before, and names it; `heiiki status
--live` tells how far a replacement is. A worker is in service when its kubelet's certificate is of
the authority that signs now, so workers wait for controllers.

| Update | `rotation.<name>` | What it touches |
|---|---|---|
| trust the next one too | `{generation: 1, alsoTrusted: 2}` | the authority's file |
| sign with it | `{generation: 2, alsoTrusted: 1}` | that file, what it signs; keys stay |
| drop the former one | `{generation: 2}` | the authority's file |

| Rotated | What people do |
|---|---|
| `kubernetes` | take `kubeconfig` of the outputs again after each update, for people too. After \
the first, start pods anew that call the API (`kubectl rollout restart deployments --namespace=…`, \
`daemonsets` too): one that began before all controllers were replaced may know the former \
authority alone, and programs with client-go before 0.36 read it once ([kubernetes \
119483](https://github.com/kubernetes/kubernetes/issues/119483)) |
| `serviceAccount` | after the second, wait for an hour, or start all pods anew: a token is taken \
as long as the key that signed it is trusted |
| `kubernetes`, `kubelet`, `frontProxy` | after the third, `kubectl --namespace=kube-system delete \
configmap extension-apiserver-authentication`: by it API servers tell extension API servers whom \
to trust. They add to it and take nothing away, and write it anew within a minute |
| any, where members live on controllers | `heiiki roll` at once after each update: workers wait \
for it |

`make cluster-rotate` walks all of it on [a booted cluster](../local.md#a-rotation-on-it).

What a local key has encrypted is read as long as that key is there: when all
controllers write with the next one, write it all anew (`kubectl get secrets --all-namespaces
--output=json | kubectl replace -f -`, and likewise each of `moreResources`), and drop the former
key only then. Where one was left, no API server without that key is ready, so the first new
controller comes into no service; those of before still have it and go on: write all anew by them at
once, since the key is gone from the stack. `heiiki up` refuses a leap, of supplied authorities too.
The same input makes the same files: an `up` without a change changes nothing, but for the
administrator's certificate once it has ended.

## Ends

Every preview and `up` tells what ends within `expiry.warnDays`, and fails on what ends within
`expiry.failDays`, whatever else is made anew. The certificate of an authority is never renewed by
itself. Those of programs are, by the first `up` within `validity.renewBeforeDays` of their end. It
replaces controllers, one after the other; then run `heiiki roll`, since a member goes on with the
certificate that it has until that ends. What a machine has been started for stands in its tag
`heiiki:files`: other files, another value. So bring the stack up, and roll it, at least once in
`renewBeforeDays`, or let a pipeline do it: nothing inside the cluster renews these certificates.
`heiiki status --live` tells between two of them what ends first, and which members wait.
"""


def pki_page() -> str:
    """The page."""
    spec = GeneratedPki()
    names = ClusterNames(CLUSTER, (MEMBER,), IPv4Network("10.3.0.0/16"),
                         default_internal_domain(CLUSTER), ("api.example.com",))  # fmt: skip
    plan = plan_pki(spec, names)
    files = plan_files(plan, {})
    parts = [
        INTRODUCTION,
        KINDS,
        f"## Authorities\n\n{_authorities(plan)}",
        f"## Certificates\n\n{_certificates(plan)}",
        f"## Key pair of tokens\n\n{_tokens(spec)}",
        f"## Files by role\n\n{_files(files)}",
        f"## Bindings\n\n{_bindings()}",
        ROTATION,
    ]
    return "\n".join(parts)


def _table(header: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> str:
    lines = [header, tuple("---" for _ in header), *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines) + "\n"


def _authorities(plan: PkiPlan) -> str:
    return _table(
        ("authority", "name", "valid", "certificate read by", "key read by", "why"),
        (
            (f"`{a.name}`", f"{CLUSTER} {a.name} authority *n*", _time(plan.authority_hours),
             ", ".join(a.readers), ", ".join(a.key_readers) or "nobody", a.why)
            for a in plan.authorities.values()
        ),
    )  # fmt: skip


def _certificates(plan: PkiPlan) -> str:
    return _table(
        ("certificate", "signed by", "common name", "organization", "names and addresses", "for",
         "valid", "key read by", "why"),
        (
            (f"`{c.name}`", c.authority, f"`{c.common_name}`", _quoted(c.organizations),
             _quoted((*c.dns_names, *c.ip_addresses)), _uses(c), _time(c.hours),
             ", ".join(c.key_readers) or "no machine", c.why)
            for c in plan.certificates.values()
        ),
    )  # fmt: skip


def _quoted(texts: Iterable[str]) -> str:
    return ", ".join(f"`{text}`" for text in texts)


def _uses(row: Certificate) -> str:
    return " and ".join(name for name, has in (("server", row.server), ("client", row.client))
                        if has)  # fmt: skip


def _time(hours: int) -> str:
    return f"{hours // 24} days" if hours > 24 else f"{hours} hours"


def _tokens(spec: GeneratedPki) -> str:
    return (
        f"`service-account` is of {spec.service_account_algorithm} by default: RS256 is what every "
        "reader of OpenID Connect\ntokens must take (OpenID Connect Core 1.0, 15.1), and ES256 is "
        f"not.\nEvery other key is of {spec.algorithm}. Both may be of "
        f"{', '.join(get_args(Algorithm))}.\n"
    )


def _files(files: Iterable[StoredFile]) -> str:
    by_role: dict[str, list[StoredFile]] = {}
    for file in files:
        by_role.setdefault(file.role, []).append(file)
    return _table(
        ("role", "path", "secret", "public"),
        (
            (role, f"`{parameter_path(CLUSTER, role)}`",
             _quoted(f.name for f in listed if f.secret),
             _quoted(f.name for f in listed if not f.secret))
            for role, listed in by_role.items()
        ),
    ) + (
        "\n`client-ca.crt` holds the authorities that the API server takes clients' certificates "
        "of: Kubernetes and kubelets. An authority's\nfile holds every generation that is trusted, "
        "`kubelet-signing-ca.crt` the one that signs: kube-controller-manager takes one\n"
        "certificate there, and a worker is in service when that one has signed its kubelet's. "
        "`encryption-config.yaml` lies beside a\ncontroller's files.\n"
    )  # fmt: skip


def _bindings() -> str:
    return _table(
        ("binding", "subject", "role", "why"),
        ((f"`{b.name}`", f"{b.subject_kind} `{b.subject}`", f"`{b.role}`", b.why)
         for b in BINDINGS),
    )  # fmt: skip
