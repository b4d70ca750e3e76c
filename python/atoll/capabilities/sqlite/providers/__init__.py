"""The providers that come with atoll, one file each."""
