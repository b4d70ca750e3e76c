"""WIT packages, and what is made of them."""
