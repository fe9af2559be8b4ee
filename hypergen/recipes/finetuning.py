"""Fine-tuning on a few sentences, checked on those held back: what ``hypergen finetune`` and ``hg.finetune`` do."""

from __future__ import annotations

import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, Literal

from hypergen.errors import HypergenError
from hypergen.recipes.checks import check_seed
from hypergen.recipes.export import codes_of
from hypergen.recipes.finetuning_checks import TOLD, check_converged, check_numbers, check_what, read_once
from hypergen.recipes.generate import text_of
from hypergen.recipes.quiet import quiet
from hypergen.recipes.tuned_on import TUNED_ON, hashes_of
from hypergen.shipped import GENERATOR

if TYPE_CHECKING:
    from hypergen.adapters import Adapter
    from hypergen.bundle import Bundle
    from hypergen.evaluation.statistics import Interval
    from hypergen.sources import AdapterSource

__all__ = ["TOLD", "Finetuned", "finetune"]

BLOCK_SIZE: Final = 128
"""The most tokens a row."""


@dataclass(frozen=True, eq=False)
class Finetuned:
    """An adapter that was fine-tuned, or its start where that was no worse, and what was measured.

    Attributes:
        bundle: The adapter to use, as a bundle to save.
        helped: Whether the fine-tuned adapter is better than its start on the lines held back: then it is the bundle's.
        before: Loss of the start on these lines: nats a masked piece, the mean over lines.
        after: Loss of the fine-tuned adapter.
        difference: ``after - before`` over the same lines, with an interval over them.
        num_lines: Lines that were trained on.
        num_held_back: Lines that were scored.
        num_dropped: Lines that were left out.
        what: What was tuned.
        steps: Of training.
        seconds: All of it took.
    """

    bundle: Bundle
    helped: bool
    before: float
    after: float
    difference: Interval
    num_lines: int
    num_held_back: int
    num_dropped: int
    what: Literal["wider", "adapter", "embedding"]
    steps: int
    seconds: float

    @property
    def adapter(self) -> Adapter:
        """The adapter to use."""
        return self.bundle.adapter()


def finetune(
    lines: Iterable[str],
    *,
    language: str,
    what: Literal["wider", "adapter", "embedding"] | None = None,
    bundle: Bundle | str | Path = GENERATOR,
    backbone: str | None = None,
    held_back: float = 0.2,
    steps: int | None = None,
    lr: float | None = None,
    penalty: float | None = None,
    seed: int = 0,
) -> Finetuned:
    """Fine-tune the generated adapter of a language on a few sentences.

    Needs no development set: steps and rate were chosen once on other languages
    (:data:`hypergen.training.finetuning.SCHEDULES`).

    Args:
        lines: The sentences; two of them are the fewest.
        language: Code or name.
        what: All weights of the adapter and as many fresh units again beside its own
            (:func:`hypergen.adapters.widened`); all weights of the adapter as it is (MAD-G-ft); or the language's
            embedding, the numbers that the generator makes them of. By default the first; the second of an
            adapter that has been widened already.
        bundle: A generator to start from, or the adapter of this language, whose weights can then be tuned on; or the
            directory of one.
        backbone: By default the one that the bundle names.
        held_back: Share of the lines, chosen by their hash, on which start and end are compared.
        steps: Optimizer steps; by default by the number of lines.
        lr: Peak learning rate; by default by the number of lines. It is Muon's with fresh units and 30 lines to train
            on or more, else AdamW's.
        penalty: Weight of an embedding's squared distance from the typology's own, as a share of its squared norm.
        seed: Of batches and masks.

    Raises:
        CorpusError: If there are fewer than two lines to learn from.
        HypergenError: If the bundle has no adapter of the language, or no generator whose embedding could be tuned, a
            number is out of range, or training diverges.

    Example:
        >>> import hypergen as hg
        >>> lines = ["In k'aaba'e' Ana.", "Bix a beel?", "Yaan in bin tu kaajal."]
        >>> tuned = hg.finetune(lines, language="yua", what="embedding", steps=1)
        yua ...
        >>> tuned.num_lines, tuned.num_held_back
        (2, 1)

    References:
        Ansell et al. (2021), MAD-G, https://aclanthology.org/2021.findings-emnlp.410 (MAD-G-ft).
    """
    check_seed(seed)
    lines = read_once(lines)
    import hypergen.training.finetuning  # noqa: F401  (Lightning sets its loggers' levels as it loads)

    with quiet():
        from torch import Tensor
        from torch.utils.data import DataLoader

        from hypergen.backbones import is_decoder, load_backbone, load_tokenizer, num_positions
        from hypergen.bundle import Bundle
        from hypergen.data.batches import masking_rules
        from hypergen.data.lines import LineBatches, Lines, held_back_batches
        from hypergen.evaluation.perplexity import batch_losses
        from hypergen.evaluation.statistics import paired_difference
        from hypergen.training.finetuning import schedule_of, start_of, tune

        began = time.monotonic()
        start = bundle if isinstance(bundle, Bundle) else Bundle.load(bundle)
        code = codes_of(start, [language])[0]
        name = backbone or start.backbone.name
        tokenizer = start.tokenizer(load_tokenizer(name))
        few = Lines.of(lines, tokenizer=tokenizer, held_back=held_back)
        what = what or ("adapter" if start.metrics.get("finetuned") == TOLD["wider"] else "wider")
        check_what(what)
        planned = schedule_of(what, num_lines=len(few.train))
        steps, lr = planned.steps if steps is None else steps, planned.lr if lr is None else lr
        penalty = planned.penalty if penalty is None else penalty
        check_numbers(steps=steps, lr=lr, penalty=penalty)
        if what != "embedding" and penalty:
            raise HypergenError(f"penalty is {penalty}, which is of an embedding; tune that, or leave it out.")
        source = _own_source(start)
        trained = start_of(source, [code], what=what, penalty=penalty, seed=seed)
        frozen = load_backbone(name)
        rule = masking_rules(tokenizer, groups=["lines"], objectives={"lines": "clm" if is_decoder(frozen) else "mlm"})
        model = start.model(frozen)
        common: dict[str, Any] = {
            "tokenizer": tokenizer, "rule": rule["lines"], "block_size": min(BLOCK_SIZE, num_positions(frozen.config)),
        }  # fmt: skip
        scored = held_back_batches(few.held_back, language=code, **common)
        batches = LineBatches({code: few.train}, num_batches=steps, seed=seed, **common)
        first = source(code).map(Tensor.detach)
        before = _by_line(batch_losses(model, scored, adapter=first))
        tune(
            model, trained, DataLoader(batches, batch_size=None), steps=steps, lr=lr, optimizer=planned.optimizer,
            seed=seed, title=code,
        )  # fmt: skip
        last = trained(code).map(Tensor.detach)
        after = _by_line(batch_losses(model, scored, adapter=last))
    losses = {"loss_before": _mean(before), "loss_tuned": _mean(after)}
    check_converged(losses["loss_before"], losses["loss_tuned"], lr=lr)
    difference = paired_difference(after, before, genus={line: line for line in before})
    helped = difference.mean < 0
    metrics = {
        **origin_of(start, code), "finetuned": TOLD[what] if helped else f"no: tuning the {TOLD[what]} did not help",
        "lines": len(few.train), "held_back_lines": len(scored), "steps": steps, "lr": lr, "seed": seed,
        **{name: round(value, 4) for name, value in losses.items()},
    }  # fmt: skip
    if helped:
        metrics[TUNED_ON] = hashes_of(lines, few.train, tokenizer=tokenizer, before=start.metrics.get(TUNED_ON))
    written = Bundle.of_adapter(
        last if helped else first, language=code, backbone=start.backbone, typology=start.typology, patch=start.patch,
        vocabulary=start.vocabulary, metrics=metrics,
    )  # fmt: skip
    return Finetuned(
        bundle=written, helped=helped, before=losses["loss_before"], after=losses["loss_tuned"], difference=difference,
        num_lines=len(few.train), num_held_back=len(scored), num_dropped=few.num_dropped, what=what, steps=steps,
        seconds=time.monotonic() - began,
    )  # fmt: skip


def _own_source(bundle: Bundle) -> AdapterSource:
    """The bundle's source, anew: what is frozen or trained of it is not the one that others may hold."""
    from hypergen.sources import GeneratedAdapters, StoredAdapter

    if bundle.generator is None:
        return StoredAdapter(bundle.adapter())
    return GeneratedAdapters(bundle.build_generator(), bundle.typology_table)


def origin_of(bundle: Bundle, code: str) -> dict[str, Any]:
    """Where the start comes from, as :func:`hypergen.recipes.generate.write_adapter` says it."""
    if bundle.generator is None:
        kept = ("generated_from", "coverage", "text", "text_languages", "imported_from", TUNED_ON)
        return {name: bundle.metrics[name] for name in kept if name in bundle.metrics}
    table = bundle.typology_table
    return {"generated_from": table.row_of(code), "coverage": table.coverage(code), **text_of(bundle)}


def _by_line(losses: Sequence[float]) -> dict[str, float]:
    return {str(number): loss for number, loss in enumerate(losses)}


def _mean(losses: Mapping[str, float]) -> float:
    return sum(losses.values()) / len(losses)
