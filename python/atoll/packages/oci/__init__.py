"""Apps and components as artifacts of OCI registries: what is pushed, what is pulled, and what others have pushed."""
