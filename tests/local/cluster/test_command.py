"""`python -m local.cluster`: what it says where there is nothing, or too much."""

from pathlib import Path
from typing import Any

import pytest

from local.aws.booting import BOOTING
from local.cluster.__main__ import _awaited_vpc, main
from local.cluster.records import Reader
from local.machines import MachinesError


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("HEIIKI_HOME", str(tmp_path))
    return tmp_path


def test_where_there_are_no_machines_it_says_so(
    home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["timeline"]) == 3
    assert capsys.readouterr().out == f"there are no machines in {home}/cluster/machines/cluster\n"
    assert main(["down"]) == 0
    assert capsys.readouterr().out == "there are no machines any more\n"


class TwoVpcs(Reader):
    """machines: of one of them."""

    def __init__(self) -> None:
        self.asked: list[str] = []

    def client(self, service: str) -> Any:
        return self

    def put_parameter(self, **asked: Any) -> None:
        self.told = asked

    def vpcs(self) -> list[str]:
        return ["vpc-1", "vpc-2"]

    def has_machines(self, vpc_id: str) -> bool:
        self.asked.append(vpc_id)
        return True


def test_of_several_vpcs_one_is_to_be_named(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(MachinesError, match="there are 2 VPCs; name one of vpc-1, vpc-2"):
        _awaited_vpc(TwoVpcs(), None)
    reader = TwoVpcs()
    assert _awaited_vpc(reader, "vpc-2") == "vpc-2" and reader.asked == ["vpc-2"]
    assert reader.told == {"Name": BOOTING, "Value": "vpc-2", "Type": "String", "Overwrite": True}
