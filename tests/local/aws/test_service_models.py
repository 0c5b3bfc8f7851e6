"""AWS's models are read once, whoever asks for them."""

import subprocess
import sys

READS = """
import collections, gzip
from local.aws.service_models import read_once
read_once()
opened = collections.Counter()
ways = {".json": open, ".json.gz": gzip.open}
import botocore.loaders
for ending in ways:
    def noted(path, mode, way=ways[ending]):
        opened[path] += 1
        return way(path, mode)
    botocore.loaders._JSON_OPEN_METHODS[ending] = noted
looked_for = collections.Counter()
exists = botocore.loaders.JSONFileLoader.exists
def looked(self, path):
    looked_for[path] += 1
    return exists(self, path)
botocore.loaders.JSONFileLoader.exists = looked
import botocore.session
for _ in range(3):
    session = botocore.session.Session()
    client = session.create_client("sqs", "us-east-1", aws_access_key_id="-",
                                   aws_secret_access_key="-")
    assert client.meta.service_model.operation_names
    assert "eu-west-1" in session.get_available_regions("sqs")
others = [n for path, n in looked_for.items() if "/sqs/" not in path]
print(len(opened), set(opened.values()), len(others) > 100, set(others))
"""


def test_three_sessions_read_each_file_and_look_into_each_folder_once() -> None:
    read = subprocess.run(
        [sys.executable, "-c", READS], capture_output=True, text=True, check=False
    )
    number, _, times = read.stdout.partition(" ")
    assert int(number) >= 3 and times == "{1} True {1}\n", read.stdout + read.stderr


CHANGES = """
from local.aws.service_models import read_once
read_once()
import botocore.session
def paths(session):
    model = session.get_service_model("s3")
    return [model.operation_model(name).http["requestUri"] for name in model.operation_names]
before = paths(botocore.session.Session())
client = botocore.session.Session().create_client(
    "s3", "us-east-1", aws_access_key_id="-", aws_secret_access_key="-"
)
def unsent(request, **_):
    assert "/{Bucket}/" in str(before)
    raise SystemExit(str(paths(botocore.session.Session()) == before))
client.meta.events.register("before-send", unsent)
client.get_object(Bucket="own", Key="a")
"""


def test_what_a_client_changes_of_its_model_is_its_own() -> None:
    """S3's takes the bucket out of the paths, by which moto finds the operation."""
    said = subprocess.run(
        [sys.executable, "-c", CHANGES], capture_output=True, text=True, check=False
    )
    assert said.stderr == "True\n"
