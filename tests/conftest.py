"""Every test starts from the same environment: no AWS or Pulumi settings of its caller."""

import os

from hypothesis import settings

for _name in [n for n in os.environ if n.startswith(("AWS_", "PULUMI_", "HEIIKI_STACK"))]:
    del os.environ[_name]

settings.register_profile("heiiki", deadline=None)  # no timed assertions: machines are noisy
settings.load_profile("heiiki")
