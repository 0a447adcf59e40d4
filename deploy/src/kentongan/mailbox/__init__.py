"""The built-in mailbox for development: takes every letter, sends none on, and shows them on a page."""
