"""Numbered SQL migrations of reporting."""
