import pytest
import torch

from hypergen.bundle_parts import all_tensors, fields_of
from hypergen.vocabulary import Vocabulary


def test_what_belongs_to_the_adapter_the_backbone_and_the_pieces_keeps_apart():
    new = Vocabulary(("ⴰ",), rows=torch.zeros(1, 4), bias=torch.zeros(1))
    found = all_tensors({"a/b": torch.zeros(2)}, patch={"cls.bias": torch.zeros(3)}, vocabulary=new)
    assert sorted(found) == ["a/b", "backbone:cls.bias", "vocabulary:bias", "vocabulary:rows"]
    assert sorted(all_tensors({"a/b": torch.zeros(2)}, patch={}, vocabulary=None)) == ["a/b"]


def test_arguments_of_a_generator_that_it_does_not_take_are_found_when_a_description_is_read(tmp_path):
    told = {
        "method": "bottleneck",
        "spec": {"size": 2},
        "languages": ["swh"],
        "metrics": {},
        "sites": [{"path": "a", "kind": "norm", "in_size": 4, "out_size": 4}],
        "slots": [["a", "down.weight", [2, 4]]],
        "typology": None,
        "backbone": {"name": "tiny", "fingerprint": "0"},
        "generator": {"name": "mad-g", "arguments": {"output_scale": 2}},
    }  # fmt: skip
    assert fields_of(told, tensors={}, path=tmp_path)["generator"].arguments == {"output_scale": 2}
    with pytest.raises(ValueError, match="output_scale of its generator is None; expected a number"):
        fields_of(
            {**told, "generator": {"name": "mad-g", "arguments": {"output_scale": None}}}, tensors={}, path=tmp_path
        )
