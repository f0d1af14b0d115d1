"""What all commands have in common: arguments, exit codes, the summary line."""

import argparse
import json
import os
import select
import sys
import traceback
from collections.abc import Callable
from dataclasses import asdict

from brickyard.config import Config, load_config
from brickyard.errors import BrickyardError, StorageError, first_line, is_storage

NOBODY_READS = 128 + 13
"""As a shell has it of a program that SIGPIPE ended: whoever read the output has read enough."""

EXIT_CODES = """exit codes: 0 done, or nothing to do; 2 configuration; 3 input; 4 the gate failed; 5 the warehouse is in use,
or a loaded file has changed; 6 storage; 1 a fault of ours"""


def parser(name: str, description: str) -> argparse.ArgumentParser:
    """A parser with --config, --set and --debug."""
    arguments = argparse.ArgumentParser(
        prog=f"brickyard {name}",
        description=description,
        epilog=EXIT_CODES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    arguments.add_argument("--config", metavar="FILE", help="a TOML file, or preset:NAME (quickstart, fineweb)")
    arguments.add_argument(
        "--set", metavar="KEY=VALUE", action="append", default=[], dest="assignments",
        help="override a setting, as in --set near_duplicates.min_jaccard=0.8; may be repeated",
    )  # fmt: skip
    arguments.add_argument("--debug", action="store_true", help="show the stack trace of an error")
    return arguments


def count(word: str) -> int:
    """A number of things, as an argument."""
    if not word.isdecimal():
        raise argparse.ArgumentTypeError(f"{word!r} is not a number of 0 or more")
    return int(word)


def positive(word: str) -> int:
    """A number of things, of which there must be one."""
    if not word.isdecimal() or not int(word):
        raise argparse.ArgumentTypeError(f"{word!r} is not a number of 1 or more")
    return int(word)


def config_of(arguments: argparse.Namespace) -> Config:
    """The configuration that the arguments name; a point to die at, if the environment names one, is checked too."""
    if any(name.startswith("BRICKYARD_KILL") for name in os.environ):
        from brickyard.kill_points import check_kill_point

        check_kill_point()
    return load_config(arguments.config, arguments.assignments)


def run(command: Callable[[], int], debug: bool) -> int:
    """The command's exit code; an error becomes a sentence on standard error and its own code."""
    try:
        code = command()
        sys.stdout.flush()
        return code
    except BrickyardError as error:
        if debug:
            traceback.print_exc()
        print(f"brickyard: {error}", file=sys.stderr)
        return error.exit_code
    except storage_failures() as error:
        if isinstance(error, BrokenPipeError) and _nobody_reads():
            return NOBODY_READS
        if not is_storage(error):
            raise
        if debug:
            traceback.print_exc()
        print(f"brickyard: {first_line(error)} (--debug shows where)", file=sys.stderr)
        return StorageError.exit_code
    except KeyboardInterrupt:
        print("brickyard: interrupted; run the same command again to go on", file=sys.stderr)
        return 130


def _nobody_reads() -> bool:
    """Whether our output goes to a program that has ended, such as `head`; what is left of it goes nowhere then."""
    output = select.poll()
    output.register(sys.stdout.fileno(), 0)
    gone = any(event & select.POLLERR for _, event in output.poll(0))
    if gone:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    return gone


def storage_failures() -> tuple[type[Exception], ...]:
    """What Spark, Java and Arrow raise where a disk, a table or a file lets them down."""
    from py4j.protocol import Py4JError
    from pyarrow import ArrowException
    from pyspark.errors import PySparkException

    return (OSError, Py4JError, ArrowException, PySparkException)


def print_summary(summary: object) -> None:
    """The run's summary as one JSON object: the last line of standard output."""
    sys.stderr.flush()
    print(json.dumps(asdict(summary)), flush=True)  # type: ignore[call-overload]
