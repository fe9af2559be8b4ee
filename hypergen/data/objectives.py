"""What a model learns from a group of text: the names of the objectives."""

from typing import Literal

__all__ = ["Masks", "Objective"]

Objective = Literal["mlm", "flm", "tlm-side", "tlm-token50", "clm"]
"""What is predicted: tokens (`mask_tokens`), whole words (`mask_words`), one side of a triple (`mask_sides`), half of
the tokens outside its predicate (`mask_outside_predicate`), or the next token (`predict_next`)."""

Masks = Literal["dynamic", "static"]
"""Drawn anew each time a block is seen, or once for ever, which for triples is as published."""
