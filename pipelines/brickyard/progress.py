"""What a person sees while a job runs: a line per stage on standard error, and a live bar on a terminal."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager

from pyspark.sql import SparkSession
from rich.console import Console
from rich.progress import BarColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

console = Console(stderr=True, highlight=False, soft_wrap=True)


def say(message: str) -> None:
    """A line on standard error."""
    console.print(message, markup=False)


def say_stage(name: str, rows_in: int, rows_out: int, seconds: float, note: str = "") -> None:
    """The line with which a stage ends."""
    say(f"{name:<20} {rows_in:>12,} -> {rows_out:>12,} rows  {seconds:>7.1f} s  {note}".rstrip())


@contextmanager
def live_bar(spark: SparkSession, name: str) -> Iterator[None]:
    """While the stage runs, a bar over the tasks of Spark's active jobs; nothing if this is no terminal."""
    spark.sparkContext.setJobDescription(f"brickyard: {name}")
    if not console.is_terminal:
        yield
        return
    columns = (
        SpinnerColumn(),
        TextColumn("{task.description}"),
        BarColumn(),
        TextColumn("{task.completed}/{task.total} tasks"),
    )
    with Progress(*columns, TimeElapsedColumn(), console=console, transient=True) as progress:
        bar, done = progress.add_task(name, total=None), threading.Event()
        watcher = threading.Thread(target=_watch, args=(spark, progress, bar, done), daemon=True)
        watcher.start()
        try:
            yield
        finally:
            done.set()
            watcher.join()


def _watch(spark: SparkSession, progress: Progress, bar, done: threading.Event) -> None:
    tracker = spark.sparkContext.statusTracker()
    while not done.wait(0.3):
        stages = [info for number in tracker.getActiveStageIds() if (info := tracker.getStageInfo(number))]
        total = sum(info.numTasks for info in stages)
        progress.update(bar, total=total or None, completed=sum(info.numCompletedTasks for info in stages))
