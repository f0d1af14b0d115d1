"""How many labels are wrong, and which: confident learning, with the votes of neighbours as probabilities."""

from dataclasses import dataclass

import numpy as np

from brickyard.gauge.shares import wilson


@dataclass(frozen=True)
class WrongLabels:
    """The estimated share with its binomial interval; what is thought of each document, arrays of shape (n,)."""

    share: float
    low: float
    high: float
    confidence: np.ndarray  # votes for the label it has, as a share
    likely: np.ndarray  # the label it should rather have, a number; its own if that has most votes


def probabilities(votes: np.ndarray, classes: int) -> np.ndarray:
    """Share of each class in each row of votes, float32 of shape (n, classes).

    The votes are of other documents only, so each row is out of sample, as cross-fitting would have it with n folds.
    """
    counts = np.zeros((len(votes), classes), np.float32)
    for voter in votes.T:
        counts[np.arange(len(votes)), voter] += 1
    return counts / votes.shape[1]


def wrong_labels(votes: np.ndarray, labels: np.ndarray, classes: int) -> WrongLabels:
    """By confident learning (Northcutt, Jiang and Chuang 2021, section 3.1, eq. 1-3).

    `votes`: labels of neighbours, int64 of shape (n, k); `labels`: int64 of shape (n,), each class in use. A document counts
    for a class if the class's probability is at least its mean among documents with that label, and not nothing (which the mean
    of a scattered class may be), the likeliest such class if there are several. The counts, scaled to the number of labels of
    each class, are a joint distribution of given and true labels: the share off its diagonal is wrong.
    """
    seen = probabilities(votes, classes)
    own = seen[np.arange(len(labels)), labels]
    sizes = np.bincount(labels, minlength=classes)
    expected = np.bincount(labels, own, classes) / sizes
    confident = np.where((seen >= expected - 1e-6) & (seen > 0), seen, -1)
    confident[np.arange(len(labels)), labels] += 1e-6  # among equally likely ones its own
    likely = np.where(confident.max(axis=1) >= 0, confident.argmax(axis=1), -1)
    share = _off_diagonal(labels, likely, sizes)
    low, high = wilson(share * len(labels), len(labels))
    doubted = (likely >= 0) & (own < seen.max(axis=1))
    return WrongLabels(share, low, high, own, np.where(doubted, likely, labels))


def _off_diagonal(labels: np.ndarray, likely: np.ndarray, sizes: np.ndarray) -> float:
    """Of the joint distribution; documents that count for no class are taken to be like the others of their label."""
    counted = likely >= 0
    seen = np.bincount(labels[counted], minlength=len(sizes))
    wrong = np.bincount(labels[counted & (likely != labels)], minlength=len(sizes))
    shares = wrong / np.maximum(seen, 1)
    return float(shares @ sizes / sizes.sum())


def most_doubtful(found: WrongLabels, labels: np.ndarray, count: int) -> np.ndarray:
    """Rows whose label is thought wrong, those least voted for first, at most `count`."""
    doubted = np.flatnonzero(found.likely != labels)
    return doubted[np.argsort(found.confidence[doubted], kind="stable")][:count]
