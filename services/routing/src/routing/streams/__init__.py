"""The streams to agencies: each gets exactly its own events, in order, numbered without gaps."""
