"""How large a configuration may be: as the engine passes it on, in one variable."""

import json
import subprocess
import sys

import pytest

from spec.errors import SpecError
from spec.passed import MAX_PASSED_BYTES, MAX_VARIABLE_BYTES, passed_bytes
from spec.stack_file import parse_stack_file
from tests.quick_yaml import dumped, loaded
from tests.spec.stack_files import SMALLEST, WHERE, changed, text_of

LINE = "echo 'a < b && \"c\" > d' 閉域\n"


def pools(count, script):
    image = {"kind": "custom", "imageId": "ami-0123456789abcdef0", "family": "script"}
    pool = {**SMALLEST["nodePools"]["workers"], "image": {**image, "script": script}}
    return changed({"nodePools": {f"p{i}": pool for i in range(count)}})


def as_passed(keys):
    """Values as the engine, which is Go, makes JSON of them; the host puts them into JSON again."""

    def of_go(value):
        text = json.dumps(value, ensure_ascii=False, separators=(",", ":"))
        return text.replace("<", "\\u003c").replace(">", "\\u003e").replace("&", "\\u0026")

    return json.dumps({
        f"heiiki:{key}": value if isinstance(value, str) else of_go(value)
        for key, value in keys.items()
    })  # fmt: skip


def test_scripts_of_many_pools_are_refused_before_an_engine_fails_to_pass_them_on():
    many = text_of(pools(20, "x" * 7900))
    with pytest.raises(SpecError) as caught:
        parse_stack_file(many, where=WHERE)
    (fault,) = caught.value.faults
    assert fault.path == "nodePools"
    assert f"{MAX_PASSED_BYTES} are safe; write less there" in fault.message
    assert "xxx" not in str(caught.value)
    assert len(caught.value.rest.node_pools) == 20, "the plan of the rest is still checked"
    assert parse_stack_file(many, where=WHERE, passed=False), "a part is not passed its whole"
    assert len(parse_stack_file(text_of(pools(15, "x" * 7900)), where=WHERE).node_pools) == 15


def test_another_projects_key_is_named_whole():
    keys = loaded(text_of(SMALLEST))
    keys["config"]["other:large"] = "x" * MAX_PASSED_BYTES
    with pytest.raises(SpecError) as caught:
        parse_stack_file(dumped(keys), where=WHERE)
    assert "other:large" in caught.value.faults[0].path


@pytest.mark.parametrize("text", ["x", '"', "\n", "<", "閉", LINE])
def test_no_less_is_counted_than_is_passed_on(text):
    keys = pools(3, text * 100)
    config = {f"heiiki:{key}": value for key, value in keys.items()}
    counted, passed = sum(passed_bytes(config).values()), len(as_passed(keys))
    assert passed <= counted <= 1.2 * passed + 2_000


def test_linux_starts_nothing_with_a_longer_variable():
    name = "PULUMI_CONFIG"
    longest = "x" * (MAX_VARIABLE_BYTES - len(name) - 2)
    command = [sys.executable, "-I", "-S", "-c", ""]
    subprocess.run(command, env={name: longest}, check=True)
    with pytest.raises(OSError, match="too long"):
        subprocess.run(command, env={name: longest + "x"}, check=True)
