"""Intake: a citizen files a complaint and follows it."""
