"""Spark's Python daemon, with what every task needs imported before it forks: once per executor, not once per worker."""

import gc
import sys

import pandas  # noqa: F401
import pyarrow.pandas_compat  # noqa: F401
import pyspark.sql.pandas.serializers
import pyspark.worker  # noqa: F401
from pyspark import daemon

import brickyard.kernels  # noqa: F401


def forget_archives() -> None:
    """Forget what was read of the zipped PySpark and of Spark's own jar, now that all is imported.

    A worker reads the directory of every archive that it knows again before every task: a tenth of a second.
    """
    sys.path[:] = [path for path in sys.path if not path.endswith(".jar")]
    for path in [path for path in sys.path_importer_cache if ".jar" in path or ".zip" in path]:
        del sys.path_importer_cache[path]


if __name__ == "__main__":
    forget_archives()
    gc.freeze()  # a worker collects garbage after every task: a fifth of a second for all that is imported here
    daemon.manager()
