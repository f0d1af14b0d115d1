"""Search for the settings that train best: on a grid, at random, or downhill by hypergradients from several starts.

A search is a set of chains that know nothing of each other: one trial each on a grid or at random, about eight downhill. Each
is a row of a frame and runs in whatever task it falls into, so what comes out depends on neither tasks nor executors.
"""

import json
import math
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass, replace
from functools import partial

import numpy as np
import pandas as pd
from pyspark.sql import DataFrame, SparkSession
from pyspark.sql.types import StructType

from brickyard.errors import ConfigError
from brickyard.gauge.probes.hypergradient import Task, held_out_loss, held_out_slope
from brickyard.gauge.probes.space import Place, Space, at_random, grid, probe_at, spread
from brickyard.gauge.probes.xla import one_thread
from brickyard.probe import Probe
from brickyard.tables import GAUGE_TRIALS

HOW = ("grid", "random", "hypergradient")
CHAIN = 7  # trials of a descent, at least, before another start is worth more
STRIDE = 0.15  # first step of a descent, in shares of a range
SCHEMA = StructType(GAUGE_TRIALS.schema.fields[1:])
"""A trial's columns in `gauge_trials`, all but the release."""


@dataclass(frozen=True)
class Chain:
    """Trials that follow one another: `first` is the number of the first of them, `length` how many."""

    how: str
    seed: int
    number: int
    first: int
    length: int
    start: Place


@dataclass(frozen=True)
class Trial:
    """One training in a search and the held-out loss it came to: infinite if it was lost."""

    how: str
    seed: int
    trial: int
    chain: int
    step: int
    settings: str
    learning_rate: float
    l2: float
    loss: float


def search(
    spark: SparkSession, probe: Probe, task: Task, space: Space, how: str, budget: int, seed: int = 0, partitions: int = 0
) -> DataFrame:
    """Trials, at most `budget`, as rows of `gauge_trials` but for the release; chains are spread over the partitions.

    `partitions`: 0 for as many as the cluster has cores, or chains if these are fewer.
    """
    chains = chains_of(space, how, budget, seed)
    partitions = partitions or min(len(chains), spark.sparkContext.defaultParallelism)
    frame = spark.createDataFrame([(chain.number,) for chain in chains], "number long").repartition(partitions, "number")
    return frame.mapInPandas(partial(_run_batches, chains=chains, probe=probe, task=task, space=space), SCHEMA)


def chains_of(space: Space, how: str, budget: int, seed: int) -> list[Chain]:
    """What a search of that kind will try. Raises ConfigError for another kind, or a budget of nothing."""
    if how not in HOW or budget < 1:
        raise ConfigError(f"search = {how!r} with a budget of {budget}; must be one of {', '.join(HOW)}, with 1 trial or more")
    if how == "hypergradient":
        starts = max(1, budget // CHAIN)
        lengths = [len(part) for part in np.array_split(np.arange(budget), starts)]
        places = spread(space, starts, seed)
    else:
        places = grid(space, budget) if how == "grid" else at_random(space, budget, seed)
        lengths = [1] * len(places)
    firsts = np.cumsum([0, *lengths]).tolist()
    return [Chain(how, seed, i, firsts[i], lengths[i], place) for i, place in enumerate(places)]


def _run_batches(
    batches: Iterable[pd.DataFrame], chains: list[Chain], probe: Probe, task: Task, space: Space
) -> Iterator[pd.DataFrame]:
    one_thread()
    for batch in batches:
        for number in batch["number"]:
            yield pd.DataFrame([asdict(trial) for trial in run_chain(chains[number], probe, task, space)])


def run_chain(chain: Chain, probe: Probe, task: Task, space: Space) -> list[Trial]:
    """All trials of a chain, in their order."""
    if chain.how == "hypergradient":
        return _descend(chain, probe, task, space)
    return [_trial(chain, 0, chain.start, held_out_loss(probe_at(space, chain.start, probe), task), space, probe)]


def _trial(chain: Chain, step: int, place: Place, loss: float, space: Space, probe: Probe) -> Trial:
    chosen = probe_at(space, place, probe)
    settings = json.dumps({name: getattr(chosen, name) for name in (*space.ranges, *space.lists)})
    finite = loss if math.isfinite(loss) else math.inf
    return Trial(
        chain.how, chain.seed, chain.first + step, chain.number, step, settings, chosen.learning_rate, chosen.l2, finite
    )


def _descend(chain: Chain, probe: Probe, task: Task, space: Space) -> list[Trial]:
    """Steps of a set length against the slope; a step that does not help is taken back and tried again at half the length.

    Where there is no number there is no slope: what comes first, the learning rate, is lowered by a quarter of its range.
    """
    trials: list[Trial] = []
    place, best, direction, stride = chain.start, math.inf, np.zeros(0), STRIDE
    base = np.array(place.units)
    for step in range(chain.length):
        loss, slopes = held_out_slope(probe_at(space, place, probe), task)
        trials.append(_trial(chain, step, place, loss, space, probe))
        slope = np.array([slopes[name] * math.log(high / low) for name, (low, high) in space.ranges.items()])
        if loss < best and np.isfinite(slope).all():
            best, base, direction = loss, np.array(place.units), -slope / max(float(np.linalg.norm(slope)), 1e-30)
            stride = 1.3 * stride if step else stride
        elif math.isfinite(best):
            stride /= 2
        else:
            base = base - 0.25 * np.eye(len(base))[0]
        moved = base + stride * direction if math.isfinite(best) else base
        place = replace(place, units=tuple(np.clip(moved, 0, 1).tolist()))
    return trials


def best_so_far(losses: list[float]) -> list[float]:
    """The least loss up to each trial."""
    return np.minimum.accumulate(losses).tolist()
