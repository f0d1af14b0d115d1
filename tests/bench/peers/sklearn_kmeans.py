"""scikit-learn's KMeans on all vectors: 10 iterations, its default start, all cores; from Parquet."""

import time

from sklearn.cluster import KMeans

from tests.bench.measure import print_report
from tests.bench.vectors import arguments, inertia, read_vectors


def main() -> None:
    folder, cells = arguments(__doc__)
    started = time.perf_counter()
    vectors = read_vectors(folder)
    model = KMeans(cells, max_iter=10, n_init=1, random_state=1).fit(vectors)
    seconds = time.perf_counter() - started
    print_report(seconds=seconds, inertia=inertia(vectors, model.cluster_centers_, model.labels_))


if __name__ == "__main__":
    main()
