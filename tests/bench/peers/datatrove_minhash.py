"""datatrove's four MinHash stages as FineWeb uses them: 14 buckets of 8 hashes, 64-bit, 5-word shingles; no verification.

The words come from spaCy's English tokenizer, datatrove's default: most of stage 1 is spent there. With `--buckets 32
--hashes 4` it proposes what Brickyard proposes.
"""

import argparse
import os
import time

from datatrove.executor import LocalPipelineExecutor
from datatrove.pipeline.base import PipelineStep
from datatrove.pipeline.dedup import MinhashDedupBuckets, MinhashDedupCluster, MinhashDedupFilter, MinhashDedupSignature
from datatrove.pipeline.dedup.minhash import MinhashConfig
from datatrove.pipeline.readers import ParquetReader
from datatrove.pipeline.writers import ParquetWriter

from tests.bench.measure import print_report


def stages(folder: str, output: str, config: MinhashConfig, tasks: int) -> list[tuple[str, int, list[PipelineStep]]]:
    """(name, number of tasks, steps) of the four stages."""
    reader = ParquetReader(folder, glob_pattern="part-*.parquet")
    signatures, buckets, removed = (f"{output}/{name}" for name in ("signatures", "buckets", "removed"))
    return [
        ("signatures", tasks, [reader, MinhashDedupSignature(output_folder=signatures, config=config)]),
        ("buckets", config.num_buckets, [MinhashDedupBuckets(signatures, buckets, config=config)]),
        ("cluster", 1, [MinhashDedupCluster(buckets, removed, config=config)]),
        ("filter", tasks, [reader, MinhashDedupFilter(removed), ParquetWriter(f"{output}/kept", compression="zstd")]),
    ]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("corpus")
    parser.add_argument("output")
    parser.add_argument("--workers", type=int, default=os.cpu_count())
    parser.add_argument("--buckets", type=int, default=14)
    parser.add_argument("--hashes", type=int, default=8)
    options = parser.parse_args()
    config = MinhashConfig(n_grams=5, num_buckets=options.buckets, hashes_per_bucket=options.hashes)
    seconds = {}
    for name, tasks, steps in stages(options.corpus, options.output, config, options.workers):
        started = time.monotonic()
        logs = f"{options.output}/logs/{name}"
        LocalPipelineExecutor(pipeline=steps, tasks=tasks, workers=options.workers, logging_dir=logs).run()
        seconds[name] = round(time.monotonic() - started, 2)
    print_report(stages=seconds, tokenizer="spaCy, blank English")


if __name__ == "__main__":
    main()
