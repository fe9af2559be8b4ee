"""Corpora, blocks, masking and sampling: everything between files and batches."""
