"""The approver of serving certificates beside a control plane of a test: by its account's token,
with the rights that are delivered, and a machine that the embedded AWS's EC2 knows."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import boto3

from local.carry_in.programs import OWN
from machines.serving_approver import NAME, serving_approver_flags
from tests.control_plane.machine import ControlPlane
from tests.control_plane.pki import Signed, write
from tests.machines.self_hosted import CLUSTER, REGION
from tests.ports import free_port
from tests.tools.kms_plugin import aws_variables
from tests.tools.kubernetes import process

TOKEN = f"/api/v1/namespaces/kube-system/serviceaccounts/{NAME}/token"


def machine_in_ec2(
    aws_url: str, address: str, *, of: str = CLUSTER.name, lost: bool = False
) -> None:
    """One in a VPC of its own, called as EC2 calls it by its address. of: whose tag it has."""
    ec2 = boto3.client(
        "ec2", region_name=REGION, endpoint_url=aws_url, aws_access_key_id="embedded",
        aws_secret_access_key="embedded",
    )  # fmt: skip
    vpc = ec2.create_vpc(CidrBlock="172.25.0.0/16")["Vpc"]["VpcId"]
    subnet = ec2.create_subnet(VpcId=vpc, CidrBlock="172.25.0.0/24")["Subnet"]["SubnetId"]
    tags = [{"Key": "heiiki:cluster", "Value": of}]
    made = ec2.run_instances(
        ImageId="ami-00000000000000000", InstanceType="m7i.large", MinCount=1, MaxCount=1,
        SubnetId=subnet, PrivateIpAddress=address,
        TagSpecifications=[{"ResourceType": "instance", "Tags": tags}],
    )  # fmt: skip
    if lost:
        ec2.terminate_instances(InstanceIds=[made["Instances"][0]["InstanceId"]])


@contextmanager
def serving_approver(plane: ControlPlane, administrator: Signed) -> Iterator[Path]:
    """Its log; it runs until the block ends."""
    folder = plane.machine.root / f"run-{NAME}"
    asked = {"apiVersion": "authentication.k8s.io/v1", "kind": "TokenRequest", "spec": {}}
    said = json.loads(plane.ask(TOKEN, administrator, method="POST", body=asked))
    authority = plane.machine.authorities["kubernetes"].certificate_pem
    own = {
        "apiVersion": "v1", "kind": "Config", "current-context": "own",
        "clusters": [{"name": "own", "cluster": {"server": plane.url,
                                                 "certificate-authority": "ca.crt"}}],
        "contexts": [{"name": "own", "context": {"cluster": "own", "user": "own"}}],
        "users": [{"name": "own", "user": {"token": said["status"]["token"]}}],
    }  # fmt: skip
    write(folder, {"ca.crt": authority, "kubeconfig": json.dumps(own)})
    given = {flag.name: flag.value for flag in serving_approver_flags(CLUSTER)}
    given |= {"kubeconfig": "kubeconfig", "health-port": f"127.0.0.1:{free_port()}"}
    flags = [f"--{name}={value}" for name, value in given.items()]
    with process(folder, NAME, flags, variables=aws_variables(plane.aws_url), source=OWN):
        yield folder / f"{NAME}.log"
