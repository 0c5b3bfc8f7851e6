"""Every test starts from the same environment: no AWS, Pulumi or proxy settings of the person who runs it."""

import os

for _name in [n for n in os.environ if n.startswith(("AWS_", "PULUMI_", "HEIIKI_STACK"))]:
    del os.environ[_name]
