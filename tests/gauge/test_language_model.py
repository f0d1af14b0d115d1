"""The tiny language model: its windows and gradients against plain Python, and that it learns what can be learnt."""

import math
import multiprocessing
from collections import Counter
from concurrent.futures import ProcessPoolExecutor

import numpy as np
import pytest
from brickyard.gauge import language_model
from brickyard.gauge.language_model import Shape, Training
from hypothesis import given
from hypothesis import strategies as st

TINY = Shape(context=2, embedding=4, hidden=8)


@pytest.fixture(scope="module")
def elsewhere():
    """A process of its own for JAX: this one forks."""
    with ProcessPoolExecutor(1, multiprocessing.get_context("spawn")) as pool:
        yield lambda function, *arguments: pool.submit(function, *arguments).result()


@given(st.lists(st.binary(max_size=12).map(lambda text: text.replace(b"\0", b"")), min_size=1), st.integers(1, 5))
def test_a_window_is_a_byte_after_its_context(texts, context):
    windows, lengths = language_model.windows_of(texts, context)
    wanted = []
    for text in texts:
        padded = bytes(context) + text + b"\0"
        wanted += [padded[place - context : place + 1] for place in range(context, len(padded))]
    assert [bytes(row) for row in windows] == wanted
    assert lengths.tolist() == [len(text) + 1 for text in texts]


def test_passes_are_whole_before_the_next_begins():
    order = language_model.shuffled_passes(np.array([3, 5, 5, 9]), 10, 7)
    assert Counter(order[:4]) == Counter(order[4:8]) == Counter([3, 5, 5, 9])
    assert order.tolist() == language_model.shuffled_passes(np.array([3, 5, 5, 9]), 10, 7).tolist()
    assert order.tolist() != language_model.shuffled_passes(np.array([3, 5, 5, 9]), 10, 8).tolist()


def test_parameters_are_counted():
    drawn = language_model.first_parameters(TINY, 0)
    assert sum(values.size for values in drawn.values()) == language_model.parameter_count(TINY)
    assert 20_000 < language_model.parameter_count(Shape()) < 50_000


def test_losses_of_documents_are_means_of_their_windows():
    losses = np.array([[1, 2, 3, 4, 5], [5, 5, 5, 0, 0]], np.float32)
    assert language_model.by_document(losses, np.array([2, 3])).tolist() == [[1.5, 4.0], [5.0, 5 / 3]]


def losses_of(parameters, windows):
    """The model in plain NumPy."""
    inputs = parameters["embedding"][windows[:, :-1]].reshape(len(windows), -1)
    hidden = np.maximum(inputs @ parameters["inner"] + parameters["inner_bias"], 0)
    logits = hidden @ parameters["outer"] + parameters["outer_bias"]
    return np.log(np.exp(logits).sum(axis=1)) - logits[np.arange(len(windows)), windows[:, -1]]


def test_untrained_losses_are_those_of_a_slow_model_and_near_a_uniform_guess(elsewhere):
    windows, _ = language_model.windows_of([b"some text", b"more"], TINY.context)
    still = Training(steps=1, batch=1, rate=0.0, places=1)
    found = elsewhere(language_model.train, windows[:1], windows, TINY, still, 5)
    np.testing.assert_allclose(found[0], losses_of(language_model.first_parameters(TINY, 5), windows), rtol=1e-5)
    assert found.mean() == pytest.approx(math.log(256), abs=0.05)


def test_one_step_is_adams(elsewhere):
    """Adam's first step moves each parameter by the rate against its gradient's sign (Kingma & Ba 2015, section 2)."""
    windows, _ = language_model.windows_of([b"abcabc"], TINY.context)
    found = elsewhere(language_model.train, windows, windows, TINY, Training(1, len(windows), 1e-3, 1), 5)
    parameters = language_model.first_parameters(TINY, 5)
    parameters = {name: values.astype(np.float64) for name, values in parameters.items()}
    moved = {}
    for name, values in parameters.items():
        slope = np.zeros_like(values)
        for place in np.ndindex(*values.shape):
            ends = []
            for shift in (1e-6, -1e-6):
                shifted = values.copy()
                shifted[place] += shift
                ends.append(losses_of({**parameters, name: shifted}, windows).mean())
            slope[place] = (ends[0] - ends[1]) / 2e-6
        moved[name] = values - 1e-3 * np.where(np.abs(slope) > 1e-7, slope / (np.abs(slope) + 1e-8), 0)
    np.testing.assert_allclose(found[0], losses_of(moved, windows), rtol=1e-4)


def test_it_learns_a_rule_and_no_more_than_its_entropy(elsewhere):
    """Each byte is its predecessor's successor, or with probability 1/2 the one after: ln 2 nats."""
    source = np.random.default_rng(0)
    text = bytes(97 + int(step) % 20 for step in np.cumsum(source.integers(1, 3, 6000)))
    shape = Shape(context=1, embedding=8, hidden=32)
    windows, _ = language_model.windows_of([text[:5000]], shape.context)
    held, _ = language_model.windows_of([text[5000:]], shape.context)
    training = Training(steps=900, batch=64, rate=1e-2, places=3)
    order = language_model.shuffled_passes(np.arange(len(windows)), training.seen, 0)
    found = elsewhere(language_model.train, windows[order], held[5:-1], shape, training, 0).mean(axis=1)
    again = elsewhere(language_model.train, windows[order], held[5:-1], shape, training, 0).mean(axis=1)
    assert found.tolist() == again.tolist()
    assert found[-1] == pytest.approx(math.log(2), abs=0.04)
    assert found[0] > found[-1] > math.log(2) - 0.02
