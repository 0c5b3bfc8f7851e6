"""What moto works out anew for each request though it never changes: half the time of an answer."""

from functools import cache

import moto.backends
import moto.core.responses
from moto.core.utils import method_names_from_class

from local.aws.extensions.registry import patch


def install() -> None:
    """After the extensions, whose methods must be among the names that are remembered."""
    modules = tuple(moto.backends.list_of_moto_modules())
    patch(moto.backends, list_of_moto_modules=lambda: modules)
    patch(
        moto.core.responses,
        method_names_from_class=cache(method_names_from_class),
    )
