"""A real S3 server on loopback: versitygw, which keeps objects as files of a folder."""

import os
import secrets
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).parents[2]
MODULE = "github.com/versity/versitygw/cmd/versitygw@v1.8.0"
FOLDER = ROOT / ".s3-server"
PATIENCE = 30


class Server(NamedTuple):
    """A running server: the variables that lead to it, and the folder of its one bucket."""

    variables: dict[str, str]
    bucket: Path


def program() -> Path:
    """The server's program, built once with Go. Its modules are checked against Go's public checksums."""
    path = FOLDER / "versitygw"
    if not path.exists():
        if not shutil.which("go"):
            raise FileNotFoundError("Go is needed to build the S3 server that the tests use")
        subprocess.run(["go", "install", MODULE], env={**os.environ, "GOBIN": str(FOLDER)}, check=True)
    return path


@contextmanager
def s3_server(folder: Path) -> Iterator[Server]:
    """The server with a bucket called `bucket`, and keys that nothing else uses."""
    bucket = folder / "bucket"
    bucket.mkdir(parents=True, exist_ok=True)
    key, secret = f"KEY{secrets.token_hex(8)}", f"CANARY{secrets.token_hex(16)}"
    port = free_port()
    process = subprocess.Popen(
        [str(program()), "--port", f"127.0.0.1:{port}", "--quiet", "posix", str(folder)],
        env={**os.environ, "ROOT_ACCESS_KEY": key, "ROOT_SECRET_KEY": secret},
        stdout=subprocess.DEVNULL,
    )
    try:
        wait_for(port, process)
        yield Server(variables(port, key, secret), bucket)
    finally:
        process.terminate()
        process.wait(PATIENCE)


def variables(port: int, key: str, secret: str) -> dict[str, str]:
    return {
        "AWS_ENDPOINT_URL": f"http://127.0.0.1:{port}",
        "AWS_REGION": "us-east-1",
        "AWS_ACCESS_KEY_ID": key,
        "AWS_SECRET_ACCESS_KEY": secret,
    }


def free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])


def wait_for(port: int, process: subprocess.Popen) -> None:
    end = time.monotonic() + PATIENCE
    while True:
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
            return
        except OSError:
            if process.poll() is not None or time.monotonic() > end:
                raise
            time.sleep(0.05)
