"""How far classes lie within one another: whose nearest neighbours are of another class, and of which."""

import numpy as np


def crossings(neighbours: np.ndarray, labels: np.ndarray, classes: int) -> np.ndarray:
    """Row: a class, column: the class of the nearest neighbour, documents; int64 of shape (classes, classes).

    What lies off the diagonal is measure N3 of Ho and Basu 2002, section 3.2: the error of one neighbour, by class.
    `neighbours`: row of each document's nearest neighbour; `labels`: int64, both of shape (n,).
    """
    places = labels * classes + labels[neighbours]
    return np.bincount(places, minlength=classes * classes).reshape(classes, classes)


def worst_pairs(crossed: np.ndarray, count: int) -> list[tuple[int, int, float]]:
    """(class, class, share of both classes' documents whose nearest neighbour is of the other), most overlap first."""
    sizes = crossed.sum(axis=1)
    one, other = np.triu_indices(len(crossed), 1)
    both = crossed[one, other] + crossed[other, one]
    shares = both / np.maximum(sizes[one] + sizes[other], 1)
    order = np.argsort(-shares, kind="stable")[:count]
    return [(int(one[k]), int(other[k]), float(shares[k])) for k in order if both[k]]


def fisher_ratio(vectors: np.ndarray, labels: np.ndarray) -> float:
    """The largest over features of variance between classes per variance within (F1 of Ho and Basu 2002, section 3.1).

    For many classes as Lorena et al. 2019, eq. 3: sum of n_c (mean_c - mean)^2 over sum of (x - mean_c)^2. Infinite if a
    feature varies between classes only. Raises ValueError if no feature varies.
    """
    within, between = np.zeros(vectors.shape[1]), np.zeros(vectors.shape[1])
    centre = vectors.mean(axis=0)
    for label in np.unique(labels):
        members = vectors[labels == label]
        within += ((members - members.mean(axis=0)) ** 2).sum(axis=0)
        between += len(members) * (members.mean(axis=0) - centre) ** 2
    varying = within + between > 0
    if not varying.any():
        raise ValueError("no feature varies")
    with np.errstate(divide="ignore"):
        return float((between[varying] / within[varying]).max())
