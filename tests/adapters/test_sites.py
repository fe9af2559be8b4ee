from dataclasses import replace

import pytest

from hypergen.adapters.sites import module_at
from hypergen.backbones import sites_of
from hypergen.errors import HypergenError


def test_every_site_of_a_backbone_is_found_in_it(backbone):
    assert all(module_at(site, backbone) is backbone.get_submodule(site.path) for site in sites_of(backbone))


def test_a_site_of_another_backbone_is_refused(backbone):
    site = replace(sites_of(backbone)[0], path="model.layers.0")
    with pytest.raises(
        HypergenError, match=r"has no module model\.layers\.0; the layout was made for another backbone"
    ):
        module_at(site, backbone)


def test_a_site_of_another_width_is_refused(backbone):
    site = replace(sites_of(backbone)[0], in_size=768, out_size=768)
    with pytest.raises(HypergenError, match="maps 16 to 16 values, and the layout speaks of 768 and 768"):
        module_at(site, backbone)
