"""Complaints with a past: filed and handled through the HTTP APIs, keeping the times at which things happened."""
