"""Flags come back from their text as they were."""

import numpy as np
import pytest

from mnist_course.data.packed_flags import pack_flags, unpack_flags


@pytest.mark.parametrize("count", [1, 7, 8, 9, 10_000])
def test_pack_flags_and_back(count):
    flags = np.random.default_rng(count).random(count) > 0.02
    found = unpack_flags(pack_flags(flags), count)
    assert found.dtype == bool and found.shape == (count,)
    assert (found == flags).all()


def test_pack_flags_short():
    flags = np.random.default_rng(1).random(10_000) > 0.02
    assert len(pack_flags(flags)) < 500


def test_unpack_flags_other_count():
    with pytest.raises(ValueError, match="holds 16 flags at most, not 1000"):
        unpack_flags(pack_flags(np.ones(16, bool)), 1000)
