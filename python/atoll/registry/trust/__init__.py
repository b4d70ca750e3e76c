"""Who has signed what, and what a machine takes: keys and signatures in cosign's format, and policies."""
