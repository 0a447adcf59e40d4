"""The service promises, one file for each version, named after the day from which it holds."""
