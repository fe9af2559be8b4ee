"""Tasks: labelled sentences by language, how they are read, scored, and turned into batches."""
