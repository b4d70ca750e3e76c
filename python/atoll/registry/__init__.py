"""OCI registries: references, credentials, manifests and blobs. What the blobs mean is for others to know."""
