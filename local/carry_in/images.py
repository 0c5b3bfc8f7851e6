"""What is carried into the closed network, as images: each of a program, and of little else.

Kept as a registry's files in the cache, made once: `carried_images` says what is there, by digest,
and `python -m local.machines` serves it to machines under the region's ECR name.
"""

import fcntl
import hashlib
import json
import os
import platform
import shutil
import subprocess
import tempfile
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from local.carry_in.oci import Layer, image, write_layer
from local.carry_in.programs import ALL, DISTRIBUTION, programs
from local.carry_in.registry import CarriedImages, push, repository, serving
from local.engine.cache import Progress, cache_directory
from local.machines.image import ensure_image

LIST_SECONDS = 60
# nft, and what flannel and kube-proxy clear up with after iptables, which they never used.
RULES, RULE_PROGRAMS = "usr/sbin", ("nft", "xtables-nft-multi")
CLEARED_UP_WITH = tuple(
    f"{family}{verb}" for family in ("iptables", "ip6tables") for verb in ("", "-save", "-restore")
)
# By what nft calls TCP in what it lists. Without it, that says 6, and a kube-proxy that is started
# anew takes its own Services for what is left of others, and removes them.
PROTOCOLS = "etc/protocols"
_FORMAT = 4  # of what is made of them
BUNDLE = "etc/ssl/certs/ca-certificates.crt"


@dataclass(frozen=True, slots=True)
class Recipe:
    """An image: its program, where it lies, and what it needs beside it.

    rules: the programs that kube-proxy and flannel write rules with, and what these read.
    authorities: for who speaks to AWS over TLS.
    """

    program: str
    path: str
    rules: bool = False
    authorities: bool = False


RECIPES: Mapping[str, Recipe] = {
    "kube-apiserver": Recipe("kube-apiserver", "/usr/local/bin/kube-apiserver"),
    "kube-controller-manager": Recipe(
        "kube-controller-manager", "/usr/local/bin/kube-controller-manager"
    ),
    "kube-scheduler": Recipe("kube-scheduler", "/usr/local/bin/kube-scheduler"),
    "kube-proxy": Recipe("kube-proxy", "/usr/local/bin/kube-proxy", rules=True),
    "coredns": Recipe("coredns", "/coredns"),
    "flannel": Recipe("flanneld", "/opt/bin/flanneld", rules=True),
    "cloud-controller-manager": Recipe(
        "aws-cloud-controller-manager", "/aws-cloud-controller-manager", authorities=True
    ),
    "authenticator": Recipe("aws-iam-authenticator", "/aws-iam-authenticator", authorities=True),
    # Where aws-encryption-provider lies in its image, so that either is what the pod asks for.
    "kms-plugin": Recipe("kms-plugin", "/aws-encryption-provider", authorities=True),
    "serving-approver": Recipe("serving-approver", "/serving-approver", authorities=True),
    "pause": Recipe("pause", "/pause"),
    "agnhost": Recipe("agnhost", "/agnhost"),
}


def carried_images(
    progress: Progress = lambda _: None, environment: Mapping[str, str] = os.environ
) -> CarriedImages:
    """At once where they were made before; else after the programs are built, and some seconds."""
    programs(progress)
    root = ensure_image(progress, environment)
    folder = cache_directory(environment) / "carry-in" / _named(root)
    if not folder.is_dir():
        folder.parent.mkdir(parents=True, exist_ok=True)
        with (folder.parent / "lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            if not folder.is_dir():  # another run may have made it while we waited
                _make(folder, root, progress)
    digests = json.loads((folder / "images.json").read_text(encoding="utf-8"))
    return CarriedImages(DISTRIBUTION.binary("registry"), folder / "store", digests)


def _named(root: Path) -> str:
    """By what they are made of: pins of programs, the machines' image, and how."""
    made_of = (_FORMAT, RECIPES, [source.folder.name for source in ALL], root.name)
    return hashlib.sha256(repr(made_of).encode()).hexdigest()[:16]


def _make(folder: Path, root: Path, progress: Progress) -> None:
    started = time.monotonic()
    for unfinished in folder.parent.glob(".unfinished-*"):  # of a run that was killed
        shutil.rmtree(unfinished)
    partial = Path(tempfile.mkdtemp(prefix=".unfinished-", dir=folder.parent))
    try:
        layers = _Layers(partial, root)
        digests = {}
        program, store = DISTRIBUTION.binary("registry"), partial / "store"
        with serving(program, store, partial / "serving", read_only=False) as registry:
            for name, recipe in RECIPES.items():
                made = image(layers.of(recipe), [recipe.path], platform.machine())
                push(registry, repository(name), made)
                digests[name] = made.digest
                layers.forget_program()
        (partial / "images.json").write_text(json.dumps(digests, indent=2), encoding="utf-8")
        layers.remove()
        shutil.rmtree(partial / "serving")
        partial.chmod(0o755)
        partial.rename(folder)
    finally:
        shutil.rmtree(partial, ignore_errors=True)
    progress(f"images to carry in: made {len(RECIPES)} in {time.monotonic() - started:.0f} s")


class _Layers:
    """Made in a folder, of the programs and of the machines' image."""

    def __init__(self, folder: Path, root: Path) -> None:
        self._folder = folder / "layers"
        self._folder.mkdir()
        self._programs = programs()
        self._program = self._folder / "program.tar"
        self._rules = write_layer(self._folder / "rules.tar", *_closure(root))
        self._authorities = write_layer(
            self._folder / "authorities.tar", {f"/{BUNDLE}": root / BUNDLE}, {}
        )

    def of(self, recipe: Recipe) -> list[Layer]:
        program = self._programs[recipe.program].path
        layers = [write_layer(self._program, {recipe.path: program}, {})]
        if recipe.authorities:
            layers.insert(0, self._authorities)
        if recipe.rules:
            layers.insert(0, self._rules)
        return layers

    def forget_program(self) -> None:
        self._program.unlink()

    def remove(self) -> None:
        shutil.rmtree(self._folder)


def _closure(root: Path) -> tuple[dict[str, Path], dict[str, str]]:
    """The programs and the libraries that they are started with, at the paths of the machines'
    image; and the links by which their loader and others are found."""
    (loader,) = root.glob("usr/lib/*-linux-gnu/ld-linux-*.so.*")  # a link to it leads outside
    files = {f"/{RULES}/{name}": root / RULES / name for name in RULE_PROGRAMS}
    for program in list(files.values()):
        listed = subprocess.run(
            [str(loader), "--library-path", str(loader.parent), "--list", str(program)],
            capture_output=True, text=True, timeout=LIST_SECONDS, check=True, env={},
        )  # fmt: skip
        for line in listed.stdout.splitlines():
            asked, leads, found = line.strip().partition(" => ")
            if asked.startswith("/") and (leads or asked.endswith(loader.name)):
                files[f"/usr{asked.split()[0]}"] = loader  # as programs name it
            elif leads:
                path = Path(found.split()[0])
                files[f"/{path.relative_to(root)}"] = path
    files[f"/{PROTOCOLS}"] = root / PROTOCOLS
    links = {f"/{RULES}/{name}": RULE_PROGRAMS[1] for name in CLEARED_UP_WITH}
    return files, links | {"/lib": "usr/lib", "/lib64": "usr/lib64", "/sbin": "usr/sbin"}
