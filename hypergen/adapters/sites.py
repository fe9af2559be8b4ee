"""Sites in a backbone at hand: the module that a layout speaks of, checked."""

from __future__ import annotations

from torch import nn

from hypergen.adapters.core import Site
from hypergen.errors import HypergenError


def module_at(site: Site, backbone: nn.Module) -> nn.Module:
    """The backbone's module at a site, which must have the site's sizes where they can be known.

    Raises:
        HypergenError: If there is no such module, or it has other sizes.
    """
    layout = "the layout was made for another backbone. Make it with sites_of(backbone)."
    try:
        module = backbone.get_submodule(site.path)
    except AttributeError:
        raise HypergenError(f"this backbone ({type(backbone).__name__}) has no module {site.path}; {layout}") from None
    weight = getattr(module, "weight", None)
    config = getattr(backbone, "config", None)
    hidden_size = getattr(config, "hidden_size", None)
    if site.kind == "embedding":
        hidden_size = getattr(config, "embedding_size", hidden_size)  # ELECTRA's
    width = hidden_size if weight is None else weight.shape[-1]
    sizes = getattr(module, "in_features", width), getattr(module, "out_features", width)
    if width is not None and sizes != (site.in_size, site.out_size):
        raise HypergenError(
            f"at {site.path} this backbone ({type(backbone).__name__}) maps {sizes[0]} to {sizes[1]} values, "
            f"and the layout speaks of {site.in_size} and {site.out_size}; {layout}"
        )
    return module
