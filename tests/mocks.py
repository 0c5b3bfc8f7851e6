"""A recording stand-in for the engine, stricter than the SDK's own.

It proves what a program asks of AWS, not that AWS accepts it: tests/engine does that.
"""

import base64
from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any, NamedTuple
from unittest.mock import patch

import pulumi
from pulumi.runtime import resource, rpc
from pulumi.runtime.mocks import MockCallArgs, MockResourceArgs, Mocks
from pulumi.runtime.proto import source_pb2

from tests.order import Order, OrderMonitor

# What only AWS knows and later resources use; everything else is the inputs themselves.
# A CA's form is checked by the renderers, so it is a real one, and public.
CERTIFICATE = (
    "LS0tLS1CRUdJTiBDRVJUSUZJQ0FURS0tLS0tCk1JSUJMVENCMUtBREFnRUNBZ0VCTUFvR0NDcUdTTTQ5QkFNQ01CVX"
    "hFekFSQmdOVkJBTU1DbXQxWW1WeWJtVjAKWlhNd0lCY05Nall3TVRBeE1EQXdNREF3V2hnUE1qRXlOakF4TURFd01E"
    "QXdNREJhTUJVeEV6QVJCZ05WQkFNTQpDbXQxWW1WeWJtVjBaWE13V1RBVEJnY3Foa2pPUFFJQkJnZ3Foa2pPUFFNQk"
    "J3TkNBQVFMSEJVcGw2citrOUN2CnV3RFJOdkRWY0I2YXJSdmpYNUVGRUpwL2hCVTJjamhJb3lvT0c5c2JiK3p6L3B3"
    "TUl0M1JzdGpGSEZIVTlOZTgKTHVrK0taRkJveE13RVRBUEJnTlZIUk1CQWY4RUJUQURBUUgvTUFvR0NDcUdTTTQ5Qk"
    "FNQ0EwZ0FNRVVDSVFETgpEaUxnRHZoYzVXYzRJdDNRK3h6ZlcxMnVPNEdTZENlVlZIQjE3U2FvQlFJZ01pTks4WFRi"
    "eFBzZE1FV1VHYVlJCnNLNjlWTmtkRmdPOTJTWFFnRXpOVUlRPQotLS0tLUVORCBDRVJUSUZJQ0FURS0tLS0tCg=="
)
PEM = {"certPem": base64.b64decode(CERTIFICATE).decode(), "validityEndTime": "2126-07-01T00:00:00Z"}
COMPUTED: dict[str, dict[str, Any]] = {
    "aws:ec2/vpc:Vpc": {"defaultRouteTableId": "rtb-main"},
    "aws:ec2/vpcEndpoint:VpcEndpoint": {"prefixListId": "pl-s3"},
    "aws:ec2/eip:Eip": {"allocationId": "eipalloc-mock", "publicIp": "198.51.100.1"},
    "aws:ec2/instance:Instance": {"privateIp": "172.25.192.10"},
    "aws:ec2/launchTemplate:LaunchTemplate": {"latestVersion": 1},
    "aws:route53/zone:Zone": {"zoneId": "Z0123456789ABCDEFGHIJ"},
    "aws:kms/key:Key": {"keyId": "1234abcd-12ab-34cd-56ef-1234567890ab"},
    "aws:eks/cluster:Cluster": {"certificateAuthority": {"data": CERTIFICATE}},
    "tls:index/privateKey:PrivateKey": {
        "privateKeyPem": "-----BEGIN PRIVATE KEY-----\nof a mock\n-----END PRIVATE KEY-----\n",
        "publicKeyPem": "-----BEGIN PUBLIC KEY-----\nof a mock\n-----END PUBLIC KEY-----\n",
    },
    "tls:index/selfSignedCert:SelfSignedCert": PEM,
    "tls:index/certRequest:CertRequest": {"certRequestPem": "of a mock"},
    "tls:index/locallySignedCert:LocallySignedCert": PEM,
}
ENDPOINT = "https://0123456789ABCDEF.gr7.ap-northeast-1.eks.amazonaws.com"

# The key of the example whose machines are told of it: the renderer checks the form of its ARN.
OWN_KEY_TAGS = [
    {"Name": f"{name}-cluster", "heiiki:cluster": name} for name in ("self-hosted", "external-etcd")
]
OWN_KEY_ARN = "arn:aws:kms:ap-northeast-1:123456789012:key/1234abcd-12ab-34cd-56ef-1234567890ab"

STACK_REFERENCE = "pulumi:pulumi:StackReference"


class Registration(NamedTuple):
    """A resource as the engine would know it. sources: of each input the URNs it comes from."""

    urn: str
    type: str
    name: str
    inputs: dict[str, Any]
    sources: dict[str, frozenset[str]]
    id: str
    outputs: dict[str, Any]
    protect: bool
    goes_first: bool = False  # deleted before it is made anew


class Recorder(Mocks):
    """Records every registration; refuses duplicates and lookups.

    stacks: outputs of other stacks by full name, and the names of those that are secret.
    same_names: lets two resources of a type and of different parents have one name, as the engine
    does; whoever allows it looks at the URNs.
    """

    def __init__(
        self,
        stacks: Mapping[str, tuple[dict[str, Any], list[str]]],
        *,
        same_names: bool = False,
        endpoint: str = ENDPOINT,
        key_arn: str | None = None,
    ) -> None:
        self._endpoint, self._key_arn = endpoint, key_arn
        self.resources: list[MockResourceArgs] = []
        self.order = Order()
        self.registrations: list[Registration] = []
        self._stacks, self._same_names = stacks, same_names

    def new_resource(self, args: MockResourceArgs) -> tuple[str, dict[str, Any]]:
        taken = any((r.typ, r.name) == (args.typ, args.name) for r in self.resources)
        assert self._same_names or not taken, args.name
        self.resources.append(args)
        if args.typ == STACK_REFERENCE:
            outputs, secrets = self._stacks[args.inputs["name"]]
            state = {**args.inputs, "outputs": outputs, "secretOutputNames": secrets}
            return args.inputs["name"], state
        state = {**args.inputs, **COMPUTED.get(args.typ, {})}
        noun = args.typ.rsplit(":", 1)[-1]
        state.setdefault("arn", f"arn:aws:mock:::{noun}/{args.name}")
        state.setdefault("name", args.name)
        state.setdefault("nodeGroupName", args.name)
        if args.typ == "aws:iam/role:Role":
            state["arn"] = f"arn:aws:iam::123456789012:role/{args.inputs['name']}"
        if args.typ == "aws:iam/instanceProfile:InstanceProfile":
            state["arn"] = f"arn:aws:iam::123456789012:instance-profile/{args.inputs['name']}"
        if args.typ == "tls:index/privateKey:PrivateKey":  # no two keys are the same
            state["privateKeyPem"] = state["privateKeyPem"].replace("a mock", f"mock {args.name}")
        if args.typ == "aws:kms/key:Key":
            told = OWN_KEY_ARN if args.inputs.get("tags") in OWN_KEY_TAGS else state["arn"]
            state["arn"] = self._key_arn or told
        if args.typ == "aws:eks/cluster:Cluster":
            state["vpcConfig"] = {**args.inputs["vpcConfig"], "clusterSecurityGroupId": "sg-eks"}
            state["endpoint"] = self._endpoint
        if args.typ == "aws:ec2/instance:Instance":  # its form is checked where SSH is configured
            return "i-0123456789abcdef0", state
        return f"{args.name}-id", state

    def call(self, args: MockCallArgs) -> Any:
        raise AssertionError(f"unexpected lookup {args.token}: components take ids, not queries")


class Monitor(OrderMonitor):
    """Also keeps where each input comes from."""

    def RegisterResource(self, request: Any) -> Any:
        response = super().RegisterResource(request)
        registered = self.resources.get(response.urn)
        if registered is not None:
            inputs = rpc.deserialize_properties(request.object)  # type: ignore[no-untyped-call]
            self.mocks.registrations.append(
                Registration(
                    response.urn,
                    request.type,
                    request.name,
                    inputs,
                    {key: frozenset(d.urns) for key, d in request.propertyDependencies.items()},
                    registered.id,
                    registered.state,
                    request.protect,
                    request.deleteBeforeReplace,
                )
            )
        return response


def build(
    program: Callable[[], Any],
    stacks: Mapping[str, tuple[dict[str, Any], list[str]]] = MappingProxyType({}),
    *,
    same_names: bool = False,
    endpoint: str = ENDPOINT,
    key_arn: str | None = None,
    preview: bool = False,
    recorder: Recorder | None = None,
) -> tuple[Recorder, set[str]]:
    """Run `program` until every registration has landed; return them and their URNs.

    endpoint: of the cluster's API, which lies in the cluster's region. key_arn: of every key.
    preview: whether an output of a mock may be unknown (rpc.UNKNOWN). recorder: another one than
    these say.

    Registrations land asynchronously: whoever looks earlier sees an absence that is none.
    """
    recorder = recorder or Recorder(
        stacks, same_names=same_names, endpoint=endpoint, key_arn=key_arn
    )
    monitor = Monitor(recorder)
    recorder.order = monitor.order
    pulumi.runtime.set_mocks(
        recorder, monitor=monitor, organization="organization", preview=preview
    )
    # Where a resource stands in the source is for the engine's messages. To tell it takes a third
    # of a build, since pytest's own frames lie below.
    with patch.object(resource, "_get_stack_trace", source_pb2.StackTrace):
        pulumi.runtime.test(lambda: program() and None)()  # type: ignore[no-untyped-call]
    return recorder, set(monitor.get_registered_resources())
