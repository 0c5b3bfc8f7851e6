"""docs/local.md: the parts of it that follow from the tables of the embedded AWS and the providers.

The rest of the page is written by hand; a part stands between two marks that bear its name.
"""

from collections import defaultdict
from collections.abc import Iterable
from pathlib import Path

from docs.parts_of_pages import with_parts
from local.aws.extensions import EXTENSIONS
from local.aws.resources import RESOURCES as AWS
from local.kubernetes.kinds import KINDS
from local.tls.resources import RESOURCES as TLS

PAGE = Path(__file__).parent / "local.md"
SERVICES = {
    "autoscaling": "EC2 Auto Scaling",
    "directconnect": "Direct Connect",
    "ec2": "EC2",
    "ecr": "ECR",
    "ecs": "ECS",
    "eks": "EKS",
    "elasticache": "ElastiCache",
    "elbv2": "Elastic Load Balancing",
    "iam": "IAM",
    "kms": "KMS",
    "lambda": "Lambda",
    "logs": "CloudWatch Logs",
    "rds": "RDS",
    "route53": "Route 53",
    "route53profiles": "Route 53 Profiles",
    "route53resolver": "Route 53 Resolver",
    "sts": "STS",
}


def local_page() -> str:
    """The page as it is, with its generated parts made anew."""
    parts = {
        "EXTENSIONS": extensions(),
        "aws": aws_types(),
        "tls": tls_types(),
        "kubernetes": kubernetes_kinds(),
    }
    return with_parts(PAGE, parts)


def extensions() -> str:
    """One section a service; operations with the same reason share a row."""
    sections = []
    for service, title in sorted(SERVICES.items(), key=lambda entry: entry[1]):
        by_reason: dict[str, list[str]] = defaultdict(list)
        for row in EXTENSIONS:
            if row.service == service:
                by_reason[row.why].append(row.operation)
        rows = sorted((sorted(operations), why) for why, operations in by_reason.items())
        lines = [(", ".join(operations), why) for operations, why in rows]
        sections.append(f"### {title}\n\n{_table(('operations', 'why'), lines)}")
    return "\n\n".join(sections)


def aws_types() -> str:
    """Resource types by module of the SDK."""
    by_module: dict[str, list[str]] = defaultdict(list)
    for token in AWS:
        _, module, kind = token.split(":")
        by_module[module.partition("/")[0]].append(kind)
    rows = [
        (f"`aws.{module}`", ", ".join(sorted(by_module[module]))) for module in sorted(by_module)
    ]
    return _table(("module", "resource types"), rows)


def tls_types() -> str:
    """Resource types, what must be given, and what changes without making another."""
    rows = []
    for token, resource in TLS.items():
        required = [*resource.required, *(" or ".join(pair) for pair in resource.one_of)]
        in_place = ", ".join(sorted(resource.in_place)) or "nothing"
        rows.append((f"`tls.{token.rpartition(':')[2]}`", ", ".join(required), in_place))
    return _table(("resource type", "must be given", "changes in place"), rows)


def kubernetes_kinds() -> str:
    """Kinds by API version, and the fields whose change makes an object anew."""
    rows = []
    for api_version, kinds in KINDS.items():
        namespaced = sorted(name for name, kind in kinds.items() if kind.namespaced)
        others = sorted(name for name, kind in kinds.items() if not kind.namespaced)
        replacing = [
            f"{name}: {', '.join(kind.replacing)}" for name, kind in kinds.items() if kind.replacing
        ]
        cells = (", ".join(namespaced), ", ".join(others), "; ".join(replacing))
        rows.append((f"`{api_version}`", *cells))
    heads = ("apiVersion", "in a namespace", "of the whole cluster", "replaced by a change of")
    return _table(heads, rows)


def _table(heads: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> str:
    lines = [f"| {' | '.join(cells)} |" for cells in (heads, *rows)]
    return "\n".join([lines[0], "|---" * len(heads) + "|", *lines[1:]])
