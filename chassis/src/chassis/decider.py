"""The only part of the chassis that a domain may know."""


class Refused(Exception):
    """A rule said no: one subclass per rule, facts as attributes, no HTTP and no words for people."""
