"""A part's files, and the stacks around it: what must be up first, and what must be gone first."""

import json

import pytest
from typer.testing import CliRunner

from automation import RefusedError, Stack
from automation.commands.app import app
from automation.stack_files import find_stack_files, named_files, read_plan, read_spec
from automation.workspace import opened
from spec.errors import SpecError
from tests.automation.conftest import REGION
from tests.automation.events import PASSED, summary

GOOD = {"events": PASSED}
CLUSTER = "aws:eks/cluster:Cluster"


@pytest.fixture
def parts(project):
    """The smallest stack with the files of its three parts."""
    for name in ("network", "cluster", "pools"):
        text = f"config:\n  heiiki:part: {{of: dev, name: {name}}}\n"
        (project / f"Pulumi.dev-{name}.yaml").write_text(text)
    return project


def listed(**counts):
    """What `pulumi stack ls` answers. A name's "_" stands for "-"."""
    stacks = [{"name": n.replace("_", "-"), "resourceCount": c} for n, c in counts.items()]
    return {"stdout": json.dumps(stacks)}


def driven(parts, engine, name, **more):
    return Stack(name, project=parts, environment={**engine.environment, **more})


def refused(call):
    with pytest.raises(RefusedError) as raised:
        call()
    return str(raised.value)


class TestFiles:
    def test_a_part_has_the_lock_file_and_the_spec_of_its_whole(self, parts):
        files = find_stack_files("acme/dev-network", project=parts)
        assert files.stack_file == parts / "Pulumi.dev-network.yaml"
        assert files.spec_file == parts / "Pulumi.dev.yaml"
        assert files.lock_file == parts / "heiiki.dev.lock.yaml"
        assert files.stack_of("cluster") == "acme/dev-cluster"
        whole = find_stack_files("dev", project=parts)
        assert whole.part is None and read_spec(files) == read_spec(whole)
        assert read_plan(files) == read_plan(whole)

    def test_a_whole_that_no_engine_passes_on_whole_is_one_for_parts_alone(self, parts):
        with (parts / "Pulumi.dev.yaml").open("a", encoding="utf-8") as file:
            file.write(f"  other:key: {'x' * 200_000}\n")
        part = find_stack_files("acme/dev-network", project=parts)
        assert read_spec(part) and named_files(part) == []
        whole = find_stack_files("dev", project=parts)
        for read in (read_spec, named_files):
            with pytest.raises(SpecError, match="is the largest key"):
                read(whole)

    def test_its_own_policy_settings_come_before_the_wholes(self, parts):
        files = find_stack_files("dev-network", project=parts)
        assert files.policy_file.name == "heiiki.dev.policy.json"
        (parts / "heiiki.dev-network.policy.json").write_text("{}")
        assert files.policy_file.name == "heiiki.dev-network.policy.json"

    def test_a_missing_whole_and_a_missing_lock_file_are_told(self, parts):
        files = find_stack_files("dev-pools", project=parts)
        (parts / "heiiki.dev.lock.yaml").unlink()
        with pytest.raises(
            SpecError, match=r"is missing beside Pulumi\.dev\.yaml; run heiiki lock"
        ):
            read_plan(files)
        (parts / "Pulumi.dev.yaml").unlink()
        with pytest.raises(SpecError, match=r"part\.of: there is no Pulumi\.dev\.yaml beside"):
            read_spec(files)

    def test_a_bad_part_is_told_by_its_own_file(self, parts):
        path = parts / "Pulumi.dev-pools.yaml"
        path.write_text(path.read_text() + "  heiiki:region: eu-west-1\n")
        with pytest.raises(SpecError) as raised:
            read_plan(find_stack_files("dev-pools", project=parts))
        assert raised.value.where == "Pulumi.dev-pools.yaml"
        assert [f.path for f in raised.value.faults] == ["region"]

    def test_the_program_finds_the_wholes_file_beside_the_parts(self, parts, tmp_path):
        files = find_stack_files("dev-cluster", project=parts)
        with opened(files, parts, {"HEIIKI_HOME": str(tmp_path / "home")}) as workspace:
            folder = workspace.directory
            assert folder.name == "dev-cluster"
            for name in ("Pulumi.dev-cluster.yaml", "Pulumi.dev.yaml", "heiiki.dev.lock.yaml"):
                assert (folder / name).read_text() == (parts / name).read_text()
        (parts / "Pulumi.dev.yaml").unlink()  # what works on the record goes on without
        with opened(files, parts, {"HEIIKI_HOME": str(tmp_path / "home")}) as workspace:
            assert not (workspace.directory / "Pulumi.dev.yaml").exists()


class TestUp:
    @pytest.mark.parametrize(
        ("name", "up", "first"),
        [
            ("cluster", {}, "network"),
            ("cluster", {"dev_network": 0, "dev_pools": 9}, "network"),
            ("pools", {"dev_network": 80}, "cluster"),
            ("pools", {"dev_cluster": 80}, "network"),
        ],
    )
    def test_the_earlier_parts_come_first(self, parts, engine, name, up, first):
        engine.says(stack_ls=listed(**up), preview=GOOD, up=GOOD)
        for operation in ("preview", "up"):
            told = refused(getattr(driven(parts, engine, f"dev-{name}"), operation))
            assert told == (
                f"stack dev-{first}, the {first} part of dev, is not up, and the {name} part "
                f"stands on it\nNothing was changed. Run heiiki up --file "
                f"{parts}/Pulumi.dev-{first}.yaml first; the order is network, cluster, pools."
            )
        assert not engine.calls("preview") and not engine.calls("stack init")

    def test_with_them_it_goes_on_where_counts_are_unknown_too(self, parts, engine):
        up = {"dev_network": None, "dev_cluster": 25, "dev_pools": 0}
        engine.says(stack_ls=listed(**up), preview=GOOD, up=GOOD)
        assert driven(parts, engine, "dev-pools").up().verdict.passed

    def test_a_stack_of_another_project_is_left_to_the_program(self, parts, engine):
        path = parts / "Pulumi.dev-cluster.yaml"
        path.write_text(
            "config: {heiiki:part: {of: dev, name: cluster, stacks: {network: acme/x/net}}}\n"
        )
        engine.says(preview=GOOD, stack_ls=listed(dev_cluster=0))
        assert driven(parts, engine, "dev-cluster").preview().verdict.passed

    def test_a_part_is_not_made_beside_the_whole(self, parts, engine):
        engine.says(stack_ls=listed(dev=120), preview=GOOD)
        told = refused(driven(parts, engine, "dev-network").up)
        assert told.startswith(
            "stack dev is up as a whole, and its network part would be made once more\n"
        )
        engine.says(stack_ls=listed(dev=0), preview=GOOD, up=GOOD)
        assert driven(parts, engine, "dev-network").up().verdict.passed

    def test_the_whole_is_not_made_beside_its_parts(self, parts, engine):
        (parts / "Pulumi.broken.yaml").write_text("heiiki:part: [")
        (parts / "Pulumi.other-x.yaml").write_text(
            "config: {heiiki:part: {of: other, name: pools}}\n"
        )
        engine.says(stack_ls=listed(dev=0, dev_network=80, other_x=5), preview=GOOD, up=GOOD)
        assert refused(driven(parts, engine, "dev").up).startswith(
            "dev-network is up as parts of dev, and the whole would make them once more\n"
        )
        engine.says(stack_ls=listed(dev=0, dev_network=0), preview=GOOD, up=GOOD)
        assert driven(parts, engine, "dev").up().verdict.passed

    def test_a_whole_without_parts_asks_for_nothing_more(self, project, engine):
        engine.says(preview=GOOD, up=GOOD)
        driven(project, engine, "dev").preview()
        assert len(engine.calls("stack ls")) == 1


class TestDestroy:
    @pytest.mark.parametrize(
        ("name", "up", "later"),
        [
            ("network", {"dev_cluster": 3, "dev_pools": 0}, "cluster"),
            ("network", {"dev_cluster": 3, "dev_pools": None}, "pools"),
            ("cluster", {"dev_pools": 1}, "pools"),
        ],
    )
    def test_the_later_parts_go_first(self, parts, engine, name, up, later):
        engine.says(stack_ls=listed(dev_network=80, **up), destroy={"events": [summary(delete=1)]})
        told = refused(lambda: driven(parts, engine, f"dev-{name}").destroy(force=True))
        assert told == (
            f"stack dev-{later}, the {later} part of dev, is still up and stands on the {name} "
            f"part\nNothing was changed. Run heiiki destroy --file {parts}/Pulumi.dev-{later}.yaml "
            "first; the order is pools, cluster, network."
        )
        assert not engine.calls("destroy")

    def test_what_nothing_stands_on_goes(self, parts, engine):
        up = listed(dev_network=80, dev_cluster=0)
        engine.says(stack_ls=up, destroy={"events": [summary(delete=80)]})
        assert driven(parts, engine, "dev-network").destroy().counts == {"delete": 80}

    def test_load_balancers_keep_the_pools_too(self, parts, engine, account, aws_environment):
        """Their controller runs on the nodes; the record of the cluster part knows the cluster."""
        account.client("elb", REGION).create_load_balancer(
            LoadBalancerName="a-service",
            Listeners=[{"Protocol": "tcp", "LoadBalancerPort": 80, "InstancePort": 80}],
            AvailabilityZones=[f"{REGION}a"],
            Tags=[{"Key": "kubernetes.io/cluster/dev", "Value": "owned"}],
        )
        arn = f"arn:aws:eks:{REGION}:123456789012:cluster/dev"
        cluster = {
            "urn": f"urn:pulumi:dev-cluster::heiiki::{CLUSTER}::control-plane",
            "type": CLUSTER,
            "id": "dev",
            "outputs": {"name": "dev", "arn": arn},
        }
        group = "aws:autoscaling/group:Group"
        pool = {"urn": f"urn:pulumi:dev-pools::heiiki::{group}::workers", "type": group, "id": "w"}
        exports = [
            {"stdout": json.dumps({"deployment": {"resources": [r]}})} for r in (pool, cluster)
        ]
        up = listed(dev_network=80, dev_cluster=25, dev_pools=30)
        engine.says(stack_ls=up, stack_export=exports)
        told = refused(driven(parts, engine, "dev-pools", **aws_environment).destroy)
        assert "Services of cluster dev have made load balancers" in told
        assert [call[-1] for call in engine.calls("stack export")] == ["dev-pools", "dev-cluster"]


class TestCommand:
    @pytest.fixture
    def heiiki(self, parts, engine, monkeypatch):
        for name, value in engine.environment.items():
            monkeypatch.setenv(name, value)

        def run(command, name, *more):
            file = parts / f"Pulumi.dev-{name}.yaml"
            return CliRunner().invoke(app, [command, "--file", str(file), *more])

        return run

    def test_validate_says_which_part_of_what(self, heiiki):
        ended = heiiki("validate", "network")
        assert ended.exit_code == 0
        assert ended.stdout.partition("Pulumi")[2].startswith(
            ".dev.yaml and heiiki.dev.lock.yaml are valid: "
        )
        assert ended.stdout.endswith("; dev-network is its network part\n")
        assert json.loads(heiiki("validate", "network", "--json").stdout)["part"] == "network"

    @pytest.mark.parametrize("name", ["network", "pools"])
    def test_the_kubeconfig_is_of_the_cluster_part(self, heiiki, parts, name):
        ended = heiiki("kubeconfig", name)
        assert ended.exit_code == 1 and ended.stdout == ""
        told = " ".join(ended.stderr.split())
        assert f"Run heiiki kubeconfig --file {parts}/Pulumi.dev-cluster.yaml." in told
