"""WIT packages: kept beside a project, compared, printed, and bound to guests' languages."""
