"""What the engine starts as its language host: asks a nursery for one, and ends when that does.

`python -I -S launcher.py SOCKET CHECKOUT ARGUMENTS...`; with few imports, since it runs each time.
"""

import array
import json
import os
import signal
import socket
import sys


def asked(path: str, job: dict[str, object], streams: list[int]) -> socket.socket:
    """The connection on which the process id and then the exit code come, a line each."""
    connection = socket.socket(socket.AF_UNIX)
    connection.connect(path)
    text = json.dumps(job).encode()
    data = b"%08d" % len(text) + text
    rights = [(socket.SOL_SOCKET, socket.SCM_RIGHTS, array.array("i", streams))]
    sent = connection.sendmsg([data], rights)
    connection.sendall(data[sent:])
    return connection


def main() -> None:
    path, checkout, *arguments = sys.argv[1:]
    job = {
        "kind": "host", "target": "pulumi-language-python", "arguments": [path, *arguments],
        "path": checkout, "directory": os.getcwd(), "environment": dict(os.environ),
        "group": False,
    }  # fmt: skip
    with asked(path, job, [0, 1, 2]).makefile() as lines:
        process_id = int(next(lines))
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, lambda number, _: os.kill(process_id, number))
        sys.exit(int(next(lines)))


if __name__ == "__main__":
    main()
