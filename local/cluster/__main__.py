"""`python -m local.cluster`: machines of what a stack makes in the embedded AWS."""

import argparse
import os
import shlex
import signal
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path

from local.carry_in.images import carried_images
from local.cluster.former import YAML_KEYS
from local.cluster.life import Cluster
from local.cluster.mirror import Mirror, announce
from local.cluster.records import Reader
from local.cluster.rotation import Rotation
from local.embedded import EmbeddedAws, EmbeddedAwsError
from local.environment import Home
from local.go_programs import ProgramError
from local.machines import MachinesError

_NOT_RUNNING = 3  # as `systemctl status` has it
_LOOK_SECONDS = 1.0
_USE = """
The API is asked from the operator's machine, which has kubectl and the stack's kubeconfigs:
  sudo .venv/bin/python -m local.cluster kubectl -- get nodes
  sudo .venv/bin/python -m local.cluster kubectl --iam -- auth whoami
Every machine takes commands, by the name that `status` has for it:
  sudo {of_machines} status
  sudo {of_machines} exec MACHINE -- /opt/heiiki/current/agent.pyz status
Removed by `make cluster-down`."""
_EXAMPLE = """\
`up` is `make cluster`: the example self-hosted, by the engine, on an embedded AWS of its own below
.heiiki/cluster, with every machine booted here. `down` removes all of it.
`follow` runs until it is interrupted. It waits for a VPC with a machine in it; each machine then
boots by its own user data, and goes when EC2 says that it was terminated. In another shell:
  {of_machines} status
  {of_machines} exec MACHINE -- COMMAND
It takes root.
"""
_OF_MACHINES = "env HEIIKI_HOME={home} .venv/bin/python -m local.machines --world cluster"


def main(arguments: Sequence[str] | None = None) -> int:
    chosen = _parser().parse_args(arguments)
    run: Callable[[argparse.Namespace, Cluster], int] = chosen.run
    cluster = Cluster(Home(Home.of(os.environ).directory / "cluster"))
    try:
        return run(chosen, cluster)
    except (MachinesError, EmbeddedAwsError, ProgramError) as error:
        print(error, file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 128 + signal.SIGINT


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m local.cluster",
        description="Boots the machines of a VPC of the embedded AWS on this one.",
        epilog=_EXAMPLE.format(of_machines=_OF_MACHINES.format(home=".heiiki/cluster")),
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    commands = parser.add_subparsers(required=True, metavar="COMMAND")

    def command(name: str, run: Callable[..., int], text: str) -> argparse.ArgumentParser:
        added = commands.add_parser(name, help=text, description=text)
        added.set_defaults(run=run)
        return added

    up = command("up", _up, "bring up the example self-hosted, with machines that boot here")
    up.add_argument(
        "--etcd-on-controllers", action="store_true", help="let members of etcd live on controllers"
    )
    kubectl = command("kubectl", _kubectl, "run kubectl on the operator's machine")
    kubectl.add_argument("--iam", action="store_true", help="log in by IAM, as people do; else by "
                         "the administrator's certificate")  # fmt: skip
    kubectl.add_argument("words", nargs=argparse.REMAINDER, metavar="-- WORD ...")
    follow = command("follow", _follow, "keep machines as EC2 says that they are")
    follow.add_argument("--region", required=True)
    follow.add_argument("--vpc", help="which one, where there are several")
    follow.add_argument("--home", type=Path, help="folder of a cluster with an AWS of its own")
    rotate = command("rotate", _rotate, "rotate authorities and keys, and ask the cluster all the "
                     "while")  # fmt: skip
    names = f"one of {', '.join(YAML_KEYS)}; may be given again; else all"
    rotate.add_argument("--only", action="append", choices=YAML_KEYS, metavar="NAME", help=names)
    rotate.add_argument("--renew", action="store_true", help="make programs' certificates anew by "
                        "the authorities that there are, and rotate nothing")  # fmt: skip
    command("timeline", _timeline, "the steps of all machines' boots, as their agents tell them")
    command("down", _down, "remove them, and all that was made for them")
    return parser


def _say(line: str) -> None:
    print(line, file=sys.stderr, flush=True)


def _up(chosen: argparse.Namespace, cluster: Cluster) -> int:
    cluster.up(_say, on_controllers=chosen.etcd_on_controllers)
    print(cluster.timeline())
    print(cluster.milestones())
    home = shlex.quote(str(cluster.home.directory))
    print(_USE.format(of_machines=_OF_MACHINES.format(home=home)))
    return 0


def _kubectl(chosen: argparse.Namespace, cluster: Cluster) -> int:
    words = chosen.words[1:] if chosen.words[:1] == ["--"] else chosen.words
    kubeconfig = "kubeconfig" if chosen.iam else "administratorKubeconfig"
    sys.stdout.write(cluster.kubectl(*words, kubeconfig=kubeconfig))
    return 0


def _rotate(chosen: argparse.Namespace, cluster: Cluster) -> int:
    names = tuple(name for name in YAML_KEYS if name in (chosen.only or YAML_KEYS))
    began = time.monotonic()
    if chosen.renew:
        print(Rotation(cluster, _say).renew())
        return 0
    done = Rotation(cluster, _say, names).run()
    print(f"rotated {', '.join(names)} in {time.monotonic() - began:.0f} s")
    for update in done:
        print(update)
    print("what was signed before was believed until it was dropped, and is refused now")
    return 0


def _follow(chosen: argparse.Namespace, cluster: Cluster) -> int:
    home = Home.of(os.environ)
    if chosen.home is not None:
        home = Home(chosen.home)
        cluster = Cluster(home)
    cluster.world.prepare(_say)
    carried = carried_images(_say)
    url = EmbeddedAws(home.embedded).start(_say).aws_endpoint_url
    vpc_id = _awaited_vpc(Reader(url, chosen.region), chosen.vpc)
    with Mirror(cluster.world, url, chosen.region, vpc_id, _say, carried):
        while True:
            time.sleep(_LOOK_SECONDS)


def _awaited_vpc(reader: Reader, asked: str | None) -> str:
    """The one, once it has a machine: by then it has the machines' subnets, too."""
    said = False
    _say("waiting for a VPC with a machine in it")
    while True:
        there = [asked] if asked else reader.vpcs()
        if len(there) > 1:
            raise MachinesError(f"there are {len(there)} VPCs; name one of {', '.join(there)}")
        if there and not said:
            announce(reader, there[0])
            said = True
        if there and reader.has_machines(there[0]):
            return there[0]
        time.sleep(_LOOK_SECONDS)


def _timeline(chosen: argparse.Namespace, cluster: Cluster) -> int:
    if not cluster.world.runs():
        print(f"there are no machines in {cluster.world.folder}")
        return _NOT_RUNNING
    print(cluster.timeline())
    if cluster.was_answered():  # else nobody can ask for nodes and pods yet
        print(cluster.milestones())
    return 0


def _down(chosen: argparse.Namespace, cluster: Cluster) -> int:
    cluster.down()
    print("there are no machines any more")
    return 0


if __name__ == "__main__":
    sys.exit(main())
