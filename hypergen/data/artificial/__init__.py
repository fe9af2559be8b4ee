"""Languages made from URIEL features: text whose every regularity is known."""

from hypergen.data.artificial.language import READ_FEATURES, ArtificialLanguage, Sentence, Token

__all__ = ["READ_FEATURES", "ArtificialLanguage", "Sentence", "Token"]
