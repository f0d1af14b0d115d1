"""How well the vectors of a model know the 77 intents of Banking77: clusters, pairs, planted paraphrases.

    python -m tests.bench.ours.vector_quality MODEL

Models that are fitted are fitted on all texts, of training and test; what is clustered and compared are those of the test.
"""

import sys
import time
from pathlib import Path

import numpy as np
import pandas as pd
from brickyard.session import build_session, stop_session
from brickyard.stages.embed import embed_inputs, fit_model
from brickyard.vectors.fitting import assign_cells, fit_centroids
from brickyard.vectors.models.loading import model_in_folder
from pyspark.sql import DataFrame

from tests.bench.data import data_folder
from tests.bench.labelled import adjusted_rand, measure_pairs, paraphrase, purity, read_banking
from tests.bench.measure import print_report

CELLS, STARTS, DIMENSION = 77, 3, 256


def frame_of(spark, texts: list[str], prefix: str) -> DataFrame:
    rows = pd.DataFrame({"doc_id": [f"{prefix}{n:05d}" for n in range(len(texts))], "text": texts})
    rows["char_count"] = rows["text"].str.len()
    return spark.createDataFrame(rows)


def embed(spark, texts: list[str], model) -> np.ndarray:
    """The vectors in the order of the texts."""
    found: pd.DataFrame = embed_inputs(frame_of(spark, texts, ""), model).toPandas()
    return np.array(found.sort_values("doc_id")["vector"].tolist(), np.float32)


def cluster(spark, vectors: np.ndarray, start: int) -> np.ndarray:
    """The cell of each vector: ids decide where K-means starts."""
    rows = pd.DataFrame({"doc_id": [f"{start}-{n:05d}" for n in range(len(vectors))], "vector": list(vectors)})
    embeddings = spark.createDataFrame(rows, "doc_id string, vector array<float>").localCheckpoint()
    assigned = assign_cells(embeddings, fit_centroids(embeddings, CELLS), "longest")
    cells: pd.DataFrame = assigned.select("doc_id", "cell").toPandas()
    return cells.sort_values("doc_id")["cell"].to_numpy()


def main() -> None:
    setting = sys.argv[1]
    data = data_folder()
    texts, labels = read_banking(Path(data), "test")
    spark = build_session("vector quality", {})
    everything = frame_of(spark, [*texts, *read_banking(Path(data), "train")[0]], "")
    model = model_in_folder(setting) or fit_model(setting, DIMENSION, everything)
    embed(spark, texts[:64], model)  # loads it
    started = time.perf_counter()
    vectors = embed(spark, texts, model)
    seconds = time.perf_counter() - started
    copies = embed(spark, [paraphrase(text, number) for number, text in enumerate(texts)], model)
    found = [cluster(spark, vectors, start) for start in range(STARTS)]
    stop_session(spark)
    print_report(
        seconds=seconds, texts_per_second=len(texts) / seconds, dimension=model.dimension,
        **measure_pairs(vectors, copies, labels),
        purity=float(np.mean([purity(cells, labels) for cells in found])),
        rand=float(np.mean([adjusted_rand(cells, labels) for cells in found])),
    )  # fmt: skip


if __name__ == "__main__":
    main()
