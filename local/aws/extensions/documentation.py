"""The generated part of docs/local.md: the table of extensions, by service and reason."""

from collections import defaultdict

from local.aws.extensions.catalogue import EXTENSIONS

BEGIN = "<!-- generated from EXTENSIONS: begin -->"
END = "<!-- generated from EXTENSIONS: end -->"
SERVICES = {
    "autoscaling": "EC2 Auto Scaling",
    "ec2": "EC2",
    "eks": "EKS",
    "iam": "IAM",
    "kms": "KMS",
    "logs": "CloudWatch Logs",
    "route53resolver": "Route 53 Resolver",
    "sts": "STS",
}


def table() -> str:
    """One section a service; operations with the same reason share a row."""
    sections = []
    for service, title in sorted(SERVICES.items(), key=lambda entry: entry[1]):
        by_reason: dict[str, list[str]] = defaultdict(list)
        for row in EXTENSIONS:
            if row.service == service:
                by_reason[row.why].append(row.operation)
        rows = sorted((sorted(operations), why) for why, operations in by_reason.items())
        lines = [f"| {', '.join(operations)} | {why} |" for operations, why in rows]
        sections.append(
            "\n".join([f"### {title}", "", "| operations | why |", "|---|---|", *lines])
        )
    return "\n\n".join(sections)


def with_table(page: str) -> str:
    """The page with the part between the marks made anew."""
    before, _, rest = page.partition(BEGIN)
    _, _, after = rest.partition(END)
    return f"{before}{BEGIN}\n\n{table()}\n\n{END}{after}"
