"""Golden values of the scaling laws, and what they refuse."""

import math

import pytest
from brickyard.gauge import repetition
from brickyard.gauge.repetition import BESIROGLU, HOFFMANN, MUENNIGHOFF
from hypothesis import given
from hypothesis import strategies as st

EPOCHS = {2: 1.97, 3: 2.88, 4: 3.73, 5: 4.52, 8: 6.62, 10: 7.81, 16: 10.58, 32: 14.34, 64: 16.13, 10**9: 16.39}


def test_the_losses_of_the_authors_code():
    assert repetition.loss(6.34e9, 242e9, 25e9) == pytest.approx(2.2256440889984477, rel=1e-12)
    assert repetition.loss(8.67e9, 178e9, 25e9) == pytest.approx(2.2269634075087867, rel=1e-12)


def test_what_epochs_are_worth():
    assert {times: round(repetition.effective_tokens(1, times), 2) for times in EPOCHS} == EPOCHS


@given(st.floats(1, 1e12), st.floats(1, 1e12), st.floats(0.5, 100))
def test_repeats_are_worth_something_but_less_than_fresh_text(distinct, more, half_life):
    worth = repetition.effective_tokens(distinct, distinct + more, half_life)
    assert distinct <= worth <= (distinct + more) * (1 + 1e-12)
    assert worth <= (1 + half_life) * distinct * (1 + 1e-12)


def test_classes_of_multiplicity_add_up():
    fresh_and_twice = repetition.worth_by_multiplicity({1: 1000, 2: 500})
    assert fresh_and_twice == pytest.approx(1000 + 500 * 1.9681992237887171)
    assert repetition.worth_by_multiplicity({4: 250}) == pytest.approx(repetition.effective_tokens(250, 1000))


@pytest.mark.parametrize("law", [HOFFMANN, BESIROGLU, MUENNIGHOFF])
def test_the_best_size_is_a_minimum_of_the_loss_at_its_compute(law):
    def loss_at(factor):
        parameters = repetition.best_parameters(1e10, law) * factor
        return law.parameter_scale / parameters**law.alpha + law.token_scale / (1e10 / factor) ** law.beta

    assert loss_at(1) < min(loss_at(0.99), loss_at(1.01))


def test_the_authors_constants_mean_so_many_tokens_for_a_parameter():
    assert 1e10 / repetition.best_parameters(1e10) == pytest.approx(19.61, abs=0.005)


@pytest.mark.parametrize(
    ("vocabulary", "hoffmann", "besiroglu"),
    [(256, 17.4, 32.5), (8192, 1.76, 5.38), (32_000, 0.96, 3.35), (50_257, 0.80, 2.91)],
)
def test_millions_of_tokens_below_which_a_law_is_void(vocabulary, hoffmann, besiroglu):
    assert repetition.void_below(vocabulary, HOFFMANN) / 1e6 == pytest.approx(hoffmann, rel=0.005)
    assert repetition.void_below(vocabulary, BESIROGLU) / 1e6 == pytest.approx(besiroglu, rel=0.005)


def test_where_it_is_void_the_law_says_as_much_as_a_uniform_guess():
    tokens = repetition.void_below(8192, MUENNIGHOFF)
    assert repetition.loss(1e300, tokens, tokens) > math.log(8192)  # parameters decay: even so many are worth few
    assert MUENNIGHOFF.entropy + MUENNIGHOFF.token_scale / tokens**MUENNIGHOFF.beta == pytest.approx(math.log(8192))


def test_a_guess_among_few_beats_the_law_always():
    with pytest.raises(ValueError, match="uniform guess among 6"):
        repetition.void_below(6, MUENNIGHOFF)


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        ((1e9, 3000, 3000), "Out of range by x3.33e+04: 3,000 distinct tokens"),
        ((1e6, 1e9, 1e9), "Out of range by x10: a model of 1,000,000 parameters"),
        ((9e10, 1e9, 1e9), "Out of range by x10: a model of 90,000,000,000 parameters"),
        ((1e9, 3e11, 1e8), "Out of range by x2: 3,000 epochs"),
        ((1e9, 9e12, 9e12), "Out of range by x10: 9,000,000,000,000 tokens seen"),
    ],
)
def test_outside_of_its_runs_a_loss_is_refused(arguments, sentence):
    figure = repetition.expected_loss(*arguments, 50_257)
    assert figure.value is None
    assert figure.refusal.startswith(sentence)


def test_inside_of_its_runs_a_loss_is_given_with_its_range():
    figure = repetition.expected_loss(6.34e9, 242e9, 25e9, 50_257)
    assert figure.value == pytest.approx(2.2256440889984477)
    assert "trend" in figure.valid
