"""The service by which a node tells its Auto Scaling group that it is Ready; see node_ready.sh.

nodeadm starts the kubelet only after cloud-init's scripts have ended, so none of them may wait: the
script here only enables a service, which does the waiting.

What it uses is on the image: aws CLI v2, jq and curl (templates/al2023/provisioners/
install-worker.sh), /etc/kubernetes/pki/ca.crt (nodeadm/internal/kubelet/cert.go), and a token of
`aws eks get-token`, as in the kubelet's own kubeconfig (awslabs/amazon-eks-ami at 81fec2e8, read
2026-11-22). That token is a URL of STS, signed on the machine itself: neither STS nor EKS is
called. A node may read its own Node object (Node authorizer), and whoever is authenticated may ask
who the API takes it for (SelfSubjectReview, ClusterRole system:basic-user).
"""

import re
from collections.abc import Sequence
from pathlib import Path

from machines import checks
from machines.user_data import File, Part, Script, environment_file, files_part, script_parts

SCRIPT = "/usr/local/lib/heiiki/node-ready.sh"
SETTINGS = "/etc/heiiki/node-ready.env"
DONE = "/var/lib/heiiki/node-ready"
UNIT = "heiiki-node-ready.service"
POLL_SECONDS = 10
_AUTO_SCALING_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,254}")
_UNIT_TEXT = f"""\
[Unit]
Description=Tell the Auto Scaling group when this node is Ready
ConditionPathExists=!{DONE}

[Service]
ExecStart=/bin/bash {SCRIPT} {SETTINGS}

[Install]
WantedBy=multi-user.target
"""
_START = f"""\
#!/bin/bash
systemctl daemon-reload
systemctl enable --now --no-block {UNIT}
"""


def node_ready_parts(
    *,
    cluster_name: str,
    region: str,
    api_server_endpoint: str,
    group_name: str,
    hook_name: str,
    timeout_seconds: int,
) -> Sequence[Part]:
    """The parts of user data that install and start the service.

    timeout_seconds: from the machine's boot until it says why it is not Ready and gives itself up.
    """
    checks.https_host("api_server_endpoint", api_server_endpoint)
    for field, name in (("group_name", group_name), ("hook_name", hook_name)):
        if not _AUTO_SCALING_NAME.fullmatch(name):
            raise checks.fault(field, name, "must be letters, digits, '-' and '_'")
    checks.whole_number("timeout_seconds", timeout_seconds, 1, 7200)
    settings = {
        "HEIIKI_CLUSTER_NAME": checks.cluster_name("cluster_name", cluster_name),
        "HEIIKI_REGION": checks.region("region", region),
        "HEIIKI_API_SERVER_ENDPOINT": api_server_endpoint.rstrip("/"),
        "HEIIKI_CA_FILE": "/etc/kubernetes/pki/ca.crt",
        "HEIIKI_GROUP_NAME": group_name,
        "HEIIKI_HOOK_NAME": hook_name,
        "HEIIKI_TIMEOUT_SECONDS": str(timeout_seconds),
        "HEIIKI_POLL_SECONDS": str(POLL_SECONDS),
        "HEIIKI_METADATA": "http://169.254.169.254",
        "HEIIKI_CONSOLE": "/dev/console",
        "HEIIKI_DONE_FILE": DONE,
    }
    files = [
        environment_file(SETTINGS, settings),
        File(SCRIPT, script_text()),
        File(f"/etc/systemd/system/{UNIT}", _UNIT_TEXT),
    ]
    return [files_part(files), *script_parts([Script("start-node-ready.sh", _START)])]


def script_text() -> str:
    """The script as it lies on a node."""
    return Path(__file__).with_name("node_ready.sh").read_text(encoding="utf-8")
