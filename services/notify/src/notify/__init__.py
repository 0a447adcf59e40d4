"""Notify: every step reaches the right person once."""
