"""What stands in files beside the stack file, read when the stack file has been."""

import json
from pathlib import Path

from spec.additions import AdditionsSpec, Written
from spec.cluster import ClusterSpec
from spec.controllers import ControllersSpec
from spec.errors import Fault, SpecError
from spec.etcd import CreateEtcd
from spec.self_hosted import SelfHostedSpec
from spec.text_file import is_there, read_text_file

MAX_FILE_BYTES = 262_144
MAX_WRITTEN = 65_536  # half of what Linux takes of one variable (spec/additions.py)


def additions(spec: ClusterSpec) -> dict[str, AdditionsSpec]:
    """What is added, by the key that it stands under; of roles that have something."""
    asked = {f"nodePools.{name}.custom": pool.custom for name, pool in spec.node_pools.items()}
    own = _own(spec)
    if own is not None:
        if isinstance(own.etcd, CreateEtcd):
            asked["controlPlane.etcd.custom"] = own.etcd.custom
        asked["controlPlane.controllers.custom"] = own.controllers.custom
    return {key: added for key, added in asked.items() if added is not None}


def files_beside(spec: ClusterSpec) -> list[str]:
    """The files that the stack file names; none of a spec that they were read for."""
    named = (w.file for added in additions(spec).values() for _, w in added.each())
    return sorted({file for file in named if file is not None})


def with_files(spec: ClusterSpec, folder: Path, *, where: str) -> ClusterSpec:
    """The spec as if what stands in files beside the stack file stood there itself, or SpecError
    with every fault."""
    faults: list[Fault] = []
    _check_written(spec, faults)
    if not (faults or files_beside(spec)):
        return spec
    read = {key: _filled(key, added, folder, faults) for key, added in additions(spec).items()}
    if faults:
        raise SpecError(faults, where=where, rest=spec)
    pools = {
        name: pool.model_copy(update={"custom": read.get(f"nodePools.{name}.custom")})
        for name, pool in spec.node_pools.items()
    }
    changes: dict[str, object] = {"node_pools": pools}
    if (own := _own(spec)) is not None:
        parts: dict[str, CreateEtcd | ControllersSpec] = {"controllers": own.controllers}
        if isinstance(own.etcd, CreateEtcd):
            parts["etcd"] = own.etcd
        filled = {
            key: part.model_copy(update={"custom": read.get(f"controlPlane.{key}.custom")})
            for key, part in parts.items()
        }
        changes["control_plane"] = own.model_copy(update=filled)
    return spec.model_copy(update=changes)


def _own(spec: ClusterSpec) -> SelfHostedSpec | None:
    return spec.control_plane if isinstance(spec.control_plane, SelfHostedSpec) else None


def _check_written(spec: ClusterSpec, faults: list[Fault]) -> None:
    """Text of the stack file is JSON within JSON when the program is given it."""
    sizes = {
        f"{key}.{name}.content": len(json.dumps(json.dumps(written.content)))
        for key, added in additions(spec).items()
        for name, written in added.each()
        if written.content is not None
    }
    if sum(sizes.values()) > MAX_WRITTEN:
        largest = max(sizes, key=lambda name: sizes[name])
        faults.append(Fault(largest, f"is the largest of {len(sizes)} texts with "
                            f"{sum(sizes.values())} bytes in all, as the engine passes them on, "
                            f"and {MAX_WRITTEN} are safe; write files"))  # fmt: skip


def _filled(key: str, added: AdditionsSpec, folder: Path, faults: list[Fault]) -> AdditionsSpec:
    def texts(group: str) -> dict[str, Written]:
        found: dict[str, Written] = getattr(added, group)
        return {
            name: _read(f"{key}.{group}.{name}", written, folder, faults)
            for name, written in found.items()
        }

    return added.model_copy(update={group: texts(group) for group in ("files", "units", "scripts")})


def _read(key: str, written: Written, folder: Path, faults: list[Fault]) -> Written:
    if written.file is None:
        return written
    path = folder / written.file
    try:
        return written.model_copy(update={"content": _text_of(path), "file": None})
    except SpecError as error:
        faults += [Fault(f"{key}.file", fault.message, repr(written.file))
                   for fault in error.faults]  # fmt: skip
        return written


def _text_of(path: Path) -> str:
    if not is_there(path):
        raise SpecError([Fault("", "is not there beside the stack file; write it, or content")])
    if path.is_file() and path.stat().st_size > MAX_FILE_BYTES:
        raise SpecError([Fault("", f"is larger than {MAX_FILE_BYTES} bytes; carry in what is large "
                               "as a program or an image")])  # fmt: skip
    return read_text_file(path)
