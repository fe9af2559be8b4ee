import pytest
import torch

from hypergen.errors import UnknownLanguageError
from hypergen.sources import AdapterBank, AdapterSource, OneForAll


@pytest.fixture
def bank(drawn):
    return AdapterBank({language: drawn() for language in ("eng", "swh")})


def test_every_language_has_the_adapter_of_one(bank):
    same = OneForAll(bank, "eng")
    torch.testing.assert_close(same("swh").vector(), bank("eng").vector())
    several = same(["swh", "yua"])
    assert several.num_languages == 2
    torch.testing.assert_close(several[1].vector(), bank("eng").vector())
    assert isinstance(same, AdapterSource)


def test_it_must_be_a_language_that_the_source_has(bank):
    with pytest.raises(UnknownLanguageError, match="no adapter of deu is stored here"):
        OneForAll(bank, "deu")("swh")
