"""Export a release as files: packed token sequences or whole documents, for NumPy, Parquet, JSON lines or `datasets`."""

import json
import os
import sys

from jobs.arguments import config_of, parser, print_summary, run
from jobs.spark import starting


def main(argv: list[str] | None = None) -> int:
    """Run the job; returns the exit code."""
    arguments = _parser().parse_args(argv)
    if arguments.locate is not None:
        return run(lambda: locate(arguments), arguments.debug)
    if arguments.format is None:
        _parser().error("give --format, or --locate ID")
    return run(lambda: export(arguments), arguments.debug)


def _parser():
    arguments = parser("export", __doc__)
    add = arguments.add_argument
    add("--out", metavar="DIR", required=True, help="a folder that is new or empty (or holds the same export: nothing to do)")
    add("--format", metavar="FORMAT", help="memmap, parquet, jsonl.zst or datasets")
    add("--locate", metavar="ID", help="say where a record is in the export at --out: a record_id, external_id or doc_id")
    add("--release", metavar="ID", help="another release than the newest")
    add("--sequence-length", metavar="L", type=int, help="pack tokens into sequences of L; default: documents stay whole")
    add("--packing", default="best-fit", metavar="KIND", help="best-fit (cuts no document that fits; default) or concatenate")
    add("--seed", type=int, default=0, help="of the shuffle, and of the draws of --mix; default: 0")
    add("--epochs", type=int, default=1, metavar="N", help="so many passes, each in its own order; default: 1")
    add("--mix", action="append", default=[], metavar="SOURCE=RATIO", help="copies of a document of the source, on average")
    add("--weights", default="ignore", metavar="KIND", help="repeat documents by weight, column, or ignore (default)")
    add("--end-token", metavar="TOKEN", help="put this token of the tokenizer behind every document; padding is made of it too")
    add("--sections", action="store_true", help="tag each token: title, heading, paragraph, list, code, table")
    add("--offsets", action="store_true", help="start and end of each token in the text, in characters")
    add("--positions", action="append", default=[], metavar="KIND:DIM[:BASE]", help="a table: sinusoidal or rotary encodings")
    add("--shard-bytes", type=int, default=128 * 2**20, metavar="N", help="about; default: 128 MiB")
    return arguments


def export(arguments) -> int:
    config = config_of(arguments)
    from brickyard.export.options import check_options

    options = options_of(arguments)
    check_options(options)
    with starting("export", config) as spark:
        from brickyard.config import config_digest
        from brickyard.export.write import write_export
        from brickyard.progress import say
        from brickyard.queries import find_release
        from brickyard.storage import Warehouse

        warehouse = Warehouse(spark(), config.warehouse)
        release = find_release(warehouse, arguments.release)
        if arguments.config and not arguments.release and release.config_digest != config_digest(config):
            say(f"release {release.release_id}, the newest, was made with other settings than {arguments.config} has")
        print_summary(write_export(warehouse, release, options, arguments.out))
    return 0


def options_of(arguments):
    """The options that the arguments name. Raises ConfigError for what cannot be read."""
    from brickyard.export.options import Options, read_mix, read_positions

    return Options(
        format=arguments.format,
        sequence_length=arguments.sequence_length,
        packing=arguments.packing,
        seed=arguments.seed,
        epochs=arguments.epochs,
        mix=tuple(sorted(read_mix(words) for words in arguments.mix)),
        weights=arguments.weights,
        end_token=arguments.end_token,
        sections=arguments.sections,
        offsets=arguments.offsets,
        positions=tuple(read_positions(words) for words in arguments.positions),
        shard_bytes=arguments.shard_bytes,
    )


def locate(arguments) -> int:
    from brickyard.export.index import locate as find

    print(json.dumps(find(os.path.abspath(arguments.out), arguments.locate)), flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
