import torch

from hypergen.bundle_parts import all_tensors
from hypergen.vocabulary import Vocabulary


def test_what_belongs_to_the_adapter_the_backbone_and_the_pieces_keeps_apart():
    new = Vocabulary(("ⴰ",), rows=torch.zeros(1, 4), bias=torch.zeros(1))
    found = all_tensors({"a/b": torch.zeros(2)}, patch={"cls.bias": torch.zeros(3)}, vocabulary=new)
    assert sorted(found) == ["a/b", "backbone:cls.bias", "vocabulary:bias", "vocabulary:rows"]
    assert sorted(all_tensors({"a/b": torch.zeros(2)}, patch={}, vocabulary=None)) == ["a/b"]
