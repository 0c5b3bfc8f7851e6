"""YAML by libyaml. PyYAML alone takes ten times as long, and more where branches are counted."""

from typing import Any

import yaml


def loaded(text: str | bytes) -> Any:
    return yaml.load(text, Loader=yaml.CSafeLoader)


def dumped(value: Any, **form: Any) -> str:
    return str(yaml.dump(value, Dumper=yaml.CSafeDumper, **form))
