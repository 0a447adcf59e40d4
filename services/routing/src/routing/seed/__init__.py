"""The tree of one regency as data, and the accounts to begin with."""
