"""API servers that stand for EKS's own: whose endpoint and authority a new cluster has.

Nothing answers at the endpoint of an embedded cluster. Where a test or a person has an API server
of their own, the variable names a JSON file that says for which cluster it stands:
{"dev": {"endpoint": "https://127.0.0.1:6443", "certificateAuthority": "-----BEGIN …"}}
"""

import base64
import json
import os
from pathlib import Path
from typing import Any

from local.aws.extensions.eks.kept import invalid

VARIABLE = "HEIIKI_API_SERVERS"


def api_server_of(cluster_name: str) -> dict[str, Any]:
    """The members of the cluster's description that tell where its API is, if the file has any.

    Read when a cluster is created, and kept with it.
    """
    named = os.environ.get(VARIABLE)
    if not named:
        return {}
    try:
        servers = json.loads(Path(named).read_text(encoding="utf-8"))
        server = servers.get(cluster_name)
        if server is None:
            return {}
        data = base64.b64encode(server["certificateAuthority"].encode()).decode()
        return {"endpoint": str(server["endpoint"]), "certificateAuthority": {"data": data}}
    except (OSError, ValueError, AttributeError, KeyError, TypeError) as error:
        raise invalid(
            f"{named}, which {VARIABLE} names, is no JSON file of clusters with endpoint and "
            f"certificateAuthority each: {type(error).__name__}: {error}"
        ) from error
