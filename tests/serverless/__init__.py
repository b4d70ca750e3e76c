"""Apps that a `serverless.yml` describes."""
