import pytest
import torch
from torch import nn

from hypergen.adapters import Site
from hypergen.adapters.sites import module_at
from hypergen.backbones import sites_of
from hypergen.errors import HypergenError


@pytest.mark.parametrize("family", ["bert", "xlmr", "llama"])
def test_a_site_leads_to_its_module(family, request):
    backbone = request.getfixturevalue(family)
    for site in sites_of(backbone, kinds=["embedding", "norm", "block", "linear"]):
        assert module_at(site, backbone) is backbone.get_submodule(site.path)


def test_the_narrower_embeddings_of_an_electra_are_found():
    from transformers import ElectraConfig, ElectraForMaskedLM

    with torch.device("meta"):
        model = ElectraForMaskedLM(ElectraConfig(num_hidden_layers=1, hidden_size=12, embedding_size=8, vocab_size=8))
    site = sites_of(model, kinds=["embedding"])[0]
    assert module_at(site, model) is model.electra.embeddings


def test_a_missing_module_is_refused():
    with pytest.raises(HypergenError, match=r"this backbone \(Linear\) has no module a\.b; .*Make it with sites_of"):
        module_at(Site("a.b", "norm", 2, 2), nn.Linear(2, 2))


def test_a_module_of_another_size_is_refused(bert):
    with pytest.raises(HypergenError, match="maps 16 to 24 values, and the layout speaks of 24 and 16"):
        module_at(Site("bert.encoder.layer.0.intermediate.dense", "linear", 24, 16), bert)
