import pytest

from hypergen import errors


@pytest.mark.parametrize("name", errors.__all__)
def test_every_error_is_a_hypergen_error_and_a_value_error(name):
    assert issubclass(getattr(errors, name), (errors.HypergenError, ValueError))
