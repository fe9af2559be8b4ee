"""What the commands do: one typed function each."""
