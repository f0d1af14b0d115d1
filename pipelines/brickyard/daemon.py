"""Spark's Python daemon, with what every task needs imported before it forks: once per executor, not once per worker."""

from pyspark import daemon

import brickyard.kernels  # noqa: F401

if __name__ == "__main__":
    daemon.manager()
