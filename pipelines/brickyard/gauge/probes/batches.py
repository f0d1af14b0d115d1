"""Which rows each step of training sees."""

import numpy as np


def batches_of(members: np.ndarray, batch_size: int, steps: int, seed: int) -> np.ndarray:
    """Row numbers (steps, min(batch_size, members)), int32: epoch after epoch all members in a new order, full batches only."""
    size = min(batch_size, len(members))
    per_epoch = len(members) // size
    draw = np.random.default_rng(seed)
    epochs = [draw.permutation(members)[: per_epoch * size].reshape(per_epoch, size) for _ in range(-(-steps // per_epoch))]
    return np.concatenate(epochs)[:steps].astype(np.int32)
