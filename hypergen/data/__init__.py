"""Corpora, blocks, masking, sampling and labelled tasks: everything between files and batches."""
