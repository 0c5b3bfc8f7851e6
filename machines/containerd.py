"""containerd on machines of our own: images come from the own registry whatever they are called.

An image of another registry is looked for in ours, by its path; where it is not there, it is not
there. Version 2 of the file is read by containerd 1.6 to 2.x.
"""

from machines.host_files import HostFile
from machines.overlay import CNI_TEMPLATE
from machines.own_images import own_image, registry_host
from machines.toml_text import to_toml

CONFIGURATION = "/etc/containerd/config.toml"
HOSTS = "/etc/containerd/certs.d"
MAX_LOG_LINE_BYTES = 16_384


def containerd_files(
    *, registry: str, pause_image: str, restrict_oom_score_adj: bool = False
) -> tuple[HostFile, ...]:
    """restrict_oom_score_adj: for machines that are themselves without the right to lower it, such
    as one in a namespace; a pod's sandbox would not start there."""
    registry_host("registry", registry)
    own_image("pause_image", pause_image, registry)
    hosts = to_toml(
        {
            "server": f"https://{registry}",
            "host": {f"https://{registry}": {"capabilities": ["pull", "resolve"]}},
        }
    )
    return (
        HostFile(CONFIGURATION, _configuration(pause_image, restrict_oom_score_adj)),
        HostFile(f"{HOSTS}/_default/hosts.toml", hosts),
        HostFile(f"{HOSTS}/{registry}/hosts.toml", hosts),
    )


def _configuration(pause_image: str, restrict_oom_score_adj: bool) -> str:
    return to_toml(
        {
            "version": 2,
            "plugins": {
                "io.containerd.grpc.v1.cri": {
                    "sandbox_image": pause_image,
                    "restrict_oom_score_adj": restrict_oom_score_adj,
                    "max_container_log_line_size": MAX_LOG_LINE_BYTES,
                    "disable_tcp_service": True,
                    "stream_server_address": "127.0.0.1",
                    "cni": {
                        "bin_dir": "/opt/cni/bin",
                        "conf_dir": "/etc/cni/net.d",
                        "conf_template": CNI_TEMPLATE,
                    },
                    "registry": {"config_path": HOSTS},
                    "containerd": {
                        "default_runtime_name": "runc",
                        "runtimes": {
                            "runc": {
                                "runtime_type": "io.containerd.runc.v2",
                                "options": {"SystemdCgroup": True},
                            }
                        },
                    },
                }
            },
        }
    )
