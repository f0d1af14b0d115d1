"""Position encodings, by the identities that define them."""

import numpy as np
import pytest
from brickyard.export.positions import rotary, sinusoidal


@pytest.mark.parametrize(("dimension", "base"), [(2, 10000.0), (16, 10000.0), (10, 500.0)])
def test_sinusoidal_entries_are_those_of_the_paper(dimension, base):
    table = sinusoidal(40, dimension, base)
    assert (table.dtype, table.shape) == (np.float32, (40, dimension))
    for p in (0, 1, 39):
        for i in range(dimension // 2):
            angle = p / base ** (2 * i / dimension)
            assert table[p, 2 * i : 2 * i + 2].tolist() == pytest.approx([np.sin(angle), np.cos(angle)], abs=1e-6)


@pytest.mark.parametrize("step", [1, 7, 20])
def test_a_shift_is_a_rotation_that_does_not_depend_on_the_position(step):
    pairs = sinusoidal(60, 12).reshape(60, 6, 2)
    angle = step * 10000.0 ** (-np.arange(6) / 6)
    turn = np.array([[np.cos(angle), np.sin(angle)], [-np.sin(angle), np.cos(angle)]])
    shifted = np.einsum("xyi,piy->pix", turn, pairs[:-step])
    assert np.allclose(shifted, pairs[step:], atol=1e-5)


def turned(vector, table, position):
    """A vector turned in the planes of (2i, 2i + 1)."""
    cosine, sine = table[:, position]
    x, y = vector[0::2], vector[1::2]
    return np.stack([x * cosine - y * sine, x * sine + y * cosine], axis=1).ravel()


def test_the_rotary_inner_product_depends_on_the_distance_only():
    table = rotary(100, 32)
    assert (table.dtype, table.shape) == (np.float32, (2, 100, 16))
    query, key = np.random.default_rng(0).normal(size=(2, 32))
    for distance in (0, 3, 41):
        products = [turned(query, table, m) @ turned(key, table, m + distance) for m in range(0, 100 - distance, 9)]
        assert np.allclose(products, products[0], atol=1e-4)
    assert turned(query, table, 0).tolist() == pytest.approx(query.tolist())
    assert abs(turned(query, table, 0) @ turned(key, table, 3) - turned(query, table, 0) @ turned(key, table, 41)) > 0.1
