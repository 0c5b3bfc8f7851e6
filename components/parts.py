"""What one part of a cluster gives to the next: made in the same stack, or read from another's.

Each has its outputs and its reading side by side, so that both name the same things.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import pulumi

from components.network.network import BastionSubnet, NetworkView
from plan.cluster import ClusterPlan
from plan.firewall import S3
from plan.parts import part_of
from spec.connections import BastionVpcConnection
from spec.part import PartName, PartSpec

PART_OUTPUT = "part"  # which part of which whole a stack is


@dataclass(frozen=True, slots=True)
class NetworkGives:
    """What the cluster and the pools use of the network part."""

    view: NetworkView
    key_arn: pulumi.Output[str]
    made: tuple[pulumi.Resource, ...] = ()  # what others wait for, where it is made here

    @property
    def outputs(self) -> dict[str, Any]:
        """What `network_of` reads, but for what the network itself puts out."""
        bastions = {name: b.subnet_id for name, b in self.view.bastions.items()}
        return {"keyArn": self.key_arn} | ({"bastionSubnetIds": bastions} if bastions else {})


@dataclass(frozen=True, slots=True)
class ClusterGives:
    """What the pools use of the cluster part."""

    name: pulumi.Output[str]
    endpoint: pulumi.Output[str]
    certificate_authority: pulumi.Output[str]
    cluster_security_group_id: pulumi.Output[str]
    kubeconfig: pulumi.Output[str]  # secret
    principal_arns: Mapping[str, pulumi.Output[str]]
    made: tuple[pulumi.Resource, ...] = ()  # what nodes wait for, where it is made here
    resource: pulumi.Resource | None = None  # the cluster itself, where it is made here

    @property
    def outputs(self) -> dict[str, Any]:
        """What `cluster_of` reads."""
        return {
            "clusterName": self.name,
            "clusterEndpoint": self.endpoint,
            "clusterCertificateAuthority": self.certificate_authority,
            "clusterSecurityGroupId": self.cluster_security_group_id,
            "kubeconfig": self.kubeconfig,
            "principalArns": dict(self.principal_arns),
        }


class EarlierStack:
    """The stack of an earlier part, whose outputs are read when they are used.

    needs: output names to the entries that the plan has there. One that is missing ends the program
    whichever output is used, so that no node starts where an endpoint is not there yet.
    """

    def __init__(
        self,
        wanted: PartName,
        part: PartSpec,
        needs: Mapping[str, Iterable[str]],
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        stack = part.stack_of(wanted)
        self._wanted, self._part, self._stack, self._needs = wanted, part, stack, dict(needs)
        if "/" not in stack:
            stack = f"{pulumi.get_organization()}/{pulumi.get_project()}/{stack}"
        self._reference = pulumi.StackReference(wanted, stack, opts)

    def output(self, name: str) -> Any:
        """One output; a secret one stays secret. Ends the program where it is not there."""
        names = (PART_OUTPUT, name, *self._needs)
        told = [self._reference.get_output(n) for n in names]
        whole = self._reference.outputs.apply(self._require_whole, run_with_unknowns=True)
        return pulumi.Output.all(pulumi.Output.unsecret(whole), *told).apply(
            lambda values: self._checked(name, *values[1:])
        )

    def each(self, name: str) -> "Each":
        """An output that is a mapping, as a mapping of outputs."""
        return Each(self.output(name))

    def _require_whole(self, outputs: Any) -> None:
        """What the engine left out of an `up --target` it records as unknown: one such output makes
        all of them unknown to a preview, and nothing would be checked. All are, too, where the
        program runs without an engine, which has no record to read."""
        if not isinstance(outputs, Mapping):
            return
        unknown = [name for name, value in outputs.items() if pulumi.contains_unknowns(value)]
        if unknown:
            raise pulumi.RunError(
                f"stack {self._stack} does not know its {', '.join(sorted(unknown))}: it was "
                "brought up in part (--target); bring it up whole, then this stack"
            )

    def _checked(self, name: str, told: Any, value: Any, *others: Any) -> Any:
        if told is None:
            raise pulumi.RunError(
                f"stack {self._stack}, the {self._wanted} part of {self._part.of}, is not up; "
                "bring it up first"
            )
        if told != {"of": self._part.of, "name": self._wanted}:
            raise pulumi.RunError(
                f"stack {self._stack} is the {told['name']} part of {told['of']}, and this stack "
                f"needs the {self._wanted} part of {self._part.of}; set "
                f"heiiki:part.stacks.{self._wanted}"
            )
        if value is None:
            raise pulumi.RunError(
                f"stack {self._stack} has no output {name}: it was brought up by an older "
                "program, or in part; bring it up again, then this stack"
            )
        missing = [
            f"{output}.{key}"
            for (output, keys), entries in zip(self._needs.items(), others, strict=True)
            for key in keys
            if (entries or {}).get(key) is None
        ]
        if missing:
            raise pulumi.RunError(
                f"stack {self._stack} has no {', '.join(missing)}: it was brought up from an older "
                f"Pulumi.{self._part.of}.yaml; bring it up again, then this stack"
            )
        return value


class Each(Mapping[str, "pulumi.Output[str]"]):
    """Entries of a mapping that another stack puts out."""

    def __init__(self, whole: pulumi.Output[Any]) -> None:
        self._whole = whole

    def __getitem__(self, key: str) -> pulumi.Output[str]:
        return self._whole.apply(lambda entries: entries[key])

    def __iter__(self) -> Iterator[str]:
        raise TypeError("what another stack has made is known by name, not by counting")

    def __len__(self) -> int:
        raise TypeError("what another stack has made is known by name, not by counting")


def network_of(
    plan: ClusterPlan, part: PartSpec, opts: pulumi.ResourceOptions | None = None
) -> NetworkGives:
    """The network part, from its stack."""
    bastions = [
        name for name, c in plan.connections.items() if isinstance(c.spec, BastionVpcConnection)
    ]
    sides = {side for row in plan.firewall for side in (row.source, row.target)}
    roles = {side for side in sides if isinstance(side, str)} - {S3}
    needs: dict[str, Iterable[str]] = {
        "subnetIds": plan.layout.subnets, "endpointIds": plan.endpoints,
        "securityGroupIds": sorted(roles),
    }  # fmt: skip
    if bastions:
        needs["bastionSubnetIds"] = bastions
    stack = EarlierStack("network", part, needs, opts)
    subnet_ids = stack.each("bastionSubnetIds") if bastions else {}
    view = NetworkView(
        subnet_ids=stack.each("subnetIds"),
        security_group_ids=stack.each("securityGroupIds"),
        bastions={name: BastionSubnet(subnet_ids[name]) for name in bastions},
        vpc_id=stack.output("vpcId"),
    )
    return NetworkGives(view, stack.output("keyArn"))


def cluster_of(
    plan: ClusterPlan, part: PartSpec, opts: pulumi.ResourceOptions | None = None
) -> ClusterGives:
    """The cluster part, from its stack."""
    people = [name for name in plan.principals if part_of("access", name) == "cluster"]
    stack = EarlierStack("cluster", part, {"principalArns": people}, opts)
    arns = stack.each("principalArns")
    return ClusterGives(
        name=stack.output("clusterName"),
        endpoint=stack.output("clusterEndpoint"),
        certificate_authority=stack.output("clusterCertificateAuthority"),
        cluster_security_group_id=stack.output("clusterSecurityGroupId"),
        kubeconfig=stack.output("kubeconfig"),
        principal_arns={name: arns[name] for name in people},
    )
