"""Rules of intake: pure functions over commands, states and events."""
