"""Where people ask from: kubectl with a kubeconfig of the stack, and a way that leads wherever the
names in the embedded AWS lead.

The way is a proxy that kubectl is told of, so neither names nor addresses in the kubeconfig change.
It follows a name through the private zones that people's VPC knows, to a load balancer, its
listener and its targets. Which process here stands for a target is all that the test says.
"""

import os
import socket
import socketserver
import subprocess
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from local.carry_in.programs import AUTHENTICATOR, KUBERNETES
from local.machines.authority import issue
from local.machines.front import Front
from tests.engine.aws_side import client
from tests.engine.trading.stacks import REGION
from tests.engine.world import World

STS = f"sts.{REGION}.amazonaws.com"
CLUSTER_TAG = "heiiki:cluster"
CHUNK_BYTES = 1 << 16
ASK_SECONDS = 60.0
# In place of the AWS CLI: the one command that a kubeconfig by IAM runs, in its form and no other.
AWS = """\
#!/bin/sh
set -eu
[ $# -eq 10 ]
[ "$1 $3 $4 $5 $7 $8 $9" = "--region eks get-token --cluster-name --output json --role-arn" ]
exec '{authenticator}' token --cluster-id "$6" --region "$2" --role "${{10}}"
"""


class LostError(Exception):
    """A name that leads nowhere."""


@dataclass(frozen=True)
class Names:
    """What the resolver of a VPC, and load balancers, do with a name."""

    world: World
    vpc_id: str

    def cluster_at(self, host: str, port: int) -> str:
        """Whose machines answer: the tag of all targets of the load balancer that it leads to."""
        elb, ec2 = (client(self.world, name, REGION) for name in ("elbv2", "ec2"))
        address = self.led_to(host)
        balancers = elb.describe_load_balancers()["LoadBalancers"]
        arns = [one["LoadBalancerArn"] for one in balancers if one["DNSName"] == address]
        for arn in arns:
            for one in elb.describe_listeners(LoadBalancerArn=arn)["Listeners"]:
                if one["Port"] != port:
                    continue
                (action,) = one["DefaultActions"]
                health = elb.describe_target_health(TargetGroupArn=action["TargetGroupArn"])
                ids = [row["Target"]["Id"] for row in health["TargetHealthDescriptions"]]
                found = ec2.describe_instances(InstanceIds=ids)["Reservations"]
                machines = [i for reservation in found for i in reservation["Instances"]]
                tags = [{t["Key"]: t["Value"] for t in one["Tags"]} for one in machines]
                (cluster,) = {one[CLUSTER_TAG] for one in tags}
                return cluster
        raise LostError(f"nobody listens at {host}:{port}")

    def led_to(self, host: str) -> str:
        """The end of the way: a name in no zone that the VPC knows."""
        route53 = client(self.world, "route53", REGION)
        known = route53.list_hosted_zones_by_vpc(VPCId=self.vpc_id, VPCRegion=REGION)
        zones = {
            one["Name"].rstrip("."): one["HostedZoneId"] for one in known["HostedZoneSummaries"]
        }
        for _ in range(8):  # as resolvers end a ring
            within = [zone for zone in zones if host.endswith(f".{zone}")]
            if not within:
                return host
            rows = route53.list_resource_record_sets(HostedZoneId=zones[max(within, key=len)])
            found = [row for row in rows["ResourceRecordSets"] if row["Name"].rstrip(".") == host]
            if not found:
                raise LostError(f"{host}: no such name in {max(within, key=len)}")
            (row,) = found
            host = (
                row["AliasTarget"]["DNSName"].rstrip(".")
                if "AliasTarget" in row
                else row["ResourceRecords"][0]["Value"].rstrip(".")
            )
        raise LostError(f"{host} leads round in a ring")


class Way(socketserver.ThreadingTCPServer):
    """An HTTP proxy that knows CONNECT alone."""

    daemon_threads = True

    def __init__(self, port_of: Callable[[str, int], int]) -> None:
        """port_of: on loopback, of who stands for host and port; LostError for nobody."""
        super().__init__(("127.0.0.1", 0), _Connecting)
        self.port_of = port_of
        self.asked: list[str] = []
        threading.Thread(target=self.serve_forever, daemon=True).start()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}"


class _Connecting(socketserver.StreamRequestHandler):
    server: Way

    def handle(self) -> None:
        method, target, _ = self.rfile.readline().decode("ascii").split(" ", 2)
        while self.rfile.readline().strip():
            continue
        assert method == "CONNECT", method
        self.server.asked.append(target)
        host, _, port = target.rpartition(":")
        try:
            there = socket.create_connection(("127.0.0.1", self.server.port_of(host, int(port))))
        except (LostError, OSError) as error:
            self.wfile.write(f"HTTP/1.1 502 {error}\r\n\r\n".encode())
            return
        with there:
            self.wfile.write(b"HTTP/1.1 200 Connected\r\n\r\n")
            back = threading.Thread(target=_pass, args=(there, self.connection), daemon=True)
            back.start()
            _pass(self.connection, there)
            back.join()


def _pass(source: socket.socket, target: socket.socket) -> None:
    with suppress(OSError):
        while data := source.recv(CHUNK_BYTES):
            target.sendall(data)
    with suppress(OSError):
        target.shutdown(socket.SHUT_WR)


@dataclass
class People:
    """Whoever asks with kubectl. ports: of each cluster's API server here."""

    folder: Path
    variables: Mapping[str, str]
    way: Way
    ports: dict[str, int]

    def kubectl(self, kubeconfig: str, *words: str) -> "subprocess.CompletedProcess[str]":
        """kubeconfig: its text, as the stack put it out."""
        file = self.folder / "kubeconfig"
        file.touch(mode=0o600)
        file.write_text(kubeconfig, encoding="utf-8")
        command = [str(KUBERNETES.binary("kubectl")), f"--kubeconfig={file}", *words]
        return subprocess.run(
            command, env=dict(self.variables), cwd=self.folder, text=True, capture_output=True,
            check=False, timeout=ASK_SECONDS,
        )  # fmt: skip

    def answered_by(self, kubeconfig: str) -> str:
        """Which cluster answers, or what kubectl says instead."""
        asked = ("get", "configmap", "who", "--output=jsonpath={.data.cluster}")
        ended = self.kubectl(kubeconfig, *asked)
        return ended.stdout or ended.stderr


@contextmanager
def people(world: World, folder: Path, vpc_id: str) -> Iterator[People]:
    """They have keys of AWS, and so does whoever else is given their variables."""
    names, ports = Names(world, vpc_id), {}  # type: tuple[Names, dict[str, int]]
    issued = issue(folder, [STS])
    (folder / "authority.pem").write_text(issued.authority_pem, encoding="ascii")
    with socket.create_server(("127.0.0.1", 0)) as listener:
        front = Front(listener.dup(), issued, world.aws_endpoint_url, REGION)

    def port_of(host: str, port: int) -> int:
        if host == STS:
            return int(front.server_address[1])
        return ports[names.cluster_at(host, port)]

    way = Way(port_of)
    bin_folder = folder / "bin"
    bin_folder.mkdir()
    aws = bin_folder / "aws"
    aws.write_text(AWS.format(authenticator=AUTHENTICATOR.binary("aws-iam-authenticator")))
    aws.chmod(0o755)
    variables = {
        "PATH": f"{bin_folder}:{os.environ['PATH']}", "HOME": str(folder),
        "HTTPS_PROXY": way.url, "SSL_CERT_FILE": str(folder / "authority.pem"),
        "AWS_ACCESS_KEY_ID": "embedded", "AWS_SECRET_ACCESS_KEY": "embedded",
    }  # fmt: skip
    try:
        yield People(folder, variables, way, ports)
    finally:
        for server in (way, front):
            server.shutdown()
            server.server_close()


def outside(variables: Mapping[str, str]) -> dict[str, str]:
    """How another program of the test reaches STS."""
    return {name: variables[name] for name in ("HTTPS_PROXY", "SSL_CERT_FILE")}


def vpc_with_zone(world: World, name: str) -> tuple[Any, Any]:
    """Of people: a VPC, and a private zone that it knows; their ids."""
    ec2, route53 = (client(world, service, REGION) for service in ("ec2", "route53"))
    vpc_id = ec2.create_vpc(CidrBlock="10.99.0.0/16")["Vpc"]["VpcId"]
    made = route53.create_hosted_zone(
        Name=name, CallerReference=name, VPC={"VPCRegion": REGION, "VPCId": vpc_id},
        HostedZoneConfig={"PrivateZone": True},
    )  # fmt: skip
    return vpc_id, made["HostedZone"]["Id"].rpartition("/")[2]
