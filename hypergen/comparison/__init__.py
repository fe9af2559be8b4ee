"""Adapter methods and baselines compared fairly: the same text, the same tuning, every cell run once."""
