"""Files that readers see as a whole, or not at all."""

import os

from brickyard.reading.listing import open_filesystem
from brickyard.s3 import is_s3


def replace_file(path: str, content: bytes) -> None:
    """Write a file so that a reader sees the whole of it, or the one before, on local disks and in object stores."""
    if "://" in path:
        filesystem, inner = open_filesystem(path)
        if not is_s3(path):  # object stores have no folders
            filesystem.create_dir(os.path.dirname(inner), recursive=True)
        with filesystem.open_output_stream(inner) as stream:
            stream.write(content)
        return
    os.makedirs(os.path.dirname(path), exist_ok=True)
    partial = f"{path}.partial-{os.getpid()}"
    try:
        with open(partial, "wb") as file:
            file.write(content)
        os.replace(partial, path)
    finally:
        if os.path.exists(partial):
            os.remove(partial)
