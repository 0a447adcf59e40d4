"""`python -m kentongan` is the same as `kentongan`."""

from kentongan.cli import main

main()
