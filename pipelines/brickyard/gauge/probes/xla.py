"""JAX, where it may run: in Spark's tasks and in processes of its own, on one thread."""

import os

ONE_THREAD = {
    "XLA_FLAGS": "--xla_cpu_multi_thread_eigen=false intra_op_parallelism_threads=1",
    "OMP_NUM_THREADS": "1",
    "JAX_PLATFORMS": "cpu",
}
"""A task has one core; and sums on one thread are the same in every run."""


def one_thread() -> None:
    """To be called before JAX is imported for the first time; it reads these once.

    Never in a process that forks afterwards, as Spark's driver and its Python daemon do: XLA's threads hold locks, of which
    the child would wait for ever. For the same reason all of `probes` imports JAX inside functions.
    """
    os.environ.update(ONE_THREAD)
