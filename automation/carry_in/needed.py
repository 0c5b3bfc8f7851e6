"""What a stack's machines run and have to find in the account, each by its digest."""

from dataclasses import dataclass

from automation.errors import RefusedError
from plan.cluster import ClusterPlan
from plan.self_hosted.cluster import SelfHosted
from plan.self_hosted.iam import BINARIES


@dataclass(frozen=True, slots=True)
class Program:
    """An object of the bucket. names: that the stack file gives it."""

    names: tuple[str, ...]
    sha256: str

    @property
    def key(self) -> str:
        return f"{BINARIES}/{self.sha256}"


@dataclass(frozen=True, slots=True)
class Image:
    """A manifest in a repository. names: that the stack file gives it."""

    names: tuple[str, ...]
    repository: str
    sha256: str


@dataclass(frozen=True, slots=True)
class Needed:
    """Everything of one stack, in the order of names. registry: the host that images are of.
    architecture: of the machines, as EC2 says it; empty where it is not known."""

    account_id: str
    region: str
    bucket: str
    registry: str
    programs: tuple[Program, ...]
    images: tuple[Image, ...]
    architecture: str = ""


def needed_of(plan: ClusterPlan) -> Needed:
    """What the stack file names by digest; RefusedError for a stack that names nothing so."""
    own = plan.control_plane
    if not isinstance(own, SelfHosted):
        raise RefusedError(
            "nothing of this stack is named by its digest: its control plane is EKS's",
            advice="This command carries in what controlPlane.artifacts names, of kind selfHosted. "
            "How images of your own come in: docs/carry-in.md.",
        )
    programs: dict[str, list[str]] = {}
    for name, sha256 in sorted(own.artifacts.binaries.items()):
        programs.setdefault(sha256, []).append(name)
    images: dict[tuple[str, str], list[str]] = {}
    for name, reference in sorted(own.artifacts.images.items()):
        repository, _, sha256 = reference.partition("@sha256:")
        images.setdefault((repository, sha256), []).append(name)
    return Needed(
        account_id=plan.account_id,
        region=plan.spec.region,
        bucket=own.artifacts.bucket,
        registry=own.registry,
        programs=tuple(Program(tuple(names), sha256) for sha256, names in programs.items()),
        images=tuple(Image(tuple(names), *place) for place, names in images.items()),
        architecture=own.architecture,
    )
