"""Spark for one command: it starts beside our own imports, and stops at the end."""

from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor, wait
from contextlib import contextmanager

from brickyard.config import Config, spark_settings
from brickyard.errors import could_not_broadcast, keep_words


@contextmanager
def starting(name: str, config: Config, python_tasks: bool = True) -> Iterator[Callable]:
    """A function that gives the session as soon as it is there; import inside what needs seconds to be imported.

    With `python_tasks`, Python processes are started too, before the first task asks for one.
    """
    from brickyard.session import able_to_reach, build_session, stop_session, warm_up

    with ThreadPoolExecutor(2) as threads:
        session = threads.submit(build_session, f"brickyard {name}", spark_settings(config))
        started: list[Future] = [session]
        if python_tasks:
            started.append(threads.submit(lambda: warm_up(session.result())))
        try:
            yield lambda: able_to_reach(session.result(), config.warehouse)
        except Exception as error:
            keep_words(error)
            if could_not_broadcast(error):
                raise OSError(str(error)) from error
            raise
        finally:
            wait(started)  # a task that loses its Spark prints a trace of its own
            stop_session(session.result())
