"""What the data of a release can support: statistics, bounds, comparisons of classifiers, probes; `sections.py` is the map."""
