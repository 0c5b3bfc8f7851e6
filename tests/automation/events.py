"""Lines of an event log, as the engine writes them."""

from typing import Any

Raw = dict[str, Any]


def urn(name: str, type_token: str = "aws:ec2/vpc:Vpc") -> str:
    return f"urn:pulumi:dev::heiiki::heiiki:index:Cluster${type_token}::{name}"


def step(
    name: str, operation: str = "create", type_token: str = "aws:ec2/vpc:Vpc", **more: Any
) -> Raw:
    state = {"custom": not type_token.startswith("heiiki:"), "inputs": more.pop("inputs", {})}
    metadata = {"urn": urn(name, type_token), "op": operation, "type": type_token, "new": state}
    return {"resourcePreEvent": {"metadata": {**metadata, **more}}}


def done(
    name: str, operation: str = "create", type_token: str = "aws:ec2/vpc:Vpc", **more: Any
) -> Raw:
    return {"resOutputsEvent": step(name, operation, type_token, **more)["resourcePreEvent"]}


def failed(name: str, operation: str = "create", type_token: str = "aws:ec2/vpc:Vpc") -> Raw:
    return {"resOpFailedEvent": step(name, operation, type_token)["resourcePreEvent"]}


def read_anew(name: str, found: str, type_token: str = "aws:ec2/vpc:Vpc", **more: Any) -> list[Raw]:
    """A refresh of one resource: it begins as "refresh" and ends as what was found."""
    return [step(name, "refresh", type_token), done(name, found, type_token, **more)]


def judged(
    name: str, *, passed: tuple[str, ...] = ("rule-a", "rule-b"), failed: tuple[str, ...] = (),
    type_token: str = "aws:ec2/vpc:Vpc",
) -> Raw:  # fmt: skip
    summary = {
        "resourceUrn": urn(name, type_token), "policyPackName": "pack",
        "passed": list(passed), "failed": list(failed),
    }  # fmt: skip
    return {"policyAnalyzeSummaryEvent": summary}


def violated(name: str, message: str, level: str = "mandatory", policy: str = "rule-a") -> Raw:
    event = {"resourceUrn": urn(name), "policyName": policy, "enforcementLevel": level,
             "message": message}  # fmt: skip
    return {"policyEvent": event}


def said(message: str, severity: str = "error", about: str = "") -> Raw:
    return {"diagnosticEvent": {"urn": about, "severity": severity, "message": message}}


def summary(**changes: int) -> Raw:
    return {"summaryEvent": {"resourceChanges": changes, "durationSeconds": 1}}


def judged_whole() -> Raw:
    return {"policyAnalyzeStackSummaryEvent": {"policyPackName": "pack", "passed": ["stack-rule"]}}


PASSED = [
    step("cluster"), judged("cluster"), done("cluster"), judged_whole(), summary(create=1)
]  # fmt: skip
