"""The demo's task: parts of speech, learned in some languages, in languages never seen."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Final

from hypergen.recipes.demo_numbers import mean, pos_summary
from hypergen.recipes.demo_stages import ROWS
from hypergen.recipes.world import BLOCK, Languages, World

if TYPE_CHECKING:
    from hypergen.model import AdaptedModel
    from hypergen.recipes.demo import DemoArgs
    from hypergen.sources import AdapterSource

TASK_LR: Final = 3e-3
NUM_SOURCES: Final = 10


def transfer(
    model: AdaptedModel,
    sources: Mapping[str, AdapterSource | None],
    world: World,
    languages: Languages,
    *,
    size: DemoArgs,
) -> dict[str, Any]:
    """A part-of-speech adapter trained over five source languages' adapters, in all unseen languages."""
    import torch

    from hypergen.data.artificial.corpora import HELD_BACK
    from hypergen.data.tasks.batches import fixed_batches
    from hypergen.data.tasks.encoding import Encoder
    from hypergen.data.tasks.sampling import training_batches
    from hypergen.data.tasks.sentences import Sentence
    from hypergen.data.tasks.task import POS
    from hypergen.sources import StoredAdapter
    from hypergen.training.fitting import fit, validation_metrics
    from hypergen.training.tasks import TaskModule

    def labelled(code: str, *, count: int, start: int) -> list[Sentence]:
        several = world.language(code).sentences(count, start=start)
        return [Sentence(tuple(t.form for t in s.tokens), tuple(t.upos for t in s.tokens)) for s in several]

    given = languages.generator[:NUM_SOURCES]
    encoder = Encoder(POS, world.tokenizer, on_long="skip", max_tokens=BLOCK)
    train = {code: labelled(code, count=size.task_sentences, start=0) for code in given}
    test = {code: labelled(code, count=size.held_back_sentences, start=HELD_BACK) for code in languages.unseen}
    spec, layout = sources["mean"](given[0]).spec, sources["mean"](given[0]).layout  # type: ignore[misc]
    task = StoredAdapter(spec.initial(layout, rng=torch.Generator().manual_seed(world.seed)))
    module = TaskModule(model, task=POS, adapter=task, languages=sources["generated"], lr=TASK_LR, warmup_steps=20)  # type: ignore[arg-type]
    stream = training_batches(train, encoder=encoder, num_batches=size.task_steps, batch_size=ROWS)
    steps = fit(module, stream, steps=size.task_steps, title="parts of speech")
    accuracy: dict[str, dict[str, float]] = {}
    batches = fixed_batches(test, encoder=encoder, batch_size=512)
    for name in ("generated", "nearest", "none"):
        module.languages = sources[name]  # type: ignore[assignment]
        told = validation_metrics(module, batches)
        accuracy[name] = {code: told[f"val/accuracy/{code}"] for code in test}
    tags = [tag for sentences in train.values() for sentence in sentences for tag in sentence.labels]
    common = max(sorted(set(tags)), key=tags.count)
    accuracy["majority"] = {
        code: mean([float(tag == common) for sentence in sentences for tag in sentence.labels])
        for code, sentences in test.items()
    }
    return {"sources": list(given), "steps": steps, **pos_summary(accuracy)}
