"""What the plots of the page have across and up; a plot whose name begins with a key has that key's axes."""

AXES = {
    "vocabulary": ("words read", "distinct words"),
    "document_length": ("share of the documents", "words"),
    "multiplicities": ("records of a document", "documents"),
    "shares": ("records of a document", "share of all records"),
    "epochs": ("epochs", "worth in fresh epochs"),
    "linear models": ("features of a model", "fresh documents they are worth"),
    "leakage": ("0 exact, 1 near, 2 semantic", "share of the split's records"),
    "documents by class": ("rank of the class", "documents"),
    "error of the nearest neighbour by sample": ("documents", "error"),
    "learning_curve": ("labelled documents", "balanced error"),
    "recall_by_rank_of_size": ("rank of the class, largest first", "recall"),
    "held-out loss": ("bytes of training", "nats per byte"),
    "intrinsic dimension by sample": ("documents", "dimension"),
    "best loss by trial": ("trial", "held-out loss"),
    "loss by text": ("bytes of training", "nats per byte"),
    "loss": ("step", "loss"),
    "gradient norm": ("step", "norm"),
    "spectral norm": ("step", "norm"),
    "weights of": ("weight, in standard deviations at the start", "share"),
}

HEAT_MAPS = ("class of the nearest neighbour",)
"""Plots whose series are rows, with a cell for each x: class against class."""
