"""Entropy, compressibility and growth on sources of known rate."""

import gzip

import numpy as np
import pytest
from brickyard.gauge import entropy
from hypothesis import given
from hypothesis import strategies as st


def test_entropy_of_a_uniform_source_is_its_bits():
    assert entropy.plug_in_entropy(np.full(64, 10)) == pytest.approx(6.0)
    assert entropy.plug_in_entropy(np.array([7])) == 0.0


@given(st.lists(st.integers(0, 50), min_size=1, max_size=30).filter(any))
def test_entropy_is_that_of_the_definition(counts):
    shares = [count / sum(counts) for count in counts if count]
    assert entropy.plug_in_entropy(np.array(counts)) == pytest.approx(
        -sum(share * np.log2(share) for share in shares), abs=1e-12
    )


def test_the_correction_takes_most_of_the_bias_away():
    truth, draws = 8.0, np.random.default_rng(0)
    samples = [np.bincount(draws.integers(0, 256, 1000), minlength=256) for _ in range(50)]
    plain = np.mean([entropy.plug_in_entropy(sample) for sample in samples])
    corrected = np.mean([entropy.miller_madow_entropy(sample) for sample in samples])
    assert truth - plain > 0.15
    assert abs(truth - corrected) < 0.03


def test_the_ratio_is_that_of_gzip_on_big_endian_integers():
    tokens = np.arange(1024)
    raw = b"".join(int(token).to_bytes(4, "big") for token in tokens)
    assert entropy.gzip_ratio(tokens) == len(gzip.compress(raw, 9, mtime=0)) / 4096


def test_ratios_order_sources_by_their_rate_and_leave_the_tail():
    draws = np.random.default_rng(1)
    fixed, coin, bytes_ = (entropy.gzip_ratios(draws.integers(0, top, 5 * 1024 + 77)) for top in (1, 2, 256))
    assert len(coin) == 5
    assert fixed.max() < 0.02 < coin.min() < coin.max() < bytes_.min()
    assert coin.min() >= 1 / 32  # no code is shorter than the source's entropy
    assert bytes_.min() >= 8 / 32


def test_growth_of_a_power_is_recovered_exactly():
    words = np.array([1000, 2000, 4000, 8000])
    fit = entropy.fit_growth(words, 3.0 * words**0.62)
    assert (fit.exponent, np.exp(fit.log_factor)) == pytest.approx((0.62, 3.0))
    assert fit.error == pytest.approx(0, abs=1e-9)
