"""The private folder: copies that the engine may write to, and nothing that leaks."""

import json
import subprocess
import sys

import pytest
import yaml

from automation.stack_files import find_stack_files
from automation.workspace import opened
from spec.errors import SpecError
from tests.scenarios import ROOT


@pytest.fixture
def open_(project, tmp_path):
    def run():
        files = find_stack_files(project=project)
        return opened(files, project, {"HEIIKI_HOME": str(tmp_path / "home")})

    return run


def test_the_engine_gets_copies_that_only_their_owner_can_read(open_, project, tmp_path):
    with open_() as workspace:
        assert workspace.directory == tmp_path / "home" / "stacks" / "dev"
        assert workspace.directory.stat().st_mode & 0o777 == 0o700
        assert workspace.config_file.read_text() == (project / "Pulumi.dev.yaml").read_text()
        assert (workspace.directory / "heiiki.dev.lock.yaml").exists()
        assert (workspace.directory / "Pulumi.yaml").exists()
        assert workspace.policy_file is None


def test_a_copy_is_never_readable_by_others_not_even_while_it_is_written(
    open_, project, tmp_path, monkeypatch
):
    """Whoever watches the folder sees the mode at the moment when the file comes to be."""
    monkeypatch.setattr("pathlib.Path.chmod", lambda *_: pytest.fail("too late"))
    with open_() as workspace:
        copies = [workspace.config_file, workspace.directory / "heiiki.dev.lock.yaml"]
    assert [copy.stat().st_mode & 0o777 for copy in copies] == [0o600, 0o600]


def test_a_salt_of_the_operators_own_is_copied(open_, project):
    salted = (project / "Pulumi.dev.yaml").read_text() + "encryptionsalt: v1:abc\n"
    (project / "Pulumi.dev.yaml").write_text(salted)
    with open_() as workspace:
        assert "encryptionsalt: v1:abc" in workspace.config_file.read_text()


def test_a_kms_key_without_its_data_key_is_left_to_the_state(open_, project):
    """Named alone, it would make the engine draw a new data key at every operation."""
    stack_file = project / "Pulumi.dev.yaml"
    stack_file.write_text(stack_file.read_text() + "secretsprovider: awskms://alias/x\n")
    with open_() as workspace:
        assert workspace.secrets_provider == "awskms://alias/x"
        assert "secretsprovider" not in workspace.config_file.read_text()
    stack_file.write_text(stack_file.read_text() + "encryptedkey: abc\n")
    with open_() as workspace:
        assert "secretsprovider: awskms://alias/x" in workspace.config_file.read_text()


def test_policy_settings_that_went_are_not_used_any_more(open_, project):
    settings = project / "heiiki.dev.policy.json"
    settings.write_text(json.dumps({"boundary": {}}))
    with open_() as workspace:
        assert workspace.policy_file is not None
    settings.unlink()
    with open_() as workspace:
        assert workspace.policy_file is None
        assert not (workspace.directory / settings.name).exists()


def test_what_is_known_of_a_supplied_network_is_copied_and_goes_with_its_file(open_, project):
    facts = project / "heiiki.dev.facts.json"
    facts.write_text("as it is, for the pack to judge")
    with open_() as workspace:
        assert (workspace.directory / facts.name).read_text() == facts.read_text()
    facts.unlink()
    with open_() as workspace:
        assert not (workspace.directory / facts.name).exists()


def test_files_that_the_stack_file_names_are_copied_and_go_when_it_names_them_no_more(
    open_, project
):
    stack_file, machines = project / "Pulumi.dev.yaml", project / "machines"
    (machines / "more").mkdir(parents=True)
    for name in ("site.conf", "more/own.conf"):
        (machines / name).write_text(name)
    custom = {f"/etc/{n}": {"file": f"machines/{n}"} for n in ("site.conf", "more/own.conf")}
    document = yaml.safe_load(stack_file.read_text())
    document["config"]["heiiki:nodePools"]["workers"]["custom"] = {"files": custom}
    stack_file.write_text(yaml.safe_dump(document))
    with open_() as workspace:
        for name in ("site.conf", "more/own.conf"):
            copy = workspace.directory / "machines" / name
            assert (copy.read_text(), copy.stat().st_mode & 0o777) == (name, 0o600)
    del custom["/etc/more/own.conf"]
    stack_file.write_text(yaml.safe_dump(document))
    with open_() as workspace:
        assert (workspace.directory / "machines" / "site.conf").exists()
        assert not (workspace.directory / "machines" / "more").exists()


def test_policy_settings_that_say_a_thing_twice_are_not_handed_on(open_, project):
    """The copy would hold the last of two, and nobody would see that there were two."""
    text = '{"boundary": {"accounts": ["999999999999"], "supplied": [{"ids": [], "ids": []}], '
    (project / "heiiki.dev.policy.json").write_text(text + '"accounts": ["123456789012"]}}')
    with pytest.raises(SpecError) as raised, open_():
        pass
    assert [(f.path, f.message) for f in raised.value.faults] == [
        ("boundary.supplied[0].ids", "is written twice; leave the one that is meant"),
        ("boundary.accounts", "is written twice; leave the one that is meant"),
    ]


@pytest.mark.parametrize("text", ["{", "[]", "[" * 9999])
def test_policy_settings_that_are_none_are_a_fault(open_, project, text):
    (project / "heiiki.dev.policy.json").write_text(text)
    with pytest.raises(SpecError, match=r"heiiki\.dev\.policy\.json"), open_():
        pass


def test_validate_loads_neither_the_engine_nor_boto3():
    program = (
        "import sys; from typer.testing import CliRunner; from automation.commands.app import app\n"
        "assert CliRunner().invoke(app, ['validate']).exit_code == 0\n"
        "heavy = ('pulumi', 'pulumi_aws', 'boto3', 'botocore', 'grpc', 'z3', 'moto')\n"
        "print([m for m in heavy if m in sys.modules])"
    )
    ended = subprocess.run([sys.executable, "-c", program], cwd=ROOT, text=True,
                           capture_output=True, check=True)  # fmt: skip
    assert ended.stdout.strip() == "[]"
