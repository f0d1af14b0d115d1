"""Try it on a folder of your own (text, JSON lines, CSV, Parquet): the main job with a warehouse aside, then the page."""

import json
import os
import sys

from jobs.arguments import parser, print_summary, run
from jobs.spark import starting


def main(argv: list[str] | None = None) -> int:
    """Run the job and write the page; returns the exit code."""
    arguments = parser("try", __doc__)
    arguments.add_argument("folder", metavar="FOLDER", help="the folder that holds the text")
    arguments.add_argument("--out", metavar="FILE", help="where the page goes; default: in the warehouse's folder reports")
    given = arguments.parse_args(argv)
    return run(lambda: try_folder(given), given.debug)


def try_folder(arguments) -> int:
    from brickyard.config import load_config

    folder = existing_folder(arguments.folder)
    config = load_config(arguments.config or "preset:try", [*assignments_for(folder), *arguments.assignments])
    refuse_own_warehouse(folder, config.warehouse)
    with starting("try", config) as spark:
        from brickyard.progress import say
        from brickyard.queries import find_release
        from brickyard.report.write import write_report
        from brickyard.run import run_curation
        from brickyard.storage import Warehouse

        say(f"the warehouse: {config.warehouse}")
        made = run_curation(spark(), config)
        warehouse = Warehouse(spark(), config.warehouse)
        print_summary(write_report(warehouse, find_release(warehouse, made.release_id), config, arguments.out))
    return 0


def existing_folder(name: str) -> str:
    """Its absolute path. Raises InputError if there is no such folder, or nothing to read in it."""
    from brickyard.errors import InputError

    folder = os.path.abspath(os.path.expanduser(name))
    if not os.path.isdir(folder):
        what = "is a file; name the folder that it is in" if os.path.exists(folder) else "there is no such folder"
        raise InputError(f"{name}: {what}")
    if not any(not entry.startswith(".") for entry in os.listdir(folder)):
        raise InputError(f"{name}: the folder is empty (hidden names are not read); put files with text into it")
    return folder


def assignments_for(folder: str) -> list[str]:
    """The settings that the folder decides, as in --set."""
    name = os.path.basename(folder) or "root"
    values = {"warehouse": os.path.join(home_for(folder), name), "input.source": name, "input.root": folder}
    return [f"{key}={json.dumps(value, ensure_ascii=False)}" for key, value in values.items()] + [
        f"input.paths={json.dumps([folder], ensure_ascii=False)}"
    ]


def home_for(folder: str) -> str:
    """Where warehouses go: a visible folder, unless it would lie in the folder that is read: hidden names are not."""
    here = os.getcwd()
    return os.path.join(here, ".brickyard-try" if lies_within(here, folder) else "brickyard-try")


def lies_within(path: str, folder: str) -> bool:
    """Whether the path is the folder or below it."""
    return os.path.commonpath([os.path.realpath(path), os.path.realpath(folder)]) == os.path.realpath(folder)


def refuse_own_warehouse(folder: str, warehouse: str) -> None:
    """A warehouse among the files that are read would be read as text the next time. Raises ConfigError."""
    from brickyard.errors import ConfigError

    hidden = any(part.startswith(".") for part in os.path.relpath(warehouse, folder).split(os.sep) if part != os.curdir)
    if lies_within(warehouse, folder) and not hidden:
        raise ConfigError(f"warehouse = {warehouse} lies in the folder that is read: set another with --set warehouse=DIR")


if __name__ == "__main__":
    sys.exit(main())
