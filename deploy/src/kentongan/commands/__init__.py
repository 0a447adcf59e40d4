"""The commands of `kentongan`, one module each."""
