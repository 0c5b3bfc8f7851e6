"""The embedded AWS as processes: started once, found again, ended for good."""

import json
import os
import shutil
import socket
import threading
import time
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path
from typing import Any

import boto3
import grpc
import pytest
from google.protobuf import empty_pb2
from pulumi.runtime.proto import provider_pb2_grpc

from local import embedded as module
from local.embedded import EmbeddedAws, EmbeddedAwsError, Endpoints
from local.serving import ROLES, Announcement, Files


@pytest.fixture
def directory(tmp_path: Path) -> Iterator[Path]:
    folder = tmp_path / "embedded"
    yield folder
    EmbeddedAws(folder).stop()


def client(endpoints: Endpoints, service: str, region: str = "eu-central-1") -> Any:
    return boto3.client(
        service,  # type: ignore[call-overload]
        region_name=region,
        endpoint_url=endpoints.aws_endpoint_url,
        aws_access_key_id="embedded",
        aws_secret_access_key="embedded",
    )


def vpcs(endpoints: Endpoints) -> set[str]:
    described = client(endpoints, "ec2").describe_vpcs()["Vpcs"]
    return {vpc["CidrBlock"] for vpc in described if not vpc["IsDefault"]}


def providers(endpoints: Endpoints) -> dict[str, str]:
    """Name to version, as the engine asks for it."""
    versions = {}
    for entry in endpoints.debug_providers.split(","):
        name, port = entry.split(":")
        with grpc.insecure_channel(f"127.0.0.1:{port}") as channel:
            stub = provider_pb2_grpc.ResourceProviderStub(channel)
            versions[name] = stub.GetPluginInfo(empty_pb2.Empty()).version
    return versions


def alive(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] != "Z"
    except (FileNotFoundError, ProcessLookupError):  # before, or while it was read
        return False


def kill(pid: int) -> None:
    """Its first thread may be gone while others still hold what it had open."""
    os.kill(pid, 9)
    while alive(pid) or threads(pid) > 1:
        time.sleep(0.01)


def threads(pid: int) -> int:
    try:
        return len(os.listdir(f"/proc/{pid}/task"))
    except (FileNotFoundError, ProcessLookupError):
        return 0


def test_it_starts_once_and_is_found_again_until_it_is_stopped(directory: Path) -> None:
    lines: list[str] = []
    first = EmbeddedAws(directory).start(lines.append)
    client(first, "ec2").create_vpc(CidrBlock="10.0.0.0/16")

    again = EmbeddedAws(directory).start(lines.append)
    status = EmbeddedAws(directory).status()

    assert lines == ["starting the embedded AWS"]
    assert first.fresh and not again.fresh
    assert again.aws_endpoint_url == first.aws_endpoint_url
    assert again.debug_providers == first.debug_providers
    assert vpcs(again) == {"10.0.0.0/16"}
    assert set(providers(again)) == {"aws", "tls", "kubernetes"}
    assert status.endpoints == again
    assert set(status.processes) == set(ROLES) and all(map(alive, status.processes.values()))

    EmbeddedAws(directory).stop()

    assert not any(map(alive, status.processes.values()))
    assert EmbeddedAws(directory).status().endpoints is None
    assert EmbeddedAws(directory).status().processes == {}
    renewed = EmbeddedAws(directory).start()
    assert renewed.fresh and renewed.started_ns > first.started_ns
    assert vpcs(renewed) == set()


def test_stopping_what_does_not_run_does_nothing(tmp_path: Path) -> None:
    EmbeddedAws(tmp_path / "never").stop()

    assert not (tmp_path / "never").exists()
    assert EmbeddedAws(tmp_path / "never").status().endpoints is None


def test_a_dead_api_takes_its_memory_and_its_providers_along(directory: Path) -> None:
    first = EmbeddedAws(directory).start()
    client(first, "ec2").create_vpc(CidrBlock="10.0.0.0/16")
    processes = EmbeddedAws(directory).status().processes
    kill(processes["api"])

    assert EmbeddedAws(directory).status().endpoints is None
    second = EmbeddedAws(directory).start()

    assert second.fresh
    assert vpcs(second) == set()
    assert not alive(processes["providers"])  # they would still speak to the dead one
    assert set(providers(second)) == {"aws", "tls", "kubernetes"}


def test_dead_providers_come_back_and_the_memory_stays(directory: Path) -> None:
    first = EmbeddedAws(directory).start()
    client(first, "ec2").create_vpc(CidrBlock="10.0.0.0/16")
    kill(EmbeddedAws(directory).status().processes["providers"])
    lines: list[str] = []

    second = EmbeddedAws(directory).start(lines.append)

    assert lines == ["starting the local providers again; the embedded AWS still runs"]
    assert not second.fresh and second.started_ns == first.started_ns
    assert vpcs(second) == {"10.0.0.0/16"}
    assert set(providers(second)) == {"aws", "tls", "kubernetes"}


def test_a_number_that_was_given_to_another_process_misleads_nobody(directory: Path) -> None:
    directory.mkdir()
    with socket.create_server(("127.0.0.1", 0)) as taken:
        for role in ROLES:
            files = Files(directory, role)
            files.lock.touch()
            said = Announcement(os.getpid(), 1, {"aws": taken.getsockname()[1]})
            files.announcement.write_text(json.dumps(asdict(said)))

        EmbeddedAws(directory).stop()  # would end this very process
        assert EmbeddedAws(directory).status().endpoints is None
        assert EmbeddedAws(directory).start().fresh


def test_two_who_start_at_once_get_the_same(directory: Path) -> None:
    got: list[Endpoints] = []
    threads = [
        threading.Thread(target=lambda: got.append(EmbeddedAws(directory).start()))
        for _ in range(3)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert len({endpoints.aws_endpoint_url for endpoints in got}) == 1
    assert sorted(endpoints.fresh for endpoints in got) == [False, False, True]


def test_a_start_that_fails_shows_the_log_and_leaves_nothing(
    directory: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    package = tmp_path / "checkout" / "local"
    package.mkdir(parents=True)
    (package / "__init__.py").touch()
    (package / "serving.py").write_text('raise SystemExit("no moto here")')
    monkeypatch.setattr(module, "_CHECKOUT", tmp_path / "checkout")

    with pytest.raises(EmbeddedAwsError) as caught:
        EmbeddedAws(directory).start()

    assert "(api) ended with 1" in str(caught.value)
    assert str(directory / "api.log") in str(caught.value)
    assert "no moto here" in str(caught.value)
    assert EmbeddedAws(directory).status().processes == {}


def test_whoever_removes_the_folder_ends_it(directory: Path) -> None:
    EmbeddedAws(directory).start()
    processes = EmbeddedAws(directory).status().processes.values()
    shutil.rmtree(directory)

    deadline = time.monotonic() + 60
    while any(map(alive, processes)):
        assert time.monotonic() < deadline
        time.sleep(0.05)
