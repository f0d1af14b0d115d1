"""brickyard: raw text in, bricks for training out.

usage: brickyard COMMAND [--help] ...

commands:
"""

import importlib
import sys

COMMANDS = {
    "curate": "read, deduplicate, tokenise, validate and publish: the main job",
    "try": "the main job on a folder of your own, then its page",
    "report": "a release as one HTML page",
    "gauge": "what a release supports: its statistics, what misleads classifiers, bounds, probes",
    "redecide": "verdicts at a higher near-duplicate threshold, without comparing again",
    "take-down": "remove records for good",
    "arrange": "the same release, laid out for queries",
    "maintain": "retire old releases, and delete what no live one needs",
    "export": "a release as files: packed sequences or documents, for trainers",
    "sql": "ask a release questions",
    "sql-service": "start, stop: the releases for beeline, JDBC and DBeaver",
    "doctor": "check this machine",
}

MODULES = {"try": "try_folder"}
"""Commands whose name no Python file should bear."""


def show_help() -> int:
    print(__doc__ + "\n".join(f"  {name:<11} {meaning}" for name, meaning in COMMANDS.items()))
    return 0


def main(argv: list[str] | None = None) -> int:
    """Hand over to the command's module."""
    words = sys.argv[1:] if argv is None else argv
    if not words or words[0] in ("-h", "--help"):
        from jobs.arguments import run

        return run(show_help, debug=False)
    if words[0] not in COMMANDS:
        print(f"brickyard: no command {words[0]!r}; there are {', '.join(COMMANDS)}", file=sys.stderr)
        return 2
    name = words[0].replace("-", "_")
    return importlib.import_module(f"jobs.{MODULES.get(name, name)}").main(words[1:])


if __name__ == "__main__":
    sys.exit(main())
