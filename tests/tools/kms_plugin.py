"""The KMS plugin as a process of a test, beside an embedded AWS, and what an API server asks
it: KMS v2 over gRPC, whose messages are a few fields of bytes each."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import boto3
import grpc

from local.carry_in.programs import OWN
from tests.ports import free_port
from tests.tools.kubernetes import process

REGION = "ap-northeast-1"
CONTEXT = "heiiki/cluster=dev"
ANSWER_SECONDS = 60.0
Fields = Mapping[int, bytes]  # of a message, by number


def message(fields: Fields) -> bytes:
    """In protobuf: each number, its kind, how many bytes, and those."""
    parts = [_number(n << 3 | 2) + _number(len(data)) + data for n, data in fields.items() if data]
    return b"".join(parts)


def read(data: bytes) -> dict[int, bytes]:
    found, at = {}, 0
    while at < len(data):
        key, at = _read_number(data, at)
        size, at = _read_number(data, at)
        found[key >> 3] = data[at : at + size]
        at += size
    return found


def _number(value: int) -> bytes:
    parts = bytearray()
    while value > 0x7F:
        parts.append(value & 0x7F | 0x80)
        value >>= 7
    return bytes([*parts, value])


def _read_number(data: bytes, at: int) -> tuple[int, int]:
    value = shift = 0
    while True:
        value |= (data[at] & 0x7F) << shift
        at, shift = at + 1, shift + 7
        if not data[at - 1] & 0x80:
            return value, at


@dataclass(frozen=True)
class Status:
    version: str
    health: str
    key: str


@dataclass(frozen=True)
class Plugin:
    """One that was started, and what it says on the way."""

    socket: Path
    log: Path
    health_port: int
    _channels: list[grpc.Channel] = field(default_factory=list)

    def status(self) -> Status:
        said = self._ask("Status", {})
        return Status(*(said.get(n, b"").decode() for n in (1, 2, 3)))

    def encrypt(self, data: bytes) -> tuple[bytes, str]:
        """The ciphertext, and the ARN of its key."""
        said = self._ask("Encrypt", {1: data, 2: b"a-request"})
        return said[1], said[2].decode()

    def decrypt(self, ciphertext: bytes, key: str) -> bytes:
        asked = {1: ciphertext, 2: b"a-request", 3: key.encode()}
        return self._ask("Decrypt", asked)[1]

    def refusal(self, ciphertext: bytes, key: str) -> str:
        """What it says who does not decrypt."""
        try:
            self.decrypt(ciphertext, key)
        except grpc.RpcError as error:
            return str(error.details())  # type: ignore[attr-defined]
        raise AssertionError("it was decrypted")

    def _ask(self, what: str, fields: Fields) -> dict[int, bytes]:
        if not self._channels:
            self._channels.append(grpc.insecure_channel(f"unix:{self.socket}"))
        call = self._channels[0].unary_unary(f"/v2.KeyManagementService/{what}")
        return read(call(message(fields), timeout=ANSWER_SECONDS, wait_for_ready=True))

    def close(self) -> None:
        for channel in self._channels:
            channel.close()


def flags(key: str, socket: Path, port: int, context: str = CONTEXT) -> list[str]:
    return [
        f"--key={key}", f"--region={REGION}", f"--listen={socket}",
        f"--health-port=127.0.0.1:{port}", f"--encryption-context={context}",
    ]  # fmt: skip


def made_key(aws_url: str) -> str:
    """The ARN of a new one."""
    kms = boto3.client(
        "kms", region_name=REGION, endpoint_url=aws_url, aws_access_key_id="embedded",
        aws_secret_access_key="embedded",
    )  # fmt: skip
    return str(kms.create_key()["KeyMetadata"]["Arn"])


def aws_variables(aws_url: str) -> dict[str, str]:
    """In place of a machine's role."""
    return {
        "AWS_ENDPOINT_URL": aws_url, "AWS_ACCESS_KEY_ID": "embedded",
        "AWS_SECRET_ACCESS_KEY": "embedded", "AWS_EC2_METADATA_DISABLED": "true",
    }  # fmt: skip


@contextmanager
def kms_plugin(
    folder: Path, aws_url: str, key: str, *, context: str = CONTEXT, socket: Path | None = None
) -> Iterator[Plugin]:
    """It ends with the block."""
    folder.mkdir(parents=True, exist_ok=True)
    there = Plugin(socket or folder / "kms.sock", folder / "kms-plugin.log", free_port())
    given = flags(key, there.socket, there.health_port, context)
    with process(folder, "kms-plugin", given, variables=aws_variables(aws_url), source=OWN):
        try:
            yield there
        finally:
            there.close()
