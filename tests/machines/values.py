"""A closed cluster's facts, as the renderers are given them, and golden files beside the tests."""

import base64
import os
from pathlib import Path
from typing import Any

from machines.proxy import ProxySettings, no_proxy_for

GOLDEN = Path(__file__).parent / "golden"
CA_PEM = (Path(__file__).parent / "ca.pem").read_text(encoding="utf-8")
CA_BASE64 = base64.b64encode(CA_PEM.encode()).decode()
REGION = "ap-northeast-1"
HOST = "0123456789ABCDEF0123456789ABCDEF.gr7.ap-northeast-1.eks.amazonaws.com"
ENDPOINT = f"https://{HOST}"

CLUSTER: dict[str, Any] = {
    "cluster_name": "dev",
    "api_server_endpoint": ENDPOINT,
    "certificate_authority_base64": CA_BASE64,
    "service_cidr": "172.20.0.0/16",
    "cluster_dns_ips": ["172.20.0.10"],
}
NODE: dict[str, Any] = {"max_pods": 29, "node_labels": {}, "node_taints": ()}

PROXY = ProxySettings(
    http_proxy="http://proxy.example.internal:3128",
    https_proxy="http://proxy.example.internal:3128",
    no_proxy=no_proxy_for(
        vpc_cidrs=["10.0.0.0/16"],
        service_cidr="172.20.0.0/16",
        api_server_endpoint=ENDPOINT,
        endpoint_dns_names=[
            "sts.ap-northeast-1.amazonaws.com",
            "*.dkr.ecr.ap-northeast-1.amazonaws.com",
            "api.ecr.ap-northeast-1.amazonaws.com",
            "s3.ap-northeast-1.amazonaws.com",
            "*.s3.ap-northeast-1.amazonaws.com",
        ],
    ),
)


def assert_golden(name: str, text: str) -> None:
    """UPDATE_GOLDEN=1 rewrites the file; review it as the effect of the change."""
    file = GOLDEN / name
    if os.environ.get("UPDATE_GOLDEN"):
        GOLDEN.mkdir(exist_ok=True)
        file.write_text(text, encoding="utf-8", newline="")
    assert file.is_file(), f"no {file}; UPDATE_GOLDEN=1 writes it"
    assert text == file.read_bytes().decode(), f"{name} differs; UPDATE_GOLDEN=1 rewrites it"
