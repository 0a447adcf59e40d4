"""The measured work: our numbers beside the limit, in one run."""
