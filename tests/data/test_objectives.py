from typing import get_args

from hypergen.data.batches import MaskingRule
from hypergen.data.objectives import Masks, Objective


def test_a_rule_can_be_made_of_every_objective_and_kind_of_masks():
    for objective in get_args(Objective):
        for masks in get_args(Masks):
            rule = MaskingRule(mask_id=4, vocab_size=9, special_ids=(4,), objective=objective, masks=masks)
            assert rule.needs_marks is ("tlm" in objective)
