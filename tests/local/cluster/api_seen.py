"""What a worker's own certificate is answered, at every path of the API."""

import json

from local.machines import MachineHandle
from tests.local.cluster.booted import API_NAME, KUBELET

# As its kubelet, from the groups that it is told of to a list of each kind of thing: of all
# namespaces, and of the system's.
_ASK = """
import http.client, json, ssl, sys
host, authority, pair = sys.argv[1:4]
context = ssl.create_default_context(cafile=authority)
context.load_cert_chain(pair)
asking = http.client.HTTPSConnection(host, 6443, timeout=60, context=context)
def ask(path):
    asking.request("GET", path)
    answer = asking.getresponse()
    body = answer.read()
    return answer.status, body
def read(path):
    status, body = ask(path)
    return json.loads(body) if status == 200 else {}
roots = ["/api/" + v for v in read("/api").get("versions", [])]
roots += ["/apis/" + g["preferredVersion"]["groupVersion"] for g in read("/apis").get("groups", [])]
found = {}
for root in roots:
    for one in read(root).get("resources", []):
        if "list" not in one["verbs"]:
            continue
        paths = [root + "/" + one["name"] + "?limit=1"]
        if one["namespaced"]:
            paths.append(root + "/namespaces/kube-system/" + one["name"] + "?limit=1")
        for path in paths:
            found[path.partition("?")[0]] = ask(path)[0]
print(json.dumps(found))
"""


def lists(machine: MachineHandle) -> dict[str, int]:
    """Path to the answer's status, of each list that there is."""
    authority, pair = KUBELET[KUBELET.index("--cacert") + 1], KUBELET[KUBELET.index("--cert") + 1]
    asked = machine.run(["python3", "-c", _ASK, API_NAME, authority, pair])
    return {str(path): int(status) for path, status in json.loads(asked.stdout).items()}
