"""kube-apiserver: its flags, what it reads, and the static pod that it is.

Nothing here leads outside: no egress selector, no webhook but the authenticator beside it.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from machines import checks
from machines.audit_log import (
    POLICY,
    AuditLog,
    audit_flags,
    check_audit_log,
    render_audit_policy,
)
from machines.authentication import AUTHENTICATION, TokenIssuer, render_authentication
from machines.authenticator import WEBHOOK_KUBECONFIG
from machines.encryption import CONFIGURATION as ENCRYPTION
from machines.encryption import SOCKET_FOLDER
from machines.flags import CIPHER_SUITES, Flag, arguments
from machines.host_files import HostFile
from machines.self_hosted_cluster import (
    API_PORT,
    FOLDER,
    SelfHostedCluster,
    authority,
    certificate,
)
from machines.static_pods import Probe, Probes, Resources, StaticPod, static_pod_file
from machines.yaml_text import to_yaml

ADMISSION = f"{FOLDER}/admission-configuration.yaml"
TOKENS = f"{FOLDER}/pki/tokens.csv"
CLIENT_AUTHORITIES = authority("client")  # those of Kubernetes and of kubelets, one after the other
ADMISSION_PLUGINS = ("NodeRestriction", "EventRateLimit", "DenyServiceExternalIPs")
PEOPLE_NAMESPACES_ENFORCE = "baseline"
Encryption = Literal["kms", "local", "none"]


@dataclass(frozen=True, slots=True)
class ApiServerSwitches:
    """What may be turned on and off.

    client_certificates: off needs static_tokens, which the components then present.
    static_tokens, bootstrap_tokens: off, since who holds one is who it names.
    webhook: the IAM authenticator, by which machines and people come in.
    aggregation: extension API servers. encryption: of secrets in etcd.
    always_pull_images: off only where images are loaded by hand and there is no registry.
    admission_plugins: beside ours. feature_gates: of controller manager and scheduler too.
    issuers: of tokens by which people log in.
    """

    client_certificates: bool = True
    static_tokens: bool = False
    bootstrap_tokens: bool = False
    webhook: bool = True
    aggregation: bool = True
    encryption: Encryption = "kms"
    always_pull_images: bool = True
    admission_plugins: tuple[str, ...] = ()
    feature_gates: Mapping[str, bool] = field(default_factory=dict)
    issuers: tuple[TokenIssuer, ...] = ()


SWITCHES = ApiServerSwitches()


@dataclass(frozen=True, slots=True)
class ApiServerSettings:
    """Beside the cluster's own values. namespaces_exempt: of Pod Security, for system pods."""

    switches: ApiServerSwitches = SWITCHES
    audit: AuditLog = field(default_factory=AuditLog)
    namespaces_exempt: tuple[str, ...] = ("kube-system",)


def check_api_server(settings: ApiServerSettings) -> ApiServerSettings:
    switches = settings.switches
    if not switches.client_certificates and not switches.static_tokens:
        raise checks.fault(
            "client_certificates", switches.client_certificates, "may be off only with "
            "static_tokens on: controller manager and scheduler would have nothing to present"
        )  # fmt: skip
    if switches.encryption not in ("kms", "local", "none"):
        raise checks.fault("encryption", switches.encryption, "must be kms, local or none")
    for name in settings.namespaces_exempt:
        checks.host_name("namespaces_exempt", name)
    check_audit_log(settings.audit)
    return settings


def kube_apiserver_flags(
    cluster: SelfHostedCluster, settings: ApiServerSettings
) -> tuple[Flag, ...]:
    """The one table: what the pod's command, the docs and the benchmark's tests all read."""
    check_api_server(settings)
    return (
        *_serving(),
        *_etcd(cluster),
        *_kubelets(),
        *_authentication(settings.switches),
        *_tokens_of_service_accounts(cluster),
        *_authorization(settings.switches),
        *audit_flags(settings.audit),
        *_encryption(settings.switches),
        *_aggregation(settings.switches),
        *feature_gates(settings.switches.feature_gates),
        Flag("service-cluster-ip-range", cluster.service_cidr, "services' addresses"),
        Flag("allow-privileged", "true",
             "drivers of volumes need it; Pod Security keeps it to system namespaces"),
    )  # fmt: skip


def _serving() -> tuple[Flag, ...]:
    crt, key = certificate("kube-apiserver")
    return (
        Flag("secure-port", str(API_PORT), "the only port; there is none in clear"),
        Flag("tls-cert-file", crt, "names every endpoint", ("1.2.24",)),
        Flag("tls-private-key-file", key, "its key", ("1.2.24",)),
        Flag("tls-min-version", "VersionTLS12", "nothing older", ("1.2.29",)),
        Flag("tls-cipher-suites", ",".join(CIPHER_SUITES), "strong ones alone", ("1.2.29",)),
        Flag("profiling", "false", "tells of the inside, and costs time", ("1.2.15",)),
        Flag("request-timeout", "60s", "one request holds no place for ever", ("1.2.20",)),
        Flag("shutdown-delay-duration", "30s",
             "goes on while load balancers notice that /readyz says no"),
        Flag("shutdown-send-retry-after", "true", "who comes late is sent to the other"),
        Flag("goaway-chance", "0.001",
             "connections spread again after a controller was away"),
    )  # fmt: skip


def _etcd(cluster: SelfHostedCluster) -> tuple[Flag, ...]:
    crt, key = certificate("kube-apiserver-etcd-client")
    return (
        Flag("etcd-servers", ",".join(cluster.etcd_endpoints), "every member, so that one may go"),
        Flag("etcd-cafile", authority("etcd"), "an authority of etcd's own", ("1.2.26",)),
        Flag("etcd-certfile", crt, "who asks etcd", ("1.2.23",)),
        Flag("etcd-keyfile", key, "its key", ("1.2.23",)),
    )


def _kubelets() -> tuple[Flag, ...]:
    crt, key = certificate("kube-apiserver-kubelet-client")
    return (
        Flag("kubelet-certificate-authority", authority("kubelet"),
             "a kubelet shows the certificate that was approved for its machine", ("1.2.5",)),
        Flag("kubelet-client-certificate", crt, "who asks kubelets", ("1.2.4",)),
        Flag("kubelet-client-key", key, "its key", ("1.2.4",)),
        Flag("kubelet-preferred-address-types", "InternalIP,InternalDNS,Hostname",
             "no name needs to be found when names are what fails"),
    )  # fmt: skip


def _authentication(switches: ApiServerSwitches) -> list[Flag]:
    flags = [
        Flag("authentication-config", AUTHENTICATION,
             "nobody without a name, but on the paths of health", ("1.2.1",)),
        Flag("enable-bootstrap-token-auth", _word(switches.bootstrap_tokens),
             "machines join by who they are", ("3.1.3",)),
    ]  # fmt: skip
    if switches.client_certificates:
        flags.append(Flag("client-ca-file", CLIENT_AUTHORITIES,
                          "components, and kubelets that have joined", ("1.2.25",)))  # fmt: skip
    if switches.static_tokens:
        flags.append(Flag("token-auth-file", TOKENS, "asked for; each is a password"))
    if switches.webhook:
        flags += [
            Flag("authentication-token-webhook-config-file", WEBHOOK_KUBECONFIG,
                 "IAM says who asks", ("3.1.1",)),
            Flag("authentication-token-webhook-version", "v1beta1",
                 "what the authenticator speaks"),
            Flag("authentication-token-webhook-cache-ttl", "2m0s",
                 "how long one that was taken away still counts"),
        ]  # fmt: skip
    return flags


def _tokens_of_service_accounts(cluster: SelfHostedCluster) -> tuple[Flag, ...]:
    public, private = service_account_keys()
    return (
        Flag("service-account-issuer", cluster.api_server, "who signs; names this cluster alone"),
        Flag("service-account-key-file", public, "what tokens are held against", ("1.2.22",)),
        Flag("service-account-signing-key-file", private, "what signs them"),
        Flag("service-account-lookup", "true", "a token ends with its account", ("1.2.21",)),
        Flag("service-account-extend-token-expiration", "false",
             "an hour is an hour", ("1.2.30",)),
    )  # fmt: skip


def service_account_keys() -> tuple[str, str]:
    """The public and the private half; the public one may hold two keys while one follows."""
    return f"{FOLDER}/pki/service-account.pub", f"{FOLDER}/pki/service-account.key"


def _authorization(switches: ApiServerSwitches) -> tuple[Flag, ...]:
    plugins = [*ADMISSION_PLUGINS, *(["AlwaysPullImages"] if switches.always_pull_images else [])]
    plugins += switches.admission_plugins
    return (
        Flag("authorization-mode", "Node,RBAC", "a kubelet sees what its own pods need",
             ("1.2.6", "1.2.7", "1.2.8")),
        Flag("enable-admission-plugins", ",".join(plugins),
             "beside those that are always on, such as ServiceAccount and PodSecurity",
             ("1.2.3", "1.2.9", "1.2.10", "1.2.11", "1.2.12", "1.2.13", "1.2.14")),
        Flag("admission-control-config-file", ADMISSION, "limits of events, and of pods"),
    )  # fmt: skip


def _encryption(switches: ApiServerSwitches) -> list[Flag]:
    if switches.encryption == "none":
        return []
    return [
        Flag("encryption-provider-config", ENCRYPTION,
             "secrets are unreadable in etcd and in its snapshots", ("1.2.27", "1.2.28")),
        Flag("encryption-provider-config-automatic-reload", "true",
             "a new key is taken up without a restart"),
    ]  # fmt: skip


def _aggregation(switches: ApiServerSwitches) -> list[Flag]:
    if not switches.aggregation:
        return []
    crt, key = certificate("front-proxy-client")
    return [
        Flag("requestheader-client-ca-file", authority("front-proxy"),
             "an authority of its own: who it signs may say who somebody is"),
        Flag("requestheader-allowed-names", "front-proxy-client", "and one name alone"),
        Flag("requestheader-username-headers", "X-Remote-User", "as extension servers read it"),
        Flag("requestheader-group-headers", "X-Remote-Group", "as extension servers read it"),
        Flag("requestheader-extra-headers-prefix", "X-Remote-Extra-", "likewise"),
        Flag("proxy-client-cert-file", crt, "who passes a request on"),
        Flag("proxy-client-key-file", key, "its key"),
    ]  # fmt: skip


def feature_gates(
    gates: Mapping[str, bool], why: str = "asked for", cis: tuple[str, ...] = ()
) -> list[Flag]:
    """One flag for all of them; none where there are none."""
    listed = ",".join(f"{name}={_word(on)}" for name, on in sorted(gates.items()))
    return [Flag("feature-gates", listed, why, cis)] if listed else []


def _word(value: bool) -> str:
    return "true" if value else "false"


def render_admission(settings: ApiServerSettings) -> str:
    """Events are limited for the whole server and for each source, pods to `baseline`."""
    limits = [
        {"type": "Server", "qps": 500, "burst": 5000},
        {"type": "SourceAndObject", "qps": 10, "burst": 100, "cacheSize": 4096},
    ]
    security: dict[str, Any] = {
        "apiVersion": "pod-security.admission.config.k8s.io/v1",
        "kind": "PodSecurityConfiguration",
        "defaults": {
            "enforce": PEOPLE_NAMESPACES_ENFORCE,
            "enforce-version": "latest",
            "audit": "restricted",
            "audit-version": "latest",
            "warn": "restricted",
            "warn-version": "latest",
        },
        "exemptions": {
            "usernames": [],
            "runtimeClasses": [],
            "namespaces": list(settings.namespaces_exempt),
        },
    }
    events = {
        "apiVersion": "eventratelimit.admission.k8s.io/v1alpha1",
        "kind": "Configuration",
        "limits": limits,
    }
    return to_yaml(
        {
            "apiVersion": "apiserver.config.k8s.io/v1",
            "kind": "AdmissionConfiguration",
            "plugins": [
                {"name": "EventRateLimit", "configuration": events},
                {"name": "PodSecurity", "configuration": security},
            ],
        }
    )


def kube_apiserver_files(
    cluster: SelfHostedCluster, settings: ApiServerSettings
) -> tuple[HostFile, ...]:
    """Its manifest, and what it reads that holds no secret."""
    flags = kube_apiserver_flags(cluster, settings)
    return (
        HostFile(POLICY, render_audit_policy()),
        HostFile(AUTHENTICATION, render_authentication(settings.switches.issuers)),
        HostFile(ADMISSION, render_admission(settings)),
        static_pod_file(_pod(cluster, settings, flags)),
    )


def _pod(
    cluster: SelfHostedCluster, settings: ApiServerSettings, flags: tuple[Flag, ...]
) -> StaticPod:
    written = (settings.audit.path,)
    files = [f.value for f in flags if f.value.startswith(f"{FOLDER}/") and f.value not in written]
    if settings.switches.webhook:
        files.append(authority("kubernetes"))  # what its kubeconfig holds the authenticator against
    folders: dict[str, Any] = {settings.audit.folder: "DirectoryOrCreate"}
    if settings.switches.encryption == "kms":
        folders[SOCKET_FOLDER] = "DirectoryOrCreate"
    return StaticPod(
        name="kube-apiserver",
        image=cluster.images["kube-apiserver"],
        command=["kube-apiserver", *arguments(flags)],
        files=list(dict.fromkeys(files)),
        folders=folders,
        probes=Probes(
            startup=Probe("/livez", API_PORT, failures=30),
            liveness=Probe("/livez", API_PORT, failures=8),
            readiness=Probe("/readyz", API_PORT, seconds_between=1),
        ),
        resources=Resources("250m", "512Mi"),
        stop_seconds=60,
    )
