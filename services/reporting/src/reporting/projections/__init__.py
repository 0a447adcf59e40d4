"""Read models, one file each: the row, the pure fold of events into it, and the statements that keep it."""
