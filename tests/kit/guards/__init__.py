"""The rules of the house as functions: each takes a tree of files and says what in it breaks the rule."""
