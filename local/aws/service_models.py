"""AWS's models of its services, listed and read once by a process."""

import functools
from typing import Any

from botocore.loaders import JSONFileLoader, Loader

_read = JSONFileLoader.load_file
_list = Loader.list_available_services
_listed: dict[tuple[str, ...], list[str]] = {}


# A client of these takes parts of paths out of its model (in botocore/handlers.py,
# remove_bucket_from_url_paths_from_model and remove_accid_host_prefix_from_model), by which moto
# finds the operation.
_CHANGED = ("s3", "s3control")


@functools.cache
def _read_once(file_path: str) -> Any:
    return _read(JSONFileLoader(), file_path)


def _load_file(_: JSONFileLoader, file_path: str) -> Any:
    if any(f"/{service}/" in file_path for service in _CHANGED):
        return _read(JSONFileLoader(), file_path)
    return _read_once(file_path)


def _list_available_services(self: Loader, type_name: str) -> list[str]:
    key = (*self.search_paths, type_name)
    if key not in _listed:
        _listed[key] = _list(self, type_name)
    return _listed[key]


def read_once() -> None:
    """Every session of botocore reads them anew, and moto makes one for each of its services and
    regions. To find one model, each looks into the folders of all services: 20 ms of a processor.
    But for _CHANGED what is found is changed by nobody: a session's clients share it already
    (instance_cache in botocore/loaders.py). Call it before moto is imported."""
    JSONFileLoader.load_file = _load_file  # type: ignore[method-assign, assignment]
    Loader.list_available_services = _list_available_services  # type: ignore[method-assign]
