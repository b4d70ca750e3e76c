"""What `atoll compose` makes: components of several, and pictures of who imports what from whom."""
