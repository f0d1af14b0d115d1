"""A process in which JAX may run; the one that runs tests or experiments forks, so it may not."""

import multiprocessing
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from functools import cache
from typing import Any

from brickyard.gauge.probes.xla import one_thread


@cache
def _pool() -> ProcessPoolExecutor:
    """One process for the whole run: JAX is imported, and programs are compiled, once."""
    return ProcessPoolExecutor(1, multiprocessing.get_context("spawn"), one_thread)


def in_jax(function: Callable, *arguments: Any, **named: Any) -> Any:
    """What a function of a module gives when it runs in that process; what it raises is raised here."""
    return _pool().submit(function, *arguments, **named).result()
