"""Numbered SQL migrations of intake."""
