from hypergen.recipes import demo_transfer
from hypergen.recipes.demo import DemoArgs


def test_the_task_is_learned_in_fewer_languages_than_the_generator_has():
    assert 1 < demo_transfer.NUM_SOURCES < DemoArgs().generator_languages
