"""What `python-component` does."""
