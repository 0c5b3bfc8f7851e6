"""A self-hosted cluster in a closed network, as the renderers are given it: what the pages show and
the tests hold."""

from machines.authenticator import ADMINISTRATORS, render_authenticator
from machines.aws_auth import RoleMapping
from machines.etcd import EtcdCluster
from machines.self_hosted_cluster import IMAGES, SelfHostedCluster
from machines.self_hosted_files import Controller

ACCOUNT = "123456789012"
REGION = "ap-northeast-1"
REGISTRY = f"{ACCOUNT}.dkr.ecr.{REGION}.amazonaws.com"
KEY_ARN = f"arn:aws:kms:{REGION}:{ACCOUNT}:key/0123abcd-0123-0123-0123-0123456789ab"
ETCD = EtcdCluster(
    name="dev",
    region=REGION,
    domain="dev.heiiki.internal",
    members=("1a", "1c", "1d"),
    token="dev-1",
    snapshot_minutes=60,
)
CLUSTER = SelfHostedCluster(
    name="dev",
    region=REGION,
    api_server_name="api.dev.heiiki.internal",
    vpc_cidrs=("172.25.0.0/16",),
    pod_cidr="10.64.0.0/12",
    service_cidr="10.32.0.0/16",
    registry=REGISTRY,
    images={name: f"{REGISTRY}/heiiki/{name}@sha256:{i:064x}" for i, name in enumerate(IMAGES)},
    etcd=ETCD,
)
AUTHENTICATOR = render_authenticator(
    CLUSTER,
    nodes=[f"arn:aws:iam::{ACCOUNT}:role/dev-{role}" for role in ("worker", "controller")],
    administrators=[
        RoleMapping(f"arn:aws:iam::{ACCOUNT}:role/admin", "admin", (ADMINISTRATORS,)),
    ],
)
CONTROLLER = Controller(partition="aws", authenticator=AUTHENTICATOR, kms_keys={"key-1": KEY_ARN})
