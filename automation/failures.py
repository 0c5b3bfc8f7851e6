"""From what the engine wrote to what the operator should do."""

import os
import re
import signal
import socket
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

from automation.aws_refusals import about_refusals
from automation.errors import (
    AutomationError,
    CredentialsError,
    EngineMissingError,
    NoStackError,
    StackLockedError,
    UnwritableError,
)
from automation.events import Diagnostic, EventLog, name_of

_ADVICE: Sequence[tuple[str, type[AutomationError], str, str]] = (
    (
        r"passphrase must be set",
        AutomationError,
        "the passphrase that encrypts the stack's secrets is not given",
        "Put it in a file and name it in PULUMI_CONFIG_PASSPHRASE_FILE, or choose a KMS key with "
        "`pulumi stack change-secrets-provider`.",
    ),
    (
        r"incorrect passphrase",
        AutomationError,
        "the passphrase does not fit the stack's secrets",
        "Give the one that the stack was made with, in PULUMI_CONFIG_PASSPHRASE_FILE.",
    ),
    (
        r"PULUMI_ACCESS_TOKEN must be set|no credentials provided",
        AutomationError,
        "it is not said where the stack's state is kept",
        "Choose a place with `pulumi login s3://…` (or --local), or name it in PULUMI_BACKEND_URL. "
        "Without an AWS account: .venv/bin/python -m local exec -- heiiki …",
    ),
    (
        r"no language plugin 'pulumi-language-python'|failed to load language plugin python",
        EngineMissingError,
        "the engine has no language host for Python",
        "Install the official Pulumi distribution, or use this checkout's: "
        ".venv/bin/python -m local exec -- heiiki …",
    ),
    (
        r"no resource plugin '",
        EngineMissingError,
        "a provider plugin is missing",
        "Run `pulumi plugin install` where there is a network, or work locally: "
        ".venv/bin/python -m local exec -- heiiki …",
    ),
    (
        r"No valid credential sources|failed to refresh cached credentials|ExpiredToken|"
        r"InvalidClientTokenId|no EC2 IMDS role found",
        CredentialsError,
        "AWS does not know who asks",
        "Sign in as usual (AWS_PROFILE, aws sso login, or keys in the environment), then run the "
        "command again.",
    ),
)
_AWS_AUTH = re.compile(r"kubernetes:core/v1:ConfigMap::aws-auth$")
_NOBODY_WAITS = "Nodes and administrators do not wait for it: access entries let them in."
# Of the aws-auth ConfigMap: what pulumi-kubernetes 4.34.2 and the local provider say, and the way
# out. The first that fits decides.
_ABOUT_AWS_AUTH: Sequence[tuple[str, str]] = (
    (
        r"is unreachable|cannot be reached|did not answer within|broke off its answer",
        "aws-auth is applied from inside the network only. What was made is recorded. Run the same "
        "command there; or, as long as it was never applied, set access.applyConfigMap: false, run "
        "heiiki up, and hand the file over: heiiki outputs awsAuthConfigMap, which says how to "
        f"apply it. {_NOBODY_WAITS}",
    ),
    (
        r"already exists|exists already",
        "heiiki never overwrites an aws-auth that somebody else made, such as EKS. What was made "
        "is recorded. Look at it (kubectl -n kube-system get configmap aws-auth -o yaml). Either "
        "set access.applyConfigMap: false, run heiiki up, and have the output awsAuthConfigMap "
        "merged by hand, as it says; or write its people into access.principals, delete it, and "
        f"run heiiki up again. {_NOBODY_WAITS}",
    ),
    (
        r"[Cc]onflict",
        "Somebody else has written entries into aws-auth, and heiiki does not overwrite them. What "
        "was made is recorded. Look at them (kubectl -n kube-system get configmap aws-auth -o "
        "yaml), write those people into access.principals, set its mapRoles and mapUsers back to "
        "the output awsAuthConfigMap by kubectl apply --server-side --force-conflicts, which "
        f"takes the entries away, and run heiiki up again. {_NOBODY_WAITS}",
    ),
)
# How AWS says that a name is taken: EntityAlreadyExists, BucketAlreadyOwnedByYou,
# InvalidGroup.Duplicate, ResourceInUseException: Cluster already exists …
_EXISTS = re.compile(r"Already(?:Exists|OwnedByYou)|already exists|\.Duplicate\b")
_NO_STACK = re.compile(r"no stack named '([^']*)'")
_NAMED = 3  # names in a sentence
_PROBE_BYTES = 64 * 1024
_LOCK = re.compile(r"created by (\S+)@(\S+) \(pid (\d+)\) at (\S+)")
_RUN_AGAIN = (
    "What was made is recorded. Mend the cause and run the same command again: it goes on from "
    "there."
)


def failed_command(command: str, text: str, *, backend: str = "") -> AutomationError:
    """The error for a short command of the engine, or for an operation that did not even begin.

    backend: PULUMI_BACKEND_URL. Only its scheme is shown, since a password may be in it.
    """
    scheme, separator, _ = backend.partition("://")
    if separator and "PULUMI_ACCESS_TOKEN must be set" in text:
        return _no_backend(scheme)
    if "is currently locked by" in text or "Another update is currently in progress" in text:
        return _locked(text)
    if missing := _NO_STACK.search(text):
        return NoStackError(missing[1].rsplit("/", 1)[-1])
    for pattern, kind, message, advice in _ADVICE:
        if re.search(pattern, text):
            return kind(message, advice=advice)
    said = [line for line in text.strip().splitlines() if line.strip()]
    lines = [line.removeprefix("error: ") for line in said]
    return AutomationError(f"pulumi {command} failed", details=lines[-8:] or ["it said nothing"])


def _no_backend(scheme: str) -> AutomationError:
    """The engine takes every URL that it does not know for a Pulumi service."""
    if scheme in ("http", "https"):
        return AutomationError(
            "the Pulumi service that PULUMI_BACKEND_URL names wants a token",
            advice="Set PULUMI_ACCESS_TOKEN, or run `pulumi login` first.",
        )
    return AutomationError(
        f"PULUMI_BACKEND_URL names no place that the engine knows: {scheme}://…",
        advice="Write s3://…, gs://…, azblob://…, file://… or the https:// address of a Pulumi "
        "service.",
    )


def _locked(text: str) -> StackLockedError:
    holders = _LOCK.findall(text)
    if not holders:
        return StackLockedError(
            "another operation is at work on this stack",
            advice="Wait for it. If it is dead, run heiiki unlock (or pulumi cancel).",
        )
    details = [f"{user}@{host}, process {pid}, since {since}" for user, host, pid, since in holders]
    known = tuple((host, int(pid)) for _, host, pid, _ in holders)
    if all(is_dead(host, pid) for host, pid in known):
        error = StackLockedError(
            "an operation that was killed has left the stack locked",
            details=details,
            advice="Its process is gone. Run heiiki unlock, then the same command again: it goes "
            "on from where the other one was killed.",
        )
    else:
        error = StackLockedError(
            "another operation is at work on this stack",
            details=details,
            advice="Wait for it. If its process is dead, run heiiki unlock (or pulumi cancel).",
        )
    error.holders = known
    return error


def is_dead(host: str, pid: int) -> bool:
    """Whether the process is known to be gone. Of another host's processes nothing is known."""
    if host != socket.gethostname():
        return False
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return True
    except PermissionError:
        return False
    return False


def failed_operation(operation: str, exit_code: int, log: EventLog, stderr: str) -> AutomationError:
    """The error for an operation that began and failed: which resources, and why."""
    if exit_code < 0:  # as subprocess has it
        name = signal.Signals(-exit_code).name
        return AutomationError(
            f"the engine was killed by {name} in the middle of {operation}",
            advice="Run the same command again: it finds out how the steps ended that were under "
            "way, and goes on.",
        )
    errors = [d for d in log.diagnostics if d.severity == "error"]
    for pattern, kind, message, advice in _ADVICE:
        hit = next((e for e in errors if re.search(pattern, e.message)), None)
        if hit is not None:
            return kind(message, details=[_on(hit.urn) + hit.message], advice=advice)
    own = [e for e in errors if not is_an_echo(e.message)]
    told = [e for e in own if e.urn and "::pulumi:pulumi:Stack::" not in e.urn] or own or errors
    if not told and not log.steps:
        return failed_command(operation, stderr)
    names = ", ".join(dict.fromkeys(f.name for f in log.failed)) or "the stack"
    details = list(dict.fromkeys(_on(e.urn) + e.message for e in told)) or [
        stderr.strip()[-500:] or "it said nothing"
    ]
    known = _about_aws_auth(told) or _about_existing(told, log)
    advice = known or about_refusals(d.message for d in told) or _RUN_AGAIN
    if operation == "preview":
        advice = "Nothing was changed."
    return AutomationError(f"{operation} failed on {names}", details=details, advice=advice)


def _about_aws_auth(told: Sequence[Diagnostic]) -> str | None:
    """What to do where it was the aws-auth ConfigMap, and nothing else, that failed."""
    if not told or not all(_AWS_AUTH.search(d.urn) for d in told):
        return None
    said = " ".join(d.message for d in told)
    return next((advice for pattern, advice in _ABOUT_AWS_AUTH if re.search(pattern, said)), None)


def _about_existing(told: Sequence[Diagnostic], log: EventLog) -> str | None:
    """What to do where AWS has something already that the record does not know, so that the same
    command would fail again. Of a replacement it is what the record does know."""
    created = {failure.urn for failure in log.failed if failure.operation == "create"}
    there = [d for d in told if d.urn in created and _EXISTS.search(d.message)]
    if not there:
        return None
    names = list(dict.fromkeys(name_of(d.urn) for d in there))
    few = ", ".join(names[:_NAMED]) + (" and others" if len(names) > _NAMED else "")
    one = len(names) == 1
    rest = "" if len(there) == len(told) else f" Of the others: {_RUN_AGAIN}"
    return (
        f"{few} {'exists' if one else 'exist'} in AWS already, and this stack's record does not "
        f"know {'it' if one else 'them'}: the record was lost, or another stack or somebody else "
        "made it. Running the command again does not help. Look whose it is, by its tags. If it is "
        "this stack's, restore the record (`pulumi stack import --file` with a copy that pulumi "
        "stack export or a version of the bucket has kept), or take it into the record with "
        "`pulumi import`. If it is another's, give the cluster another name. What this run has "
        f"made is recorded.{rest}"
    )


def cut_short(operation: str, directory: Path) -> AutomationError:
    """The error for an operation that ended well, and whose report does not say how."""
    log = directory / f"{operation}.events"
    did = "" if operation == "preview" else " What it has done is recorded all the same."
    try:
        (directory / "probe").write_bytes(bytes(_PROBE_BYTES))
    except OSError as error:
        return UnwritableError(directory, f"{error.strerror}; the log of {operation} is cut short")
    finally:
        with suppress(OSError):
            (directory / "probe").unlink(missing_ok=True)
    return AutomationError(
        f"{operation} ended, but its log {log} is cut short, so it is not known what it did",
        advice=f"Look whether the disk is or was full, and run the command again.{did}",
    )


def is_an_echo(message: str) -> bool:
    """The engine's last line, which only says that there were others, and what it says of
    resources that it left alone because of them."""
    ends = ("update failed", "preview failed", "destroy failed", "refresh failed")
    return message in ends or message.endswith("context canceled")


def _on(urn: str) -> str:
    return f"{name_of(urn)} ({urn.split('::')[2].split('$')[-1]}): " if urn.count("::") >= 3 else ""
