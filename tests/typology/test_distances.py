import numpy as np
import pytest

from hypergen.typology.distances import DISTANCES

VALUES = np.array([[0, 1, 1], [1, 1, 0], [0, 0, 0]], dtype=np.float32)


@pytest.mark.parametrize(
    ("metric", "expected"),
    [("hamming", [0, 2, 2]), ("cosine", [0, 0.5, 1]), ("euclidean", [0, 2**0.5, 2**0.5])],
)
def test_a_vector_is_nearest_to_itself(metric, expected):
    np.testing.assert_allclose(DISTANCES[metric](VALUES, VALUES[0]), expected, atol=1e-6)
