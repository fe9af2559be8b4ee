from dataclasses import replace

import torch

from hypergen.comparison.bench import held_fingerprint
from hypergen.comparison.trained import common_inputs


def test_training_languages_are_the_generators_and_the_backbones(bench):
    assert bench.trained == ("swh", "fin", "tur", "eng", "deu")
    assert bench.scored == ("yor", "eus", "swh", "eng")


def test_the_model_has_hooks_for_every_adapter_method(bench):
    assert {site.kind for site in bench.model.sites.values()} == {"norm", "linear", "embedding"}


def test_scores_are_in_float32_whatever_is_trained_in(tmp_path, bench):
    assert bench.scorer is bench.model
    coarse = replace(bench, dtype=torch.bfloat16)
    assert next(coarse.model.parameters()).dtype == torch.bfloat16
    assert next(coarse.scorer.parameters()).dtype == torch.float32


def test_models_that_are_let_go_of_come_back(bench):
    first = bench.model
    bench.forget()
    assert bench.model is not first


def test_a_fingerprint_of_held_back_text_is_of_text_and_masks(bench):
    held = bench.report
    assert held_fingerprint(held) == held_fingerprint(bench.texts.held_back(bench.scored))
    assert held_fingerprint(held, codes=["yor"]) != held_fingerprint(held, codes=["eus"])
    assert held_fingerprint(held) != held_fingerprint(bench.development)
    assert bench.report_fingerprints.keys() == {"yor", "eus", "swh", "eng"}


def test_text_is_known_by_language_and_amount(bench):
    few, many = (bench.text_fingerprints(["yor"], amount=count) for count in (8, None))
    assert few.keys() == many.keys() == {"yor"}
    assert few != many


def test_a_method_may_leave_out_layers_and_is_then_another_one(bench):
    whole = replace(bench, load=lambda dtype: bench.load(dtype, num_layers=2))
    without = replace(whole, leave_out={"seq_bn": (1,)})
    left, right = (set(each.layouts["seq_bn"].slots_of) for each in (without, whole))
    assert left < right
    assert {path for path in right - left if ".layer.1." in path} == right - left
    assert common_inputs(without, "seq_bn") != common_inputs(whole, "seq_bn")
    assert common_inputs(without, "lora") == common_inputs(whole, "lora")
