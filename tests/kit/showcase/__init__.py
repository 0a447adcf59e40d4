"""A made-up service that shows every building block of the shared pages, for tests and for those who build pages."""
