"""What intake keeps to answer questions, one read model per file."""
