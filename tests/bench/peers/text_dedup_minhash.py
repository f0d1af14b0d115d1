"""text-dedup's MinHash with its shipped settings: 240 permutations, 5-word shingles, threshold 0.7, false positives checked.

Words come from a regular expression. Kept rows go to an Arrow data set, the format that it writes.
"""

import argparse
import os

from text_dedup.config import Config
from text_dedup.config.algorithms import MinHashAlgorithmConfig
from text_dedup.config.debug import DebugConfig
from text_dedup.config.io import LocalInputConfig, OutputConfig
from text_dedup.minhash import main as run

from tests.bench.measure import print_report


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("corpus")
    parser.add_argument("output")
    parser.add_argument("--workers", type=int, default=os.cpu_count())
    options = parser.parse_args()
    files = {"path": "parquet", "data_files": f"{options.corpus}/part-*.parquet", "split": "train"}
    algorithm = MinHashAlgorithmConfig(
        algorithm_name="minhash",
        text_column="text",
        num_perm=240,
        ngram_size=5,
        threshold=0.7,
        check_false_positive=True,
        num_proc=options.workers,
    )
    config = Config.model_construct(
        input=LocalInputConfig(read_arguments={**files, "cache_dir": f"{options.output}/cache"}),
        algorithm=algorithm,
        output=OutputConfig(output_dir=f"{options.output}/kept"),
        debug=DebugConfig(),
    )
    run(config)
    print_report(bands=algorithm.bands, rows=algorithm.rows, tokenizer="regular expression")


if __name__ == "__main__":
    main()
