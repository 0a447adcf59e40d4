"""What pages and lists read: folds of stories, kept in tables."""
