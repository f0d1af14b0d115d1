"""What repeated data is worth: the data-constrained scaling law of Muennighoff et al. 2023, and where such laws say nothing."""

import math
from collections.abc import Mapping
from dataclasses import dataclass

from brickyard.gauge.figures import Figure, refused


@dataclass(frozen=True)
class Law:
    """L(N, D) = entropy + A / N^alpha + B / D^beta in nats per token, N in parameters, D in tokens (Hoffmann et al. 2022)."""

    entropy: float
    parameter_scale: float
    token_scale: float
    alpha: float
    beta: float


HOFFMANN = Law(1.69, 406.4, 410.7, 0.34, 0.28)
"""arXiv 2203.15556, appendix D.3, as printed."""

BESIROGLU = Law(1.8172, 482.01, 2085.43, 0.3478, 0.3658)
"""arXiv 2404.10102: the same runs fitted again."""

MUENNIGHOFF = Law(math.exp(0.6254804), math.exp(6.255414), math.exp(7.3049974), 0.3526596, 0.3526596)
"""arXiv 2305.16264, constants of the authors' code (datablations)."""

REPEATED_TOKENS, EXCESS_PARAMETERS = 15.387756, 5.309743
"""R*_D and R*_N of the same fit: after about so many repetitions, a further one is worth 1/e of the first."""

PARAMETERS, DISTINCT_TOKENS, SEEN_TOKENS, EPOCHS = (1e7, 9e9), 1e8, 9e11, 1500
"""The runs behind the constants (sections 4 and 5): sizes, least distinct and most seen tokens, most epochs."""

FITTED_VOCABULARY = 50_257


def effective_tokens(distinct: float, seen: float, half_life: float = REPEATED_TOKENS) -> float:
    """D': how many fresh tokens `seen` tokens are worth that repeat `distinct` ones evenly (section 3.1).

    Equals `seen` as long as nothing repeats; at most (1 + half_life) * distinct.
    """
    if seen <= distinct:
        return seen
    repetitions = seen / distinct - 1
    return distinct * (1 + half_life * -math.expm1(-repetitions / half_life))


def worth_by_multiplicity(tokens: Mapping[int, float]) -> float:
    """D' summed over classes: multiplicity -> distinct tokens that are there so often.

    The law was fitted where everything repeats equally often. Where a part does, repeats can do harm (Hernandez et al.
    2022, arXiv 2205.10487), which no D' says: this is an optimistic figure.
    """
    return sum(effective_tokens(distinct, multiplicity * distinct) for multiplicity, distinct in sorted(tokens.items()))


def best_parameters(tokens: float, law: Law = MUENNIGHOFF) -> float:
    """N for which `tokens` are the compute-optimal amount: the minimum of L under N * D constant (Hoffmann, section 3.3)."""
    ratio = law.alpha * law.parameter_scale / (law.beta * law.token_scale)
    return (ratio * tokens**law.beta) ** (1 / law.alpha)


def loss(parameters: float, seen: float, distinct: float) -> float:
    """L in nats per token of a model that sees `seen` tokens, `distinct` of them distinct (section 3.1).

    Excess parameters decay like repeated tokens. No range is checked: `expected_loss` does that.
    """
    best = min(parameters, best_parameters(min(seen, distinct)))
    worth = effective_tokens(best, parameters, EXCESS_PARAMETERS)
    tokens = effective_tokens(distinct, seen)
    law = MUENNIGHOFF
    return law.entropy + law.parameter_scale / worth**law.alpha + law.token_scale / tokens**law.beta


def void_below(vocabulary: int, law: Law) -> float:
    """Tokens below which the law is worse than a uniform guess even with unbounded parameters: B / D^beta > ln V - E.

    Raises ValueError if a uniform guess is better than the law's entropy, so at any number of tokens.
    """
    margin = math.log(vocabulary) - law.entropy
    if margin <= 0:
        raise ValueError(f"a uniform guess among {vocabulary} is better than {law.entropy:.3f} nats")
    return float((law.token_scale / margin) ** (1 / law.beta))


def expected_loss(parameters: float, seen: float, distinct: float, vocabulary: int) -> Figure:
    """The law's loss as a figure, refused outside of the runs that it was fitted on."""
    name, unit = "expected_loss", "nats per token"
    outside = _outside(parameters, seen, distinct, vocabulary)
    if outside:
        return refused(name, outside, unit=unit)
    return Figure(
        name, loss(parameters, seen, distinct), unit=unit,
        valid="a trend, not a value: C4 in GPT-2's tokens, decoders of 10 million to 9 billion parameters (Muennighoff 2023)",
    )  # fmt: skip


def _outside(parameters: float, seen: float, distinct: float, vocabulary: int) -> str:
    """In a sentence, by how much the worst of the four is beyond the runs; empty if none is."""
    least = max(DISTINCT_TOKENS, void_below(vocabulary, MUENNIGHOFF))
    beyond = {
        f"a model of {parameters:,.0f} parameters": max(PARAMETERS[0] / parameters, parameters / PARAMETERS[1]),
        f"{distinct:,.0f} distinct tokens": least / distinct,
        f"{seen:,.0f} tokens seen": seen / SEEN_TOKENS,
        f"{seen / distinct:,.0f} epochs": seen / distinct / EPOCHS,
    }
    what, factor = max(beyond.items(), key=lambda one: one[1])
    return f"Out of range by x{factor:,.3g}: {what}, which the law was not fitted for." if factor > 1 else ""
